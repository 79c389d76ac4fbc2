"""By when a person of the clinic will have called, looked or decided, as a card may promise it."""

from __future__ import annotations

from datetime import datetime

from bot.flow import Turn
from scheduling import clinic, promises


async def soon(turn: Turn) -> datetime:
    """For what is urgent without being an emergency."""
    rules = await clinic.rules(turn.session)
    return promises.within(rules.opening_hours, rules.tz, turn.now, rules.urgent_minutes)


async def working_day(turn: Turn) -> datetime:
    """For what a person has to look at, where nothing is urgent."""
    rules = await clinic.rules(turn.session)
    return promises.within(rules.opening_hours, rules.tz, turn.now, promises.WORKING_DAY)


async def end_of_day(turn: Turn, begins: datetime | None = None) -> datetime:
    """For what a client is told to expect today, or on the next open day. Counted from now unless told."""
    rules = await clinic.rules(turn.session)
    return promises.by_end_of_day(rules.opening_hours, rules.tz, begins or turn.now)
