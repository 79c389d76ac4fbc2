"""One update -> one turn -> one commit; the cards that it changed are drawn after the commit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import HOME_TOPIC, Chat, Conversation
from bot.delivery import inbox
from bot.delivery.drawing import Drawer, Plan
from bot.flow import (
    ABOVE,
    Again,
    Choice,
    Extra,
    Go,
    Input,
    Line,
    Opening,
    Result,
    Said,
    SentFile,
    Shared,
    Step,
    Tap,
    Text,
    Turn,
)
from bot.house import House
from bot.locating import Card, locate
from bot.lookout import Before, Lookout
from bot.placing import apply, put, settle
from bot.showing import NO_ROLE, rebuild
from bot.view import read
from bot.view.read import FileRef, Incoming
from bot.view.render import Words
from scheduling import notifications, people
from scheduling.people import Person

log = structlog.get_logger()

MAX_SAID = 1000
SAID = "said:"  # in `took_code`: the message that answered the card
SLOW = 300  # seconds down after which a waiting tap is told so
ODD = {"voice": "odd.voice", "odd": "odd.kind"}


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
        words = Words(self.house, turn.actor.language, turn.now)
        if before.reading is not None:
            turn.subject_id = before.about or turn.actor.id
            await self.house.menu.red_flag(turn, before.reading, incoming.text)
            turn.subject_id = turn.actor.id
            acted = before.reading.action == "act_now" and incoming.file is None  # a file is still taken
            if acted or (before.reading.action and incoming.edited):
                return
        if incoming.edited:
            answered = f"{SAID}{incoming.message_id}"
            if await conversation.took(turn.session, chat.chat_id, answered):
                turn.say(Text("odd.edited"))
            return
        if (turn.now - received_at).total_seconds() > SLOW and incoming.kind == "tap":
            turn.say(Text("odd.slow"))
        if incoming.kind == "tap":
            await self._tap(turn, incoming, found, chat, plan, words)
            return
        command = incoming.command
        if command is not None:
            await self._command(turn, command, found, chat)
            return
        await self._typed(turn, incoming, found, chat, plan)
        return

    async def _tap(
        self,
        turn: Turn,
        incoming: Incoming,
        found: Card | None,
        chat: Chat,
        plan: Plan,
        words: Words,
    ) -> None:
        if found is None:
            if incoming.code in self.house.menu.shortcuts and incoming.revision == 0:
                await self._shortcut(turn, incoming.code)
                return
            plan.toast = words.line(Text("old.gone"))
            self._open_home(turn)
            return
        row = found.row
        if row.chat_id != chat.chat_id:
            plan.toast = words.line(Text("odd.not_yours"))
            return
        if incoming.message_id is not None and row.message_id != incoming.message_id:
            conversation.adopt(row, incoming.message_id)
        step = self._step(row)
        await self._enter(turn, row)
        if step is None or not await self.house.menu.may_act(turn, step):
            plan.toast = words.line(Text("odd.no_role" if step else "old.gone"))
            turn.closings.append(row.topic)
            if step is not None and row.message_id is not None:  # nor may they go on reading it
                turn.rewrites.append((row.message_id, NO_ROLE))
            return
        if not found.current:
            if self.crowded(chat.chat_id):
                plan.toast = words.line(Text("odd.fast"))
                return
            plan.toast = words.line(Text("odd.twice" if found.twice else "old.changed"))
            if not found.twice:
                await put(turn, chat, row.topic, row.step, turn.data, plan)
            return
        row.took_revision, row.took_code = row.revision, incoming.code + incoming.value
        result = await self._take(turn, step, Tap(incoming.code, incoming.value))
        await apply(turn, chat, row, result, plan, typed=False)

    async def _take(self, turn: Turn, step: Step, value: Input) -> Result:
        if isinstance(value, Tap):
            if value.code == "home":
                return self._home(turn)
            if value.code == "person" and step.name != "help.person":
                return await self._person(turn)
            if value.code == "back" and not getattr(step, "own_back", False):
                stack = list(turn.data.get("_back", []))
                if not stack:
                    return self._home(turn)
                name, data = stack.pop()
                return Go(name, {**data, "_back": stack}, forget=True)
        return await step.take(turn, value)

    def _home(self, turn: Turn) -> Result:
        topic, step = self.house.menu.home(turn.roles)
        if turn.topic == topic:
            return Go(step, {}, forget=True)
        turn.open(topic, step)
        return Again(quiet=True)

    async def _shortcut(self, turn: Turn, code: str) -> None:
        if code == "person":
            await self.house.menu.person_wanted(turn)
        elif not turn.roles:
            turn.openings.append(await self.house.menu.start(turn, ""))
            return
        turn.open(*self.house.menu.shortcuts[code])

    async def _person(self, turn: Turn) -> Result:
        await self.house.menu.person_wanted(turn)
        if turn.topic == HOME_TOPIC:
            return Go("help.person", {"from": turn.step})
        turn.open("person", "help.person", {"from": turn.step})
        return Again(quiet=True)

    async def _command(self, turn: Turn, command: tuple[str, str], found: Card | None, chat: Chat) -> None:
        name, rest = command
        menu = self.house.menu
        if name == "start":
            opening = await menu.start(turn, rest)
            turn.openings.append(opening)
            return
        if name == "cancel" and not turn.roles:
            turn.openings.append(await menu.start(turn, ""))
            return
        if name == "cancel":
            turn.openings.append(Opening(HOME_TOPIC, "flow.left", {}))
            return
        known = menu.commands.get(name)
        if known is None or (known.roles and not known.roles & turn.roles):
            turn.say(Text("odd.text"), choices=menu.odd_choices)
            return
        if not known.open and not turn.roles:
            turn.openings.append(await menu.start(turn, ""))
            return
        if known.opens is not None:
            turn.openings.append(await known.opens(turn, rest))
            return
        turn.open(known.topic, known.step, {"line": rest} if rest else {})

    async def _typed(
        self,
        turn: Turn,
        incoming: Incoming,
        found: Card | None,
        chat: Chat,
        plan: Plan,
    ) -> None:
        menu = self.house.menu
        step = self._step(found.row) if found else None
        if found is not None and step is not None:
            there = await rebuild(turn.session, self.house, found.row, turn.actor, turn.now)
            if not await menu.may_act(there, step):
                step = None
        value = self._value(incoming, step)
        if step is not None and step.known_words_first and incoming.kind == "text":
            opening = await menu.phrase(turn, incoming.text)
            if opening is not None:
                turn.openings.append(opening)
                return
        if found is not None and step is not None and value is not None:
            await self._enter(turn, found.row)
            if isinstance(value, Said) and len(value.text) > MAX_SAID:
                turn.say(Text("odd.long", {"n": len(value.text), "m": MAX_SAID}))
                await put(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)
                return
            if isinstance(value, Said):
                value = await self._as_button(turn, step, value)
            found.row.took_code = f"{SAID}{incoming.message_id}"
            result = await self._take(turn, step, value)
            await apply(turn, chat, found.row, result, plan, typed=True)
            return
        notice: Line | None = None
        choices: tuple[tuple[Choice, ...], ...] = ()
        if incoming.kind == "text":
            opening = await menu.phrase(turn, incoming.text)
            if opening is not None:
                turn.openings.append(opening)
                return
            if step is not None and step.holds_text:
                notice = Text("odd.tap")
            elif not turn.roles:
                turn.openings.append(await menu.start(turn, ""))
                return
            else:
                notice, choices = Text("odd.text"), menu.odd_choices
        elif incoming.kind == "file":
            opening = None
            if incoming.file is not None and (step is None or "text" not in step.expects):
                opening = await menu.unasked_file(turn, self._sent(incoming, incoming.file))
            if opening is not None:
                turn.openings.append(opening)
            else:
                notice = Text("odd.photo")
        elif incoming.kind == "contact":
            notice = Text("odd.contact") if not incoming.own_contact else Text("odd.kind")
        else:
            notice = Text(ODD.get(incoming.kind, "odd.kind"))
        if notice is not None:
            turn.say(notice, choices=choices)
        if turn.alarm is not None:
            return  # nothing that was open comes back below the text to act now
        if found is not None and step is not None and (step.holds_text or step.expects):
            await self._enter(turn, found.row)
            await put(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)

    def _value(self, incoming: Incoming, step: Step | None) -> Input | None:
        """What the open step can take of this message; None if it asked for something else."""
        if step is None:
            return None
        if incoming.kind == "contact" and "contact" in step.expects:
            return Shared(incoming.phone) if incoming.own_contact else None
        if incoming.file is not None and "file" in step.expects:
            return self._sent(incoming, incoming.file)
        if incoming.kind == "text" and "text" in step.expects:
            return Said(incoming.text.strip())
        return None

    def _sent(self, incoming: Incoming, file: FileRef) -> SentFile:
        return SentFile(file.file_id, file.size, incoming.text, incoming.message_id or 0)

    async def _as_button(self, turn: Turn, step: Step, said: Said) -> Input:
        """Buttons under the input field come back as their words."""
        screen = await step.show(turn)
        if screen.reply_keyboard:
            words = Words(self.house, turn.actor.language, turn.now)
            for row in screen.rows:
                for choice in row:
                    if words.label(choice) == said.text:
                        code, _, value = choice.code.partition(".")
                        return Tap(code, value)
        return said

    def _step(self, row: Conversation) -> Step | None:
        return self.house.menu.steps.get(row.step)

    async def _enter(self, turn: Turn, row: Conversation) -> None:
        turn.topic, turn.step, turn.subject_id = row.topic, row.step, row.subject_id
        turn.message_id = row.message_id
        turn.data = await conversation.data_of(turn.session, row)
        turn.data.pop(ABOVE, None)

    def _open_home(self, turn: Turn) -> None:
        topic, step = self.house.menu.home(turn.roles)
        turn.open(topic, step)

    # --- the rest ---

    def _group(self, incoming: Incoming, now: datetime, plan: Plan) -> None:
        if incoming.member == "joined" or incoming.command is not None:
            plan.say(
                Extra(line=Text("odd.group")),
                Words(self.house, self.house.catalogue.best(incoming.language), now),
            )
        if incoming.kind == "tap":
            plan.toast = Words(self.house, "en", now).line(Text("odd.not_yours"))

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
