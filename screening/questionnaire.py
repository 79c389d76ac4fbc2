"""Which question comes next, replayed from the answers alone, so that any worker can take any tap.

State is the list of answers and nothing else. `Answer.withdrawn` keeps an answer that was changed (a new
answer is a new record; a red line left that way is `answers_conflict`); `Facts.named` is the condition of
first contact; `Facts.noted` holds other facts on file; `Facts.settled` is keyed by line key;
`Progress.learned` holds what was told in this round, for the client's profile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from screening.policy import Policy, Tier

if TYPE_CHECKING:
    from screening.machine import Machine

Stop = Literal["complete", "urgent", "red_unsure"]


class NotOffered(Exception):
    """The option is not on the current card; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Ok:
    """The doctor's general OK. `covers_until`: on that day the client said that nothing is new since it."""

    given_on: date | None  # None: within 12 months of `covers_until`, day not known
    valid_until: date
    voided: bool = False
    covers_until: date | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """A written letter that a lead accepted, for one finding (rule 9). `event_on` None: day not known."""

    code: str
    given_on: date
    valid_until: date
    event_on: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on file when the round opens. Dates are clinic days."""

    today: date
    since: date  # day of the last full check or 30 days ago, whichever is earlier
    session_day: date | None = None
    conditions: frozenset[str] | None = None  # None: P0 not answered, every row applies
    named: frozenset[str] = frozenset()  # said at first contact; left out of P0a and P0b
    noted: frozenset[str] = (
        frozenset()
    )  # other facts of the policy: pregnant, no_sugar_testing, first_visit ...
    on_file: frozenset[str] = frozenset()  # codes of standing notes and open findings
    ok: Ok | None = None
    ok_said: bool = False  # "yes" at FC5: FB1 and FB2 are asked
    letters: tuple[Letter, ...] = ()
    settled: Mapping[str, date] = field(
        default_factory=lambda: MappingProxyType({})
    )  # line key -> day lifted


@dataclass(frozen=True, slots=True)
class Answer:
    """Taps on one card, by option name. `about`: the line key that opened it, or None for a gate."""

    card: str
    about: str | None
    chosen: tuple[str, ...]
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """A button. `words`: key of the full words listed above the keyboard, None if the label says it all."""

    name: str
    label: str
    words: str | None = None
    chosen: bool = False
    alias: str | None = None  # the shared code of the same label: yes, no, unsure


@dataclass(frozen=True, slots=True)
class Prompt:
    """The card to show. `params`: since_date, date_72h, date (day settled) as dates; told as keys.

    `begun`: a tap of this very card is taken already, and can be taken back.
    """

    card: str
    key: str
    about: str | None
    above: tuple[str, ...]
    lines: tuple[str, ...]
    options: tuple[Option, ...]
    number: int | None
    total: int | None
    red: bool
    first: bool
    params: Mapping[str, Any]
    begun: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """A code that the answers gave. `told`: catalogue key of the line or option, as the client gave it."""

    code: str
    item: str
    told: str | None = None
    line: str | None = None  # key of the gate line it came from
    tier: Tier | None = None  # in place of the row's own
    says: tuple[str, ...] = ()  # sentences beside the row's own
    fresh: bool = False  # told as new or worse after it was settled
    wanted: str | None = None  # the code that the policy does not have, when code is item_unsure for it


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the round stands. `complete` only when every card was answered."""

    prompt: Prompt | None
    findings: tuple[Finding, ...]
    stop: Stop | None
    complete: bool
    learned: frozenset[str]
    conditions: frozenset[str] | None
    answers: tuple[Answer, ...]  # those that counted


def replay(policy: Policy, phase: str, facts: Facts, answers: Sequence[Answer]) -> Progress:
    """Where the round stands after these answers. Raises: KeyError for an unknown phase."""
    return _play(policy, phase, facts, answers).progress()


def take(
    policy: Policy, phase: str, facts: Facts, answers: Sequence[Answer], name: str
) -> tuple[Answer, ...]:
    """The answers after tapping `name` (or its alias) on the current card. Raises: NotOffered.

    "person" changes nothing: a call for a person is no answer. "change" is `undo`.
    """
    played = _play(policy, phase, facts, answers)
    ask = played.ask
    offered = ask.prompt.options if ask else ()
    option = next((option for option in offered if name in (option.name, option.alias)), None)
    if ask is None or option is None:
        raise NotOffered
    if option.name == "person":
        return tuple(answers)
    if option.name == "change":
        return undo(answers)
    others = tuple(n for n in ask.chosen if n != option.name)
    chosen = others if option.chosen else (*ask.chosen, option.name)
    kept = played.kept(answers)
    if ask.chosen:
        kept.remove(next(a for a in reversed(kept) if not a.withdrawn))
    return (*kept, Answer(ask.card, ask.about, chosen))


def undo(answers: Sequence[Answer]) -> tuple[Answer, ...]:
    """The answers after [Change an answer]: the last live one is withdrawn, its card opens one tap back."""
    last = next((i for i in reversed(range(len(answers))) if not answers[i].withdrawn), None)
    if last is None:
        return tuple(answers)
    old = answers[last]
    out = [replace(old, withdrawn=True) if i == last else answer for i, answer in enumerate(answers)]
    if len(old.chosen) > 1:
        out.append(replace(old, chosen=old.chosen[:-1]))
    return tuple(out)


def _play(policy: Policy, phase: str, facts: Facts, answers: Sequence[Answer]) -> Machine:
    from screening.machine import Machine  # the machine needs the types above

    return Machine(policy, policy.phases[phase], facts, answers)
