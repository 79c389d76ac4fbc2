"""A doctor's letter as a photo or a PDF: sent, stored, out of the chat; and what cannot be taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.file_rows import FileFetch, MessageRemoval
from scheduling import tasks
from screening import letters
from screening.letters import LetterFile
from tests.bot.chat import Chat, World
from tests.bot.files import HEIC, JPEG, PDF, PNG, SECRET, pdf, png
from tests.bot.staff import lead
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
        rows = [
            *await session.scalars(select(FileFetch.id)),
            *await session.scalars(select(MessageRemoval.id)),
        ]
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


async def test_of_a_photo_the_largest_size_is_kept(waiting: Chat) -> None:
    whole = png(40, 30)
    await waiting.phone.send_photo(whole, "from my nurse, Dr Novak knows")
    await waiting.settle()
    assert await stored(waiting) == [whole]
    client = await waiting.person_id()
    async with waiting.house.database.reading() as session:
        (one,) = await letters.sending(session, client)
        assert one.words == "from my nurse, Dr Novak knows"
        assert "ok" in {task.kind for task in await tasks.of_client(session, client)}
        assert "clearance" not in {task.kind for task in await tasks.of_client(session, client)}
    assert "photo" not in mine(waiting)


async def test_an_album_loses_no_page_and_is_answered_once(waiting: Chat) -> None:
    pages = [png(10, 10 + number) for number in range(3)]
    for page in pages:
        await waiting.phone.send_photo(page, album="letter")
    await waiting.settle()
    assert waiting.screen.key == "ok.received"
    assert "3 files are stored, and I took them out of this chat." in waiting.screen.text
    assert await stored(waiting) == pages
    assert mine(waiting).count("photo") == 0
    assert sum("Thank you." in words for words in waiting.texts) == 1


async def test_one_more_page_a_little_later(world: World, waiting: Chat) -> None:
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    await world.later(minutes=5)
    await waiting.phone.send_document(pdf(b"the other page"))
    await waiting.settle()
    assert "2 files are stored" in waiting.screen.text


async def test_more_pages_than_a_letter_has_are_kindly_declined(waiting: Chat) -> None:
    for number in range(letters.MOST + 1):
        await waiting.phone.send_photo(png(10, 10 + number), album="all of it")
    await waiting.settle()
    assert len(await stored(waiting)) == letters.MOST
    assert any("I have 5 files of this letter" in words for words in waiting.texts)
    assert mine(waiting).count("photo") == 1  # what was not kept stays in the chat
    assert waiting.screen.key == "ok.received"


async def test_a_picture_much_later_is_no_page_of_it(world: World, waiting: Chat) -> None:
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    await world.later(minutes=30)
    await waiting.phone.send_photo(PNG)
    await waiting.settle()
    assert await stored(waiting) == [PDF]
    assert (
        waiting.phone.received[-1].text == "Is this the OK from your doctor? I keep it only if you say yes."
    )
    await waiting.tap("no")
    assert waiting.screen.text == "I kept nothing of it. It stays in this chat until you delete it."
    assert await stored(waiting) == [PDF]
    assert "photo" in mine(waiting)


@pytest.mark.parametrize("way", [("back",), ("back", "typed")])
async def test_a_picture_where_an_ok_is_asked_for_is_the_ok(waiting: Chat, way: tuple[str, ...]) -> None:
    await waiting.tap(*way)
    assert waiting.screen.key == ("ok.typed" if "typed" in way else "ok.how")
    await waiting.phone.send_photo(PNG)
    await waiting.settle()
    assert waiting.screen.key == "ok.received"
    assert await stored(waiting) == [PNG]


async def test_pictures_that_no_card_asked_for_are_kept_by_one_tap(waiting: Chat) -> None:
    await waiting.tap("home")
    pages = [png(10, 10 + number) for number in range(2)]
    for page in pages:
        await waiting.phone.send_photo(page, album="letter")
    await waiting.settle()
    assert sum("Is this the OK" in words for words in waiting.texts) == 1
    assert await stored(waiting) == []
    await waiting.tap("sendok")
    assert waiting.screen.key == "ok.received"
    assert await stored(waiting) == pages
    assert "photo" not in mine(waiting)


async def test_of_somebody_who_is_no_client_no_picture_is_kept(world: World, admin: Chat) -> None:
    await admin.start()
    await admin.phone.send_photo(PNG)
    await admin.settle()
    assert any("The picture was not kept." in words for words in admin.texts)
    assert not any("Is this the OK" in words for words in admin.texts)


@pytest.mark.parametrize(
    ("content", "name", "mime", "words"),
    [
        (HEIC, "IMG_2.HEIC", "image/heic", "That picture is of a kind (HEIC)"),
        (HEIC, "letter.pdf", "application/pdf", "That picture is of a kind (HEIC)"),
        (b"PK\x03\x04 word/document.xml", "letter.docx", "application/msword", "not one that I can take"),
        (b"MZ\x90\0", "letter.pdf", "application/pdf", "not one that I can take"),
        (b"<html>", "letter.pdf", "application/pdf", "not one that I can take"),
        (b"GIF89a\x01\0\x01\0", "letter.gif", "image/gif", "not one that I can take"),
    ],
)
async def test_what_is_of_another_kind_is_declined_by_its_bytes(
    waiting: Chat, content: bytes, name: str, mime: str, words: str
) -> None:
    await waiting.phone.send_document(content, name, mime)
    await waiting.settle()
    assert waiting.screen.key == "ok.photo"
    assert words in waiting.screen.text
    assert "Please send one photo or one PDF now" in waiting.screen.text
    assert await stored(waiting) == []
    assert "document" in mine(waiting)  # nothing is lost: it stays where it was
    assert await open_rows(waiting) == 0
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    assert waiting.screen.key == "ok.received"


async def test_ten_megabytes_are_taken_and_one_byte_more_is_not(waiting: Chat) -> None:
    most = pdf(pad=letters.LARGEST - len(pdf()))
    assert len(most) == letters.LARGEST
    await waiting.phone.send_document(most + b" ")
    await waiting.settle()
    assert any("That file is too large or of a kind that I cannot take." in words for words in waiting.texts)
    assert not [call for call in waiting.world.sim.calls if call.method == "getFile"]
    assert waiting.screen.key == "ok.photo"
    await waiting.phone.send_document(most)
    await waiting.settle()
    assert await stored(waiting) == [most]


@pytest.mark.parametrize("told", [None, 100])
async def test_a_file_that_is_larger_than_it_says_is_declined(waiting: Chat, told: int | None) -> None:
    sim = waiting.world.sim.world
    await waiting.phone.send_document(PDF)
    update = sim.updates.pending[-1]["message"]["document"]
    sim.files[update["file_id"]].data = pdf(pad=letters.LARGEST)
    update.pop("file_size")
    if told is not None:
        update["file_size"] = told
    await waiting.settle()
    assert waiting.screen.key == "ok.photo"
    assert "That file is too large. I can take 10 MB." in waiting.screen.text
    assert await stored(waiting) == []


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("voice", "I cannot listen to messages."),
        ("sticker", "Thank you, but I cannot use that here."),
        ("location", "Thank you, but I cannot use that here."),
        ("typed", "I need a photo or a PDF here."),
    ],
)
async def test_what_is_no_file_is_answered_and_the_card_stays(waiting: Chat, act: str, words: str) -> None:
    if act == "typed":
        await waiting.say("Dr Novak said that it is fine")
    else:
        await getattr(waiting.phone, act)()
        await waiting.settle()
    assert any(words in said for said in waiting.texts)
    assert waiting.screen.key == "ok.photo"
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    assert await stored(waiting) == [PDF]


# --- Telegram and the line have bad days ---


@pytest.mark.parametrize(
    ("fault", "method", "more"),
    [
        ("dropped", "getFile", {}),
        ("lost", "getFile", {}),
        ("error", "getFile", {"code": 502}),
        ("flood", "getFile", {"retry_after": 1}),
        ("dropped", "file", {}),
        ("error", "file", {"code": 404}),
        ("error", "file", {"code": 500}),
        ("flood", "file", {"retry_after": 1}),
    ],
)
async def test_a_download_that_fails_is_tried_again(
    world: World, waiting: Chat, fault: str, method: str, more: dict[str, int]
) -> None:
    await world.sim.fault(fault, method, count=2, **more)
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    assert await stored(waiting) == []
    assert waiting.screen.key == "ok.storing"
    assert waiting.screen.text.startswith("Thank you. It is not stored yet: the line is slow.")
    assert "document" in mine(waiting)
    for _ in range(4):
        await world.later(seconds=10)
    assert await stored(waiting) == [PDF]
    await waiting.look()
    assert waiting.screen.key == "ok.received"
    assert await open_rows(waiting) == 0


async def test_after_a_day_the_client_is_asked_to_send_it_again(world: World, waiting: Chat) -> None:
    await world.sim.fault("error", "getFile", count=200, code=502)
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    for _ in range(14):
        await world.later(hours=2)
    await waiting.look(waiting.screen.topic)
    assert any("I tried for a day and could not get your file." in words for words in waiting.texts)
    assert await open_rows(waiting) == 0
    assert "document" in mine(waiting)


async def test_what_telegram_does_not_delete_the_client_is_asked_to(world: World, waiting: Chat) -> None:
    await world.sim.fault("flood", "getFile", retry_after=1)
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    messages = world.sim.world.chats[waiting.phone.chat_id].messages
    max(messages.values(), key=lambda m: (not m.by_bot, m.id)).date -= 49 * 3600
    await world.later(seconds=5)
    assert await stored(waiting) == [PDF]
    assert (await waiting.look("file")).text == (
        "What you sent is stored. I cannot take it out of this chat myself. Please delete it here."
    )
    assert await open_rows(waiting) == 0


@pytest.mark.parametrize(
    ("fault", "more"),
    [("dropped", {}), ("lost", {}), ("flood", {"retry_after": 1}), ("error", {"code": 502})],
)
async def test_a_delete_that_fails_is_tried_again(
    world: World, waiting: Chat, fault: str, more: dict[str, int]
) -> None:
    await world.sim.fault(fault, "deleteMessage", **more)
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    for _ in range(3):
        await world.later(seconds=5)
    assert await stored(waiting) == [PDF]
    assert "document" not in mine(waiting)
    assert await open_rows(waiting) == 0


async def test_a_stop_between_download_and_store_fetches_it_again(
    world: World, waiting: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing after this line runs."""

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(letters, "keep", killed)
        await waiting.phone.send_document(PDF)
        with pytest.raises(Killed):
            await waiting.settle()
    assert await stored(waiting) == []
    assert "document" in mine(waiting)
    await world.later(seconds=5)
    assert await stored(waiting) == [PDF]
    assert "document" not in mine(waiting)
    fetched = [call for call in world.sim.calls if call.method == "getFile"]
    assert len(fetched) == 2


