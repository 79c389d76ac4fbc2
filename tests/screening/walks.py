"""Every way through a card by the real machine: reach and whole rounds are walked, not reasoned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from screening.known import Known
from screening.policy import Card, Choice, Line, Policy, When
from screening.policy_faults import effects
from screening.questionnaire import Answer, Facts, Progress, Prompt, replay, take
from tests.screening.rounds_of_taps import shipped

ONE = "one"  # a round of one card
OPENS = ("some", "unsure")
ENDS = frozenset({"noothers", "nothing"})


@dataclass(frozen=True)
class Way:
    """One way through a card: the answers of it and of the cards behind it. `line` None: none was tapped."""

    card: str
    line: str | None
    answers: tuple[Answer, ...]
    progress: Progress

    @property
    def unsure(self) -> bool:
        """Whether a question was left open. A gate's own [Not sure] only opens its list."""
        return any(name in ("unsure", "still") for said in self.answers for name in _said(said))


def _said(answer: Answer) -> tuple[str, ...]:
    listed = answer.about is None and len(answer.chosen) > 1 and answer.chosen[0] in OPENS
    return answer.chosen[1:] if listed else answer.chosen


@cache
def alone(phase: str, card: str) -> Policy:
    """The policy with a round of this card alone."""
    rules = shipped()
    one = replace(rules.phases[phase], cards=(card,), when_unknown=(), confirm=False, stop_at=None)
    return replace(rules, phases={**rules.phases, ONE: one})


@dataclass(frozen=True)
class Page:
    """A card as it stands before a client, or the overflow card that follows it."""

    rules: Policy
    facts: Facts
    before: tuple[Answer, ...]  # a gate before its overflow
    prompt: Prompt

    @property
    def card(self) -> Card:
        return self.rules.cards[self.prompt.card]

    def through(self, line: str, opened: str = "some") -> Iterator[Way]:
        """Every way through a line."""
        at = self._take(self._list(opened), line)
        if not self.card.at_once:
            at = self._take(at, "thatsall")
        yield from self._on(at, line)

    def still(self, opened: str = "some") -> Iterator[Way]:
        """Every way behind [Still not sure]."""
        yield from self._on(
            self._take(self._list(opened), "unsure" if self.card.kind == "ticks" else "still"), None
        )

    def options(self) -> Iterator[Way]:
        """Every way through a question."""
        yield from self._on((), None)

    def _list(self, opened: str) -> tuple[Answer, ...]:
        return self.before if self.card.kind in ("ticks", "list") else self._take(self.before, opened)

    def _take(self, answers: tuple[Answer, ...], name: str) -> tuple[Answer, ...]:
        return take(self.rules, ONE, self.facts, answers, name)

    def _on(self, at: tuple[Answer, ...], line: str | None) -> Iterator[Way]:
        """On from these answers, by every option of every card that opens, until the page is back."""
        progress = replay(self.rules, ONE, self.facts, at)
        prompt = progress.prompt
        if prompt is None or (
            at and (prompt.lines or _again(prompt) or (prompt.about is None and self.card.kind != "choice"))
        ):
            yield Way(self.card.id, line, at[len(self.before) :], progress)
            return
        for option in prompt.options:
            if option.name not in ("person", *ENDS):
                yield from self._on(self._take(at, option.name), line)


def _again(prompt: Prompt) -> bool:
    return any(option.name in ENDS for option in prompt.options)


def pages(phase: str, card: str, facts: Facts) -> Iterator[Page]:
    """The card as this client gets it, with its overflow; nothing if it is not for this client."""
    rules = alone(phase, card)
    first = replay(rules, ONE, facts, ()).prompt
    if first is None:
        return
    yield Page(rules, facts, (), first)
    if rules.cards[card].overflow:
        none = take(rules, ONE, facts, (), "none")
        more = replay(rules, ONE, facts, none).prompt
        if more is not None:
            yield Page(rules, facts, none, more)


def ways(page: Page) -> Iterator[Way]:
    """Every way through a page."""
    if page.card.kind == "choice":
        yield from page.options()
        return
    for line in page.prompt.lines:
        yield from page.through(line)
    yield from page.still()


def given(phase: str, card: str, facts: Facts) -> frozenset[str]:
    """Every code that a yes or a not sure on this card leads to, for this client.

    A line is walked once for all clients who are alike in what it and the cards behind it look at.
    """
    found: set[str] = set()
    known = Known(shipped(), facts, shipped().phases[phase].facts)
    for page in pages(phase, card, facts):
        rows: tuple[str | None, ...] = (*page.prompt.lines, None)
        for line in rows:
            alike = tuple(known.has(name) for name in _behind(page.card.id, line))
            key = (phase, page.card.id, line, alike, facts.ok, facts.letters)
            if key not in _FOUND:
                _FOUND[key] = frozenset(_codes(page, line))
            found |= _FOUND[key]
    return frozenset(found)


_FOUND: dict[object, frozenset[str]] = {}


def _codes(page: Page, line: str | None) -> Iterator[str]:
    for opened in OPENS:
        if page.card.kind == "choice":
            through = page.options()
        else:
            through = page.still(opened) if line is None else page.through(line, opened)
        for way in through:
            yield from (finding.code for finding in way.progress.findings)


@cache
def _behind(card: str, line: str | None) -> tuple[str, ...]:
    """Every fact that a line, or the rest of a card, and the questions behind it look at."""
    row = next((one for one in shipped().lines.values() if one.key == line), None)
    if row is not None:
        names = {name for when in _whens(row) for name in when.names()}
        ahead = [
            more for effect in (row.effect, *(case.effect for case in row.cases)) for more in effect.next
        ]
    else:
        names, ahead = _looks_at(shipped().cards[card])
    seen: set[str] = set()
    while ahead:
        question = shipped().cards.get(ahead.pop())
        if question is None or question.lines or question.id in seen:
            continue  # the list of another gate is walked with that gate
        seen.add(question.id)
        more, further = _looks_at(question)
        names |= more
        ahead += further
    return tuple(sorted(names))


def _looks_at(card: Card) -> tuple[set[str], list[str]]:
    whens = [card.when, *(case.when for case in card.still_cases)]
    for choice in card.choices:
        whens += _whens(choice)
    ahead = [name for place, effect in effects(card) if "line" not in place for name in effect.next]
    return {name for when in whens for name in when.names()}, ahead


def _whens(row: Line | Choice) -> list[When]:
    return [row.when, *(case.when for case in row.cases)]
