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
from bot.view.render import render
from bot.view.send import Ambiguous, Refused, TryLater, Unreachable
from config.database import Busy, Down
from config.encryption import Unreadable
from config.settings import BadSettings
from screening import red_flags

log = structlog.get_logger()

ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
LONG = 25
NO_ROW = "no-row"  # buttons of a text without rows: they say that it is over
PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)


class _NoUpdates(Exception):
    """The server said yes to something that is no list: a page of a proxy, say."""


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
            except _NoUpdates:
                log.error("not_a_list_of_updates")
                await asyncio.sleep(PAUSES[min(faults, len(PAUSES) - 1)])
                faults += 1
                continue
            except (NetworkError, TelegramError) as error:
                log.warning("polling_failed", error=type(error).__name__)
                await asyncio.sleep(PAUSES[min(faults, len(PAUSES) - 1)])
                faults += 1
                continue
            faults = conflicts = 0
            if updates and await self._store(updates):
                self._offset = max(raw["update_id"] for raw in updates) + 1

    async def _fetch(self) -> list[dict[str, Any]]:
        """Updates as they came. `Bot.get_updates` would parse a whole batch, and print it if one is odd."""
        asked = {"offset": self._offset, "limit": 100, "timeout": LONG, "allowed_updates": ALLOWED}
        updates = await self.bot._post("getUpdates", asked, read_timeout=LONG + 10)
        found = updates if isinstance(updates, list) else [None]
        known = [raw for raw in found if isinstance(raw, dict) and isinstance(raw.get("update_id"), int)]
        if found and not known:
            raise _NoUpdates
        return [inbox.clean(raw) for raw in known]

    async def _store(self, updates: list[dict[str, Any]]) -> bool:
        """True once they are rows. Without a database, each chat is told once, and danger is answered."""
        try:
            new = await self._rows(updates)
        except Unreadable:
            raise BadSettings(
                ["The keys do not open this database. Restore the keyring it began with."]
            ) from None
        except (Busy, Down) as error:
            log.error("updates_not_stored", error=type(error).__name__)
            for raw in updates:
                try:
                    await self._answer_without_rows(raw)
                except Exception as fault:  # one that is odd must not keep the others from an answer
                    log.error("not_answered", update_id=raw["update_id"], error=type(fault).__name__)
            await asyncio.sleep(2)
            return False
        self._told.clear()
        for raw in updates:
            if raw["update_id"] in new:
                self.worker.put(inbox.chat_of(raw), raw["update_id"])
        return True

    async def _rows(self, updates: list[dict[str, Any]]) -> list[int]:
        """The ids that are new. One that no row can hold is left out, so that it stops nobody else's.

        Raises: Busy, Down, Unreadable.
        """
        try:
            async with self.house.database.transaction() as session:
                return await inbox.store(session, updates, self.house.clock.now())
        except (Busy, Down, Unreadable):
            raise
        except Exception as error:
            if len(updates) == 1:
                log.error("update_left_out", update_id=updates[0]["update_id"], error=type(error).__name__)
                return []
        new = []
        for raw in updates:
            new += await self._rows([raw])
        return new

    async def _answer_without_rows(self, raw: dict[str, Any]) -> None:
        incoming = read.parse(raw)
        update_id = raw["update_id"]
        if not incoming.private or update_id in self._told:
            return
        self._told.add(update_id)
        language = self.house.catalogue.best(incoming.language)
        words = self.house.words(language, self.house.clock.now())
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
