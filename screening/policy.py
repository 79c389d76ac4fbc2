"""The reviewed policy as plain values, so that rules and questions change in data and never in code.

`load` reads the TOML files of `config/policy/screening` and refuses a bad policy. `Slot` and `LiftBy` hang
on the rule 16 group of a row (`row.group`), with `row.slot` and `row.lift_by` as short cuts. A gate line may
stand in any file (`[[line]]` with its card), so that a new question is one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """Rank of reference.md section 0; the larger wins."""

    CLEAR = 0
    CAUTION = 1
    DEFER = 2
    CLEARANCE = 3
    URGENT = 4


class Tier(StrEnum):
    """E: emergency number now. D: medical help the same day. C: crisis line and human call-back."""

    E = "E"
    D = "D"
    C = "C"


class Slot(StrEnum):
    """Rule 16: what happens to the time of the visit."""

    STAYS = "stays"
    KEPT = "kept"  # unanswered, system error: until release time
    REVIEW = "review"  # kept "in review" until a person decides or release time
    WAITS = "waits"  # clearance: held by clinic setting
    MOVED = "moved"  # dated: a new time no sooner than `not_before`
    PROVISIONAL = "provisional"  # moved, and the new time is not firm until the holds are lifted
    FREED = "freed"  # no date in the row: none kept, staff task
    CANCELLED = "cancelled"  # urgent: no new time until a lead lifts it


class LiftBy(StrEnum):
    """Rule 16: who may lift a hold."""

    NOBODY = "nobody"  # not a hold
    LEAD = "lead"
    STAFF = "staff"
    FULL_CHECK = "full_check"  # the client's next full check, when the row's condition is met
    ANSWER = "answer"  # a late full answer


class PolicyError(Exception):
    """A policy file is refused. `sentences` name file and row, one fault each."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


@dataclass(frozen=True, slots=True)
class Group:
    """A line of rule 16: the fate of the time, who lifts, and what must be seen before a lift (codes)."""

    id: str
    slot: Slot
    lift_by: LiftBy
    needs: tuple[str, ...] = ()
    relapse: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A question of reference.md section 1, with what staff are shown about it."""

    id: str
    section: str
    when_asked: str  # B, S, BS, L, after, any
    applies_to: tuple[str, ...]  # condition ids; empty = all
    sources: str
    wording: int  # version of the wording, kept with each answer


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A fact that the client reported, and what follows from it. Never a diagnosis.

    `hours`/`days`: minimum hold; `days` are calendar days, `hours` run from the answer; both None = no date
    in the row. `days_for` lengthens `days` for a condition, `clinic_days` names a clinic setting that may.
    `note`: keys of the therapist's row. Keys of texts (`added`, `who_first`, `who_ok`, `adapt`): None = none.
    """

    code: str
    item: str
    section: str
    outcome: Outcome
    tier: Tier | None
    group: Group
    hours: int | None
    days: int | None
    days_for: Mapping[str, int]
    clinic_days: str | None  # clinic setting that may lengthen `days`
    next_midnight: bool  # the hold ends with the calendar day, not to the hour
    standing: bool
    lasts_days: int | None  # for so long "none since ..." does not take it back; None: it does at once
    note: tuple[str, ...]
    no_note: bool  # the reference gives none, said on purpose
    needs_letter: bool
    letter_answers: bool  # rule 9: a letter on file answers the same finding later
    letter_after_days: int | None  # ... but not within so many days of the event
    voids_ok: bool
    system: bool  # set by the program, not reached by a tap
    added: str | None  # "urgent.add.<code>"
    added_tier: Tier | None  # the added sentence only with this tier
    urgent_text: str | None  # "c_self", "c_hurt" where the tier alone does not say it
    who_first: str | None
    who_first_for: Mapping[str, str]
    who_ok: str | None
    adapt: str | None
    says: tuple[str, ...]  # sentences that go with the result
    sources: str

    @property
    def slot(self) -> Slot:
        """What rule 16 does with the time for this row alone."""
        return self.group.slot

    @property
    def lift_by(self) -> LiftBy:
        """Who may lift a hold of this row."""
        return self.group.lift_by

    @property
    def relapse(self) -> bool:
        """Of the relapse group of rule 16: a later time stays provisional until a lead lifts the hold."""
        return self.group.relapse


@dataclass(frozen=True, slots=True)
class When:
    """Conditions of a row, three-valued: a fact can be there, not there, or not known (P0 open).

    `any_of`: one is there or not known. `known`: one is known to be there. `unless`: stands unless one is
    there or not known. `unless_known`: stands unless one is known to be there.
    """

    any_of: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    unless_known: tuple[str, ...] = ()

    def names(self) -> tuple[str, ...]:
        """Every fact that this row asks about."""
        return self.any_of + self.known + self.unless + self.unless_known


