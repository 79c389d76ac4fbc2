"""Input that no card asked for: a kind answer, and nothing lost."""

from __future__ import annotations

import unicodedata

from bot import call_back, visit_facts
from bot.conversation import HOME_TOPIC
from bot.flow import (
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Opening,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    rows,
    text,
)

WORDS = ("book", "move", "cancel", "pain", "help", "human")
MOST_LETTERS = 40

# Buttons of messages that are no card open a flow anew: code -> (topic, step).
SHORTCUTS: dict[str, tuple[str, str]] = {
    "book": (HOME_TOPIC, "book.home"),
    "visits": (HOME_TOPIC, "visits.list"),
    "seevisit": (HOME_TOPIC, "visits.list"),
    "person": ("person", "help.person"),
    "home": (HOME_TOPIC, "book.home"),
}
ODD_CHOICES = rows(Choice("book"), Choice("visits"), PERSON)
DEAD_CHOICES = rows(Choice("seevisit"), PERSON)


class Left(Step):
    """After /cancel: nothing is lost, and two ways on."""

    name = "flow.left"

    async def show(self, turn: Turn) -> Screen:
        return Screen("flow.left", (text("flow.left"),), rows(Choice("book"), Choice("visits")))

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code in {"book", "visits"}:
            return Go("book.home" if value.code == "book" else "visits.list", {}, forget=True)
        return Again()


def meaning(turn: Turn, said: str) -> str | None:
    """Which of the words that everybody knows was said; None if it is none, or more than a word."""
    plain = _plain(said)
    if not plain or len(plain) > MOST_LETTERS:
        return None
    for word in WORDS:
        listed = turn.house.catalogue.say(turn.actor.language, f"phrase.{word}")
        if plain in {_plain(one) for one in listed.split(",")}:
            return word
    return None


def _plain(said: str) -> str:
    letters = (ch if ch.isalnum() else " " for ch in unicodedata.normalize("NFKC", said).casefold())
    return " ".join("".join(letters).split())


async def phrase(turn: Turn, said: str) -> Opening | None:
    """A short word that everybody knows (book, move, cancel, pain, help, a person)."""
    word = meaning(turn, said)
    if word is None or (not turn.roles and word != "human"):
        return None
    if word == "human":
        await call_back.wanted(turn)
        return Opening("person", "help.person", {"from": "phrase"})
    if word == "help":
        return Opening(HOME_TOPIC, "help.menu", {})
    if word == "pain":
        return await _pain(turn)
    if word in {"move", "cancel"}:
        visit = await visit_facts.next_visit(turn.session, turn.subject_id, turn.now)
        if visit is None:
            return Opening(HOME_TOPIC, "visits.list", {})
        step = "move.pick" if word == "move" else "cancel.ask"
        return Opening(f"visit:{visit.id}", step, {"appointment": visit.id})
    return Opening(HOME_TOPIC, "book.home", {})


async def _pain(turn: Turn) -> Opening:
    visit = await visit_facts.last_visit(turn.session, turn.subject_id, turn.now)
    if visit is None or "after.wrong" not in turn.house.menu.steps:
        await call_back.wanted(turn)
        return Opening("person", "help.person", {"from": "pain"})
    return Opening(f"after:{visit.id}", "after.wrong", {"appointment": visit.id})


STEPS: tuple[Step, ...] = (Left(),)
