"""The rows a conversation lives in: one a topic and chat, so that any worker can take the next tap.

A row is drawn when `shown` equals `revision`; a row that lags is drawn again after a restart.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, LargeBinary, String, UniqueConstraint, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base, UtcDateTime, new_id
from config.encryption import Unreadable, seal, unseal

HOME_TOPIC = "home"


class Chat(Base):
    """A private chat. `revision` counts over all of its topics, so that it names one card."""

    __tablename__ = "chat"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[str | None] = mapped_column(String(32), index=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Conversation(Base):
    """Where a card stands. `data` is sealed under the subject's key.

    Which screen of its step it shows stands nowhere in clear: that would tell what was answered before it.
    """

    __tablename__ = "conversation"
    __table_args__ = (UniqueConstraint("chat_id", "topic"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    chat_id: Mapped[int] = mapped_column(BigInteger, index=True)
    topic: Mapped[str] = mapped_column(String(80))
    subject_id: Mapped[str] = mapped_column(String(32))
    step: Mapped[str] = mapped_column(String(60))
    data: Mapped[bytes | None] = mapped_column(LargeBinary)
    durable: Mapped[bool] = mapped_column(default=False)
    token: Mapped[str] = mapped_column(String(12), unique=True)
    revision: Mapped[int] = mapped_column(Integer)
    focus: Mapped[int] = mapped_column(
        Integer, default=0
    )  # the revision at which the person was last led here
    shown: Mapped[int] = mapped_column(Integer, default=0)
    message_id: Mapped[int | None] = mapped_column(Integer)
    took_revision: Mapped[int] = mapped_column(Integer, default=0)
    took_code: Mapped[str] = mapped_column(String(64), default="")
    touched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    draw_after: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    draw_tries: Mapped[int] = mapped_column(Integer, default=0)


class CardMessage(Base):
    """Which topic a sent card belongs to, so that a tap on an old copy finds it."""

    __tablename__ = "card_message"

    chat_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    message_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    topic: Mapped[str] = mapped_column(String(80))


def new_token() -> str:
    return secrets.token_urlsafe(8)[:11]


async def chat_row(session: AsyncSession, chat_id: int, now: datetime) -> Chat:
    row = await session.get(Chat, chat_id)
    if row is None:
        row = Chat(chat_id=chat_id, revision=0, seen_at=now)
        session.add(row)
        await session.flush()
    return row


async def find(session: AsyncSession, chat_id: int, topic: str) -> Conversation | None:
    query = select(Conversation).where(Conversation.chat_id == chat_id, Conversation.topic == topic)
    return (await session.scalars(query)).one_or_none()


async def by_revision(session: AsyncSession, chat_id: int, revision: int) -> Conversation | None:
    query = select(Conversation).where(Conversation.chat_id == chat_id, Conversation.revision == revision)
    return (await session.scalars(query)).first()


async def by_token(session: AsyncSession, token: str) -> Conversation | None:
    return (await session.scalars(select(Conversation).where(Conversation.token == token))).one_or_none()


async def took(session: AsyncSession, chat_id: int, code: str) -> bool:
    """Was this the last answer to one of the chat's cards?"""
    query = select(Conversation.id).where(Conversation.chat_id == chat_id, Conversation.took_code == code)
    return (await session.scalar(query.limit(1))) is not None


async def by_message(session: AsyncSession, chat_id: int, message_id: int) -> Conversation | None:
    topic = await session.scalar(
        select(CardMessage.topic).where(CardMessage.chat_id == chat_id, CardMessage.message_id == message_id)
    )
    return await find(session, chat_id, topic) if topic is not None else None


async def last_touched(session: AsyncSession, chat_id: int) -> Conversation | None:
    """Where typed words go. A card that was only drawn anew does not take them away from an open question."""
    query = (
        select(Conversation)
        .where(Conversation.chat_id == chat_id)
        .order_by(Conversation.focus.desc(), Conversation.revision.desc())
    )
    return (await session.scalars(query.limit(1))).one_or_none()


async def put(
    session: AsyncSession,
    chat: Chat,
    topic: str,
    *,
    subject_id: str,
    step: str,
    data: dict[str, Any],
    now: datetime,
    fresh: bool = False,
    focus: bool = True,
) -> Conversation:
    """Store where a topic stands, under the chat's next revision. `fresh`: its card is a new message.

    `focus`: the person is led here, so that typed words are meant for it.
    """
    row = await find(session, chat.chat_id, topic)
    if row is None:
        row = Conversation(id=new_id(), chat_id=chat.chat_id, topic=topic, token=new_token(), shown=0)
        row.took_revision, row.took_code, row.durable, row.focus = 0, "", False, 0
        session.add(row)
    chat.revision += 1
    row.subject_id, row.step, row.revision, row.touched_at = subject_id, step, chat.revision, now
    row.focus = chat.revision if focus else row.focus
    row.data = await seal(session, subject_id, f"conversation.data:{row.id}", data)
    row.draw_after, row.draw_tries = None, 0
    if fresh:
        row.message_id = None
    return row


async def data_of(session: AsyncSession, row: Conversation) -> dict[str, Any]:
    if row.data is None:
        return {}
    try:
        data: dict[str, Any] = await unseal(session, row.subject_id, f"conversation.data:{row.id}", row.data)
    except Unreadable:
        return {}
    return data


def adopt(row: Conversation, message_id: int) -> None:
    """An old copy of the card was tapped: from now on that copy is the live one."""
    row.message_id = message_id


async def remember_message(session: AsyncSession, row: Conversation, message_id: int) -> None:
    if await session.get(CardMessage, (row.chat_id, message_id)) is None:
        session.add(CardMessage(chat_id=row.chat_id, message_id=message_id, topic=row.topic))


async def end(session: AsyncSession, row: Conversation) -> None:
    await session.delete(row)


async def forget_chat(session: AsyncSession, chat_id: int) -> None:
    await session.execute(delete(Conversation).where(Conversation.chat_id == chat_id))
    await session.execute(delete(CardMessage).where(CardMessage.chat_id == chat_id))
    await session.execute(delete(Chat).where(Chat.chat_id == chat_id))


async def forget_subject(session: AsyncSession, person_id: str) -> None:
    """Cards about a person in other chats: those of staff that were opened for them."""
    await session.execute(delete(Conversation).where(Conversation.subject_id == person_id))


async def draw_anew(session: AsyncSession, chat_id: int, now: datetime) -> None:
    """Let every card that stands in a chat be drawn as it may be seen now, where it stands."""
    await session.execute(
        update(Conversation)
        .where(Conversation.chat_id == chat_id, Conversation.message_id.is_not(None))
        .values(shown=Conversation.revision - 1, draw_after=now, draw_tries=0)
        .execution_options(synchronize_session=False)
    )
