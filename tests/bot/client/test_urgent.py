"""Act-now texts: first, once, whole, and followed up; and what a preview may show of being hurt."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scheduling import notifications, tasks
from scheduling.appointments import ON_HOLD, STOPPED
from scheduling.notifications import Notification
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def taps(world: World, chat: Chat, *names: str) -> None:
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name)


async def test_typed_words_are_answered_first_and_the_visit_waits_for_a_tap(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("I have chest pain since this morning")
    act = await chat.look("urgent")
    assert act.key == "urgent.e"
    assert act.text.startswith("Call 112 now. Do not wait.")
    assert "I have chest pain since this morning" in act.text
    assert act.names == ("called", "helpme")
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.hold_reason) == (ON_HOLD, "review")  # kept until it is sure
    assert "chest_pain_now" in await open_codes(chat.house, client)
    await chat.tap("called", topic="urgent")
    assert (await chat.look("urgent")).key == "urgent.called"
    assert (await visit_of(chat.house, visit.id)).state == STOPPED


async def test_the_act_now_text_is_sent_once_and_is_a_row(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await chat.say("chest pain")
    async with chat.house.database.reading() as session:
        rows = (
            await session.scalars(
                select(Notification).where(Notification.person_id == client, Notification.kind == "urgent")
            )
        ).all()
    assert [(row.state, row.at_least_once) for row in rows] == [(notifications.SENT, True)]
    assert len([t for t in chat.texts if t.startswith("Call 112 now")]) == 1
    await world.later(minutes=5)
    assert len([t for t in chat.texts if t.startswith("Call 112 now")]) == 1


async def test_help_again_tells_the_staff_again(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("chest pain")
    before = len(admin.phone.received)
    alert = next(text for text in admin.texts if text.startswith("A call to make now: Maria K."))
    assert "They told us: chest pain" in alert
    assert "No phone was given: please write to them here, in Telegram, by" in alert
    previews = [n.text for n in world.sim.notifications(admin.phone.chat_id)]
    assert "A call to make now: Maria K." in previews  # and no word of what it is about
    await chat.tap("helpme", topic="urgent")
    again = await chat.look("urgent")
    assert again.key == "urgent.again"
    assert "We have told the clinic again: 555 0142." in again.text
    assert len(admin.phone.received) > before
    assert any("They ask for help again: Maria K." in text for text in admin.texts)


async def test_self_harm_names_the_crisis_line(world: World, chat: Chat) -> None:
    await known(world, chat)
    await chat.say("I want to kill myself")
    act = await chat.look("urgent")
    assert act.key == "urgent.c_self"
    assert act.text.startswith("Please call or text 555 0100 now.")


async def test_being_hurt_shows_nothing_in_a_preview_and_is_held_out_of_sight(
    world: World, chat: Chat
) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("he hits me")
    act = await chat.look("urgent")
    assert act.key == "urgent.c_hurt"
    assert act.names == ("callsafe", "writeonly", "helpme")
    assert "hits" not in act.text  # her words are not repeated
    previews = [n.text for n in world.sim.notifications(chat.phone.chat_id, silent=True)]
    assert previews[-1] == "A message from Mill Lane Clinic."
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.hidden_hold) == ("booked", True)
    await chat.tap("callsafe", topic="urgent")
    await chat.say("Tuesday after nine, he is at work then")
    assert "We will do it only in that way." in (await chat.look("urgent")).text
    async with chat.house.database.reading() as session:
        task = next(t for t in await tasks.of_client(session, client) if t.kind == "urgent")
        assert "Tuesday after nine" in str(await tasks.note_of(session, task))


async def test_words_that_may_be_a_sign_are_asked_about_under_the_number(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await chat.say("my leg went numb")
    ask = await chat.look("urgent")
    assert ask.key == "urgent.ask"
    assert ask.text.startswith("If it is now, call 112.")
    async with chat.house.database.reading() as session:
        assert "red_unsure" in {t.kind for t in await tasks.of_client(session, client)}  # with the question
    await chat.tap("urgent.ask.1", topic="urgent")
    assert (await chat.look("urgent")).key == "urgent.e"
    assert (await visit_of(chat.house, visit.id)).state == STOPPED


async def test_long_ago_and_checked_asks_for_an_ok_and_not_sure_for_a_person(
    world: World, chat: Chat
) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 4))
    await chat.say("my leg went numb")
    await chat.tap("urgent.ask.3", topic="urgent")
    assert (await chat.look("urgent")).key == "detail.dseen"
    await chat.tap("detail.dseen.3", topic="urgent")
    assert (await chat.look("urgent")).key == "result.clearance"
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD


async def test_nobody_answers_the_question_and_a_person_looks(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 4))
    await chat.say("my leg went numb")
    await world.later(minutes=61)
    assert "red_flag_unsure" in await open_codes(chat.house, client)
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD


async def test_a_no_on_a_card_does_not_cancel_what_was_typed(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    await chat.say("my leg went numb")
    await chat.tap("unsure", topic="urgent")
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD
    topic = f"check:{visit.id}"
    for _ in range(5):
        await world.later(seconds=4)
        await chat.tap("none", topic=topic)
    assert (await chat.look(topic)).key in {"result.clash", "result.review", "result.red_unsure"}
    assert {"answers_conflict", "red_flag_unsure"} <= await open_codes(chat.house, client)


async def test_if_telegram_is_away_the_text_follows_by_its_row(world: World, chat: Chat) -> None:
    await known(world, chat)
    await world.sim.fault("error", method="sendMessage", count=2, code=502)
    await chat.say("chest pain")
    await world.later(minutes=2)
    await world.later(minutes=2)
    assert len([t for t in chat.texts if t.startswith("Call 112 now")]) >= 1


async def test_one_message_for_two_codes(chat: Chat) -> None:
    from bot.client.urgent_text import message

    policy = chat.house.shipped
    one = message(policy, ("suicidal_thoughts", "stroke_signs_now"))
    assert (one.text, one.crisis) == ("urgent.e", "urgent.c_self.1")
    assert message(policy, ("ac_dark_urine", "suicidal_thoughts")).text == "urgent.c_self"
    assert message(policy, ("one_limb_swollen_hot:E",)).text == "urgent.e"
    assert message(policy, ("hypo_severe:D",)).added == ()
    assert message(policy, ("abuse_disclosed",)).hidden


async def test_softer_words_hold_the_visit_for_a_person_without_alarm(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 4))
    await chat.say("I think my relapse started")
    assert (await chat.look("urgent")).key == "result.review"
    assert "relapse_unsure" in await open_codes(chat.house, client)
    assert (await visit_of(chat.house, visit.id)).state == ON_HOLD
    assert not [text for text in chat.texts if text.startswith("Call 112")]


async def test_a_preference_raises_nothing(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 4))
    await chat.say("no heat on the feet please")
    assert not await open_codes(chat.house, client)
    assert (await visit_of(chat.house, visit.id)).state == "booked"


async def test_what_is_on_file_completes_the_words(world: World, chat: Chat) -> None:
    await known(world, chat, conditions=frozenset({"cancer_now"}))
    await chat.say("a bit shivery")
    assert (await chat.look("urgent")).key == "urgent.ask"
