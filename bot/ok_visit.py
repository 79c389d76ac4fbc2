"""The visit that a doctor's OK is for, and by when somebody has to do something about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from bot import promised
from bot.flow import Turn, Until
from config.clock import from_minutes, to_minutes
from scheduling import clinic
from scheduling.appointments import LIVE, WAITING, Appointment

NO_TIME = ("waiting", "cancelled", "released", "stopped")
"""States in which no time is kept for the client."""
BRING_WITHIN = timedelta(days=7)


async def visit_of(turn: Turn) -> Appointment | None:
    """The visit that the card names, else the next one."""
    named = turn.data.get("appointment")
    if named:
        visit = await turn.session.get(Appointment, str(named))
        if visit is not None and visit.client_id == turn.subject_id:
            return visit
    found: Appointment | None = await turn.session.scalar(
        select(Appointment)
        .where(
            Appointment.client_id == turn.subject_id,
            Appointment.state.in_((*LIVE, WAITING)),
            Appointment.ends_at > to_minutes(turn.now),
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    return found


async def looked_at_by(turn: Turn) -> Until:
    """When a person will have looked at what was sent."""
    return Until(await promised.end_of_day(turn))


async def bring_by(turn: Turn, visit: Appointment | None) -> datetime:
    """When an OK must be there for this visit to take place."""
    rules = await clinic.rules(turn.session)
    if visit is not None and visit.ok_by is not None:
        return visit.ok_by
    if visit is not None and visit.state not in NO_TIME:
        return from_minutes(visit.starts_at) - timedelta(hours=rules.release_hours)
    return await promised.end_of_day(turn, turn.now + BRING_WITHIN)
