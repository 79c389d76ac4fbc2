"""What became of a message: arrived, refused, lost on the way, or to be tried again."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from scheduling.notification_rows import (
    BLOCKED,
    DEAD,
    LEASE,
    LEASED,
    PENDING,
    SENDING,
    SENT,
    UNCERTAIN,
    Notification,
    change,
)

MAX_TRIES = 12
TRACED = frozenset({SENT, BLOCKED, DEAD, UNCERTAIN})
TOLD = (Notification.id, Notification.person_id, Notification.kind, Notification.appointment_id)


async def finish(
    session: AsyncSession, notification_id: str, state: str, now: datetime, *, message_id: int | None = None
) -> None:
    """The end of a row: sent, void, blocked, expired, uncertain or dead. What it carried is dropped.

    A message that was sent stays sent.
    """
    values: dict[str, Any] = {"state": state, "data": None, "lease_until": None}
    if state == SENT:
        values |= {"sent_at": now, "telegram_message_id": message_id}
    row = (
        await session.execute(
            update(Notification)
            .where(Notification.id == notification_id, Notification.sent_at.is_(None))
            .values(**values)
            .returning(*TOLD)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    if row is not None and state in TRACED:
        _trace(session, row, state, now)


def _trace(session: AsyncSession, row: Row[*tuple[Any, ...]], state: str, now: datetime) -> None:
    """What became of a message, for good: the row itself may go on to another state."""
    detail = {"kind": row.kind, "appointment": row.appointment_id}
    audit.record(
        session,
        now=now,
        actor=None,
        subject=row.person_id,
        action=f"message.{state}",
        thing=row.id,
        detail=detail,
    )


async def retry(
    session: AsyncSession,
    notification_id: str,
    now: datetime,
    *,
    reason: str,
    after: float | None = None,
    counted: bool = True,
) -> None:
    """It surely did not go out: try again in `after` seconds, or with growing pauses; dead after many tries.

    `counted` False (Telegram asked to wait) does not use up a try.
    """
    attempts = await session.scalar(select(Notification.attempts).where(Notification.id == notification_id))
    tries = (attempts or 1) - (0 if counted else 1)
    if counted and tries >= MAX_TRIES:
        await finish(session, notification_id, DEAD, now)
        await change(session, notification_id, None, last_error=reason[:60])
        return
    pause = after if after is not None else min(2.0**tries, 900.0)
    again = now + timedelta(seconds=pause + random.uniform(0, min(pause, 60) / 4))  # noqa: S311
    await change(
        session,
        notification_id,
        (LEASED, SENDING),
        state=PENDING,
        attempts=tries,
        next_attempt_at=again,
        lease_until=None,
        last_error=reason[:60],
    )


async def answer_lost(session: AsyncSession, notification_id: str, now: datetime) -> bool:
    """Nobody knows whether it arrived: repeated once if it must arrive, else uncertain. True if repeated."""
    again = (Notification.at_least_once) & (Notification.repeats < 1)
    row = (
        await session.execute(
            update(Notification)
            .where(Notification.id == notification_id, Notification.state == SENDING)
            .values(
                state=case((again, PENDING), else_=UNCERTAIN),
                repeats=case((again, Notification.repeats + 1), else_=Notification.repeats),
                next_attempt_at=now + timedelta(seconds=5),
                lease_until=None,
                last_error="answer lost",
            )
            .returning(Notification.state, *TOLD)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    if row is None:
        return False
    _trace(session, row, UNCERTAIN, now)
    return bool(row.state == PENDING)


async def recover(session: AsyncSession, now: datetime, *, all_are_dead: bool = False) -> int:
    """Take up what a dead worker left: leased rows are due again, sent ones ambiguous. Returns how many.

    `all_are_dead`: nobody else works this store, so no lease is waited for.
    """
    ended = now + LEASE if all_are_dead else now
    result = await session.execute(
        update(Notification)
        .where(Notification.state == LEASED, Notification.lease_until <= ended)
        .values(state=PENDING, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    left = await session.scalars(
        select(Notification.id).where(Notification.state == SENDING, Notification.lease_until <= ended)
    )
    lost = left.all()
    for notification_id in lost:
        await answer_lost(session, notification_id, now)
    return int(getattr(result, "rowcount", 0)) + len(lost)


async def reached(session: AsyncSession, person_id: str, now: datetime) -> int:
    """They unblocked the bot: what was blocked and is still useful is due again. Returns how many."""
    result = await session.execute(
        update(Notification)
        .where(
            Notification.person_id == person_id,
            Notification.state == BLOCKED,
            Notification.expires_at > now,
        )
        .values(state=PENDING, next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


async def counts(session: AsyncSession, since: datetime) -> dict[str, int]:
    """Rows due since then by state: those dead, blocked, uncertain or expired did not go out for sure."""
    rows = await session.execute(
        select(Notification.state, func.count())
        .where(Notification.due_at >= since)
        .group_by(Notification.state)
    )
    return {state: number for state, number in rows.all()}
