"""Updates as rows: stored before Telegram forgets them, emptied once they are done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base, UtcDateTime
from config.encryption import seal, unseal

MAX_TRIES = 3
ANSWERED_WITHIN = timedelta(seconds=30)


class InboxUpdate(Base):
    """One update. The payload is sealed under the clinic's key, and gone when `state` is done."""

    __tablename__ = "inbox_update"
    __table_args__ = (Index("ix_inbox_update_open", "state", "chat_id", "update_id"),)

    update_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    callback_id: Mapped[str | None] = mapped_column(String(64))  # of a tap, to answer it after a crash
    state: Mapped[str] = mapped_column(String(8), default="new")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def chat_of(raw: dict[str, Any]) -> int:
    """The chat whose order an update belongs to; 0 where there is none."""
    for body in raw.values():
        if not isinstance(body, dict):
            continue
        chat = body.get("chat") or (body.get("message") or {}).get("chat") or body.get("from")
        if isinstance(chat, dict) and isinstance(chat.get("id"), int):
            return int(chat["id"])
    return 0


def clean(value: Any) -> Any:
    """The same without what no database and no server takes: NUL, and halves of a character."""
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: clean(part) for key, part in value.items()}
    return [clean(part) for part in value] if isinstance(value, list) else value


def _callback_of(raw: dict[str, Any]) -> str | None:
    query = raw.get("callback_query")
    found = query.get("id") if isinstance(query, dict) else None
    return found[:64] if isinstance(found, str) else None


async def store(session: AsyncSession, updates: Sequence[dict[str, Any]], now: datetime) -> list[int]:
    """Keep updates that are not yet known. Returns the ids that are new, in order."""
    new = []
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    for raw in updates:
        update_id = int(raw["update_id"])
        row = {
            "update_id": update_id,
            "chat_id": chat_of(raw),
            "callback_id": _callback_of(raw),
            "payload": await seal(session, None, f"inbox_update.payload:{update_id}", raw),
            "state": "new",
            "tries": 0,
            "received_at": now,
        }
        statement = insert(InboxUpdate).values(row).on_conflict_do_nothing(index_elements=["update_id"])
        if (await session.execute(statement.returning(InboxUpdate.update_id))).scalar() is not None:
            new.append(update_id)
    return new


async def waiting(session: AsyncSession) -> list[tuple[int, int]]:
    """(chat_id, update_id) of what is not done yet, oldest first."""
    query = select(InboxUpdate.chat_id, InboxUpdate.update_id).where(InboxUpdate.state == "new")
    return [
        (row.chat_id, row.update_id) for row in await session.execute(query.order_by(InboxUpdate.update_id))
    ]


async def taps_done_last(session: AsyncSession) -> list[str]:
    """Taps whose turns were the last to end before a stop: it may have come between commit and answer."""
    newest = await session.scalar(select(func.max(InboxUpdate.done_at)))
    if newest is None:
        return []
    query = (
        select(InboxUpdate.callback_id)
        .where(InboxUpdate.callback_id.is_not(None), InboxUpdate.done_at >= newest - ANSWERED_WITHIN)
        .order_by(InboxUpdate.update_id.desc())
        .limit(100)
    )
    return [str(callback_id) for callback_id in await session.scalars(query)]


async def load(session: AsyncSession, update_id: int) -> tuple[dict[str, Any], datetime] | None:
    """The payload and when it came, or None if it is done already."""
    row = await session.get(InboxUpdate, update_id)
    if row is None or row.state != "new" or row.payload is None:
        return None
    raw: dict[str, Any] = await unseal(session, None, f"inbox_update.payload:{update_id}", row.payload)
    return raw, row.received_at


async def finish(session: AsyncSession, update_id: int, now: datetime, state: str = "done") -> None:
    """In the transaction of the turn itself: done and its effect are one."""
    await session.execute(
        update(InboxUpdate)
        .where(InboxUpdate.update_id == update_id)
        .values(state=state, payload=None, done_at=now)
    )


async def failed(session: AsyncSession, update_id: int) -> int:
    """Count a try that ended in a fault. Returns how many there were."""
    row = await session.get(InboxUpdate, update_id)
    if row is None:
        return MAX_TRIES
    row.tries += 1
    return row.tries


async def forget(session: AsyncSession, now: datetime, days: int) -> None:
    """Drop ids that Telegram can no longer repeat."""
    old = now - timedelta(days=days)
    await session.execute(
        delete(InboxUpdate).where(InboxUpdate.state != "new", InboxUpdate.received_at < old)
    )
