"""Files as Telegram hands them out: by a path that getFile gave, for an hour, in several sizes."""

from __future__ import annotations

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter

from bot.simulator.client import Phone, Simulator
from bot.simulator.methods.receiving import LARGEST_DOWNLOAD
from bot.simulator.records import File
from tests.bot.files import PDF, png


@pytest.fixture
async def sent(sim: Simulator, open_chat: Phone) -> File:
    await open_chat.send_document(PDF, "letter.pdf")
    return next(reversed(sim.world.files.values()))


async def test_a_photo_comes_in_several_sizes_the_largest_last(sim: Simulator, open_chat: Phone) -> None:
    await open_chat.send_photo(png(30, 20), album="one")
    message = list(sim.world.chats[open_chat.id].messages.values())[-1].content
    assert [(size["width"], size["height"]) for size in message["photo"]] == [(1, 1), (30, 20)]
    assert message["media_group_id"] == "one"


async def test_a_path_leads_nowhere_before_get_file(sim: Simulator, bot: Bot, sent: File) -> None:
    address = f"{sim.base_file_url}{sim.token}/{sent.path}"
    async with httpx.AsyncClient() as http:
        assert (await http.get(address)).status_code == 404
        await bot.get_file(sent.id)
        assert (await http.get(address)).content == PDF
        assert sent.asked_at is not None
        sent.asked_at -= 3601
        assert (await http.get(address)).status_code == 404


async def test_what_is_larger_than_20_megabytes_stays_there(bot: Bot, sent: File) -> None:
    sent.data = b"x" * (LARGEST_DOWNLOAD + 1)
    with pytest.raises(BadRequest, match="File is too big"):
        await bot.get_file(sent.id)


@pytest.mark.parametrize(
    ("kind", "more", "error"),
    [
        ("dropped", {}, NetworkError),
        ("lost", {}, NetworkError),
        ("error", {"code": 502}, NetworkError),
        ("error", {"code": 404}, InvalidToken),
        ("flood", {"retry_after": 3}, RetryAfter),
    ],
)
async def test_a_download_can_fail(
    sim: Simulator, bot: Bot, sent: File, kind: str, more: dict[str, int], error: type[Exception]
) -> None:
    file = await bot.get_file(sent.id)
    await sim.fault(kind, "file", **more)
    with pytest.raises(error):
        await file.download_as_bytearray()
    assert bytes(await file.download_as_bytearray()) == PDF


async def test_a_fault_of_any_call_spares_downloads(sim: Simulator, bot: Bot, sent: File) -> None:
    file = await bot.get_file(sent.id)
    await sim.fault("dropped")
    assert bytes(await file.download_as_bytearray()) == PDF
    await sim.clear_faults()
