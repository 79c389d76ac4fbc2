"""A doctor's letter as a photo or a PDF: sent, stored, out of the chat; and what cannot be taken."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.delivery.file_rows import FileFetch, MessageRemoval
from scheduling import tasks
from screening import letters, oks
from screening.letters import LetterFile
from tests.bot.chat import Chat, World
from tests.bot.files import HEIC, JPEG, PDF, PNG, pdf, png
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def waiting(world: World, chat: Chat) -> Chat:
    """Maria has a visit in nine days that needs an OK, and stands where a file is due."""
    client = await known(world, chat, ok="no")
    await booked(world, client, in_days(world, 9))
    await world.later(minutes=4)
    await chat.say("/visits")
    await chat.tap("visit", "sendok", "photo")
    assert chat.screen.key == "ok.photo"
    return chat


async def stored(chat: Chat) -> list[bytes]:
    """The files of the letter that waits for a person, opened."""
    client = await chat.person_id()
    async with chat.house.database.transaction() as session:
        found = await letters.sending(session, client)
        return [
            await letters.read(session, one.id, by=client, now=chat.house.clock.now(), why="copied")
            for one in found
        ]


async def open_rows(chat: Chat) -> int:
    async with chat.house.database.reading() as session:
        rows = [*await session.scalars(select(FileFetch.id)), *await session.scalars(select(MessageRemoval.id))]
        return len(rows)


def mine(chat: Chat) -> list[str]:
    """Kinds of Maria's own messages that still stand in the chat."""
    return [message.kind for message in chat.phone.messages if message.mine]


@pytest.mark.parametrize(
    ("content", "name", "mime"),
    [
        (PDF, "letter.pdf", "application/pdf"),
        (PDF, "scan", "application/octet-stream"),  # its bytes count, not its name
        (JPEG, "IMG_1.jpg", "image/jpeg"),
        (PNG, "IMG_1.pdf", "application/pdf"),
    ],
)
async def test_a_file_is_stored_and_taken_out_of_the_chat(
    world: World, waiting: Chat, content: bytes, name: str, mime: str
) -> None:
    await waiting.phone.send_document(content, name, mime)
    await waiting.settle()
    assert waiting.screen.key == "ok.received"
    assert "1 file is stored, and I took it out of this chat." in waiting.screen.text
    assert "Your time on" in waiting.screen.text
    assert await stored(waiting) == [content]
    assert "document" not in mine(waiting)
    assert await open_rows(waiting) == 0
