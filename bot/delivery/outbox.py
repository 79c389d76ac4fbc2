"""Sends what is due: claims rows, lets each notice do what is due with it, draws, notes the result."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import Conversation
from bot.delivery.drawing import Draw, Drawer, persist
from bot.flow import Opening, Turn
from bot.house import House
from bot.placing import place
from bot.view.send import Ambiguous, NoSuchMessage, Refused, TryLater, Unreachable
from config.encryption import Unreadable
from scheduling import notifications, people, tasks
from scheduling.notifications import Due
from scheduling.people import Person

log = structlog.get_logger()

BATCH = 30
AT_ONCE = 8
PHONE_AFTER = 3  # faults, a few seconds apart, of one message


@dataclass
class _Ready:
    """A notice whose card is decided and committed as `sending`."""

    due: Due
    chat_id: int
    draw: Draw
    conversation_id: str


class Outbox:
    def __init__(self, house: House, drawer: Drawer) -> None:
        self.house, self.drawer = house, drawer
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._batch = asyncio.Lock()
        self.closing = False  # what is claimed but not begun waits for the next start

    async def dispatch(self) -> int:
        """Send one batch of what is due, after the one under way. Returns how many rows were claimed."""
        async with self._batch:
            return await self._dispatch()

    async def _dispatch(self) -> int:
        now = self.house.clock.now()
        async with self.house.database.transaction() as session:
            batch = await notifications.claim(session, now, limit=BATCH)
        results = await asyncio.gather(*(self._one(due) for due in batch), return_exceptions=True)
        for due, result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                log.error("notice_failed", kind=due.kind, error=type(result).__name__, exc_info=result)
                await self._failed(due, type(result).__name__)
            elif isinstance(result, BaseException):
                raise result
        return len(batch)

    async def _failed(self, due: Due, reason: str) -> None:
        """A row that had begun to be sent may have arrived; any other surely did not."""
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            if await notifications.begun(session, due.id):
                await notifications.answer_lost(session, due.id, now)
                return
            await notifications.retry(session, due.id, now, reason=reason)
            if due.attempts >= PHONE_AFTER:
                await self._phone_instead(session, due)

    async def _one(self, due: Due) -> None:
        async with self._slots:
            chat_id = await self._chat_of(due)
            if chat_id is None:
                await self._prepare(due, None)
                return
            async with self.drawer.chat(chat_id):
                ready = None if self.closing else await self._prepare(due, chat_id)
                if ready is not None:
                    await self._send(ready)

    async def _chat_of(self, due: Due) -> int | None:
        async with self.house.database.reading() as session:
            person = await session.get(Person, due.person_id)
            return person.telegram_id if person is not None else None

    async def _prepare(self, due: Due, chat_id: int | None) -> _Ready | None:
        """One transaction: is it still true, what is due with it, which card. None: nothing to send."""
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            if not await notifications.still_due(session, due.id, now):
                return None
            person = await session.get(Person, due.person_id)
            notice = self.house.menu.notices.get(due.kind)
            if person is None or notice is None:
                await notifications.finish(session, due.id, "void", now)
                return None
            turn = Turn(
                session=session,
                house=self.house,
                now=now,
                chat_id=chat_id or 0,
                actor=person,
                roles=await people.roles_of(session, person.id),
                subject_id=person.id,
                topic=conversation.HOME_TOPIC,
                step="",
                data={},
            )
            opening = await notice.prepare(turn, await self._data(session, due))
            if opening is not None and not await self._may_see(turn, opening):
                opening = None  # a role was taken away since this was planned
            if opening is None:
                await notifications.finish(session, due.id, "void", now)
                return None
            if chat_id is None or person.unreachable_since is not None:
                await self._cannot_reach(turn, due)
                return None
            chat = await conversation.chat_row(session, chat_id, now)
            chat.person_id = person.id
            live = await conversation.find(session, chat_id, opening.topic)
            if not opening.fresh and (live is None or live.message_id is None):
                await notifications.finish(session, due.id, "void", now)
                return None
            draw = await place(
                turn,
                chat,
                opening.topic,
                opening.step,
                opening.data,
                fresh=opening.fresh,
                focus=opening.fresh,
                subject_id=opening.subject_id or person.id,
            )
            if due.silent:
                draw.card = replace(draw.card, silent=True)
            row = await session.get(Conversation, draw.conversation_id)
            assert row is not None
            if opening.fresh:
                # the row of the notice says whether it went out; one that is sent once only, but in two
                # parts, is drawn again if its answer is lost, so that no first part stays alone
                alone = due.at_least_once or draw.card.push is None
                row.shown = row.revision if alone else row.revision - 1
            await notifications.mark_sending(session, due.id, now)
            return _Ready(due, chat_id, draw, row.id)

    async def _may_see(self, turn: Turn, opening: Opening) -> bool:
        step = self.house.menu.steps[opening.step]
        there = replace(turn, subject_id=opening.subject_id or turn.actor.id)
        return await self.house.menu.may_act(there, step)

    async def _data(self, session: Any, due: Due) -> Mapping[str, Any]:
        """What the row carries, and the visit it is about."""
        about = {"appointment": due.appointment_id} if due.appointment_id is not None else {}
        try:
            return {**about, **await notifications.data_of(session, due.id)}
        except Unreadable:
            return about

    async def _send(self, ready: _Ready) -> None:
        sender, draw, due = self.drawer.sender, ready.draw, ready.due
        try:
            if draw.message_id is not None:
                await sender.edit(ready.chat_id, draw.message_id, draw.card)
                message_id = draw.message_id
            else:
                message_id = await sender.new(ready.chat_id, draw.card, only_push=True)
                await self._sent(ready, message_id, filled=draw.card.push is None)
                if draw.card.push is not None:
                    await self._fill(ready, message_id)
                if draw.replaced is not None:
                    over = sender.delete if draw.card.alone else sender.strip
                    await self.drawer._quietly(over(ready.chat_id, draw.replaced))
                if draw.card.pinned:
                    await sender.pin(ready.chat_id, message_id)
                return
        except NoSuchMessage:
            await self._finish(due, "void")
            return
        except Unreachable:
            async with self.house.database.transaction() as session:
                await people.mark_unreachable(session, due.person_id, self.house.clock.now())
                person = await session.get(Person, due.person_id)
                assert person is not None
                turn = Turn(
                    session=session, house=self.house, now=self.house.clock.now(), chat_id=ready.chat_id,
                    actor=person, roles=frozenset(), subject_id=person.id, topic="", step="", data={},
                )  # fmt: skip
                await self._cannot_reach(turn, due)
            return
        except TryLater as later:
            async with self.house.database.transaction() as session:
                await notifications.retry(
                    session, due.id, self.house.clock.now(), reason="429", after=later.seconds, counted=False
                )
                row = await session.get(Conversation, ready.conversation_id)
                if row is not None and row.revision == draw.revision and draw.message_id is None:
                    row.shown = row.revision  # the notice comes again
            return
        except Ambiguous:
            async with self.house.database.transaction() as session:
                await notifications.answer_lost(session, due.id, self.house.clock.now())
            return
        except Refused as refused:
            log.error("notice_refused", kind=due.kind, reason=refused.reason)
            async with self.house.database.transaction() as session:
                await notifications.finish(session, due.id, "dead", self.house.clock.now())
                await self._phone_instead(session, due)
            return
        await self._sent(ready, message_id, filled=True)

    async def _sent(self, ready: _Ready, message_id: int, *, filled: bool) -> None:
        """It arrived: noted even if the store is busy just then, or it would be sent again."""
        await persist(lambda: self._note(ready, message_id, filled=filled))

    async def _note(self, ready: _Ready, message_id: int, *, filled: bool) -> None:
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            await notifications.finish(session, ready.due.id, "sent", now, message_id=message_id)
            row = await session.get(Conversation, ready.conversation_id)
            if row is not None and row.revision == ready.draw.revision:
                row.message_id = message_id
                # a card that is not filled yet lags, so that a crash here is healed by drawing it again
                row.shown = row.revision if filled else row.revision - 1
                await conversation.remember_message(session, row, message_id)

    async def _fill(self, ready: _Ready, message_id: int) -> None:
        draw = ready.draw
        await self.drawer._draw(
            ready.chat_id, Draw(draw.conversation_id, draw.topic, draw.revision, message_id, draw.card)
        )

    async def _finish(self, due: Due, state: str) -> None:
        async with self.house.database.transaction() as session:
            await notifications.finish(session, due.id, state, self.house.clock.now())

    async def _phone_instead(self, session: AsyncSession, due: Due) -> None:
        """By a fault of ours a client may not read in time what matters: a person tells them."""
        if due.at_least_once and not await people.roles_of(session, due.person_id) & people.STAFF:
            await tasks.open_task(
                session,
                "not_sent",
                self.house.clock.now(),
                client_id=due.person_id,
                appointment_id=due.appointment_id,
            )

    async def _cannot_reach(self, turn: Turn, due: Due) -> None:
        """A message that matters and cannot arrive becomes a task: somebody phones."""
        await notifications.finish(turn.session, due.id, "blocked", turn.now)
        if due.at_least_once and due.kind != tasks.NEW:  # the others were told of it too
            await tasks.open_task(
                turn.session,
                "unreachable",
                turn.now,
                client_id=due.person_id,
                appointment_id=due.appointment_id,
            )
