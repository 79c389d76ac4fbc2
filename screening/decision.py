"""Findings and history in, one decision out: worst wins, holds add up, unknown holds, nothing is lowered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from screening.policy import LiftBy, Outcome, Policy, Slot, Tier
from screening.questionnaire import Finding, Letter, Ok, Stop


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold on file. `not_before`: aware, clinic zone; None = no date."""

    id: str
    code: str
    set_at: datetime
    not_before: datetime | None
    outcome: Outcome
    tier: Tier | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What is on file about the person when the decision is made."""

    conditions: frozenset[str] | None = None
    noted: frozenset[str] = frozenset()
    standing: frozenset[str] = frozenset()  # standing notes that the therapist has, unchanged (rule 8)
    ok: Ok | None = None
    letters: tuple[Letter, ...] = ()
    open_holds: tuple[OpenHold, ...] = ()
    past_defers: tuple[tuple[str, date], ...] = ()  # (code, day), oldest first (rule 11)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: worst first. `told` is the catalogue key of the client's own line, None for what the file says."""

    code: str
    outcome: Outcome
    tier: Tier | None
    item: str
    told: str | None
    slot: Slot


@dataclass(frozen=True, slots=True)
class HoldSpec:
    """A hold to write. `not_before` aware in the clinic's zone, None = no date; `needs`: rule 16 lift codes."""

    code: str
    item: str
    outcome: Outcome
    tier: Tier | None
    set_at: datetime
    not_before: datetime | None
    earliest: date | None
    slot: Slot
    lift_by: LiftBy
    needs: tuple[str, ...]
    needs_letter: bool
    told: str | None
    line: str | None


@dataclass(frozen=True, slots=True)
class Urgent:
    """The act-now message: `text` + ".1" to ".4"; `added` goes last on line 1; `crisis` keeps the crisis line."""

    tier: Tier
    text: str  # urgent.e, urgent.d, urgent.c_self, urgent.c_hurt
    added: str | None
    crisis: bool
    hidden: bool  # being hurt: the visit is held out of sight


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that rescheduling, the texts and the therapist's row need."""

    outcome: Outcome
    tier: Tier | None
    reasons: tuple[Reason, ...]
    slot: Slot
    earliest: date | None  # clinic day; None with a hold = no date
    not_before: datetime | None  # a new time starts at or after this instant
    holds: tuple[HoldSpec, ...]  # new ones
    lifted: tuple[str, ...]  # ids of open holds that this full check lifts
    lift_by: tuple[LiftBy, ...]
    notes: tuple[str, ...]  # codes for the therapist, worst first
    new_cautions: tuple[str, ...]
    review: bool  # caution pile-up: staff look before the session
    repeat: bool  # rule 11: staff task
    voids_ok: bool
    needs_letter: bool
    result: str
    told: tuple[str, ...]
    adapt: tuple[str, ...]
    who_first: str | None
    who_ok: str | None
    says: tuple[str, ...]
    urgent: Urgent | None


def decide(
    policy: Policy,
    findings: Sequence[Finding],
    history: History,
    *,
    at: datetime,
    phase: str,
    session_at: datetime | None = None,
    complete: bool = True,
    stop: Stop | None = None,
) -> Decision:
    """The decision at `at` (aware, in the clinic's zone) about a visit at `session_at`, or about booking at all."""
    raise NotImplementedError


def system_error(policy: Policy, history: History, *, at: datetime) -> Decision:
    """The decision when the check itself failed: hold, slot kept, staff told."""
    raise NotImplementedError
