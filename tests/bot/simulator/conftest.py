"""A simulator for each test, and a small real bot on python-telegram-bot to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
    Update,
)
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.simulator.client import Phone, RemoteSimulator, Simulator

App = Application[Any, Any, Any, Any, Any, Any]

MENU = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Yes", callback_data="f:1:yes"),
            InlineKeyboardButton("No", callback_data="f:1:no"),
        ],
        [InlineKeyboardButton("Slow", callback_data="f:1:slow")],
    ]
)


async def _start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    payload = context.args[0] if context.args else "nothing"
    await update.message.reply_html(f"<b>Hello</b>, you came with {payload}.", reply_markup=MENU)


async def _tap(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    query = update.callback_query
    assert query
    assert query.data
    code = query.data.rpartition(":")[2]
    await query.answer(f"You tapped {code}.", show_alert=code == "no")
    await query.edit_message_text(f"You said {code}.")


async def _echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    assert update.message.text
    if update.message.text == "phone":
        keyboard = [[KeyboardButton("Share my number", request_contact=True)]]
        await update.message.reply_text("Which number?", reply_markup=ReplyKeyboardMarkup(keyboard))
    else:
        await update.message.reply_text(f"You wrote: {update.message.text}")


async def _contact(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    assert update.message.contact
    own = update.message.contact.user_id == update.message.chat.id
    await update.message.reply_text("Your own number." if own else "That is the number of someone else.")


async def _file(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message
    sent = update.message.document or update.message.photo[-1]
    data = await (await sent.get_file()).download_as_bytearray()
    await update.message.reply_document(bytes(data), filename="copy.bin", caption=f"{len(data)} bytes")


def handlers(app: App) -> None:
    app.add_handler(CommandHandler("start", _start))
    app.add_handler(CallbackQueryHandler(_tap))
    app.add_handler(MessageHandler(filters.CONTACT, _contact))
    app.add_handler(MessageHandler(filters.PHOTO | filters.Document.ALL, _file))
    app.add_handler(MessageHandler(filters.TEXT, _echo))


def build(sim: Simulator | RemoteSimulator) -> App:
    app = (
        ApplicationBuilder().token(sim.token).base_url(sim.base_url).base_file_url(sim.base_file_url).build()
    )
    handlers(app)
    return app


@asynccontextmanager
async def polling(sim: Simulator) -> AsyncIterator[App]:
    """The small bot on long polling."""
    app = build(sim)
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(poll_interval=0, timeout=5)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator.start() as running:
        yield running


@pytest.fixture
async def bot(sim: Simulator) -> AsyncIterator[Bot]:
    """Bare hands on the Bot API, without handlers."""
    async with Bot(sim.token, base_url=sim.base_url, base_file_url=sim.base_file_url) as hands:
        yield hands


@pytest.fixture
async def app(sim: Simulator) -> AsyncIterator[App]:
    async with polling(sim) as running:
        yield running


@pytest.fixture
async def maria(sim: Simulator) -> Phone:
    return sim.phone(1001, "Maria")


@pytest.fixture
async def open_chat(maria: Phone) -> Phone:
    """Maria has pressed Start; nobody answered yet."""
    await maria.start()
    return maria
