"""Rules 1 to 16 on plain values: worst wins, holds add up, nothing unknown is clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from screening.decision import (
    SLOTS,
    Decision,
    History,
    HoldSpec,
    OpenHold,
    Reason,
    decide,
    system_error,
)
from screening.policy import LiftBy, Outcome, Slot, Tier
from screening.questionnaire import Finding, Letter
from tests.screening.rounds_of_taps import AT, OK, TODAY, VISIT, day, shipped

MS = History(conditions=frozenset({"ms"}), ok=OK)
CODES = sorted(shipped().findings)


def say(code: str, **more: object) -> Finding:
    return Finding(code, shipped().row(code).item, **more)  # type: ignore[arg-type]


def after(
    *told: str | Finding, history: History = MS, phase: str = "check", at: datetime = AT, **more: object
) -> Decision:
    findings = [finding if isinstance(finding, Finding) else say(finding) for finding in told]
    given: dict[str, object] = {"at": at, "phase": phase, "session_at": VISIT, **more}
    return decide(shipped(), findings, history, **given)  # type: ignore[arg-type]


some_codes = st.lists(st.sampled_from(CODES), max_size=6)
histories = st.builds(
    lambda conditions, ok, notes, holds: History(
        conditions=conditions,
        ok=ok,
        standing=frozenset(notes),
        open_holds=tuple(
            OpenHold(f"h{i}", code, AT, AT + timedelta(days=days), shipped().row(code).outcome)
            for i, (code, days) in enumerate(holds)
            if shipped().row(code).outcome >= Outcome.DEFER
        ),
    ),
    st.one_of(st.none(), st.frozensets(st.sampled_from(shipped().conditions), max_size=4)),
    st.sampled_from((OK, None)),
    st.lists(st.sampled_from(CODES), max_size=3),
    st.lists(st.tuples(st.sampled_from(CODES), st.integers(-9, 40)), max_size=3),
)


def on_hold(*holds: tuple[str, int]) -> History:
    """Open holds by code, each with the days that it still runs."""
    return History(
        ok=OK,
        open_holds=tuple(
            OpenHold(f"h{i}", code, AT, AT + timedelta(days=days), shipped().row(code).outcome)
            for i, (code, days) in enumerate(holds)
        ),
    )


@settings(max_examples=300, deadline=None)
@given(some_codes, st.sampled_from(CODES), histories)
@example([], "surgery_under_6w", on_hold(("hypo_today", 2), ("surgery_under_6w", 0)))
@example([], "fever_or_infection", on_hold(("hypo_today", 2), ("fever_or_infection", 0)))
def test_one_more_finding_never_lowers(codes: list[str], more: str, history: History) -> None:
    def of(told: list[str]) -> Decision:
        return after(*told, history=history, complete=False, stop="complete")

    less, greater = of(codes), of([*codes, more])
    assert greater.outcome >= less.outcome
    assert SLOTS.index(greater.slot) >= SLOTS.index(less.slot)
    if less.not_before and greater.not_before:
        assert greater.not_before >= less.not_before


@settings(max_examples=200, deadline=None)
@given(some_codes, histories, st.randoms())
def test_the_order_of_findings_does_not_matter(codes: list[str], history: History, chance: object) -> None:
    mixed = list(codes)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    one, other = after(*codes, history=history), after(*mixed, history=history)
    facts = ("outcome", "tier", "slot", "earliest", "review", "result", "lifted")
    assert [getattr(one, name) for name in facts] == [getattr(other, name) for name in facts]
    assert {hold.code for hold in one.holds} == {hold.code for hold in other.holds}


@settings(max_examples=200, deadline=None)
@given(some_codes, histories)
def test_what_is_incomplete_is_never_clear(codes: list[str], history: History) -> None:
    decision = after(*codes, history=history, complete=False)
    assert decision.outcome >= Outcome.DEFER
    assert decision.slot is not Slot.STAYS
    assert decision.lifted == ()


@pytest.mark.parametrize("code", CODES)
def test_each_row_alone_does_what_it_says(code: str) -> None:
    row, decision = shipped().row(code), after(code)
    assert decision.outcome == row.outcome
    if row.outcome >= Outcome.DEFER:
        assert [(hold.code, hold.lift_by, hold.needs) for hold in decision.holds] == [
            (code, row.lift_by, row.group.needs)
        ]
        assert decision.holds[0].lift_by is not LiftBy.NOBODY
    else:
        assert (decision.holds, decision.slot) == ((), Slot.STAYS)


def test_all_codes_are_kept_worst_first() -> None:
    decision = after("ache_everyday", "stomach_bug", "fracture_recent")
    assert [reason.code for reason in decision.reasons] == ["fracture_recent", "stomach_bug", "ache_everyday"]
    assert {hold.code for hold in decision.holds} == {"fracture_recent", "stomach_bug"}
    assert [hold.needs_letter for hold in decision.holds] == [True, False]


PREGNANT = replace(MS, noted=frozenset({"pregnant"}))
CANCER = replace(MS, conditions=frozenset({"cancer_now"}))
THINNER = replace(MS, conditions=frozenset({"stroke", "blood_thinner"}))
PD = replace(MS, conditions=frozenset({"parkinsons"}))


@pytest.mark.parametrize(
    ("who", "told", "outcome", "tier"),
    [
        (MS, "heat_flare_settled", Outcome.CAUTION, None),
        (PD, "heat_flare_settled", Outcome.DEFER, None),  # it may be a TIA
        (PD, "slow_change_known", Outcome.CAUTION, None),
        (CANCER, "slow_change_known", Outcome.DEFER, None),
        (CANCER, "chemo_under_72h", Outcome.DEFER, None),
        (CANCER, "stomach_bug chemo_under_72h", Outcome.URGENT, Tier.E),
        (MS, "bp_high", Outcome.DEFER, None),
        (PREGNANT, "bp_high", Outcome.URGENT, Tier.E),
        (MS, "bp_high pregnancy_no_ok", Outcome.URGENT, Tier.E),
        (PREGNANT, "headache_new_danger", Outcome.URGENT, Tier.E),
        (MS, "spreading_skin_infection", Outcome.URGENT, Tier.D),
        (MS, "spreading_skin_infection unwell_today", Outcome.URGENT, Tier.E),
        (CANCER, "cancer_new_spine_pain", Outcome.URGENT, Tier.D),
        (CANCER, "cancer_new_spine_pain falls_increasing", Outcome.URGENT, Tier.E),
        (PD, "fall_no_injury_7d skin_local", Outcome.CAUTION, None),
        (THINNER, "fall_no_injury_7d", Outcome.CAUTION, None),
        (THINNER, "fall_no_injury_7d skin_local", Outcome.DEFER, None),
    ],
)
def test_what_findings_mean_together(who: History, told: str, outcome: Outcome, tier: Tier | None) -> None:
    decision = after(*told.split(), history=who)
    assert (decision.outcome, decision.tier) == (outcome, tier)


def test_a_hold_in_days_is_no_shorter_than_its_hours() -> None:
    decision = after("fever_or_infection")
    assert decision.not_before == AT + timedelta(days=7)
    assert after("unwell_today").not_before == AT + timedelta(hours=24)
    assert after("intoxicated").not_before == datetime(2027, 3, 2, tzinfo=AT.tzinfo)


def test_days_and_hours_over_the_night_of_the_clock_change() -> None:
    saturday = datetime(2027, 3, 27, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    hours = after("unwell_today", at=saturday).not_before
    days = after("contagious_illness", at=saturday).not_before
    assert hours is not None
    assert days is not None
    assert (hours.day, hours.hour) == (28, 11)  # 24 real hours
    assert (days.day, days.hour) == (1, 10)


def test_the_clinic_may_lengthen_and_never_shorten() -> None:
    assert after("contagious_illness", clinic_days={"contagious_days": 10}).earliest == day(10)
    assert after("contagious_illness", clinic_days={"contagious_days": 2}).earliest == day(5)


def test_a_standing_note_is_told_once_and_goes_along_each_time() -> None:
    first = after("numb_areas_known")
    assert (first.outcome, first.new_cautions, first.result) == (
        Outcome.CAUTION,
        ("numb_areas_known",),
        "result.caution",
    )
    known = replace(MS, standing=frozenset({"numb_areas_known"}))
    again = after("numb_areas_known", history=known)
    assert (again.outcome, again.result) == (Outcome.CLEAR, "result.clear_note")
    assert "numb_areas_known" in after(history=known).notes
    worse = after(say("numb_areas_known", fresh=True), history=known)
    assert worse.outcome is Outcome.CAUTION


def test_what_the_therapist_is_told_each_time_asked_or_not() -> None:
    def notes(*conditions: str, noted: tuple[str, ...] = ()) -> set[str]:
        history = replace(MS, conditions=frozenset(conditions), noted=frozenset(noted))
        return set(after(history=history).notes)

    assert notes("ms") == {"heat_cold_sensitive", "fatigue_usual"}
    assert notes("ms", noted=("heat_cold_no",)) == {"fatigue_usual"}
    assert notes("stroke", noted=("tired_most_days",)) == {"fatigue_usual"}
    assert notes("spinal_cord") == {"dysreflexia_risk"}
    assert notes("spinal_cord", noted=("no_dysreflexia",)) == set()
    assert notes("blood_thinner", "steroids_long") == {"anticoagulant_stable", "steroid_long_term"}


def test_five_new_cautions_or_three_sections_ask_staff_to_look() -> None:
    five = (
        "numb_areas_known",
        "touch_pain_known",
        "spasticity_known",
        "bladder_urgency_known",
        "ache_everyday",
    )
    assert not after(*five[:4]).review
    assert (after(*five).review, after(*five).result) == (True, "result.caution_look")
    assert after("numb_areas_known", "skin_local", "allergy_oil").review
    assert after(*five).slot is Slot.STAYS


def test_a_letter_on_file_answers_the_same_finding() -> None:
    letter = Letter("clot_under_6m", TODAY - timedelta(days=5), day(200), event_on=TODAY - timedelta(days=60))
    on_file = replace(MS, letters=(letter,))
    assert after("clot_under_6m", history=on_file).outcome is Outcome.CAUTION
    assert after(say("clot_under_6m", fresh=True), history=on_file).outcome is Outcome.CLEARANCE
    since = say("clot_under_6m", line="check.e.3")
    assert after(since, history=on_file).outcome is Outcome.CLEARANCE  # told as new since the last check
    for code in ("blood_counts_low", "seizure_uncontrolled"):
        assert (
            after(code, history=replace(MS, letters=(replace(letter, code=code),))).outcome
            is Outcome.CLEARANCE
        )
    stroke = replace(letter, code="stroke_tia_under_3m", event_on=TODAY - timedelta(days=20))
    assert after("stroke_tia_under_3m", history=replace(MS, letters=(stroke,))).outcome is Outcome.CLEARANCE
    later = replace(stroke, event_on=TODAY - timedelta(days=40))
    assert after("stroke_tia_under_3m", history=replace(MS, letters=(later,))).outcome is Outcome.CAUTION


def test_not_sure_is_not_the_same_finding_that_a_letter_answers() -> None:
    letter = Letter("cancer_active_no_ok", TODAY - timedelta(days=5), day(200))
    on_file = replace(MS, letters=(letter,))
    assert after("cancer_active_no_ok", history=on_file).outcome is Outcome.CAUTION
    unsure = say("cancer_active_no_ok", told="button.unsure")
    assert after(unsure, history=on_file).outcome is Outcome.CLEARANCE


def test_the_ok_on_file_is_read_and_not_asked() -> None:
    none = replace(MS, ok=None)
    assert [hold.code for hold in after(history=none).holds] == ["doctor_ok_missing"]
    out = replace(MS, ok=replace(OK, valid_until=VISIT.date() - timedelta(days=1)))
    assert [hold.code for hold in after(history=out).holds] == ["clearance_expired"]
    assert after("doctor_ok_valid", history=none, phase="first_full").outcome is Outcome.CLEAR
    held = replace(none, open_holds=(OpenHold("h1", "doctor_ok_missing", AT, None, Outcome.CLEARANCE),))
    assert after("doctor_ok_valid", history=held).outcome is Outcome.CLEARANCE
    assert after("doctor_ok_valid", history=held).lifted == ()
    ended = replace(MS, ok=replace(OK, voided=True))  # the client's word alone does not bring it back
    assert [hold.code for hold in after("doctor_ok_valid", history=ended, phase="first").holds] == [
        "clearance_void_changed"
    ]
    assert after("doctor_ok_valid", history=MS, phase="first").holds == ()


def test_a_full_check_lifts_dated_holds_and_silence_only() -> None:
    holds = (
        OpenHold("over", "fever_or_infection", AT, AT - timedelta(days=1), Outcome.DEFER),
        OpenHold("silence", "unanswered", AT, None, Outcome.DEFER),
        OpenHold("early", "stomach_bug", AT, VISIT + timedelta(hours=1), Outcome.DEFER),
        OpenHold("lead", "relapse_current", AT, AT - timedelta(days=1), Outcome.DEFER),
    )
    history = replace(MS, open_holds=holds)
    decision = after(history=history)
    assert decision.lifted == ("over", "silence")
    assert decision.slot is Slot.PROVISIONAL
    assert after(history=history, phase="recheck").lifted == ()
    assert after("fever_or_infection", history=history).lifted == ("silence",)


def test_two_urgent_codes_give_one_message() -> None:
    both = after("suicidal_thoughts", "hypo_severe").urgent
    assert both is not None
    assert (both.tier, both.text, both.crisis, both.hidden) == (Tier.E, "urgent.e", True, False)
    hurt = after("abuse_disclosed", "foot_hot_red_swollen").urgent
    assert hurt is not None
    assert (hurt.text, hurt.hidden) == ("urgent.c_hurt", True)
    now, over = after("hypo_severe").urgent, after(say("hypo_severe", tier=Tier.D)).urgent
    assert now is not None
    assert over is not None
    assert (now.added, over.added, over.text) == ("urgent.add.hypo_severe", None, "urgent.d")
    limb = after(say("one_limb_swollen_hot", tier=Tier.D), say("one_limb_swollen_hot", tier=Tier.E))
    assert limb.tier is Tier.E


@pytest.mark.parametrize(
    ("told", "who", "result"),
    [
        (("relapse_current",), "ms", "result.defer_relapse"),
        (("new_or_worse_symptom_over_24h",), "stroke", "result.defer_step"),
        (("stomach_bug",), "ms", "result.defer"),
        (("shingles_active",), "ms", "result.defer_no_date"),
        (("fracture_recent",), "ms", "result.clearance"),
        (("item_unsure",), "ms", "result.review"),
        (("answers_conflict",), "ms", "result.clash"),
        (("red_flag_unsure", "item_unsure"), "ms", "result.red_unsure"),
        (("abuse_disclosed",), "ms", "urgent.c_hurt"),
        ((), "parkinsons", "result.clear"),
    ],
)
def test_the_text_that_the_client_gets(told: tuple[str, ...], who: str, result: str) -> None:
    assert after(*told, history=replace(MS, conditions=frozenset({who}))).result == result


def test_the_other_texts() -> None:
    assert after(complete=False).result == "check.cutoff"
    assert after(phase="recheck").result == "recheck.clear"
    broken = system_error(shipped(), MS, at=AT)
    assert (broken.result, broken.slot, broken.outcome) == ("result.error", Slot.KEPT, Outcome.DEFER)
    stiff = replace(MS, conditions=frozenset({"ms", "pump_or_baclofen"}))
    assert after("spasticity_sudden_increase").who_first == "who_first.spasticity_sudden_increase"
    assert after("spasticity_sudden_increase", history=stiff).who_first == (
        "who_first.spasticity_sudden_increase.pump"
    )
    assert after("stroke_tia_under_3m").who_ok == "who_ok.stroke_tia_under_3m"
    assert after("visual_blur_over_days").says == ("detail.call_today",)
    assert after(say("stomach_bug", told="check.c.3")).told == ("check.c.3",)
    assert after("skin_local").adapt == ("adapt.skin_local",)


def test_an_ok_ends_with_what_changes_health() -> None:
    events = ("relapse_current", "clearance_void_changed", "surgery_under_6w", "stroke_signs_now")
    diagnoses = ("stroke_tia_under_3m", "clot_under_6m", "heart_event_or_unstable", "organ_failure")
    for code in (*events, *diagnoses, "bone_metastases", "fracture_recent"):
        assert after(code).voids_ok, code
    for code in ("stomach_bug", "item_unsure", "relapse_unsure", "slow_change_known"):
        assert not after(code).voids_ok, code


def test_repeats_make_a_staff_task() -> None:
    past = replace(MS, past_defers=(("stomach_bug", day(-70)), ("stomach_bug", day(-20))))
    assert after("stomach_bug", history=past).repeat
    assert not after("intoxicated", history=past).repeat
    three = replace(MS, past_defers=(("stomach_bug", day(-40)), ("unwell_today", day(-20))))
    assert after("intoxicated", history=three).repeat


def test_words_from_outside_a_round_only_raise() -> None:
    held = replace(MS, open_holds=(OpenHold("h1", "unanswered", AT, None, Outcome.DEFER),))
    decision = after("thunderclap_headache", history=held, phase="text")
    assert (decision.outcome, decision.lifted) == (Outcome.URGENT, ())


# --- what a decision carries ---


def test_a_hold_carries_all_that_staff_need() -> None:
    told = say("fever_or_infection", told="detail.dfev.4", line="check.c.1")
    (hold,) = after(told).holds
    row = shipped().row("fever_or_infection")
    assert hold == HoldSpec(
        code="fever_or_infection",
        item=row.item,
        outcome=Outcome.DEFER,
        tier=None,
        set_at=AT,
        not_before=AT + timedelta(days=7),
        earliest=day(7),
        slot=Slot.MOVED,
        lift_by=LiftBy.FULL_CHECK,
        needs=("condition_met",),
        needs_letter=False,
        told="detail.dfev.4",
        line="check.c.1",
    )
    (urgent,) = after("hypo_severe").holds
    assert (urgent.tier, urgent.not_before, urgent.earliest) == (Tier.E, None, None)
    (letter,) = after("clot_under_6m").holds
    assert letter.needs_letter


def test_reasons_are_what_was_told_and_then_what_the_file_holds() -> None:
    held = (
        OpenHold("h1", "stomach_bug", AT, day_at(2), Outcome.DEFER),
        OpenHold("h2", "hypo_severe", AT, None, Outcome.URGENT, Tier.D),
        OpenHold("h3", "unwell_today", AT, day_at(2), Outcome.DEFER),
    )
    told = (say("unwell_today", told="check.c.3"), "skin_local", "relapse_over_6m")
    decision = after(*told, history=replace(MS, open_holds=held), phase="recheck")
    row = shipped().row
    assert decision.reasons == (
        Reason("hypo_severe", Outcome.URGENT, Tier.D, row("hypo_severe").item, None, Slot.CANCELLED),
        Reason("unwell_today", Outcome.DEFER, None, row("unwell_today").item, "check.c.3", Slot.MOVED),
        Reason("stomach_bug", Outcome.DEFER, None, row("stomach_bug").item, None, Slot.MOVED),
        Reason("skin_local", Outcome.CAUTION, None, row("skin_local").item, None, Slot.STAYS),
    )
    (alone,) = after("hypo_severe").reasons
    assert (alone.tier, alone.slot) == (Tier.E, Slot.CANCELLED)


def day_at(days: int) -> datetime:
    return AT + timedelta(days=days)


def test_the_therapist_reads_what_is_new_then_what_stands() -> None:
    known = replace(MS, standing=frozenset({"port_or_line", "numb_areas_known"}))
    notes = after("stomach_bug", "numb_areas_known", "ache_everyday", history=known).notes
    assert notes == (
        *("ache_everyday", "numb_areas_known", "port_or_line"),
        *("heat_cold_sensitive", "fatigue_usual"),
    )
    nothing_to_note = [row.code for row in shipped().findings.values() if row.outcome is Outcome.CLEAR]
    assert set(after(*nothing_to_note).notes) == {
        *("heat_cold_sensitive", "fatigue_usual"),
        *(code for code in nothing_to_note if shipped().row(code).note),
    }


def test_what_is_clear_and_has_a_note_is_told_too() -> None:
    stroke = replace(MS, conditions=frozenset({"stroke"}))
    assert after("fatigue_usual", "doctor_ok_valid", history=stroke).notes == ("fatigue_usual",)


def test_silence_and_a_missing_ok_stand_under_their_own_items() -> None:
    (silence,) = after(complete=False).holds
    assert (silence.code, silence.item) == ("unanswered", "U")
    (missing,) = after(history=replace(MS, ok=None)).holds
    assert (missing.code, missing.item, missing.told) == ("doctor_ok_missing", "K1", None)
    (broken,) = system_error(shipped(), MS, at=AT).holds
    assert (broken.code, broken.item) == ("system_error", "U")


def test_what_two_findings_mean_is_told_in_the_words_of_the_first() -> None:
    bp = say("bp_high", told="detail.dbp.3", line="recheck.t.9")
    meaning = after(bp, history=PREGNANT).holds[0]
    assert (meaning.code, meaning.item) == ("pregnancy_danger_signs", "R13")
    assert (meaning.told, meaning.line) == ("detail.dbp.3", "recheck.t.9")


def test_who_lifts_and_who_says_ok_is_told_of_holds_on_file_too() -> None:
    held = replace(MS, open_holds=(OpenHold("h1", "lump_unchecked", AT, None, Outcome.CLEARANCE),))
    decision = after("stomach_bug", history=held)
    assert decision.lift_by == (LiftBy.FULL_CHECK, LiftBy.LEAD)
    assert decision.who_ok == "who_ok.lump_unchecked"
    waiting = replace(MS, open_holds=(OpenHold("h1", "foot_ulcer", AT, None, Outcome.DEFER),))
    assert after(history=waiting).who_first == "who_first.foot_ulcer"


def test_the_words_that_came_first_stay() -> None:
    twice = (say("stomach_bug", told="check.c.3"), say("stomach_bug", told="recheck.t.2"))
    assert after(*twice).told == ("check.c.3",)


def test_a_tier_is_of_urgent_codes_only() -> None:
    decision = after(say("stomach_bug", tier=Tier.E))
    assert (decision.tier, decision.urgent, decision.reasons[0].tier) == (None, None, None)


def test_the_crisis_line_goes_with_tier_c_only() -> None:
    stroke, harm = after("stroke_signs_now").urgent, after("suicidal_thoughts").urgent
    assert stroke is not None
    assert harm is not None
    assert (stroke.crisis, stroke.hidden) == (False, False)
    assert (harm.tier, harm.crisis, harm.hidden, harm.text) == (Tier.C, True, False, "urgent.c_self")


# --- the last day that counts ---


def test_an_ok_counts_on_its_last_day() -> None:
    def with_ok(until: datetime, phase: str = "check", *told: str) -> Outcome:
        return after(
            *told, history=replace(MS, ok=replace(OK, valid_until=until.date())), phase=phase
        ).outcome

    assert with_ok(VISIT) is Outcome.CLEAR
    assert with_ok(VISIT - timedelta(days=1)) is Outcome.CLEARANCE
    # a first booking asks for an OK that counts today; the visit is checked later
    assert with_ok(AT, "first", "doctor_ok_valid") is Outcome.CLEAR
    assert with_ok(AT - timedelta(days=1), "first", "doctor_ok_valid") is Outcome.CLEARANCE


def test_once_a_person_must_look_at_the_ok_the_word_of_the_client_is_not_enough() -> None:
    held = replace(MS, ok=None, open_holds=(OpenHold("h1", "lump_unchecked", AT, None, Outcome.CLEARANCE),))
    assert [hold.code for hold in after("doctor_ok_valid", history=held).holds] == ["doctor_ok_missing"]
    moved = replace(MS, ok=None, open_holds=(OpenHold("h1", "stomach_bug", AT, AT, Outcome.DEFER),))
    assert after("doctor_ok_valid", history=moved).holds == ()


def a_letter(code: str, *, given: datetime = VISIT, event: datetime | None = None, **more: object) -> Letter:
    until: dict[str, object] = {"valid_until": VISIT.date(), **more}
    return Letter(code, given.date(), event_on=event.date() if event else None, **until)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("letters", "answered"),
    [
        ((a_letter("clot_under_6m"),), True),
        ((a_letter("clot_under_6m", valid_until=day(0)),), False),  # out on the day before the visit
        ((a_letter("lump_unchecked"), a_letter("clot_under_6m")), True),
        ((a_letter("clot_under_6m", valid_until=day(0)), a_letter("clot_under_6m")), True),
        ((a_letter("clot_under_6m", given=VISIT, event=VISIT),), True),  # on the day of the event
        ((a_letter("clot_under_6m", given=AT, event=VISIT),), False),  # before it
    ],
)
def test_which_letter_answers(letters: tuple[Letter, ...], answered: bool) -> None:
    outcome = after("clot_under_6m", history=replace(MS, letters=letters)).outcome
    assert outcome is (Outcome.CAUTION if answered else Outcome.CLEARANCE)


@pytest.mark.parametrize(("days", "answered"), [(29, False), (30, True), (31, True), (None, False)])
def test_after_a_stroke_a_letter_counts_from_the_thirtieth_day(days: int | None, answered: bool) -> None:
    event = None if days is None else VISIT - timedelta(days=days)
    letters = (a_letter("stroke_tia_under_3m", event=event),)
    outcome = after("stroke_tia_under_3m", history=replace(MS, letters=letters)).outcome
    assert outcome is (Outcome.CAUTION if answered else Outcome.CLEARANCE)


def test_a_line_of_the_profile_tells_of_the_same_event_again() -> None:
    on_file = replace(MS, letters=(a_letter("clot_under_6m"),))
    asked_in = shipped().phases["profile"].cards
    again = next(line.key for line in shipped().lines.values() if line.card in asked_in)
    assert after(say("clot_under_6m", line=again), history=on_file).outcome is Outcome.CAUTION
    assert after(say("clot_under_6m", line="check.e.3"), history=on_file).outcome is Outcome.CLEARANCE


def test_what_staff_or_typed_words_bring_is_news_that_no_letter_answers() -> None:
    on_file = replace(MS, letters=(a_letter("clot_under_6m"),))
    assert after("clot_under_6m", history=on_file, phase="staff").outcome is Outcome.CLEARANCE


def test_a_hold_ends_at_its_minute() -> None:
    def lifted(ends: datetime, **more: object) -> tuple[str, ...]:
        held = replace(MS, open_holds=(OpenHold("h1", "stomach_bug", AT, ends, Outcome.DEFER),))
        return after(history=held, **more).lifted

    assert lifted(VISIT) == ("h1",)
    assert lifted(VISIT + timedelta(minutes=1)) == ()
    assert lifted(AT, session_at=None) == ("h1",)
    assert lifted(VISIT, session_at=None) == ()


def test_each_code_has_a_lift_of_its_own() -> None:
    unknown = replace(MS, open_holds=(OpenHold("h1", "of_an_older_policy", AT, AT, Outcome.DEFER),))
    decision = after(history=unknown)
    assert (decision.lifted, decision.slot, decision.lift_by) == ((), Slot.REVIEW, (LiftBy.STAFF,))


@pytest.mark.parametrize(
    ("past", "repeat"),
    [
        ((("stomach_bug", -1),), True),  # twice in a row
        ((("stomach_bug", -2), ("unwell_today", -1)), True),  # three in 60 days
        ((("stomach_bug", -61), ("unwell_today", -1)), False),
        ((("unwell_today", -60), ("unwell_today", -1)), True),
        ((("unwell_today", -61), ("unwell_today", -1)), False),
        ((("stomach_bug", 0),), False),  # the same report again
        ((("unwell_today", -1), ("stomach_bug", 0)), False),
        ((), False),
    ],
)
def test_twice_in_a_row_or_three_times_in_sixty_days(past: tuple[tuple[str, int], ...], repeat: bool) -> None:
    history = replace(MS, past_defers=tuple((code, day(days)) for code, days in past))
    assert after("stomach_bug", history=history).repeat is repeat
    assert not after("skin_local", history=history).repeat


# --- what becomes of the time ---


@pytest.mark.parametrize(
    ("told", "held", "visit", "slot", "result"),
    [
        # (code on file, days that it still runs or None) and the days until the visit
        ("", [("surgery_under_6w", 1)], 1, Slot.REVIEW, "result.review"),  # staff lift it, its days are over
        ("", [("surgery_under_6w", 2)], 1, Slot.MOVED, "result.defer"),
        ("stomach_bug item_unsure", [], 1, Slot.PROVISIONAL, "result.defer"),
        ("stomach_bug fracture_recent", [], 1, Slot.PROVISIONAL, "result.defer"),
        ("stomach_bug", [("fracture_recent", None)], 1, Slot.PROVISIONAL, "result.defer"),
        (
            "stomach_bug",
            [("fracture_recent", None), ("unanswered", None)],
            1,
            Slot.PROVISIONAL,
            "result.defer",
        ),
        ("stomach_bug item_unsure", [("unanswered", None)], 1, Slot.PROVISIONAL, "result.defer"),
        ("stomach_bug item_unsure", [("hypo_today", 1)], 1, Slot.PROVISIONAL, "result.defer"),
        ("stomach_bug", [("surgery_under_6w", 1), ("hypo_today", 1)], 1, Slot.PROVISIONAL, "result.defer"),
        ("stomach_bug", [("hypo_today", 1)], 1, Slot.MOVED, "result.defer"),
        (
            "stroke_tia_under_3m",
            [],
            1,
            Slot.PROVISIONAL,
            "result.clearance",
        ),  # 30 days, and the visit is sooner
        ("stroke_tia_under_3m", [], 30, Slot.WAITS, "result.clearance"),
        ("stroke_tia_under_3m", [], None, Slot.WAITS, "result.clearance"),
        ("stroke_tia_under_3m foot_ulcer", [], 1, Slot.FREED, "result.defer_no_date"),
    ],
)
def test_the_fate_of_the_time(
    told: str, held: list[tuple[str, int | None]], visit: int | None, slot: Slot, result: str
) -> None:
    holds = tuple(
        OpenHold(code, code, AT, None if days is None else day_at(days), shipped().row(code).outcome)
        for code, days in held
    )
    session = None if visit is None else day_at(visit)
    decision = after(
        *told.split(), history=replace(MS, open_holds=holds), session_at=session, phase="recheck"
    )
    assert (decision.slot, decision.result) == (slot, result)


def test_at_the_door_a_clear_answer_ends_the_re_check() -> None:
    assert after(phase="door").result == "recheck.clear"
    assert after(phase="door_red").result == "recheck.clear"
    assert after("skin_local", phase="door").result == "result.caution"
