"""Holds: nothing gets weaker, nobody books around one, and each ends only as rule 16 says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import Clock
from config.database import Database
from screening import clearance, holds, interview, steady
from screening.holds import AlreadyDecided, NotAllowed, NotYet
from screening.policy import Outcome
from tests.screening.person import ADMIN, LEAD, PROFILE, THERAPIST, WELL, ZONE, Person, sign


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    """A person with MS, profile told, a visit in 20 hours."""
    await sign(database, clock.now())
    told = Person(database, clock)
    await told.starts()
    await told.tells("first", *PROFILE, "none", "none", "none")
    told.book(hours=20)
    return told


async def lift(person: Person, code: str, who: dict, seen: str = "spoke on the phone") -> None:
    hold = await person.hold(code)
    async with person.database.transaction() as session:
        await holds.lift(session, hold.id, **who, reason="settled", seen=seen, now=person.now, zone=ZONE)


async def contact(person: Person, code: str, who: dict = LEAD) -> None:
    hold = await person.hold(code)
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=who["by"], now=person.now)


async def accept_ok(person: Person, **days: int) -> clearance.Accepted:
    sent = await person.sends_ok(**days)
    async with person.database.transaction() as session:
        return await clearance.accept(session, sent, **LEAD, months=12, now=person.now, zone=ZONE)


# code -> may book at all, provisional, needs an OK, why
GATES = [
    ("stroke_signs_now", False, False, True, "why.hold.urgent"),
    ("suicidal_thoughts", False, False, True, "why.hold.urgent"),
    ("change_unsure", False, False, False, "why.hold.review"),
    ("relapse_unsure", False, False, False, "why.hold.review"),
    ("red_flag_unsure", False, False, False, "why.hold.review"),
    ("foot_ulcer", False, False, False, "why.hold.no_date"),
    ("ac_large_bruise", False, False, False, "why.hold.after"),
    ("doctor_advised_against", False, False, True, "why.hold.clearance"),
    ("under_18", False, False, True, "why.hold.clearance"),
    ("clearance_void_changed", True, False, True, "why.hold.clearance"),
    ("relapse_current", True, True, True, "why.hold.relapse"),
    ("fever_or_infection", True, False, False, "why.hold.dated"),
    ("unanswered", True, False, False, "why.hold.unanswered"),
    ("system_error", True, False, False, "why.hold.unanswered"),
]


@pytest.mark.parametrize(("code", "may_book", "provisional", "needs_ok", "why"), GATES)
async def test_a_new_booking_meets_every_hold(
    person: Person, code: str, may_book: bool, provisional: bool, needs_ok: bool, why: str
) -> None:
    await person.says(code, "staff")
    gate = await person.gate()
    assert (gate.may_book, gate.provisional, gate.needs_ok, gate.why) == (
        may_book,
        provisional,
        needs_ok,
        why,
    )
    assert not (await person.validity()).screened


async def test_no_hold_leaves_the_way_free(person: Person) -> None:
    gate = await person.gate()
    assert (gate.may_book, gate.why, gate.holds) == (True, None, ())


async def test_holds_add_up_and_the_longest_date_counts(person: Person) -> None:
    await person.says("unwell_today", "staff")
    await person.says("fever_or_infection", "staff")
    gate = await person.gate()
    assert await person.held() == {"unwell_today", "fever_or_infection"}
    assert gate.earliest == (await person.hold("fever_or_infection")).earliest


async def test_telling_again_never_weakens_a_hold(person: Person) -> None:
    await person.says("fever_or_infection", "staff", "since Sunday")
    first = await person.hold("fever_or_infection")
    person.wait(days=2)
    await person.says("fever_or_infection", "staff")
    again = await person.hold("fever_or_infection")
    assert again.id == first.id
    assert again.set_at == first.set_at
    assert again.not_before is not None
    assert first.not_before is not None
    assert again.not_before >= first.not_before + timedelta(days=2)
    assert again.words == "since Sunday"


async def test_a_contact_about_the_earlier_report_does_not_count_for_the_new_one(person: Person) -> None:
    await person.says("change_unsure", "staff")
    await contact(person, "change_unsure", ADMIN)
    person.wait(hours=1)
    await person.says("change_unsure", "staff")
    with pytest.raises(NotYet) as refused:
        await lift(person, "change_unsure", ADMIN)
    assert refused.value.missing == ("contact",)


# code -> who may lift after contact (rule 16)
WHO = [
    ("change_unsure", ADMIN, True),
    ("change_unsure", THERAPIST, True),
    ("item_unsure", LEAD, True),
    ("relapse_unsure", ADMIN, False),
    ("relapse_unsure", LEAD, True),
    ("red_flag_unsure", ADMIN, True),
    ("answers_conflict", THERAPIST, True),
    ("foot_ulcer", ADMIN, True),
    ("ac_soreness_over_72h", THERAPIST, True),
    ("stroke_signs_now", ADMIN, False),
    ("doctor_ok_missing", ADMIN, False),
    ("relapse_current", THERAPIST, False),
    ("fever_or_infection", LEAD, False),
    ("unanswered", LEAD, False),
]


@pytest.mark.parametrize(("code", "who", "may"), WHO)
async def test_who_may_lift(person: Person, code: str, who: dict, may: bool) -> None:
    await person.says(code, "staff")
    await contact(person, code, who)
    if may:
        await lift(person, code, who)
        assert await person.held() == set()
    else:
        with pytest.raises(NotAllowed):
            await lift(person, code, who)
        assert await person.held() == {code}


async def test_staff_review_is_lifted_after_contact_only(person: Person) -> None:
    await person.says("change_unsure", "staff")
    with pytest.raises(NotYet) as refused:
        await lift(person, "change_unsure", ADMIN)
    assert refused.value.missing == ("contact",)


async def test_a_lift_names_what_was_seen(person: Person) -> None:
    await person.says("change_unsure", "staff")
    await contact(person, "change_unsure")
    with pytest.raises(ValueError, match="what was seen"):
        await lift(person, "change_unsure", ADMIN, seen="  ")


async def test_the_first_lift_counts(person: Person) -> None:
    await person.says("change_unsure", "staff")
    await contact(person, "change_unsure")
    hold = await person.hold("change_unsure")
    await lift(person, "change_unsure", ADMIN)
    async with person.database.transaction() as session:
        with pytest.raises(AlreadyDecided) as refused:
            await holds.lift(session, hold.id, **LEAD, reason="a", seen="b", now=person.now, zone=ZONE)
        lifted = await holds.get(session, hold.id)
    assert refused.value.by == ADMIN["by"]
    assert lifted.lifted_by == ADMIN["by"]
    assert lifted.lift == {"reason": "settled", "seen": "spoke on the phone"}


async def test_a_relapse_hold_never_ends_by_time_alone(person: Person) -> None:
    await person.says("relapse_current", "staff")
    person.wait(days=400)
    person.book(hours=20)
    assert "relapse_current" in await person.held()
    with pytest.raises(NotYet) as refused:
        await lift(person, "relapse_current", LEAD)
    assert set(refused.value.missing) == {"steady", "ended", "ok"}


async def test_a_relapse_hold_ends_with_all_three(person: Person) -> None:
    await person.says("relapse_current", "staff")
    person.wait(days=40)
    today = person.now.astimezone(ZONE).date()
    async with person.database.transaction() as session:
        await steady.tell(
            session,
            person.id,
            since=today - timedelta(days=13),
            ended_on=today - timedelta(days=29),
            now=person.now,
        )
    await accept_ok(person)
    with pytest.raises(NotYet) as refused:
        await lift(person, "relapse_current", LEAD)
    assert set(refused.value.missing) == {"steady", "ended"}
    person.wait(days=1)
    await lift(person, "relapse_current", LEAD)
    assert await person.held() == set()


async def test_an_ok_from_before_the_relapse_does_not_count(person: Person) -> None:
    await accept_ok(person)
    person.wait(days=3)
    await person.says("relapse_current", "staff")
    person.wait(days=45)
    today = person.now.astimezone(ZONE).date()
    async with person.database.transaction() as session:
        await steady.tell(
            session,
            person.id,
            since=today - timedelta(days=14),
            ended_on=today - timedelta(days=30),
            now=person.now,
        )
    await accept_ok(person, days_ago=47)
    with pytest.raises(NotYet) as refused:
        await lift(person, "relapse_current", LEAD)
    assert refused.value.missing == ("ok",)


async def test_urgent_blocks_until_a_lead_has_spoken_and_a_new_ok_is_there(person: Person) -> None:
    decision = await person.says("chest_pain_now", "text", "my chest hurts")
    assert decision.outcome is Outcome.URGENT
    person.wait(days=100)
    assert not (await person.gate()).may_book
    with pytest.raises(NotYet) as refused:
        await lift(person, "chest_pain_now", LEAD)
    assert refused.value.missing == ("contact", "ok")
    await contact(person, "chest_pain_now")
    with pytest.raises(NotYet):
        await lift(person, "chest_pain_now", LEAD)
    await accept_ok(person)
    await lift(person, "chest_pain_now", LEAD)
    assert (await person.gate()).may_book
    assert await person.due() in {"first", "first_full"}  # rule 10: the full screen again


async def test_an_urgent_event_ends_the_ok(person: Person) -> None:
    async with person.database.reading() as session:
        before = await clearance.state(session, person.id, person.now, ZONE)
    assert before.kind == "valid"
    await person.says("chest_pain_now")
    async with person.database.reading() as session:
        after = await clearance.state(session, person.id, person.now, ZONE)
    assert after.kind == "void"


async def test_fever_lifts_by_the_next_full_check_not_by_time(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    assert await person.held() == {"fever_or_infection"}
    day = (await person.gate()).earliest
    assert day is not None
    person.wait(days=9)
    assert await person.held() == {"fever_or_infection"}
    person.book(hours=20)
    assert await person.due() == "check"
    decision = await person.tells("check", *WELL)
    assert decision.outcome is Outcome.CLEAR
    assert await person.held() == set()


async def test_fever_is_not_lifted_by_a_check_for_a_day_before_the_minimum(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    person.wait(days=2)
    person.book(hours=20)
    await person.tells("check", *WELL)
    assert await person.held() == {"fever_or_infection"}
    assert not (await person.validity()).screened


async def test_a_helper_lowers_nothing(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    person.wait(days=9)
    person.book(hours=20)
    decision = await person.tells("check", *WELL, answered_by="helper")
    assert await person.held() == {"fever_or_infection"}
    assert decision.outcome is Outcome.DEFER


async def test_what_a_person_lifted_asks_same_or_worse_before_it_holds_again(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "none", "some", "check.d.2", "thatsall", "unsure", "none", "right"
    )
    assert await person.held() == {"change_unsure"}
    await contact(person, "change_unsure")
    await lift(person, "change_unsure", ADMIN)
    person.wait(days=5)
    person.book(hours=20)
    opened = await person.opens("check")
    shown = await person.taps(opened, "none", "none", "none", "some", "check.d.2", "thatsall")
    assert shown.prompt is not None
    assert shown.prompt.key == "detail.dsame"


async def test_an_ok_given_in_a_relapse_stands_when_its_end_is_told(person: Person) -> None:
    await person.says("relapse_current", "staff")
    person.wait(days=20)
    await accept_ok(person)
    await person.says("relapse_ended_under_30d", "staff")
    async with person.database.reading() as session:
        assert (await clearance.state(session, person.id, person.now, ZONE)).kind == "valid"
    person.wait(days=40)
    today = person.now.astimezone(ZONE).date()
    async with person.database.transaction() as session:
        await steady.tell(
            session,
            person.id,
            since=today - timedelta(days=30),
            ended_on=today - timedelta(days=41),
            now=person.now,
        )
    await lift(person, "relapse_current", LEAD)
    await lift(person, "relapse_ended_under_30d", LEAD)
    assert (await person.gate()).may_book


async def test_the_same_defer_twice_in_a_row_asks_for_a_person(person: Person) -> None:
    first = await person.says("unwell_today", "staff")
    person.wait(days=5)
    again = await person.says("unwell_today", "staff")
    assert (first.repeat, again.repeat) == (False, True)


async def test_the_clinic_may_lengthen_a_hold(person: Person) -> None:
    async with person.database.transaction() as session:
        decision = await interview.raise_finding(
            session,
            person.id,
            "contagious_illness",
            "staff",
            person.now,
            zone=ZONE,
            clinic_days={"contagious_days": 9},
        )
    assert decision.earliest == person.now.astimezone(ZONE).date() + timedelta(days=9)


async def test_a_minimum_stands_though_a_check_for_a_later_visit_was_well(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    least = (await person.gate()).earliest
    assert least is not None
    person.wait(days=6)
    person.book(hours=40)
    await person.tells("check", *WELL)
    assert await person.held() == set()
    assert ((await person.gate()).earliest, (await person.gate()).why) == (least, "why.hold.dated")
    assert (await person.validity()).full_ok
    person.book(hours=13)  # a visit before the day
    assert not (await person.validity()).full_ok
    person.wait(days=2)
    assert (await person.gate()).earliest is None


async def test_a_relapse_told_again_asks_for_new_steady_days(person: Person) -> None:
    await person.says("relapse_current", "staff")
    person.wait(days=40)
    today = person.now.astimezone(ZONE).date()
    async with person.database.transaction() as session:
        await steady.tell(
            session,
            person.id,
            since=today - timedelta(days=20),
            ended_on=today - timedelta(days=35),
            now=person.now,
        )
    await accept_ok(person)
    person.wait(hours=1)
    await person.says("new_or_worse_symptom_over_24h", "staff")
    with pytest.raises(NotYet) as refused:
        await lift(person, "relapse_current", LEAD)
    assert {"steady", "ended"} <= set(refused.value.missing)


async def test_a_letter_about_an_earlier_event_does_not_lift_a_new_one(person: Person) -> None:
    await person.says("clot_under_6m", "staff")
    for _ in range(2):
        hold = await person.hold("clot_under_6m")
        async with person.database.reading() as session:
            assert set(await holds.missing(session, hold, person.now, ZONE)) == {"ok", "letter"}
        sent = await person.sends_ok(kind="letter")
        async with person.database.transaction() as session:
            await clearance.accept(
                session, sent, **LEAD, months=12, now=person.now, zone=ZONE, answers={hold.id}
            )
        assert await person.held() == set()
        person.wait(days=20)
        await person.says("clot_under_6m", "staff")


async def test_a_first_ok_that_may_be_older_than_the_last_relapse_does_not_count(
    database: Database, clock: Clock
) -> None:
    await sign(database, clock.now())
    newcomer = Person(database, clock)
    await newcomer.starts(ok="2")
    assert await newcomer.held() == {"doctor_ok_missing"}
    assert (await accept_ok(newcomer, days_ago=181)).freed == ()
    assert len((await accept_ok(newcomer, days_ago=179)).freed) == 1
