"""[Still not sure] on a red card, and the client leaves: somebody calls all the same, within the hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from config.clock import from_minutes
from scheduling import tasks, visits_done
from scheduling.appointments import Appointment
from scheduling.tasks import Task
from screening import holds
from screening.tables import FindingRecord, Hold
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known as at_home
from tests.bot.client.test_checking import slowly
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WORDS = (
    "You were not sure about a sign. If it is there now, call 112. A person from the clinic will call you."
)


async def at_the_check(world: World, chat: Chat) -> Appointment:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    return visit


async def calls(world: World, client_id: str) -> list[Task]:
    async with world.app.house.database.reading() as session:
        return await tasks.of_client(session, client_id)


async def rows(world: World, table: type, client_id: str) -> int:
    async with world.app.house.database.reading() as session:
        return await session.scalar(select(func.count()).where(table.client_id == client_id)) or 0  # type: ignore[attr-defined]


async def test_who_leaves_then_is_called_within_the_hour_and_the_visit_waits(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    visit = await at_the_check(world, chat)
    asked_at = chat.house.clock.now()
    await slowly(world, chat, "unsure", "still")
    assert chat.screen.key == "check.b"  # the other red cards are still asked
    assert chat.screen.text.startswith(WORDS)
    [task] = await calls(world, visit.client_id)
    assert task.due_at <= asked_at + timedelta(hours=1, seconds=10)
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.hold_reason) == ("on_hold", "review")
    card = await admin.look()
    assert card.key == "review.card"
    assert "Code: not sure about a sign that can be serious. Rule R1, R2 of policy 1.0.2." in card.text
    await chat.say("/visits")
    await chat.tap("visit")
    assert "Please do not come before that." in chat.screen.text


async def test_start_goes_on_at_the_question_that_is_next(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "unsure", "still")
    await chat.say("/visits")
    await chat.start()
    assert (chat.screen.key, chat.screen.topic) == ("check.b", f"check:{visit.id}")
    assert WORDS in chat.screen.text
    await slowly(world, chat, "none", "none")
    assert chat.screen.key == "result.red_unsure"
    await chat.start()
    assert chat.screen.key == "book.on_hold"


async def test_start_goes_on_where_a_booking_was_left(world: World, chat: Chat) -> None:
    await at_home(chat)
    await chat.tap("slot1")  # inside 48 hours, so that the check stands before Confirm
    await slowly(world, chat, "unsure", "still")
    assert chat.screen.key == "check.b"
    await chat.start()
    assert chat.screen.key == "check.b"
    await chat.tap("home")  # the card is gone, the answers are not
    await chat.start()
    assert chat.screen.key == "check.b"


async def test_finishing_later_doubles_nothing(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "unsure", "still")
    findings = await rows(world, FindingRecord, visit.client_id)
    await world.later(hours=9)  # the next morning would be another day, and still no second time
    await slowly(world, chat, "none", "none", topic=f"check:{visit.id}")
    await chat.look(f"check:{visit.id}")
    assert chat.screen.key == "result.red_unsure"
    assert await rows(world, FindingRecord, visit.client_id) == findings
    assert await rows(world, Hold, visit.client_id) == 1
    assert [task.kind for task in await calls(world, visit.client_id)] == ["review"]
    assert len([words for words in admin.texts if words.startswith("A visit to look at")]) == 1


async def test_a_changed_answer_afterwards_lowers_nothing(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "unsure", "still", "change", "change", *["none"] * 5)
    assert "red_flag_unsure" in await open_codes(chat.house, visit.client_id)
    assert (await visit_of(chat.house, visit.id)).state == "on_hold"
    assert chat.screen.key == "result.red_unsure"


async def test_settled_by_a_call_meanwhile_the_questions_begin_anew(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "unsure", "still")
    topic = (await admin.look()).topic
    await admin.tap("go", "w1", topic=topic)
    await chat.look(f"check:{visit.id}")
    assert chat.screen.key == "result.goes_on"  # nothing is clear before its questions are answered
    assert "Please answer the questions once more" in chat.screen.text
    await chat.tap("check")
    assert chat.screen.key == "check.a"
    assert WORDS not in chat.screen.text
    await slowly(world, chat, "none", "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"
    assert (await visit_of(chat.house, visit.id)).state == "booked"
    assert await open_codes(chat.house, visit.client_id) == set()


async def test_by_phone_it_holds_too_before_the_caller_hangs_up(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    visit = await at_the_check(world, chat)
    await admin.say("/find Maria")
    await admin.tap("client", "askvoice")
    await slowly(world, admin, "pick", "unsure", "still", topic=f"caller:{visit.client_id}")
    assert (await admin.look(f"caller:{visit.client_id}")).key == "check.b"
    assert (await visit_of(chat.house, visit.id)).state == "on_hold"
    assert [task.kind for task in await calls(world, visit.client_id)] == ["review"]


async def test_without_a_visit_somebody_calls_too(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    house = chat.house
    house.clock.advance(from_minutes(visit.ends_at) - house.clock.now())
    async with house.database.transaction() as session:
        await visits_done.no_show(session, visit.id, house.clock.now(), actor=None)
    await world.until("client.noshow")
    await chat.look()
    await slowly(world, chat, "health", "check", "unsure", "still")
    assert chat.screen.key == "check.b"
    before = await calls(world, client)
    [task] = [one for one in before if one.hold_id is not None]
    assert (task.kind, task.appointment_id) == ("review", None)
    async with house.database.reading() as session:
        assert (await holds.get(session, str(task.hold_id))).code == "red_flag_unsure"
    await slowly(world, chat, "none", "none")
    assert [one.id for one in await calls(world, client)] == [one.id for one in before]
    await chat.say("/book")
    assert chat.screen.key == "book.on_hold"
