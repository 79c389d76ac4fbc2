"""The doctor's OK: how it comes, who takes it, how long it counts, what ends it (rules 2 and 9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from screening import clearance, holds
from screening.ok_days import BadOk, add_months
from screening.policy import Outcome
from tests.screening.person import ADMIN, LEAD, PROFILE, THERAPIST, WELL, ZONE, Person


async def state(person: Person) -> clearance.State:
    async with person.database.reading() as session:
        return await clearance.state(session, person.id, person.now, ZONE)


async def accept(
    person: Person, sent: str, who: dict = LEAD, months: int = 12, **more: object
) -> clearance.Accepted:
    async with person.database.transaction() as session:
        return await clearance.accept(session, sent, **who, months=months, now=person.now, zone=ZONE, **more)


async def test_not_yet_at_first_contact_waits_for_the_ok(newcomer: Person) -> None:
    decision = await newcomer.starts(ok="first.ok.2")
    assert decision.outcome is Outcome.CLEARANCE
    gate = await newcomer.gate()
    assert (gate.may_book, gate.needs_ok, gate.send_ok) == (True, True, True)
    assert await newcomer.held() == {"doctor_ok_missing"}


async def test_doctor_said_no_books_nothing_and_needs_a_letter(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.3")
    assert not (await newcomer.gate()).may_book
    with pytest.raises(BadOk) as refused:
        await newcomer.sends_ok()
    assert refused.value.code == "letter"


async def test_typed_ok_accepted_by_a_lead_frees_the_way(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.2")
    sent = await newcomer.sends_ok(days_ago=10)
    assert (await state(newcomer)).kind == "pending"
    assert await newcomer.held() == {"doctor_ok_missing"}
    done = await accept(newcomer, sent)
    assert len(done.freed) == 1
    assert await newcomer.held() == set()
    now = await state(newcomer)
    assert (now.kind, now.who, now.limits) == ("valid", "Dr Novak", "no heat on the feet")


async def test_it_never_counts_longer_than_12_months_from_its_day(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.2")
    given = newcomer.now.astimezone(ZONE).date() - timedelta(days=300)
    done = await accept(newcomer, await newcomer.sends_ok(days_ago=300))
    assert done.until == add_months(given, 12)


async def test_months_from_today_where_that_is_sooner(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.2")
    done = await accept(newcomer, await newcomer.sends_ok(days_ago=1), months=3)
    assert done.until == add_months(newcomer.now.astimezone(ZONE).date(), 3)


@pytest.mark.parametrize(("days_ago", "code"), [(-1, "future"), (400, "too_old")])
async def test_a_day_that_cannot_be(newcomer: Person, days_ago: int, code: str) -> None:
    with pytest.raises(BadOk) as refused:
        await newcomer.sends_ok(days_ago=days_ago)
    assert refused.value.code == code


@pytest.mark.parametrize("who", [ADMIN, THERAPIST])
async def test_while_a_hold_needs_it_only_a_lead_decides(newcomer: Person, who: dict) -> None:
    await newcomer.starts(ok="first.ok.2")
    sent = await newcomer.sends_ok()
    with pytest.raises(holds.NotAllowed):
        await accept(newcomer, sent, who)
    assert await newcomer.held() == {"doctor_ok_missing"}


async def test_with_no_hold_an_admin_may(newcomer: Person) -> None:
    sent = await newcomer.sends_ok()
    done = await accept(newcomer, sent, ADMIN)
    assert done.freed == ()
    assert (await state(newcomer)).kind == "valid"


async def test_refused_with_a_reason_leaves_the_hold(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.2")
    sent = await newcomer.sends_ok()
    async with newcomer.database.transaction() as session:
        await clearance.refuse(session, sent, **LEAD, reason="x2", now=newcomer.now)
        with pytest.raises(holds.AlreadyDecided) as refused:
            await clearance.accept(session, sent, **LEAD, months=12, now=newcomer.now, zone=ZONE)
        with pytest.raises(ValueError, match="reasons"):
            await clearance.refuse(session, sent, **LEAD, reason="x9", now=newcomer.now)
    assert refused.value.by == LEAD["by"]
    assert await newcomer.held() == {"doctor_ok_missing"}
    assert (await state(newcomer)).kind == "none"


async def test_an_ok_from_before_the_event_does_not_answer_it(newcomer: Person) -> None:
    await newcomer.starts()
    await newcomer.says("clearance_void_changed", "staff")
    done = await accept(newcomer, await newcomer.sends_ok(days_ago=5))
    assert done.freed == ()
    assert [missing for _, missing in done.still] == [("ok",)]
    done = await accept(newcomer, await newcomer.sends_ok())
    assert len(done.freed) == 1


@pytest.mark.parametrize(
    ("days_ago", "refused"),
    [(None, "before"), (4, "before"), (5, None), (20, None)],  # None: only the day they told us is known
)
async def test_an_ok_older_than_what_was_told_answers_what_happened_before_it(
    newcomer: Person, days_ago: int | None, refused: str | None
) -> None:
    await newcomer.starts()
    await newcomer.says("clearance_void_changed", "staff")
    hold = await newcomer.hold("clearance_void_changed")
    sent = await newcomer.sends_ok(days_ago=5)
    today = newcomer.now.astimezone(ZONE).date()
    events = {} if days_ago is None else {hold.id: today - timedelta(days=days_ago)}
    if refused is None:
        done = await accept(newcomer, sent, answers=[hold.id], events=events)
        assert done.freed == (hold.id,)
        return
    with pytest.raises(BadOk) as error:
        await accept(newcomer, sent, answers=[hold.id], events=events)
    assert error.value.code == refused
    assert await newcomer.held() == {"clearance_void_changed"}


async def test_a_lead_is_asked_only_for_what_a_day_does_not_settle(newcomer: Person) -> None:
    await newcomer.starts(ok="first.ok.2")
    for code in ("clearance_void_changed", "clot_under_6m", "cancer_active_no_ok", "fever_or_infection"):
        await newcomer.says(code, "staff")
    today = newcomer.now.astimezone(ZONE).date()
    async with newcomer.database.reading() as session:
        newer = await clearance.to_name(session, newcomer.id, today, ZONE)
        older = await clearance.to_name(session, newcomer.id, today - timedelta(days=1), ZONE)
    assert {one.hold.code: one.event for one in newer} == {
        "clot_under_6m": True,
        "cancer_active_no_ok": False,
    }
    assert {one.hold.code for one in older} - {one.hold.code for one in newer} == {"clearance_void_changed"}
    assert {one.told_on for one in older} == {today}


@pytest.mark.parametrize(
    "code",
    [
        "cancer_active_no_ok",
        "stroke_tia_under_3m",
        "clot_under_6m",
        "heart_event_or_unstable",
        "fracture_recent",
        "bone_metastases",
        "pregnancy_no_ok",
        "seizure_uncontrolled",
        "organ_failure",
    ],
)
async def test_rule_9_needs_a_letter_that_a_lead_names(newcomer: Person, code: str) -> None:
    await newcomer.starts()
    await newcomer.says(code, "staff")
    with pytest.raises(BadOk):
        await newcomer.sends_ok()
    newcomer.wait(days=31)
    done = await accept(newcomer, await newcomer.sends_ok(kind="letter"))
    assert done.freed == ()
    hold = await newcomer.hold(code)
    done = await accept(newcomer, await newcomer.sends_ok(kind="letter"), answers=[hold.id])
    assert done.freed == (hold.id,)


async def test_no_session_in_the_first_30_days_after_a_stroke_letter_or_not(newcomer: Person) -> None:
    await newcomer.starts()
    await newcomer.says("stroke_tia_under_3m", "staff")
    hold = await newcomer.hold("stroke_tia_under_3m")
    done = await accept(newcomer, await newcomer.sends_ok(kind="letter"), answers=[hold.id])
    assert done.freed == ()
    assert hold.earliest is not None
    assert hold.earliest - newcomer.now.astimezone(ZONE).date() >= timedelta(days=30)


@pytest.mark.parametrize(
    "code",
    [
        "relapse_current",
        "clearance_void_changed",
        "surgery_under_6w",
        "chest_pain_now",
        "visual_blur_over_days",
    ],
)
async def test_events_end_the_ok_at_once(newcomer: Person, code: str) -> None:
    await newcomer.starts()
    await accept(newcomer, await newcomer.sends_ok())
    assert (await state(newcomer)).kind == "valid"
    await newcomer.says(code, "staff")
    assert (await state(newcomer)).kind == "void"


@pytest.mark.parametrize("code", ["fever_or_infection", "skin_local", "unanswered", "slow_change_known"])
async def test_other_findings_leave_it(newcomer: Person, code: str) -> None:
    await newcomer.starts()
    await accept(newcomer, await newcomer.sends_ok())
    await newcomer.says(code, "staff")
    assert (await state(newcomer)).kind == "valid"


async def test_yes_on_the_cards_counts_at_once_but_half_a_year(newcomer: Person) -> None:
    await newcomer.starts()
    await newcomer.tells("first", *PROFILE, "none", "none", "none")
    now = await state(newcomer)
    assert (now.kind, now.given_on) == ("valid", None)
    assert now.until == add_months(newcomer.now.astimezone(ZONE).date(), 6)


async def test_an_ok_that_ran_out_makes_the_check_wait(newcomer: Person) -> None:
    await newcomer.starts()
    await newcomer.tells("first", *PROFILE, "none", "none", "none")
    newcomer.wait(days=70)
    await accept(newcomer, await newcomer.sends_ok(days_ago=0), ADMIN, months=1)
    newcomer.wait(days=200)
    newcomer.book(hours=20)
    assert (await state(newcomer)).kind == "expired"
    assert not (await newcomer.validity()).screened
    opened = await newcomer.opens("check")
    shown = await newcomer.taps(opened, *WELL)
    assert shown.prompt is not None
    assert shown.prompt.key == "check.k"


async def test_those_that_end_soon_are_found_once(newcomer: Person) -> None:
    await accept(newcomer, await newcomer.sends_ok(), ADMIN, months=1)
    today = newcomer.now.astimezone(ZONE).date()
    async with newcomer.database.reading() as session:
        assert await clearance.expiring(session, today, days=7) == []
        soon = await clearance.expiring(session, today, days=31)
    assert [(client, until) for client, _, until in soon] == [(newcomer.id, add_months(today, 1))]
    await accept(newcomer, await newcomer.sends_ok(), ADMIN, months=12)
    async with newcomer.database.reading() as session:
        assert await clearance.expiring(session, today, days=31) == []
