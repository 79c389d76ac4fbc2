"""Why a search found nothing, in one reason that a person can use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import to_minutes
from scheduling.availability import Calendar, local_day, to_utc
from scheduling.clinic import TimeOff, rules
from scheduling.needs import needs_of
from scheduling.occupancy import hours_and_off, may_treat
from scheduling.search import SearchQuery, search


@dataclass(frozen=True, slots=True)
class Why:
    """Why a search found nothing: `why.<code>`; days are dates, `n` a number."""

    code: str
    first_day: date | None = None
    last_day: date | None = None
    n: int | None = None


async def why_nothing(session: AsyncSession, query: SearchQuery, now: datetime) -> Why:
    """training | horizon | notice | weekly | away | closed | full (one therapist) | full_all."""
    booking_rules = await rules(session)
    needs = await needs_of(session, query.client_id, query.needs)
    if not await may_treat(session, needs, query.therapist_id):
        return Why("training")
    zone = booking_rules.tz
    today = local_day(to_minutes(now), zone)
    horizon = today + timedelta(booking_rules.horizon_days)
    first = max(query.first_day or today, today)
    last = horizon if query.days is None else first + timedelta(query.days - 1)
    if first > horizon:
        return Why("horizon", n=booking_rules.horizon_days)
    if await search(session, replace(query, over_limits=True), now):
        later = replace(query, first_day=first + timedelta(1), days=None)
        if last == today and await search(session, later, now):
            return Why("notice", n=booking_rules.notice_hours)
        return Why("weekly", n=booking_rules.weekly_limit)
    away = (
        await session.execute(
            select(TimeOff.first_day, TimeOff.last_day, TimeOff.therapist_id)
            .where(
                TimeOff.removed_at.is_(None),
                TimeOff.starts.is_(None),
                and_(TimeOff.first_day <= last, TimeOff.last_day >= first),
                or_(TimeOff.therapist_id.is_(None), TimeOff.therapist_id == query.therapist_id),
            )
            .order_by(TimeOff.first_day)
            .limit(1)
        )
    ).first()
    if away is not None:
        return Why("away" if away.therapist_id else "closed", away.first_day, away.last_day)
    who = await may_treat(session, needs, query.therapist_id)
    calendar = Calendar.between(zone, to_utc(first, 0, zone), to_utc(last, 1440, zone))
    hours, _ = await hours_and_off(session, calendar, who)
    if not any(ranges for days in hours.values() for ranges in days):
        return Why("closed", first, last)
    return Why("full" if query.therapist_id else "full_all", last_day=last)
