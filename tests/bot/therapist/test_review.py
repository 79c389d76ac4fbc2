"""What a person decides: told to all who may, decided once, by name and after contact."""

from __future__ import annotations

import pytest

from scheduling import tasks
from tests.bot.chat import Chat, World
from tests.bot.staff import lead, therapist
from tests.bot.therapist.conftest import THURSDAY, Review, hold_topic, raised
from tests.bot.visits import booked, known, open_codes, visit_of

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_a_review_reaches_desk_and_therapist_and_the_first_counts(
    world: World, chat: Chat, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    ana = await therapist(world)
    visit, topic = await under_review("item_unsure")
    for person in (admin, ana):
        card = await person.look(topic)
        assert card.key == "review.card"
        lines = card.text.splitlines()
        assert lines[0].startswith("A visit to look at: Thu 4 Mar, 10:00, Maria K. Please by ")
        assert 'They said: "not sure".' in lines[1]
        assert card.names[:4] == ("go", "adapt", "phone", "postpone")
    await ana.tap("go", "w1", topic=topic)
    assert (await ana.look(topic)).text == "Done. Maria K. is told that the visit stays."
    assert await open_codes(world.app.house, visit.client_id) == set()
    assert (await visit_of(world.app.house, visit.id)).state == "booked"
    assert (await admin.look(topic)).text.endswith("\nAna decided this already.")
    result = await chat.look(f"check:{visit.id}")
    assert result.key == "result.goes_on"  # its questions are still to come, so nothing is clear yet
    assert result.text.startswith("Your visit on Thu 4 Mar, 10:00 has changed.")


@SQLITE
async def test_a_late_tap_is_told_who_was_faster(world: World, admin: Chat, under_review: Review) -> None:
    await admin.start()
    ana = await therapist(world)
    visit, topic = await under_review("item_unsure")
    await admin.tap("go", topic=topic)  # the reason is asked; meanwhile
    await ana.tap("postpone", "w1", topic=topic)
    await admin.tap("w1", topic=topic)
    assert (await visit_of(world.app.house, visit.id)).state == "waiting"


@SQLITE
async def test_postpone_frees_the_time_and_says_so(
    world: World, chat: Chat, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    visit, topic = await under_review("item_unsure")
    await admin.tap("postpone", "w4", topic=topic)
    await admin.say("wait for the doctor")
    assert (await visit_of(world.app.house, visit.id)).state == "waiting"
    assert (await chat.look(f"check:{visit.id}")).key == "result.defer_no_date"


@SQLITE
async def test_a_relapse_is_a_leads(world: World, admin: Chat, under_review: Review) -> None:
    await admin.start()
    boss = await lead(world)
    visit, topic = await under_review("relapse_unsure")
    assert (await admin.look(topic)).names[0] == "phone"
    row, _, _ = await admin._card(topic)
    assert row.message_id is not None
    await admin.phone.tap_data(f"c:{row.token}:go", row.message_id)
    await admin.settle()
    assert admin.phone.toasts[-1].text == "Only a lead can decide this."
    assert "relapse_unsure" in await open_codes(world.app.house, visit.client_id)
    await boss.tap("go", "w2", topic=topic)
    assert await open_codes(world.app.house, visit.client_id) == set()


@SQLITE
async def test_the_doctors_word_is_asked_for_in_time(world: World, admin: Chat, under_review: Review) -> None:
    await admin.start()
    visit, topic = await under_review("bp_high")
    card = await admin.look(topic)
    assert "the word of a doctor" in card.text
    assert "go" not in card.names  # not before its day
    await admin.tap("postpone", "w2", topic=topic)
    asked = await admin.look(topic)
    assert asked.text.startswith("A visit to look at:")  # for the new time it is asked for again
    new = await visit_of(world.app.house, visit.id)
    assert new.starts_at > visit.starts_at
    await world.later(days=2)
    await admin.tap("go", "w2", topic=topic)
    assert await open_codes(world.app.house, visit.client_id) == set()
    async with world.app.house.database.reading() as session:
        assert [task.kind for task in await tasks.of_client(session, visit.client_id)] == []


@SQLITE
async def test_an_urgent_hold_needs_a_lead_who_spoke_and_a_new_ok(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    boss = await lead(world)
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await raised(world, visit, "chest_pain_now")
    async with world.app.house.database.reading() as session:
        [task] = await tasks.of_client(session, client)
    alert = await boss.look(f"task:{task.id}")
    assert alert.text.splitlines()[0] == "A call to make now: Maria K."
    await boss.tap("spoke", topic=f"task:{task.id}")
    topic = await hold_topic(world, client)
    card = await boss.look(topic)
    assert card.names[:3] == ("spoke", "phone", "postpone")
    assert "a lead decides" in card.text
    assert "a new OK is on file" in card.text
    await boss.tap("spoke", topic=topic)
    await boss.say("Spoke with Maria at 9:10: seen by a doctor, nothing found.")
    assert (await boss.look(topic)).text.startswith("Kept. A new OK is needed before a new visit.")
    assert "chest_pain_now" in await open_codes(world.app.house, client)


@SQLITE
async def test_a_client_and_a_revoked_therapist_can_do_nothing(
    world: World, chat: Chat, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    ana = await therapist(world)
    visit, topic = await under_review("item_unsure")
    row, _, _ = await ana._card(topic)
    assert row.message_id is not None
    await chat.phone.tap_data(f"c:{row.token}:go", row.message_id)
    await chat.settle()
    assert chat.phone.toasts[-1].text == "This card belongs to someone else."
    await admin.say("/people")
    await admin.tap("revoke", "pick", "each", topic="home")
    await ana.phone.tap_data(f"c:{row.token}:go", row.message_id)
    await ana.settle()
    assert ana.phone.toasts[-1].text == "You can no longer do this. Please ask the clinic."
    assert "item_unsure" in await open_codes(world.app.house, visit.client_id)
    await ana.say("/today")
    assert any(words.startswith("I am not sure what you mean.") for words in ana.texts)


@SQLITE
async def test_after_a_visit_the_call_comes_before_it_goes_on(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    house = world.app.house
    await raised(world, visit, "item_unsure")
    async with house.database.transaction() as session:
        task = await tasks.open_task(
            session,
            "after",
            house.clock.now(),
            client_id=client,
            appointment_id=visit.id,
            note="My arm aches",
        )
    await world.settle()
    topic = f"task:{task}"
    card = await admin.look(topic)
    assert card.text.splitlines()[0] == "A message after a visit: Maria K., Thu 4 Mar, 10:00."
    assert 'In their words: "My arm aches".' in card.text
    assert "keepon" not in card.names
    await admin.tap("spoke", topic=topic)
    await admin.say("Spoke with Maria: it eased by itself.")
    assert "keepon" in (await admin.look(topic)).names
    await admin.tap("keepon", topic=topic)
    assert await open_codes(house, client) == set()
    assert (await visit_of(house, visit.id)).state == "booked"
