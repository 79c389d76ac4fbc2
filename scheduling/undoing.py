"""Taking the last change of a visit back, within its three minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from scheduling import changes, notices, notifications, ok_tasks, reminders
from scheduling.admission import admit, locked, slot_of
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    LIVE,
    NOTHING,
    TENTATIVE,
    Appointment,
    KeptTime,
    claim_cells,
    free_cells,
)
from scheduling.changes import note_act
from scheduling.clinic import rules
from scheduling.refusals import NeedsOk, NotOpen, TooLate


async def undo(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """All as before the last change, within three minutes of it. The version still grows.

    What was told meanwhile counts: a time does not come back under a hold that forbids it. Raises: TooLate
    (also where there is nothing to undo), OnHold.
    """
    appointment = await locked(session, appointment_id)
    row = await changes.last(session, appointment_id)
    if row is None or row.undo_until is None or row.undo_until <= now or row.version != appointment.version:
        raise TooLate
    needs_ok = row.reason not in ("book", "done", "no_show") and await _forbids(
        session, appointment, row.before, now
    )
    row.undone_at = now
    await notifications.void(session, appointment.id)
    if row.reason == "book":
        appointment.state, appointment.ended_because = CANCELLED, "client"
        appointment.ended_at, appointment.ended_by, appointment.keeps = now, actor, NOTHING
        await free_cells(session, appointment.id)
    else:
        await _put_back(session, appointment, row.before, now)
        appointment.provisional = appointment.provisional or needs_ok
    appointment.version += 1
    appointment.undo_until, appointment.changed_at = None, now
    await session.flush()
    await ok_tasks.follow(session, appointment, now)
    if appointment.state in LIVE:
        await reminders.plan_visit(session, appointment, await rules(session), now)
    await notices.tell_therapist(session, appointment, "undone", now)
    note_act(session, appointment, "appointment.undone", now, actor, change=row.reason)
    return appointment


async def _forbids(
    session: AsyncSession, appointment: Appointment, before: dict[str, Any], now: datetime
) -> bool:
    """Whether the old time could only be had again without the OK that it needs. Raises: OnHold."""
    if before["state"] not in (BOOKED, TENTATIVE):
        return False
    old = replace(slot_of(appointment), starts_at=before["starts_at"])
    try:
        await admit(session, appointment.client_id, old, await rules(session), now)
    except NeedsOk:
        return True
    except NotOpen:  # no policy is in force: nobody books, and what was booked stands
        return False
    return False


async def _put_back(
    session: AsyncSession, appointment: Appointment, before: dict[str, object], now: datetime
) -> None:
    """The old time is firm again and the newer one free; its cells were kept, so nobody can have them."""
    changes.restore(appointment, before)
    for kept in (
        await session.scalars(
            select(KeptTime).where(
                KeptTime.appointment_id == appointment.id, KeptTime.kind == "undo", KeptTime.state == "open"
            )
        )
    ).all():
        kept.state, kept.until = "taken", NOTHING
    if appointment.keeps == NOTHING:
        await free_cells(session, appointment.id)
        return
    span = appointment.span
    await claim_cells(
        session, appointment.id, appointment.resources, span, expires=appointment.keeps, now=now, moving=True
    )
    await free_cells(session, appointment.id, but_not=(appointment.resources, span))