# --- nowhere in clear, and nowhere after the end ---


async def test_no_byte_of_it_stands_in_the_database_file(world: World, waiting: Chat) -> None:
    boss = await lead(world)
    await waiting.phone.send_document(PDF, "Maria-quincecoloured.pdf", caption="from the quincecoloured ward")
    await waiting.settle()
    ok = await ok_id(waiting)
    await boss.tap("read", topic=f"ok:{ok}")
    path = Path(str(world.app.house.database.url.database))
    parts = [path.parent / f"{path.name}{end}" for end in ("", "-wal", "-shm")]
    whole = b"".join(part.read_bytes() for part in parts if part.exists())
    assert len(whole) > 100_000
    for word in (b"quincecoloured", SECRET[:20], b"%PDF-1.7", b"F4242424242-document"):
        assert word not in whole, word


async def test_a_copy_of_everything_has_the_letters(world: World, waiting: Chat) -> None:
    await waiting.phone.send_document(PDF)
    await waiting.phone.send_photo(PNG)
    await waiting.settle()
    await waiting.say("/privacy")
    await waiting.tap("copy")
    sent = [m.file for m in waiting.phone.received if m.file]
    assert [file["name"] for file in sent] == ["my-data.json", "letter-1.pdf", "letter-2.png"]
    assert [world.sim.world.files[file["id"]].data for file in sent[1:]] == [PDF, PNG]
    told = json.loads(world.sim.world.files[sent[0]["id"]].data)
    assert told["doctors_ok"][0]["files"] == ["letter-1.pdf", "letter-2.png"]
    await world.later(hours=1)
    assert len([m for m in waiting.phone.received if m.file]) == 3  # theirs to keep


