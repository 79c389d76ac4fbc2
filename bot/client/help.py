"""Help: what the bot can do, questions people ask, and a person."""

from __future__ import annotations

from bot import call_back
from bot.flow import (
    BACK,
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Go,
    Input,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    rows,
    text,
)

QUESTIONS = (
    "cure", "proof", "often", "time", "who", "tell", "doctor", "effects", "diabetes", "cancer", "prevent",
    "kind", "when", "flare", "water",
)  # fmt: skip
PAGE = 5
PAGES = len(QUESTIONS) // PAGE


class Menu(Step):
    name = "help.menu"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            "help.menu",
            (text("help.menu"),),
            rows(Choice("book"), Choice("visits"), Choice("faq"), Choice("mydata"), Choice("person")),
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        where = {"book": "book.home", "visits": "visits.list", "faq": "faq.menu", "mydata": "privacy.card"}
        if isinstance(value, Tap) and value.code in where:
            return Go(where[value.code], {})
        return Again()


class Faq(Step):
    name = "faq.menu"

    async def show(self, turn: Turn) -> Screen:
        page = int(turn.data.get("page", 0))
        first = page * PAGE
        turning = [
            choice
            for choice, there in ((Choice("earlier"), page > 0), (Choice("later"), page < PAGES - 1))
            if there
        ]
        questions = [Choice(f"q{number}") for number in range(first + 1, first + PAGE + 1)]
        return Screen("faq.menu", (text("faq.menu"),), rows(*questions, turning) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        page = int(turn.data.get("page", 0))
        if not isinstance(value, Tap):
            return Again()
        if value.code in {"earlier", "later"}:
            page += 1 if value.code == "later" else -1
            return Go(self.name, {**turn.data, "page": min(max(page, 0), PAGES - 1)}, forget=True)
        number = value.code.removeprefix("q")
        if number.isdigit() and 1 <= int(number) <= len(QUESTIONS):
            return Go("faq.answer", {"question": QUESTIONS[int(number) - 1], "page": page})
        return Again()


class Answer(Step):
    name = "faq.answer"

    async def show(self, turn: Turn) -> Screen:
        key = f"faq.{turn.data['question']}"
        return Screen(key, (text(key),), rows(Choice("book"), Choice("faq")) + NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "book":
            return Go("book.home", {})
        if isinstance(value, Tap) and value.code == "faq":
            return Go("faq.menu", {"page": turn.data.get("page", 0)})
        return Again()


class Person(Step):
    """A person of the clinic. The task is there already: `call_back.wanted` was told before this shows."""

    name = "help.person"
    expects = frozenset({"text"})
    known_words_first = True

    async def show(self, turn: Turn) -> Screen:
        by = Until(await call_back.staff_by(turn))
        if turn.data.get("soon"):
            return Screen("person.soon", (text("person.soon"),), ((BACK, HOME),), bold=False)
        return Screen(
            "person.card", (text("person.card", staff_by=by),), rows(Choice("soon"), HOME), bold=False
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Said):
            await call_back.add_words(turn, value.text)
            return Again(Text("person.noted", {"staff_by": Until(await call_back.staff_by(turn))}))
        if isinstance(value, Tap) and value.code == "soon":
            await call_back.sooner(turn)
            return Go(self.name, {**turn.data, "soon": True})
        return Again()


STEPS: tuple[Step, ...] = (Menu(), Faq(), Answer(), Person())
COMMANDS = (Command("help", "home", "help.menu", open=True),)
