"""No OK yet: a time can be chosen, stays provisional, and everybody reads what is still waited for."""

from __future__ import annotations

import pytest

from scheduling import booking, clinic, tasks
from scheduling.appointments import BOOKED, HELD, ON_HOLD, TENTATIVE, Appointment
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WELL = {"profile.heat_cold": "o4", "profile.relapse": "o4", "profile.hopes": "o1"}


async def told(world: World, chat: Chat, **other: str) -> list[str]:
    """The cards from [Go on] on, all well but what is named; stops at a screen that is no card."""
    answers = {**WELL, **{key.replace("_", ".", 1): value for key, value in other.items()}}
    walked: list[str] = []
    while chat.screen.key.startswith(("profile.", "check.", "detail.")):
        walked.append(chat.screen.key)
        await world.later(seconds=4)
        await chat.tap(answers.get(chat.screen.key, "none"))
    return walked


async def first_time(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o2")  # MS, mornings, no OK yet
    assert chat.screen.key == "book.first"
    await chat.tap("slot1", "goon")


async def test_not_yet_asked_the_doctor_and_never_a_relapse_books(world: World, chat: Chat) -> None:
    await first_time(chat)
    walked = await told(world, chat)
    assert "check.confirm" not in walked  # nothing that was answered changes the visit
    assert chat.screen.key == "book.phone"
    await chat.tap("nophone")
    assert chat.screen.key == "book.confirm"
    assert "We need your doctor's OK by" in chat.screen.text
    await chat.tap("confirm")
    visit = await chat.appointment()
    assert (visit.state, visit.provisional) == (BOOKED, True)
    assert visit.ok_by is not None
    await world.later(minutes=30)
    assert (await visit_of(chat.house, visit.id)).state == BOOKED
    assert await open_codes(chat.house, visit.client_id) == {"doctor_ok_missing"}


async def test_a_relapse_months_ago_needs_the_same_ok_and_no_other(world: World, chat: Chat) -> None:
    await first_time(chat)
    walked = await told(world, chat, profile_relapse="o3", check_confirm="right")
    assert walked[-1] == "check.confirm"  # a relapse this year is said once more
    await chat.tap("nophone", "confirm")
    visit = await chat.appointment()
    assert (visit.state, visit.provisional) == (BOOKED, True)
    assert "relapse_after_clearance" in await open_codes(chat.house, visit.client_id)


async def test_a_new_clearance_among_the_questions_keeps_the_time(world: World, chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o1", "times")
    await chat.tap([name for name in chat.screen.names if name.startswith("day.")][-1], "hour", "goon")
    while chat.screen.key != "profile.h":
        await chat.tap({"profile.p0a": "none", "profile.p0b": "none", **WELL}.get(chat.screen.key, "o1"))
    await chat.tap("some", "profile.h.4", "thatsall")
    await told(world, chat, detail_dbone="o2", check_confirm="right")
    assert chat.screen.key == "result.clearance", chat.screen
    assert "waits for that" in chat.screen.text
    visit = await chat.appointment()
    await world.later(minutes=30)
    kept = await visit_of(chat.house, visit.id)
    assert (kept.state, kept.hold_reason) == (ON_HOLD, "clearance")


async def test_a_time_that_no_ok_can_reach_is_not_called_kept(world: World, chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o1", "slot1", "goon")
    async with chat.house.database.transaction() as session:
        (await clinic.rules(session)).lead_days_without_ok = 30
    await chat.tap("o1", "o2")  # something new since the OK
    await told(world, chat, check_confirm="right")
    assert chat.screen.key == "book.need_ok"
    assert (await chat.appointment()).state != HELD


async def tasks_of(chat: Chat, client_id: str) -> list[str]:
    async with chat.house.database.reading() as session:
        return [task.kind for task in await tasks.of_client(session, client_id)]


async def test_one_row_for_staff_in_its_own_words(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat, ok="no")
    visit = await booked(world, client, in_days(world, 9))
    await admin.start()
    await admin.say("/tasks")
    assert "The OK of Maria K. is still missing." in admin.screen.text
    assert "Check the OK" not in admin.screen.text
    await world.later(minutes=4)
    await chat.say("/visits")
    await chat.tap("visit", "sendok", "typed")
    await chat.say("Dr Novak, 22 Feb 2027")
    assert await tasks_of(chat, client) == ["ok"]
    await admin.say("/tasks")
    assert "Check the OK of Maria K." in admin.screen.text
    assert "still missing" not in admin.screen.text
    async with chat.house.database.transaction() as session:
        await booking.cancel(session, visit.id, chat.house.clock.now(), actor=client)
    assert await tasks_of(chat, client) == ["ok"]  # what was sent is looked at all the same


async def test_a_visit_that_is_gone_asks_for_no_ok(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    await booked(world, client, in_days(world, 9))
    assert await tasks_of(chat, client) == ["clearance"]
    await chat.say("/visits")
    await chat.tap("visit", "cancel", "cancelnow")
    assert await tasks_of(chat, client) == []


async def test_the_doctor_said_no_is_taken_up_by_a_person(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o3")
    assert chat.screen.key == "profile.told_no"
    assert await tasks_of(chat, await chat.person_id()) == ["clearance"]


async def test_an_ok_that_waits_for_us_keeps_its_time_as_long_as_can_be(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    visit = await booked(world, client, in_days(world, 9))
    await world.later(days=6)
    await chat.say("/visits")
    await chat.tap("visit", "sendok", "typed")
    await chat.say("Dr Novak, 22 Feb 2027")
    await world.later(hours=2, minutes=5)  # the day by which it had to come is over
    kept = await visit_of(chat.house, visit.id)
    assert (kept.state, kept.starts_at, kept.provisional) == (BOOKED, visit.starts_at, True)
    assert kept.ok_by is not None
    assert kept.ok_by > chat.house.clock.now()
    await world.later(days=2)
    async with chat.house.database.transaction() as session:
        row = await session.get(Appointment, visit.id)
        assert row is not None
        row.cleared_at = chat.house.clock.now()  # its questions are answered
    await world.later(hours=21)  # less than four hours before, and still nobody has looked
    await chat.look(f"ok:{client}")
    assert chat.screen.key == "ok.late"
    assert "Nobody has looked at your OK in time." in chat.screen.text
    assert (await visit_of(chat.house, visit.id)).starts_at != visit.starts_at


async def test_the_ok_did_not_come_in_time(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    visit = await booked(world, client, in_days(world, 9))
    assert visit.ok_by is not None
    await world.later(days=6, hours=2, minutes=5)
    await chat.look()
    assert chat.screen.key == "ok.late"
    assert "The OK did not reach us by 10:00." in chat.screen.text  # its hour, not that of the message
    assert "Moved: please say if" in chat.screen.text
    kept = await visit_of(chat.house, visit.id)
    assert (kept.state, kept.provisional) == (TENTATIVE, True)
    await chat.tap("keep")
    assert chat.screen.key == "moved.thanks"
    firm = await visit_of(chat.house, visit.id)
    assert (firm.state, firm.provisional) == (BOOKED, True)
    assert firm.ok_by is not None
    assert await tasks_of(chat, client) == ["clearance"]
