"""First contact as a chat: five taps, each saved, and the ways out of it."""

from __future__ import annotations

import pytest

from scheduling import people, tasks
from screening import holds
from tests.bot.chat import Chat, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_five_taps_to_the_first_times(chat: Chat) -> None:
    await chat.start()  # 1
    assert chat.screen.key == "first.consent"
    assert "Hello, this is Mill Lane Clinic." in chat.screen.text
    assert "3 years after your last visit" in chat.screen.text
    await chat.tap("agree")  # 2
    assert chat.screen.key == "first.condition"
    assert "Multiple sclerosis" in chat.screen.text
    assert "Feel very ill? Call 112" in chat.screen.text
    await chat.tap("o1")  # 3
    assert chat.screen.key == "first.time"
    await chat.tap("o1")  # 4
    assert chat.screen.key == "first.ok"
    await chat.tap("o1")  # 5
    assert chat.screen.key == "book.first"
    assert chat.screen.names[:3] == tuple(n for n in chat.screen.names if n.startswith("slot"))
    assert "your best time" in chat.screen.text
    assert len(chat.texts) == 1  # one live card, edited


async def test_no_answer_stands_in_the_data_of_a_button(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree")
    buttons = [button for row in chat.phone.last.rows for button in row]
    assert [button.data.rpartition(":")[2] for button in buttons][:5] == ["o1", "o2", "o3", "o4", "o5"]


async def test_what_is_kept_is_told_before_anybody_agrees(chat: Chat) -> None:
    await chat.start()
    await chat.tap("more")
    assert chat.screen.key == "consent.more"
    assert "passes through Telegram" in chat.screen.text
    await chat.tap("agree")
    assert chat.screen.key == "first.condition"


async def test_not_now_keeps_nothing(chat: Chat, world: World) -> None:
    await chat.start("c_spring")
    await chat.tap("notnow")
    assert chat.screen.key == "consent.no"
    assert "I have kept nothing" in chat.screen.text
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert (person.name, person.campaign) == ("", None)
        assert await people.consented(session, person.id, "care") is None
    await chat.tap("again")
    assert chat.screen.key == "first.consent"
    await chat.tap("agree")
    assert chat.screen.key == "first.condition"


async def test_who_looked_in_and_never_agreed_is_forgotten(chat: Chat, world: World) -> None:
    await chat.start()
    await chat.tap("notnow")
    await world.later(hours=30)
    await chat.house.menu.keep_house(chat.house, chat.house.clock.now())
    async with chat.house.database.reading() as session:
        assert await people.by_telegram_id(session, chat.phone.chat_id) is None
    await chat.start()
    assert chat.screen.key == "first.consent"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("o2", "under_18", "A parent or guardian"),
        ("o3", "consent_support_needed", "The person who decides with you"),
        ("unsure", "consent_support_needed", "The person who decides with you"),
    ],
)
async def test_somebody_else_decides(chat: Chat, answer: str, code: str, words: str) -> None:
    await chat.start()
    await chat.tap(answer)
    assert chat.screen.key == "consent.helper"
    assert words in chat.screen.text
    async with chat.house.database.reading() as session:
        client = await chat.person_id()
        assert [hold.code for hold in await holds.open_holds(session, client)] == [code]
        assert [task.kind for task in await tasks.of_client(session, client)] == ["consent"]
        assert await people.roles_of(session, client) == frozenset()
    await chat.start()
    assert chat.screen.key == "consent.helper"
    await chat.say("/book")
    assert chat.screen.key == "consent.helper"


async def test_the_doctor_said_no(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o3")
    assert chat.screen.key == "profile.told_no"
    await chat.tap("home")
    assert chat.screen.key == "book.on_hold"
    assert not any(name.startswith("slot") for name in chat.screen.names)
    async with chat.house.database.reading() as session:
        found = await holds.open_holds(session, await chat.person_id())
        assert [hold.code for hold in found] == ["doctor_advised_against"]


async def test_without_an_ok_the_first_times_leave_room_for_it(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o2")
    assert chat.screen.key == "book.first"
    assert "We need your doctor's OK before the visit." in chat.screen.text


async def test_an_answer_can_be_changed(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1", "o3")
    assert chat.screen.key == "first.ok"
    await chat.tap("change")
    assert chat.screen.key == "first.time"
    await chat.tap("o1", "o1")
    assert "your best time" in chat.screen.text
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert person.best_time == "morning"


async def test_leaving_resumes_at_the_same_card(chat: Chat) -> None:
    await chat.start()
    await chat.tap("agree", "o1")
    assert chat.screen.key == "first.time"
    await chat.tap("home")
    assert chat.screen.key == "book.home"
    await chat.tap("goon")
    assert chat.screen.key == "first.time"
    assert "Welcome back. We stopped here." in chat.screen.text
    await chat.start()
    assert chat.screen.key == "first.time"
    assert "Welcome back. We stopped here." in chat.screen.text
    await chat.tap("o1", "o1")
    assert chat.screen.key == "book.first"
    assert "Welcome back" not in chat.screen.text


async def test_a_therapists_link_looks_at_their_times_first(chat: Chat) -> None:
    await chat.start("t_marek")
    assert "You came by Marek's link." in chat.screen.text
    await chat.tap("agree", "o1", "o4", "o1")
    assert chat.screen.key == "book.first"
    assert "Marek" in chat.screen.text
    assert "Ana" not in chat.screen.text


async def test_an_old_link_is_as_good_as_none(chat: Chat) -> None:
    await chat.start("i_AAAAAAAAAAAAAAAAAAAAAA")
    assert chat.screen.key == "first.consent"
    assert "That link no longer works, but you are in the right place." in chat.screen.text


async def test_a_campaign_is_kept_with_the_consent(chat: Chat) -> None:
    await chat.start("c_spring")
    assert "link" not in chat.screen.text
    await chat.tap("agree")
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert person.campaign == "spring"


async def test_a_language_that_is_not_there_is_said(world: World) -> None:
    chat = world.chat(1002, "Aiko", language_code="ja")
    await chat.start()
    assert "I do not speak your language yet" in chat.screen.text


async def test_typed_words_do_not_answer_a_card(chat: Chat) -> None:
    await chat.start()
    await chat.say("yes of course")
    assert any("Please tap one of the buttons" in words for words in chat.texts)
    assert chat.screen.key == "first.consent"
