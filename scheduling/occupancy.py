"""What the rows say about a stretch of time: who works, who is away, what is occupied."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from scheduling.appointments import BOOKED, DONE, HELD, ON_HOLD, TENTATIVE, Appointment, KeptTime, now_second
from scheduling.availability import (
    Calendar,
    DaysOff,
    Hours,
    WeeklyRule,
    hours_by_day,
    local_day,
    off_spans,
    to_utc,
)
from scheduling.clinic import LONGEST, BookingRules, DayHours, Room, Therapist, TimeOff, WorkingHours
from scheduling.intervals import Interval
from scheduling.matching import Needs, RoomTag, Skills, rooms_in_order, suitable
from scheduling.slots import Room as RoomTimes

COUNTED = (BOOKED, TENTATIVE, ON_HOLD, DONE)
"""States that count towards a client's week."""
WEEK = 7 * 1440


async def may_treat(session: AsyncSession, needs: Needs, therapist_id: str | None = None) -> list[str]:
    """Ids of the active therapists whose training fits; only the one asked for, if it does."""
    rows = await session.execute(
        select(Therapist.id, Therapist.trained_by, Therapist.oncology)
        .where(Therapist.active)
        .order_by(Therapist.position, Therapist.name)
    )
    skills = [Skills(row.id, bool(row.trained_by), row.oncology) for row in rows]
    return [who for who in suitable(skills, needs) if therapist_id in (None, who)]


async def hours_and_off(
    session: AsyncSession, calendar: Calendar, who: Collection[str]
) -> tuple[dict[str, list[Hours]], dict[str, list[Interval]]]:
    """Hours of each day and time off of each therapist."""
    weekly: dict[str, list[WeeklyRule]] = {one: [] for one in who}
    for rule in await session.execute(
        select(
            WorkingHours.therapist_id,
            WorkingHours.weekday,
            WorkingHours.starts,
            WorkingHours.ends,
            WorkingHours.valid_from,
            WorkingHours.valid_until,
        ).where(WorkingHours.therapist_id.in_(who))
    ):
        weekly[rule[0]].append(WeeklyRule(rule[1], rule[2], rule[3], rule[4], rule[5]))
    overrides: dict[str, dict[date, Hours]] = {one: {} for one in who}
    for special in await session.execute(
        select(DayHours.therapist_id, DayHours.day, DayHours.ranges).where(
            DayHours.therapist_id.in_(who), DayHours.day.between(calendar.first, calendar.dates[-1])
        )
    ):
        overrides[special[0]][special[1]] = [(a, b) for a, b in special[2]]
    off: dict[str, list[DaysOff]] = {one: [] for one in who}
    for away in await session.execute(
        select(TimeOff.therapist_id, TimeOff.first_day, TimeOff.last_day, TimeOff.starts, TimeOff.ends).where(
            TimeOff.removed_at.is_(None),
            TimeOff.last_day >= calendar.first,
            or_(TimeOff.therapist_id.is_(None), TimeOff.therapist_id.in_(who)),
        )
    ):
        for one in who if away[0] is None else (away[0],):
            off[one].append(DaysOff(away[1], away[2], away[3], away[4]))
    return (
        {one: hours_by_day(calendar, weekly[one], overrides[one]) for one in who},
        {one: off_spans(calendar, off[one]) for one in who},
    )


