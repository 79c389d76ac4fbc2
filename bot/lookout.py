"""What must not wait for the transaction: typed danger, and taps that end in the act-now text."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.delivery.drawing import Drawer
from bot.flow import Alarm, Step, Tap
from bot.house import House
from bot.locating import locate
from bot.showing import rebuild
from bot.view.read import Incoming
from bot.view.render import render
from config.encryption import Unreadable
from scheduling import people
from scheduling.people import Person
from screening import profile, red_flags


@dataclass
class Before:
    """What was read before the transaction opened."""

    alarm: Alarm | None = None
    reading: red_flags.Reading | None = None
    about: str | None = None  # the client on whose card staff typed them


class Lookout:
    """Reads an update before its turn, and sends the act-now text at once."""

    def __init__(self, house: House, drawer: Drawer) -> None:
        self.house, self.drawer = house, drawer
        self._alarms: dict[int, Alarm] = {}

    def forget(self, update_id: int) -> None:
        """The update is done or put aside: nothing of it is tried again."""
        self._alarms.pop(update_id, None)

    async def before(self, update_id: int, incoming: Incoming) -> Before:
        """What the words say, and the act-now text sent if there is danger; the turn then writes it down."""
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
            found = await locate(session, incoming) if person is not None else None
            step = self.house.menu.steps.get(found.row.step) if found else None
            about_other = found is not None and person is not None and found.row.subject_id != person.id
            if before.reading is not None and found and step and person and (step.roles or about_other):
                there = await rebuild(session, self.house, found.row, person, self.house.clock.now())
                allowed = await self.house.menu.may_act(there, step)
                if allowed and not step.roles:
                    before.about = found.row.subject_id
                elif allowed and _taken(incoming, step):
                    before.reading = None  # a member of staff writes about somebody else, as the card asks
            codes: tuple[str, ...] = ()
            told: str | None = None
            if before.reading is not None and before.reading.action == "act_now":
                codes = before.reading.codes if before.about is None else ()
            elif incoming.kind == "tap" and found and found.current and step and person and not about_other:
                turn = await rebuild(session, self.house, found.row, person, self.house.clock.now())
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
            card = render(screen, self.house.words(language, self.house.clock.now()), revision=0, token=token)
            message_id = await self.drawer.send_urgent(incoming.chat_id, card)
            self._alarms[update_id] = Alarm(f"urgent:{update_id}", codes, token, message_id)
        return self._alarms[update_id]


def _taken(incoming: Incoming, step: Step) -> bool:
    """Whether the open card takes the message as its answer."""
    return incoming.kind == "text" and incoming.command is None and "text" in step.expects


def _if_any(reading: red_flags.Reading) -> red_flags.Reading | None:
    return reading if reading.action or reading.raised else None
