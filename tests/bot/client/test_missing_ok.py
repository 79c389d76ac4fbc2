"""No OK yet: a time can be chosen, stays provisional, and everybody reads what is still waited for."""

from __future__ import annotations

import pytest

from scheduling import clinic
from scheduling.appointments import BOOKED, HELD, ON_HOLD
from tests.bot.chat import Chat, World
from tests.bot.visits import open_codes, visit_of

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
