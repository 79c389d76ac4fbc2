"""Times that are kept for a while, for an undo, an offer or a decision, and then are others' again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import to_minutes
from scheduling.appointments import (
    CANCELLED,
    CELL,
    FIRM,
    HELD,
    NOTHING,
    Appointment,
    KeptTime,
    OccupiedCell,
    now_second,
    resources,
)
from scheduling.holding import end_hold


async def free_kept_times(
    session: AsyncSession,
    appointment: Appointment,
    now: datetime,
    spare: tuple[Sequence[str], tuple[int, int]] | None = None,
) -> None:
    """Offers and old times of a visit end now; its present time and `spare` (resources, span) stay."""
    rows = await session.scalars(
        select(KeptTime).where(KeptTime.appointment_id == appointment.id, KeptTime.until > now_second(now))
    )
    safe = [spare] if spare else []
    if appointment.keeps != NOTHING:
        safe.append((appointment.resources, appointment.span))
    for kept in rows.all():
        kept.until, kept.state = NOTHING, "gone"
        where = [
            OccupiedCell.appointment_id == appointment.id,
            OccupiedCell.resource.in_(resources(kept.therapist_id, kept.room_id, appointment.client_id)),
            OccupiedCell.cell.between(kept.starts_at // CELL, (kept.busy_until - 1) // CELL),
        ]
        where += [
            ~(OccupiedCell.resource.in_(names) & OccupiedCell.cell.between(a // CELL, (b - 1) // CELL))
            for names, (a, b) in safe
        ]
        await session.execute(delete(OccupiedCell).where(*where).execution_options(synchronize_session=False))


async def expire(session: AsyncSession, now: datetime) -> int:
    """End held times that ran out and give back cells that are over. Safe to repeat. Returns how many."""
    ended = (
        await session.scalars(
            select(Appointment.id).where(Appointment.state == HELD, Appointment.hold_until <= now)
        )
    ).all()
    for appointment_id in ended:
        await end_hold(session, appointment_id, now)
    over = (
        await session.scalars(
            select(Appointment.id).where(
                Appointment.keeps > NOTHING,
                Appointment.keeps < FIRM,
                Appointment.keeps <= now_second(now),
                Appointment.state == CANCELLED,
            )
        )
    ).all()
    if over:
        await session.execute(update(Appointment).where(Appointment.id.in_(over)).values(keeps=NOTHING))
    kept = (
        await session.execute(
            update(KeptTime)
            .where(KeptTime.state == "open", KeptTime.until <= now_second(now))
            .values(state="gone", until=NOTHING)
            .returning(KeptTime.appointment_id)
            .execution_options(synchronize_session=False)
        )
    ).all()
    touched = {*over, *(row.appointment_id for row in kept)}
    if touched:
        await session.execute(
            delete(OccupiedCell)
            .where(OccupiedCell.appointment_id.in_(touched), OccupiedCell.expires_at <= now_second(now))
            .execution_options(synchronize_session=False)
        )
    return len(ended) + len(touched)


async def forget_cells(session: AsyncSession, now: datetime) -> None:
    """Housekeeping: cells of yesterday and before rule nothing out any more."""
    await session.execute(
        delete(OccupiedCell)
        .where(OccupiedCell.cell < (to_minutes(now) - 1440) // CELL)
        .execution_options(synchronize_session=False)
    )
