"""A visit must not take place until somebody decided or answered; its time is kept for that long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes
from scheduling import notices, notifications, reminders, word_tasks
from scheduling.applied import UNSURE_RED, Applied
from scheduling.appointments import FIRM, HELD, ON_HOLD, WAITING, Appointment, renew_cells
from scheduling.clinic import BookingRules
from scheduling.promises import WORKING_DAY
from scheduling.visit_tasks import open_for
from screening.decision import Decision
from screening.policy import Slot


async def hold_until_release(
    session: AsyncSession,
    appointment: Appointment,
    why: str,
    booking_rules: BookingRules,
    now: datetime,
) -> None:
    """state on_hold; the cells stay. Past release time already: until the start."""
    release = from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.release_hours)
    appointment.state, appointment.hold_reason = ON_HOLD, why
    appointment.release_at = release if release > now else from_minutes(appointment.starts_at)
    appointment.keep_until = appointment.hold_until = None
    appointment.changed_at = now
    await renew_cells(session, appointment, FIRM)
    await notifications.void(session, appointment.id, kinds=(*reminders.KINDS, "moved.reminder"))
    await notices.tell_therapist(session, appointment, "held", now, at=now)


async def put_on_hold(
    session: AsyncSession,
    appointment: Appointment,
    why: str,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
) -> Applied:
    """Kept until release time, and must not take place until somebody decided or answered."""
    urgent = any(reason.code == UNSURE_RED for reason in decision.reasons)
    minutes = booking_rules.urgent_minutes if urgent else None
    kind = "review" if why == "review" else "call"
    if appointment.state == WAITING:  # no time is kept, but a person is promised all the same
        minutes = minutes or WORKING_DAY
    else:
        await hold_until_release(session, appointment, why, booking_rules, now)
    if kind == word_tasks.KIND and await word_tasks.nothing_else(session, appointment.client_id):
        return Applied(appointment, decision.slot, appointment.starts_at)  # its task is there
    task_id = await open_for(session, appointment, kind, booking_rules, now, minutes=minutes)
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)


async def ask_for_review(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
) -> None:
    """A hold for review beside a worse one: the worse decides about the time, a person still has to look."""
    codes = {spec.code for spec in decision.holds if spec.slot is Slot.REVIEW}
    if codes:
        minutes = booking_rules.urgent_minutes if UNSURE_RED in codes else WORKING_DAY
        await open_for(session, appointment, "review", booking_rules, now, minutes=minutes)


async def wait_for_ok(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    to_confirm: bool,
) -> Applied:
    """Clearance: the time waits until the day by which the OK must be there, or else until release time."""
    if appointment.state == WAITING:
        minutes = WORKING_DAY
        task_id = await open_for(session, appointment, "clearance", booking_rules, now, minutes=minutes)
        return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)
    start = from_minutes(appointment.starts_at)
    answer_by = start - timedelta(days=booking_rules.lead_days_without_ok)
    release = start - timedelta(hours=booking_rules.release_hours)
    if answer_by <= now:
        answer_by = release if release > now else start
    appointment.ok_by = answer_by
    if appointment.state == HELD and to_confirm:
        # Confirm asks the gate again: it books provisionally, or says that the OK is needed first.
        appointment.provisional = True
        return Applied(appointment, decision.slot, appointment.starts_at)
    task_id = await open_for(session, appointment, "clearance", booking_rules, now, due=answer_by)
    await hold_until_release(session, appointment, "clearance", booking_rules, now)
    appointment.provisional, appointment.release_at = True, answer_by
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)
