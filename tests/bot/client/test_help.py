"""Help as a chat: what the bot does, fifteen questions, and a person with an hour that is kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scheduling import tasks
from tests.bot.chat import Chat
from tests.bot.client.conftest import known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_help(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help")
    assert chat.screen.key == "help.menu"
    assert chat.screen.names == ("book", "visits", "faq", "mydata", "person")
    assert "For advice on your health please ask your doctor." in chat.screen.text


async def test_fifteen_questions_on_three_pages(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help")
    await chat.tap("faq")
    seen: list[str] = []
    for page in range(3):
        assert chat.screen.key == "faq.menu"
        seen += [name for name in chat.screen.names if name.startswith("q")]
        assert ("earlier" in chat.screen.names) == (page > 0)
        assert ("later" in chat.screen.names) == (page < 2)
        if page < 2:
            await chat.tap("later")
    assert seen == [f"q{n}" for n in range(1, 16)]
    await chat.tap("q15")
    assert chat.screen.key == "faq.water"
    assert chat.screen.text.startswith("Drink as usual, when you are thirsty.")
    await chat.tap("faq")
    assert "q15" in chat.screen.names
    await chat.tap("back", "back")
    assert chat.screen.key == "faq.menu"


async def test_a_person_by_an_hour_when_somebody_is_there(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help")
    await chat.tap("person")
    assert chat.screen.key == "person.card"
    assert "A person from Mill Lane Clinic will contact you by 18:00." in chat.screen.text
    assert "Nobody watches this chat all day." in chat.screen.text
    await chat.say("My bus is late on Tuesdays")
    await chat.say("and I use a wheelchair")
    async with chat.house.database.reading() as session:
        found = await tasks.of_client(session, await chat.person_id())
        assert [task.kind for task in found] == ["person"]
        assert found[0].due_at == datetime(2027, 3, 1, 17, 0, tzinfo=UTC)
        note = await tasks.note_of(session, found[0])
    assert note == "My bus is late on Tuesdays\nand I use a wheelchair"
    assert any("Thank you. I pass it on." in words for words in chat.texts)
    assert chat.screen.key == "person.card"


async def test_call_me_sooner(chat: Chat) -> None:
    await known(chat)
    await chat.say("human")
    await chat.tap("soon")
    assert chat.screen.key == "person.soon"
    async with chat.house.database.reading() as session:
        (task,) = await tasks.of_client(session, await chat.person_id())
    assert task.due_at == datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    await chat.tap("home")
    assert chat.screen.key == "book.home"


async def test_asking_twice_is_one_task(chat: Chat) -> None:
    await known(chat)
    for _ in range(2):
        await chat.say("talk to a person")
    async with chat.house.database.reading() as session:
        assert len(await tasks.of_client(session, await chat.person_id())) == 1


async def test_a_stranger_can_talk_to_a_person(chat: Chat) -> None:
    await chat.start()
    await chat.say("human")
    assert chat.screen.key == "person.card"
