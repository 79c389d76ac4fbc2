"""What is promised at the first contact: some years after the last visit, everything is deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.forgetting import forget_after_retention
from config.encryption import Unreadable
from scheduling import people
from screening import health
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

A_YEAR = timedelta(days=366)


async def erased(world: World, client: str) -> bool:
    async with world.app.house.database.reading() as session:
        person = await people.get_person(session, client)
        assert person is not None
        return person.erased_at is not None


async def test_a_client_is_kept_while_the_last_visit_is_recent(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, in_days(world, 3))
    house = world.app.house
    await forget_after_retention(house, house.clock.now() + 2 * A_YEAR)
    assert not await erased(world, client)


async def test_three_years_after_the_last_visit_nothing_can_be_read(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, in_days(world, 3))
    house = world.app.house
    await forget_after_retention(house, house.clock.now() + 3 * A_YEAR + timedelta(days=7))
    assert await erased(world, client)
    async with house.database.reading() as session:
        try:
            told = await health.load(session, client)
        except Unreadable:
            return
        assert not told.conditions


async def test_staff_are_not_forgotten(world: World, admin: Chat) -> None:
    await admin.start()
    person = await admin.person_id()
    house = world.app.house
    await forget_after_retention(house, house.clock.now() + 9 * A_YEAR)
    assert not await erased(world, person)
