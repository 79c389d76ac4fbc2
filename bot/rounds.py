"""The day's own messages to staff, planned ahead, so that neither a moved clock nor a restart loses one."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import agenda, clinic, notifications, people
from scheduling.availability import local_day, to_utc
from scheduling.notifications import Plan
from screening import sign_off

DIGEST = 17 * 60
DAY_CARD, DAY_DIGEST, NEW_POLICY = "day.card", "digest.day", "policy.new"
STALE = timedelta(hours=6)


def _next(now: datetime, minute: int, zone: ZoneInfo) -> tuple[date, datetime]:
    """The local day and instant when the wall clock next shows `minute`, strictly after `now`."""
    day = local_day(to_minutes(now), zone)
    for ahead in range(3):
        there = from_minutes(to_utc(day + timedelta(days=ahead), minute, zone))
        if there > now:
            return day + timedelta(days=ahead), there
    raise AssertionError("a day has every hour")


async def plan(session: AsyncSession, now: datetime) -> int:
    """Each therapist's next cards of the day, and the next digest. Safe to repeat."""
    zone = (await clinic.rules(session)).tz
    day, at_digest = _next(now, DIGEST, zone)
    digests = [
        Plan(
            person_id,
            DAY_DIGEST,
            at_digest,
            key=f"{DAY_DIGEST}:{person_id}:{day.isoformat()}",
            expires_at=at_digest + STALE,
            priority=notifications.LATER,
            at_least_once=False,
        )
        for person_id in await people.with_role(session, people.ADMIN)
    ]
    policy = await _new_policy(session, now)
    planned = await notifications.plan_all(session, [*digests, *policy])
    return planned + await agenda.plan_day_cards(session, now)


async def _new_policy(session: AsyncSession, now: datetime) -> list[Plan]:
    """A newer policy waits for its signature: the desk is told once a version."""
    status = await sign_off.status(session)
    if status.in_force is None or not status.waiting:
        return []
    return [
        Plan(
            person_id,
            NEW_POLICY,
            now,
            key=f"{NEW_POLICY}:{status.newest}:{person_id}",
            at_least_once=False,
            data={"version": status.newest},
        )
        for person_id in await people.with_role(session, people.ADMIN, people.LEAD)
    ]
