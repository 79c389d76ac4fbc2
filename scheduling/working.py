"""Weekly hours, saved by the day they begin to count; the past stays as it was, and a save can be undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.clock import to_minutes
from config.database import new_id
from scheduling.appointments import LIVE, Appointment
from scheduling.availability import Calendar, WeeklyRule, hours_by_day, local_day, to_utc
from scheduling.changes import UNDO
from scheduling.clinic import HoursChange, Therapist, WorkingHours, rules
from scheduling.hours import Week
from scheduling.intervals import Interval


@dataclass(frozen=True, slots=True)
class Saved:
    """`more` and `fewer`: starts a week for a visit of `minutes`, as the change adds and takes away."""

    change_id: str
    undo_until: datetime
    valid_from: date
    more: int
    fewer: int


async def hours_of(session: AsyncSession, therapist_id: str, on: date) -> Week:
    """The weekly hours in force on a local day; a weekday without hours is missing."""
    rows = await session.execute(
        select(WorkingHours.weekday, WorkingHours.starts, WorkingHours.ends).where(
            WorkingHours.therapist_id == therapist_id,
            or_(WorkingHours.valid_from.is_(None), WorkingHours.valid_from <= on),
            or_(WorkingHours.valid_until.is_(None), WorkingHours.valid_until > on),
        )
    )
    week: dict[int, list[Interval]] = {}
    for weekday, starts, ends in rows:
        week.setdefault(weekday, []).append((starts, ends))
    return {weekday: tuple(sorted(spans)) for weekday, spans in sorted(week.items())}


def times_a_week(week: Mapping[int, tuple[Interval, ...]], minutes: int, step: int) -> int:
    """How many starts for a visit of `minutes` a week holds."""
    return sum(max(0, (end - start - minutes) // step + 1) for spans in week.values() for start, end in spans)


async def set_hours(
    session: AsyncSession,
    weeks: Mapping[str, Week],
    now: datetime,
    *,
    actor: str | None,
    minutes: int = 45,
) -> Saved:
    """Replace the hours of the weekdays that each therapist's week names, from tomorrow on.

    A therapist who has no hours at all gets them from today on. Visits outside the new hours stay.
    """
    booking_rules = await rules(session)
    today = local_day(to_minutes(now), booking_rules.tz)
    change_id = new_id()
    more = fewer = 0
    begins = today + timedelta(1)
    for therapist_id, week in sorted(weeks.items()):
        await session.execute(
            select(Therapist.id).where(Therapist.id == therapist_id).with_for_update(key_share=True)
        )
        old = await hours_of(session, therapist_id, today + timedelta(1))
        first = begins if old else today
        step = booking_rules.grid_minutes
        for weekday, spans in week.items():
            was = times_a_week({0: old.get(weekday, ())}, minutes, step)
            is_now = times_a_week({0: spans}, minutes, step)
            more, fewer = more + max(0, is_now - was), fewer + max(0, was - is_now)
        rows = await session.scalars(
            select(WorkingHours).where(
                WorkingHours.therapist_id == therapist_id,
                WorkingHours.weekday.in_(week),
                or_(WorkingHours.valid_until.is_(None), WorkingHours.valid_until > first),
            )
        )
        for row in rows.all():
            row.until_before, row.ended_by = row.valid_until, change_id
            row.valid_until = max(first, row.valid_from) if row.valid_from else first
        session.add_all(
            WorkingHours(
                therapist_id=therapist_id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                valid_from=first,
                made_by=change_id,
            )
            for weekday, spans in week.items()
            for starts, ends in spans
        )
    session.add(
        HoursChange(id=change_id, therapist_ids=sorted(weeks), by=actor, at=now, undo_until=now + UNDO)
    )
    await session.flush()
    audit.record(session, now=now, actor=actor, subject=None, action="hours.saved", thing=change_id)
    return Saved(change_id, now + UNDO, begins, more, fewer)


async def undo_hours(session: AsyncSession, change_id: str, now: datetime, *, actor: str | None) -> bool:
    """The hours before a save, within three minutes of it and if nothing was saved since. False: too late."""
    change = await session.get(HoursChange, change_id)
    if change is None or change.undone_at is not None or change.undo_until <= now:
        return False
    later = await last_change(session, set(change.therapist_ids))
    if later is not None and later.id != change_id:
        return False
    change.undone_at = now
    await session.execute(delete(WorkingHours).where(WorkingHours.made_by == change_id))
    rows = await session.scalars(select(WorkingHours).where(WorkingHours.ended_by == change_id))
    for row in rows.all():
        row.valid_until, row.until_before, row.ended_by = row.until_before, None, None
    await session.flush()
    audit.record(session, now=now, actor=actor, subject=None, action="hours.undone", thing=change_id)
    return True


async def last_change(session: AsyncSession, therapist_ids: set[str]) -> HoursChange | None:
    """The newest save that touched any of them: a second admin is shown the first one's."""
    rows = await session.scalars(
        select(HoursChange).where(HoursChange.undone_at.is_(None)).order_by(HoursChange.at.desc()).limit(50)
    )
    return next((row for row in rows if therapist_ids & set(row.therapist_ids)), None)


async def outside(session: AsyncSession, therapist_id: str, week: Week, now: datetime) -> list[Appointment]:
    """Visits to come, from tomorrow on, that would lie outside of the new hours of their weekday."""
    zone = (await rules(session)).tz
    tomorrow = local_day(to_minutes(now), zone) + timedelta(1)
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.therapist_id == therapist_id,
            Appointment.state.in_(LIVE),
            Appointment.starts_at >= to_utc(tomorrow, 0, zone),
        )
        .order_by(Appointment.starts_at)
    )
    new = [WeeklyRule(weekday, a, b) for weekday, spans in week.items() for a, b in spans]
    out = []
    for visit in rows:
        day = local_day(visit.starts_at, zone)
        if day.weekday() not in week:
            continue
        calendar = Calendar(zone, day - timedelta(1), 2)
        spans = [
            calendar.span(k, a, b) for k, ranges in enumerate(hours_by_day(calendar, new)) for a, b in ranges
        ]
        if not any(a <= visit.starts_at and visit.ends_at <= b for a, b in spans):
            out.append(visit)
    return out
