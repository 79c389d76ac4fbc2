"""What happens to visits by the clock alone: unanswered checks hold, kept times go, ended visits close."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import aftercare, changes, notices, notifications, ok_tasks, tasks, word_tasks
from scheduling.admission import locked
from scheduling.appointments import (
    BOOKED,
    DONE,
    NOTHING,
    ON_HOLD,
    RELEASED,
    TENTATIVE,
    Appointment,
    free_cells,
)
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.kept_times import free_kept_times
from scheduling.postponing import keep_later
from scheduling.promises import WORKING_DAY, by_end_of_day, within
from scheduling.reminders import check_counts, rings
from scheduling.reviewing import hold_until_release
from scheduling.stopping import stop
from scheduling.tasks import Task
from scheduling.visit_tasks import open_for
from scheduling.waiting import let_go
from screening import holds, oks, raising
from screening.policy import Slot

A_DAY = 1440
CLOSES_AFTER = 15
CALL_WITHIN = 60


async def run(session: AsyncSession, now: datetime) -> int:
    """Everything whose moment has come. Safe to repeat and to miss. Returns how many visits changed."""
    booking_rules = await rules(session)
    return (
        await _cut_off(session, booking_rules, now)
        + await _release(session, booking_rules, now)
        + await _let_go(session, booking_rules, now)
        + await _ok_late(session, booking_rules, now)
        + await _ended(session, booking_rules, now)
        + await _silent(session, booking_rules, now)
        + await tasks.escalate(session, now)
    )


async def _cut_off(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """No full check that still counts twelve hours before: on hold, slot kept, somebody phones."""
    minute = to_minutes(now)
    rows = await session.execute(
        select(Appointment.id, Appointment.starts_at, Appointment.cleared_at).where(
            or_(
                Appointment.state == BOOKED,
                and_(Appointment.state == TENTATIVE, Appointment.keep_until.is_(None)),
            ),
            Appointment.hidden_hold.is_(False),
            Appointment.starts_at > minute,
            Appointment.starts_at <= minute + booking_rules.cutoff_hours * 60,
        )
    )
    late = [row.id for row in rows if not check_counts(row.cleared_at, row.starts_at)]
    for appointment_id in late:
        appointment = await locked(session, appointment_id)
        await hold_until_release(session, appointment, "unanswered", booking_rules, now)
        await raising.unanswered(
            session,
            appointment.client_id,
            now,
            zone=booking_rules.tz,
            appointment_id=appointment.id,
            session_at=from_minutes(appointment.starts_at),
        )
        due = within(booking_rules.opening_hours, booking_rules.tz, now, CALL_WITHIN)
        if appointment.release_at is not None:
            due = min(due, appointment.release_at)
        await open_for(session, appointment, "call", booking_rules, now, due=due)
        await notices.tell_client(
            session,
            appointment,
            "check.cutoff",
            now,
            expires_at=appointment.release_at,
            silent=not rings(minute, booking_rules),
        )
        note_act(session, appointment, "appointment.unanswered", now, None)
    return len(late)


async def _release(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """Held until release time and nobody decided or answered: the time is others'.

    Words of danger took it off in all but name: no other time is spoken of before a person has called.
    """
    ids = (
        await session.scalars(
            select(Appointment.id).where(
                Appointment.state == ON_HOLD,
                Appointment.release_at <= now,
                Appointment.hidden_hold.is_(False),
            )
        )
    ).all()
    for appointment_id in ids:
        appointment = await locked(session, appointment_id)
        reason = appointment.hold_reason
        if await _danger(session, appointment.client_id):
            await stop(session, appointment, now, actor=None)
        elif reason in ("unanswered", "error"):
            await _end(session, appointment, now)
            await notices.tell_client(
                session, appointment, "check.released", now, silent=not rings(to_minutes(now), booking_rules)
            )
        else:
            if reason == "clearance":
                await _move_for_ok(session, appointment, booking_rules, now)
            else:
                await let_go(session, appointment, now)
                await notices.tell_client(
                    session,
                    appointment,
                    "moved.let_go",
                    now,
                    silent=not rings(to_minutes(now), booking_rules),
                )
        await word_tasks.follow(session, appointment.client_id, now)
        note_act(session, appointment, "appointment.released", now, None, why=reason)
    return len(ids)


async def _danger(session: AsyncSession, client_id: str) -> bool:
    return any(hold.slot is Slot.CANCELLED for hold in await holds.open_holds(session, client_id))


async def _end(session: AsyncSession, appointment: Appointment, now: datetime) -> None:
    before = changes.snapshot(appointment)
    await free_kept_times(session, appointment, now)
    await free_cells(session, appointment.id)
    appointment.state, appointment.keeps, appointment.ended_because = RELEASED, NOTHING, "unanswered"
    appointment.ended_at, appointment.release_at = now, None
    appointment.version += 1
    changes.note(session, appointment, before, "health", now, by=None, undo=False)
    await session.flush()
    await notifications.void(session, appointment.id)
    await notices.tell_therapist(session, appointment, "cancelled", now, at=now)


async def _let_go(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """A tentative time was kept as long as promised: it goes to others, the client stays first in line."""
    ids = (
        await session.scalars(
            select(Appointment.id).where(Appointment.state == TENTATIVE, Appointment.keep_until <= now)
        )
    ).all()
    for appointment_id in ids:
        appointment = await locked(session, appointment_id)
        was = appointment.starts_at
        await let_go(session, appointment, now)
        appointment.ok_by = None
        await ok_tasks.follow(session, appointment, now)
        await notices.tell_client(session, appointment, "moved.let_go", now, silent=True, was=was)
        note_act(session, appointment, "appointment.let_go", now, None)
    return len(ids)


async def _ok_late(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """The day by which the doctor's OK had to come: firm if nothing asks for it any more, else let go."""
    ids = (
        await session.scalars(
            select(Appointment.id).where(
                Appointment.state.in_((BOOKED, TENTATIVE)),
                Appointment.ok_by <= now,
                Appointment.starts_at > to_minutes(now),
                Appointment.hidden_hold.is_(False),
            )
        )
    ).all()
    for appointment_id in ids:
        appointment = await locked(session, appointment_id)
        gate = await holds.gate(session, appointment.client_id, now)
        if not gate.needs_ok:
            appointment.provisional, appointment.ok_by = gate.provisional, None
            continue
        release = from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.release_hours)
        if now < release and await oks.of_client(session, appointment.client_id, oks.PENDING):
            # it came in time and waits for us, so that its time stays kept, as was promised
            looked_at = by_end_of_day(booking_rules.opening_hours, booking_rules.tz, now)
            appointment.ok_by = min(looked_at, release)
            continue
        await _move_for_ok(session, appointment, booking_rules, now)
        note_act(session, appointment, "appointment.ok_late", now, None)
    return len(ids)


