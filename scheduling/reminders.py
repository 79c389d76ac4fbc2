"""When a visit's questions go out, close and cost the time: moments, planned as rows with the visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import notifications
from scheduling.appointments import BOOKED, ON_HOLD, TENTATIVE, Appointment
from scheduling.availability import local_day, local_minute, to_utc
from scheduling.clinic import BookingRules
from scheduling.intervals import Interval
from scheduling.notifications import Plan
from scheduling.opening import after_quiet, before_quiet, is_quiet

HOUR = 60
FULL_CHECK_LASTS = 48 * HOUR
NEVER_BEFORE = 7 * HOUR
DOOR_BEFORE = NEVER_BEFORE + 30
TIME_TO_ANSWER = 4 * HOUR

CHECK, NUDGE, RECHECK, DOOR = "check.a", "check.nudge", "recheck.t", "recheck.door"
KINDS = (CHECK, NUDGE, RECHECK, DOOR)
OK_ENDS_IN = (30, 7)
"""Days before a doctor's OK ends on which its client is told."""


@dataclass(frozen=True, slots=True)
class Moments:
    """UTC minutes. None: not sent (answered at booking, or asked at the door)."""

    check: int | None
    nudge: int | None
    cutoff: int
    release: int
    recheck: int | None
    door: int


@dataclass(frozen=True, slots=True)
class Timing:
    """The clinic's settings that decide the moments."""

    zone: ZoneInfo
    quiet: Interval
    check_hours: int = 24
    cutoff_hours: int = 12
    release_hours: int = 4
    recheck_hours: int = 3

    @classmethod
    def of(cls, rules: BookingRules) -> Timing:
        return cls(
            rules.tz,
            (rules.quiet_starts, rules.quiet_ends),
            rules.check_hours,
            rules.cutoff_hours,
            rules.release_hours,
            rules.recheck_hours,
        )


def moments(starts_at: int, now: int, timing: Timing) -> Moments:
    """All moments of a visit that was booked, moved or kept at `now`.

    The check goes out `check_hours` before, or now if that is later; never in quiet hours (then before them,
    so that there is time to answer). It closes `cutoff_hours` before, or at once if booked later. The
    re-check goes out `recheck_hours` before but never before 7:00; before 7:30 it is asked at the door.
    """
    cutoff = max(starts_at - timing.cutoff_hours * HOUR, min(now, starts_at))
    release = starts_at - timing.release_hours * HOUR
    wanted = min(starts_at - timing.check_hours * HOUR, cutoff - TIME_TO_ANSWER)
    check = before_quiet(wanted, timing.quiet, timing.zone)
    if starts_at - check > FULL_CHECK_LASTS:  # an answer at once would be too old at the start
        check = after_quiet(wanted, timing.quiet, timing.zone)
    if check <= now:
        check = after_quiet(now, timing.quiet, timing.zone)
        if check >= cutoff:
            check = now
    return Moments(
        check=check if check < cutoff else None,
        nudge=_nudge(check, cutoff, timing),
        cutoff=cutoff,
        release=release,
        recheck=recheck_moment(starts_at, now, timing),
        door=starts_at,
    )


def _nudge(check: int, cutoff: int, timing: Timing) -> int | None:
    half = (check + cutoff) // 2
    for moment in (
        before_quiet(half, timing.quiet, timing.zone),
        after_quiet(half, timing.quiet, timing.zone),
    ):
        if check + HOUR <= moment <= cutoff - HOUR // 2:
            return moment
    return None


def recheck_moment(starts_at: int, now: int, timing: Timing) -> int | None:
    if local_minute(starts_at, timing.zone) < DOOR_BEFORE:
        return None
    earliest = to_utc(local_day(starts_at, timing.zone), NEVER_BEFORE, timing.zone)
    moment = max(starts_at - timing.recheck_hours * HOUR, earliest, now)
    return moment if moment <= starts_at - 15 else None


def check_counts(cleared_at: datetime | None, starts_at: int) -> bool:
    """Is a full check still good at the start of the visit?"""
    return cleared_at is not None and starts_at - to_minutes(cleared_at) <= FULL_CHECK_LASTS


def wants_check(appointment: Appointment) -> bool:
    """Does the visit need its questions sent? Not while its time is only offered and may be let go."""
    if appointment.hidden_hold:
        return False
    if appointment.state == TENTATIVE:
        return appointment.keep_until is None
    if appointment.state == ON_HOLD:
        return appointment.hold_reason == "clearance"
    return appointment.state == BOOKED


async def plan_visit(
    session: AsyncSession, appointment: Appointment, rules: BookingRules, now: datetime
) -> Moments:
    """Take back what was planned for an older version of the visit, and plan what it needs as it stands."""
    timing = Timing.of(rules)
    at = moments(appointment.starts_at, to_minutes(now), timing)
    await notifications.void(session, appointment.id, kinds=KINDS)
    if not wants_check(appointment):
        return at
    visit = (appointment.id, appointment.version)
    start = from_minutes(appointment.starts_at)
    plans = []
    if at.check is not None and not check_counts(appointment.cleared_at, appointment.starts_at):
        end = from_minutes(max(at.release, at.cutoff))
        plans.append(_plan(appointment, CHECK, at.check, visit, end))
        if at.nudge is not None:
            plans.append(_plan(appointment, NUDGE, at.nudge, visit, from_minutes(at.cutoff)))
    if appointment.rechecked_at is None:
        if at.recheck is not None:
            plans.append(_plan(appointment, RECHECK, at.recheck, visit, start))
        plans.append(_plan(appointment, DOOR, at.door, visit, start + timedelta(minutes=30)))
    await notifications.plan_all(session, plans)
    return at


def _plan(
    appointment: Appointment, kind: str, minute: int, visit: tuple[str, int], expires: datetime
) -> Plan:
    return Plan(
        appointment.client_id,
        kind,
        from_minutes(minute),
        appointment=visit,
        expires_at=expires,
        priority=notifications.NOW if kind in (RECHECK, DOOR) else notifications.SOON,
    )


async def check_answered(session: AsyncSession, appointment: Appointment) -> None:
    """The full check is in: nothing asks for it again."""
    await notifications.void(session, appointment.id, kinds=(CHECK, NUDGE))


async def recheck_answered(session: AsyncSession, appointment: Appointment) -> None:
    await notifications.void(session, appointment.id, kinds=(RECHECK, DOOR))


async def plan_ok_expiring(
    session: AsyncSession, client_id: str, until: date, rules: BookingRules, now: datetime
) -> int:
    """A note on each of those days before the doctor's OK ends, at 10:00. Planned once an end date."""
    plans = []
    for days in OK_ENDS_IN:
        due = from_minutes(to_utc(until - timedelta(days), 10 * HOUR, rules.tz))
        if due > now:
            plans.append(
                Plan(
                    client_id,
                    "ok.expiring",
                    due,
                    key=f"ok.expiring:{client_id}:{until.isoformat()}:{days}",
                    expires_at=from_minutes(to_utc(until, 0, rules.tz)),
                    priority=notifications.LATER,
                    at_least_once=False,
                )
            )
    return await notifications.plan_all(session, plans)


def rings(minute: int, rules: BookingRules) -> bool:
    """May a message ring at this UTC minute, or only come silently?"""
    return not is_quiet(minute, (rules.quiet_starts, rules.quiet_ends), rules.tz)
