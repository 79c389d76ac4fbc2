"""A few idempotent ticks that APScheduler wakes. Truth is in rows, so a missed tick costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery import inbox
from bot.delivery.drawing import Drawer
from bot.delivery.files import Files
from bot.delivery.outbox import Outbox
from bot.house import House
from config.database import Busy, Down
from scheduling import absences, deadlines, kept_times, notifications, people

log = structlog.get_logger()

DISPATCH, FILES, REDRAW, EXPIRE, KEEP_HOUSE = 1, 1, 5, 15, 3600


class Ticks:
    def __init__(self, house: House, outbox: Outbox, drawer: Drawer) -> None:
        self.house, self.outbox, self.drawer = house, outbox, drawer
        self.files = Files(house, drawer.sender)
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._woken = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._loop: asyncio.Task[None] | None = None
        self._closing = False

    def wake(self) -> None:
        """Something was planned for now: do not wait for the next second."""
        self._woken.set()

    async def start(self) -> None:
        async with self.house.database.transaction() as session:
            # the one process of a SQLite store has just started: what is leased, nobody holds
            alone = self.house.database.is_sqlite
            await notifications.recover(session, self.house.clock.now(), all_are_dead=alone)
        self._loop = asyncio.create_task(self._dispatch_loop())
        for seconds, tick in (
            (DISPATCH, self.catch_up),
            (FILES, self._files),
            (REDRAW, self._redraw),
            (EXPIRE, self._expire),
            (KEEP_HOUSE, self._keep_house),
        ):
            self._scheduler.add_job(
                self._guard, "interval", seconds=seconds, args=[tick],
                coalesce=True, max_instances=1, misfire_grace_time=None,
            )  # fmt: skip
        self._scheduler.start()

    async def stop(self, seconds: float) -> None:
        """What is being sent is noted first: cut off there, it would be sent again at the next start."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self.outbox.closing = self._closing = True
        self._woken.set()
        under_way = self._running | ({self._loop} if self._loop is not None else set())
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _guard(self, tick: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._running.add(task)
        try:
            await tick()
        except (Busy, Down) as error:
            log.warning("tick_postponed", tick=tick.__name__, error=type(error).__name__)
        except Exception as error:
            log.error("tick_failed", tick=tick.__name__, error=type(error).__name__, exc_info=error)
        finally:
            if task is not None:
                self._running.discard(task)

    async def catch_up(self) -> None:
        """Read the demo's clock; if it moved, let everything happen that is due by now."""
        if await self.house.refresh_clock():
            await self._expire()
            await self._keep_house()
        self._woken.set()

    async def _dispatch_loop(self) -> None:
        """One dispatcher, woken by a commit or by the second."""
        while not self._closing:
            await self._woken.wait()
            self._woken.clear()
            await self._guard(self._drain)

    async def _drain(self) -> None:
        while not self._closing and await self.outbox.dispatch():
            pass

    async def _files(self) -> None:
        if await self.files.work():
            self.wake()

    async def _redraw(self) -> None:
        await self.drawer.draw_lagging()

    async def _expire(self) -> None:
        async with self.house.database.transaction() as session:
            now = self.house.clock.now()
            await kept_times.expire(session, now)
            await deadlines.run(session, now)
            await absences.due(session, now)
            await notifications.recover(session, now)
        await self.house.refresh_policy()
        self.wake()

    async def _keep_house(self) -> None:
        now = self.house.clock.now()
        async with self.house.database.transaction() as session:
            await inbox.forget(session, now, self.house.clinic.retention.update_ids_days)
            await people.forget_old_invites(session, now)
            await kept_times.forget_cells(session, now)
        await self.house.menu.keep_house(self.house, now)
