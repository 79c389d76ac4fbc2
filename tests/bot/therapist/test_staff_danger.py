"""Danger that staff type: their own where nothing is asked for, of others where a card asks for words."""

from __future__ import annotations

import pytest

from scheduling import people
from scheduling.appointments import BOOKED
from tests.bot.admin.test_staff_words import task_of
from tests.bot.chat import Chat, World
from tests.bot.staff import therapist
from tests.bot.therapist.conftest import THURSDAY, Review
from tests.bot.visits import booked, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_a_therapist_who_is_ill_is_a_person_too(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    ana = await therapist(world)
    await ana.say("/week")
    await ana.tap(f"day.{THURSDAY.isoformat()}")  # a card with a client on it, which asks for no words
    await ana.say("my chest hurts and I cannot breathe")
    assert any(text.startswith("Call 112 now") for text in ana.texts)
    assert await open_codes(world.app.house, client) == set()
    assert (await visit_of(world.app.house, visit.id)).state == BOOKED
    told = await admin.look(f"task:{await task_of(world, 'urgent')}")
    assert "my chest hurts" in told.text
    assert "Ana" in told.text


async def test_the_reason_that_a_card_asks_for_is_about_somebody_else(
    world: World, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    visit, topic = await under_review("item_unsure")
    await admin.tap("postpone", "w4", topic=topic)
    await admin.say("she has chest pain and has called an ambulance")
    assert (await visit_of(world.app.house, visit.id)).state == "waiting"
    assert not any(text.startswith("Call 112 now") for text in admin.texts)
    assert await open_codes(world.app.house, await admin.person_id()) == set()


async def test_who_is_no_member_of_staff_any_more_writes_of_themselves(
    world: World, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    ana = await therapist(world)
    _, topic = await under_review("item_unsure")
    await ana.tap("postpone", "w4", topic=topic)
    async with world.app.house.database.transaction() as session:
        now = world.app.house.clock.now()
        await people.revoke(session, await ana.person_id(), people.THERAPIST, now, by=None)
    await ana.say("my face is drooping")
    assert any(text.startswith("Call 112 now") for text in ana.texts)
