"""The demo's simulator as a process of its own, with the demo's clock in its header."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot import demo_clock
from bot.simulator.__main__ import serve, world_from
from bot.simulator.clock import Target
from config.clinic import load_clinic
from config.clock import from_minutes, system_now, to_minutes
from config.database import Database
from config.settings import load_settings
from scheduling.appointments import Appointment
from scheduling.notifications import PENDING, Notification

CHECKS = ("check.a", "recheck.t")
TO_COME = ("booked", "tentative", "on_hold")


class RowClock:
    """Moves the offset row that the bot reads. `now` is in the clinic's zone, for the page."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._zone = load_clinic(load_settings().clinic).zone

    async def now(self) -> datetime:
        async with self._database.reading() as session:
            offset = await demo_clock.offset(session)
        return (system_now() + (offset or timedelta())).astimezone(self._zone)

    async def advance(self, by: timedelta) -> None:
        async with self._database.transaction() as session:
            offset = await demo_clock.offset(session) or timedelta()
            await demo_clock.set_offset(session, offset + by)

    async def jump(self, to: Target) -> None:
        """To when the next questions go out, or to the start of the next visit; stays if there is none."""
        now = (await self.now()).astimezone(UTC)
        async with self._database.reading() as session:
            if to == "check":
                target = await session.scalar(
                    select(Notification.due_at)
                    .where(
                        Notification.kind.in_(CHECKS),
                        Notification.state == PENDING,
                        Notification.due_at > now,
                    )
                    .order_by(Notification.due_at)
                    .limit(1)
                )
            else:
                starts = await session.scalar(
                    select(Appointment.starts_at)
                    .where(Appointment.state.in_(TO_COME), Appointment.starts_at > to_minutes(now))
                    .order_by(Appointment.starts_at)
                    .limit(1)
                )
                target = None if starts is None else from_minutes(starts)
        if target is not None:
            await self.advance(target - now + timedelta(seconds=1))


async def _serve(arguments: list[str]) -> None:
    settings = load_settings()
    database = Database(settings.database_url.get_secret_value(), settings.keyring())
    try:
        world, host, port = world_from(arguments, RowClock(database))
        await serve(world, host, port)
    finally:
        await database.close()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(sys.argv[1:]))
    except (ValueError, OSError) as error:
        sys.exit(str(error))