@dataclass(frozen=True, slots=True)
class Effect:
    """What a tap does. `ok_else`: first code with a valid OK on file, else the second."""

    gives: tuple[str, ...] = ()
    ok_else: tuple[str, str] | None = None
    event_days: int | None = None  # the newest day that the event can have been, in days ago; None: no event
    tier: Tier | None = None
    sets: tuple[str, ...] = ()  # facts told
    next: tuple[str, ...] = ()  # cards that follow at once
    later: tuple[str, ...] = ()  # cards put at the end of the round
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """An `Effect` in place of the row's own; the first case that fits counts."""

    when: When
    via_unsure: bool | None  # reached by the gate's [Not sure]
    tapped: tuple[str, ...]  # one of these lines was tapped in this round
    effect: Effect
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a card. `name` is what tests call it, `alias` the shared code of the same label (yes, no);
    `words` None = the label says it all."""

    name: str
    alias: str | None
    label: str
    told: str
    words: str | None
    when: When
    effect: Effect
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a gate. `opens` None and nothing given = not in the policy: staff review."""

    id: str
    card: str
    key: str
    when: When
    block: str | None  # lines of one body part stay on one card
    effect: Effect  # `next` holds the card that the line opens
    cases: tuple[Case, ...]

    @property
    def label(self) -> str:
        """Catalogue key of the button."""
        return f"{self.key}.b"


@dataclass(frozen=True, slots=True)
class Card:
    """One screen of questions. Kinds: gate (four buttons, then a list), ticks (list at once, ticked),
    list (list at once, one tap acts), choice (options)."""

    id: str
    key: str
    kind: str
    item: str
    red: bool
    at_once: bool  # one tap on a line acts; else ticks and [That is all]
    when: When
    above: tuple[str, ...]
    overflow: str | None
    still: Effect
    still_cases: tuple[Case, ...]  # added to `still`, each that fits
    none: Effect  # when a tick list is closed without [Not sure]
    p0: bool  # asks for conditions
    multi: bool  # comes back with [Nothing else]
    once: bool  # asked at most once a round
    choices: tuple[Choice, ...]
    lines: tuple[Line, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """The items that this card stands for."""
        return (self.item,)


@dataclass(frozen=True, slots=True)
class Phase:
    """A round of questions: which cards, in order."""

    id: str
    cards: tuple[str, ...]
    when_unknown: tuple[str, ...]  # asked first when P0 is open
    confirm: bool  # check.confirm before a result that changes the visit
    facts: tuple[str, ...]  # of the round itself
    stop_at: Outcome | None  # ends when a finding of this rank is told
    full: bool  # a full check in the sense of rule 4
    needs_ok: bool  # without a valid OK on file this round cannot be clear


@dataclass(frozen=True, slots=True)
class Implied:
    """`gives` follows from any of `given` (facts, or `code:<finding>`), unless one of `unless` is known."""

    given: tuple[str, ...]
    unless: tuple[str, ...]
    gives: str


@dataclass(frozen=True, slots=True)
class Together:
    """Findings that tell more together, or for this person: one of `codes`, with the rest, gives `gives`.

    `beside`: codes, one of which is found too. `known`: facts, one of which is known. Empty asks for nothing.
    `unless_known`: facts, none of which is known. `tier`: in place of the row's own.
    """

    codes: tuple[str, ...]
    beside: tuple[str, ...]
    known: tuple[str, ...]
    unless_known: tuple[str, ...]
    gives: str
    tier: Tier | None


@dataclass(frozen=True, slots=True)
class Review:
    """Who looked at this policy last. `approved_by` empty = draft; sign-off is rows in the database."""

    status: str
    approved_by: str
    last_review_date: str
    next_review: str


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy. Everything is immutable; `content_hash` is SHA-256 over the files' texts."""

    version: str
    review: Review
    content_hash: str
    conditions: tuple[str, ...]
    facts: frozenset[str]  # every name that a condition of a row may use
    sure_facts: frozenset[str]  # there or not there, also while P0 is open
    implied: tuple[Implied, ...]
    assumed: tuple[Implied, ...]  # `gives` is a standing note for the therapist
    together: tuple[Together, ...]
    not_yet: frozenset[str]  # codes, cards and conditions that a later policy brings: they go to a person
    groups: Mapping[str, Group]
    items: Mapping[str, Item]
    findings: Mapping[str, FindingRow]
    cards: Mapping[str, Card]
    lines: Mapping[str, Line]
    phases: Mapping[str, Phase]
    required_keys: frozenset[str] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)  # the texts, as signed

    @property
    def status(self) -> str:
        """Of the review block: "draft" or "reviewed"."""
        return self.review.status

    def keys(self) -> frozenset[str]:
        """Every catalogue key that a language must have for this policy."""
        return self.required_keys

    def row(self, code: str) -> FindingRow:
        """The row of a code; a code that is not in the policy is `item_unsure` (never skipped)."""
        return self.findings.get(code) or self.findings["item_unsure"]


def load(files: Mapping[str, str]) -> Policy:
    """The policy in TOML texts by file name. Raises: PolicyError with a sentence a fault."""
    from screening.policy_file import read  # the parser needs the types above

    return read(files)
