"""The therapist's day as a chat: pushed, live, opened row by row, closed by Done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from config.clock import from_minutes
from scheduling import absences, booking, rescheduling
from scheduling.appointments import LIVE, Appointment
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.staff import therapist
from tests.bot.visits import booked, checked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

THURSDAY = date(2027, 3, 4)


async def wall(world: World, day: date, hour: float) -> None:
    """Move the clock to a wall hour; what is due on the way happens."""
    house = world.app.house
    there = datetime.combine(day, time(), tzinfo=house.zone) + timedelta(hours=hour)
    while (left := there - house.clock.now()) > timedelta():
        await world.later(seconds=min(left, timedelta(hours=6)).total_seconds())
        await world.app.ticks._expire()
        await world.settle()


@pytest.fixture
async def ana(world: World) -> Chat:
    return await therapist(world)


async def test_the_day_is_pushed_the_evening_before_and_filled_by_an_edit(
    world: World, chat: Chat, ana: Chat
) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await wall(world, date(2027, 3, 3), 18.01)
    card = await ana.look("day:2027-03-04")
    assert card.key == "day.card"
    lines = card.text.splitlines()
    assert lines[0] == "Your day: Thu 4 Mar, 1 visit. As of 18:00."
    assert "10:00 Maria K. Foot massage, 30. Room 2. Pending" in card.text
    pushed = [m for m in ana.phone.messages if m.text.startswith("Your day: Thu")]
    assert len(pushed) == 1


async def test_the_morning_card_takes_the_place_of_the_evening_one(
    world: World, chat: Chat, ana: Chat
) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 14)
    await wall(world, THURSDAY, 7.02)
    cards = [m for m in ana.phone.messages if m.text.startswith("Your day: Thu 4 Mar")]
    assert [m.text.splitlines()[0] for m in cards] == ["Your day: Thu 4 Mar, 1 visit. As of 7:01."]


async def test_no_visits_no_card_in_the_morning(world: World, ana: Chat) -> None:
    await wall(world, date(2027, 3, 3), 18.01)
    assert (await ana.look("day:2027-03-04")).text == "Thu 4 Mar: no visits. Enjoy the quiet."
    before = len(ana.phone.received)
    await world.later(hours=13, minutes=5)
    assert len(ana.phone.received) == before


async def test_a_change_within_a_day_rings_and_the_card_follows(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await wall(world, date(2027, 3, 3), 19)
    assert "10:00 Maria K." in (await ana.look("day:2027-03-04")).text
    async with world.app.house.database.transaction() as session:
        await booking.cancel(session, visit.id, world.app.house.clock.now(), actor=client)
    await world.later(minutes=4)
    assert any(words.startswith("Your day has a change: Thu 4 Mar, 10:00.") for words in ana.texts)
    assert "Cancelled" in (await ana.look("day:2027-03-04")).text


async def screened(world: World, visit: Appointment) -> None:
    """Full check and re-check answered in full, as rows; it is ten past nine then."""
    house = world.app.house
    start = from_minutes(visit.starts_at)
    await full_check(world, visit)
    await wall(world, THURSDAY, 9.1)
    async with house.database.transaction() as session:
        now = house.clock.now()
        opened = await interview.open_interview(
            session, visit.client_id, "recheck", now, zone=house.zone, appointment_id=visit.id,
            session_at=start,
        )  # fmt: skip
        await interview.answer(session, opened, "none", now)
        decision = await interview.finish(session, opened, now)
        await rescheduling.apply_decision(session, visit.id, decision, now, phase="recheck")


async def full_check(world: World, visit: Appointment) -> None:
    """The evening before; the question of the day is still open."""
    await wall(world, date(2027, 3, 3), 14)
    await checked(world, visit)


async def test_open_a_client_and_done_in_two_taps(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await screened(world, visit)
    await wall(world, THURSDAY, 10.6)
    await ana.say("/today")
    assert ana.screen.key == "day.card"
    assert "Cleared" in ana.screen.text
    await ana.tap("row")  # 1
    assert ana.screen.key == "day.row"
    assert ana.screen.text.startswith("10:00 Maria Kral, Foot massage, 30 min, Room 2. Cleared.")
    assert "At the door, look: face, speech, walk" in ana.screen.text
    await ana.tap("done")  # 2
    assert ana.phone.toasts[-1].text.startswith("Done. Aftercare goes out. Undo until")
    assert ana.screen.names[:2] == ("undo", "note")
    assert (await chat.appointment()).state == "done"
    await ana.tap("undo")
    assert ana.phone.toasts[-1].text == "Undone. All is as before."
    assert (await chat.appointment()).state == "booked"


async def test_a_visit_that_nobody_answered_for_has_no_done(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await wall(world, THURSDAY, 5)
    await ana.say("/today")
    assert "Pending: not answered" in ana.screen.text
    await ana.tap("row")
    assert "done" not in ana.screen.names
    assert "askvoice" not in ana.screen.names


async def token(chat: Chat, topic: str) -> str:
    row, _, _ = await chat._card(topic)
    return f"c:{row.token}:"


async def message(chat: Chat, topic: str) -> int:
    row, _, _ = await chat._card(topic)
    assert row.message_id is not None
    return row.message_id


async def world_state(world: World, visit: Appointment) -> str:
    async with world.app.house.database.reading() as session:
        row = await session.get(Appointment, visit.id)
        assert row is not None
        return row.state


async def test_the_open_question_is_read_out_at_the_door(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await full_check(world, visit)
    await wall(world, THURSDAY, 10)
    await ana.say("/today")
    assert "Pending: ask at the door" in ana.screen.text
    await ana.tap("row")
    assert ana.screen.key == "day.not_clear"
    assert "Read the question out, word for word." in ana.screen.text
    assert "done" not in ana.screen.names
    await ana.phone.tap_data((await token(ana, "row")) + "done", await message(ana, "row"))
    await ana.settle()
    assert await world_state(world, visit) == "booked"  # a forged Done changes nothing
    await ana.tap("askvoice", topic="row")
    assert ana.screen.key == "recheck.t"
    assert "For Maria Kral, answered by voice. Read this out, word for word:" in ana.screen.text
    await ana.tap("none")
    assert ana.screen.key == "day.row"
    await ana.tap("done")
    assert await world_state(world, visit) == "done"


async def test_no_show_in_two_taps(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await full_check(world, visit)
    await wall(world, THURSDAY, 10.25)
    await ana.say("/today")
    await ana.tap("row", "noshow")
    assert ana.phone.toasts[-1].text.startswith("No-show noted. A kind question goes to Maria K. at")
    assert await world_state(world, visit) == "no_show"
    await world.later(minutes=4)
    card = await chat.look(f"missed:{visit.id}")
    assert card.text.startswith("We missed you on Thu 4 Mar, 10:00, Maria")
    assert card.names == ("health", "book", "person")


async def test_running_late_in_two_taps(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await full_check(world, visit)
    await wall(world, THURSDAY, 9)
    await ana.say("/today")
    await ana.tap("late", "late10")
    assert ana.phone.toasts[-1].text == "Told: 1 person."
    card = await chat.look(f"late:{visit.id}")
    assert card.text == (
        "Your visit on Thu 4 Mar, 10:00 starts about 10 minutes later. Ana is sorry to keep you waiting."
    )


async def test_a_note_is_chips_and_words(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await wall(world, date(2027, 3, 3), 9)
    await ana.say("/tomorrow")
    await ana.tap("row", "note", "n1", "n4")
    await ana.say("left foot first")
    assert "So far: Light, Eased, left foot first." in ana.screen.text
    await ana.tap("done")
    assert ana.phone.toasts[-1].text == "The note is kept."
    assert ana.screen.key == "day.row"


async def test_sick_today_in_three_taps(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await full_check(world, visit)
    await wall(world, THURSDAY, 7.5)
    await ana.say("/today")
    await ana.tap("off", "sick")
    assert ana.screen.text.startswith("Sick today, Thu 4 Mar: 1 visit.")
    await ana.tap("reoffer")
    assert ana.screen.text == "Done. 1 person told, 0 answered so far. Get well soon."
    await world.later(minutes=4)
    async with world.app.house.database.transaction() as session:
        await absences.due(session, world.app.house.clock.now())
    await world.settle()
    card = await chat.look(f"moved:{visit.id}")
    assert card.text.startswith("Your visit on Thu 4 Mar, 10:00 has to change. We are sorry.\nAna is away")
    assert "ill" not in card.text
    await chat.tap("slot1", topic=f"moved:{visit.id}")
    moved = await chat.appointment()
    assert moved.state in LIVE
    assert moved.starts_at != visit.starts_at or moved.therapist_id != visit.therapist_id


async def test_the_week_is_a_line_a_day(world: World, chat: Chat, ana: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await ana.say("/week")
    assert ana.screen.key == "day.week"
    assert "Thu 4 Mar: 1 visit, 10:00 to 10:30, 1 pending" in ana.screen.text
    await ana.tap("day.2027-03-04")
    assert ana.screen.text.startswith("Your day: Thu 4 Mar, 1 visit.")


async def test_a_row_has_the_code_their_words_and_what_to_adapt_and_no_more(
    world: World, chat: Chat, ana: Chat
) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await world.until("check.a")
    await chat.look()
    for name in (
        "none",
        "none",
        "none",
        "none",
        "some",
        "check.e.6",
        "thatsall",
        "detail.dskin.1",
        "nothing",
    ):
        await world.later(seconds=4)
        await chat.tap(name)
    assert chat.screen.key == "result.caution"
    await ana.say("/tomorrow")
    await ana.tap("row")
    lines = ana.screen.text.splitlines()
    assert "To mind: told us of a small skin matter" in ana.screen.text
    assert any(line.startswith("Avoid: ") for line in lines)
    words = [line for line in lines if line.startswith("In their words: ")]
    assert words == ['In their words: "Skin: rash, cut, burn, bruise, sore or lump".']
    for word in ("medicine", "fever", "1.0.2", "skin_local", "SK1"):
        assert word not in ana.screen.text
