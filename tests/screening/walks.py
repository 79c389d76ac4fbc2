"""Every way through a card by the real machine: reach and whole rounds are walked, not reasoned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from screening.known import Known
from screening.policy import Card, Choice, Line, Policy, When
from screening.policy_faults import effects
from screening.questionnaire import Answer, Facts, Progress, Prompt, replay, take
from tests.screening.rounds_of_taps import shipped

ONE = "one"  # a round of one card
OPENS = ("some", "unsure")
# nothing to tell on a card
QUIET = (
    *("none", "noothers", "nothing", "thatsall", "right", "check.f.4", "check.k.2", "fine", "feelfine", "no"),
    *(
        "after.third_day.1",
        "first.condition.5",
        "first.time.4",
        "profile.ok_who.1",
        "profile.cause.5",
        "unsure",
        "still",
    ),
)
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


@dataclass(frozen=True)
class Told:
    """A way, and what it takes to come back to the round from it."""

    way: Way
    answers: tuple[Answer, ...]
    open_list: bool  # the red list is back, and waits for [No others]

    @property
    def effect(self) -> object:
        """What it does to the round: two lines of a card with the same effect are the same answer."""
        found = tuple((one.code, one.tier, one.wanted) for one in self.way.progress.findings)
        return self.way.card, found, self.way.progress.learned, self.way.progress.stop, self.way.unsure


def _back(page: Page, way: Way) -> Told:
    answers = (*page.before, *way.answers)
    while True:
        prompt = replay(page.rules, ONE, page.facts, answers).prompt
        if prompt is None or (prompt.about is None and not (way.line is None and _again(prompt))):
            break
        name = next(name for name in ("nothing", "noothers", "still", "unsure") if _has(prompt, name))
        answers = take(page.rules, ONE, page.facts, answers, name)
    listed = (
        prompt is not None and prompt.card == way.card and prompt.about is None and _has(prompt, "noothers")
    )
    return Told(way, answers[len(page.before) :], listed)


def _has(prompt: Prompt, name: str) -> bool:
    return any(option.name == name for option in prompt.options)


def together(*all_told: Told) -> dict[tuple[str, str | None], tuple[Answer, ...]]:
    """The answers of a round by the card that they begin at. Red lines come as told, ticks in their order."""
    by_card: dict[tuple[str, str | None], tuple[Answer, ...]] = {}
    for one in sorted(all_told, key=_place):
        start = (one.way.card, None)
        by_card[start] = _also(by_card[start], one.answers) if start in by_card else one.answers
    for one in all_told:
        if one.open_list:
            by_card[one.way.card, None] += (Answer(one.way.card, None, ("noothers",)),)
    return by_card


def _place(told: Told) -> int:
    """Where a ticked line stands on its card; on a red list the order is free."""
    if told.way.line is None or told.open_list or "thatsall" not in told.answers[0].chosen:
        return 0
    return next(i for i, one in enumerate(shipped().lines.values()) if one.key == told.way.line)


def _also(before: tuple[Answer, ...], more: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """A second line: on a red list it is tapped after the first, on a tick list ticked beside it."""
    first, second = before[0], more[0]
    if "thatsall" in second.chosen:
        ticked = (
            *first.chosen[:-1],
            *(name for name in second.chosen if name not in first.chosen),
            "thatsall",
        )
        return (replace(first, chosen=ticked), *before[1:], *more[1:])
    tapped = tuple(name for name in second.chosen if name not in OPENS)
    return (*before, replace(second, chosen=tapped), *more[1:])


class Rounds:
    """The rounds of one phase with one client."""

    def __init__(self, phase: str, facts: Facts) -> None:
        self.phase, self.facts = phase, facts
        self._quiet: list[Answer] = []
        while (prompt := self.after(self._quiet).prompt) is not None:
            self._quiet.append(self._plain(prompt))

    def _plain(self, prompt: Prompt) -> Answer:
        """Nothing to tell on this card; conditions that are open stay open."""
        names = [option.name for option in prompt.options]
        is_open = self.facts.conditions is None and shipped().cards[prompt.card].p0
        name = "unsure" if is_open else next((name for name in QUIET if name in names), None)
        assert name is not None, (prompt.card, names)
        return Answer(prompt.card, prompt.about, (name,))

    def after(self, answers: Sequence[Answer]) -> Progress:
        """Where the round stands after these answers."""
        return replay(shipped(), self.phase, self.facts, answers)

    def told(self) -> list[Told]:
        """Every single answer that this client can give."""
        round_ = shipped().phases[self.phase]
        first = round_.when_unknown if self.facts.conditions is None else ()
        return [
            _back(page, way)
            for card in dict.fromkeys((*first, *round_.cards))
            for page in pages(self.phase, card, self.facts)
            for way in ways(page)
        ]

    def whole(self, *all_told: Told) -> Progress | None:
        """The round in which this is told and nothing else; None if an answer takes another's card away."""
        waiting = together(*all_told)
        answers: list[Answer] = []
        for plain in self._quiet:  # most rounds are the quiet one, with some cards answered otherwise
            answers += waiting.pop(_start(plain), (plain,))
        while True:
            progress = self.after(answers)
            at = len(progress.answers)
            if progress.prompt is None:
                left = progress.stop == "complete" and not set(answers[at:]) <= set(self._quiet)
                return None if left else progress
            start = (progress.prompt.card, progress.prompt.about)
            if progress.answers != tuple(answers[:at]):
                return None
            ahead = next((i for i in range(at, len(answers)) if _start(answers[i]) == start), None)
            if ahead == at:
                return None
            if ahead is not None:  # a card of the quiet round is not asked in this one
                if not set(answers[at:ahead]) <= set(self._quiet):
                    return None
                answers = [*answers[:at], *answers[ahead:]]
            else:
                answers = [*answers[:at], *waiting.pop(start, (self._plain(progress.prompt),)), *answers[at:]]


def _start(answer: Answer) -> tuple[str, str | None]:
    return answer.card, answer.about
