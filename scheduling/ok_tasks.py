"""What staff have to do about a doctor's OK: wait for one that is missing, look at one that was sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import reminders, tasks, word_tasks
from scheduling.appointments import LIVE, WAITING, Appointment
from scheduling.availability import local_day, to_utc
from scheduling.clinic import rules
from scheduling.promises import by_end_of_day
from scheduling.tasks import CLOSED, Task
from screening import clearance, oks

MISSING, LOOK, TOLD_NO, ENDS = "clearance", "ok", "clearance", "expiring"
AHEAD = 37
"""Days before the end of an OK in which its notes are planned: a week before the first is due."""


async def look(session: AsyncSession, client_id: str, now: datetime) -> None:
    """An OK waits for a person: somebody is to look at it, and nobody has to ask for one any more."""
    pending = await oks.of_client(session, client_id, oks.PENDING)
    if not pending:
        return
    booking_rules = await rules(session)
    visit = next(iter(await _visits(session, client_id, now)), None)
    for task in await tasks.of_client(session, client_id):
        if task.kind == MISSING:
            await tasks.close(session, task.id, now, by=None, outcome="sent")
    newest = pending[0]
    await tasks.open_task(
        session,
        LOOK,
        now,
        client_id=client_id,
        appointment_id=visit.id if visit else None,
        due_at=by_end_of_day(booking_rules.opening_hours, booking_rules.tz, now),
        key=f"{LOOK}:{newest.id}",
    )


async def shown_anew(session: AsyncSession, client_id: str, now: datetime) -> None:
    """One more page came: the cards on which it waits say so."""
    for task in await tasks.of_client(session, client_id):
        if task.kind == LOOK:
            await tasks.changed(session, task.id, now)


async def follow(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    """A visit was booked, moved, let go or ended: what asks for its OK, or a doctor's word, says so too."""
    await word_tasks.follow(session, appointment.client_id, now)
    open_now = (
        await session.scalars(
            select(Task).where(
                Task.appointment_id == appointment.id, Task.kind == MISSING, Task.state != CLOSED
            )
        )
    ).first()
    wanted = appointment.ok_by is not None and appointment.state in LIVE
    if not wanted:
        await tasks.close_for(session, appointment.id, now, kinds=(MISSING,), outcome="not_needed")
    elif open_now is not None:
        open_now.due_at = appointment.ok_by or open_now.due_at
        await session.flush()
    elif not await oks.of_client(session, appointment.client_id, oks.PENDING):
        await tasks.open_task(
            session,
            MISSING,
            now,
            client_id=appointment.client_id,
            appointment_id=appointment.id,
            due_at=appointment.ok_by,
            therapist_id=appointment.therapist_id,
        )


async def ending(session: AsyncSession, now: datetime) -> None:
    """OKs that end soon: the client is told 30 and 7 days before, and the desk sees it in its list.

    Safe to repeat: a note and a task are planned once for each OK and each of the two days.
    """
    booking_rules = await rules(session)
    minute = to_minutes(now)
    today = local_day(minute, booking_rules.tz)
    for client_id, ok_id, until in await clearance.expiring(session, today, AHEAD):
        await reminders.plan_ok_expiring(session, client_id, until, booking_rules, now)
        days = next((n for n in sorted(reminders.OK_ENDS_IN) if until <= today + timedelta(days=n)), None)
        if days is None or not reminders.rings(minute, booking_rules):
            continue
        keys = {n: f"{ENDS}:{ok_id}:{n}" for n in reminders.OK_ENDS_IN}
        told = await session.execute(select(Task.key, Task.state).where(Task.key.in_(keys.values())))
        states = {row.key: row.state for row in told}
        if keys[days] in states or any(state != CLOSED for state in states.values()):
            continue
        end = from_minutes(to_utc(until, 0, booking_rules.tz))
        await tasks.open_task(
            session,
            ENDS,
            now,
            client_id=client_id,
            due_at=by_end_of_day(booking_rules.opening_hours, booking_rules.tz, end),
            key=keys[days],
        )


async def refused(session: AsyncSession, client_id: str, now: datetime) -> None:
    """What was sent could not be used: another one is asked for, where a visit still waits for it."""
    for visit in await _visits(session, client_id, now):
        await follow(session, visit, now)


async def _visits(session: AsyncSession, client_id: str, now: datetime) -> list[Appointment]:
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.client_id == client_id,
            Appointment.state.in_((*LIVE, WAITING)),
            Appointment.ends_at > to_minutes(now),
        )
        .order_by(Appointment.starts_at)
    )
    return list(rows)
