"""Tries a policy on a case told in codes, so that a clinic or a script can test it without a chat. Pure.

The case says what a round of questions would have found; what it leaves open is never clear. Where the file
and a code disagree, the file decides: cancer now without a letter is not "with the team's OK".
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from datetime import date as Day
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, StrictStr, StringConstraints
from pydantic_core import PydanticCustomError

from screening import reach
from screening.decision import Decision, History, OpenHold, decide, end_of_hold
from screening.known import Known
from screening.lexicon import Lexicon
from screening.ok_days import MONTHS, add_months
from screening.policy import Outcome, Policy
from screening.questionnaire import Facts, Finding, Letter, Ok
from screening.red_flags import read

ROUNDS = {
    "first_booking": "first_full",
    "before_session": "check",
    "recheck": "recheck",
    "aftercare": "aftercare:AF2",
}
ADULT = 18
YEARS = range(1900, 3000)
SIX_MONTHS = 184  # days; an OK older than that is older than a relapse which ended since
NO_CONDITION = frozenset({"none", "none_of_these"})
CAUSE_UNKNOWN = frozenset(
    f"neuropathy_{unknown}" for unknown in ("cause_not_known", "cause_unknown", "unknown", "unknown_cause")
)
CONTACT = time(10)  # a case has a day and no hour

# How people write the conditions of the policy; compared in small letters, any sign between words as "_".
ALSO_CALLED = {
    "multiple_sclerosis": "ms",
    "parkinson": "parkinsons",
    "parkinson_s": "parkinsons",
    "pd": "parkinsons",
    "parkinsons_disease": "parkinsons",
    "parkinson_s_disease": "parkinsons",
    "diabetic_neuropathy": "neuropathy_diabetes",
    "neuropathy_diabetic": "neuropathy_diabetes",
    "neuropathy_from_diabetes": "neuropathy_diabetes",
    "chemo_neuropathy": "neuropathy_chemo",
    "neuropathy_after_chemo": "neuropathy_chemo",
    "neuropathy_from_chemo": "neuropathy_chemo",
    "autoimmune_disease": "autoimmune",
    "autoimmune_nerve_disease": "autoimmune",
    "autoimmune_neuropathy": "autoimmune",
    "neuropathy_autoimmune": "autoimmune",
    "neuropathy_autoimmune_disease": "autoimmune",
    "neuropathy_from_autoimmune_disease": "autoimmune",
    "other_neuropathy": "neuropathy_other",
    **dict.fromkeys(CAUSE_UNKNOWN, "neuropathy"),
    "tia": "stroke",
    "mini_stroke": "stroke",
    "stroke_tia": "stroke",
    "stroke_or_tia": "stroke",
    "spinal_cord_injury": "spinal_cord",
    "spinal_injury": "spinal_cord",
    "sci": "spinal_cord",
    "cancer": "cancer_now",
    "cancer_active": "cancer_now",
    "active_cancer": "cancer_now",
    "past_cancer": "cancer_past",
    "cancer_in_the_past": "cancer_past",
    "hypertension": "high_blood_pressure",
    "high_bp": "high_blood_pressure",
    "could_be_pregnant": "pregnancy_possible",
    "pregnancy": "pregnancy_possible",
    "anticoagulant": "blood_thinner",
    "anticoagulants": "blood_thinner",
    "blood_thinners": "blood_thinner",
    "baclofen": "pump_or_baclofen",
    "baclofen_pump": "pump_or_baclofen",
    "baclofen_pump_or_tablets": "pump_or_baclofen",
    "baclofen_tablets": "pump_or_baclofen",
    "pump": "pump_or_baclofen",
    "drug_pump": "pump_or_baclofen",
    "drug_pump_or_baclofen_tablets": "pump_or_baclofen",
    "steroids_long_term": "steroids_long",
    "long_steroids": "steroids_long",
    "long_term_steroids": "steroids_long",
    "steroid_tablets_3_months_or_more": "steroids_long",
    "steroid_tablets_for_3_months_or_more": "steroids_long",
    "osteoporosis": "thin_bones",
}


class BadCase(Exception):
    """The case cannot be decided. The text says what to change."""


def _written(value: object) -> object:
    """A day in writing and nothing else: a bare number would count as seconds since 1970."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        with contextlib.suppress(ValueError):
            value = Day.fromisoformat(value)
    if type(value) is not Day or value.year not in YEARS:
        raise PydanticCustomError("day", "has to be a day, as 2026-11-21")
    return value


WrittenDay = Annotated[Day, BeforeValidator(_written)]


