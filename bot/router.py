"""One update -> one turn -> one commit; the cards that it changed are drawn after the commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import HOME_TOPIC, Chat, Conversation
from bot.delivery import inbox
from bot.delivery.drawing import Draw, Drawer, Plan
from bot.flow import (
    ABOVE,
    Again,
    Alarm,
    Choice,
    Done,
    Extra,
    Go,
    Input,
    Line,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    SentFile,
    Shared,
    Step,
    Tap,
    Text,
    Turn,
)
from bot.formatting import cut
from bot.house import House
from bot.view import read
from bot.view.read import Incoming
from bot.view.render import Words, render
from config.encryption import Unreadable
from scheduling import notifications, people
from scheduling.people import Person
from screening import profile, red_flags

log = structlog.get_logger()

MAX_SAID = 1000
BACK_STACK = 12
SAID = "said:"  # in `took_code`: the message that answered the card
SLOW = 300  # seconds down after which a waiting tap is told so
NO_ROLE = Screen("odd.no_role", (Text("odd.no_role"),))
ODD = {"voice": "odd.voice", "odd": "odd.kind"}


@dataclass
class Before:
    """What was read before the transaction opened."""

    alarm: Alarm | None = None
    reading: red_flags.Reading | None = None
    about: str | None = None  # the client on whose card staff typed them


@dataclass
class _Card:
    """The card that an update is about: its row, and whether the tap is the one it waits for."""

    row: Conversation
    current: bool
    twice: bool = False


class Router:
    """Handles one stored update at a time; the caller keeps the order within a chat."""

    def __init__(self, house: House, drawer: Drawer, wake: Callable[[], None]) -> None:
        self.house, self.drawer, self.wake = house, drawer, wake
        self.crowded: Callable[[int], bool] = lambda chat_id: False
        self._alarms: dict[int, Alarm] = {}

    async def handle(self, update_id: int, raw: dict[str, Any], received_at: datetime) -> None:
        """Raises whatever the turn raises: the update is then still waiting, and nothing has changed."""
        incoming = read.parse(raw)
        plan = Plan(chat_id=incoming.chat_id, callback_id=incoming.callback_id)
        before = await self._before(update_id, incoming)
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            if await inbox.load(session, update_id) is None:
                self._alarms.pop(update_id, None)
                return  # another worker was faster
            if incoming.chat_id and incoming.kind != "ignore":
                await self._turn(session, update_id, incoming, before, now, received_at, plan)
            await inbox.finish(session, update_id, now)
        self._alarms.pop(update_id, None)
        self.wake()
        await self.drawer.draw(plan)

    def forget(self, update_id: int) -> None:
        """It is put aside: nothing of it is tried again."""
        self._alarms.pop(update_id, None)

    # --- before the transaction: what must not wait for it ---

    async def _before(self, update_id: int, incoming: Incoming) -> Before:
        before = Before()
        if not incoming.private or incoming.kind in {"ignore", "member"}:
            return before
        language = self.house.catalogue.best(incoming.language)
        if said := self._own_words(incoming):
            before.reading = _if_any(red_flags.read(said, self.house.lexicon(language)))
        async with self.house.database.reading() as session:
            person = await people.by_telegram_id(session, incoming.user_id)
            if person is None and before.reading is None:
                return before
            if person is not None and said and not (before.reading and before.reading.action == "act_now"):
                before.reading = _if_any(await self._read_with_file(session, person, said))
            language = person.language if person is not None else language
            found = await self._locate(session, incoming) if person is not None else None
            step = self._step(found.row) if found else None
            about_other = found is not None and person is not None and found.row.subject_id != person.id
            if before.reading is not None and step is not None and step.roles:
                before.reading = None  # a member of staff writes about somebody else
            elif before.reading is not None and about_other and found and step and person:
                there = await self._rebuild(session, found.row, person, self.house.clock.now())
                if await self.house.menu.may_act(there, step):
                    before.about = found.row.subject_id
            codes: tuple[str, ...] = ()
            told: str | None = None
            if before.reading is not None and before.reading.action == "act_now":
                codes = before.reading.codes if before.about is None else ()
            elif incoming.kind == "tap" and found and found.current and step and person and not about_other:
                turn = await self._rebuild(session, found.row, person, self.house.clock.now())
                if found.row.chat_id == incoming.chat_id and await self.house.menu.may_act(turn, step):
                    codes = await step.foresee(turn, Tap(incoming.code, incoming.value)) or ()
                    told = turn.data.get("_told")
            visit = bool(codes) and await self.house.menu.visit_to_come(
                session, person, self.house.clock.now()
            )
        if codes:
            before.alarm = await self._sound(update_id, incoming, codes, language, told, visit)
        return before

    async def _read_with_file(self, session: AsyncSession, person: Person, said: str) -> red_flags.Reading:
        """In the person's language, with the conditions on file; without those if they cannot be opened."""
        try:
            conditions = (await profile.known(session, person.id)).conditions or frozenset()
        except Unreadable:
            conditions = frozenset()
        return red_flags.read(said, self.house.lexicon(person.language), conditions=conditions)

    def _own_words(self, incoming: Incoming) -> str:
        """What a person wrote of their own: behind a command too, but no link's payload or staff line."""
        if incoming.command is None:
            return incoming.text
        name, rest = incoming.command
        known = self.house.menu.commands.get(name)
        return "" if name == "start" or (known is not None and known.roles) else rest

    async def _sound(
        self,
        update_id: int,
        incoming: Incoming,
        codes: tuple[str, ...],
        language: str,
        told: str | None,
        visit: bool,
    ) -> Alarm:
        """Send the act-now text now, once per update however often the transaction is tried."""
        if update_id not in self._alarms:
            token = conversation.new_token()
            screen = self.house.menu.urgent_screen(
                self.house, codes, told=told, typed=incoming.text or None, visit=visit
            )
            card = render(
                screen, Words(self.house, language, self.house.clock.now()), revision=0, token=token
            )
            message_id = await self.drawer.send_urgent(incoming.chat_id, card)
            self._alarms[update_id] = Alarm(f"urgent:{update_id}", codes, token, message_id)
        return self._alarms[update_id]

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
        found = await self._locate(session, incoming)
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
        await self._settle(turn, chat, plan)

    async def _act(
        self,
        turn: Turn,
        incoming: Incoming,
        before: Before,
        found: _Card | None,
        chat: Chat,
        plan: Plan,
        received_at: datetime,
    ) -> None:
        words = Words(self.house, turn.actor.language, turn.now)
        if before.reading is not None:
            turn.subject_id = before.about or turn.actor.id
            await self.house.menu.red_flag(turn, before.reading, incoming.text)
            turn.subject_id = turn.actor.id
            if before.reading.action == "act_now" or (before.reading.action and incoming.edited):
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
        found: _Card | None,
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
            await conversation.adopt(turn.session, row, incoming.message_id)
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
                await self._place(turn, chat, row.topic, row.step, turn.data, plan)
            return
        row.took_revision, row.took_code = row.revision, incoming.code + incoming.value
        result = await self._take(turn, step, Tap(incoming.code, incoming.value))
        await self._apply(turn, chat, row, result, plan, words, typed=False)

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

    async def _command(self, turn: Turn, command: tuple[str, str], found: _Card | None, chat: Chat) -> None:
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
        found: _Card | None,
        chat: Chat,
        plan: Plan,
    ) -> None:
        menu = self.house.menu
        step = self._step(found.row) if found else None
        if found is not None and step is not None:
            there = await self._rebuild(turn.session, found.row, turn.actor, turn.now)
            if not await menu.may_act(there, step):
                step = None
        value = self._value(incoming, step)
        words = Words(self.house, turn.actor.language, turn.now)
        if step is not None and step.known_words_first and incoming.kind == "text":
            opening = await menu.phrase(turn, incoming.text)
            if opening is not None:
                turn.openings.append(opening)
                return
        if found is not None and step is not None and value is not None:
            await self._enter(turn, found.row)
            if isinstance(value, Said) and len(value.text) > MAX_SAID:
                turn.say(Text("odd.long", {"n": len(value.text), "m": MAX_SAID}))
                await self._place(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)
                return
            if isinstance(value, Said):
                value = await self._as_button(turn, step, value)
            found.row.took_code = f"{SAID}{incoming.message_id}"
            result = await self._take(turn, step, value)
            await self._apply(turn, chat, found.row, result, plan, words, typed=True)
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
            if step is not None and "text" in step.expects:
                notice = Text("odd.photo")
            else:
                notice, choices = Text("odd.file"), menu.file_choices
        elif incoming.kind == "contact":
            notice = Text("odd.contact") if not incoming.own_contact else Text("odd.kind")
        else:
            notice = Text(ODD.get(incoming.kind, "odd.kind"))
        turn.say(notice, choices=choices)
        if found is not None and step is not None and (step.holds_text or step.expects):
            await self._enter(turn, found.row)
            await self._place(turn, chat, found.row.topic, found.row.step, turn.data, plan, fresh=True)

    def _value(self, incoming: Incoming, step: Step | None) -> Input | None:
        """What the open step can take of this message; None if it asked for something else."""
        if step is None:
            return None
        if incoming.kind == "contact" and "contact" in step.expects:
            return Shared(incoming.phone) if incoming.own_contact else None
        if incoming.file is not None and "file" in step.expects:
            return SentFile(
                incoming.file.file_id, incoming.file.size, incoming.text, incoming.message_id or 0
            )
        if incoming.kind == "text" and "text" in step.expects:
            return Said(incoming.text.strip())
        return None

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

    # --- what the turn decided, as rows and drawings ---

    async def _apply(
        self,
        turn: Turn,
        chat: Chat,
        row: Conversation,
        result: Result,
        plan: Plan,
        words: Words,
        *,
        typed: bool,
    ) -> None:
        words = Words(self.house, turn.actor.language, turn.now)  # the turn may have changed the language
        if isinstance(result, Go):
            plan.toast = words.line(result.toast) if result.toast else plan.toast
            data = dict(turn.data if result.data is None else result.data)
            if not result.forget:
                past = {k: v for k, v in turn.data.items() if k != "_back"}
                stack = [*turn.data.get("_back", []), [row.step, past]][-BACK_STACK:]
                data["_back"] = stack
            await self._place(turn, chat, row.topic, result.step, data, plan, fresh=typed)
        elif isinstance(result, Again):
            if result.notice is not None and typed:
                turn.say(result.notice)
            elif result.notice is not None:
                plan.toast = words.line(result.notice)
            if not result.quiet:
                await self._place(turn, chat, row.topic, row.step, turn.data, plan, fresh=typed)
        else:
            assert isinstance(result, Done)
            plan.toast = words.line(result.toast) if result.toast else plan.toast
            if row.message_id is not None:
                (plan.deletions if result.remove else plan.strips).append(row.message_id)
            await conversation.end(turn.session, row)

    async def _place(
        self,
        turn: Turn,
        chat: Chat,
        topic: str,
        step: str,
        data: dict[str, Any],
        plan: Plan,
        *,
        fresh: bool = False,
        focus: bool = True,
        subject_id: str | None = None,
    ) -> None:
        """Store where a topic stands and put its card on the plan."""
        draw = await place(
            turn, chat, topic, step, data, fresh=fresh, focus=focus, subject_id=subject_id or turn.subject_id
        )
        if draw.replaced is not None:
            (plan.deletions if draw.card.alone else plan.strips).append(draw.replaced)
        plan.draws.append(draw)

    async def _settle(self, turn: Turn, chat: Chat, plan: Plan) -> None:
        """Cards of other topics, messages beside them, and what is over."""
        session = turn.session
        for opening in turn.openings:
            old = await conversation.find(session, chat.chat_id, opening.topic)
            if not opening.fresh and old is None:
                continue
            await self._place(
                turn,
                chat,
                opening.topic,
                opening.step,
                opening.data,
                plan,
                fresh=opening.fresh,
                focus=opening.fresh,
                subject_id=opening.subject_id
                or (turn.actor.id if old is None or opening.fresh else old.subject_id),
            )
        for topic in turn.closings:
            row = await conversation.find(session, chat.chat_id, topic)
            if row is not None:
                if row.message_id is not None:
                    plan.strips.append(row.message_id)
                await conversation.end(session, row)
        plan.deletions.extend(turn.deletions)
        for person_id in turn.menus:
            person = await people.get_person(session, person_id)
            if person is not None and person.telegram_id is not None:
                roles = await people.roles_of(session, person_id)
                plan.menus.append((person.telegram_id, person.language, roles))
                if person_id != turn.actor.id:  # what a role showed goes with it
                    await conversation.draw_anew(session, person.telegram_id, turn.now)
        words = Words(self.house, turn.actor.language, turn.now)
        for message_id, screen in turn.rewrites:
            plan.rewrites.append((message_id, render(screen, words, revision=0, token="")))
        for extra in turn.extras:
            plan.say(extra, words)

    # --- finding the card ---

    async def _locate(self, session: AsyncSession, incoming: Incoming) -> _Card | None:
        chat_id = incoming.chat_id
        if incoming.kind != "tap":
            row = await conversation.last_touched(session, chat_id)
            return _Card(row, True) if row is not None else None
        if incoming.token is not None:
            row = await conversation.by_token(session, incoming.token)
            if row is None:
                return None
            again = not row.durable and row.took_code == incoming.code + incoming.value
            return _Card(row, row.durable, again)
        if incoming.revision:
            row = await conversation.by_revision(session, chat_id, incoming.revision)
            if row is not None and not row.durable:
                return _Card(row, True)
        if incoming.message_id is not None and incoming.revision != 0:
            row = row if incoming.revision and row else None
            row = row or await conversation.by_message(session, chat_id, incoming.message_id)
            if row is not None:
                code = incoming.code + incoming.value
                twice = row.took_revision == incoming.revision and row.took_code == code
                return _Card(row, False, twice)
        return None

    def _step(self, row: Conversation) -> Step | None:
        return self.house.menu.steps.get(row.step)

    async def _enter(self, turn: Turn, row: Conversation) -> None:
        turn.topic, turn.step, turn.subject_id = row.topic, row.step, row.subject_id
        turn.message_id = row.message_id
        turn.data = await conversation.data_of(turn.session, row)
        turn.data.pop(ABOVE, None)

    async def _rebuild(self, session: AsyncSession, row: Conversation, person: Person, now: datetime) -> Turn:
        return await rebuild(session, self.house, row, person, now)

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
            await self._settle(turn, chat, plan)

    async def _reachable(self, session: AsyncSession, person: Person, now: datetime) -> None:
        await people.mark_reachable(session, person.id)
        await notifications.reached(session, person.id, now)
        await session.refresh(person)


