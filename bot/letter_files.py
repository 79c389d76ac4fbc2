"""What becomes of a file that came as a doctor's letter: kept, or declined with a reason, and told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation, file_kind
from bot.conversation import Conversation
from bot.delivery import file_rows
from bot.delivery.file_rows import FileFetch
from bot.delivery.files import REMOVE_IT
from bot.flow import (
    HOME,
    Again,
    Attachment,
    Input,
    Notice,
    Opening,
    Result,
    Screen,
    Step,
    Turn,
    Until,
    text,
)
from bot.house import House
from scheduling import notifications, ok_tasks
from scheduling.people import Person
from screening import letters
from screening.letters import LetterView, TooMany

STORED, NOT_STORED, SLOW = "ok.stored", "ok.not_stored", "ok.slow"
WAITING = frozenset({"ok.photo", "ok.storing", "ok.received"})
"""Steps of the client's that show how far a letter has come."""
SHOWN = timedelta(minutes=10)
"""How long a letter stays in the chat of who looks at it: time to read it twice, and to ask a colleague."""
FURTHER = timedelta(minutes=10)
"""A file so soon after another is a further page of the same letter; a later one may be anything."""


async def came(
    session: AsyncSession, house: House, fetch: FileFetch, content: bytes | None, fault: str
) -> None:
    """Keep a file that was fetched, or say why not. `fault`: "size" or "lost" where there is no content."""
    now, told = house.clock.now(), await file_rows.told(session, fetch)
    # pages of one letter come side by side: the second finds the letter that the first began
    client = select(Person.id).where(Person.id == fetch.client_id)
    await session.execute(client.with_for_update(key_share=True))
    kind = file_kind.of(content) if content is not None else None
    if content is not None and kind not in file_kind.SUFFIX:
        fault = "heic" if kind == file_kind.HEIC else "kind"
    if content is not None and kind is not None and not fault:
        try:
            await letters.keep(
                session,
                fetch.client_id,
                content,
                kind,
                number=fetch.message_id,
                words=told["words"],
                now=now,
                by=fetch.sent_by,
            )
        except TooMany:
            fault = "enough"
        else:
            file_rows.take_out(session, fetch.chat_id, fetch.message_id, file_rows.STORED, now)
            await ok_tasks.look(session, fetch.client_id, now)
            await ok_tasks.shown_anew(session, fetch.client_id, now)
    await notifications.plan(
        session,
        fetch.sent_by,
        NOT_STORED if fault else STORED,
        now,
        key=f"{STORED}:{fetch.id}",
        priority=notifications.NOW,
        data={"client": fetch.client_id, "fault": fault},
    )


async def waits(session: AsyncSession, fetch: FileFetch, now: datetime) -> None:
    """Say on the card that it takes longer, and goes on by itself: once for each file."""
    await notifications.plan(
        session,
        fetch.sent_by,
        SLOW,
        now,
        key=f"{SLOW}:{fetch.id}",
        at_least_once=False,
        silent=True,
        data={"client": fetch.client_id},
    )


async def _send_slow(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    client_id = str(data.get("client"))
    card = await _card(turn, client_id)
    if card is None or card.step != "ok.storing":
        return None
    shown = await conversation.data_of(turn.session, card)
    return Opening(card.topic, card.step, shown, client_id, fresh=False)


async def _send_stored(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """The card that said "a moment, please" says that it is there; else a new one does."""
    client_id = str(data.get("client"))
    card = await _card(turn, client_id)
    if card is None:
        return Opening(f"ok:{client_id}", "ok.received", {}, client_id)
    shown, stands = await conversation.data_of(turn.session, card), card.message_id is not None
    return Opening(card.topic, "ok.received", _about(shown), client_id, fresh=not stands)


async def _send_not_stored(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    client_id = str(data.get("client"))
    card = await _card(turn, client_id)
    shown = await conversation.data_of(turn.session, card) if card is not None else {}
    topic = card.topic if card is not None else f"ok:{client_id}"
    return Opening(topic, "ok.photo", {**_about(shown), "fault": data.get("fault")}, client_id)


def _about(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {key: shown[key] for key in ("appointment", "_back") if key in shown}


async def _card(turn: Turn, client_id: str) -> Conversation | None:
    row: Conversation | None = await turn.session.scalar(
        select(Conversation)
        .where(
            Conversation.chat_id == turn.chat_id,
            Conversation.subject_id == client_id,
            Conversation.step.in_(WAITING),
        )
        .order_by(Conversation.focus.desc())
        .limit(1)
    )
    return row


async def show(turn: Turn, found: tuple[LetterView, ...]) -> None:
    """Send the files of an OK to who decides. Each look is in the audit, and they leave the chat again."""
    until = turn.now + SHOWN
    for number, one in enumerate(found, 1):
        content = await letters.read(turn.session, one.id, by=turn.actor.id, now=turn.now)
        removal = file_rows.take_out(turn.session, turn.chat_id, None, file_rows.LOOKED, until)
        name = f"page-{number}.{file_kind.SUFFIX[one.media]}"
        turn.attach(Attachment(name, content, text("file.shown", time=Until(until)), removal=removal.id))


class RemoveIt(Step):
    """A message that the bot may not delete: its reader is asked to."""

    name = REMOVE_IT

    async def show(self, turn: Turn) -> Screen:
        looked = turn.data.get("why") == file_rows.LOOKED
        line = text("file.remove_it.looked" if looked else REMOVE_IT)
        return Screen(self.name, (line,), ((HOME,),), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


async def _send_remove_it(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening("file", REMOVE_IT, {"why": data.get("why")})


async def lately(session: AsyncSession, client_id: str, now: datetime) -> bool:
    """Whether a file of this client came a moment ago, so that another is a further page of it."""
    if await file_rows.on_the_way(session, client_id):
        return True
    found = await letters.sending(session, client_id)
    return bool(found) and now - max(one.stored_at for one in found) < FURTHER


async def room(session: AsyncSession, client_id: str) -> bool:
    """Whether the letter may have one more file."""
    there = len(await letters.sending(session, client_id))
    return there + await file_rows.on_the_way(session, client_id) < letters.MOST


STEPS: tuple[Step, ...] = (RemoveIt(),)
NOTICES: tuple[Notice, ...] = (
    Notice(SLOW, _send_slow),
    Notice(STORED, _send_stored),
    Notice(NOT_STORED, _send_not_stored),
    Notice(REMOVE_IT, _send_remove_it),
)