async def occupied(
    session: AsyncSession, calendar: Calendar, now: datetime, moving: str | None
) -> tuple[dict[str, list[Interval]], dict[str, list[Interval]]]:
    """Occupied spans by therapist and by room, each sorted.

    Bounded by the longest visit on the early side: the textbook overlap test would walk the whole history.
    """
    start, end = calendar.midnights[0] - LONGEST, calendar.midnights[calendar.days + 1]
    second = now_second(now)
    everyone = select(Therapist.id)
    visits = select(
        Appointment.therapist_id, Appointment.room_id, Appointment.starts_at, Appointment.busy_until
    ).where(
        Appointment.therapist_id.in_(everyone),
        Appointment.starts_at >= start,
        Appointment.starts_at < end,
        Appointment.keeps > second,
    )
    kept = select(KeptTime.therapist_id, KeptTime.room_id, KeptTime.starts_at, KeptTime.busy_until).where(
        KeptTime.therapist_id.in_(everyone),
        KeptTime.starts_at >= start,
        KeptTime.starts_at < end,
        KeptTime.until > second,
    )
    if moving is not None:
        visits = visits.where(Appointment.id != moving)
        kept = kept.where(KeptTime.appointment_id != moving)
    by_therapist: dict[str, list[Interval]] = {}
    by_room: dict[str, list[Interval]] = {}
    for therapist, room, starts, busy_until in (await session.execute(union_all(visits, kept))).all():
        span = (starts, busy_until)
        by_therapist.setdefault(therapist, []).append(span)
        by_room.setdefault(room, []).append(span)
    for spans in (*by_therapist.values(), *by_room.values()):
        spans.sort()
    return by_therapist, by_room


async def room_times(
    session: AsyncSession, needs: Needs, busy: Mapping[str, Sequence[Interval]]
) -> list[RoomTimes]:
    rows = await session.execute(
        select(Room.id, Room.cool).where(Room.active).order_by(Room.position, Room.name)
    )
    tags = rooms_in_order([RoomTag(row.id, row.cool) for row in rows], needs)
    return [RoomTimes(tag.room_id, busy.get(tag.room_id, ()), cool=tag.cool) for tag in tags]


async def clients_own(
    session: AsyncSession,
    client_id: str | None,
    calendar: Calendar,
    booking_rules: BookingRules,
    now: datetime,
    moving: str | None = None,
) -> tuple[list[Interval], list[Interval]]:
    """When the client cannot come: the spans of other visits of theirs, and the weeks that are full.

    A held time of theirs does not count: it gives way to the next one they choose.
    """
    if client_id is None:
        return [], []
    start, end = calendar.midnights[0], calendar.midnights[calendar.days + 1]
    rows = await session.execute(
        select(Appointment.id, Appointment.starts_at, Appointment.busy_until, Appointment.state).where(
            Appointment.client_id == client_id,
            Appointment.starts_at >= start - WEEK,
            Appointment.starts_at < end + WEEK,
            or_(Appointment.keeps > now_second(now), Appointment.state == DONE),
        )
    )
    others = [row for row in rows if row.id != moving and row.state != HELD]
    counted: dict[date, int] = {}
    for row in others:
        if row.state in COUNTED:
            week = week_of(row.starts_at, booking_rules)
            counted[week] = counted.get(week, 0) + 1
    zone = booking_rules.tz
    return (
        sorted((row.starts_at, row.busy_until) for row in others if row.state != DONE),
        [
            (to_utc(week, 0, zone), to_utc(week + timedelta(7), 0, zone))
            for week, number in sorted(counted.items())
            if number >= booking_rules.weekly_limit
        ],
    )


def week_of(starts_at: int, booking_rules: BookingRules) -> date:
    """The Monday of the local week of a UTC minute."""
    day = local_day(starts_at, booking_rules.tz)
    return day - timedelta(day.weekday())


async def works_then(
    session: AsyncSession, therapist_id: str, span: Interval, zone_rules: BookingRules
) -> bool:
    """Do the therapist's hours hold [start, end), and is no time off in it? The break may run past both."""
    calendar = Calendar.between(zone_rules.tz, *span)
    hours, off = await hours_and_off(session, calendar, [therapist_id])
    start, end = span
    if any(a < end and start < b for a, b in off[therapist_id]):
        return False
    return any(
        a <= start and end <= b
        for index, ranges in enumerate(hours[therapist_id])
        for a, b in (calendar.span(index, *wall) for wall in ranges)
    )
