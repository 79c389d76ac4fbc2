"""Messages to send: rows written with what they tell of, so that neither is true without the other.

`notification_rows` has the table and its states, `notification_claims` what a worker takes,
`notification_ends` what became of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from config.encryption import seal
from scheduling.notification_claims import Due, begun, claim, data_of, mark_sending, still_due
from scheduling.notification_ends import MAX_TRIES, answer_lost, counts, finish, reached, recover, retry
from scheduling.notification_rows import (
    DEAD,
    LATER,
    LEASED,
    NOW,
    PENDING,
    SENT,
    SOON,
    UNCERTAIN,
    VOID,
    Notification,
    change,
)

__all__ = [
    "DEAD",
    "LATER",
    "LEASED",
    "MAX_TRIES",
    "NOW",
    "PENDING",
    "SENT",
    "SOON",
    "UNCERTAIN",
    "VOID",
    "Due",
    "Notification",
    "Plan",
    "answer_lost",
    "begun",
    "claim",
    "counts",
    "data_of",
    "finish",
    "mark_sending",
    "plan",
    "plan_all",
    "reached",
    "recover",
    "retry",
    "still_due",
    "void",
    "void_person",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """One message to plan, see `Notification`. `appointment` (id, version) makes the key."""

    person_id: str
    kind: str
    due_at: datetime
    appointment: tuple[str, int] | None = None
    key: str | None = None
    expires_at: datetime | None = None
    priority: int = SOON
    at_least_once: bool = True
    silent: bool = False
    data: Mapping[str, Any] | None = None

    def its_key(self) -> str:
        if self.key is not None:
            return self.key
        if self.appointment is None:
            raise ValueError("a message needs a visit or a key of its own")
        return f"{self.appointment[0]}:{self.kind}:v{self.appointment[1]}"


async def plan(session: AsyncSession, person_id: str, kind: str, due_at: datetime, **more: Any) -> bool:
    """Plan one message; `more` are the fields of `Plan`. False if its key was planned already."""
    return await plan_all(session, [Plan(person_id, kind, due_at, **more)]) == 1


async def plan_all(session: AsyncSession, plans: Collection[Plan]) -> int:
    """Plan messages at once; a key that is there is left as it is unless void. Returns how many are new."""
    if not plans:
        return 0
    wanted = {one.its_key(): one for one in plans}
    known = await session.execute(
        select(Notification.key, Notification.id, Notification.state).where(Notification.key.in_(wanted))
    )
    there = {row.key: row for row in known}
    rows = []
    revived = 0
    for key, one in wanted.items():
        old = there.get(key)
        if old is not None:
            if old.state == VOID:
                await _revive(session, old.id, one)
                revived += 1
            continue
        row_id = new_id()
        sealed = None
        if one.data:
            sealed = await seal(session, one.person_id, f"notification.data:{row_id}", dict(one.data))
        rows.append(
            {
                "id": row_id,
                "key": key,
                "person_id": one.person_id,
                "kind": one.kind,
                "data": sealed,
                "appointment_id": one.appointment[0] if one.appointment else None,
                "version": one.appointment[1] if one.appointment else None,
                "due_at": one.due_at,
                "expires_at": one.expires_at,
                "priority": one.priority,
                "at_least_once": one.at_least_once,
                "silent": one.silent,
                "state": PENDING,
                "attempts": 0,
                "repeats": 0,
                "next_attempt_at": one.due_at,
            }
        )
    if rows:
        await session.execute(insert(Notification), rows)
    return len(rows) + revived


async def _revive(session: AsyncSession, row_id: str, one: Plan) -> None:
    """What was taken back is wanted again: an undo, a time kept after all."""
    sealed = None
    if one.data:
        sealed = await seal(session, one.person_id, f"notification.data:{row_id}", dict(one.data))
    await change(
        session,
        row_id,
        (VOID,),
        state=PENDING,
        data=sealed,
        due_at=one.due_at,
        expires_at=one.expires_at,
        next_attempt_at=one.due_at,
        attempts=0,
        lease_until=None,
    )


async def void(
    session: AsyncSession,
    appointment_id: str,
    *,
    kinds: Collection[str] | None = None,
    but: Collection[str] = (),
    before_version: int | None = None,
) -> int:
    """Take back what was planned about a visit and did not go out. Returns how many."""
    where = [
        Notification.appointment_id == appointment_id,
        Notification.state.in_((PENDING, LEASED)),
    ]
    if kinds is not None:
        where.append(Notification.kind.in_(kinds))
    if but:
        where.append(Notification.kind.not_in(but))
    if before_version is not None:
        where.append(Notification.version < before_version)
    result = await session.execute(
        update(Notification).where(*where).values(state=VOID).execution_options(synchronize_session=False)
    )
    return int(getattr(result, "rowcount", 0))


async def void_person(session: AsyncSession, person_id: str, *, but: Collection[str] = ()) -> None:
    """Take back everything planned for a person (erasure, blocked)."""
    await session.execute(
        update(Notification)
        .where(
            Notification.person_id == person_id,
            Notification.state.in_((PENDING, LEASED)),
            Notification.kind.not_in(but),
        )
        .values(state=VOID, data=None)
        .execution_options(synchronize_session=False)
    )
