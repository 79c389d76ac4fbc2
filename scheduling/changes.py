"""What a visit was before a change, so that three minutes later it can still be so again."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import UtcDateTime
from scheduling.appointments import Appointment, AppointmentMove

UNDO = timedelta(minutes=3)
_KEPT = (
    "therapist_id",
    "room_id",
    "treatment_id",
    "starts_at",
    "ends_at",
    "busy_until",
    "keeps",
    "state",
    "hold_reason",
    "ended_because",
    "provisional",
    "hold_until",
    "keep_until",
    "release_at",
    "ok_by",
    "waiting_since",
    "earliest",
    "ask_on",
    "cleared_at",
    "rechecked_at",
    "ended_at",
    "ended_by",
    "closed_at",
)


def snapshot(appointment: Appointment) -> dict[str, Any]:
    """The columns that an undo puts back, as JSON."""
    values = {name: getattr(appointment, name) for name in _KEPT}
    return {name: v.isoformat() if isinstance(v, date) else v for name, v in values.items()}


def restore(appointment: Appointment, before: dict[str, Any]) -> None:
    for name in _KEPT:
        value = before[name]
        kind = Appointment.__table__.c[name].type
        if isinstance(value, str) and isinstance(kind, UtcDateTime):
            value = datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(kind, Date):
            value = date.fromisoformat(value)
        setattr(appointment, name, value)


def note(
    session: AsyncSession,
    appointment: Appointment,
    before: dict[str, Any],
    reason: str,
    now: datetime,
    *,
    by: str | None,
    undo: bool = True,
    new_time: bool = False,
) -> AppointmentMove:
    """Remember a change that was just made. reason: book, client, health, clinic, done, no_show."""
    row = AppointmentMove(
        appointment_id=appointment.id,
        version=appointment.version,
        from_therapist_id=before["therapist_id"],
        from_room_id=before["room_id"],
        from_starts_at=before["starts_at"],
        from_ends_at=before["ends_at"],
        before=before,
        to_starts_at=appointment.starts_at if new_time else None,
        to_therapist_id=appointment.therapist_id if new_time else None,
        reason=reason,
        at=now,
        by=by,
        undo_until=now + UNDO if undo else None,
    )
    appointment.undo_until = row.undo_until
    appointment.changed_at = now
    session.add(row)
    return row


async def last(session: AsyncSession, appointment_id: str) -> AppointmentMove | None:
    """The newest change that was not undone."""
    return (
        await session.scalars(
            select(AppointmentMove)
            .where(AppointmentMove.appointment_id == appointment_id, AppointmentMove.undone_at.is_(None))
            .order_by(AppointmentMove.version.desc(), AppointmentMove.at.desc())
            .limit(1)
        )
    ).first()


def note_act(
    session: AsyncSession,
    appointment: Appointment,
    action: str,
    now: datetime,
    actor: str | None,
    **detail: object,
) -> None:
    """The audit of an act on a visit: codes, ids and numbers."""
    audit.record(
        session,
        now=now,
        actor=actor,
        subject=appointment.client_id,
        action=action,
        thing=appointment.id,
        detail={"version": appointment.version, "starts_at": appointment.starts_at, **detail},
    )