async def test_erasing_destroys_the_letter_and_what_is_on_its_way(world: World, waiting: Chat) -> None:
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    await world.sim.fault("flood", "getFile", count=9, retry_after=1)
    await waiting.phone.send_photo(PNG)
    await waiting.settle()
    await waiting.say("/privacy")
    await waiting.tap("erase", "eraseyes")
    await world.sim.clear_faults()
    await world.later(minutes=5)
    async with waiting.house.database.reading() as session:
        rows = (await session.execute(select(LetterFile.content, LetterFile.words))).all()
        assert [tuple(row) for row in rows] == [(None, None)]
    assert await open_rows(waiting) == 0


async def test_staff_send_it_for_a_caller(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat, ok="no")
    await booked(world, client, in_days(world, 9))
    await admin.start()
    await admin.say("/find mar")
    await admin.tap("client", "sendok", "photo")
    assert admin.screen.text.startswith("For Maria Kral:")
    topic = admin.screen.topic
    await admin.phone.send_photo(PNG)
    await admin.settle()
    assert (await admin.look(topic)).key == "ok.received"
    async with world.app.house.database.reading() as session:
        (one,) = await letters.sending(session, client)
        (row,) = await session.scalars(select(LetterFile))
        assert (row.id, row.client_id, row.stored_by) == (one.id, client, await admin.person_id())
    assert "photo" not in [m.kind for m in admin.phone.messages if m.mine]


