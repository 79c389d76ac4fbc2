"""A visit is off for health: urgent, or without a date from which it could be. No time is kept for it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from scheduling import changes, holding, notices, notifications
from scheduling.applied import Applied
from scheduling.appointments import HELD, LIVE, NOTHING, STOPPED, WAITING, Appointment, free_cells
from scheduling.clinic import BookingRules
from scheduling.kept_times import free_kept_times
from scheduling.promises import WORKING_DAY
from scheduling.visit_tasks import open_for
from screening.decision import Decision
from screening.policy import Tier


async def stop_for_danger(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    actor: str | None,
) -> Applied:
    """Urgent: off at once, no new time. Being hurt: off out of sight, the card stays as it was."""
    before = appointment.starts_at
    minutes = booking_rules.urgent_minutes if decision.tier is Tier.D else booking_rules.emergency_minutes
    task_id = await open_for(session, appointment, "urgent", booking_rules, now, minutes=minutes)
    if decision.urgent is not None and decision.urgent.hidden:
        if appointment.state == HELD:  # as if its clock had run out
            await holding.let_hold_go(session, appointment.id, now)
        else:
            appointment.hidden_hold = True
        await notifications.void(session, appointment.id)
        return Applied(appointment, decision.slot, before, task_id=task_id)
    await stop(session, appointment, now, actor=actor)
    return Applied(appointment, decision.slot, before, task_id=task_id)


async def stop(session: AsyncSession, appointment: Appointment, now: datetime, *, actor: str | None) -> None:
    """It does not take place, and no new time is looked for before a person has spoken."""
    await take_off(session, appointment, STOPPED, now, actor)
    appointment.ended_because, appointment.ended_at, appointment.ended_by = "health", now, actor
    await notices.tell_therapist(session, appointment, "stopped", now, at=now)


async def free(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    actor: str | None,
) -> Applied:
    """No date in the row: the time is freed, none is kept, a person takes over."""
    before, was = appointment.starts_at, appointment.state
    await take_off(session, appointment, WAITING, now, actor)
    appointment.waiting_since = appointment.waiting_since or now
    appointment.earliest = decision.earliest
    task_id = await open_for(session, appointment, "no_date", booking_rules, now, minutes=WORKING_DAY)
    if was in LIVE:
        await notices.tell_therapist(session, appointment, "moved", now, at=now)
    return Applied(appointment, decision.slot, before, task_id=task_id)


async def take_off(
    session: AsyncSession, appointment: Appointment, state: str, now: datetime, actor: str | None
) -> None:
    """Off for health: the time is others' at once, nothing planned goes out, there is no undo."""
    before = changes.snapshot(appointment)
    await free_kept_times(session, appointment, now)
    await free_cells(session, appointment.id)
    appointment.state, appointment.keeps = state, NOTHING
    appointment.hold_reason = appointment.release_at = None
    appointment.hold_until = appointment.keep_until = appointment.ok_by = None
    appointment.cleared_at = appointment.rechecked_at = None
    appointment.version += 1
    changes.note(session, appointment, before, "health", now, by=actor, undo=False)
    await session.flush()
    await notifications.void(session, appointment.id)