def _if_any(reading: red_flags.Reading) -> red_flags.Reading | None:
    return reading if reading.action or reading.raised else None


async def place(
    turn: Turn,
    chat: Chat,
    topic: str,
    step: str,
    data: dict[str, Any],
    *,
    fresh: bool,
    subject_id: str,
    focus: bool = True,
) -> Draw:
    """Store where a topic stands, and render its card as the person will see it."""
    session, house = turn.session, turn.house
    old = await conversation.find(session, chat.chat_id, topic)
    copy = old.message_id if old is not None and fresh else None
    kept = old is not None and old.durable
    row = await conversation.put(
        session,
        chat,
        topic,
        subject_id=subject_id,
        step=step,
        data=data,
        now=turn.now,
        fresh=fresh,
        focus=focus,
    )
    there = Turn(
        session=session,
        house=house,
        now=turn.now,
        chat_id=chat.chat_id,
        actor=turn.actor,
        roles=turn.roles,
        subject_id=subject_id,
        topic=topic,
        step=step,
        data=data,
        message_id=row.message_id,
    )
    screen = await shown(there, house.menu.steps[step])
    # a durable card keeps its buttons: an old copy that is tapped shows how things stand
    replaced = copy if screen.alone or not kept else None
    if screen.reply_keyboard and row.message_id is not None:
        replaced, row.message_id = row.message_id, None
    row.durable = screen.durable
    words = Words(house, turn.actor.language, turn.now)
    card = render(screen, words, revision=row.revision, token=row.token)
    return Draw(row.id, topic, row.revision, row.message_id, card, replaced=replaced)


