"""Which card an update is about, and whether a tap on it is the one that it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import Conversation
from bot.view.read import Incoming


@dataclass
class Card:
    """The card that an update is about: its row, and whether the tap is the one it waits for."""

    row: Conversation
    current: bool
    twice: bool = False


async def locate(session: AsyncSession, incoming: Incoming) -> Card | None:
    """The card; of what is no tap, the one that was touched last. None: there is none any more."""
    chat_id = incoming.chat_id
    if incoming.kind != "tap":
        row = await conversation.last_touched(session, chat_id)
        return Card(row, True) if row is not None else None
    if incoming.token is not None:
        row = await conversation.by_token(session, incoming.token)
        if row is None:
            return None
        again = not row.durable and row.took_code == incoming.code + incoming.value
        return Card(row, row.durable, again)
    if incoming.revision:
        row = await conversation.by_revision(session, chat_id, incoming.revision)
        if row is not None and not row.durable:
            return Card(row, True)
    if incoming.message_id is not None and incoming.revision != 0:
        row = row if incoming.revision and row else None
        row = row or await conversation.by_message(session, chat_id, incoming.message_id)
        if row is not None:
            code = incoming.code + incoming.value
            twice = row.took_revision == incoming.revision and row.took_code == code
            return Card(row, False, twice)
    return None
