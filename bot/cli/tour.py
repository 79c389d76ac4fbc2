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
        await self._tell_news()
        self._act(f"taps [{label}]")
        await self.phone.tap(label, timeout=self.patience)
        await self._hear()

    async def pick(self, number: int) -> str:
        """Tap the button in that place (from 1) of the newest card, whatever it says."""
        message = self.phone.live
        label = [button.text for row in message.rows for button in row][number - 1]
        await self.press(label)
        return label

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
        await self._tell_news()
        return found

    async def _hear(self) -> None:
        """Wait for whatever the bot answers, and tell it."""
        try:
            await self.phone.expect(lambda _message: True, timeout=self.patience)
            await self.phone.quiet(timeout=self.patience)
        except AssertionError as error:
            raise WentWrong(f"{self.name} got no answer. {error}") from None
        await self._tell_news()

    async def _tell_news(self) -> None:
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

    async def player(self, user_id: int, name: str) -> Player:
        def words(key: str) -> str:
            return self.app.house.catalogue.say("en", key)

        return Player(name, self.sim.phone(user_id, name), words, self.out, self.patience)

    def chapter(self, title: str) -> None:
        self.out(f"\n{'=' * WIDTH}\n{title}\n{'=' * WIDTH}")

    async def clock(self, **move: object) -> None:
        told = await self.sim.ask("clock", dict(move))
        await self.app.house.refresh_clock()
        self.app.ticks.wake()
        self.out(f"\n  -- the clock moves to {told['now'][:16].replace('T', ' ')} --")


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
    """Booked, checked, moved when at risk, looked after; and what staff see meanwhile."""
    raise NotImplementedError(demo_seed)
