"""Findings and history in, one decision out: worst wins, holds add up, unknown holds, nothing is lowered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from typing import TypeVar

from screening.policy import FindingRow, LiftBy, Outcome, Policy, Slot, Tier
from screening.questionnaire import Finding, Letter, Ok, Stop

T = TypeVar("T")
TIERS = (Tier.E, Tier.C, Tier.D)  # of two urgent codes the one that stands first here
SLOTS = (
    *(Slot.STAYS, Slot.KEPT, Slot.REVIEW, Slot.WAITS),
    *(Slot.MOVED, Slot.PROVISIONAL, Slot.FREED, Slot.CANCELLED),
)
PILE, PILE_SECTIONS = 5, 3  # rule 15
REPEAT_DAYS, REPEATS = 60, 3  # rule 11
UNSURE = "button.unsure"
ADAPT = 3  # so many things at most are named to the client
NO_SETTINGS: Mapping[str, int] = MappingProxyType({})


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
    """A hold to write. `not_before`: clinic's zone, None = no date; `needs`: what a lift must show."""

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
    """The act-now message: `text` + ".1" to ".4"; `added` ends line 1; `crisis` keeps the crisis line."""

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
    result: str
    told: tuple[str, ...]
    adapt: tuple[str, ...]
    who_first: str | None
    who_ok: str | None
    says: tuple[str, ...]
    urgent: Urgent | None


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A finding with the outcome that it has for this person, on this day."""

    finding: Finding
    row: FindingRow
    outcome: Outcome
    tier: Tier | None

    @property
    def rank(self) -> tuple[int, int]:
        return (-self.outcome, TIERS.index(self.tier) if self.tier else 0)


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
    helper: bool = False,
    clinic_days: Mapping[str, int] = NO_SETTINGS,
) -> Decision:
    """The decision at `at` (aware, in the clinic's zone) on a visit at `session_at`, or on booking at all.

    A phase that the policy does not have is a finding from outside a round (words, staff): it only raises.
    `helper`: somebody else answered, and that lowers nothing: only the silence itself ends with it.
    `clinic_days`: the clinic's own day counts by setting; they lengthen a hold and never shorten it.
    """
    round_ = policy.phases.get(phase)
    full = round_ is not None and round_.full and complete
    told = list(findings)
    if round_ is not None and not complete and stop is None:
        told.append(_unasked(policy, "unanswered"))
    said_ok = any(finding.code == "doctor_ok_valid" for finding in told)
    if round_ is not None and complete and (round_.needs_ok or said_ok):
        told += _ok_findings(policy, told, history, (session_at or at) if round_.needs_ok else at)
    told += _together(policy, told, history)
    # what staff or typed words bring is news: no letter from before answers it
    on_file = history if round_ is not None else replace(history, letters=())
    weighed = _weigh(policy, told, on_file, (session_at or at).date())
    holds = tuple(_hold(one, history, at, clinic_days) for one in weighed if one.outcome >= Outcome.DEFER)
    found = {one.row.code for one in weighed}
    lifted, remaining = _merge(policy, history, found, session_at or at, full=full, helper=helper)
    slot = _slot(policy, holds, remaining, session_at)
    both: tuple[HoldSpec | OpenHold, ...] = (*holds, *remaining)
    dates = [hold.not_before for hold in both if hold.not_before is not None]
    not_before = max(dates) if dates and slot not in (Slot.FREED, Slot.CANCELLED) else None
    outcome = max(
        (*(one.outcome for one in weighed), *(hold.outcome for hold in remaining)), default=Outcome.CLEAR
    )
    cautions = [one for one in weighed if one.outcome is Outcome.CAUTION]
    review = len(cautions) >= PILE or len({one.row.section for one in cautions}) >= PILE_SECTIONS
    notes = _notes(policy, weighed, history)
    urgent = _urgent(weighed)
    decisive = [one for one in weighed if one.outcome >= Outcome.DEFER] or cautions
    rows = [one.row for one in decisive] + [policy.row(hold.code) for hold in remaining]
    return Decision(
        outcome=outcome,
        tier=urgent.tier if urgent else None,
        reasons=_reasons(policy, weighed, remaining),
        slot=slot,
        earliest=not_before.date() if not_before else None,
        not_before=not_before,
        holds=holds,
        lifted=lifted,
        lift_by=_unique((*(h.lift_by for h in holds), *(policy.row(h.code).lift_by for h in remaining))),
        notes=notes,
        new_cautions=_unique(one.row.code for one in cautions),
        review=review,
        repeat=_repeats(holds, history, at.date()),
        voids_ok=any(one.row.voids_ok for one in weighed if one.outcome >= Outcome.DEFER),
        result=_result(policy, slot, outcome, urgent, holds, remaining, history, phase, notes, review),
        told=_unique(one.finding.told for one in decisive if one.finding.told),
        adapt=_unique(one.row.adapt for one in cautions if one.row.adapt)[:ADAPT],
        who_first=_who_first(rows, history),
        who_ok=next((row.who_ok for row in rows if row.who_ok), None),
        says=_unique(key for one in weighed for key in (*one.finding.says, *one.row.says)),
        urgent=urgent,
    )


def system_error(policy: Policy, history: History, *, at: datetime) -> Decision:
    """The decision when the check itself failed: hold, slot kept, staff told."""
    return decide(policy, [_unasked(policy, "system_error")], history, at=at, phase="error")


def _unasked(policy: Policy, code: str) -> Finding:
    """A finding that the file or the program gives: nobody was asked."""
    return Finding(code, policy.row(code).item)


def _unique(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _ok_findings(
    policy: Policy, told: Sequence[Finding], history: History, visit: datetime
) -> Iterable[Finding]:
    """Rule 9: the OK on file is read, not asked; once a hold is set, only a named lead confirms a new one."""
    codes = {finding.code for finding in told}
    ok = history.ok
    if ok is not None and not ok.voided and ok.valid_until >= visit.date():
        return []
    asked_for = any(hold.outcome is Outcome.CLEARANCE for hold in history.open_holds)
    if ok is None and "doctor_ok_valid" in codes and not asked_for:
        return []
    code = "doctor_ok_missing"
    if ok is not None:
        code = "clearance_void_changed" if ok.voided else "clearance_expired"
    return [_unasked(policy, code)]


def _together(policy: Policy, told: Sequence[Finding], history: History) -> Iterable[Finding]:
    """What findings mean beside each other, or for this person; it only adds."""
    by_code = {finding.code: finding for finding in told}
    codes = {f"code:{code}" for code in by_code}
    facts = (history.conditions or frozenset()) | history.noted
    facts |= {rule.gives for rule in policy.implied if codes.intersection(rule.given)}
    for rule in policy.together:
        start = next((by_code[code] for code in rule.codes if code in by_code), None)
        if (
            start is not None
            and (not rule.beside or by_code.keys() & set(rule.beside))
            and (not rule.known or facts & set(rule.known))
            and not facts & set(rule.unless_known)
        ):
            yield Finding(rule.gives, policy.row(rule.gives).item, start.told, start.line, tier=rule.tier)


def _weigh(
    policy: Policy, findings: Sequence[Finding], history: History, visit: date
) -> tuple[_Weighed, ...]:
    """One entry a code, the worst of it, worst first. A code that the policy lacks is `item_unsure`."""
    best: dict[str, _Weighed] = {}
    for finding in findings:
        row = policy.row(finding.code)
        outcome = row.outcome
        if not finding.fresh:
            if row.standing and row.code in history.standing and outcome is Outcome.CAUTION:
                outcome = Outcome.CLEAR  # rule 8: on file, unchanged, and the therapist has the note
            elif outcome is Outcome.CLEARANCE and _letter_answers(policy, finding, row, history, visit):
                outcome = Outcome.CAUTION
        one = _Weighed(finding, row, outcome, (finding.tier or row.tier) if row.tier else None)
        if row.code not in best or one.rank < best[row.code].rank:
            best[row.code] = one
    return tuple(sorted(best.values(), key=lambda one: one.rank))


def _letter_answers(policy: Policy, finding: Finding, row: FindingRow, history: History, visit: date) -> bool:
    """Rule 9: a letter for the same finding, unchanged. A line that asks "since" tells of a new event."""
    if finding.told == UNSURE:
        return False  # not sure is not "unchanged"
    line = next((line for line in policy.lines.values() if line.key == finding.line), None)
    profile = policy.phases.get("profile")
    if line is not None and (profile is None or line.card not in profile.cards):
        return False
    for letter in history.letters:
        if letter.code != row.code or not row.letter_answers or letter.valid_until < visit:
            continue
        if letter.event_on is None:
            if row.letter_after_days is None:
                return True
        elif letter.given_on >= letter.event_on:
            return visit >= letter.event_on + timedelta(days=row.letter_after_days or 0)
    return False


def _hold(one: _Weighed, history: History, at: datetime, clinic_days: Mapping[str, int]) -> HoldSpec:
    row = one.row
    ends = end_of_hold(row, history.conditions, at, clinic_days)
    return HoldSpec(
        code=row.code,
        item=one.finding.item,
        outcome=one.outcome,
        tier=one.tier,
        set_at=at,
        not_before=ends,
        earliest=ends.date() if ends else None,
        slot=row.slot,
        lift_by=row.lift_by,
        needs=row.group.needs,
        needs_letter=row.needs_letter,
        told=one.finding.told,
        line=one.finding.line,
    )


def end_of_hold(
    row: FindingRow,
    conditions: frozenset[str] | None,
    at: datetime,
    clinic_days: Mapping[str, int] = NO_SETTINGS,
) -> datetime | None:
    """The end of a hold of this row that is set at `at`; None = no date. `conditions` None: not known.

    An unknown date counts as today: the newest event, the longest hold.
    """
    if row.days is None and row.hours is None:
        return None
    ends = [at]
    if row.hours is not None:
        ends.append((at.astimezone(UTC) + timedelta(hours=row.hours)).astimezone(at.tzinfo))
    if row.days is not None:
        days = [row.days, *(n for name, n in clinic_days.items() if name == row.clinic_days)]
        for name, n in row.days_for.items():
            if conditions is None or name in conditions:
                days.append(n)
        clock = time() if row.next_midnight else at.time()
        ends.append(datetime.combine(at.date() + timedelta(days=max(days)), clock, at.tzinfo))
    return max(ends)


def _merge(
    policy: Policy, history: History, found: set[str], visit: datetime, *, full: bool, helper: bool
) -> tuple[tuple[str, ...], tuple[OpenHold, ...]]:
    """Which open holds a full check lifts, and which still stand beside what it found (rules 5 and 16)."""
    lifted, remaining = [], []
    for hold in history.open_holds:
        by = policy.row(hold.code).lift_by
        passed = hold.not_before is None or hold.not_before <= visit
        met = by is LiftBy.ANSWER or (by is LiftBy.FULL_CHECK and passed and not helper)
        if full and met and hold.code not in found:
            lifted.append(hold.id)
        else:
            remaining.append(hold)
    return tuple(lifted), tuple(remaining)


def _slot(
    policy: Policy, holds: Sequence[HoldSpec], remaining: Sequence[OpenHold], session_at: datetime | None
) -> Slot:
    fates = {hold.slot for hold in holds}
    person = bool(fates & {Slot.WAITS, Slot.REVIEW})
    for hold in remaining:
        row = policy.row(hold.code)
        passed = hold.not_before is not None and session_at is not None and hold.not_before <= session_at
        if row.slot is Slot.MOVED and passed:
            fates.add(Slot.REVIEW)  # its days are over: the time may wait for whoever lifts it
            person |= row.lift_by is not LiftBy.FULL_CHECK
        else:
            fates.add(row.slot)
            person |= row.slot in (Slot.WAITS, Slot.REVIEW)
    worst = max(fates, key=SLOTS.index, default=Slot.STAYS)
    if worst is Slot.MOVED and person:
        return Slot.PROVISIONAL  # the days pass, and a person has to lift the rest
    if worst is Slot.WAITS and session_at is not None:
        both: tuple[HoldSpec | OpenHold, ...] = (*holds, *remaining)
        late = any(
            hold.not_before is not None and hold.not_before > session_at
            for hold in both
            if hold.outcome is Outcome.CLEARANCE
        )
        return Slot.PROVISIONAL if late else worst
    return worst


def _notes(policy: Policy, weighed: Sequence[_Weighed], history: History) -> tuple[str, ...]:
    new = [one.row.code for one in weighed if one.outcome is Outcome.CAUTION]
    same = [one.row.code for one in weighed if one.outcome is Outcome.CLEAR and one.row.note]
    facts = (history.conditions or frozenset()) | history.noted
    assumed = [
        rule.gives
        for rule in policy.assumed
        if facts.intersection(rule.given) and not facts.intersection(rule.unless)
    ]
    return _unique((*new, *same, *sorted(history.standing), *assumed))


def _reasons(
    policy: Policy, weighed: Sequence[_Weighed], remaining: Sequence[OpenHold]
) -> tuple[Reason, ...]:
    reasons = [
        Reason(one.row.code, one.outcome, one.tier, one.finding.item, one.finding.told, one.row.slot)
        for one in weighed
        if one.outcome > Outcome.CLEAR
    ]
    codes = {reason.code for reason in reasons}
    for hold in remaining:
        row = policy.row(hold.code)
        if hold.code not in codes:
            reasons.append(Reason(hold.code, hold.outcome, hold.tier, row.item, None, row.slot))
    return tuple(sorted(reasons, key=lambda reason: -reason.outcome))


def _urgent(weighed: Sequence[_Weighed]) -> Urgent | None:
    """One message for all urgent codes: E before C before D, the crisis line kept with C."""
    urgent = [one for one in weighed if one.outcome is Outcome.URGENT]
    if not urgent:
        return None
    first = urgent[0]
    tier = first.tier or Tier.E
    added = next(
        (
            one.row.added
            for one in urgent
            if one.tier is tier and one.row.added and one.row.added_tier in (None, tier)
        ),
        None,
    )
    return Urgent(
        tier=tier,
        text=f"urgent.{first.row.urgent_text if tier is Tier.C else tier.value.lower()}",
        added=added,
        crisis=any(one.tier is Tier.C for one in urgent),
        hidden=any(one.row.urgent_text == "c_hurt" for one in urgent),
    )


def _repeats(holds: Sequence[HoldSpec], history: History, today: date) -> bool:
    """Rule 11: two defers in a row for the same code, or three in 60 days."""
    now = {hold.code for hold in holds if hold.outcome is Outcome.DEFER}
    if not now:
        return False
    days = {day for _, day in history.past_defers if day < today}
    last = max(days, default=None)
    again = any(code in now for code, day in history.past_defers if day == last)
    recent = [day for day in days if day >= today - timedelta(days=REPEAT_DAYS)]
    return again or len(recent) + 1 >= REPEATS


def _who_first(rows: Sequence[FindingRow], history: History) -> str | None:
    row = next((row for row in rows if row.who_first), None)
    if row is None:
        return None
    facts = (history.conditions or frozenset()) | history.noted
    return next((key for name, key in row.who_first_for.items() if name in facts), row.who_first)


def _result(
    policy: Policy,
    slot: Slot,
    outcome: Outcome,
    urgent: Urgent | None,
    holds: Sequence[HoldSpec],
    remaining: Sequence[OpenHold],
    history: History,
    phase: str,
    notes: Sequence[str],
    review: bool,
) -> str:
    """The catalogue key of the text that the client gets."""
    if urgent is not None:
        return urgent.text
    codes = {hold.code for hold in holds} or {hold.code for hold in remaining}
    if "red_flag_unsure" in codes:
        return "result.red_unsure"
    if slot is Slot.STAYS:
        return _good_result(outcome, phase, notes, review)
    both: tuple[HoldSpec | OpenHold, ...] = (*holds, *remaining)
    all_rows = [policy.row(hold.code) for hold in both]
    if slot is Slot.PROVISIONAL:
        if any(row.relapse for row in all_rows):
            ms = history.conditions is None or "ms" in history.conditions
            return "result.defer_relapse" if ms else "result.defer_step"
        return "result.defer" if any(row.slot is Slot.MOVED for row in all_rows) else "result.clearance"
    if slot is Slot.REVIEW:
        return "result.clash" if codes == {"answers_conflict"} else "result.review"
    if slot is Slot.KEPT:
        return "result.error" if "system_error" in codes else "check.cutoff"
    return {
        Slot.WAITS: "result.clearance",
        Slot.MOVED: "result.defer",
        Slot.FREED: "result.defer_no_date",
    }.get(slot, "result.review")


def _good_result(outcome: Outcome, phase: str, notes: Sequence[str], review: bool) -> str:
    if outcome is Outcome.CAUTION:
        return "result.caution_look" if review else "result.caution"
    if phase.startswith(("recheck", "door")):
        return "recheck.clear"
    return "result.clear_note" if notes else "result.clear"
