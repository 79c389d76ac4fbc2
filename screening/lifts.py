"""Rule 16 for the lift that a person makes: who may, and what must be there first. Plain values only."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

from screening.policy import LiftBy, Slot

DATE, CONTACT, OK, LETTER, STEADY, ENDED = "date", "contact", "ok", "letter", "steady", "ended"
STEADY_DAYS = 14
ENDED_DAYS = 30
LONG_AGO_DAYS = 180
FIRST_OK = "doctor_ok_missing"

# Holds of the OK itself: no event lies behind them, so that any valid OK answers them.
NO_EVENT = frozenset({"doctor_ok_missing", "clearance_expired"})
# Items whose holds any valid OK of the right day answers; the others a lead must name.
GENERAL_OK = frozenset({"K1", "K2"})
# Rule 16 asks a person to speak with those who decide; a doctor's OK alone does not end these.
BY_CONTACT = frozenset({"under_18", "consent_support_needed"})
NO_OK = frozenset({"consent_support_needed"})


@dataclass(frozen=True)
class Steady:
    """The client's own dated answer. `began_on` and `ended_on` None: not known."""

    since: date
    began_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class AcceptedOk:
    """A valid OK on file. `given_on` None: told without a day. `codes`: what a letter names."""

    kind: str
    given_on: date | None
    until: date
    codes: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """What is on file for a lift. Days are clinic days; `set_on` is the day that the hold was last set."""

    today: date
    set_on: date
    spoke: bool
    ms: bool
    steady: Steady | None
    oks: tuple[AcceptedOk, ...]


def needs_ok(slot: Slot, code: str) -> bool:
    """Whether an OK must be on file before the hold can end."""
    return slot in {Slot.CANCELLED, Slot.WAITS, Slot.PROVISIONAL} and code not in NO_OK


def check_role(lift_by: LiftBy, roles: Collection[str], refuse: Callable[[str], Exception]) -> None:
    """Raises what `refuse` makes of who is needed instead."""
    if lift_by is LiftBy.LEAD and "lead" in roles:
        return
    if lift_by is LiftBy.STAFF and {"lead", "admin", "therapist"} & set(roles):
        return
    raise refuse(lift_by.value)


def missing(
    slot: Slot, code: str, earliest: date | None, needs_letter: bool, evidence: Evidence
) -> tuple[str, ...]:
    """What is not there yet, in the order in which staff would ask for it."""
    lacking = []
    by_contact = slot in {Slot.CANCELLED, Slot.REVIEW, Slot.FREED} or code in BY_CONTACT
    if by_contact and not evidence.spoke:
        lacking.append(CONTACT)
    # A person who decides "in review" looks at the visit itself, so that no date stands in the way there.
    if slot is not Slot.REVIEW and earliest is not None and evidence.today < earliest:
        lacking.append(DATE)
    if slot is Slot.PROVISIONAL:
        lacking += _after_relapse(evidence)
    if needs_ok(slot, code) and not _ok_after(slot, code, evidence):
        lacking.append(OK)
    if needs_letter and not any(
        ok.kind == "letter" and ok.until >= evidence.today and code in ok.codes for ok in evidence.oks
    ):
        lacking.append(LETTER)
    return tuple(lacking)


def _after_relapse(evidence: Evidence) -> list[str]:
    told, lacking = evidence.steady, []
    if told is None or evidence.today < told.since + timedelta(days=STEADY_DAYS):
        lacking.append(STEADY)
    if evidence.ms and (
        told is None or told.ended_on is None or evidence.today < told.ended_on + timedelta(days=ENDED_DAYS)
    ):
        lacking.append(ENDED)
    return lacking


def _ok_after(slot: Slot, code: str, evidence: Evidence) -> bool:
    begun = evidence.set_on
    if slot is Slot.PROVISIONAL and evidence.steady is not None and evidence.steady.began_on is not None:
        begun = min(begun, evidence.steady.began_on)
    for ok in evidence.oks:
        if ok.until < evidence.today:
            continue
        if code in NO_EVENT and not _may_be_before_a_relapse(code, ok, evidence):
            return True
        if code in ok.codes or (ok.given_on is not None and ok.given_on >= begun):
            return True
    return False


def _may_be_before_a_relapse(code: str, ok: AcceptedOk, evidence: Evidence) -> bool:
    # "Over 6 months ago, or never": without an OK on file nothing was compared yet, so it is now (N3).
    oldest = evidence.set_on - timedelta(days=LONG_AGO_DAYS)
    return code == FIRST_OK and evidence.ms and ok.given_on is not None and ok.given_on < oldest
