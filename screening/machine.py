"""The machine behind `screening.questionnaire`: one generator that asks and is fed taps, so that the order of
cards reads from top to bottom and nothing but the answers has to be kept."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from screening.known import Known, ok_in_force
from screening.policy import Card, Case, Choice, Effect, Line, Outcome, Phase, Policy
from screening.policy_faults import CONFIRM, LINES_A_CARD, SAME
from screening.questionnaire import Answer, Facts, Finding, Option, Progress, Prompt, Stop

NONE, SOME, UNSURE, PERSON = (Option(name, f"button.{name}") for name in ("none", "some", "unsure", "person"))
STILL, THAT_IS_ALL, NO_OTHERS, NOTHING_ELSE = (
    Option(name, f"button.{name}") for name in ("still", "thatsall", "noothers", "nothing")
)
NO_OK = "doctor_ok_missing"
NOWHERE = (None, None)  # a card behind a gate is none of how many
NESTING = 2  # a card may stand in its own chain once more; a third time a person looks


@dataclass(frozen=True, slots=True)
class Ask:
    """A card that waits for a tap; `chosen` are the taps that its open answer already holds."""

    card: str
    about: str | None
    chosen: tuple[str, ...]
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class Opened:
    """How a card was opened."""

    line: Line | None = None
    code: str | None = None  # what "$line" stands for
    via_unsure: bool = False
    fresh: bool = False
    chain: tuple[str, ...] = ()


Asking = Generator[Ask, str, None]
Tapping = Generator[Ask, str, str]


class _Ended(Exception):
    def __init__(self, stop: Stop) -> None:
        self.stop = stop


class Machine:
    """A round of questions, played through the answers given so far."""

    def __init__(self, policy: Policy, phase: Phase, facts: Facts, answers: Sequence[Answer]) -> None:
        self.policy, self.phase, self.facts = policy, phase, facts
        self.known = Known(policy, facts, phase.facts)
        self.findings: list[Finding] = []
        self.stop: Stop | None = None
        self.ask: Ask | None
        self.counted: list[Answer] = []
        self._tapped: set[str] = set()
        self._asked: set[str] = set()
        self._shown: set[str] = set()
        self._later: list[str] = []
        self._bare: dict[Finding, str] = {}  # key of the card where "not sure" gave it and no line was named
        self._place: tuple[int | None, int | None]
        self._withdrawn = [answer for answer in answers if answer.withdrawn]
        self._feed(answers)

    # --- from answers to taps ---

    def _feed(self, answers: Sequence[Answer]) -> None:
        asking = self._run()
        self.ask = next(asking, None)
        for answer in answers:
            if answer.withdrawn:
                continue
            ask = self.ask
            if ask is None or ask.chosen or (answer.card, answer.about) != (ask.card, ask.about):
                return
            for i, name in enumerate(answer.chosen):
                ask = self.ask
                if ask is None or bool(ask.chosen) != bool(i) or not _offers(ask.prompt, name):
                    return
                taken = replace(answer, chosen=answer.chosen[: i + 1])
                self.counted = [*(self.counted[:-1] if i else self.counted), taken]
                try:
                    self.ask = asking.send(name)
                except StopIteration:
                    self.ask = None

    def kept(self, answers: Sequence[Answer]) -> list[Answer]:
        """All answers as records: those that no longer count are withdrawn, not lost."""
        counted = iter(self.counted)
        out = []
        for answer in answers:
            live = None if answer.withdrawn else next(counted, None)
            out.append(live or replace(answer, withdrawn=True))
        return out

    def progress(self) -> Progress:
        """Where this round stands."""
        return Progress(
            prompt=self.ask.prompt if self.ask else None,
            findings=tuple(self.findings),
            stop=self.stop,
            complete=self.stop == "complete",
            learned=frozenset(self.known.learned),
            conditions=self.known.conditions,
            answers=tuple(self.counted),
        )

    # --- the round ---

    def _run(self) -> Asking:
        try:
            for name in sorted(self.facts.named | (self.facts.conditions or frozenset())):
                self._known_condition(name)
            yield from self._cards()
            self.stop = "complete"
        except _Ended as end:
            self.stop = end.stop

    def _cards(self) -> Asking:
        done = 0
        while True:
            pages = self._pages()
            page = next(pages, None)
            if page is None:
                break
            card, lines = page
            left = [later for later, _ in pages]
            # while P0 is ahead, the count would be the worst case, which nobody should read
            sure = not any(one.p0 for one in (card, *left))
            self._place = (done + 1, done + 1 + len(left) if sure else None)
            self._asked.add(card.id)
            self._shown.update(line.id for line in lines)
            yield from self._open(card, lines, Opened(), listed=False)
            done += 1
            if self.phase.stop_at is not None and self._worst() >= self.phase.stop_at:
                return
        self._place = NOWHERE
        if self._unsure_red():
            raise _Ended("red_unsure")
        if self.phase.confirm and self._changes():
            yield from self._confirm()

    def _pages(self) -> Iterator[tuple[Card, tuple[Line, ...]]]:
        """The cards of this round that are still to be asked, as things are known now."""
        names = list(self.phase.cards)
        if self.facts.conditions is None:
            names = [*self.phase.when_unknown, *names]
        for name in dict.fromkeys((*names, *self._later)):
            card = self.policy.cards.get(name)
            if card is None:
                self._give("item_unsure", name, wanted=name)
                continue
            if (self._unsure_red() and not card.red) or not self.known.fits(card.when):
                continue
            # a gate comes again with the lines that only now fit, a question never
            yield from (
                (page, lines)
                for page, lines in self._split(card)
                if page.id not in self._asked or page.kind != "choice"
            )

    def _split(self, card: Card) -> list[tuple[Card, tuple[Line, ...]]]:
        """A gate cut at 9 lines; one body part stays together; no line is lost if facts change between."""
        if card.kind == "choice":
            return [(card, ())]
        lines = tuple(line for line in self._lines(card) if line.id not in self._shown)
        overflow = self.policy.cards.get(card.overflow or "")
        if overflow is not None and card.id in self._asked:
            return [(overflow, lines)] if lines else []
        if overflow is None or len(lines) <= LINES_A_CARD:
            return [(card, lines)] if lines else []
        cut = LINES_A_CARD
        while cut > 1 and lines[cut].block and lines[cut].block == lines[cut - 1].block:
            cut -= 1
        return [(card, lines[:cut]), (overflow, lines[cut:])]

    def _lines(self, card: Card) -> tuple[Line, ...]:
        return tuple(line for line in card.lines if self.known.fits(line.when))

    def _unsure_red(self) -> bool:
        return any(finding.code == "red_flag_unsure" for finding in self.findings)

    def _worst(self) -> Outcome:
        return max((self.policy.row(f.code).outcome for f in self.findings), default=Outcome.CLEAR)

    def _changes(self) -> bool:
        """Whether an answer changes the visit. "Not yet" changes nothing where no OK counts as it is."""
        lacking = NO_OK in self.facts.on_file or (self.facts.ok is not None and not ok_in_force(self.facts))
        return any(
            self.policy.row(finding.code).outcome >= Outcome.DEFER and not (finding.code == NO_OK and lacking)
            for finding in self.findings
        )

    def _confirm(self) -> Asking:
        held = [f for f in self.findings if self.policy.row(f.code).outcome >= Outcome.DEFER]
        told = [said for f in held if (said := self._said(f))]
        card = self.policy.cards[CONFIRM]
        options = [_button(choice) for choice in card.choices]
        yield from _ignore(self._tap(card, None, (), options, told=tuple(dict.fromkeys(told))))

    def _said(self, finding: Finding) -> str | None:
        """The line as it was told; of a bare "not sure" the card that it answered, as "<its key>.unsure"."""
        asked = self._bare.get(finding) if finding.told in (None, UNSURE.label) else None
        return f"{asked}.{UNSURE.name}" if asked else finding.told

    # --- cards ---

    def _open(self, card: Card, lines: tuple[Line, ...], opened: Opened, *, listed: bool) -> Asking:
        if card.kind == "choice":
            yield from self._choice(card, opened)
        elif card.at_once:
            yield from self._at_once(card, lines, opened, listed or card.kind == "list")
        else:
            yield from self._ticks(card, lines, opened, listed or card.kind == "ticks")

    def _opened(self, name: str, opened: Opened) -> Asking:
        """A card that a tap opens. One that the policy lacks, or that goes in circles, goes to a person."""
        card = self.policy.cards.get(name)
        if card is None or opened.chain.count(name) >= NESTING:
            self._give("item_unsure", opened.chain[-1] if opened.chain else name, opened, wanted=name)
            return
        if card.once and name in self._asked:
            return
        if card.kind == "choice":
            self._asked.add(name)
        place, self._place = self._place, NOWHERE
        opened = replace(opened, chain=(*opened.chain, name))
        yield from self._open(card, self._lines(card), opened, listed=True)
        self._place = place

    def _at_once(self, card: Card, lines: tuple[Line, ...], opened: Opened, listed: bool) -> Asking:
        about = _about(opened)
        chosen: tuple[str, ...] = ()
        if not listed:
            name = yield from self._tap(card, None, (), [NONE, SOME, UNSURE], lines)
            if name == "none":
                self._clash(card, lines)
                return
            chosen = (name,)
        left = list(lines)
        unsure = "unsure" in chosen
        while left:
            others = [] if len(left) == len(lines) else [NO_OTHERS]
            name = yield from self._tap(card, about, chosen, [*_buttons(left), *others, STILL], tuple(left))
            chosen = ()
            if name == "still":
                yield from self._still(card, opened)
                return
            if name == "noothers":
                break
            line = next(line for line in left if line.key == name)
            left.remove(line)
            self._tapped.add(line.id)
            yield from self._line(card, line, replace(opened, via_unsure=unsure))
        self._clash(card, lines)

    def _ticks(self, card: Card, lines: tuple[Line, ...], opened: Opened, listed: bool) -> Asking:
        about = _about(opened)
        chosen: tuple[str, ...] = ()
        if not listed:
            name = yield from self._tap(card, None, (), [NONE, SOME, UNSURE], lines)
            if name == "none":
                yield from self._closed(card, opened, sure=True)
                return
            chosen = (name,)
        ticks: list[str] = []
        while True:
            options = [replace(option, chosen=option.name in ticks) for option in _buttons(lines)]
            if ticks:
                options.append(THAT_IS_ALL)
            elif card.kind == "ticks":
                options.append(NONE)
            options.append(UNSURE if card.kind == "ticks" else STILL)
            name = yield from self._tap(card, about, (*chosen, *ticks), options, lines)
            if name in ("none", "thatsall", "still", "unsure"):
                break
            ticks.append(name)
        ticked = [line for line in lines if line.key in ticks]
        self._tapped.update(line.id for line in ticked)
        for line in ticked:
            yield from self._line(card, line, replace(opened, via_unsure="unsure" in chosen))
        yield from self._closed(card, opened, sure=name in ("none", "thatsall"))

    def _closed(self, card: Card, opened: Opened, *, sure: bool) -> Asking:
        if card.p0:
            self.known.told_p0(card.id, sure)
        if sure:
            yield from self._apply(card.none, card, opened, None)
        else:
            yield from self._still(card, opened)

    def _still(self, card: Card, opened: Opened) -> Asking:
        effects = [card.still, *(case.effect for case in card.still_cases if self.known.fits(case.when))]
        for effect in effects:
            self._gives(effect, card, opened, None, sure=False)
        for effect in effects:
            yield from self._next(effect, opened)

    def _line(self, card: Card, line: Line, opened: Opened) -> Asking:
        opened = replace(opened, line=line)
        if line.key in self.facts.settled:
            settled = yield from self._same(card, line)
            if settled:
                return
            opened = replace(opened, fresh=True)
        effect = self._fitting(line.cases, opened) or line.effect
        if not (effect.gives or effect.ok_else or effect.next or effect.sets):
            self._give("item_unsure", card.item, opened, told=line.key, wanted=line.id)
            return
        if effect.next:
            opened = replace(opened, code=effect.gives[0] if effect.gives else None)
            effect = replace(effect, gives=())
        self._gives(effect, card, opened, line.key)
        yield from self._next(effect, opened)

    def _same(self, card: Card, line: Line) -> Generator[Ask, str, bool]:
        """DSAME: whether a matter that was settled is still so."""
        same = self.policy.cards[SAME]
        choices = [choice for choice in same.choices if _for_red(choice, card.red)]
        options = [_button(choice) for choice in choices]
        name = yield from self._tap(same, line.key, (), options, date=self.facts.settled[line.key])
        return not next(choice for choice in choices if choice.name == name).effect.next

    def _choice(self, card: Card, opened: Opened) -> Asking:
        used: set[str] = set()
        while True:
            choices = [c for c in card.choices if c.name not in used and self.known.fits(c.when)]
            if not choices:
                return
            options = [_button(choice, self._words(choice, opened)) for choice in choices]
            options += [NOTHING_ELSE] if used else []
            name = yield from self._tap(card, _about(opened), (), options)
            if name == "nothing":
                return
            choice = next(c for c in choices if c.name == name)
            effect = self._fitting(choice.cases, opened) or choice.effect
            told = opened.line.key if opened.line else choice.told
            yield from self._apply(effect, card, opened, told)
            if not card.multi:
                return
            used.add(name)

    # --- what a tap does ---

    def _fitting(self, cases: tuple[Case, ...], opened: Opened) -> Effect | None:
        case = self._case(cases, opened)
        return case.effect if case else None

    def _words(self, choice: Choice, opened: Opened) -> str | None:
        case = self._case(choice.cases, opened)
        return case.words if case and case.words else choice.words

    def _case(self, cases: tuple[Case, ...], opened: Opened) -> Case | None:
        for case in cases:
            if case.via_unsure is not None and case.via_unsure != opened.via_unsure:
                continue
            if case.tapped and not self._tapped.intersection(case.tapped):
                continue
            if self.known.fits(case.when):
                return case
        return None

    def _apply(self, effect: Effect, card: Card, opened: Opened, told: str | None) -> Asking:
        self._gives(effect, card, opened, told)
        yield from self._next(effect, replace(opened, via_unsure=False))

    def _next(self, effect: Effect, opened: Opened) -> Asking:
        for name in effect.next:
            yield from self._opened(name, opened)

    def _gives(
        self, effect: Effect, card: Card, opened: Opened, told: str | None, *, sure: bool = True
    ) -> None:
        self.known.tell(effect.sets)
        for name in effect.sets:
            self._known_condition(name)
        self._later += effect.later
        codes = [opened.code or "item_unsure" if code == "$line" else code for code in effect.gives]
        if effect.ok_else:
            first, second = effect.ok_else
            long_ago = self.policy.row(first).outcome is Outcome.CLEAR and self.known.never_an_ok()
            fine = long_ago or self.known.ok_answers(second, effect.event_days)
            codes.append(first if fine else second)
        for code in codes:
            bare = not sure or told == UNSURE.label
            self._give(code, card.item, opened, told=told, effect=effect, asked=card.key if bare else None)
        if self._worst() is Outcome.URGENT:
            raise _Ended("urgent")

    def _known_condition(self, name: str) -> None:
        """A condition whose rows the policy does not have yet goes to a person."""
        if name in self.policy.not_yet or name not in self.policy.facts:
            self._give("item_unsure", "P0", wanted=name)

    def _give(
        self,
        code: str,
        item: str,
        opened: Opened | None = None,
        *,
        told: str | None = None,
        effect: Effect | None = None,
        wanted: str | None = None,
        asked: str | None = None,
    ) -> None:
        if code not in self.policy.findings:
            code, wanted = "item_unsure", code
        row = self.policy.findings[code]
        line = opened.line if opened else None
        finding = Finding(
            code=code,
            item=item if row.item == "U" else row.item,
            told=told,
            line=line.key if line else None,
            tier=effect.tier if effect and row.outcome is Outcome.URGENT else None,
            says=effect.says if effect else (),
            fresh=opened.fresh if opened else False,
            wanted=wanted,
        )
        if finding not in self.findings:
            self.findings.append(finding)
        if asked is not None:
            self._bare.setdefault(finding, asked)
        self.known.found(code)

    def _clash(self, card: Card, lines: tuple[Line, ...]) -> None:
        """A red line that was tapped, taken back and not answered, then "none"."""
        back = {name for a in self._withdrawn if card.red and a.card == card.id for name in a.chosen}
        for line in lines:
            if line.key in back and line.id not in self._tapped:
                self._give("answers_conflict", card.item, Opened(line=line), told=line.key)

    # --- what is shown ---

    def _tap(
        self,
        card: Card,
        about: str | None,
        chosen: tuple[str, ...],
        options: Sequence[Option],
        lines: tuple[Line, ...] = (),
        **params: Any,
    ) -> Tapping:
        day = (self.facts.session_day or self.facts.today) - timedelta(days=3)
        prompt = Prompt(
            card=card.id,
            key=card.key,
            about=about,
            above=card.above,
            lines=tuple(line.key for line in lines),
            options=(*options, PERSON),
            number=self._place[0],
            total=self._place[1],
            red=card.red,
            first=not self.counted or (len(self.counted) == 1 and bool(chosen)),
            params={"since_date": self.facts.since, "date_72h": day, **params},
            begun=bool(chosen),
        )
        return (yield Ask(card.id, about, chosen, prompt))


def _about(opened: Opened) -> str | None:
    return opened.line.key if opened.line else None


def _ignore(tapping: Tapping) -> Asking:
    yield from tapping


def _offers(prompt: Prompt, name: str) -> bool:
    return name not in ("person", "change") and any(option.name == name for option in prompt.options)


def _buttons(lines: Sequence[Line]) -> list[Option]:
    return [Option(line.key, line.label) for line in lines]


def _button(choice: Choice, words: str | None = None) -> Option:
    return Option(choice.name, choice.label, words or choice.words, alias=choice.alias)


def _for_red(choice: Choice, red: bool) -> bool:
    when = choice.when
    return red if "red_line" in when.known else not (red and "red_line" in when.unless_known)
