"""Somebody who taps and types at random."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from bot.simulator.client import Message, Phone
from tests.bot.test_odd import PICTURE

QUESTION = "Feel very ill?"  # the footer of every card of questions
CODES = (
    *("none", "some", "unsure", "still", "thatsall", "noothers", "nothing", "right", "change"),
    *("back", "home", "person", "confirm", "o1", "o7", "o99", "slot1", "day", "called", "undo", "agree"),
)
VALUES = ("", ".2027-13-45", ".-1", ".9999999999", ".x:y", "." + "_" * 30)
COMMANDS = (
    *("/start", "/help", "/book", "/visits", "/settings", "/privacy", "/cancel", "/nonsense"),
    "/start i_zz",
)
WORDS = (
    *("hello", "no", "yes", "not sure", "Tue 3 Mar", "14:30", "\U0001f600" * 40, "<b>&", "9" * 400),
    *("{clinic} %s", "my usual tremor, nothing new", "can I come later", "Dr Weber, 2 Mar 2027"),
    *("my face feels droopy since breakfast", "chest pain and I cannot breathe"),
    *("fever of 39 since last night", "I do not want to live any more", "he hits me at home"),
    *("I fell and hit my head", "it will not stop bleeding", "last year I had a relapse, all well now"),
)


@dataclass
class Monkey:
    """A phone in restless hands. `did` tells what was done, to read when it went wrong."""

    phone: Phone
    chance: random.Random
    person: str = ""  # empty: somebody new
    ease: float = 0.2  # how often the first button is good enough, most often [None of these]
    did: list[str] = field(default_factory=list)
    _seen: list[tuple[str, int]] = field(default_factory=list)

    async def act(self) -> None:
        """One thing at random; most often a button that is offered."""
        roll = self.chance.random()
        if roll < max(0.78, self.ease):
            await self._tap(self._offered())
        elif roll < 0.83:
            await self._tap(self._old())
        elif roll < 0.88:
            await self._tap(self._forged())
        elif roll < 0.91:
            twice = self._offered()
            await self._tap(twice)
            await self._tap(twice)
        elif roll < 0.95:
            await self.say(self.chance.choice(WORDS))
        elif roll < 0.98:
            await self.say(self.chance.choice(COMMANDS))
        elif roll < 0.99:
            await self._edit()
        else:
            await self._send()

    def is_asked(self) -> bool:
        """Whether the newest card is one of questions; somebody new is asked from the start."""
        cards = self.cards()
        return bool(cards) and (QUESTION in cards[-1].text or len(cards) == 1)

    def cards(self) -> list[Message]:
        cards = [
            message for message in self.phone.received if any(b.data for row in message.rows for b in row)
        ]
        return sorted(cards, key=lambda card: card.changed)

    def _offered(self) -> tuple[str, int] | None:
        cards = self.cards()
        if not cards:
            return None
        asking = [card for card in cards if QUESTION in card.text]
        if asking and self.chance.random() < 0.75:
            card = asking[-1]
        else:
            card = cards[-1] if self.chance.random() < 0.8 else self.chance.choice(cards)
        data = [button.data for row in card.rows for button in row if button.data]
        found = data[0] if self.chance.random() < self.ease else self.chance.choice(data)
        self._seen.append((found, card.id))
        return found, card.id

    def _old(self) -> tuple[str, int] | None:
        return self.chance.choice(self._seen) if self._seen else self._offered()

    def _forged(self) -> tuple[str, int] | None:
        real = self._offered()
        if real is None:
            return None
        head = real[0].rpartition(":")[0]
        data = self.chance.choice(
            (
                f"{head}:{self.chance.choice(CODES)}{self.chance.choice(VALUES)}",
                f"f:{self.chance.randrange(9999)}:{self.chance.choice(CODES)}",
                f"c:{'A' * 11}:{self.chance.choice(CODES)}",
                self.chance.choice(("", ":", "f", "f:1", "x:y:z", "\u0663:\u202e", "9" * 64)),
            )
        )
        return data, self.chance.choice((real[1], 1, 10**6))

    async def _tap(self, what: tuple[str, int] | None) -> None:
        if what is None:
            await self.say("/start")
            return
        self.did.append(f"tap {what[0]} on #{what[1]}")
        await self.phone.tap_data(*what)

    async def say(self, words: str) -> None:
        self.did.append(f"say {words:.60}")
        await self.phone.say(words)

    async def _edit(self) -> None:
        own = [message for message in self.phone.messages if message.mine and message.kind == "text"]
        if not own:
            await self.say(self.chance.choice(WORDS))
            return
        words = self.chance.choice(WORDS)
        self.did.append(f"edit #{own[-1].id} to {words:.60}")
        await self.phone.edit(own[-1].id, words)

    async def _send(self) -> None:
        """Something that no card of questions asks for."""
        what = self.chance.choice(("photo", "document", "sticker", "contact", "location"))
        self.did.append(f"send {what}")
        if what == "photo":
            await self.phone.send_photo(PICTURE, self.chance.choice(("", "my letter", "chest pain")))
        elif what == "document":
            await self.phone.send_document(b"%PDF-1.4\n%%EOF\n")
        elif what == "contact":
            await self.phone.share_contact(own=self.chance.random() < 0.5)
        else:
            await (self.phone.sticker() if what == "sticker" else self.phone.location())
