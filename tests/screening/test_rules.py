"""Rules 1 to 16 of the reference, one by one: whoever looks for a rule finds its test by its number."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import screening
from bot.texts import Catalogue
from config.encryption import unseal
from screening import clearance, health, holds
from screening.decision import Decision, History, decide
from screening.holds import NotAllowed
from screening.policy import LiftBy, Outcome, Slot
from screening.questionnaire import Finding, Letter
from screening.tables import Hold
from tests.screening.person import LEAD, THERAPIST, WELL, ZONE, Person
from tests.screening.rounds_of_taps import AT, OK, TODAY, VISIT, about, codes, day, decided, shipped, tapped
from tests.screening.test_reference_rows import ROWS, Row

MS = History(conditions=frozenset({"ms"}), ok=OK)


def after(*told: str, history: History = MS, phase: str = "check", **more: object) -> Decision:
    findings = [Finding(code, shipped().row(code).item) for code in told]
    given: dict[str, object] = {"at": AT, "phase": phase, "session_at": VISIT, **more}
    return decide(shipped(), findings, history, **given)  # type: ignore[arg-type]


def test_rule_01_the_most_severe_outcome_wins_and_all_codes_are_kept() -> None:
    ladder = ("ache_everyday", "stomach_bug", "fracture_recent", "stroke_signs_now")
    for n, worst in enumerate((Outcome.CAUTION, Outcome.DEFER, Outcome.CLEARANCE, Outcome.URGENT), 1):
        decision = after(*ladder[:n])
        assert decision.outcome is worst
        assert [reason.code for reason in decision.reasons] == list(reversed(ladder[:n]))


def test_rule_02_holds_add_up_the_longest_minimum_and_the_ok() -> None:
    decision = after("stomach_bug", "fall_with_injury_7d", "fracture_recent")
    assert (decision.outcome, decision.earliest, decision.slot) == (
        Outcome.CLEARANCE,
        day(7),
        Slot.PROVISIONAL,
    )
    assert set(decision.lift_by) == {LiftBy.FULL_CHECK, LiftBy.LEAD}


@pytest.mark.parametrize("taps", ["", "none none", "none none none none some", "none none none none none"])
def test_rule_03_unknown_is_never_clear(taps: str) -> None:
    whole = "none none none none none"
    decision = decided(tapped("check", about(), *taps.split()))
    assert (decision.outcome is Outcome.CLEAR) == (taps == whole)
    assert after("a_code_of_tomorrow").outcome is Outcome.DEFER
    unsure = decided(tapped("check", about(), *["unsure", "still", "none", "none"]))
    assert (unsure.outcome, unsure.slot) == (Outcome.DEFER, Slot.REVIEW)


async def test_rule_04_a_full_check_of_48_hours_and_a_re_check_of_4(person: Person) -> None:
    assert not (await person.validity()).screened  # none of the two: no session
    await person.tells("check", *WELL)
    assert not (await person.validity()).screened  # the full one alone is not enough
    person.wait(hours=19)
    assert await person.due() is None  # more than 4 hours before the start
    person.wait(hours=2)
    assert await person.due() == "recheck"
    await person.tells("recheck", "none")
    assert (await person.validity()).screened
    person.book(hours=50)
    assert not (await person.validity()).full_ok  # good for 48 hours


async def test_rule_05_upgrade_freely_downgrade_never_by_the_bot(person: Person) -> None:
    await person.says("relapse_current", "staff")
    await person.says("stroke_signs_now", "text")
    await person.tells("check", *WELL, "check.k.2")  # all well now, says the client, and no OK yet
    assert {"relapse_current", "stroke_signs_now"} <= await person.held()
    hold = await person.hold("stroke_signs_now")
    async with person.database.transaction() as session:
        with pytest.raises(NotAllowed):
            await holds.lift(
                session, hold.id, **THERAPIST, reason="well", seen="she said so", now=person.now, zone=ZONE
            )


async def test_rule_06_free_text_is_read_only_to_raise(person: Person) -> None:
    decision = await person.says("chest_pain_now", "text", "my chest hurts")
    assert decision.outcome is Outcome.URGENT
    again = await person.tells("check", *WELL, "check.k.2")
    assert {"answers_conflict", "chest_pain_now"} <= await person.held()
    assert again.outcome is Outcome.URGENT


async def test_rule_07_codes_stay_until_answered_again_or_lifted(person: Person) -> None:
    await person.says("fever_or_infection", "text")
    person.book(days=3)  # another booking, by whatever path
    person.wait(days=2)
    assert await person.held() == {"fever_or_infection"}
    gate = await person.gate()
    assert gate.earliest is not None
    assert gate.earliest > (person.now + timedelta(days=1)).date()
    same = about(settled={"check.d.2": TODAY - timedelta(days=5)})
    asked = ("none", "none", "none", "some", "check.d.2", "thatsall")
    assert codes(tapped("check", same, *asked, "detail.dsame.1", "none")) == set()
    assert tapped("check", same, *asked, "unsure").findings == ()
    prompt = tapped("check", same, *asked, "unsure").prompt
    assert prompt is not None
    assert prompt.card == "DFEEL"  # not sure opens its row anew


def test_rule_08_a_standing_note_is_a_caution_once_and_then_goes_along() -> None:
    first = after("osteoporosis")
    known = after("osteoporosis", history=replace(MS, standing=frozenset({"osteoporosis"})))
    assert (first.outcome, known.outcome) == (Outcome.CAUTION, Outcome.CLEAR)
    assert "osteoporosis" in known.notes
    standing = {row.code for row in ROWS if "standing" in row.marks}
    assert {row.code for row in shipped().findings.values() if row.standing} == standing


def test_rule_09_the_ok_counts_12_months_and_ends_with_what_is_new() -> None:
    last = replace(OK, valid_until=VISIT.date())
    assert after(history=replace(MS, ok=last)).outcome is Outcome.CLEAR
    over = replace(OK, valid_until=VISIT.date() - timedelta(days=1))
    assert [hold.code for hold in after(history=replace(MS, ok=over)).holds] == ["clearance_expired"]
    for code in ("stroke_tia_under_3m", "relapse_current", "clearance_void_changed", "surgery_under_6w"):
        assert after(code).voids_ok, code
    urgent = [row.code for row in ROWS if row.outcome is Outcome.URGENT]
    assert all(after(code).voids_ok for code in urgent)
    letters = {row.code for row in ROWS if "letter" in row.marks}
    assert {row.code for row in shipped().findings.values() if row.needs_letter} == letters
    letter = Letter("fracture_recent", TODAY, day(200), event_on=TODAY - timedelta(days=30))
    assert after("fracture_recent", history=replace(MS, letters=(letter,))).outcome is Outcome.CAUTION


async def test_rule_09_once_a_hold_is_set_a_lead_confirms_the_ok(person: Person) -> None:
    await person.says("clearance_void_changed", "staff")
    sent = await person.sends_ok()
    assert await person.held() == {"clearance_void_changed"}
    async with person.database.transaction() as session:
        with pytest.raises(NotAllowed):
            await clearance.accept(session, sent, **THERAPIST, months=12, now=person.now, zone=ZONE)
        await clearance.accept(session, sent, **LEAD, months=12, now=person.now, zone=ZONE)
    assert await person.held() == set()


@pytest.mark.parametrize(("days", "due"), [(80, "check"), (91, "first_full")])
async def test_rule_10_the_first_questions_again_after_90_days(person: Person, days: int, due: str) -> None:
    async with person.database.transaction() as session:
        await health.note_session(session, person.id, person.now)
    person.wait(days=days)
    person.book(hours=24)
    assert await person.due() == due


async def test_rule_10_the_first_questions_again_after_12_months(person: Person) -> None:
    for wait in (340, 30):
        person.wait(days=wait)
        person.book(hours=24)
        async with person.database.transaction() as session:
            await health.note_session(session, person.id, person.now)
        assert await person.due() == ("check" if wait == 340 else "first_full")


async def test_rule_10_the_first_questions_again_after_an_urgent_event(person: Person) -> None:
    assert await person.due() == "check"
    await person.says("foot_hot_red_swollen", "text")
    assert await person.due() == "first_full"


def test_rule_11_the_same_twice_in_a_row_or_three_in_60_days_is_a_task() -> None:
    def repeats(*past: tuple[str, int]) -> bool:
        days = tuple((code, day(-ago)) for code, ago in past)
        return after("stomach_bug", history=replace(MS, past_defers=days)).repeat

    assert repeats(("stomach_bug", 20))
    assert repeats(("unwell_today", 60), ("intoxicated", 20))
    assert not repeats(("unwell_today", 61), ("intoxicated", 20))
    assert not repeats(("unwell_today", 20))


def test_rule_12_the_message_says_that_it_costs_nothing() -> None:
    words = Catalogue.load()
    free = ("urgent.e.3", "urgent.d.3", "urgent.c_self.3", "urgent.c_hurt.3", "result.defer")
    for key in (*free, "result.clearance", "result.defer_no_date", "result.red_unsure", "check.released"):
        text = words.forms(key)[0]
        assert "no cost" in text or "costs nothing" in text or "costs you nothing" in text, (key, text)
        assert "are you sure" not in text.lower()


def test_rule_13_fixed_rules_with_a_version_and_no_model() -> None:
    told = ("relapse_current", "stomach_bug", "numb_areas_known")
    assert after(*told) == after(*told)
    assert shipped().version
    assert shipped().content_hash
    for path in Path(screening.__file__).parent.glob("*.py"):
        imported = set(re.findall(r"^(?:from|import) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        assert not imported & {"random", "httpx", "socket", "urllib", "requests"}, path.name


def test_rule_15_many_new_cautions_ask_staff_to_look() -> None:
    four = ("numb_areas_known", "touch_pain_known", "spasticity_known", "bladder_urgency_known")
    assert not after(*four).review
    assert after(*four, "heat_cold_sensitive").review
    assert after("numb_areas_known", "skin_local", "allergy_oil").review
    known = replace(MS, standing=frozenset(four))
    assert not after(*four, "heat_cold_sensitive", history=known).review  # newly reported ones count
    assert after(*four, "heat_cold_sensitive").slot is Slot.STAYS


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.outcome >= Outcome.DEFER], ids=lambda row: row.code
)
def test_rule_16_what_happens_to_the_time_and_who_lifts(row: Row) -> None:
    slot, by = {
        "urgent": (Slot.CANCELLED, LiftBy.LEAD),
        "clearance": (Slot.WAITS, LiftBy.LEAD),
        "relapse": (Slot.PROVISIONAL, LiftBy.LEAD),
        "lead": (Slot.REVIEW, LiftBy.LEAD),
        "staff": (Slot.REVIEW, LiftBy.STAFF),
        "staff_call": (Slot.REVIEW, LiftBy.STAFF),
        "answer": (Slot.KEPT, LiftBy.ANSWER),
        "no_date": (Slot.FREED, LiftBy.STAFF),
        "dated": (Slot.MOVED, LiftBy.FULL_CHECK),
        "word": (Slot.MOVED, LiftBy.STAFF),
    }[row.lift]
    (hold,) = after(row.code, phase="text").holds
    assert (hold.slot, hold.lift_by) == (slot, by)


async def test_rule_16_a_lift_names_who_when_why_and_what_was_seen(person: Person) -> None:
    await person.says("skin_contagious", "staff")
    hold = await person.hold("skin_contagious")
    for reason, seen in (("", "the pharmacist's word"), ("healed", "")):
        async with person.database.transaction() as session:
            with pytest.raises(ValueError, match="names why"):
                await holds.lift(
                    session, hold.id, **THERAPIST, reason=reason, seen=seen, now=person.now, zone=ZONE
                )
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=THERAPIST["by"], now=person.now)
        await holds.lift(
            session,
            hold.id,
            **THERAPIST,
            reason="healed",
            seen="the pharmacist's word",
            now=person.now,
            zone=ZONE,
        )
        row = await session.get(Hold, hold.id)
        assert row is not None
        assert (row.lifted_by, row.lifted_at) == (THERAPIST["by"], person.now)
        kept = await unseal(session, person.id, f"hold.sealed_lift:{hold.id}", row.sealed_lift or b"")
    assert {"healed", "the pharmacist's word"} <= set(kept.values())
