"""Dated holds that end by a doctor's word: somebody asks for it while the visit can still take place."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import tasks
from scheduling.appointments import LIVE, ON_HOLD, WAITING, Appointment
from scheduling.clinic import BookingRules, rules
from scheduling.promises import ENOUGH, WORKING_DAY, within
from screening import holds
from screening.holds import HoldView
from screening.policy import LiftBy, Slot

KIND, KEY = "review", "word:"
UNDECIDED = frozenset({Slot.MOVED, Slot.REVIEW})


def by_word(hold: HoldView) -> bool:
    """Whether its days alone do not end it, nor the client's next check (rule 16, last row)."""
    return hold.slot is Slot.MOVED and hold.lift_by is LiftBy.STAFF


async def nothing_else(session: AsyncSession, client_id: str) -> bool:
    """Whether all that a person has to decide for this client is such a hold, and there is one."""
    open_now = [hold for hold in await holds.open_holds(session, client_id) if hold.slot in UNDECIDED]
    return bool(open_now) and all(map(by_word, open_now))


async def late_enough(
    session: AsyncSession, client_id: str, not_before: datetime, booking_rules: BookingRules
) -> datetime:
    """From when a new time can be: once such a hold may end, we are open before the visit's check closes."""
    if not any(map(by_word, await holds.open_holds(session, client_id))):
        return not_before
    lifted = within(booking_rules.opening_hours, booking_rules.tz, not_before, ENOUGH)
    return lifted + timedelta(hours=booking_rules.cutoff_hours)


async def follow(session: AsyncSession, client_id: str, now: datetime, *, by: str | None = None) -> None:
    """A task for each such hold and each visit to come that it touches; none once either is over.

    Safe to repeat. `by`: who lifted the hold or ended the visit.
    """
    waiting = [hold for hold in await holds.open_holds(session, client_id) if by_word(hold)]
    found = await tasks.of_client(session, client_id)
    open_now = {task.key: task for task in found if task.key.startswith(KEY)}
    visits = await _to_come(session, client_id, now) if waiting else []
    booking_rules = await rules(session)
    for visit in visits:
        for hold in waiting:
            due = _due(visit, hold, booking_rules, now)
            task = open_now.pop(f"{KEY}{visit.id}:{hold.id}", None)
            if task is not None:
                task.due_at = due
                continue
            await tasks.open_task(
                session,
                KIND,
                now,
                client_id=client_id,
                appointment_id=visit.id,
                due_at=due,
                key=f"{KEY}{visit.id}:{hold.id}",
                therapist_id=visit.therapist_id,
                hold_id=hold.id,
            )
    for task in open_now.values():
        await tasks.close(session, task.id, now, by=by, outcome="not_needed")
    await session.flush()


def _due(visit: Appointment, hold: HoldView, booking_rules: BookingRules, now: datetime) -> datetime:
    """Before the check of the visit closes; once it waits for nothing but the word, before it is let go."""
    soon = within(booking_rules.opening_hours, booking_rules.tz, now, WORKING_DAY)
    if visit.state == WAITING:
        return max(hold.not_before or soon, soon)
    start = from_minutes(visit.starts_at)
    if visit.state == ON_HOLD:
        return max(min(start - timedelta(hours=booking_rules.release_hours), soon), now)
    return max(start - timedelta(hours=booking_rules.cutoff_hours), now)


async def _to_come(session: AsyncSession, client_id: str, now: datetime) -> list[Appointment]:
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.client_id == client_id,
            (Appointment.state == WAITING)
            | (Appointment.state.in_(LIVE) & (Appointment.ends_at > to_minutes(now))),
        )
        .order_by(Appointment.starts_at)
    )
    return list(rows)
