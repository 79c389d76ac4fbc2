"""Files on their way to us, and messages on their way out of a chat: rows, so that a stop loses neither."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, String, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.flow import SentFile, Turn
from config.database import Base, UtcDateTime, new_id
from config.encryption import seal, unseal

STORED, LOOKED = "stored", "looked"
"""Why a message must go: what it showed is stored; the time to look at it is over."""


class FileFetch(Base):
    """A file that somebody sent and that is not ours yet. Gone once it is, or once it cannot be had.

    Sealed for the client: what Telegram calls the file, and what was typed with it.
    """

    __tablename__ = "file_fetch"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(String(32), index=True)
    sent_by: Mapped[str] = mapped_column(String(32))  # the client, or staff who do it for them
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(Integer)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)


class MessageRemoval(Base):
    """A message that must leave a chat. Gone once it has left, or once its reader was asked to delete it.

    message_id None: it was about to be sent, and nobody has noted whether it was.
    """

    __tablename__ = "message_removal"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(Integer)
    why: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)


async def expect(turn: Turn, sent: SentFile) -> None:
    """Have a file fetched, for the client whom the turn is about."""
    row = FileFetch(id=new_id(), client_id=turn.subject_id, sent_by=turn.actor.id, chat_id=turn.chat_id)
    row.message_id, row.sent_at, row.next_at, row.tries = sent.message_id, turn.now, turn.now, 0
    told = {"file_id": sent.file_id, "words": sent.caption}
    row.sealed = await seal(turn.session, turn.subject_id, _place(row.id), told)
    turn.session.add(row)
    await turn.session.flush()


async def told(session: AsyncSession, row: FileFetch) -> dict[str, Any]:
    """{"file_id", "words"}. Raises: Unreadable once the client was erased."""
    found: dict[str, Any] = await unseal(session, row.client_id, _place(row.id), row.sealed)
    return found


async def on_the_way(session: AsyncSession, client_id: str) -> int:
    """How many files of a client are not ours yet."""
    query = select(func.count()).select_from(FileFetch).where(FileFetch.client_id == client_id)
    return await session.scalar(query) or 0


async def tried_again(session: AsyncSession, client_id: str) -> bool:
    """Whether a file of a client did not come at once."""
    query = select(FileFetch.id).where(
        FileFetch.client_id == client_id, FileFetch.next_at > FileFetch.sent_at
    )
    return await session.scalar(query.limit(1)) is not None


async def forget(session: AsyncSession, client_id: str) -> None:
    """What is not ours yet is not fetched any more. What must leave a chat leaves it all the same."""
    await session.execute(delete(FileFetch).where(FileFetch.client_id == client_id))


def take_out(
    session: AsyncSession, chat_id: int, message_id: int | None, why: str, due_at: datetime
) -> MessageRemoval:
    """Have a message taken out of a chat."""
    row = MessageRemoval(id=new_id(), chat_id=chat_id, message_id=message_id, why=why, due_at=due_at, tries=0)
    session.add(row)
    return row


async def note_sent(session: AsyncSession, removal_id: str, message_id: int) -> None:
    """The message that is to be taken out later stands there now."""
    row = await session.get(MessageRemoval, removal_id)
    if row is not None:
        row.message_id = message_id


async def note_not_sent(session: AsyncSession, removal_id: str) -> None:
    """It surely never came, so that nothing has to be taken out."""
    await session.execute(delete(MessageRemoval).where(MessageRemoval.id == removal_id))


def _place(row_id: str) -> str:
    return f"file_fetch.sealed:{row_id}"
