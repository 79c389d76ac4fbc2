"""Moved for health: one tap to keep, or to wait; reminders; and well again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import from_minutes
from scheduling import tasks
from scheduling.appointments import BOOKED, CANCELLED, TENTATIVE, WAITING, Appointment
from screening import steady
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")
RELAPSE = ("none", "none", "none", "some", "check.d.1m", "thatsall", "detail.drel.1", "none", "right")


async def moved(world: World, chat: Chat, path: tuple[str, ...]) -> Appointment:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in path:
        await world.later(seconds=4)
        await chat.tap(name)
    return await visit_of(chat.house, visit.id)


async def test_the_kept_time_is_reminded_of_and_then_let_go(world: World, chat: Chat) -> None:
    visit = await moved(world, chat, FEVER)
    await world.until("moved.reminder")
    await chat.look()
    assert chat.screen.key == "moved.reminder"
    assert chat.screen.names == ("keep", "others", "untilwell", "person")
    await world.later(hours=25)
    await chat.look()
    assert chat.screen.key == "moved.let_go"
    assert (await visit_of(chat.house, visit.id)).state == WAITING


async def test_the_reminder_keeps_it_in_one_tap(world: World, chat: Chat) -> None:
    visit = await moved(world, chat, FEVER)
    await world.until("moved.reminder")
    await chat.tap("keep")
    assert chat.screen.key == "moved.thanks"
    assert (await visit_of(chat.house, visit.id)).state == BOOKED
    await chat.tap("seevisit")
    assert chat.screen.key.startswith("visit.")


async def test_wait_until_well_asks_on_the_day_and_again_a_week_later(world: World, chat: Chat) -> None:
    visit = await moved(world, chat, FEVER)
    await chat.tap("untilwell")
    assert chat.screen.key == "moved.waiting"
    await world.until("moved.checkin")
    await chat.look()
    assert chat.screen.key == "moved.checkin"
    assert "A short hello from Mill Lane Clinic." in chat.screen.text
    await chat.tap("stillill")
    assert chat.screen.key == "moved.waiting"
    before = (await visit_of(chat.house, visit.id)).ask_on
    await world.until("moved.checkin")
    assert before is not None
    assert chat.house.clock.now().date() >= before


async def test_well_again_is_the_full_check_and_then_three_times(world: World, chat: Chat) -> None:
    visit = await moved(world, chat, FEVER)
    await chat.tap("untilwell")
    await world.until("moved.checkin")
    await chat.look()
    await chat.tap("wellnow")
    assert chat.screen.key == "check.a"
    for _ in range(5):
        await world.later(seconds=4)
        await chat.tap("none")
    assert "fever_or_infection" not in await open_codes(chat.house, visit.client_id)
    assert chat.screen.key == "move.pick"
    await chat.tap("slot1") if "slot1" in chat.screen.names else await chat.tap(chat.screen.names[0])
    assert (await visit_of(chat.house, visit.id)).state == BOOKED


async def test_after_a_relapse_the_dated_answer_is_kept_for_the_lead(world: World, chat: Chat) -> None:
    visit = await moved(world, chat, RELAPSE)
    assert (visit.state, visit.provisional) == (TENTATIVE, True)
    await chat.tap("keepnow")
    assert chat.screen.key == "moved.thanks"
    kept = await visit_of(chat.house, visit.id)
    assert (kept.state, kept.provisional) == (BOOKED, True)
    began = chat.house.clock.now()
    await world.until("moved.checkin")
    await chat.look(f"moved:{visit.id}")
    assert "We also need a new OK" in chat.screen.text
    await chat.tap("wellnow", topic=f"moved:{visit.id}")
    assert chat.screen.key == "steady.since"
    await chat.tap("steady.since.1")
    assert chat.screen.key == "steady.ended"
    await chat.tap("steady.ended.2")
    assert chat.screen.key == "moved.steady"
    async with chat.house.database.reading() as session:
        told = await steady.last(session, visit.client_id, after=began)
        assert told is not None
        assert told.since == chat.house.clock.now().astimezone(chat.house.zone).date() - timedelta(days=14)
        assert "steady" in {t.kind for t in await tasks.of_client(session, visit.client_id)}
    assert "relapse_current" in await open_codes(chat.house, visit.client_id)  # a lead lifts it, nobody else


async def test_it_is_about_my_health_without_a_word(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("/visits")
    await chat.tap("visit")
    await chat.tap("cancel", "health")
    assert chat.screen.key == "cancel.health"
    assert "Nothing is due, and you keep your place." in chat.screen.text
    await chat.tap("silent")
    assert chat.screen.key == "cancel.silent"
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.ended_because) == (CANCELLED, "health")
    assert await open_codes(chat.house, client)  # a person calls before the next one


async def test_it_is_about_my_health_and_a_few_answers(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("/visits")
    await chat.tap("visit", "cancel", "health", "check")
    assert chat.screen.key == "check.a"
    for name in FEVER:
        await world.later(seconds=4)
        await chat.tap(name)
    assert chat.screen.key == "result.defer"
    now = await visit_of(chat.house, visit.id)
    assert from_minutes(now.starts_at) > from_minutes(visit.starts_at)
