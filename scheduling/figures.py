"""The few numbers that the desk looks at: how full a day is, what moved for health, the first free time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from scheduling.appointments import BOOKED, DONE, ON_HOLD, TENTATIVE, Appointment, AppointmentMove
from scheduling.availability import Calendar, to_utc, working_time
from scheduling.clinic import rules, therapists, treatments
from scheduling.intervals import Interval
from scheduling.occupancy import hours_and_off
from scheduling.search import SearchQuery, search
from scheduling.slots import Slot

STANDING = (BOOKED, TENTATIVE, ON_HOLD, DONE)
FIRST_WEEKS = 14


@dataclass(frozen=True, slots=True)
class DayFigures:
    """`percent`: occupied minutes of the working minutes of everybody, breaks included."""

    visits: int
    percent: int


async def day(session: AsyncSession, of: date) -> DayFigures:
    """The visits that stand on a local day, and how full it is."""
    zone = (await rules(session)).tz
    start, end = to_utc(of, 0, zone), to_utc(of, 1440, zone)
    taken = (
        await session.execute(
            select(func.count(), func.sum(Appointment.busy_until - Appointment.starts_at)).where(
                Appointment.starts_at >= start, Appointment.starts_at < end, Appointment.state.in_(STANDING)
            )
        )
    ).one()
    who = [one.id for one in await therapists(session)]
    calendar = Calendar(zone, of, 1)
    hours, off = await hours_and_off(session, calendar, who)
    spans: list[Interval] = []
    for one in who:
        spans += working_time(calendar, hours[one], off[one])
    there = sum(b - a for a, b in spans)
    return DayFigures(int(taken[0]), min(100, round(100 * int(taken[1] or 0) / there)) if there else 0)


async def moved_for_health(session: AsyncSession, now: datetime) -> int:
    """Visits that an answer moved or took off in the last seven days."""
    found = await session.scalar(
        select(func.count(func.distinct(AppointmentMove.appointment_id))).where(
            AppointmentMove.reason == "health",
            AppointmentMove.undone_at.is_(None),
            AppointmentMove.at > now - timedelta(days=7),
        )
    )
    return int(found or 0)


async def first_free(session: AsyncSession, now: datetime) -> Slot | None:
    """The first time that a new client could have for a first visit."""
    offered = await treatments(session)
    first = next((one for one in offered if one.first_visit), next(iter(offered), None))
    if first is None:
        return None
    for days in (FIRST_WEEKS, None):
        found = await search(session, SearchQuery(None, first.id, days=days), now)
        if found:
            return found[0]
    return None
