"""After a relapse: a time is kept, asked about in time, answered once, and firm when a lead has lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from config.clock import from_minutes
from scheduling import tasks
from scheduling.appointments import BOOKED, TENTATIVE, Appointment
from scheduling.notifications import Notification
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
RELAPSE = ("none", "none", "none", "some", "check.d.1m", "thatsall", "detail.drel.1", "none", "right")
WELL = ("none",) * 5


async def relapsed(world: World, chat: Chat) -> Appointment:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in RELAPSE:
        await world.later(seconds=4)
        await chat.tap(name)
    assert chat.screen.key == "result.defer_relapse"
    return await visit_of(chat.house, visit.id)


async def test_the_question_comes_days_before_the_kept_time(world: World, chat: Chat) -> None:
    visit = await relapsed(world, chat)
    assert (visit.state, visit.provisional) == (TENTATIVE, True)
    async with chat.house.database.reading() as session:
        asked = (
            await session.scalars(select(Notification).where(Notification.kind == "moved.checkin"))
        ).one()
    assert from_minutes(visit.starts_at) - asked.due_at >= timedelta(days=3)
    assert visit.earliest is not None
    assert asked.due_at.astimezone(chat.house.zone).date() == visit.earliest


async def test_the_check_before_the_kept_time_leaves_it_in_place(world: World, chat: Chat) -> None:
    visit = await relapsed(world, chat)
    await chat.tap("keepnow")
    await world.until("check.a")
    await chat.look(f"check:{visit.id}")
    for name in (*WELL, "check.k.2"):
        await world.later(seconds=4)
        await chat.tap(name, topic=f"check:{visit.id}")
    assert chat.screen.key == "result.defer_relapse"  # what is still waited for
    assert "is kept for you, but is not firm yet" in chat.screen.text
    assert "keepnow" not in chat.screen.names
    now = await visit_of(chat.house, visit.id)
    assert (now.state, now.provisional, now.starts_at) == (BOOKED, True, visit.starts_at)
    assert now.cleared_at is not None
    async with chat.house.database.reading() as session:
        again = await session.scalars(
            select(Notification).where(Notification.kind == "check.a", Notification.state == "pending")
        )
        assert again.all() == []
    await world.later(hours=13)  # past the cut-off: it was answered
    assert (await visit_of(chat.house, visit.id)).state == BOOKED
    assert "relapse_current" in await open_codes(chat.house, visit.client_id)


async def test_a_new_relapse_still_moves_it(world: World, chat: Chat) -> None:
    visit = await relapsed(world, chat)
    await world.until("check.a")
    await chat.look(f"check:{visit.id}")
    for name in (*RELAPSE[:-1], "check.k.2", "right"):
        await world.later(seconds=4)
        await chat.tap(name, topic=f"check:{visit.id}")
    now = await visit_of(chat.house, visit.id)
    assert now.starts_at > visit.starts_at
    assert (now.state, now.provisional) == (TENTATIVE, True)


async def test_an_ok_told_on_a_card_is_looked_at_by_a_lead(world: World, chat: Chat) -> None:
    visit = await relapsed(world, chat)
    await world.until("check.a")
    await chat.look(f"check:{visit.id}")
    for name in (*WELL, "check.k.1", "profile.ok_who.1", "profile.ok_when.1"):
        await world.later(seconds=4)
        await chat.tap(name, topic=f"check:{visit.id}")
    async with chat.house.database.reading() as session:
        assert "ok" in {task.kind for task in await tasks.of_client(session, visit.client_id)}