async def shown(turn: Turn, step: Step) -> Screen:
    """The step's screen; staff who do it for a client read first for whom.

    Who may not see it any more, or not for this client, reads that.
    """
    if not await turn.house.menu.may_act(turn, step):
        return replace(NO_ROLE, rows=((Choice("home"),),))
    screen = await step.show(turn)
    if above := turn.data.get(ABOVE):
        push = screen.push and screen.push + 1
        screen = replace(screen, lines=(Text(str(above)), *screen.lines), push=push)
    if not turn.for_other or step.roles or not turn.roles & people.STAFF:
        return screen
    client = await people.get_person(turn.session, turn.subject_id)
    name = Raw(cut(client.name if client is not None else ""))
    return replace(screen, lines=(Text("common.for", {"name": name}), *screen.lines))


async def rebuild(
    session: AsyncSession, house: House, row: Conversation, person: Person, now: datetime
) -> Turn:
    """The turn a card stands in, for reading or drawing it again."""
    try:
        data = await conversation.data_of(session, row)
    except Unreadable:
        data = {}
    return Turn(
        session=session,
        house=house,
        now=now,
        chat_id=row.chat_id,
        actor=person,
        roles=await people.roles_of(session, person.id),
        subject_id=row.subject_id,
        topic=row.topic,
        step=row.step,
        data=data,
        message_id=row.message_id,
    )