async def test_a_client_who_went_elsewhere_still_hears_of_it(world: World, waiting: Chat) -> None:
    await world.sim.fault("flood", "getFile", retry_after=1)
    await waiting.phone.send_document(PDF)
    await waiting.settle()
    await waiting.tap("home")
    assert waiting.screen.key.startswith("book.")
    await world.later(seconds=10)
    client = await waiting.person_id()
    assert (await waiting.look(f"ok:{client}")).key == "ok.received"


async def test_danger_in_a_caption_is_answered_first(waiting: Chat) -> None:
    await waiting.phone.send_photo(PNG, "my face feels droopy since breakfast")
    await waiting.settle()
    act, after = (
        next(n for n, words in enumerate(waiting.texts) if part in words)
        for part in ("Call 112 now.", "1 file is stored")
    )
    assert act < after
    assert await stored(waiting) == [PNG]
    assert "photo" not in mine(waiting)
    assert await open_rows(waiting) == 0


async def test_danger_in_the_caption_of_a_picture_that_no_card_asked_for(waiting: Chat) -> None:
    await waiting.tap("home")
    await waiting.phone.send_photo(PNG, "my face feels droopy since breakfast")
    await waiting.settle()
    act, asked = waiting.texts[-2:]
    assert "Call 112 now." in act
    assert asked.startswith("Is this the OK from your doctor?")
    await waiting.tap("sendok")
    assert await stored(waiting) == [PNG]
    assert "photo" not in mine(waiting)


async def ok_id(chat: Chat) -> str:
    async with chat.house.database.reading() as session:
        (one,) = await letters.sending(session, await chat.person_id())
        return one.clearance_id
