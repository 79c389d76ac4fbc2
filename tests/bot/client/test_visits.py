"""A visit's card in its states, as chats: undo, move, cancel, the calendar file, where it is."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bot import visit_facts
from bot.client.visits import ROWS
from config.clock import from_minutes, to_minutes
from scheduling.appointments import FIRM, Appointment, OccupiedCell
from scheduling.notifications import Notification
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def booked(chat: Chat, slot: str = "slot3") -> Chat:
    """Thu 4 Mar, 9:00 with Ana."""
    await known(chat)
    await chat.tap(slot, "confirm")
    assert chat.screen.key == "visit.booked_new"
    return chat


async def settled(chat: Chat) -> Chat:
    """The same, past the three minutes."""
    await booked(chat)
    await chat.world.later(minutes=4)
    await chat.look()
    return chat


async def test_undo_takes_the_booking_back(chat: Chat) -> None:
    await booked(chat)
    await chat.tap("undo")
    assert chat.phone.toasts[-1].text == "Undone. All is as before."
    assert chat.screen.key == "visit.cancelled"
    async with chat.house.database.reading() as session:
        assert (await session.scalars(select(OccupiedCell))).all() == []


async def test_after_three_minutes_undo_is_gone(chat: Chat, world: World) -> None:
    await booked(chat)
    assert "undo" in chat.screen.names
    messages = len(chat.texts)
    await world.later(minutes=3, seconds=5)
    await chat.look()
    assert chat.screen.key == "visit.provisional"
    assert "A few more questions make it firm." in chat.screen.text
    assert not any(button.text == "Undo" for row in chat.phone.live.rows for button in row)
    assert len(chat.texts) == messages


async def test_a_late_undo_says_so(chat: Chat) -> None:
    await booked(chat)
    chat.house.clock.advance(timedelta(minutes=4))
    await chat.tap("undo")
    assert chat.phone.toasts[-1].text == "The three minutes are over."
    assert (await chat.appointment()).state == "booked"


async def test_move_by_choice_in_two_taps(chat: Chat) -> None:
    await settled(chat)
    await chat.tap("move")  # 1
    assert chat.screen.key == "move.pick"
    assert chat.screen.text.startswith("Move your visit from Thu 4 Mar, 9:00 to:")
    assert "less than" not in chat.screen.text
    await chat.tap("slot2")  # 2
    assert chat.screen.key == "move.done"
    assert "The old time is free again at 8:07." in chat.screen.text
    moved = await chat.appointment()
    assert moved.version == 2
    await chat.world.later(minutes=4)
    await chat.look()
    assert chat.screen.key == "visit.provisional"
    assert await _therapist_hears(chat) == []  # Ana is not in the chat yet


async def test_undo_of_a_move_puts_the_old_time_back(chat: Chat) -> None:
    await settled(chat)
    before = (await chat.appointment()).starts_at
    await chat.tap("move", "slot2", "undo")
    assert chat.phone.toasts[-1].text == "Undone. All is as before."
    assert (await chat.appointment()).starts_at == before


async def test_the_old_time_stays_kept_while_a_move_can_be_undone(chat: Chat, world: World) -> None:
    await settled(chat)
    await chat.tap("move", "slot2")
    jonas = await known(world.chat(1002, "Jonas"))
    assert "Thu 4 Mar, 9:00:" not in jonas.screen.text
    await world.later(minutes=4)
    await jonas.say("/book")
    assert "Thu 4 Mar, 9:00:" in jonas.screen.text


async def test_move_to_another_day(chat: Chat) -> None:
    await settled(chat)
    await chat.tap("move", "times", "day.2027-03-09", "hour")
    assert chat.screen.key == "move.done"
    assert chat.screen.text.startswith("Moved: Tue 9 Mar, 9:00 with Ana.")
    assert (await chat.appointment()).state == "booked"


async def test_cancel_in_two_taps_and_undo(chat: Chat) -> None:
    await settled(chat)
    await chat.tap("cancel")  # 1
    assert chat.screen.key == "cancel.ask"
    assert "Cancel your visit on Thu 4 Mar, 9:00 with Ana?\nNothing is due." in chat.screen.text
    assert chat.screen.names[:4] == ("stay", "health", "cancelnow", "move")
    await chat.tap("cancelnow")  # 2
    assert chat.screen.key == "cancel.done"
    assert "You can undo this until 8:07." in chat.screen.text
    await chat.tap("undo")
    assert chat.screen.key == "visit.provisional"
    assert (await chat.appointment()).state == "booked"


async def test_a_cancelled_visit_settles(chat: Chat, world: World) -> None:
    await settled(chat)
    await chat.tap("cancel", "cancelnow")
    await world.later(minutes=4)
    await chat.look()
    assert chat.screen.key == "visit.cancelled"
    assert "You cancelled it. You can book again at any time." in chat.screen.text
    await chat.tap("book")
    assert chat.screen.key == "book.home"


async def test_keep_my_visit(chat: Chat) -> None:
    await settled(chat)
    await chat.tap("cancel", "stay")
    assert chat.screen.key == "visit.provisional"
    assert (await chat.appointment()).state == "booked"


async def test_late_moving_and_cancelling_cost_but_never_for_health(chat: Chat) -> None:
    await settled(chat)
    starts = from_minutes((await chat.appointment()).starts_at)
    chat.house.clock.advance(starts - timedelta(hours=20) - chat.house.clock.now())
    await chat.say("cancel")
    await chat.look(f"visit:{(await chat.appointment()).id}")
    assert chat.screen.key == "cancel.ask"
    assert "It is less than 24 hours before your visit. Half the price is due." in chat.screen.text
    assert "For health reasons nothing is ever due." in chat.screen.text
    await chat.tap("move", topic=chat.screen.topic)
    await chat.look(f"visit:{(await chat.appointment()).id}")
    assert "Half the price is due, but never for health reasons." in chat.screen.text


async def test_add_to_calendar(chat: Chat, world: World) -> None:
    await booked(chat)
    await chat.tap("ics")
    sent = [message for message in chat.phone.received if message.file]
    assert [message.file["name"] for message in sent if message.file] == ["visit.ics"]
    assert sent[0].text == "Your visit. Open the file to put it in your calendar."
    content = world.sim.world.files[(sent[0].file or {})["id"]].data.decode()
    assert "SUMMARY:Visit at Mill Lane Clinic" in content
    assert "massage" not in content.lower()
    assert chat.screen.key == "visit.booked_new"


async def test_where_is_it(chat: Chat) -> None:
    await booked(chat)
    await chat.tap("where")
    places = [message.place for message in chat.phone.received if message.place]
    assert [(place["latitude"], place["title"]) for place in places] == [(52.52, "Mill Lane Clinic")]
    assert any(
        "Mill Lane 4, ground floor. Room 1. Please come 10 minutes early. Step-free entry:" in words
        or "Mill Lane 4, ground floor. Room 2. Please come 10 minutes early. Step-free entry:" in words
        for words in chat.texts
    )


async def test_my_visits(chat: Chat) -> None:
    await known(chat)
    await chat.say("/visits")
    assert chat.screen.text == "You have no visit yet."
    await chat.tap("book", "slot3", "confirm")
    await chat.say("/visits")
    assert chat.screen.key == "visits.list"
    assert "Thu 4 Mar, 9:00, Ana: booked" in chat.screen.text
    await chat.tap("visit")
    assert chat.screen.key == "visit.booked_new"
    await chat.tap("back")
    assert chat.screen.key == "visits.list"


async def test_an_old_copy_of_the_card_shows_how_things_stand(chat: Chat) -> None:
    await settled(chat)
    card = next(m for m in chat.phone.received if m.text.startswith("Kept, with one thing"))
    await chat.say("/visits")
    await chat.tap("visit", "cancel", "cancelnow")
    assert (await chat.look("home")).key == "cancel.done"
    button = next(b for row in card.rows for b in row if b.text == "Move my visit")
    assert button.data is not None
    await chat.phone.tap_data(button.data, card.id)
    await chat.settle()
    assert chat.phone.message(card.id).text.startswith("Cancelled: Thu 4 Mar, 9:00.")
    assert (await chat.appointment()).state == "cancelled"


async def test_a_link_to_a_visit(chat: Chat, world: World) -> None:
    await settled(chat)
    visit = await chat.appointment()
    await chat.start(f"v_{visit.id}")
    assert chat.screen.key == "visit.provisional"
    jonas = await known(world.chat(1002, "Jonas"))
    await jonas.start(f"v_{visit.id}")
    assert jonas.screen.key == "book.home"


async def test_same_time_next_week_in_one_tap(chat: Chat) -> None:
    await settled(chat)
    visit = await chat.appointment()
    starts = from_minutes(visit.starts_at)
    chat.house.clock.advance(starts + timedelta(hours=1) - chat.house.clock.now())
    await _set(chat, state="done", keeps=0)
    await chat.start(f"v_{visit.id}")
    assert chat.screen.key == "visit.done"
    await chat.tap("rebook")
    assert chat.screen.key == "visit.booked_new"
    assert chat.screen.text.startswith("Booked: Thu 11 Mar, 9:00.")
    assert "Foot massage" in chat.screen.text


STATES = [
    ("visit.booked", {"provisional": False}, "I write to you the day before"),
    ("visit.provisional", {"ok_by": "soon"}, "We need your doctor's OK by"),
    (
        "visit.cleared",
        {"provisional": False, "cleared_at": "day before"},
        "We ask one short question on the day",
    ),
    ("visit.unanswered", {"state": "on_hold", "hold_reason": "unanswered"}, "We wait for your answers."),
    ("visit.in_review", {"state": "on_hold", "hold_reason": "review"}, "Please do not come before that."),
    ("visit.in_review", {"state": "on_hold", "hold_reason": "error"}, "Please do not come before that."),
    ("visit.provisional", {"state": "on_hold", "hold_reason": "clearance"}, "It is not firm yet"),
    ("visit.moved_ask", {"state": "tentative", "keep_until": "soon"}, "Kept for you until"),
    ("visit.waiting", {"state": "waiting", "ask_on": date(2027, 3, 9)}, "I ask how you are on Tue 9 Mar."),
    ("visit.cancelled", {"state": "cancelled", "ended_because": "clinic"}, "Ana cannot come."),
    ("visit.cancelled", {"state": "cancelled", "ended_because": "health"}, "You told us about your health"),
    ("visit.stopped", {"state": "stopped"}, "Please follow the message above."),
    ("visit.booked", {"provisional": False, "hidden_hold": True}, "I write to you the day before"),
    ("visit.done", {"state": "done"}, "Thank you for coming."),
    ("visit.no_show", {"state": "no_show"}, "Then nothing is due."),
]


@pytest.mark.parametrize(("key", "values", "words"), STATES)
async def test_each_state_has_its_words_and_buttons(
    chat: Chat, key: str, values: dict[str, object], words: str
) -> None:
    await settled(chat)
    visit = await chat.appointment()
    moments = {
        "soon": chat.house.clock.now() + timedelta(hours=1),
        "day before": from_minutes(visit.starts_at) - timedelta(days=1),
    }
    await _set(chat, **{name: moments.get(str(value), value) for name, value in values.items()})
    await chat.start(f"v_{(await chat.appointment()).id}")
    assert chat.screen.key == key
    assert words in chat.screen.text
    shown = [name for name in chat.screen.names if name not in {"person", "back", "home"}]
    absent = {"undo", "wellnow"} if key == "visit.provisional" else set()  # settled, and no relapse
    absent |= {"why"} | (set() if "ok_by" in values else {"sendok"})  # no hold is open that could tell
    wanted = [code for code in ROWS[key] if code not in absent]
    wanted = [] if key == "visit.stopped" else wanted  # nothing urgent is open here
    assert shown == wanted


async def test_questions_are_open_once_they_went_out(chat: Chat, world: World) -> None:
    await settled(chat)
    await _set(chat, provisional=False)
    visit = await chat.appointment()
    async with chat.house.database.reading() as session:
        due = await session.scalar(
            select(Notification.due_at).where(
                Notification.kind == "check.a", Notification.appointment_id == visit.id
            )
        )
        assert isinstance(due, datetime)
        loaded = await visit_facts.load(session, visit.id, due)
        assert loaded is not None
        assert visit_facts.state(loaded, due - timedelta(minutes=1)) == "visit.booked"
        assert visit_facts.state(loaded, due) == "visit.check_due"
        assert loaded.moments.cutoff == visit.starts_at - 12 * 60
        assert to_minutes(due) <= loaded.moments.cutoff
        assert visit.keeps == FIRM


async def test_a_forged_visit_is_nobodys(chat: Chat, world: World) -> None:
    await settled(chat)
    card = chat.phone.live
    cancel = next(b.data for row in card.rows for b in row if b.text == "Cancel visit")
    assert cancel is not None
    jonas = await known(world.chat(1002, "Jonas"))
    await jonas.phone.tap_data(cancel)
    await jonas.settle()
    assert jonas.phone.toasts[-1].text == "This card belongs to someone else."
    assert (await chat.appointment()).state == "booked"


async def _set(chat: Chat, **values: object) -> None:
    visit = await chat.appointment()
    async with chat.house.database.transaction() as session:
        await session.execute(update(Appointment).where(Appointment.id == visit.id).values(**values))


async def _therapist_hears(chat: Chat) -> list[str]:
    async with chat.house.database.reading() as session:
        kinds = await session.scalars(
            select(Notification.kind).where(Notification.kind.in_(("day.changed", "day.edit")))
        )
        return list(kinds)
