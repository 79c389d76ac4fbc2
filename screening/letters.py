"""Doctors' letters as files: sealed for the client, read by who decides, destroyed when of no use.

What a file is has been looked at before it comes here; the bytes are kept as they were sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config import audit
from config.append_only import Protection, protect
from config.database import Base, UtcDateTime, new_id
from config.encryption import seal, seal_bytes, unseal, unseal_bytes
from screening import oks
from screening.oks import PENDING
from screening.tables import Clearance

LARGEST = 10 * 1024 * 1024
"""Bytes of one file."""
MOST = 5
"""Files of one OK: a letter with its other pages."""


class LetterFile(Base):
    """One photo or PDF of a doctor's OK. Sealed: the file itself, and what was typed with it.

    media: pdf | jpeg | png. Emptied and not deleted, so that the audit's "which letter" points to something.
    """

    __tablename__ = "letter_file"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    clearance_id: Mapped[str] = mapped_column(ForeignKey("clearance.id"), index=True)
    number: Mapped[int] = mapped_column(Integer)  # its pages in the order in which they were sent
    media: Mapped[str] = mapped_column(String(8))
    size: Mapped[int] = mapped_column(Integer)  # bytes, as sent
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # only `read` fetches it
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stored_by: Mapped[str] = mapped_column(String(32))
    destroyed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


protect(
    LetterFile.__table__,
    Protection(
        columns=("client_id", "clearance_id", "number", "media", "size", "stored_at", "stored_by"),
        once=("destroyed_at",),
        erasable=("content", "words"),
    ),
)


class TooMany(Exception):
    """An OK has as many files as it may have."""


class NoSuchLetter(Exception):
    """There is no such file, or it is destroyed."""


@dataclass(frozen=True)
class LetterView:
    """One file without its bytes. `words`: what was typed with it, None for nothing."""

    id: str
    clearance_id: str
    media: str
    size: int
    words: str | None
    stored_at: datetime


async def open_ok(session: AsyncSession, client_id: str, *, now: datetime, by: str) -> str:
    """The letter of this client that waits for a person, or a new one. Returns the id of the OK.

    Who gave it, when, and its limits are read off the letter by whoever decides (`clearance.accept`).
    """
    waiting = await session.scalar(
        select(Clearance.id)
        .where(Clearance.client_id == client_id, Clearance.state == PENDING, Clearance.kind == oks.LETTER)
        .order_by(Clearance.submitted_at.desc())
        .limit(1)
    )
    if waiting is not None:
        return str(waiting)
    row = Clearance(id=new_id(), client_id=client_id, kind=oks.LETTER, state=PENDING)
    row.submitted_at, row.submitted_by = now, by
    await oks.write(session, row, who="", limits="")
    session.add(row)
    audit.record(session, now=now, actor=by, subject=client_id, action="ok.submitted", thing=row.id)
    await session.flush()
    return row.id


async def keep(
    session: AsyncSession,
    client_id: str,
    content: bytes,
    media: str,
    *,
    number: int,
    words: str,
    now: datetime,
    by: str,
) -> str:
    """Seal a file into the OK that the client is sending. Returns the id of that OK. Raises: TooMany.

    `number` grows from page to page, whichever of them is here first.
    """
    ok_id = await open_ok(session, client_id, now=now, by=by)
    if len(await of_ok(session, ok_id)) >= MOST:
        raise TooMany
    row = LetterFile(id=new_id(), client_id=client_id, clearance_id=ok_id, media=media, size=len(content))
    row.number, row.stored_at, row.stored_by = number, now, by
    row.content = await seal_bytes(session, client_id, _place(row.id), content)
    if words:
        row.words = await seal(session, client_id, f"letter_file.words:{row.id}", words)
    session.add(row)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=client_id,
        action="letter.stored",
        thing=row.id,
        detail={"ok": ok_id, "media": media, "size": len(content)},
    )
    await session.flush()
    return ok_id


async def of_ok(session: AsyncSession, clearance_id: str) -> tuple[LetterView, ...]:
    """The files of an OK that are there to be read, in the order in which they came."""
    return await _views(session, LetterFile.clearance_id == clearance_id)


async def of_client(session: AsyncSession, client_id: str) -> tuple[LetterView, ...]:
    return await _views(session, LetterFile.client_id == client_id)


async def _views(session: AsyncSession, where: object) -> tuple[LetterView, ...]:
    rows = await session.scalars(
        select(LetterFile)
        .join(Clearance, Clearance.id == LetterFile.clearance_id)
        .where(where, LetterFile.destroyed_at.is_(None))  # type: ignore[arg-type]
        .order_by(Clearance.submitted_at, LetterFile.number, LetterFile.id)
    )
    found = []
    for row in rows.all():
        words = None
        if row.words is not None:
            words = str(await unseal(session, row.client_id, f"letter_file.words:{row.id}", row.words))
        found.append(LetterView(row.id, row.clearance_id, row.media, row.size, words, row.stored_at))
    return tuple(found)


async def sending(session: AsyncSession, client_id: str) -> tuple[LetterView, ...]:
    """The files of the letter that waits for a person; more pages go to the same."""
    ok_id = await session.scalar(
        select(Clearance.id)
        .join(LetterFile, LetterFile.clearance_id == Clearance.id)
        .where(Clearance.client_id == client_id, Clearance.state == PENDING)
        .limit(1)
    )
    return await of_ok(session, ok_id) if ok_id is not None else ()


async def read(
    session: AsyncSession, letter_id: str, *, by: str, now: datetime, why: str = "looked"
) -> bytes:
    """The bytes as they were sent, and a line in the audit: who, when, which.

    `why`: "looked" (who decides) or "copied" (the client's own). Raises: NoSuchLetter.
    """
    row = (
        await session.execute(
            select(LetterFile.client_id, LetterFile.clearance_id, LetterFile.content).where(
                LetterFile.id == letter_id
            )
        )
    ).one_or_none()
    if row is None or row.content is None:
        raise NoSuchLetter
    content = await unseal_bytes(session, row.client_id, _place(letter_id), row.content)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=row.client_id,
        action=f"letter.{why}",
        thing=letter_id,
        detail={"ok": row.clearance_id},
    )
    return content


async def destroy(session: AsyncSession, clearance_id: str, *, by: str | None, now: datetime) -> int:
    """Destroy the files of an OK that cannot be used. Returns how many there were."""
    client_id = await session.scalar(select(Clearance.client_id).where(Clearance.id == clearance_id))
    gone = await _empty(session, LetterFile.clearance_id == clearance_id, now)
    if gone:
        audit.record(
            session,
            now=now,
            actor=by,
            subject=client_id,
            action="letter.destroyed",
            thing=clearance_id,
            detail={"files": gone},
        )
    return gone


async def forget(session: AsyncSession, client_id: str, now: datetime) -> None:
    """Destroy every file of a client."""
    await _empty(session, LetterFile.client_id == client_id, now)


async def _empty(session: AsyncSession, where: object, now: datetime) -> int:
    done = await session.scalars(
        update(LetterFile)
        .where(where, LetterFile.destroyed_at.is_(None))  # type: ignore[arg-type]
        .values(content=None, words=None, destroyed_at=func.coalesce(LetterFile.destroyed_at, now))
        .returning(LetterFile.id)
        .execution_options(synchronize_session=False)
    )
    return len(done.all())


def _place(letter_id: str) -> str:
    return f"letter_file.content:{letter_id}"
