"""Fetches the files that people sent, and takes messages out of chats: a row each, again until it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from sqlalchemy import select

from bot.delivery import file_rows
from bot.delivery.file_rows import FileFetch, MessageRemoval
from bot.house import House
from bot.view.send import Ambiguous, NoSuchMessage, Refused, Sender, TooLarge, TryLater, Unreachable
from config.database import Busy, Down
from scheduling import notifications, people
from screening.letters import LARGEST

log = structlog.get_logger()

AT_ONCE = 4
BATCH = 20
GIVE_UP = timedelta(days=1)
"""After that a person sends the file again: it stands in their chat, and nothing else waits so long."""
LONGEST_PAUSE = timedelta(minutes=15)
REMOVE_IT = "file.remove_it"


class Files:
    """One at work in a process; a row is gone in the transaction that did what it asked for."""

    def __init__(self, house: House, sender: Sender) -> None:
        self.house, self.sender = house, sender
        self._working = asyncio.Lock()

    async def work(self) -> int:
        """Do what is due. Returns how many rows there were."""
        async with self._working:
            now = self.house.clock.now()
            async with self.house.database.reading() as session:
                fetches = await session.scalars(
                    select(FileFetch.id)
                    .where(FileFetch.next_at <= now)
                    .order_by(FileFetch.sent_at, FileFetch.message_id)
                    .limit(AT_ONCE)
                )
                removals = await session.scalars(
                    select(MessageRemoval.id)
                    .where(MessageRemoval.due_at <= now)
                    .order_by(MessageRemoval.due_at)
                    .limit(BATCH)
                )
                work = [self._alone(self._remove, row_id) for row_id in removals.all()]
                work += [self._alone(self._fetch, row_id) for row_id in fetches.all()]
            await asyncio.gather(*work)
            return len(work)

    async def _alone(self, act: Callable[[str], Awaitable[None]], row_id: str) -> None:
        """What goes wrong with one row keeps no other waiting; it is tried again."""
        try:
            await act(row_id)
        except (Busy, Down) as error:
            log.warning("file_waits", error=type(error).__name__)
        except Exception as error:
            log.error("file_waits", error=type(error).__name__, exc_info=error)
            await self._later(row_id, None)

    # --- files in ---

    async def _fetch(self, row_id: str) -> None:
        async with self.house.database.reading() as session:
            row = await session.get(FileFetch, row_id)
            if row is None:
                return
            file_id = (await file_rows.told(session, row))["file_id"]
        try:
            content = await self.sender.fetch(file_id, LARGEST)
        except TooLarge:
            await self._came(row_id, None, "size")
        except TryLater as later:
            await self._later(row_id, later.seconds)
        except (Ambiguous, Refused, Unreachable) as error:
            log.warning("file_not_fetched", error=type(error).__name__)
            await self._later(row_id, None)
        else:
            await self._came(row_id, content, "")

    async def _came(self, row_id: str, content: bytes | None, fault: str) -> None:
        """Stored, or told why not, and the row is gone: all of it or nothing."""
        async with self.house.database.transaction() as session:
            row = await session.get(FileFetch, row_id, with_for_update=True)
            if row is None:
                return  # its client was erased meanwhile
            await self.house.menu.file_came(session, self.house, row, content, fault)
            await session.delete(row)

    async def _later(self, row_id: str, seconds: float | None) -> None:
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            fetch = await session.get(FileFetch, row_id)
            removal = await session.get(MessageRemoval, row_id)
            tries = fetch.tries if fetch is not None else removal.tries if removal is not None else 0
            pause = min(timedelta(seconds=seconds or 2.0 ** min(tries + 1, 12)), LONGEST_PAUSE)
            if fetch is not None:
                if fetch.next_at == fetch.sent_at:  # the first time
                    await self.house.menu.file_waits(session, fetch, now)
                fetch.tries, fetch.next_at = tries + (seconds is None), now + pause
                lost = now - fetch.sent_at > GIVE_UP
            elif removal is not None:
                removal.tries, removal.due_at = tries + (seconds is None), now + pause
                lost = False
            else:
                return
        if lost:
            await self._came(row_id, None, "lost")

    # --- messages out ---

    async def _remove(self, row_id: str) -> None:
        async with self.house.database.reading() as session:
            row = await session.get(MessageRemoval, row_id)
        if row is None:
            return
        try:
            if row.message_id is None:
                raise Refused("nobody knows which message it is")
            await self.sender.remove(row.chat_id, row.message_id)
        except TryLater as later:
            await self._later(row_id, later.seconds)
        except Ambiguous:
            await self._later(row_id, None)
        except (Refused, Unreachable, NoSuchMessage):
            await self._removed(row_id, ask=True)
        else:
            await self._removed(row_id, ask=False)

    async def _removed(self, row_id: str, *, ask: bool) -> None:
        """It is gone; or only its reader can delete it, and is asked to."""
        async with self.house.database.transaction() as session:
            row = await session.get(MessageRemoval, row_id, with_for_update=True)
            if row is None:
                return
            person = await people.by_telegram_id(session, row.chat_id)
            if ask and person is not None:
                await notifications.plan(
                    session,
                    person.id,
                    REMOVE_IT,
                    self.house.clock.now(),
                    key=f"{REMOVE_IT}:{row.id}",
                    data={"why": row.why},
                )
            await session.delete(row)
