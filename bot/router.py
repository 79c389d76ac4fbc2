"""One update -> one turn -> one commit; the cards that it changed are drawn after the commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation, messages, taps
from bot.conversation import HOME_TOPIC, Chat
from bot.delivery import inbox
from bot.delivery.drawing import Drawer, Plan
from bot.flow import Extra, Text, Turn
from bot.house import House
from bot.locating import Card, locate
from bot.lookout import Before, Lookout
from bot.placing import settle
from bot.view import read
from bot.view.read import Incoming
from scheduling import notifications, people
from scheduling.people import Person

SLOW = 300  # seconds down after which a waiting tap is told so


class Router:
    """Handles one stored update at a time; the caller keeps the order within a chat."""

    def __init__(self, house: House, drawer: Drawer, wake: Callable[[], None]) -> None:
        self.house, self.drawer, self.wake = house, drawer, wake
        self.crowded: Callable[[int], bool] = lambda chat_id: False
        self.lookout = Lookout(house, drawer)

    async def handle(self, update_id: int, raw: dict[str, Any], received_at: datetime) -> None:
        """Raises whatever the turn raises: the update is then still waiting, and nothing has changed."""
        incoming = read.parse(raw)
        plan = Plan(chat_id=incoming.chat_id, callback_id=incoming.callback_id)
        before = await self.lookout.before(update_id, incoming)
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            if await inbox.load(session, update_id) is None:
                self.lookout.forget(update_id)
                return  # another worker was faster
            if incoming.chat_id and incoming.kind != "ignore":
                await self._turn(session, update_id, incoming, before, now, received_at, plan)
            await inbox.finish(session, update_id, now)
        self.lookout.forget(update_id)
        self.wake()
        await self.drawer.draw(plan)

    def forget(self, update_id: int) -> None:
        """It is put aside: nothing of it is tried again."""
        self.lookout.forget(update_id)

    # --- the turn ---

    async def _turn(
        self,
        session: AsyncSession,
        update_id: int,
        incoming: Incoming,
        before: Before,
        now: datetime,
        received_at: datetime,
        plan: Plan,
    ) -> None:
        if not incoming.private:
            self._group(incoming, now, plan)
            return
        person = await people.by_telegram_id(session, incoming.user_id)
        if incoming.kind == "member":
            if person is not None:
                await self._member(session, person, incoming, now, plan)
            return
        if person is None:
            person = await people.ensure_person(
                session,
                incoming.user_id,
                now,
                name=incoming.first_name,
                language=self.house.catalogue.best(incoming.language),
            )
        if not person.name:  # known by an id alone: named in the settings, or nothing was to be kept
            people.rename(person, incoming.first_name)
            person.language = self.house.catalogue.best(incoming.language)
        chat = await conversation.chat_row(session, incoming.chat_id, now)
        chat.person_id, chat.seen_at = person.id, now
        if person.unreachable_since is not None:
            await self._reachable(session, person, now)
        roles = await people.roles_of(session, person.id)
        found = await locate(session, incoming)
        turn = Turn(
            session=session,
            house=self.house,
            now=now,
            chat_id=incoming.chat_id,
            actor=person,
            roles=roles,
            subject_id=person.id,
            topic=HOME_TOPIC,
            step="",
            data={},
            update_id=update_id,
            alarm=before.alarm,
            app_language=incoming.language,
        )
        await self._act(turn, incoming, before, found, chat, plan, received_at)
        await settle(turn, chat, plan)

    async def _act(
        self,
        turn: Turn,
        incoming: Incoming,
        before: Before,
        found: Card | None,
        chat: Chat,
        plan: Plan,
        received_at: datetime,
    ) -> None:
        if before.reading is not None:
            turn.subject_id = before.about or turn.actor.id
            await self.house.menu.red_flag(turn, before.reading, incoming.text)
            turn.subject_id = turn.actor.id
            acted = before.reading.action == "act_now" and incoming.file is None  # a file is still taken
            if acted or (before.reading.action and incoming.edited):
                return
        if incoming.edited:
            answered = f"{messages.SAID}{incoming.message_id}"
            if await conversation.took(turn.session, chat.chat_id, answered):
                turn.say(Text("odd.edited"))
            return
        if (turn.now - received_at).total_seconds() > SLOW and incoming.kind == "tap":
            turn.say(Text("odd.slow"))
        if incoming.kind == "tap":
            await taps.tap(turn, incoming, found, chat, plan, self.crowded)
        elif incoming.command is not None:
            await messages.command(turn, *incoming.command)
        else:
            await messages.message(turn, incoming, found, chat, plan)

    # --- the rest ---

    def _group(self, incoming: Incoming, now: datetime, plan: Plan) -> None:
        if incoming.member == "joined" or incoming.command is not None:
            plan.say(
                Extra(line=Text("odd.group")),
                self.house.words(self.house.catalogue.best(incoming.language), now),
            )
        if incoming.kind == "tap":
            plan.toast = self.house.words("en", now).line(Text("odd.not_yours"))

    async def _member(
        self, session: AsyncSession, person: Person, incoming: Incoming, now: datetime, plan: Plan
    ) -> None:
        if incoming.member == "left":
            await people.mark_unreachable(session, person.id, now)
            return
        if person.unreachable_since is not None:
            await self._reachable(session, person, now)
            chat = await conversation.chat_row(session, incoming.chat_id, now)
            roles = await people.roles_of(session, person.id)
            turn = Turn(
                session=session, house=self.house, now=now, chat_id=incoming.chat_id, actor=person,
                roles=roles, subject_id=person.id, topic=HOME_TOPIC, step="", data={},
            )  # fmt: skip
            turn.openings.append(await self.house.menu.came_back(turn))
            await settle(turn, chat, plan)

    async def _reachable(self, session: AsyncSession, person: Person, now: datetime) -> None:
        await people.mark_reachable(session, person.id)
        await notifications.reached(session, person.id, now)
        await session.refresh(person)
