"""What the therapist says about a visit: done, not come, running late."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import aftercare, changes, notices, notifications
from scheduling.admission import locked
from scheduling.appointments import BOOKED, DONE, NO_SHOW, Appointment
from scheduling.availability import local_day, to_utc
from scheduling.changes import note_act
from scheduling.clinic import rules
from scheduling.notifications import Plan
from scheduling.refusals import CannotBook, NotNow
from scheduling.reminders import check_counts

EARLY = 15


class NotScreened(CannotBook):
    """No valid check and re-check, so no massage and no Done. `door`: only the re-check is open."""

    def __init__(self, *, door: bool) -> None:
        super().__init__("not screened")
        self.door = door


def screened(appointment: Appointment) -> bool:
    """Do the rows show a full check that counts at the start, and a re-check?"""
    return (
        check_counts(appointment.cleared_at, appointment.starts_at) and appointment.rechecked_at is not None
    )


async def done(
    session: AsyncSession,
    appointment_id: str,
    now: datetime,
    *,
    actor: str | None,
    screened_too: bool = True,
) -> Appointment:
    """The visit took place; aftercare goes out in three minutes, until then it can be undone.

    `screened_too`: what else the caller knows (no hold open, the door's question entered). Raises: NotNow,
    NotScreened.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state != BOOKED or appointment.hidden_hold:
        raise NotNow(appointment.state)
    if to_minutes(now) < appointment.starts_at - EARLY:
        raise NotNow(appointment.state)
    if not screened(appointment) or not screened_too:
        full = check_counts(appointment.cleared_at, appointment.starts_at)
        raise NotScreened(door=full and appointment.rechecked_at is None)
    before = changes.snapshot(appointment)
    appointment.state, appointment.ended_at, appointment.ended_by = DONE, now, actor
    appointment.closed_at = now
    changes.note(session, appointment, before, "done", now, by=actor)
    await notifications.void(session, appointment.id, but=aftercare.KINDS)
    await aftercare.plan(session, appointment, await rules(session), now, start=appointment.undo_until)
    await notices.tell_therapist(session, appointment, "state", now, at=now)
    note_act(session, appointment, "appointment.done", now, actor)
    return appointment


async def no_show(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """Nobody came; a kind question goes to them in three minutes, until then it can be undone.

    Raises: NotNow (also before the start).
    """
    appointment = await locked(session, appointment_id)
    if appointment.state != BOOKED or to_minutes(now) < appointment.starts_at:
        raise NotNow(appointment.state)
    before = changes.snapshot(appointment)
    appointment.state, appointment.ended_at, appointment.ended_by = NO_SHOW, now, actor
    appointment.closed_at = now
    changes.note(session, appointment, before, "no_show", now, by=actor)
    await notifications.void(session, appointment.id)
    await notices.tell_client(
        session,
        appointment,
        "client.noshow",
        now,
        at=appointment.undo_until,
        expires_at=now + timedelta(days=1),
    )
    await notices.tell_therapist(session, appointment, "state", now, at=now)
    note_act(session, appointment, "appointment.no_show", now, actor)
    return appointment


async def who_waits(
    session: AsyncSession, therapist_id: str, now: datetime, *, from_id: str | None = None
) -> list[Appointment]:
    """Today's visits that a delay touches: those not over, from one visit on if it is named."""
    zone = (await rules(session)).tz
    minute = to_minutes(now)
    day = local_day(minute, zone)
    since = minute
    if from_id is not None:
        since = await session.scalar(select(Appointment.starts_at).where(Appointment.id == from_id)) or minute
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.therapist_id == therapist_id,
            Appointment.state == BOOKED,
            Appointment.hidden_hold.is_(False),
            Appointment.starts_at >= since,
            Appointment.starts_at < to_utc(day, 1440, zone),
        )
        .order_by(Appointment.starts_at)
    )
    return list(rows)


async def running_late(
    session: AsyncSession,
    therapist_id: str,
    now: datetime,
    minutes: int,
    *,
    actor: str | None,
    from_id: str | None = None,
) -> int:
    """Tell those who wait that it starts about so much later. Returns how many are told."""
    waiting = await who_waits(session, therapist_id, now, from_id=from_id)
    plans = []
    for appointment in waiting:
        appointment.late_minutes += minutes
        plans.append(
            Plan(
                appointment.client_id,
                "visit.running_late",
                now,
                appointment=(appointment.id, appointment.version),
                key=f"{appointment.id}:visit.running_late:v{appointment.version}:{appointment.late_minutes}",
                expires_at=from_minutes(appointment.starts_at + appointment.late_minutes),
                priority=notifications.NOW,
                data={"minutes": appointment.late_minutes},
            )
        )
        note_act(session, appointment, "appointment.late", now, actor, minutes=appointment.late_minutes)
    await notifications.plan_all(session, plans)
    return len(waiting)
