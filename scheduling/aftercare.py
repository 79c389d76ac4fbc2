"""Messages after a visit: planned when it ends, outside quiet hours, asked once more at most."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import notifications
from scheduling.appointments import Appointment
from scheduling.clinic import BookingRules, rules
from scheduling.intervals import Interval
from scheduling.notifications import Notification, Plan
from scheduling.opening import after_quiet, before_quiet, is_quiet
from scheduling.people import Person

HOUR = 60
CARE, NEXT_DAY, REMINDER, THIRD_DAY, WEEK = (
    "after.care",
    "after.next_day",
    "after.reminder",
    "after.third_day",
    "after.week",
)
CHECK_INS = (NEXT_DAY, REMINDER, THIRD_DAY, WEEK)
EASING = {
    "after.easing": timedelta(hours=2),
    "after.easing_open": timedelta(hours=3),
    "after.easing_silent": timedelta(hours=4),
}
"""Limbs that did not move as usual: asked again after two hours, once more, and then a person calls."""
KINDS = (CARE, *CHECK_INS, *EASING)


@dataclass(frozen=True, slots=True)
class CareMoments:
    """UTC minutes."""

    care: int
    next_day: int
    reminder: int
    third_day: int
    week: int


def moments(ended_at: int, now: int, quiet: Interval, zone: ZoneInfo) -> CareMoments:
    """When each message goes out for a visit that ended at the UTC minute `ended_at`.

    The care message comes now, silently in quiet hours; the next-day check-in 20 to 28 hours after the end.
    """
    return CareMoments(
        care=max(now, ended_at),
        next_day=_loud(ended_at + 24 * HOUR, ended_at + 20 * HOUR, ended_at + 28 * HOUR, quiet, zone),
        reminder=_loud(ended_at + 48 * HOUR, ended_at + 44 * HOUR, ended_at + 60 * HOUR, quiet, zone),
        third_day=_loud(ended_at + 72 * HOUR, ended_at + 68 * HOUR, ended_at + 84 * HOUR, quiet, zone),
        week=_loud(ended_at + 168 * HOUR, ended_at + 160 * HOUR, ended_at + 180 * HOUR, quiet, zone),
    )


def _loud(wanted: int, first: int, last: int, quiet: Interval, zone: ZoneInfo) -> int:
    """The moment nearest to `wanted` outside quiet hours, from `first` to `last`."""
    before, after = before_quiet(wanted, quiet, zone), after_quiet(wanted, quiet, zone)
    good = [moment for moment in (before, after) if first <= moment <= last]
    return min(good, key=lambda moment: abs(moment - wanted), default=after)


async def plan(
    session: AsyncSession,
    appointment: Appointment,
    booking_rules: BookingRules,
    now: datetime,
    *,
    start: datetime | None = None,
) -> None:
    """Plan what follows a visit. `start`: when the care message goes out (Done can no longer be undone).

    Safe to repeat. Everybody gets the care message and the next-day check-in; a first visit or any caution
    the 72 h check; a first visit or a relapse before it the one after 7 days. The muted get the care message.
    """
    person = await session.get(Person, appointment.client_id)
    if person is None or person.erased_at is not None:
        return
    quiet, zone = quiet_of(person, booking_rules), booking_rules.tz
    at = moments(appointment.ends_at, to_minutes(now), quiet, zone)
    care = start or from_minutes(at.care)
    plans = [
        _plan(appointment, CARE, care, hours=6, silent=is_quiet(to_minutes(care), quiet, zone)),
    ]
    if person.muted_at is None:
        plans += [
            _plan(appointment, NEXT_DAY, from_minutes(at.next_day), hours=24),
            _plan(appointment, REMINDER, from_minutes(at.reminder), hours=24),
        ]
        if appointment.first_visit or appointment.outcome == 1:
            plans.append(_plan(appointment, THIRD_DAY, from_minutes(at.third_day), hours=24))
        if appointment.first_visit or appointment.week_check:
            plans.append(_plan(appointment, WEEK, from_minutes(at.week), hours=48))
    await notifications.plan_all(session, plans)


def quiet_of(person: Person, booking_rules: BookingRules) -> Interval:
    """The person's own quiet hours, or the clinic's."""
    if person.quiet_starts is not None and person.quiet_ends is not None:
        return person.quiet_starts, person.quiet_ends
    return booking_rules.quiet_starts, booking_rules.quiet_ends


def _plan(appointment: Appointment, kind: str, due: datetime, *, hours: int, silent: bool = False) -> Plan:
    return Plan(
        appointment.client_id,
        kind,
        due,
        appointment=(appointment.id, appointment.version),
        expires_at=due + timedelta(hours=hours),
        priority=notifications.LATER,
        at_least_once=False,
        silent=silent,
    )


async def answered(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    """The check-in was answered: no reminder, and nobody has to look."""
    await session.execute(update(Appointment).where(Appointment.id == appointment_id).values(check_in_at=now))
    await notifications.void(session, appointment_id, kinds=(REMINDER,))


async def ask_again(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    """Sore or tired: the 72 h check comes too, even where it was not planned."""
    appointment = await session.get(Appointment, appointment_id)
    if appointment is None:
        return
    booking_rules = await rules(session)
    person = await session.get(Person, appointment.client_id)
    if person is None or person.muted_at is not None or person.erased_at is not None:
        return
    at = moments(
        appointment.ends_at, to_minutes(now), quiet_of(person, booking_rules), booking_rules.tz
    ).third_day
    if at > to_minutes(now):
        await notifications.plan_all(session, [_plan(appointment, THIRD_DAY, from_minutes(at), hours=24)])


async def ask_if_it_eases(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    """What was easing is asked about again on the same day, also of the muted."""
    appointment = await session.get(Appointment, appointment_id)
    if appointment is not None:
        plans = [_plan(appointment, kind, now + wait, hours=6) for kind, wait in EASING.items()]
        await notifications.plan_all(session, plans)


async def mute(session: AsyncSession, person_id: str, now: datetime) -> None:
    """No check-ins any more; questions before a visit and urgent words still come."""
    await session.execute(update(Person).where(Person.id == person_id).values(muted_at=now))
    await session.execute(
        update(Notification)
        .where(
            Notification.person_id == person_id,
            Notification.kind.in_(CHECK_INS),
            Notification.state.in_((notifications.PENDING, notifications.LEASED)),
        )
        .values(state=notifications.VOID)
        .execution_options(synchronize_session=False)
    )


async def unmute(session: AsyncSession, person_id: str, now: datetime) -> None:
    """Check-ins come again, those that a mute took back and that are still to come too."""
    await session.execute(update(Person).where(Person.id == person_id).values(muted_at=None))
    visits = await session.scalars(
        select(Notification.id).where(
            Notification.person_id == person_id,
            Notification.kind.in_(CHECK_INS),
            Notification.state == notifications.VOID,
            Notification.due_at > now,
        )
    )
    ids = visits.all()
    if ids:
        await session.execute(
            update(Notification)
            .where(Notification.id.in_(ids))
            .values(state=notifications.PENDING)
            .execution_options(synchronize_session=False)
        )
