"""Words to others about a visit, as rows: the therapist's day after a change, what the client must hear."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes
from scheduling import notifications
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist

RINGS_WITHIN = timedelta(hours=24)


async def tell_therapist(
    session: AsyncSession,
    appointment: Appointment,
    what: str,
    now: datetime,
    *,
    therapist_id: str | None = None,
    starts_at: int | None = None,
    at: datetime | None = None,
) -> None:
    """Let the therapist's day follow, once the change can no longer be undone.

    "day.changed" rings, for a day within 24 h; "day.edit" only redraws the card that is there.
    what: booked | cancelled | moved | held | stopped | undone | state.
    """
    therapist_id = therapist_id or appointment.therapist_id
    starts = from_minutes(appointment.starts_at if starts_at is None else starts_at)
    person_id = await session.scalar(select(Therapist.person_id).where(Therapist.id == therapist_id))
    if person_id is None or starts + timedelta(hours=12) < now:
        return
    due = at or appointment.undo_until or now
    rings = what not in ("undone", "state") and starts - now <= RINGS_WITHIN
    kind = "day.changed" if rings else "day.edit"
    await notifications.plan(
        session,
        person_id,
        kind,
        max(due, now),
        appointment=(appointment.id, appointment.version),
        key=f"{appointment.id}:{kind}:{what}:{therapist_id[:8]}:v{appointment.version}",
        expires_at=max(due, now) + timedelta(hours=12),
        priority=notifications.SOON,
        at_least_once=rings,
        data={"what": what, "starts_at": appointment.starts_at if starts_at is None else starts_at},
    )


async def tell_client(
    session: AsyncSession,
    appointment: Appointment,
    kind: str,
    now: datetime,
    *,
    at: datetime | None = None,
    expires_at: datetime | None = None,
    silent: bool = False,
    **data: Any,
) -> None:
    """A message about the visit as it is now, keyed by (visit, kind, version)."""
    await notifications.plan(
        session,
        appointment.client_id,
        kind,
        at or now,
        appointment=(appointment.id, appointment.version),
        expires_at=expires_at,
        priority=notifications.NOW,
        silent=silent,
        data=data or None,
    )
