"""When a person decided or an OK came: what waited for it goes on, what was provisional is firm."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.clock import to_minutes
from scheduling import notices, reminders, word_tasks
from scheduling.admission import admit, locked, slot_of
from scheduling.appointments import BOOKED, FIRM, LIVE, ON_HOLD, TENTATIVE, Appointment, renew_cells
from scheduling.availability import local_day
from scheduling.changes import note_act
from scheduling.clinic import rules
from scheduling.refusals import NotNow
from screening import holds


async def resume(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """A person decided that the visit goes on: back to booked. Raises: NotNow, OnHold, NeedsOk."""
    appointment = await locked(session, appointment_id)
    if appointment.state != ON_HOLD:
        raise NotNow(appointment.state)
    booking_rules = await rules(session)
    ok_by, provisional = await admit(session, appointment.client_id, slot_of(appointment), booking_rules, now)
    await back_on(session, appointment)
    appointment.ok_by, appointment.provisional = ok_by, provisional
    appointment.changed_at = now
    await reminders.plan_visit(session, appointment, booking_rules, now)
    await notices.tell_therapist(session, appointment, "state", now, at=now)
    note_act(session, appointment, "appointment.resumed", now, actor)
    return appointment


async def holds_changed(
    session: AsyncSession, client_id: str, now: datetime, *, actor: str | None
) -> list[Appointment]:
    """After a hold was lifted or an OK accepted: what waited for it goes on, what was provisional is firm.

    Returns the visits that changed. Visits that other holds still stop stay as they are.
    """
    gate = await holds.gate(session, client_id, now)
    rows = await session.scalars(
        select(Appointment.id).where(
            Appointment.client_id == client_id,
            Appointment.state.in_(LIVE),
            Appointment.starts_at > to_minutes(now),
        )
    )
    booking_rules = await rules(session)
    changed = []
    for appointment_id in rows.all():
        appointment = await locked(session, appointment_id)
        day = local_day(appointment.starts_at, booking_rules.tz)
        if not gate.may_book or (gate.earliest is not None and day < gate.earliest):
            continue
        touched = False
        if appointment.hidden_hold:
            appointment.hidden_hold, touched = False, True
        if appointment.state == ON_HOLD and (
            appointment.hold_reason == "review"
            or (appointment.hold_reason == "clearance" and not gate.needs_ok)
        ):
            await back_on(session, appointment)
            touched = True
        firm = not (gate.provisional or gate.needs_ok)
        if appointment.provisional and firm and not (appointment.first_visit and not appointment.cleared_at):
            appointment.provisional, appointment.ok_by, touched = False, None, True
            if appointment.state == TENTATIVE and appointment.keep_until is None:
                appointment.state = BOOKED  # it was kept for this
        if touched:
            appointment.changed_at = now
            await reminders.plan_visit(session, appointment, booking_rules, now)
            await notices.tell_therapist(session, appointment, "state", now, at=now)
            changed.append(appointment)
    await word_tasks.follow(session, client_id, now, by=actor)
    if changed:
        audit.record(session, now=now, actor=actor, subject=client_id, action="appointments.freed")
    return changed


async def back_on(session: AsyncSession, appointment: Appointment) -> None:
    appointment.state, appointment.hold_reason, appointment.release_at = BOOKED, None, None
    await renew_cells(session, appointment, FIRM)
