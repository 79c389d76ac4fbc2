"""A chat as a test reads it: say, tap by the catalogue's names, look at the screen, move the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot import conversation
from bot.app import Running
from bot.conversation import Conversation
from bot.flow import Choice, Screen
from bot.house import House
from bot.showing import rebuild
from bot.simulator.client import Message, Phone, Simulator
from scheduling import people
from scheduling.appointments import Appointment
from scheduling.notifications import Notification


@dataclass
class Seen:
    """The card last drawn in a chat."""

    key: str
    text: str
    topic: str
    names: tuple[str, ...]


class Chat:
    """One person's phone, and the rows behind its cards."""

    def __init__(self, world: World, phone: Phone) -> None:
        self.world, self.phone = world, phone
        self.screen = Seen("", "", "", ())

    @property
    def house(self) -> House:
        return self.world.app.house

    async def start(self, payload: str | None = None) -> None:
        await self.phone.start(payload)
        await self.settle()

    async def say(self, text: str) -> None:
        await self.phone.say(text)
        await self.settle()

    async def tap(self, *names: str, topic: str | None = None) -> None:
        """Tap buttons of the card last touched (or of `topic`) by code or by name of the catalogue.

        Raises: AssertionError with what the card offers if there is no such button on the phone.
        """
        for name in names:
            row, screen, message = await self._card(topic)
            shown = _on_phone(message, name)
            if shown is not None and message is not None:  # as shown, not as it would be now
                await self.phone.tap_data(shown, message.id)
                await self.settle()
                continue
            choice = _find(screen, name)
            assert choice is not None, f"no button {name} on {screen.key}: {_names(screen)}"
            if screen.reply_keyboard:
                if choice.contact:
                    await self.phone.share_contact()
                else:
                    await self.phone.say(self.world.words(choice))
            else:
                prefix = f"c:{row.token}:" if row.durable else f"f:{row.revision}:"
                assert message is not None, f"the card {screen.key} is not on the phone"
                await self.phone.tap_data(prefix + choice.code, message.id)
            await self.settle()

    async def settle(self) -> None:
        """Until nothing is left to do, here and in the outbox."""
        await self.world.settle()
        await self.look()

    async def look(self, topic: str | None = None) -> Seen:
        try:
            row, screen, message = await self._card(topic)
        except LookupError:
            self.screen = Seen("", "", "", ())
            return self.screen
        self.screen = Seen(screen.key, message.text if message else "", row.topic, _names(screen))
        return self.screen

    async def _card(self, topic: str | None) -> tuple[Conversation, Screen, Message | None]:
        house = self.house
        async with house.database.reading() as session:
            chat_id = self.phone.chat_id
            if topic is None:
                row = await conversation.last_touched(session, chat_id)
            else:
                row = await conversation.find(session, chat_id, topic)
            if row is None:
                raise LookupError(f"no card of topic {topic}")
            person = await people.by_telegram_id(session, chat_id)
            assert person is not None
            turn = await rebuild(session, house, row, person, house.clock.now())
            screen = await house.menu.steps[row.step].show(turn)
        shown = [m for m in self.phone.messages if m.id == row.message_id]
        return row, screen, shown[0] if shown else None

    async def person_id(self) -> str:
        async with self.house.database.reading() as session:
            person = await people.by_telegram_id(session, self.phone.chat_id)
            assert person is not None
            return str(person.id)

    async def appointment(self) -> Appointment:
        """This client's newest visit."""
        client = await self.person_id()
        async with self.house.database.reading() as session:
            query = select(Appointment).where(Appointment.client_id == client)
            found = (await session.scalars(query.order_by(Appointment.held_at.desc()))).first()
        assert found is not None, "no visit"
        return found

    @property
    def texts(self) -> list[str]:
        """All words of the bot in this chat as they stand now, oldest first."""
        return [message.text for message in self.phone.received]


class World:
    """A running bot against the simulator, with a clock that only the test moves."""

    def __init__(self, app: Running, sim: Simulator) -> None:
        self.app, self.sim = app, sim
        self._chats: dict[int, Chat] = {}

    def chat(self, user_id: int = 1001, first_name: str = "Maria", **more: Any) -> Chat:
        if user_id not in self._chats:
            self._chats[user_id] = Chat(self, self.sim.phone(user_id, first_name, **more))
        return self._chats[user_id]

    def words(self, choice: Choice, language: str = "en") -> str:

        house = self.app.house
        return house.words(language, house.clock.now()).label(choice)

    async def settle(self) -> None:
        """Until every update is a finished turn, drawn, and nothing is due."""
        for _ in range(20):
            await self.sim.quiet(settle=0)
            await self.app.worker.idle()
            files = await self.app.ticks.files.work()
            if not await self.app.outbox.dispatch() and not files:
                break
        await self.sim.quiet(settle=0)

    async def later(self, **delta: float) -> None:
        """Move the clock and let everything that is due happen."""
        self.app.house.clock.advance(timedelta(**delta))
        await self.app.ticks._expire()
        await self.settle()

    async def until(self, kind: str, *, person_id: str | None = None) -> None:
        """Move the clock to when the next notice of `kind` is due, step by step through what comes before."""
        for _ in range(60):
            async with self.app.house.database.reading() as session:
                query = select(Notification.kind, Notification.due_at).where(Notification.state == "pending")
                if person_id is not None:
                    query = query.where(Notification.person_id == person_id)
                rows = list(await session.execute(query.order_by(Notification.due_at)))
            assert any(row.kind == kind for row in rows), f"no {kind} is planned: {[r.kind for r in rows]}"
            first = rows[0]
            now = self.app.house.clock.now()
            if first.due_at > now:
                self.app.house.clock.advance(first.due_at - now + timedelta(seconds=1))
            await self.app.ticks._expire()
            await self.settle()
            if first.kind == kind:
                return
        raise AssertionError(f"{kind} never came")


def _on_phone(message: Message | None, name: str) -> str | None:
    """The data of the button whose code, or its part before the first dot, is `name`."""
    data = [button.data for row in message.rows for button in row if button.data] if message else []
    codes = {one: one.split(":", 2)[-1] for one in data}
    exact = [one for one, code in codes.items() if code == name]
    return next(iter(exact or [one for one, code in codes.items() if code.partition(".")[0] == name]), None)


def _find(screen: Screen, name: str) -> Choice | None:
    choices = [choice for row in screen.rows for choice in row]
    for wanted in (
        lambda c: c.name == name,
        lambda c: c.code == name,
        lambda c: c.code.partition(".")[0] == name,
    ):
        found = [choice for choice in choices if wanted(choice)]
        if found:
            return found[0]
    return None


def _names(screen: Screen) -> tuple[str, ...]:
    return tuple(choice.name or choice.code for row in screen.rows for choice in row)
