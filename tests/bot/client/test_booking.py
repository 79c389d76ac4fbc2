"""Booking as a chat: good times, the held time and its clock, other days, and what stands in the way."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from scheduling import booking, clinic, holding, people
from scheduling.appointments import Appointment
from scheduling.clinic import BookingRules, Therapist, TimeOff
from scheduling.search import SearchQuery, search
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import contacted, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_book_in_two_taps(chat: Chat) -> None:
    await known(chat)
    assert "Hello Maria." in chat.screen.text
    assert "2. Wed 3 Mar, 9:00: your best time" in chat.screen.text
    await chat.tap("slot2")  # 1
    assert chat.screen.key == "book.confirm"
    assert "Wed 3 Mar, 9:00 (clinic time)\nMill Lane 4, ground floor" in chat.screen.text
    assert "Move or cancel free until Tue 2 Mar, 9:00. For health reasons always free." in chat.screen.text
    assert "Kept for you until 8:10: 10 more minutes." in chat.screen.text
    await chat.tap("confirm")  # 2
    assert chat.screen.key == "visit.booked_new"
    assert chat.screen.text.startswith("Booked: Wed 3 Mar, 9:00.")
    assert chat.phone.toasts[-1].text == "Booked: Wed 3 Mar, 9:00."
    assert (await chat.appointment()).state == "booked"


async def test_the_card_of_a_booked_visit_comes_once_and_with_sound(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2", "confirm")
    cards = [m for m in chat.phone.received if m.text.startswith("Booked:")]
    assert [card.silent for card in cards] == [False]


async def test_book_on_another_day_in_four_taps(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times")  # 1
    assert chat.screen.key == "book.days"
    assert "Days without free times are not shown." in chat.screen.text
    days = [
        row for row in chat.phone.live.rows if row[0].text.split()[0] in {"Mon", "Tue", "Wed", "Thu", "Fri"}
    ]
    assert [len(row) for row in days] == [3, 3, 3, 3]
    assert days[0][0].text == "Mon 1"
    await chat.tap("day.2027-03-04")  # 2
    assert chat.screen.key == "book.day"
    assert len([name for name in chat.screen.names if name.startswith("hour")]) == 8
    await chat.tap("hour", "confirm")  # 3, 4
    assert chat.screen.text.startswith("Booked: Thu 4 Mar, 9:00.")


async def test_another_therapist_in_six_taps(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times", "ther")
    assert chat.screen.key == "book.therapist"
    assert chat.phone.live.rows[0][0].text == "Any who suits me"
    marek = next(row[0].data for row in chat.phone.live.rows if row[0].text == "Marek")
    assert marek is not None
    await chat.tap(marek.rpartition(":")[2], "day.2027-03-04", "hour", "confirm")
    assert "with Marek" in chat.screen.text
    assert (await chat.appointment()).state == "booked"


async def test_another_treatment_and_back(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times", "treat")
    assert chat.screen.key == "book.treatment"
    await chat.tap("foot")
    assert chat.screen.key == "book.days"
    assert chat.screen.text.startswith("Foot massage, 30 min")
    await chat.tap("back")
    assert chat.screen.key == "book.home"


async def test_pages_of_days_and_months(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times")
    assert "earlier" not in chat.screen.names
    first = chat.screen.names[:12]
    await chat.tap("later")
    assert not set(first) & set(chat.screen.names[:12])
    await chat.tap("earlier")
    assert chat.screen.names[:12] == first
    await chat.tap("month.2027-04")
    assert chat.screen.names[0].startswith("day.2027-04-01")
    await chat.tap("home")
    assert chat.screen.key == "book.home"


async def test_hours_turn_to_the_next_day(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times", "day.2027-03-03")
    hours = set(chat.screen.names[:8])
    while chat.screen.text.startswith("Wed 3 Mar"):
        await chat.tap("later")
        assert not hours & set(chat.screen.names[:8])
    assert chat.screen.text.startswith("Thu 4 Mar")
    await chat.tap("earlier")
    assert chat.screen.text.startswith("Wed 3 Mar")


async def test_the_clock_of_a_held_time(chat: Chat, world: World) -> None:
    await known(chat)
    await chat.tap("slot2")
    before = len(chat.texts)
    await world.later(minutes=5)
    assert "5 more minutes" in (await chat.look()).text
    await world.later(minutes=2)
    assert "5 more minutes" in (await chat.look()).text  # no ticking
    await world.later(minutes=1)
    assert "2 more minutes" in (await chat.look()).text
    await world.later(minutes=2)
    assert (await chat.look()).key == "book.hold_ended"
    assert chat.screen.text.startswith(
        "I could not keep Wed 3 Mar, 9:00 any longer. It is still free. Your answers are saved."
    )
    assert len(chat.texts) == before  # silent: always the same message
    await chat.tap("keepagain", "confirm")
    assert chat.screen.text.startswith("Booked: Wed 3 Mar, 9:00.")


async def test_confirm_after_the_hold_ended_changes_nothing(chat: Chat, world: World) -> None:
    await known(chat)
    await chat.tap("slot2")
    data = chat.phone.live.rows[0][0].data
    chat.house.clock.advance(timedelta(minutes=11))
    assert data is not None
    await chat.phone.tap_data(data, chat.phone.live.id)
    await chat.settle()
    assert "I could not keep" in chat.screen.text
    assert (await chat.appointment()).state != "booked"


async def test_looking_further_gives_the_held_time_back(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2", "others")
    assert chat.screen.key == "book.days"
    assert (await chat.appointment()).state == "released"


async def test_someone_was_faster(chat: Chat, world: World) -> None:
    jonas = await known(world.chat(1002, "Jonas"))
    await known(chat)
    await jonas.tap("slot2", "confirm")
    await chat.tap("slot2")
    assert chat.screen.key == "book.taken"
    assert chat.screen.text.startswith("Someone else took Wed 3 Mar, 9:00 a moment ago.")
    assert len([name for name in chat.screen.names if name.startswith("slot")]) == 3
    await chat.tap("slot1", "confirm")
    assert chat.screen.key == "visit.booked_new"
    assert (await chat.appointment()).starts_at != (await jonas.appointment()).starts_at


async def test_a_held_time_that_somebody_else_took(chat: Chat, world: World) -> None:
    jonas = await known(world.chat(1002, "Jonas"))
    await known(chat)
    await chat.tap("slot2")
    await world.later(minutes=11)
    await jonas.tap("slot2", "confirm")
    await chat.tap("keepagain")
    assert chat.screen.key == "book.taken"


async def test_two_visits_a_week_are_enough(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2", "confirm")
    await chat.say("/book")
    assert "Thu 4 Mar" in chat.screen.text
    await chat.tap("slot2", "confirm")
    await chat.say("/book")
    assert "1. Mon 8 Mar, 9:00: your best time" in chat.screen.text  # a full week is not offered


async def test_the_weekly_limit_is_said_when_a_button_is_older(chat: Chat) -> None:
    await known(chat)
    await _rules(chat, weekly_limit=1)
    await chat.say("/book")
    await chat.tap("slot2", "confirm")
    await _rules(chat, weekly_limit=2)
    await chat.say("/book")
    await _rules(chat, weekly_limit=1)
    await chat.tap("slot2")
    assert chat.phone.toasts[-1].text.startswith("That would be more than 1 visit in one week.")
    assert chat.screen.key == "book.home"


async def test_the_number_is_asked_once_and_shared_by_a_button(chat: Chat) -> None:
    await known(chat)
    await _ask_phone(chat)
    await chat.tap("slot2")
    assert chat.screen.key == "book.phone"
    assert chat.phone.keyboard == [["Share my number"], ["No phone"]]
    await chat.tap("share")
    assert chat.screen.key == "book.confirm"
    async with chat.house.database.reading() as session:
        number = await people.phone_of(session, await chat.person_id())
    assert number is not None
    assert number.startswith("+")
    await chat.tap("confirm")
    assert chat.screen.key == "visit.booked_new"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("030 901820", "+4930901820"), ("+43 1 58858", "+43158858"), ("0171 1234567", "+491711234567")],
)
async def test_a_typed_number(chat: Chat, typed: str, kept: str) -> None:
    await known(chat)
    await _ask_phone(chat)
    await chat.tap("slot2")
    await chat.say("no idea")
    assert any("I cannot read that as a phone number." in words for words in chat.texts)
    assert chat.screen.key == "book.phone"
    await chat.say(typed)
    assert chat.screen.key == "book.confirm"
    async with chat.house.database.reading() as session:
        assert await people.phone_of(session, await chat.person_id()) == kept


async def test_no_phone_is_an_answer(chat: Chat) -> None:
    await known(chat)
    await _ask_phone(chat)
    await chat.tap("slot2", "nophone")
    assert chat.screen.key == "book.confirm"
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert person.no_phone


async def test_the_number_of_somebody_else_is_not_taken(chat: Chat) -> None:
    await known(chat)
    await _ask_phone(chat)
    await chat.tap("slot2")
    await chat.phone.share_contact(own=False)
    await chat.settle()
    assert any("That is the number of someone else." in words for words in chat.texts)
    assert chat.screen.key == "book.phone"


async def test_first_booking_asks_under_the_held_time(chat: Chat) -> None:
    """21 taps from Start for MS and nothing else: 5 of contact, time, Go on, 12 cards, phone, Confirm."""
    await contacted(chat)  # 5
    await chat.tap("slot3")  # 6
    assert chat.screen.key == "result.provisional"
    assert "Kept for you until 8:10." in chat.screen.text
    await chat.tap("goon")  # 7
    cards = []
    while chat.screen.key not in {"book.phone", "book.confirm"}:
        cards.append(chat.screen.key)
        assert len(cards) <= 12, cards
        wanted = {"profile.heat_cold": "o4", "profile.relapse": "o4"}.get(chat.screen.key, "o1")
        none = [name for name in chat.screen.names if name in {"none", "button.none"}]
        await chat.tap(none[0] if none else wanted)
    assert len(cards) == 12
    assert chat.screen.key == "book.phone"  # its keyboard is a message of its own: nothing of health above it
    assert [text.endswith(": done.") for text in chat.texts[-2:]] == [True, False]
    assert not any("medical advice" in text for text in chat.texts)
    await chat.tap("nophone", "confirm")  # 20, 21
    assert chat.screen.key in {"visit.booked_new", "visit.provisional"}
    assert (await chat.appointment()).provisional


async def test_later_keeps_the_time_and_start_shows_it(chat: Chat) -> None:
    await contacted(chat)
    await chat.tap("slot3", "later")
    assert chat.screen.key == "book.home"
    await chat.start()
    assert chat.screen.key == "visit.held"
    assert chat.screen.text.startswith("This is still open:\nKept for you until ")
    assert "This is still open:" not in chat.texts  # a line of the card, not a message of its own
    await chat.tap("confirm")
    assert chat.screen.key == "result.provisional"


async def test_nothing_is_free_and_why(chat: Chat) -> None:
    await known(chat)
    async with chat.house.database.transaction() as session:
        ana = (await session.scalars(select(Therapist).where(Therapist.name.startswith("Ana")))).one()
        session.add(TimeOff(therapist_id=ana.id, first_day=date(2027, 3, 1), last_day=date(2027, 12, 31)))
    await chat.tap("times", "ther")
    ana_button = next(row[0].data for row in chat.phone.live.rows if row[0].text == "Ana")
    assert ana_button is not None
    await chat.tap(ana_button.rpartition(":")[2])
    assert chat.screen.text.startswith("There is no free time for First visit with Ana before")
    assert "Ana is away from Mon 1 Mar to" in chat.screen.text
    await chat.tap("any")
    assert chat.screen.key == "book.days"
    assert "anyone who suits you" in chat.screen.text


async def test_too_near_without_the_ok(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o2")
    await _rules(chat, lead_days_without_ok=30)
    await chat.tap("slot1")
    assert chat.screen.key == "book.need_ok"
    assert "must be with us 30 days before the visit" in chat.screen.text
    await chat.tap("others")
    assert chat.screen.key == "book.days"


async def test_a_safety_hold_stands_before_every_path(chat: Chat) -> None:
    await known(chat)
    house, client = chat.house, await chat.person_id()
    async with house.database.transaction() as session:
        await interview.raise_finding(
            session, client, "stroke_signs_now", "text", house.clock.now(), zone=house.zone
        )
    await chat.tap("slot2")
    assert chat.screen.key == "book.on_hold"
    assert "A person from the clinic must speak with you first." in chat.screen.text
    await chat.say("/book")
    assert chat.screen.key == "book.on_hold"


async def test_closed_until_a_lead_has_signed(unsigned: World) -> None:
    chat = unsigned.chat(1001, "Maria")
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o1")
    assert chat.screen.key == "book.closed"
    assert "Thank you, Maria. We are still getting ready" in chat.screen.text
    await chat.say("/book")
    assert chat.screen.key == "book.closed"
    await unsigned.sign()
    await chat.house.menu.keep_house(chat.house, chat.house.clock.now())
    await chat.settle()
    assert chat.screen.key == "book.opened"
    assert chat.screen.text.startswith("We are open now, Maria.")
    await chat.tap("seetimes")
    assert chat.screen.key == "book.first"


async def test_a_button_names_its_own_time(chat: Chat, world: World) -> None:
    """What was shown is what is booked, also when better times have come free since."""
    await known(chat)
    wanted = chat.screen.text.split("2. ")[1].split(": your")[0]
    async with chat.house.database.transaction() as session:
        await session.execute(update(Therapist).values(active=Therapist.name.startswith("Ana")))
    await world.later(minutes=30)
    await chat.tap("slot2")
    assert wanted in chat.screen.text


async def _rules(chat: Chat, **values: int) -> None:
    async with chat.house.database.transaction() as session:
        await session.execute(update(BookingRules).values(**values))
        assert (await clinic.rules(session)) is not None


async def _ask_phone(chat: Chat) -> None:
    """As if nobody had said "no phone" yet."""
    async with chat.house.database.transaction() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        person.no_phone = False


async def test_one_held_time_a_client(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2", "back", "slot3")
    async with chat.house.database.reading() as session:
        states = (await session.scalars(select(Appointment.state))).all()
    assert sorted(states) == ["held", "released"]


async def test_inside_48_hours_the_check_is_part_of_it(chat: Chat) -> None:
    """Seven taps: the time, five cards of a well client with one condition, Confirm."""
    await known(chat)
    assert "1. Tue 2 Mar, 9:00" in chat.screen.text
    await chat.tap("slot1")  # 1
    cards = []
    while chat.screen.key != "book.confirm":
        cards.append(chat.screen.key)
        assert len(cards) <= 5, cards
        await chat.world.later(seconds=5)
        await chat.tap("none")
    assert cards == ["check.a", "check.b", "check.c", "check.d", "check.e"]
    await chat.tap("confirm")  # 7
    assert (await chat.appointment()).state == "booked"
    assert (await chat.appointment()).cleared_at is not None


async def test_a_hold_that_ends_among_the_questions_loses_no_answer(chat: Chat, world: World) -> None:
    await contacted(chat)
    await chat.tap("slot3", "goon", "o1", "o1")
    assert chat.screen.key == "profile.p0a"
    await world.later(minutes=20)
    await chat.look()
    assert chat.screen.key == "profile.p0a"  # the clock ends the hold, never the answers
    asked = 0
    while chat.screen.key not in {"book.phone", "book.confirm", "book.hold_ended"}:
        asked += 1
        assert asked <= 10, chat.screen
        none = "none" in chat.screen.names
        other = {"profile.heat_cold": "o4", "profile.relapse": "o4"}.get(chat.screen.key, "o1")
        await chat.tap("none" if none else other)
    assert asked == 10
    if chat.screen.key == "book.phone":
        await chat.tap("nophone")
    assert chat.screen.key == "book.hold_ended"
    assert "Your answers are saved." in chat.screen.text
    await chat.tap("keepagain")
    assert chat.screen.key == "book.confirm"  # nothing is asked again
    await chat.tap("confirm")
    assert (await chat.appointment()).state == "booked"


async def test_not_two_visits_at_once(chat: Chat) -> None:
    await known(chat)
    async with chat.house.database.transaction() as session:
        client, now = await chat.person_id(), chat.house.clock.now()
        treatment = (await clinic.treatments(session))[0]
        found = await search(
            session, SearchQuery(client, treatment.id, first_day=date(2027, 3, 3), days=1), now
        )
        ana_at_9 = found[0]
        other = next(slot for slot in found if slot.therapist_id != ana_at_9.therapist_id)
        held = await holding.hold(session, client, other, now)
        await booking.confirm(session, held.id, now)
    data = f"{other.starts_at}-{ana_at_9.therapist_id[:8]}"
    revision = next(b.data for row in chat.phone.live.rows for b in row if b.data).split(":")[1]
    await chat.phone.tap_data(f"f:{revision}:slot1.{data}", chat.phone.live.id)
    await chat.settle()
    assert chat.phone.toasts[-1].text == "You already have a visit at that time."


async def test_buttons_fit_a_phone_and_carry_little(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times", "day.2027-03-04", "back", "ther", "back", "treat", "foot", "home")
    await chat.tap("slot2", "confirm", "move", "times", "back", "back", "cancel", "stay", "home")
    widths = {1: 30, 2: 14, 3: 8}
    for message in chat.phone.history:
        for row in message.rows:
            for button in row:
                assert len((button.data or "").encode()) <= 35, button
                assert len(button.text) <= widths[len(row)], (button, len(row))
