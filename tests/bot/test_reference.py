"""What an answer does to the visit, as the reference says, and that the therapist's day shows it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import from_minutes
from scheduling import tasks
from scheduling.appointments import ON_HOLD, RELEASED, STOPPED, TENTATIVE, Appointment
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, checked, day_of, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def at_the_check(world: World, chat: Chat, **more: object) -> Appointment:
    """A visit in three days; the clock stands where its questions have just come."""
    client = await known(world, chat, **more)  # type: ignore[arg-type]
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    return visit


async def taps(world: World, chat: Chat, *names: str) -> None:
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name)


async def status(chat: Chat, visit: Appointment) -> list[str]:
    """What the day of the visit's old time says about it."""
    return [row.status for row in await day_of(chat.house, visit) if row.appointment_id == visit.id]


async def kinds(chat: Chat, visit: Appointment) -> set[str]:
    async with chat.house.database.reading() as session:
        return {task.kind for task in await tasks.of_client(session, visit.client_id)}


async def test_a_relapse_moves_the_visit_and_nothing_is_firm(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await taps(world, chat, "none", "none", "none", "some", "check.d.1m", "thatsall", "detail.drel.1")
    await taps(world, chat, "none")
    assert chat.screen.key == "check.confirm"
    assert "A relapse or flare, or maybe one" in chat.screen.text
    await taps(world, chat, "right")
    assert chat.screen.key == "result.defer_relapse"
    assert "is kept for you, but is not firm yet" in chat.screen.text
    assert "call 555 0100" in chat.screen.text
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.provisional) == (TENTATIVE, True)
    assert from_minutes(now.starts_at) >= chat.house.clock.now() + timedelta(days=14)
    assert "relapse_current" in await open_codes(chat.house, visit.client_id)
    assert await status(chat, visit) == ["moved"]


async def test_a_fever_moves_the_visit_a_week_and_one_tap_keeps_the_new_time(
    world: World, chat: Chat
) -> None:
    visit = await at_the_check(world, chat)
    await taps(world, chat, "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none")
    await taps(world, chat, "right")
    assert chat.screen.key == "result.defer"
    assert "Fever, shivers, or feeling very ill" in chat.screen.text
    assert "It costs nothing, and you keep your place." in chat.screen.text
    moved = await visit_of(chat.house, visit.id)
    assert moved.state == TENTATIVE
    assert from_minutes(moved.starts_at) >= chat.house.clock.now() + timedelta(days=5)
    assert await status(chat, visit) == ["moved"]
    await chat.tap("keep")
    assert chat.screen.key == "moved.thanks"
    assert (await visit_of(chat.house, visit.id)).state == "booked"


async def test_a_new_symptom_over_a_day_moves_the_visit_until_a_lead_lifts(world: World, chat: Chat) -> None:
    visit = await at_the_check(
        world, chat, conditions=frozenset({"neuropathy", "neuropathy_diabetes", "diabetes", "numb_feet"})
    )
    await taps(
        world, chat, "none", "none", "none", "some", "check.d.2", "thatsall", "detail.dfeel.1", "detail.dn2.2"
    )
    await taps(world, chat, "none", "right")
    assert chat.screen.key == "result.defer_step"
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.provisional) == (TENTATIVE, True)
    assert from_minutes(now.starts_at) >= chat.house.clock.now() + timedelta(days=13)
    assert await status(chat, visit) == ["moved"]


async def test_an_unanswered_check_is_never_clear(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await world.later(hours=13)
    await chat.look()
    assert chat.screen.key == "check.cutoff"
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.hold_reason) == (ON_HOLD, "unanswered")
    assert "call" in await kinds(chat, visit)
    assert await status(chat, visit) == ["pending"]
    await chat.tap("check")
    await taps(world, chat, "none", "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"  # a late answer still counts
    assert (await visit_of(chat.house, visit.id)).state == "booked"
    assert await status(chat, visit) == ["cleared"]


async def test_nobody_answered_at_all_and_the_time_goes_to_others(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await world.later(hours=13)
    await world.later(hours=8)
    await chat.look()
    assert chat.screen.key == "check.released"
    assert (await visit_of(chat.house, visit.id)).state == RELEASED
    assert await status(chat, visit) == ["cancelled"]


async def test_a_missing_ok_holds_the_visit_for_the_doctor(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    visit = await booked(world, client, in_days(world, 9))
    assert visit.provisional
    assert await status(chat, visit) == ["needs_ok"]
    await world.later(days=6, hours=3)  # past the day by which the OK had to come
    await chat.look()
    assert chat.screen.key == "ok.late"
    assert (await visit_of(chat.house, visit.id)).state == TENTATIVE  # the best later time is kept meanwhile
    assert await status(chat, visit) == ["moved"]


async def test_a_doctor_who_said_no_holds_the_visit(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await taps(world, chat, "none", "none", "none", "none", "some", "check.e.2", "thatsall", "detail.dhosp.5")
    await taps(world, chat, "none", "none", "right")
    assert chat.screen.key == "result.clearance"
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.hold_reason) == (ON_HOLD, "clearance")
    assert await status(chat, visit) == ["needs_ok"]


async def test_a_stroke_sign_sends_the_number_first_and_stops_the_visit(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await taps(world, chat, "some", "check.a.1", "detail.dstr.1")
    act = await chat.look("urgent")
    assert act.key == "urgent.e"
    assert act.text.startswith("Call 112 now. Do not wait. Note the time it began.")
    assert "You told us: Face drooping on one side." in act.text
    assert (await visit_of(chat.house, visit.id)).state == STOPPED
    assert "stroke_signs_now" in await open_codes(chat.house, visit.client_id)
    assert "urgent" in await kinds(chat, visit)
    assert await status(chat, visit) == ["cancelled"]
    check = await chat.look(f"check:{visit.id}")
    assert check.text.startswith("Questions for")  # nothing of health is left on the card
    assert len([t for t in chat.texts if "Call 112 now" in t]) == 1  # sent once


async def test_not_sure_about_a_sign_waits_for_a_call(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await taps(world, chat, "unsure", "still", "none", "none")
    assert chat.screen.key == "result.red_unsure"
    assert "116 117" in chat.screen.text
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.hold_reason) == (ON_HOLD, "review")
    assert await status(chat, visit) == ["in_review"]
    await taps(world, chat, "now", "check.a.1")
    assert (await chat.look("urgent")).key == "urgent.e"
    assert (await visit_of(chat.house, visit.id)).state == STOPPED


async def test_the_question_of_the_day_takes_one_tap(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await checked(world, visit)
    await world.until("recheck.t")
    await chat.look()
    assert chat.screen.key == "recheck.t"
    await chat.tap("none")
    assert chat.screen.key == "recheck.clear"
    assert (await visit_of(chat.house, visit.id)).rechecked_at is not None
    assert await status(chat, visit) == ["cleared"]
