"""The main job as two people live it, on phones alone, so that it can be played against any process.

Maria books as a stranger, answers with a fever, keeps the time she is moved to, is well, comes, and is asked
how she is. Ana looks at her day and taps Done.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from bot.simulator.client import Message, Phone
from bot.texts import Catalogue

MARIA, ANA, EVA = 1001, 1002, 9001
READS = timedelta(seconds=4)  # a question that is answered faster was not read


class Time(Protocol):
    """The clock that the bot reads, and what it has planned."""

    def now(self) -> datetime: ...

    async def advance(self, by: timedelta) -> None: ...

    async def due(self, kind: str | None) -> datetime | None: ...


@dataclass
class Player:
    """One person: taps buttons by the names of the catalogue, and waits for what must come."""

    phone: Phone
    catalogue: Catalogue
    language: str
    time: Time
    settled: Callable[[], Awaitable[None]]
    taps: list[str] = field(default_factory=list)
    again: int = 0

    async def start(self, payload: str | None = None) -> None:
        await self.phone.start(payload)
        await self.settled()

    async def say(self, words: str) -> None:
        await self.phone.say(words)
        await self.settled()

    async def tap(self, *names: str) -> None:
        """One button after the other, each of the newest card that has it, each after reading."""
        for name in names:
            await self.time.advance(READS)
            message, data = await self.sees(name)
            self.taps.append(name)
            await self.phone.tap_data(data, message.id)
            await self.settled()

    async def press(self, name: str) -> None:
        """A button under the input field."""
        label = self.catalogue.say(self.language, f"button.{name}")
        assert any(label in row for row in self.phone.keyboard), f"no {label!r} under the field; {self.phone}"
        await self.phone.say(label)
        await self.settled()

    async def sees(self, name: str) -> tuple[Message, str]:
        """The newest card with that button, and what the button carries."""
        words = self.words(name)
        for message in sorted(self.phone.received, key=lambda one: one.changed, reverse=True):
            for row in message.rows:
                for button in row:
                    code = (button.data or "").rpartition(":")[2] if not words else ""
                    if button.data and (button.text in words or code.partition(".")[0] == name):
                        return message, button.data
        raise AssertionError(f"no button {name} {words}; {self.phone}")

    def words(self, name: str) -> list[str]:
        """What a button of that name may say; nothing if only its code is known."""
        keys = [key for key in (f"{name}.b", f"button.{name}") if self.catalogue.has(key)]
        plain = [key for key in keys if not self.catalogue.placeholders(key)]
        return [self.catalogue.say(self.language, key) for key in plain]

    def reads(self, key: str) -> bool:
        """Does the newest card begin as this text does?"""
        head = self.catalogue.say(self.language, key, **dict.fromkeys(self.catalogue.placeholders(key), "\0"))
        start = head.partition("\0")[0].split("\n")[0]
        return self.phone.live.text.startswith(start)


@dataclass
class Play:
    maria: Player
    ana: Player
    time: Time
    invite: str
    settled: Callable[[], Awaitable[None]]

    async def until(self, kind: str) -> None:
        """Move on to the next message of that kind, and through all that is planned before it."""
        wanted = await self.time.due(kind)
        assert wanted is not None, f"no {kind} is planned"
        while wanted > self.time.now():
            due = await self.time.due(None) or wanted
            await self.time.advance(
                max(min(due, wanted) - self.time.now(), timedelta()) + timedelta(seconds=1)
            )
            await self.settled()

    async def main_job(self) -> None:
        await self.ana.start(f"i_{self.invite}")
        await self.book()
        await self.fever()
        await self.well()
        await self.session()
        await self.after()

    async def book(self) -> None:
        maria = self.maria
        await maria.start()
        await maria.tap("first.consent.1", "first.condition.1", "first.time.1", "yes")
        await maria.tap("slot2", "goon")
        await maria.tap("profile.ok_who.1", "profile.ok_when.1", "none", "none", "profile.heat_cold.4")
        await maria.tap("profile.relapse.4", "none", "none", "profile.hopes.1")
        await maria.tap("none", "none", "none")
        await maria.press("nophone")
        await maria.tap("confirm")

    async def fever(self) -> None:
        """The check is the reminder; a fever moves the visit, and the kept time is taken."""
        await self.until("check.a")
        await self.maria.tap("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none")
        await self.maria.tap("right")
        await self.maria.tap("keep")

    async def well(self) -> None:
        await self.until("check.a")
        await self.maria.tap("none", "none", "none", "none", "none")

    async def session(self) -> None:
        await self.until("recheck.t")
        await self.maria.tap("none")
        await self.time.advance(timedelta(hours=2, minutes=30))
        await self.settled()
        await self.ana.say("/today")
        await self.ana.tap("row", "done")

    async def after(self) -> None:
        """Care, a little sore the next day, and well again after three."""
        await self.until("after.care")
        await self.maria.tap("feelfine")
        await self.until("after.next_day")
        await self.maria.tap("sore", "after.which.1")
        await self.until("after.third_day")
        await self.maria.tap("after.third_day.1")
