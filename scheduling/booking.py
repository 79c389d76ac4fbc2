"""Booking the time that is held, taking a visit off, and what a client has open."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import changes, notices, notifications, ok_tasks, reminders, tasks
from scheduling.admission import admit, locked, one_more, slot_of
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    FIRM,
    HELD,
    LIVE,
    NOTHING,
    ON_HOLD,
    RELEASED,
    TENTATIVE,
    WAITING,
    Appointment,
    free_cells,
    renew_cells,
    second,
)
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.kept_times import free_kept_times
from scheduling.refusals import HoldEnded, NeedsCheck, NotNow

CHECK_BEFORE_CONFIRM = timedelta(hours=48)


async def confirm(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None = None
) -> Appointment:
    """Book the held time for good, and plan its messages.

    Raises: HoldEnded, NotNow, NotOpen, OnHold, NeedsOk, NeedsCheck. The time stays held.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state == RELEASED and appointment.ended_because == "hold_ended":
        raise HoldEnded(slot_of(appointment))
    if appointment.state != HELD or appointment.hold_until is None:
        raise NotNow(appointment.state)
    if appointment.hold_until <= now:
        raise HoldEnded(slot_of(appointment))
    booking_rules = await rules(session)
    slot = slot_of(appointment)
    ok_by, provisional = await admit(session, appointment.client_id, slot, booking_rules, now)
    await one_more(session, appointment.client_id, now, appointment.id)
    appointment.ok_by = ok_by
    start = from_minutes(appointment.starts_at)
    checked = reminders.check_counts(appointment.cleared_at, appointment.starts_at)
    if start - now < CHECK_BEFORE_CONFIRM and not checked:
        raise NeedsCheck
    before = changes.snapshot(appointment)
    appointment.state = BOOKED
    appointment.provisional = provisional or (appointment.first_visit and not checked)
    appointment.booked_at = now
    appointment.booked_by = actor or appointment.client_id
    appointment.hold_until = None
    await renew_cells(session, appointment, FIRM)
    changes.note(session, appointment, before, "book", now, by=actor)
    await reminders.plan_visit(session, appointment, booking_rules, now)
    await ok_tasks.follow(session, appointment, now)
    await notices.tell_therapist(session, appointment, "booked", now)
    note_act(session, appointment, "appointment.booked", now, actor)
    return appointment


async def cancel(
    session: AsyncSession,
    appointment_id: str,
    now: datetime,
    *,
    actor: str | None,
    because: str = "client",
    undo: bool = True,
) -> Appointment:
    """Take a visit off. Its time stays kept for three minutes, then it is others'.

    because: client | health | clinic | erased. Raises: NotNow.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state not in (*LIVE, HELD, WAITING):
        raise NotNow(appointment.state)
    before = changes.snapshot(appointment)
    had_time = appointment.keeps != NOTHING
    appointment.state = CANCELLED
    appointment.ended_because, appointment.ended_at, appointment.ended_by = because, now, actor
    appointment.version += 1
    row = changes.note(session, appointment, before, because[:10], now, by=actor, undo=undo)
    if had_time and row.undo_until is not None:
        await renew_cells(session, appointment, second(row.undo_until))
        await free_kept_times(session, appointment, now)
    else:
        appointment.keeps = NOTHING
        await free_kept_times(session, appointment, now)
        await free_cells(session, appointment.id)
    await notifications.void(session, appointment.id)
    await tasks.close_for(
        session, appointment.id, now, kinds=("call", "no_slot", "reoffer", "door"), outcome="cancelled"
    )
    await ok_tasks.follow(session, appointment, now)
    if before["state"] in LIVE:
        await notices.tell_therapist(session, appointment, "cancelled", now)
    note_act(session, appointment, "appointment.cancelled", now, actor, because=because)
    return appointment


async def visits(session: AsyncSession, client_id: str, now: datetime) -> list[Appointment]:
    """What a client has open: live visits to come or just over, waiting ones, and a held time; by start."""
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.client_id == client_id,
            or_(
                (Appointment.state.in_((BOOKED, TENTATIVE, ON_HOLD)))
                & (Appointment.busy_until > to_minutes(now)),
                Appointment.state == WAITING,
                (Appointment.state == HELD) & (Appointment.hold_until > now),
            ),
        )
        .order_by(Appointment.starts_at)
    )
    return list(rows)


def is_late(appointment: Appointment, booking_rules: BookingRules, now: datetime) -> bool:
    """Is it past the hour until which moving and cancelling are free? Never asked for health reasons.

    A visit that waits has no hour, and was taken off for health or by the clinic: nothing is due.
    """
    return appointment.state != WAITING and now > free_until(appointment, booking_rules)


def free_until(appointment: Appointment, booking_rules: BookingRules) -> datetime:
    return from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.free_until_hours)
