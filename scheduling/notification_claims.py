"""A worker takes what is due for itself, and looks once more just before it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.encryption import unseal
from scheduling.appointments import Appointment
from scheduling.notification_ends import finish
from scheduling.notification_rows import EXPIRED, LEASE, LEASED, PENDING, SENDING, VOID, Notification, change


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed row. `data` is read by `data_of` when it is needed."""

    id: str
    key: str
    person_id: str
    kind: str
    appointment_id: str | None
    version: int | None
    due_at: datetime
    expires_at: datetime | None
    at_least_once: bool
    silent: bool
    attempts: int
    repeats: int


async def claim(
    session: AsyncSession, now: datetime, *, limit: int = 30, lease: timedelta = LEASE
) -> list[Due]:
    """Lease up to `limit` rows that are due, the most pressing first; no other worker gets them."""
    ready = (
        select(Notification.id)
        .where(Notification.state == PENDING, Notification.next_attempt_at <= now)
        .order_by(Notification.priority, Notification.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("ready")
    )
    rows = await session.execute(
        update(Notification)
        .where(Notification.id.in_(select(ready.c.id)))
        .values(state=LEASED, lease_until=now + lease, attempts=Notification.attempts + 1)
        .returning(
            Notification.id,
            Notification.key,
            Notification.person_id,
            Notification.kind,
            Notification.appointment_id,
            Notification.version,
            Notification.due_at,
            Notification.expires_at,
            Notification.at_least_once,
            Notification.silent,
            Notification.attempts,
            Notification.repeats,
            Notification.priority,
        )
        .execution_options(synchronize_session=False)
    )
    claimed = sorted(rows.all(), key=lambda row: (row.priority, row.due_at))
    return [
        Due(
            row.id,
            row.key,
            row.person_id,
            row.kind,
            row.appointment_id,
            row.version,
            row.due_at,
            row.expires_at,
            row.at_least_once,
            row.silent,
            row.attempts,
            row.repeats,
        )
        for row in claimed
    ]


async def still_due(session: AsyncSession, notification_id: str, now: datetime) -> bool:
    """Just before sending: is the row still leased, in time, and about the visit as it stands?

    If not, the row becomes expired or void here.
    """
    row = (
        await session.execute(
            select(
                Notification.state,
                Notification.expires_at,
                Notification.version,
                Notification.at_least_once,
                Appointment.version.label("visit"),
            )
            .outerjoin(Appointment, Appointment.id == Notification.appointment_id)
            .where(Notification.id == notification_id)
            .with_for_update(of=Notification)
        )
    ).one_or_none()
    if row is None or row.state != LEASED:
        return False
    if row.version is not None and row.visit is not None and row.version != row.visit:
        await finish(session, notification_id, VOID, now)
        return False
    if row.expires_at is not None and row.expires_at <= now:
        await finish(session, notification_id, EXPIRED, now)
        return False
    return True


async def data_of(session: AsyncSession, notification_id: str) -> Mapping[str, Any]:
    """What the message needs to know, opened. Raises: Unreadable once the person was erased."""
    row = (
        await session.execute(
            select(Notification.person_id, Notification.data).where(Notification.id == notification_id)
        )
    ).one()
    if row.data is None:
        return {}
    opened = await unseal(session, row.person_id, f"notification.data:{notification_id}", row.data)
    return dict(opened)


async def mark_sending(session: AsyncSession, notification_id: str, now: datetime) -> bool:
    """Committed before the call goes out: from here on a crash leaves the row ambiguous. False: not ours."""
    return await change(session, notification_id, (LEASED,), state=SENDING, lease_until=now + LEASE)


async def begun(session: AsyncSession, notification_id: str) -> bool:
    """Whether the call that sends it may have gone out."""
    state = await session.scalar(select(Notification.state).where(Notification.id == notification_id))
    return state == SENDING
