"""Whatever a client writes, and wherever, is read for danger before it is taken for anything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot import conversation
from bot.menu import Menu
from tests.bot.chat import Chat, World
from tests.bot.files import PDF, PNG
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

DANGER = "my face feels droopy since breakfast"


def alarms(chat: Chat) -> int:
    return sum(words.startswith("Call 112 now. Do not wait.") for words in chat.texts)


async def edit(chat: Chat) -> None:
    number = await chat.phone.say("hello")
    await chat.settle()
    await chat.phone.edit(number, DANGER)


WAYS: dict[str, Callable[[Chat], Awaitable[object]]] = {
    "a message": lambda chat: chat.phone.say(DANGER),
    "behind /help": lambda chat: chat.phone.say(f"/help {DANGER}"),
    "behind /book": lambda chat: chat.phone.say(f"/book {DANGER}"),
    "behind a command that nobody knows": lambda chat: chat.phone.say(f"/qwertz {DANGER}"),
    "a photo's words": lambda chat: chat.phone.send_photo(PNG, DANGER),
    "a file's words": lambda chat: chat.phone.send_document(PDF, "a.pdf", caption=DANGER),
    "an edited message": edit,
}


@pytest.mark.parametrize("way", WAYS)
async def test_every_way_to_write_is_read_first(world: World, chat: Chat, way: str) -> None:
    await known(world, chat)
    await WAYS[way](chat)
    await chat.settle()
    assert alarms(chat) == 1


async def test_every_card_that_takes_words_reads_them_first(world: World, chat: Chat) -> None:
    """Notes for the clinic, "other", the OK in words, how to call safely, what we know: each by its card."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    menu: Menu = chat.house.menu
    taking = sorted(name for name, step in menu.steps.items() if "text" in step.expects and not step.roles)
    assert len(taking) >= 5
    for number, name in enumerate(taking, 1):
        async with chat.house.database.transaction() as session:
            now = chat.house.clock.now()
            row = await conversation.chat_row(session, chat.phone.chat_id, now)
            data = {"appointment": visit.id}
            await conversation.put(session, row, "words", subject_id=client, step=name, data=data, now=now)
        await chat.say(DANGER)
        assert alarms(chat) == number, name
