"""A person with a phone, a real python-telegram-bot at the other end."""

from __future__ import annotations

import asyncio

import pytest
from telegram import Update
from telegram.ext import CallbackQueryHandler

from bot.simulator.client import Phone, Simulator
from bot.simulator.errors import Impossible
from tests.bot.simulator.conftest import App

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018"
    "dd8db00000000049454e44ae426082"
)

pytestmark = pytest.mark.usefixtures("app")


async def test_start_tap_and_read(maria: Phone) -> None:
    await maria.start("t_ana")
    hello = await maria.expect("you came with t_ana")
    assert hello.html == "<b>Hello</b>, you came with t_ana."
    assert hello.buttons == [["Yes", "No"], ["Slow"]]

    await maria.tap("Yes")
    await maria.quiet()
    assert maria.live.id == hello.id
    assert maria.live.text == "You said yes."
    assert maria.live.buttons == []
    assert [edit["text"] for edit in maria.live.edits] == ["Hello, you came with t_ana."]
    assert [(toast.text, toast.alert) for toast in maria.toasts] == [("You tapped yes.", False)]


async def test_a_button_is_found_by_label_data_or_code(maria: Phone) -> None:
    for what in ("No", "f:1:no", "no"):
        await maria.start()
        await maria.expect("Hello")
        await maria.tap(what)
        await maria.expect("You said no.")
    assert maria.toasts[-1].alert


async def test_a_button_that_is_not_there_cannot_be_tapped(maria: Phone) -> None:
    await maria.start()
    with pytest.raises(AssertionError, match="no button 'Maybe'"):
        await maria.tap("Maybe", timeout=0.2)


async def test_expect_does_not_take_an_old_message_for_a_new_one(maria: Phone) -> None:
    await maria.start()
    await maria.expect("Hello")
    await maria.say("again")
    await maria.expect("You wrote: again")
    with pytest.raises(AssertionError, match="waited"):
        await maria.expect("Hello", timeout=0.2)
    assert await maria.expect("Hello", anew=False)


async def test_the_share_button_of_the_reply_keyboard_sends_the_own_number(maria: Phone) -> None:
    await maria.say("phone")
    await maria.expect("Which number?")
    assert maria.keyboard == [["Share my number"]]
    await maria.tap("Share my number")
    await maria.expect("Your own number.")
    await maria.share_contact(own=False)
    await maria.expect("someone else")


async def test_files_go_up_and_come_down(maria: Phone, sim: Simulator) -> None:
    await maria.send_photo(PNG, "my letter")
    message = await maria.expect(f"{len(PNG)} bytes")
    assert message.kind == "document"
    assert message.file
    assert sim.world.files[message.file["id"]].data == PNG
    await maria.send_document(b"%PDF-1.7 \r\n--x \x00\xff\r\n", "letter.pdf")
    assert await maria.expect("19 bytes")


async def test_a_long_text_goes_as_several_messages(maria: Phone) -> None:
    await maria.say("a" * 5000)
    await maria.quiet()
    assert [len(message.text) for message in maria.messages if message.mine] == [4096, 904]


async def test_a_phone_cannot_do_the_impossible(maria: Phone) -> None:
    with pytest.raises(Impossible, match="start parameter"):
        await maria.start("no spaces please")
    with pytest.raises(Impossible, match="start parameter"):
        await maria.start("a" * 65)
    with pytest.raises(Impossible, match="empty"):
        await maria.say("  ")
    await maria.start()
    await maria.block()
    with pytest.raises(Impossible, match="blocked"):
        await maria.say("hello?")


async def test_every_kind_of_message_is_understood_by_the_library(sim: Simulator, maria: Phone) -> None:
    await maria.sticker()
    await maria.voice()
    await maria.location()
    await maria.poll()
    await maria.dice()
    written = await maria.say("a typo")
    await maria.edit(written, "no typo")
    await maria.block()
    await maria.unblock()
    await maria.quiet(patience=0.1)
    assert (await sim.outstanding())["updates"] == 0


async def test_a_preview_is_what_was_sent_not_what_was_edited(sim: Simulator, maria: Phone) -> None:
    await maria.start()
    await maria.expect("Hello")
    await maria.tap("Yes")
    await maria.expect("You said yes.")
    assert [preview.text for preview in sim.notifications(maria.id)] == ["Hello, you came with nothing."]
    assert {call.method for call in sim.calls} >= {"sendMessage", "answerCallbackQuery", "editMessageText"}


async def test_quiet_waits_for_work_that_comes_after_the_answer(
    sim: Simulator, maria: Phone, app: App
) -> None:
    async def slow(update: Update, context: object) -> None:
        query = update.callback_query
        assert query
        await query.answer()
        await asyncio.sleep(0.3)
        await query.edit_message_text("Done slowly.")

    await maria.start()
    await maria.expect("Hello")
    app.handlers[0].insert(0, CallbackQueryHandler(slow))
    await maria.tap("Slow")
    await maria.quiet()
    assert maria.live.text == "Done slowly."


async def test_two_hundred_phones_tap_at_once(sim: Simulator) -> None:
    phones = [sim.phone(5000 + number, f"P{number}") for number in range(200)]
    await asyncio.gather(*(phone.start() for phone in phones))
    await sim.quiet(timeout=60)
    await asyncio.gather(*(phone.tap("Yes") for phone in phones))
    await sim.quiet(timeout=60)
    assert {phone.last.text for phone in phones} == {"You said yes."}
