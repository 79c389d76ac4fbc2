"""After a move for health: the kept time is taken, let go, or waits until the client is well."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import changes, notices, notifications, reminders, word_tasks
from scheduling.admission import locked
from scheduling.appointments import (
    BOOKED,
    FIRM,
    NOTHING,
    TENTATIVE,
    WAITING,
    Appointment,
    free_cells,
    renew_cells,
)
from scheduling.availability import local_day, to_utc
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.kept_times import free_kept_times
from scheduling.refusals import NotNow, TooLate

ASK_AGAIN = timedelta(days=7)


async def keep(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """The client keeps the time that was found for them. Raises: NotNow, TooLate (it was let go)."""
    appointment = await locked(session, appointment_id)
    if appointment.state != TENTATIVE:
        raise TooLate if appointment.state == WAITING else NotNow(appointment.state)
    if appointment.keep_until is not None and appointment.keep_until <= now:
        raise TooLate
    appointment.state, appointment.keep_until, appointment.waiting_since = BOOKED, None, None
    appointment.changed_at = now
    await renew_cells(session, appointment, FIRM)
    await notifications.void(session, appointment.id, kinds=("moved.reminder",))
    await reminders.plan_visit(session, appointment, await rules(session), now)
    await notices.tell_therapist(session, appointment, "booked", now)
    note_act(session, appointment, "appointment.kept", now, actor)
    return appointment


async def wait_until_well(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """No time is kept; the client is first in line and asked how they are on `ask_on`. Raises: NotNow."""
    appointment = await locked(session, appointment_id)
    if appointment.state not in (TENTATIVE, WAITING):
        raise NotNow(appointment.state)
    booking_rules = await rules(session)
    if appointment.state == TENTATIVE:
        await let_go(session, appointment, now)
    today = local_day(to_minutes(now), booking_rules.tz)
    appointment.ask_on = max(appointment.earliest or today, today + timedelta(1))
    await plan_check_in(session, appointment, booking_rules, now)
    await word_tasks.follow(session, appointment.client_id, now)
    note_act(session, appointment, "appointment.waits", now, actor)
    return appointment


async def not_yet_well(session: AsyncSession, appointment_id: str, now: datetime) -> date:
    """Ask again in a week. Returns the day. Raises: NotNow."""
    appointment = await locked(session, appointment_id)
    if appointment.state != WAITING:
        raise NotNow(appointment.state)
    booking_rules = await rules(session)
    appointment.ask_on = local_day(to_minutes(now), booking_rules.tz) + ASK_AGAIN
    await notifications.void(session, appointment.id, kinds=("moved.checkin",))
    await plan_check_in(session, appointment, booking_rules, now)
    return appointment.ask_on


async def let_go(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """A kept or held time goes to others; the client stays first in line."""
    before = changes.snapshot(appointment)
    await free_kept_times(session, appointment, now)
    await free_cells(session, appointment.id)
    appointment.state, appointment.keeps = WAITING, NOTHING
    appointment.keep_until = appointment.release_at = appointment.hold_reason = None
    appointment.cleared_at = appointment.rechecked_at = None
    appointment.waiting_since = appointment.waiting_since or now
    appointment.version += 1
    changes.note(session, appointment, before, "health", now, by=None, undo=False)
    await session.flush()
    await notifications.void(session, appointment.id)
    await notices.tell_therapist(session, appointment, "moved", now, at=now)


async def plan_keeping(
    session: AsyncSession, appointment: Appointment, keep_until: datetime, now: datetime
) -> None:
    """Remind a day before a kept time is let go, if there is that long."""
    at = keep_until - timedelta(hours=24)
    if at > now + timedelta(hours=1):
        await notices.tell_client(session, appointment, "moved.reminder", now, at=at, expires_at=keep_until)


async def plan_check_in(
    session: AsyncSession, appointment: Appointment, booking_rules: BookingRules, now: datetime
) -> None:
    """ "Are you well enough ...?" at 10:00 on the day."""
    if appointment.ask_on is None:
        return
    at = from_minutes(to_utc(appointment.ask_on, 10 * 60, booking_rules.tz))
    await notifications.plan(
        session,
        appointment.client_id,
        "moved.checkin",
        max(at, now + timedelta(hours=1)),
        appointment=(appointment.id, appointment.version),
        key=f"{appointment.id}:moved.checkin:{appointment.ask_on.isoformat()}:v{appointment.version}",
        priority=notifications.LATER,
        at_least_once=False,
    )