class DoctorOk(BaseModel):
    """The doctor's OK on file, as a lead took it. `names`: finding codes that a letter speaks about."""

    model_config = ConfigDict(extra="forbid")

    date: WrittenDay
    by: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    kind: Literal["self", "letter"]
    names: tuple[str, ...] = ()
    event: WrittenDay | None = None

    @property
    def until(self) -> Day:
        """The last day on which it counts."""
        return add_months(self.date, MONTHS)


class CaseIn(BaseModel):
    """One case. `conditions` and `findings` None: not asked yet. `on_file`: codes that stand from before."""

    model_config = ConfigDict(extra="forbid")

    id: StrictStr | StrictInt
    today: WrittenDay
    phase: Literal["first_booking", "before_session", "recheck", "aftercare"]
    conditions: tuple[str, ...] | None = None
    age: Annotated[int, Field(strict=True, ge=0, le=130)] | None = None
    on_file: tuple[str, ...] = ()
    doctor_ok: DoctorOk | None = None
    findings: tuple[str, ...] | None = None
    free_text: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """The decision, with everything that was found: told, read in the words, or said by the file."""

    decision: Decision
    findings: tuple[Finding, ...]


def run(policy: Policy, lexicons: Mapping[str, Lexicon], case: CaseIn) -> Trial:
    """The decision on a case, made on its day at 10:00. Raises: BadCase for a name that the policy lacks."""
    names = case.doctor_ok.names if case.doctor_ok else ()
    for code in (*(case.findings or ()), *case.on_file, *names):
        if code not in policy.findings:
            raise BadCase(f'"{code}" is no finding of policy {policy.version}.')
    if case.doctor_ok is not None and case.doctor_ok.date > case.today:
        raise BadCase("The doctor's OK has a day that is yet to come.")
    at = datetime.combine(case.today, CONTACT, UTC)
    known = _known(policy, case)
    told = [*_told(policy, case, known), *_typed(policy, lexicons, case, known)]
    findings = tuple(Finding(code, policy.row(code).item) for code in dict.fromkeys(told))
    decision = decide(
        policy,
        findings,
        _history(policy, case, known, at),
        at=at,
        phase=ROUNDS[case.phase],
        complete=case.findings is not None,
    )
    return Trial(decision, findings)


def facts(policy: Policy, case: CaseIn) -> Facts:
    """What a round of questions about this case would open with. Raises: BadCase."""
    names = None
    if case.conditions is not None:
        names = frozenset(named(policy, each) for each in case.conditions if _plain(each) not in NO_CONDITION)
    conditions = frozenset(policy.conditions)
    return Facts(
        today=case.today,
        since=case.today - timedelta(days=30),
        conditions=None if names is None else names & conditions,
        noted=(names or frozenset()) - conditions,
        on_file=frozenset(case.on_file),
        ok=_ok(case),
    )


def named(policy: Policy, condition: str) -> str:
    """The policy's own name of a condition. Raises: BadCase."""
    name = _plain(condition)
    name = ALSO_CALLED.get(name, name)
    if name not in policy.facts:
        known = ", ".join(policy.conditions)
        raise BadCase(f'"{condition}" is no condition of policy {policy.version}. It has: {known}.')
    return name


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _known(policy: Policy, case: CaseIn) -> Known:
    known = Known(policy, facts(policy, case), ())
    for code in case.findings or ():
        known.found(code)
    return known


def _ok(case: CaseIn) -> Ok | None:
    if case.doctor_ok is None:
        return None
    return Ok(case.doctor_ok.date, case.doctor_ok.until)


def _told(policy: Policy, case: CaseIn, known: Known) -> Iterator[str]:
    """The codes told, set right by the file, and what a round would have found without a tap."""
    before = case.doctor_ok is not None and case.doctor_ok.date < case.today - timedelta(days=SIX_MONTHS)
    for code in case.findings or ():
        yield code
        if code in ("cancer_active_ok", "chemo_under_72h") and not _letter(case):
            yield "cancer_active_no_ok"
        if code == "relapse_ended_30d_to_6m_ok" and before:
            yield "relapse_after_clearance"
        if policy.row(code).item == "I1" and known.has("cancer_now"):
            yield "fever_on_chemo"  # whether it is chemo, and when, is not told
        if code == "head_hit_no_danger_7d" and known.has("blood_thinner"):
            yield "head_injury_danger_signs"  # whether a doctor has looked is not told
    if case.age is not None and case.age < ADULT:
        yield "under_18"
    yield from _carried(policy, case)
    if case.phase != "aftercare":
        yield from _by_the_file(policy, case, known)


