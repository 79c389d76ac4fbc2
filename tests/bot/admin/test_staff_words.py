"""What staff read of a task: each thing once, whole sentences, and never of another matter."""

from __future__ import annotations

import pytest

from config.clock import from_minutes
from scheduling import tasks
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.staff import therapist
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
NO_PHONE = "No phone was given: please write to them here, in Telegram"


async def task_of(world: World, kind: str) -> str:
    async with world.app.house.database.reading() as session:
        return next(task.id for task in await tasks.listed(session) if task.kind == kind)


async def test_typed_words_open_no_card_of_another_hold(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    async with world.app.house.database.transaction() as session:
        await interview.raise_finding(
            session, client, "medicine_unsure", "staff", world.app.house.clock.now(),
            zone=world.app.house.zone, own_words="a new tablet", appointment_id=visit.id,
            session_at=from_minutes(visit.starts_at),
        )  # fmt: skip
    await chat.say("my leg went numb")
    card = await admin.look(f"task:{await task_of(world, 'red_unsure')}")
    assert card.key == "tasks.card"
    assert card.text.splitlines() == [
        "A call to make within the hour: Maria K.",
        "Call Maria Kral within the hour.",
        f"{NO_PHONE}.",
        "Please by 9:00.",
        'They wrote: "my leg went numb"',
    ]


async def test_an_alert_says_the_words_once(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("I have chest pain")
    alert = await admin.look(f"task:{await task_of(world, 'urgent')}")
    assert alert.text.count("I have chest pain") == 1
    assert f"{NO_PHONE}, by " in alert.text


async def test_not_sure_is_said_as_such_with_its_row(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in ("unsure", "still", "none", "none"):
        await world.later(seconds=4)
        await chat.tap(name, topic=f"check:{visit.id}")
    assert (await chat.look(f"check:{visit.id}")).key == "result.red_unsure"
    await admin.say("/tasks")
    await admin.tap("task")
    assert admin.screen.key == "review.card"
    assert 'They said: "Not sure".' in admin.screen.text
    assert "Rule R1, R2 of policy" in admin.screen.text


async def test_a_deleted_client_is_nobody_by_name(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("/privacy")
    await chat.tap("erase", "eraseyes")
    card = await admin.look(f"task:{await task_of(world, 'erased')}")
    assert card.text.splitlines()[:2] == [
        "A client has left. Please look at the days to come.",
        "A client has deleted all of their data. 0 visits to come were cancelled.",
    ]
    assert "-" not in card.text
    assert "hone" not in card.text


async def test_a_task_does_not_repeat_its_head(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("human")
    card = await admin.look(f"task:{await task_of(world, 'person')}")
    assert card.text.splitlines() == ["Maria K. asks for a person.", f"{NO_PHONE}.", "Please by 18:00."]


async def test_nothing_is_said_of_a_day_off(world: World) -> None:
    ana = await therapist(world)
    said = []
    for _ in range(28):
        await world.later(hours=6)
        said += [text for text in ana.texts if "no visits" in text]
    days = {text[:3] for text in said}
    assert {"Thu", "Fri"} <= days
    assert not days & {"Sat", "Sun"}


async def test_a_row_parts_the_name_from_the_treatment(world: World, chat: Chat) -> None:
    from scheduling import people

    ana = await therapist(world)
    client = await known(world, chat)
    async with world.app.house.database.transaction() as session:
        person = await people.get_person(session, client)
        assert person is not None
        people.rename(person, "Maria")
    await booked(world, client, in_days(world, 3))
    await ana.say("/week")
    await ana.tap(f"day.{in_days(world, 3).isoformat()}")
    day = await ana.look(f"day:{in_days(world, 3).isoformat()}")
    assert "10:00 Maria. Foot" in day.text