async def _move_for_ok(
    session: AsyncSession, appointment: Appointment, booking_rules: BookingRules, now: datetime
) -> None:
    """The OK did not come by its day: a later time is kept for an answer, or somebody helps to find one."""
    was, by = appointment.starts_at, appointment.ok_by or appointment.release_at or now
    await let_go(session, appointment, now)
    appointment.ok_by = None
    kept = await keep_later(session, appointment, booking_rules, now)
    await ok_tasks.follow(session, appointment, now)
    if kept is None:
        await open_for(session, appointment, "no_slot", booking_rules, now, minutes=WORKING_DAY)
    silent = not rings(to_minutes(now), booking_rules)
    await notices.tell_client(session, appointment, "ok.late", now, silent=silent, was=was, by=to_minutes(by))


async def _ended(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """A quarter of an hour after the end without Done: aftercare goes out if the visit was screened.

    If it was not, it should not have taken place: a person finds out.
    """
    minute = to_minutes(now)
    rows = await session.scalars(
        select(Appointment).where(
            Appointment.state == BOOKED,
            Appointment.ends_at <= minute - CLOSES_AFTER,
            Appointment.ends_at > minute - A_DAY,
            Appointment.closed_at.is_(None),
            Appointment.hidden_hold.is_(False),
        )
    )
    visits = rows.all()
    for appointment in visits:
        appointment.closed_at = now
        screened = check_counts(appointment.cleared_at, appointment.starts_at) and appointment.rechecked_at
        if screened:
            await aftercare.plan(session, appointment, booking_rules, now)
        else:
            await open_for(session, appointment, "door", booking_rules, now, minutes=CALL_WITHIN)
    return len(visits)


async def _silent(session: AsyncSession, booking_rules: BookingRules, now: datetime) -> int:
    """No answer to the check-in after a first visit or new caution, a day after its reminder: staff look."""
    minute = to_minutes(now)
    rows = (
        await session.scalars(
            select(Appointment).where(
                Appointment.state.in_((DONE, BOOKED)),
                Appointment.closed_at.is_not(None),
                Appointment.check_in_at.is_(None),
                Appointment.ends_at <= minute - 3 * A_DAY,
                Appointment.ends_at > minute - 5 * A_DAY,
                or_(Appointment.first_visit, Appointment.new_caution),
            )
        )
    ).all()
    opened = 0
    for appointment in rows:
        key = f"after:{appointment.id}"
        if await session.scalar(select(Task.id).where(Task.key == key).limit(1)) is not None:
            continue
        await tasks.open_task(
            session,
            "after",
            now,
            client_id=appointment.client_id,
            appointment_id=appointment.id,
            due_at=within(booking_rules.opening_hours, booking_rules.tz, now, WORKING_DAY),
            key=key,
            therapist_id=appointment.therapist_id,
        )
        opened += 1
    return opened
