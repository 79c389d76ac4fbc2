"""Long polling of our own: an update is stored before Telegram may forget it."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.delivery import inbox
from bot.delivery.drawing import Drawer
from bot.delivery.worker import Worker
from bot.flow import Text
from bot.house import House
from bot.view import read
from bot.view.render import Words, render
from bot.view.send import Ambiguous, Refused, TryLater, Unreachable
from config.database import Busy, Down
from config.settings import BadSettings
from screening import red_flags

log = structlog.get_logger()

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
LONG = 25
NO_ROW = "no-row"  # buttons of a text without rows: they say that it is over
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


class Polling:
    def __init__(self, house: House, bot: Bot, worker: Worker, drawer: Drawer) -> None:
        self.house, self.bot, self.worker, self.drawer = house, bot, worker, drawer
        self._offset: int | None = None
        self._told: set[int] = set()

    async def run(self) -> None:
        """Until cancelled. Raises: BadSettings if the token is refused or another program polls for long."""
        faults = conflicts = 0
        while True:
            try:
                updates = await self._fetch()
            except InvalidToken:
                raise BadSettings(
                    ["GENTLEHOURS_BOT_TOKEN is refused by the server. Get it anew from @BotFather."]
                ) from None
            except Conflict:
                conflicts += 1
                if conflicts > 5:
                    raise BadSettings(
                        ["Another program polls with this token. Stop it, or use another token."]
                    ) from None
                await asyncio.sleep(PAUSES[min(conflicts, len(PAUSES)) - 1])
                continue
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error.retry_after))
                continue
            except (NetworkError, TelegramError) as error:
                log.warning("polling_failed", error=type(error).__name__)
                await asyncio.sleep(PAUSES[min(faults, len(PAUSES) - 1)])
                faults += 1
                continue
            faults = conflicts = 0
            if updates and await self._store(updates):
                self._offset = max(int(raw["update_id"]) for raw in updates) + 1

    async def _fetch(self) -> list[dict[str, Any]]:
        updates = await self.bot.get_updates(
            offset=self._offset, limit=100, timeout=LONG, allowed_updates=ALLOWED, read_timeout=LONG + 10
        )
        return [update.to_dict() for update in updates]

    async def _store(self, updates: list[dict[str, Any]]) -> bool:
        """True once they are rows. Without a database, each chat is told once, and danger is answered."""
        try:
            async with self.house.database.transaction() as session:
                new = await inbox.store(session, updates, self.house.clock.now())
        except (Busy, Down) as error:
            log.error("updates_not_stored", error=type(error).__name__)
            for raw in updates:
                await self._answer_without_rows(raw)
            await asyncio.sleep(2)
            return False
        self._told.clear()
        for raw in updates:
            if int(raw["update_id"]) in new:
                self.worker.put(inbox.chat_of(raw), int(raw["update_id"]))
        return True

    async def _answer_without_rows(self, raw: dict[str, Any]) -> None:
        incoming = read.parse(raw)
        update_id = int(raw["update_id"])
        if not incoming.private or update_id in self._told:
            return
        self._told.add(update_id)
        language = self.house.catalogue.best(incoming.language)
        words = Words(self.house, language, self.house.clock.now())
        reading = red_flags.read(incoming.text, self.house.lexicon(language)) if incoming.text else None
        if reading is not None and reading.action:
            screen = self.house.menu.urgent_screen(self.house, reading.codes, told=None, typed=incoming.text)
            await self.drawer.send_urgent(incoming.chat_id, render(screen, words, revision=0, token=NO_ROW))
        if incoming.callback_id is not None:
            await self.drawer.sender.answer(incoming.callback_id, words.line(Text("err.busy")))
        elif -incoming.chat_id not in self._told:
            self._told.add(-incoming.chat_id)
            try:
                await self.drawer.sender.line(incoming.chat_id, words.line(Text("err.down")))
            except (Unreachable, TryLater, Ambiguous, Refused) as error:
                log.warning("could_not_tell", error=type(error).__name__)


def _seconds(value: Any) -> float:
    return float(value.total_seconds() if hasattr(value, "total_seconds") else value)
