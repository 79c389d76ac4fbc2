"""The policy on cases told in codes: what is not told is not clear, and the file outweighs the code."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from screening import lexicon_file, trial
from screening.policy import Outcome
from screening.trial import BadCase, CaseIn
from tests.screening.rounds_of_taps import shipped

LEXICON = Path(__file__).parents[2] / "config" / "policy" / "lexicon" / "en.toml"
TODAY = date(2026, 11, 21)
SELF = {"date": "2026-05-01", "by": "Dr. Novak", "kind": "self"}
LETTER = {**SELF, "kind": "letter"}
OLD = {**SELF, "date": "2025-05-01"}
CODES = sorted(shipped().findings)


@cache
def lexicons() -> dict[str, Any]:
    return {"en": lexicon_file.parse(LEXICON.read_text("utf-8"))}


def tried(told: str | None = "", who: str | None = "ms", **more: Any) -> trial.Trial:
    """A case in short: codes and conditions with blanks between; the rest as a well client of 40 has it."""
    case = {
        "id": "c",
        "today": TODAY,
        "phase": "before_session",
        "conditions": None if who is None else who.split(),
        "age": 40,
        "doctor_ok": SELF,
        "findings": None if told is None else told.split(),
        **more,
    }
    return trial.run(shipped(), lexicons(), CaseIn.model_validate(case))


def outcome(*args: Any, **more: Any) -> str:
    decision = tried(*args, **more).decision
    return f"{decision.outcome.name.lower()} {decision.tier or ''}".strip()


FIRST = {"phase": "first_booking"}


@pytest.mark.parametrize(
    ("told", "who", "more", "is_"),
    [
        ("", "ms", {}, "clear"),
        ("", "ms", FIRST, "clear"),
        ("", "ms", {"on_file": ["numb_areas_known"]}, "clear"),
        ("numb_areas_known", "ms", {}, "caution"),
        ("fever_or_infection", "ms", {}, "defer"),
        ("stroke_signs_now", "ms", {}, "urgent E"),
        ("", "none", {}, "clear"),
        ("relapse_ended_30d_to_6m_ok", "ms", {"doctor_ok": {**SELF, "date": "2026-10-01"}}, "caution"),
        ("relapse_ended_30d_to_6m_ok", "ms", {"doctor_ok": {**SELF, "date": "2026-03-01"}}, "clearance"),
        # what is not told
        (None, "ms", {}, "defer"),
        ("", None, {}, "defer"),
        ("", "ms", {**FIRST, "age": None}, "defer"),
        ("", "ms", {"doctor_ok": None}, "clearance"),
        ("", "ms", {"doctor_ok": OLD}, "clearance"),
        ("", "ms", {"doctor_ok": None, "phase": "recheck"}, "clear"),
        ("", "stroke", FIRST, "clearance"),  # the day of the stroke is not known
        ("stroke_over_3m_ok", "stroke", FIRST, "caution"),
        ("", "ms", {"age": 17}, "clearance"),
        # cancer now needs a letter, whatever the code says
        ("", "cancer_now", {}, "clearance"),
        ("cancer_active_ok", "cancer_now", {}, "clearance"),
        ("cancer_active_ok", "cancer_now", {"doctor_ok": LETTER}, "caution"),
        ("", "cancer_past", {}, "caution"),
        ("", "cancer_past", {"on_file": ["cancer_past"]}, "clear"),
        ("chemo_under_72h", "cancer_now", {"doctor_ok": LETTER}, "defer"),
        ("stomach_bug", "cancer_now", {"doctor_ok": LETTER}, "urgent E"),  # chemo or not is not told
        ("fever_or_infection", "cancer_past", {}, "defer"),
        # what stands from before
        ("", "ms", {"on_file": ["relapse_current"]}, "defer"),
        ("", "ms", {"on_file": ["fracture_recent"]}, "clearance"),
        ("", "ms", {"on_file": ["unanswered"]}, "clear"),
        ("", "ms", {"on_file": ["suicidal_thoughts"]}, "urgent"),
        ("", "ms", {"on_file": ["port_or_line"]}, "caution"),
        ("", "ms", {"on_file": ["fall_no_injury_7d"]}, "clear"),
        ("", "ms", {"on_file": ["fall_no_injury_7d"], "phase": "recheck"}, "caution"),
        # typed words
        ("", "ms", {"free_text": "my face feels droopy since breakfast"}, "urgent E"),
        ("", "ms", {"free_text": "see you on Tuesday, thank you"}, "clear"),
        ("", "ms", {"free_text": "my mum had a stroke in 1998"}, "clear"),
        ("ac_dark_urine", "ms", {"phase": "aftercare"}, "urgent D"),
        ("", "ms", {"phase": "aftercare"}, "clear"),
    ],
)
def test_case(told: str | None, who: str | None, more: dict[str, Any], is_: str) -> None:
    assert outcome(told, who, **more) == is_


def test_a_condition_goes_by_the_names_that_people_write() -> None:
    names = ("MS", "Multiple sclerosis", "Parkinson's", "Diabetic neuropathy", "spinal cord injury", "Cancer")
    assert [trial.named(shipped(), name) for name in names] == [
        *("ms", "ms", "parkinsons", "neuropathy_diabetes", "spinal_cord", "cancer_now")
    ]
    assert set(trial.ALSO_CALLED.values()) <= shipped().facts


def test_a_no_against_the_words_is_said_as_such() -> None:
    told = tried("", free_text="my face feels droopy since breakfast")
    assert [finding.code for finding in told.findings] == ["stroke_signs_now", "answers_conflict"]


def test_a_hold_on_file_without_its_day_runs_from_today() -> None:
    assert tried("", on_file=["fever_or_infection"]).decision.earliest == TODAY + timedelta(days=7)


def test_what_p0_says_goes_to_the_therapist() -> None:
    notes = tried("", "spinal_cord blood_thinner steroids_long", **FIRST).decision.notes
    assert {"dysreflexia_risk", "anticoagulant_stable", "steroid_long_term"} <= set(notes)


@pytest.mark.parametrize(
    "wrong",
    [
        {"findings": ["no_such_code"]},
        {"on_file": ["no_such_code"]},
        {"conditions": ["toothache"]},
        {"doctor_ok": {**SELF, "date": "2026-12-01"}},
        {"doctor_ok": {**LETTER, "names": ["no_such_code"]}},
    ],
)
def test_a_name_that_the_policy_lacks_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadCase):
        tried(**wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"phase": "later"}, {"finding": []}, {"doctor_ok": {"kind": "self"}}, {"age": -1}, {"today": "soon"}],
)
def test_a_case_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tried(**wrong)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(CODES), max_size=4),
    st.sampled_from(CODES),
    st.lists(st.sampled_from(shipped().conditions), max_size=3),
    st.sampled_from(sorted(trial.ROUNDS)),
    st.sampled_from((SELF, LETTER, OLD, None)),
)
def test_one_more_code_told_or_on_file_never_lowers(
    told: list[str], more: str, who: list[str], phase: str, ok: dict[str, str] | None
) -> None:
    def of(codes: list[str], on_file: list[str]) -> Outcome:
        case = tried(" ".join(codes), " ".join(who), phase=phase, doctor_ok=ok, on_file=on_file)
        return case.decision.outcome

    assert of([*told, more], []) >= max(of(told, []), shipped().row(more).outcome)
    if shipped().row(more).outcome >= Outcome.DEFER and not shipped().row(more).system:
        assert of(told, [more]) >= of(told, [])
