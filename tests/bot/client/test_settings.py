"""Settings as a chat."""

from __future__ import annotations

import pytest

from scheduling import people
from scheduling.people import Person
from tests.bot.chat import Chat
from tests.bot.client.conftest import known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def person_of(chat: Chat) -> Person:
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        return person


async def test_the_card_says_how_things_are(chat: Chat) -> None:
    await known(chat)
    await chat.say("/settings")
    assert chat.screen.key == "settings.card"
    assert chat.screen.text == (
        "Your settings.\nBest time: Morning.\nQuiet: 21:00 to 7:00.\nMessages after visits: on.\n"
        "Hide questions: no."
    )


async def test_quiet_hours(chat: Chat) -> None:
    await known(chat)
    await chat.say("/settings")
    await chat.tap("quiet")
    assert "Words that cannot wait still come." in chat.screen.text
    await chat.tap("quiet2")
    assert "Quiet: 20:00 to 9:00." in chat.screen.text
    person = await person_of(chat)
    assert (person.quiet_starts, person.quiet_ends) == (1200, 540)


async def test_mute_and_send_again(chat: Chat) -> None:
    await known(chat)
    await chat.say("/settings")
    await chat.tap("mute")
    assert "I still ask the questions before each visit" in chat.phone.toasts[-1].text
    assert "Messages after visits: off." in chat.screen.text
    assert (await person_of(chat)).muted_at is not None
    await chat.tap("unmute")
    assert "Messages after visits: on." in chat.screen.text
    assert (await person_of(chat)).muted_at is None


async def test_questions_are_hidden_and_shown_again(chat: Chat) -> None:
    await known(chat)
    await chat.say("/settings")
    await chat.tap("preview")
    assert (await person_of(chat)).hide_questions
    assert "Hide questions: yes." in chat.screen.text
    await chat.tap("show")
    assert not (await person_of(chat)).hide_questions


async def test_another_best_time_changes_what_comes_first(chat: Chat) -> None:
    await known(chat)
    await chat.say("/settings")
    await chat.tap("besttime", "best.3")
    assert "Best time: Afternoon." in chat.screen.text
    await chat.tap("home")
    assert "14:00: your best time" in chat.screen.text


async def test_language_is_offered_in_its_own_name(chat: Chat) -> None:
    await known(chat)
    await chat.say("/language")
    assert chat.screen.key == "language.pick"
    assert chat.phone.live.rows[0][0].text == "English"
    await chat.tap("lang_name")
    assert chat.phone.toasts[-1].text == "All right. I write in English now."
    assert chat.screen.key == "book.home"


async def test_language_before_anybody_agreed(chat: Chat) -> None:
    await chat.start()
    await chat.say("/language")
    await chat.tap("later")
    assert chat.screen.key == "first.consent"
