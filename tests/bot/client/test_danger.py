"""While something urgent is open: the same word everywhere, no times, and staff who read it out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scheduling.appointments import ON_HOLD, STOPPED, WAITING, OccupiedCell
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known as at_home
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
CHEST = "I have chest pain since this morning"


async def test_a_visit_under_danger_reads_the_same_everywhere(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say(CHEST)
    act = await chat.look("urgent")
    assert "Your visit will not take place. It costs you nothing." in act.text
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD
    await chat.say("/visits")
    assert "will not take place" in chat.screen.text
    await chat.tap("visit")
    assert chat.screen.key == "visit.stopped"
    assert chat.screen.text.startswith("Will not take place: Thu 4 Mar, 10:00.")
    assert chat.screen.names == ("called", "helpme", "why", "person", "back", "home")
    await chat.tap("home")
    assert "Will not take place: Thu 4 Mar, 10:00." in chat.screen.text
    assert "Your next visit" not in chat.screen.text


async def test_at_release_time_it_is_stopped_and_no_time_is_offered(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 2))
    await chat.say(CHEST)
    before = len(chat.texts)
    await world.later(days=1, hours=23)
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.ended_because) == (STOPPED, "health")
    after = " ".join(chat.texts[before:])
    assert "first in line" not in after
    assert "Half the price" not in after
    await world.later(days=12)  # nor is anybody asked whether they want a new one
    assert "Are you well enough" not in " ".join(chat.texts)


async def test_the_tap_on_the_visit_s_own_card_confirms_it(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say(CHEST)
    await chat.start(f"v_{visit.id}")
    assert chat.screen.key == "visit.stopped"
    await chat.tap("helpme", topic=f"visit:{visit.id}")
    assert (await visit_of(chat.house, visit.id)).state == STOPPED
    again = await chat.look("urgent")
    assert again.key == "urgent.again"
    assert again.text.startswith("Call 112 now.")


async def test_an_old_way_to_other_times_is_closed(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("/visits")
    await chat.tap("visit", "move")
    assert "times" in chat.screen.names
    await chat.say(CHEST)
    await chat.tap("times", topic="home")
    there = await chat.look("home")
    assert "Will not take place" in there.text
    assert there.names == ("person", "back", "home")
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD


@pytest.mark.parametrize("words", [CHEST, "my husband hits me"])
async def test_a_time_that_is_held_is_others_at_once(world: World, chat: Chat, words: str) -> None:
    await at_home(chat)
    await chat.tap("slot2")
    held = await chat.appointment()
    assert held.state == "held"
    await chat.say(words)
    async with chat.house.database.reading() as session:
        cells = select(OccupiedCell.cell).where(OccupiedCell.appointment_id == held.id)
        assert list(await session.scalars(cells)) == []
    await chat.tap("confirm", topic="home")
    assert (await chat.appointment()).state != "booked"


async def test_with_no_visit_to_come_the_text_takes_none_off(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await chat.say(CHEST)
    assert "visit" not in (await chat.look("urgent")).text
    assert "chest_pain_now" in await open_codes(chat.house, client)
    other = world.chat(1002, "Paul")  # nobody that the clinic knows
    await other.say("I want to kill myself")
    assert other.texts[-1].startswith("Please call or text 555 0100 now.")
    assert "set aside" not in other.texts[-1]


FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")


async def test_well_again_names_no_old_time_and_no_fee(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in FEVER:
        await world.later(seconds=4)
        await chat.tap(name)
    await chat.tap("untilwell")
    await world.until("moved.checkin")
    await chat.look()
    await chat.tap("wellnow")
    assert chat.screen.key == "check.a"
    lines = chat.screen.text.splitlines()
    assert lines[0] == "A few quick questions before your next visit."
    assert "answer by" not in chat.screen.text
    for _ in range(5):
        await world.later(seconds=4)
        await chat.tap("none")
    assert chat.screen.key == "move.pick"
    assert (await visit_of(chat.house, visit.id)).state == WAITING
    assert chat.screen.text.splitlines()[0] == "Good to hear from you. Times for your visit:"
    assert "price" not in chat.screen.text
    assert "health" not in chat.screen.names
    await chat.tap(chat.screen.names[0])
    assert chat.screen.key == "move.done"
    assert chat.screen.text.startswith("Booked: ")
    assert "old time" not in chat.screen.text
    await chat.tap("undo")
    assert (await visit_of(chat.house, visit.id)).state == WAITING


async def on_a_client_step(world: World, admin: Chat, client: str) -> None:
    """The admin types how to reach them, or the OK, on a card of the client."""
    async with admin.house.database.transaction() as session:
        from bot import conversation

        chat = await conversation.chat_row(session, admin.phone.chat_id, admin.house.clock.now())
        await conversation.put(
            session, chat, "home", subject_id=client, step="result.word", data={}, fresh=True,
            now=admin.house.clock.now(),
        )  # fmt: skip


async def test_words_that_staff_type_about_a_caller_count_for_the_caller(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await on_a_client_step(world, admin, client)
    await admin.say("she has chest pain now")
    assert "chest_pain_now" in await open_codes(chat.house, client)
    assert await open_codes(chat.house, await admin.person_id()) == set()
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD
    read = await admin.look(f"caller:{client}")
    assert read.key == "caller.urgent"
    assert "Read this out now, and stay on the line if you can:" in read.text
    assert "Call 112 now." in read.text
    assert not any(text.startswith("Call 112 now") for text in admin.texts)
    assert (await chat.look("urgent")).key == "urgent.e"  # her own chat has it too
    await admin.tap("called", topic=f"caller:{client}")
    assert (await visit_of(chat.house, visit.id)).state == STOPPED


async def test_words_of_staff_that_may_be_a_sign_are_asked_of_the_caller(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await on_a_client_step(world, admin, client)
    await admin.say("her leg went numb")
    topic = f"caller:{client}"
    ask = await admin.look(topic)
    assert ask.key == "urgent.ask"
    assert ask.text.startswith("For Maria Kral:")
    await admin.tap("urgent.ask.1", topic=topic)
    assert (await admin.look(topic)).key == "caller.urgent"
    assert not any(text.startswith("Call 112 now") for text in admin.texts)
    assert (await visit_of(chat.house, visit.id)).state == STOPPED
