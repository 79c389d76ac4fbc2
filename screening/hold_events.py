"""How a hold came to be as it stands: set, told again, talked about, decided, lifted. Written once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from config.encryption import Unreadable, seal, unseal
from screening.tables import Hold, HoldEvent

SET, RENEWED, CONTACT, LIFTED = "set", "renewed", "contact", "lifted"


def _place(event_id: str) -> str:
    return f"hold_event.sealed:{event_id}"


async def note(
    session: AsyncSession,
    hold: Hold,
    act: str,
    *,
    now: datetime,
    by: str | None = None,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Keep one act with the ranks and dates of then. `told` (sealed): what the hold says, or why and what was
    seen."""
    await session.flush()
    before = await session.scalar(select(func.count()).where(HoldEvent.hold_id == hold.id))
    row = HoldEvent(id=new_id(), hold_id=hold.id, client_id=hold.client_id, seq=before or 0, act=act)
    row.at, row.by = now, by
    row.detail = {
        "outcome": hold.outcome,
        "slot": hold.slot,
        "lift_by": hold.lift_by,
        "earliest": None if hold.earliest is None else hold.earliest.isoformat(),
        "appointment": hold.appointment_id,
        "interview": hold.interview_id,
    }
    if told is not None:
        row.sealed = await seal(session, hold.client_id, _place(row.id), dict(told))
    session.add(row)
    await session.flush()


async def of_hold(
    session: AsyncSession, hold_id: str
) -> tuple[tuple[HoldEvent, Mapping[str, Any] | None], ...]:
    """Everything that happened to a hold, in order, with what was told (None: nothing, or erased)."""
    rows = await session.scalars(
        select(HoldEvent).where(HoldEvent.hold_id == hold_id).order_by(HoldEvent.seq)
    )
    found = []
    for row in rows.all():
        told: Mapping[str, Any] | None = None
        if row.sealed is not None:
            try:
                told = await unseal(session, row.client_id, _place(row.id), row.sealed)
            except Unreadable:  # their key was destroyed
                told = None
        found.append((row, told))
    return tuple(found)
