"""The main job, played headless as three people would, and printed as their chats.

Each step says what must come back; the first that does not ends the tour with exit code 1.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.app import Running
from bot.cli import demo_seed
from bot.simulator.client import Message, Phone, RemoteSimulator

WIDTH = 96
READING = 4  # seconds a card
MOVES = 8
Wanted = str | Callable[[Message], bool]


class WentWrong(Exception):
    """A step did not come out as it should; the words say which and what stood there instead."""


@dataclass
class Player:
    """One person of the tour: acts, waits for the answer, and tells the reader both."""

    name: str
    phone: Phone
    say_words: Callable[[str], str]
    out: Callable[[str], None]
    patience: float = 8.0
    told: dict[int, int] = field(default_factory=dict)

    async def start(self, payload: str | None = None) -> None:
        self._act("opens the chat and presses Start" if payload is None else "opens the link from the clinic")
        await self.phone.start(payload)
        await self._hear()

    async def say(self, words: str) -> None:
        self._act(f'types "{words}"')
        await self.phone.say(words)
        await self._hear()

    async def tap(self, *keys: str) -> None:
        """Tap buttons by the key of their label, each on the card that the one before brought."""
        for key in keys:
            await self.press(self.say_words(key))

    async def press(self, label: str) -> None:
        await self.tell_news()
        self._act(f"taps [{label}]")
        await self.phone.tap(label, timeout=self.patience)
        await self._hear()

    async def pick(self, number: int) -> str:
        """Tap the button in that place (from 1) of the newest card, whatever it says."""
        message = self.phone.live
        label = [button.text for row in message.rows for button in row][number - 1]
        await self.press(label)
        return label

    async def press_row(self, name: str) -> None:
        """Tap the row of a list that names somebody. Raises: WentWrong if nobody is called so."""
        labels = [button.text for message in self.phone.received for row in message.rows for button in row]
        found = [label for label in labels if name in label]
        if not found:
            raise WentWrong(f"no row for {name} among {labels}")
        await self.press(found[-1])

    async def share_number(self) -> None:
        self._act("shares the phone number by the app's own button")
        await self.phone.share_contact()
        await self._hear()

    async def reads(self, wanted: Wanted, *, fresh: bool = False) -> Message:
        """The chat must show these words now, or soon. Raises: WentWrong."""
        try:
            found = await self.phone.expect(wanted, timeout=self.patience, anew=fresh)
        except AssertionError as error:
            raise WentWrong(str(error)) from None
        await self.tell_news()
        return found

    async def _hear(self) -> None:
        """Wait for whatever the bot answers, and tell it."""
        try:
            await self.phone.expect(lambda _message: True, timeout=self.patience)
            await self.phone.quiet(timeout=self.patience, settle=0.02)
        except AssertionError as error:
            raise WentWrong(f"{self.name} got no answer. {error}") from None
        await self.tell_news()

    async def tell_news(self) -> None:
        await self.phone.driver.refresh()
        for message in sorted(self.phone.received, key=lambda one: one.changed):
            if self.told.get(message.id, 0) < message.changed:
                known = message.id in self.told
                self.told[message.id] = message.changed
                self._bot(message, known)

    def _act(self, words: str) -> None:
        self.out(f"\n  {self.name} {words}")

    def _bot(self, message: Message, again: bool) -> None:
        words = message.text or message.note or ""
        if message.file:
            words = f"{words}\n(file: {message.file['name']})".strip()
        if message.place:
            words = f"{words}\n(map: {message.place['title']})".strip()
        head = f"    {self.name}'s chat{' (same card)' if again else ''}: "
        for number, line in enumerate(words.splitlines() or [""]):
            for part in textwrap.wrap(line, WIDTH - 6) or [""]:
                self.out((head if number == 0 else "      | ") + part if part else "      |")
                head = "      | "
        for row in message.rows:
            self.out("      " + " ".join(f"[{button.text}]" for button in row))


@dataclass
class Tour:
    app: Running
    sim: RemoteSimulator
    out: Callable[[str], None]
    patience: float = 8.0
    players: list[Player] = field(default_factory=list)

    def player(self, user_id: int, name: str) -> Player:
        def words(key: str) -> str:
            return self.app.house.catalogue.say("en", key)

        joined = Player(name, self.sim.phone(user_id, name), words, self.out, self.patience)
        self.players.append(joined)
        return joined

    def chapter(self, title: str) -> None:
        self.out(f"\n{'=' * WIDTH}\n{title}\n{'=' * WIDTH}")

    async def clock(self, **move: object) -> None:
        told = await self.sim.ask("clock", dict(move))
        await self.app.ticks.catch_up()
        self.out(f"\n  -- the clock moves to {told['now'][:16].replace('T', ' ')} --")
        await self.sim.quiet(self.patience, settle=0.1)
        for one in self.players:
            await one.tell_news()

    async def answers(self, player: Player, *keys: str) -> None:
        """Answer with the time that a person takes to read: a hurried check is read out again at the door."""
        for key in keys:
            await self.sim.ask("clock", {"advance": READING})
            await self.app.ticks.catch_up()
            await player.tap(key)

    async def until_asked(self, player: Player, words: str) -> None:
        """On, from one round of questions to the next, until this person is asked with these words."""
        for _ in range(MOVES):
            await self.clock(jump="check")
            await player.phone.quiet(timeout=self.patience)
            if any(words in message.text and message.rows for message in player.phone.received[-2:]):
                await player.reads(words)
                return
        raise WentWrong(f"{player.name} was never asked: {words}")


async def play(app: Running, sim: RemoteSimulator) -> int:
    """0 if every step came out as it should, else 1; the transcript goes to standard output."""
    tour = Tour(app, sim, _print)
    try:
        await story(tour)
    except WentWrong as error:
        _print(f"\nThe tour stopped: {error}")
        return 1
    _print("\nEvery step came out as it should.")
    return 0


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def story(tour: Tour) -> None:
    """Booked, checked, moved when at risk, looked after; and what the staff see meanwhile."""
    tour.chapter("1. The clinic opens its chats: Ana treats, Eva runs the place")
    ana, eva = tour.player(demo_seed.THERAPIST, "Ana"), tour.player(demo_seed.ADMIN, "Eva")
    await demo_seed.open_chats(tour.app, tour.sim)
    await ana.reads("Welcome")
    await eva.reads("Welcome")

    tour.chapter("2. Maria has MS. She writes for the first time: five taps, and she sees times")
    maria = tour.player(demo_seed.MARIA, "Maria")
    await maria.start()
    await maria.tap("button.agree", "first.condition.1.b", "first.time.1.b", "button.yes")
    await maria.reads("three good times")

    tour.chapter("3. She picks a time. It is held while she answers the questions of a first visit")
    await maria.pick(3)
    await maria.tap("button.goon", "profile.ok_who.1.b", "profile.ok_when.1.b", "button.none", "button.none")
    await maria.tap("button.no", "profile.relapse.4.b", "button.none", "profile.u.5.b", "button.thatsall")
    await maria.tap("profile.hopes.1.b", "button.none", "button.none", "button.none")
    await maria.share_number()
    await maria.tap("button.confirm")
    booked = await maria.reads("Booked:")

    tour.chapter("4. The day before: the reminder is the safety check. Maria has a fever")
    await tour.until_asked(maria, "a few quick questions")
    await tour.answers(maria, "button.none", "button.none", "button.some", "check.c.1.b", "detail.dfev.4.b")
    await tour.answers(maria, "button.noothers", "button.none", "button.none")
    await maria.reads("Is that right?")
    await maria.tap("button.right")
    await maria.reads("So we should not do massage")
    await maria.tap("button.keep")
    await maria.reads("Get well soon")
    _differs(booked, await maria.reads("Moved from"))

    tour.chapter("5. Ana asks for tomorrow: the time that Maria had is marked as moved")
    await ana.say("/tomorrow")
    await ana.reads("Moved to")

    tour.chapter("6. A week on, Maria is well: five taps, and the visit is confirmed")
    await tour.until_asked(maria, "a few quick questions")
    await tour.answers(maria, *["button.none"] * 5)
    await maria.reads("See you on")
    await tour.until_asked(maria, "one quick question")
    await tour.answers(maria, "button.none")
    await maria.reads("See you at")

    tour.chapter("7. Ana's day says so, with what to adapt. After the visit she taps Done")
    await tour.clock(jump="session")
    await ana.say("/today")
    await ana.reads("Cleared")
    await ana.press_row("Maria")
    await ana.reads("Pressure: short session")
    await tour.clock(advance=47 * 60)
    await ana.tap("button.done")

    tour.chapter("8. Maria is looked after: a care message, and a question the next day")
    await tour.clock(advance=3600)
    await maria.reads("Thank you for coming")
    await tour.clock(advance=24 * 3600)
    await maria.reads("How do you feel after your massage?")
    await maria.tap("button.fine")
    await maria.reads("Good to hear")
    await maria.tap("button.rebook")
    await maria.reads("Booked:")

    tour.chapter("9. Eva changes Ana's hours with one line")
    await eva.say("/hours Ana Mon-Fri 9-13, Wed 15-18")
    await eva.reads("New hours for Ana")
    await eva.tap("button.save")
    await eva.reads("Saved")

    tour.chapter("10. Maria types instead of tapping, and it sounds serious: answered before anything else")
    await maria.say("my face feels droopy since breakfast")
    await maria.reads("Call 112 now")
    await eva.reads("Maria")


def _differs(before: Message, after: Message) -> None:
    if before.text == after.text:
        raise WentWrong("the visit was to move, and its card is the same")
