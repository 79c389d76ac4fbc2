"""A task about a visit: within so many minutes of opening hours, else by the hour when its time is let go."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes
from scheduling import tasks
from scheduling.appointments import Appointment
from scheduling.clinic import BookingRules
from scheduling.promises import WORKING_DAY, within


async def open_for(
    session: AsyncSession,
    appointment: Appointment,
    kind: str,
    booking_rules: BookingRules,
    now: datetime,
    *,
    minutes: int | None = None,
    due: datetime | None = None,
) -> str:
    """A task about a visit, by `due`, or within so many `minutes` of opening hours, or else by release time.

    By release time is within a working day all the same. Returns the task's id.
    """
    if due is None and minutes is not None:
        due = within(booking_rules.opening_hours, booking_rules.tz, now, minutes)
    if due is None:
        release = from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.release_hours)
        due = min(release, within(booking_rules.opening_hours, booking_rules.tz, now, WORKING_DAY))
        due = max(due, now)
    return await tasks.open_task(
        session,
        kind,
        now,
        client_id=appointment.client_id,
        appointment_id=appointment.id,
        due_at=due,
        therapist_id=appointment.therapist_id,
    )
