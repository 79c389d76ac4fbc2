"""After a visit: care within the hour, one tap the next day, and what a worse answer sets going."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import from_minutes
from scheduling import tasks, visits_done
from scheduling.appointments import BOOKED, STOPPED, WAITING, Appointment
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, checked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def treated(world: World, chat: Chat, *, first: bool = False, hour: float = 10) -> Appointment:
    """A visit that took place; the clock stands at its end, Done was tapped."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3), hour, first=first)
    await world.until("check.a")
    await checked(world, visit)
    await world.until("recheck.t")
    await chat.look()
    await chat.tap("none")
    house = chat.house
    house.clock.advance(from_minutes(visit.ends_at) - house.clock.now() + timedelta(minutes=1))
    async with house.database.transaction() as session:
        await visits_done.done(session, visit.id, house.clock.now(), actor=None)
    await world.settle()
    return await visit_of(house, visit.id)


async def kinds(chat: Chat, visit: Appointment) -> set[str]:
    async with chat.house.database.reading() as session:
        return {task.kind for task in await tasks.of_client(session, visit.client_id)}


async def test_care_comes_within_the_hour_behind_a_neutral_line(world: World, chat: Chat) -> None:
    await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    assert chat.screen.key == "after.care"
    assert chat.screen.text.lower().count("call 112") == 1  # in its own words, without the footer
    assert chat.screen.text.startswith("Thank you for coming today, Maria Kral.")
    assert "Get up in steps" in chat.screen.text
    previews = [n.text for n in world.sim.notifications(chat.phone.chat_id, silent=True)]
    assert previews[-1] == "Thank you for coming today, Maria Kral."
    await chat.tap("feelfine")
    assert chat.screen.key == "after.thanks"


