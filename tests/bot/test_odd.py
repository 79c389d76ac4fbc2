"""Input that no card asked for, one chat a case: each has an answer, nothing is lost, no word diagnoses."""

from __future__ import annotations

import pytest

from bot import odd
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018"
    "dd8db00000000049454e44ae426082"
)


def told(chat: Chat, words: str) -> bool:
    return any(words in one for one in chat.texts)


async def test_unknown_text_gets_a_menu(chat: Chat) -> None:
    await known(chat)
    await chat.say("qwertz")
    menu = chat.phone.received[-1]
    assert menu.text == "I am not sure what you mean. Here is what I can do, or a person can help."
    assert menu.silent
    assert [row[0].text for row in menu.rows] == ["Book a visit", "My visits", "Talk to a person"]
    await chat.phone.tap("My visits", message=menu)
    await chat.settle()
    assert chat.screen.key == "visits.list"


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("book", "book.home"),
        ("Book a visit!", "book.home"),
        ("  CANCEL ", "visits.list"),
        ("move", "visits.list"),
        ("help", "help.menu"),
        ("human", "person.card"),
    ],
)
async def test_short_words_open_their_card(chat: Chat, said: str, key: str) -> None:
    await known(chat)
    await chat.say(said)
    assert chat.screen.key == key


async def test_move_and_cancel_find_the_next_visit(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot3", "confirm")
    await chat.say("move")
    assert chat.screen.key == "move.pick"
    await chat.say("cancel my visit")
    assert chat.screen.key == "cancel.ask"


async def test_cancel_command_leaves_a_flow(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times")
    await chat.say("/cancel")
    assert chat.screen.key == "flow.left"
    assert chat.screen.names == ("book", "visits")
    await chat.tap("book")
    assert chat.screen.key == "book.home"


async def test_a_photo_out_of_the_blue(chat: Chat) -> None:
    await known(chat)
    await chat.phone.send_photo(PICTURE)
    await chat.settle()
    asked = chat.phone.received[-1]
    assert asked.text == "Is this the OK from your doctor? I keep it only if you say yes."
    assert [row[0].text for row in asked.rows] == ["Yes, keep it", "No"]
    await chat.phone.tap("No", message=asked)
    await chat.settle()
    assert chat.screen.text == "I kept nothing of it. It stays in this chat until you delete it."
    await chat.tap("home")
    assert chat.screen.key == "book.home"


async def test_a_photo_where_text_is_due(chat: Chat) -> None:
    await known(chat)
    await chat.say("human")
    await chat.phone.send_photo(PICTURE)
    await chat.settle()
    assert told(chat, "I cannot read pictures here. Please type it, or tap a button.")
    assert chat.screen.key == "person.card"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("voice", "I cannot listen to messages."),
        ("sticker", "Thank you, but I cannot use that here."),
        ("location", "Thank you, but I cannot use that here."),
        ("poll", "Thank you, but I cannot use that here."),
    ],
)
async def test_what_cannot_be_read(chat: Chat, act: str, words: str) -> None:
    await known(chat)
    await getattr(chat.phone, act)()
    await chat.settle()
    assert told(chat, words)
    assert chat.screen.key == "book.home"


async def test_a_text_that_is_too_long(chat: Chat) -> None:
    await known(chat)
    await chat.say("human")
    await chat.say("la " * 500)
    assert told(chat, "That is more than I can keep: 1499 letters, and 1000 are possible.")
    assert chat.screen.key == "person.card"


async def test_a_name_of_five_thousand_letters(world: World) -> None:
    chat = world.chat(1003, "Mar<b>ia" * 625)
    await known(chat)
    assert chat.screen.text.startswith("Hello Mar<b>iaMar<b>iaMar<b>iaMar<b>iaMar<b...")


async def test_an_edited_message_changes_no_answer(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help")
    await chat.tap("person")
    number = await chat.phone.say("about my next visit")
    await chat.settle()
    await chat.phone.edit(number, "about my last visit")
    await chat.settle()
    assert told(chat, "I keep your first answer.")


async def test_an_edited_message_that_answered_nothing_is_left_alone(chat: Chat) -> None:
    await known(chat)
    number = await chat.phone.say("qwertz")
    await chat.settle()
    before = len(chat.texts)
    await chat.phone.edit(number, "qwerty")
    await chat.settle()
    assert len(chat.texts) == before


async def test_danger_behind_a_command_is_answered_first(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help my face feels droopy since breakfast")
    assert told(chat, "Call 112 now. Do not wait.")


async def test_a_known_word_is_no_note_for_the_clinic(chat: Chat) -> None:
    await known(chat)
    await chat.say("/help")
    await chat.tap("person")
    await chat.say("book")
    assert chat.screen.key == "book.home"


async def test_a_group_is_told_that_this_is_for_two(chat: Chat, world: World) -> None:
    await known(chat)
    group = await world.sim.group("Friends", chat.phone)
    await chat.phone.add_bot(group)
    await chat.settle()
    said = [call.params.get("text", "") for call in world.sim.calls if call.chat_id == group]
    assert [words for words in said if words.startswith("I only work in a chat of two")]
    assert chat.screen.key == "book.home"


async def test_every_phrase_means_one_thing(chat: Chat) -> None:
    catalogue = chat.house.catalogue
    said = [
        phrase.strip() for word in odd.WORDS for phrase in catalogue.say("en", f"phrase.{word}").split(",")
    ]
    assert len(said) == len(set(said))
