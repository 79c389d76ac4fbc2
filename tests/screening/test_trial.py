"""The policy on cases told in codes: what is not told is not clear, and the file outweighs the code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from screening import lexicon_file, trial
from screening.policy import Outcome
from screening.questionnaire import Facts, Ok
from screening.red_flags import Reading
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
        ("", "ms", {"phase": "recheck"}, "clear"),
        ("", "ms", {"doctor_ok": None, "phase": "recheck"}, "clearance"),
        ("", "ms", {"doctor_ok": OLD, "phase": "recheck"}, "clearance"),
        ("", "ms", {"doctor_ok": None, "phase": "aftercare"}, "clear"),
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
        ("chemo_under_72h", "cancer_now", {}, "clearance"),
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
    names = {
        "MS": "ms",
        "Multiple sclerosis": "ms",
        "Parkinson's": "parkinsons",
        "Diabetic neuropathy": "neuropathy_diabetes",
        "Neuropathy (cause not known)": "neuropathy",
        "spinal cord injury": "spinal_cord",
        "Cancer": "cancer_now",
        "Cancer in the past": "cancer_past",
        "Drug pump, or baclofen tablets": "pump_or_baclofen",
        "Steroid tablets for 3 months or more": "steroids_long",
    }
    assert {name: trial.named(shipped(), name) for name in names} == names
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
    [
        {"phase": "later"},
        {"finding": []},
        {"findings": "skin_local"},
        {"doctor_ok": {"kind": "self"}},
        {"doctor_ok": {**SELF, "by": " "}},
        {"age": -1},
        {"age": True},
        {"age": "40"},
        {"id": True},
        # days that are none, and numbers that could pass for seconds since 1970
        {"today": "soon"},
        {"today": "2026-02-30"},
        {"today": "21/11/2026"},
        {"today": "2026-11-21T00:00:00"},
        {"today": datetime(2026, 11, 21)},
        {"today": "1795219200"},
        {"today": 1795219200},
        {"today": "1899-12-31"},
        {"today": "3000-01-01"},
        {"doctor_ok": {**SELF, "date": 0}},
        {"doctor_ok": {**LETTER, "event": 0}},
    ],
)
def test_a_case_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        tried(**wrong)


def test_what_is_no_day_is_refused_with_one_that_is() -> None:
    with pytest.raises(ValidationError) as refused:
        tried(today="soon")
    faults = [(fault["type"], fault["msg"]) for fault in refused.value.errors()]
    assert faults == [("day", "has to be a day, as 2026-11-21")]


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


def told(*args: Any, **more: Any) -> str:
    return " ".join(finding.code for finding in tried(*args, **more).findings)


FILED = ["port_or_line", "numb_areas_known", "fall_no_injury_7d", "stomach_bug"]
KEPT = ["allergy_oil", "ac_heavy_tired_same_day"]
RECHECK = {"phase": "recheck"}
DAY_OLD = {**LETTER, "date": "2025-11-21"}  # its last day is today
OUT = {**LETTER, "date": "2025-11-20"}
WITH_LETTER = {**RECHECK, "doctor_ok": LETTER}


@pytest.mark.parametrize(
    ("said", "who", "more", "codes"),
    [
        # what P0 alone says at a first booking, and only there
        ("", "stroke", FIRST, "stroke_tia_under_3m"),
        ("", "stroke", {}, ""),
        ("stroke_over_3m_ok", "stroke", FIRST, "stroke_over_3m_ok"),
        ("", "stroke", {**FIRST, "on_file": ["stroke_over_3m_ok"]}, ""),
        ("", "blood_thinner", FIRST, "anticoagulant_stable"),
        ("anticoagulant_new", "blood_thinner", FIRST, "anticoagulant_new"),
        ("medicine_unsure", "blood_thinner", FIRST, "medicine_unsure"),
        ("", "steroids_long", FIRST, "steroid_long_term"),
        ("", "spinal_cord", FIRST, "dysreflexia_risk"),
        ("", "spinal_cord", {}, ""),
        # who is asked how old
        ("", "ms", {**FIRST, "age": None}, "item_unsure"),
        ("", "ms", {"age": None}, ""),
        ("", "ms", {"age": 17}, "under_18"),
        ("", "ms", {"age": 18}, ""),
        ("", "ms", {**RECHECK, "age": 17}, "under_18"),
        # conditions that were never asked
        ("", None, {}, "conditions_unsure"),
        ("", None, FIRST, "conditions_unsure"),
        ("", None, RECHECK, "conditions_unsure"),
        ("", None, {"phase": "aftercare"}, ""),
        ("", "none", {}, ""),
        ("", "none ms", {}, "answers_conflict"),
        # a name that leaves the cause open
        ("", "neuropathy_unknown_cause", FIRST, "nerve_cause_unknown"),
        ("", "neuropathy_unknown_cause", {}, ""),
        ("", "neuropathy", FIRST, ""),
        # a pregnancy without a word on the OK for it
        ("", "pregnant", {}, "pregnancy_no_ok"),
        ("pregnancy_ok", "pregnant", {}, "pregnancy_ok"),
        ("", "pregnant", {"on_file": ["pregnancy_ok"]}, "pregnancy_ok"),
        ("", "pregnancy", {}, ""),
        # a knock on a thinner, and nobody said that a doctor has looked
        ("head_hit_no_danger_7d", "blood_thinner", {}, "head_hit_no_danger_7d head_injury_danger_signs"),
        ("head_hit_no_danger_7d", "ms", {}, "head_hit_no_danger_7d"),
        # the re-check is on the day itself
        ("", "ms", {**RECHECK, "doctor_ok": None}, "doctor_ok_missing"),
        ("", "ms", {**RECHECK, "doctor_ok": OUT}, "clearance_expired"),
        ("", "ms", {**RECHECK, "doctor_ok": DAY_OLD}, ""),
        # cancer: what the file says counts
        ("", "cancer_now", {"doctor_ok": None}, "cancer_active_no_ok"),
        ("", "cancer_now", {}, "cancer_active_no_ok"),
        ("", "cancer_now", {"doctor_ok": LETTER}, "cancer_active_ok"),
        ("", "cancer_now", {"doctor_ok": DAY_OLD}, "cancer_active_ok"),
        ("", "cancer_now", {"doctor_ok": OUT}, "cancer_active_no_ok"),
        ("cancer_active_ok", "cancer_now", {}, "cancer_active_ok cancer_active_no_ok"),
        ("cancer_active_ok", "cancer_now", {"doctor_ok": LETTER}, "cancer_active_ok"),
        ("cancer_active_no_ok", "cancer_now", {"doctor_ok": LETTER}, "cancer_active_no_ok"),
        ("chemo_under_72h", "cancer_now", {}, "chemo_under_72h cancer_active_no_ok"),
        ("chemo_under_72h", "cancer_now", {"doctor_ok": LETTER}, "chemo_under_72h"),
        ("", "cancer_now", RECHECK, "cancer_active_no_ok"),
        ("", "cancer_now", {**RECHECK, "doctor_ok": LETTER}, ""),
        ("", "cancer_past", RECHECK, ""),
        ("", "cancer_past", {}, "cancer_past"),
        ("cancer_past", "cancer_past", {}, "cancer_past"),
        ("", "cancer_now cancer_past", {}, "cancer_active_no_ok"),
        # an illness with cancer now may be one on chemo
        ("stomach_bug", "cancer_now", WITH_LETTER, "stomach_bug fever_on_chemo"),
        ("stomach_bug", "cancer_past", WITH_LETTER, "stomach_bug"),
        ("skin_local", "cancer_now", WITH_LETTER, "skin_local"),
        ("stomach_bug chemo_under_72h", "ms", WITH_LETTER, "stomach_bug fever_on_chemo chemo_under_72h"),
        # cautions from before that this round does not answer again
        ("", "ms", {"on_file": FILED}, "port_or_line"),
        ("", "ms", {"on_file": FILED, **RECHECK}, "port_or_line fall_no_injury_7d"),
        ("", "ms", {"on_file": FILED, **FIRST}, ""),
        # what a check does not ask about again stays, and so does a heavy day after the last visit
        (
            "",
            "ms",
            {"on_file": ["allergy_oil", "ac_heavy_tired_same_day"]},
            "allergy_oil ac_heavy_tired_same_day",
        ),
        (
            "",
            "ms",
            {"on_file": KEPT, **FIRST},
            "ac_heavy_tired_same_day",
        ),
        ("", "ms", {"on_file": FILED, "phase": "aftercare"}, "port_or_line fall_no_injury_7d"),
        ("skin_local skin_local", "ms", {}, "skin_local"),
    ],
)
def test_the_codes_of_a_case(said: str, who: str | None, more: dict[str, Any], codes: str) -> None:
    assert told(said, who, **more) == codes


def test_a_case_opens_with_what_is_on_file() -> None:
    case = {"id": 1, "today": TODAY, "phase": "recheck", "on_file": ["port_or_line"], "doctor_ok": SELF}
    known = CaseIn.model_validate({**case, "conditions": ["MS", "Pregnant"]})
    ok = Ok(date(2026, 5, 1), date(2027, 5, 1))
    assert trial.facts(shipped(), known) == Facts(
        today=TODAY,
        since=date(2026, 10, 22),
        conditions=frozenset({"ms"}),
        noted=frozenset({"pregnant"}),
        on_file=frozenset({"port_or_line"}),
        ok=ok,
    )
    unknown = CaseIn.model_validate({**case, "doctor_ok": None})
    assert trial.facts(shipped(), unknown) == Facts(
        TODAY, date(2026, 10, 22), on_file=frozenset({"port_or_line"})
    )


def test_the_file_is_read_as_a_round_would_read_it() -> None:
    pressure = tried("bp_high", "ms pregnant")
    assert pressure.decision.outcome is Outcome.URGENT  # a fact that is no condition counts too
    assert tried("bp_high", "ms", on_file=["pregnancy_no_ok"]).decision.outcome is Outcome.URGENT
    assert pressure.findings[0].item == shipped().row("bp_high").item
    known = tried("numb_areas_known", on_file=["numb_areas_known"]).decision
    assert (known.outcome, known.notes[0]) == (Outcome.CLEAR, "numb_areas_known")


def test_holds_on_file_run_from_today_as_the_person_has_them() -> None:
    held = tried("", "ms", on_file=["relapse_current", "stomach_bug", "stomach_bug", "hypo_severe"]).decision
    assert [(reason.code, reason.tier) for reason in held.reasons] == [
        *(("hypo_severe", "E"), ("relapse_current", None), ("stomach_bug", None)),
    ]
    relapse = tried("", "ms", on_file=["relapse_current"]).decision
    assert relapse.not_before == datetime(2026, 12, 21, 10, tzinfo=UTC)
    assert tried("", "stroke", on_file=["relapse_current"]).decision.earliest == date(2026, 12, 5)
    assert tried("", None, on_file=["relapse_current"]).decision.earliest == date(2026, 12, 21)


def test_a_letter_answers_what_it_names() -> None:
    names = {**LETTER, "names": ["clot_under_6m"]}
    assert outcome("clot_under_6m", doctor_ok=names) == "caution"
    assert outcome("fracture_recent", doctor_ok=names) == "clearance"
    assert outcome("clot_under_6m", doctor_ok={**names, "kind": "self"}) == "clearance"
    assert outcome("clot_under_6m", doctor_ok={**names, "event": "2026-05-01"}) == "caution"
    assert outcome("clot_under_6m", doctor_ok={**names, "event": "2026-05-02"}) == "clearance"
    assert outcome("clot_under_6m", doctor_ok={**names, "date": "2025-11-20"}) == "clearance"


@pytest.mark.parametrize(
    ("reading", "codes"),
    [
        (
            Reading("act_now", ("chest_pain_now",), ("stroke_signs_now",)),
            "skin_local chest_pain_now answers_conflict",
        ),
        (Reading("act_now", ("skin_local", "chest_pain_now")), "skin_local chest_pain_now"),
        (Reading("ask", ("chest_pain_now",)), "skin_local red_flag_unsure"),
        (
            Reading("ask", ("chest_pain_now",), (), ("change_unsure",)),
            "skin_local red_flag_unsure change_unsure",
        ),
        (Reading(None, (), (), ("change_unsure",)), "skin_local change_unsure"),
        (Reading(None), "skin_local"),
    ],
)
def test_what_the_words_raise(monkeypatch: pytest.MonkeyPatch, reading: Reading, codes: str) -> None:
    asked: list[tuple[str, Any, frozenset[str]]] = []

    def read(text: str, lexicon: Any, *, conditions: frozenset[str]) -> Reading:
        asked.append((text, lexicon, conditions))
        return reading

    monkeypatch.setattr(trial, "read", read)
    assert told("skin_local", "ms pregnant", on_file=["pregnancy_no_ok"], free_text="oh") == codes
    assert asked == [("oh", lexicons()["en"], frozenset({"ms", "pregnant", "pregnancy_possible"}))]
    assert told("skin_local", free_text="") == "skin_local"
    assert len(asked) == 1


def test_no_card_was_answered_against_the_words_where_none_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "read", lambda *_, **__: Reading("act_now", ("chest_pain_now",)))
    assert told(None, free_text="oh") == "chest_pain_now"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"findings": ["gone"]}, '"gone" is no finding of policy 1.0.2.'),
        ({"doctor_ok": {**SELF, "date": "2026-11-22"}}, "The doctor's OK has a day that is yet to come."),
    ],
)
def test_a_case_is_refused_in_a_sentence(more: dict[str, Any], says: str) -> None:
    with pytest.raises(BadCase) as refused:
        tried(**more)
    assert str(refused.value) == says
    assert outcome(doctor_ok={**SELF, "date": "2026-11-21"}) == "clear"


def test_a_condition_that_the_policy_lacks_is_refused_with_those_that_it_has() -> None:
    with pytest.raises(BadCase) as refused:
        trial.named(shipped(), "Tooth ache")
    start = '"Tooth ache" is no condition of policy 1.0.2. It has: ms, neuropathy, '
    assert str(refused.value).startswith(start)
    assert trial.named(shipped(), " (High -- blood/pressure!) ") == "high_blood_pressure"


def test_an_ok_of_six_months_ago_may_be_from_before_the_relapse() -> None:
    for days, codes in (
        (0, "relapse_ended_30d_to_6m_ok"),
        (1, "relapse_ended_30d_to_6m_ok relapse_after_clearance"),
    ):
        given = TODAY - timedelta(days=trial.SIX_MONTHS + days)
        assert told("relapse_ended_30d_to_6m_ok", doctor_ok={**SELF, "date": given.isoformat()}) == codes


def test_a_full_check_ends_the_silence_on_file() -> None:
    assert tried("", on_file=["unanswered"]).decision.lifted == ("unanswered",)


def test_a_hold_is_as_long_as_the_condition_asks() -> None:
    assert tried("relapse_current", "stroke").decision.earliest == TODAY + timedelta(days=14)
    assert tried("relapse_current", "ms").decision.earliest == TODAY + timedelta(days=30)