async def test_one_tap_the_next_day_and_the_same_time_next_week(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    await world.until("after.next_day")
    await chat.look()
    assert chat.screen.key == "after.next_day"
    await chat.tap("fine")  # 1
    assert chat.screen.key == "after.fine"
    assert "Shall I book" in chat.screen.text
    await chat.tap("rebook")
    newest = await chat.appointment()
    assert newest.id != visit.id
    assert newest.starts_at == visit.starts_at + 7 * 24 * 60
    assert newest.state == BOOKED
    assert newest.undo_until is not None


async def test_sore_and_easing_gets_tips_and_a_question_after_three_days(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    await world.until("after.next_day")
    await chat.look()
    await chat.tap("sore", "after.which.1")
    assert chat.screen.key == "after.tips"
    await world.until("after.third_day")
    await chat.look()
    assert chat.screen.key == "after.third_day"
    await chat.tap("after.third_day.2")
    await chat.tap("right")
    assert chat.screen.key == "after.call_back"
    assert "ac_soreness_over_72h" in await open_codes(chat.house, visit.client_id)
    assert "after" in await kinds(chat, visit)


async def test_still_tired_holds_the_next_visit_and_somebody_calls(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    later = await booked(world, visit.client_id, in_days(world, 7))
    await world.until("after.next_day")
    await chat.look()
    await chat.tap("sore", "after.which.4", "right")
    assert chat.screen.key == "after.hold"
    assert "nothing is due" in chat.screen.text
    assert (await visit_of(chat.house, later.id)).state == WAITING
    assert "ac_lethargy_over_24h" in await open_codes(chat.house, visit.client_id)


async def test_something_is_wrong_acts_at_once(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    later = await booked(world, visit.client_id, in_days(world, 7))
    await world.until("after.next_day")
    await chat.look()
    await chat.tap("wrong")
    assert chat.screen.key == "after.wrong"
    assert "If it is bad, call 112 now." in chat.screen.text
    await chat.tap("after.wrong.2")
    act = await chat.look("urgent")
    assert act.key == "urgent.d"
    assert "Say that you had a massage, and when." in act.text
    assert (await visit_of(chat.house, later.id)).state == STOPPED
    assert "urgent" in await kinds(chat, visit)


async def test_the_word_pain_opens_the_list_and_the_number_goes_out_first(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    await world.later(minutes=4)
    await chat.say("pain")
    assert chat.screen.key == "after.wrong"
    await chat.tap("after.wrong.2")
    assert (await chat.look("urgent")).key == "urgent.d"
    assert len([text for text in chat.texts if "Get medical help today" in text]) == 1
    sent = [call.params for call in world.sim.calls if call.method == "sendMessage"]
    first = next(n for n, params in enumerate(sent) if "Get medical help today" in str(params))
    assert first == len(sent) - 1  # by itself, before anything else was told
    assert "ac_dark_urine" in await open_codes(chat.house, visit.client_id)


async def test_heavy_limbs_that_ease_are_asked_about_again_after_two_hours(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    await chat.tap("wrong", "after.wrong.1", "after.easing.1", "noothers")
    assert chat.screen.key == "after.tips"
    await world.until("after.easing")
    await chat.look()
    assert chat.screen.key == "after.easing"
    await chat.tap("after.easing.2")
    assert (await chat.look("urgent")).key == "urgent.e"
    assert "ac_cannot_move" in await open_codes(chat.house, visit.client_id)


async def test_no_answer_if_it_eases_is_asked_once_more_and_then_somebody_calls(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    visit = await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    await chat.tap("wrong", "after.wrong.1", "after.easing.1", "noothers")
    answered = chat.house.clock.now()
    await world.until("after.easing_open")
    await chat.look()
    assert chat.screen.key == "after.easing"
    assert chat.screen.text.startswith("A short question is still open, Maria Kral.")
    assert "easing" not in await kinds(chat, visit)
    await world.later(hours=1, minutes=1)
    async with chat.house.database.reading() as session:
        [task] = [one for one in await tasks.of_client(session, visit.client_id) if one.kind == "easing"]
    assert task.due_at - answered < timedelta(hours=5, minutes=10)  # the same day, within the hour
    assert (await admin.look(f"task:{task.id}")).text.startswith("A call to make within the hour: Maria K.")
    assert await open_codes(chat.house, visit.client_id) == set()


async def test_an_answer_that_it_eases_calls_nobody(world: World, chat: Chat) -> None:
    visit = await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    await chat.tap("wrong", "after.wrong.1", "after.easing.1", "noothers")
    await world.until("after.easing")
    await chat.look()
    await chat.tap("after.easing.1")
    assert chat.screen.key == "after.tips"
    await world.later(hours=5)
    assert "easing" not in await kinds(chat, visit)


async def test_the_card_of_the_day_itself_asks_as_the_next_day_does_when_it_is_late(
    world: World, chat: Chat
) -> None:
    """The next day it is no more "the same day, easing": over 24 hours holds the next visit."""
    visit = await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    old = chat.phone.last
    await world.later(hours=21)
    await chat.phone.tap_data(str(old.rows[1][0].data), old.id)
    await chat.settle()
    await chat.look(f"after:{visit.id}")
    assert chat.screen.key == "after.next_day"
    await chat.tap("wrong", "after.wrong.1", "after.easing.1")
    assert chat.screen.key == "detail.dn2"
    assert "ac_heavy_tired_same_day" not in await open_codes(chat.house, visit.client_id)


async def test_nobody_answers_one_reminder_and_then_silence(world: World, chat: Chat) -> None:
    visit = await treated(world, chat, first=True)
    await world.until("after.next_day")
    await world.until("after.reminder")
    await chat.look()
    assert chat.screen.text.startswith("A short question is still open, Maria Kral.")
    await world.later(days=2)
    assert "after" in await kinds(chat, visit)  # a first visit: staff look
    assert await open_codes(chat.house, visit.client_id) == set()  # silence holds nothing


async def test_a_week_on_only_after_a_first_visit(world: World, chat: Chat) -> None:
    visit = await treated(world, chat, first=True)
    await world.until("after.week")
    await chat.look()
    assert chat.screen.key == "after.week"
    await chat.tap("no")
    assert chat.screen.key == "after.fine"
    assert await open_codes(chat.house, visit.client_id) == set()


async def test_muted_keeps_the_questions_before_a_visit(world: World, chat: Chat) -> None:
    await treated(world, chat)
    await world.later(minutes=4)
    await chat.look()
    await chat.tap("mute")
    assert chat.screen.key == "after.muted"
    assert "I still ask the questions before each visit" in chat.screen.text
    await chat.tap("undo")
    assert chat.screen.key == "after.care"
    await world.until("after.next_day")
    await chat.look()
    assert chat.screen.key == "after.next_day"
