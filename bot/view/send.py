"""The only place that speaks to the Bot API, and that knows what its errors mean for delivery."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.flow import Attachment, Place
from bot.view.render import Rendered

os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it every 429 is also a deprecation warning

log = structlog.get_logger()

T = TypeVar("T")
SEVERAL = 3
ANSWER_TRIES, LOST_ANSWER = 5, 1.0  # after the first; seconds to the next when the server's answer was lost
NOT_SENT = (httpx.ConnectTimeout, httpx.ConnectError, httpx.PoolTimeout)


class Unreachable(Exception):
    """The person blocked the bot, never started it, or is gone."""


class TryLater(Exception):
    """Surely not done; try again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"try again in {seconds:.0f} s")
        self.seconds = seconds


class Ambiguous(Exception):
    """The answer was lost: it may or may not have been done."""


class Refused(Exception):
    """Telegram did not take it and never will (a defect of ours); `reason` is Telegram's sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NoSuchMessage(Exception):
    """The message to edit is gone or too old."""


class TooLarge(Exception):
    """A file is larger than we take, or than Telegram hands out."""


class Sender:
    """Sends, edits, answers. After a 429 the chat pauses; all of them, once several were told so."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self._quiet: dict[int, float] = {}  # until when, by chat: one that floods must not silence the others
        self._quiet_until = 0.0
        self._late_answers: set[asyncio.Task[None]] = set()

    async def new(
        self, chat_id: int, card: Rendered, *, only_push: bool = False, at_once: bool = False
    ) -> int:
        """`at_once`: whatever pause there is. Raises: Unreachable, TryLater, Ambiguous, Refused."""
        body = card.push if only_push and card.push is not None else card.text
        markup = None if only_push and card.push is not None else _markup(card)
        message = await self._call(
            lambda: self.bot.send_message(
                chat_id,
                body,
                parse_mode=ParseMode.HTML,
                reply_markup=markup,
                disable_notification=card.silent,
            ),
            chat_id,
            at_once=at_once,
        )
        return message.message_id

    async def edit(self, chat_id: int, message_id: int, card: Rendered) -> None:
        """Raises: NoSuchMessage besides those of `new`. An edit that changes nothing is done."""
        if card.reply_keyboard:
            raise NoSuchMessage
        try:
            await self._call(
                lambda: self.bot.edit_message_text(
                    card.text,
                    chat_id=chat_id,
                    message_id=message_id,
                    parse_mode=ParseMode.HTML,
                    reply_markup=_inline(card),
                ),
                chat_id,
            )
        except Refused as refused:
            _forgive(refused)

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Take the buttons off a card that is over."""
        with contextlib.suppress(NoSuchMessage):
            try:
                await self._call(
                    lambda: self.bot.edit_message_reply_markup(chat_id=chat_id, message_id=message_id),
                    chat_id,
                )
            except Refused as refused:
                _forgive(refused)

    async def delete(self, chat_id: int, message_id: int) -> None:
        with contextlib.suppress(Refused):
            await self.remove(chat_id, message_id)

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete what must not stay. Raises: Refused (too old, not ours to delete) besides those of `new`."""
        with contextlib.suppress(NoSuchMessage):
            await self._call(lambda: self.bot.delete_message(chat_id, message_id), chat_id)

    async def line(
        self, chat_id: int, html_text: str, card: Rendered | None = None, *, notify: bool = False
    ) -> int:
        message = await self._call(
            lambda: self.bot.send_message(
                chat_id,
                html_text,
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(card) if card else None,
                disable_notification=not notify,
            ),
            chat_id,
        )
        return message.message_id

    async def attachment(self, chat_id: int, attachment: Attachment, caption: str | None) -> int:
        file = InputFile(attachment.content, filename=attachment.filename)
        if attachment.picture:
            message = await self._call(
                lambda: self.bot.send_photo(chat_id, file, caption=caption, disable_notification=True),
                chat_id,
            )
        else:
            message = await self._call(
                lambda: self.bot.send_document(
                    chat_id,
                    file,
                    caption=caption,
                    disable_notification=True,
                    protect_content=attachment.removal is not None,
                ),
                chat_id,
            )
        return message.message_id

    async def place(self, chat_id: int, place: Place) -> int:
        message = await self._call(
            lambda: self.bot.send_venue(
                chat_id,
                place.latitude,
                place.longitude,
                place.title,
                place.address,
                disable_notification=True,
            ),
            chat_id,
        )
        return message.message_id

    async def pin(self, chat_id: int, message_id: int) -> None:
        with contextlib.suppress(Refused, NoSuchMessage):
            await self._call(
                lambda: self.bot.pin_chat_message(chat_id, message_id, disable_notification=True),
                chat_id,
            )

    async def answer(self, callback_id: str, words: str | None) -> None:
        """Answer a tap, once now; if the server is too busy for it, again as it allows, and nobody waits."""
        again = await self._answered(callback_id, words)
        if again is not None:
            task = asyncio.create_task(self._answer_later(callback_id, words, again))
            self._late_answers.add(task)
            task.add_done_callback(self._late_answers.discard)

    async def _answer_later(self, callback_id: str, words: str | None, pause: float) -> None:
        for _ in range(ANSWER_TRIES):
            await asyncio.sleep(pause)
            again = await self._answered(callback_id, words)
            if again is None:
                return
            pause = again
        log.warning("tap_not_answered")

    async def _answered(self, callback_id: str, words: str | None) -> float | None:
        """None once it is answered, or too late to be, which is no matter; else seconds to the next try."""
        try:
            await self._call(lambda: self.bot.answer_callback_query(callback_id, (words or "")[:200] or None))
        except TryLater as later:
            return later.seconds
        except Ambiguous:
            return LOST_ANSWER
        except (Refused, NoSuchMessage, Unreachable):
            return None
        return None

    async def stop(self) -> None:
        """Let no answer wait any longer: the next start answers the last taps again."""
        for task in self._late_answers:
            task.cancel()
        await asyncio.gather(*self._late_answers, return_exceptions=True)

    async def fetch(self, file_id: str, limit: int) -> bytes:
        """The bytes of a file.

        Raises: TooLarge; Refused (it cannot be had, at least not now), Unreachable, TryLater, Ambiguous.
        """
        try:
            file = await self._call(lambda: self.bot.get_file(file_id))
        except Refused as refused:
            if "file is too big" in refused.reason.lower():
                raise TooLarge from None
            raise
        if file.file_size is not None and file.file_size > limit:
            raise TooLarge
        content = bytes(await self._call(lambda: file.download_as_bytearray()))
        if len(content) > limit:
            raise TooLarge
        return content

    def _hush(self, chat_id: int | None, seconds: float) -> None:
        """Telegram does not say whether one chat or the whole bot is too fast: several chats say so."""
        now = time.monotonic()
        self._quiet = {chat: until for chat, until in self._quiet.items() if until > now}
        if chat_id is not None:
            self._quiet[chat_id] = now + seconds
        if chat_id is None or len(self._quiet) >= SEVERAL:
            self._quiet_until = max(self._quiet_until, now + seconds)

    async def _call(
        self, act: Callable[[], Awaitable[T]], chat_id: int | None = None, *, at_once: bool = False
    ) -> T:
        until = max(self._quiet_until, self._quiet.get(chat_id, 0.0) if chat_id is not None else 0.0)
        wait = until - time.monotonic()
        if wait > 0 and not at_once:
            if wait > 5:
                raise TryLater(wait)
            await asyncio.sleep(wait)
        try:
            return await act()
        except RetryAfter as error:
            seconds = _seconds(error.retry_after)
            self._hush(chat_id, seconds)
            raise TryLater(seconds) from None
        except Forbidden:
            raise Unreachable from None
        except ChatMigrated:
            raise Unreachable from None
        except BadRequest as error:
            words = error.message.lower()
            if "chat not found" in words or "user is deactivated" in words or "peer_id_invalid" in words:
                raise Unreachable from None
            if "message to edit not found" in words or "message can't be edited" in words:
                raise NoSuchMessage from None
            if "message_id_invalid" in words or "message to delete not found" in words:
                raise NoSuchMessage from None
            raise Refused(error.message) from None
        except TimedOut as error:
            raise (TryLater(2) if _surely_not_sent(error) else Ambiguous()) from None
        except NetworkError as error:
            raise (TryLater(2) if _surely_not_sent(error) else Ambiguous()) from None
        except TelegramError as error:
            raise Refused(error.message) from None


def _forgive(refused: Refused) -> None:
    if "message is not modified" not in refused.reason.lower():
        raise refused


def _surely_not_sent(error: NetworkError) -> bool:
    return isinstance(error.__cause__, NOT_SENT)


def _seconds(value: Any) -> float:
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)


def _markup(card: Rendered) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
    if card.rows and card.reply_keyboard:
        return ReplyKeyboardMarkup(
            [[KeyboardButton(b.label, request_contact=b.contact or None) for b in row] for row in card.rows],
            resize_keyboard=True,
            one_time_keyboard=True,
        )
    return _inline(card)


def _inline(card: Rendered) -> InlineKeyboardMarkup | None:
    if not card.rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(b.label, callback_data=b.data) for b in row] for row in card.rows]
    )
