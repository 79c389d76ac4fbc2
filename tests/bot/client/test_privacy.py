"""A copy of everything; and an end to everything, after which nothing is left to read."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from config.keys import PersonKey
from scheduling import people
from scheduling.appointments import CANCELLED
from scheduling.notifications import PENDING, Notification
from scheduling.people import Person
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_a_copy_has_the_answers_in_their_own_words(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    await chat.tap("some", "check.a.6", "detail.dhache.5", "noothers")
    await chat.say("/privacy")
    assert chat.screen.key == "privacy.card"
    await chat.tap("copy")
    sent = chat.phone.received[-1]
    assert sent.file is not None
    assert sent.text == "Your data. Keep the file in a safe place."
    data = json.loads(world.sim.world.files[sent.file["id"]].data)
    assert data["you"]["name"] == "Maria Kral"
    assert [visit["state"] for visit in data["visits"]] == ["booked"]
    assert data["consents"][0]["for"] == "care"
    told = json.dumps(data["answers"])
    assert "Which is closest?" in told
    assert "The kind that I always get" in told


async def test_erasing_leaves_nothing_to_read(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    await chat.tap("none")
    await chat.say("/privacy")
    await chat.tap("erase")
    assert chat.screen.key == "privacy.erase"
    await chat.tap("eraseyes")
    words = chat.texts
    assert any(line.startswith("Done. Your data is deleted.") for line in words)
    assert not any("have you had any of these" in line for line in words)  # no card keeps a question
    assert (await visit_of(chat.house, visit.id)).state == CANCELLED
    async with chat.house.database.reading() as session:
        person = await session.get(Person, client)
        assert person is not None
        assert (person.name, person.telegram_id, person.erased_at is not None) == ("", None, True)
        assert await session.get(PersonKey, client) is None
        waiting = await session.scalars(
            select(Notification.kind).where(Notification.person_id == client, Notification.state == PENDING)
        )
        assert waiting.all() == []
        for table in ("answer_record", "finding_record", "client_health"):
            left = await session.scalar(text(f"SELECT count(*) FROM {table} WHERE sealed IS NOT NULL"))  # noqa: S608
            assert left == 0, table
        left = await session.scalar(
            text("SELECT count(*) FROM inbox_update WHERE payload IS NOT NULL AND chat_id = :chat"),
            {"chat": chat.phone.chat_id},
        )
        assert left == 0
    assert await open_codes(chat.house, client) == set()


async def test_start_afterwards_begins_anew_and_the_clinic_knows(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("/privacy")
    await chat.tap("erase", "eraseyes")
    await world.settle()
    await chat.start()
    assert chat.screen.key == "first.consent"
    async with chat.house.database.reading() as session:
        anew = await people.by_telegram_id(session, chat.phone.chat_id)
        assert anew is not None
        assert anew.erased_at is None
    await admin.say("/tasks")
    assert "By 18:00: A client has deleted all of their data." in admin.screen.text


async def test_nobody_deletes_by_an_old_button(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await chat.say("/privacy")
    await chat.tap("erase")
    old = chat.phone.last
    await chat.tap("back")
    button = next(b for row in old.rows for b in row if (b.data or "").endswith("eraseyes"))
    await chat.phone.tap_data(str(button.data), old.id)
    await world.settle()
    async with chat.house.database.reading() as session:
        person = await session.get(Person, client)
        assert person is not None
        assert person.erased_at is None