def _by_the_file(policy: Policy, case: CaseIn, known: Known) -> Iterator[str]:
    """What has to be known before any session, and what the file alone says."""
    names = frozenset(_plain(each) for each in case.conditions or ())
    if case.conditions is None:
        yield "conditions_unsure"
    elif names & NO_CONDITION and names - NO_CONDITION:
        yield "answers_conflict"
    full = policy.phases[ROUNDS[case.phase]].full
    told = {*(case.findings or ()), *case.on_file}
    cancer = any(policy.row(code).item == "C1" for code in case.findings or ())
    if known.has("cancer_now") and not cancer and (full or not _letter(case)):
        yield "cancer_active_ok" if _letter(case) else "cancer_active_no_ok"
    elif known.has("cancer_past") and not cancer and full:
        yield "cancer_past"
    if known.has("pregnant") and not told & {"pregnancy_ok", "pregnancy_no_ok"}:
        yield "pregnancy_no_ok"
    if case.phase == "first_booking":
        yield from _first(policy, case, known)
        if names & CAUSE_UNKNOWN:
            yield "nerve_cause_unknown"
    elif case.phase == "recheck":
        yield from _no_ok(case)


def _letter(case: CaseIn) -> bool:
    """Whether a letter counts on the day of the case."""
    ok = case.doctor_ok
    return ok is not None and ok.kind == "letter" and ok.until >= case.today


def _first(policy: Policy, case: CaseIn, known: Known) -> Iterator[str]:
    """What P0 alone says at a first booking."""
    asked = {policy.row(code).item for code in (*(case.findings or ()), *case.on_file)}
    if case.age is None:
        yield "item_unsure"
    if known.has("stroke") and "N11" not in asked:
        yield "stroke_tia_under_3m"  # a day that nobody knows is the nearest
    thinner = {"anticoagulant_new", "medicine_unsure"} & set(case.findings or ())
    if known.has("blood_thinner") and not thinner:
        yield "anticoagulant_stable"
    if known.has("steroids_long"):
        yield "steroid_long_term"
    if known.has("spinal_cord"):
        yield "dysreflexia_risk"


def _no_ok(case: CaseIn) -> Iterator[str]:
    """The re-check is on the day of the session: the OK has to count on it."""
    if case.doctor_ok is None:
        yield "doctor_ok_missing"
    elif case.doctor_ok.until < case.today:
        yield "clearance_expired"


def _carried(policy: Policy, case: CaseIn) -> Iterator[str]:
    """Cautions on file that this round did not answer again (rule 7)."""
    round_ = policy.phases[ROUNDS[case.phase]]
    again = reach.codes(policy, round_.cards) if round_.full else frozenset[str]()
    for code in case.on_file:
        row = policy.row(code)
        still = row.lasts_days and case.phase != "first_booking"
        if row.outcome is Outcome.CAUTION and not row.standing and (still or code not in again):
            yield code


def _typed(policy: Policy, lexicons: Mapping[str, Lexicon], case: CaseIn, known: Known) -> Iterator[str]:
    """What the words raise. A question that they would lead to stays open: not sure (gates.md, section 8)."""
    if not case.free_text:
        return
    person = frozenset(name for name in policy.facts if known.has(name))
    for lexicon in lexicons.values():
        reading = read(case.free_text, lexicon, conditions=person)
        if reading.action == "act_now":
            yield from reading.codes
            if case.findings is not None and not set(reading.codes) & set(case.findings):
                yield "answers_conflict"
        elif reading.action == "ask":
            yield "red_flag_unsure"
        yield from reading.raised


def _history(policy: Policy, case: CaseIn, known: Known, at: datetime) -> History:
    """The file. A hold without its day was set today: the newest event, the longest hold."""
    rows = [policy.row(code) for code in dict.fromkeys(case.on_file)]
    letters: tuple[Letter, ...] = ()
    if case.doctor_ok is not None and case.doctor_ok.kind == "letter":
        ok = case.doctor_ok
        letters = tuple(Letter(code, ok.date, ok.until, ok.event) for code in ok.names)
    holds = tuple(
        OpenHold(row.code, row.code, at, end_of_hold(row, known.conditions, at), row.outcome, row.tier)
        for row in rows
        if row.outcome >= Outcome.DEFER
    )
    return History(
        conditions=known.conditions,
        noted=frozenset(name for name in policy.facts - set(policy.conditions) if known.has(name)),
        standing=frozenset(row.code for row in rows if row.standing),
        ok=_ok(case),
        letters=letters,
        open_holds=holds,
    )
