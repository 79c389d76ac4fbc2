"""Messages to send: rows written with what they tell of, so that neither is true without the other.

state: pending -> leased -> sending -> sent; else uncertain (the answer was lost, not repeated), blocked,
expired, void (no longer true), dead. A row that must arrive (`at_least_once`) is repeated once, no other is.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    case,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base, UtcDateTime, new_id
from config.encryption import seal, unseal
from scheduling.appointments import Appointment

PENDING, LEASED, SENDING, SENT = "pending", "leased", "sending", "sent"
UNCERTAIN, BLOCKED, EXPIRED, VOID, DEAD = "uncertain", "blocked", "expired", "void", "dead"
LEASE = timedelta(seconds=60)
MAX_TRIES = 12
NOW, SOON, LATER = 0, 5, 9
"""Priorities: urgent and what a person waits for; the usual; what can wait."""


class Notification(Base):
    """One message to one person; about a visit its unique key is "<appointment>:<kind>:v<version>"."""

    __tablename__ = "notification"
    __table_args__ = (
        Index(
            "ix_notification_ready",
            "next_attempt_at",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_notification_leased",
            "lease_until",
            sqlite_where=text("state IN ('leased', 'sending')"),
            postgresql_where=text("state IN ('leased', 'sending')"),
        ),
        Index("ix_notification_appointment_id", "appointment_id", "state"),
        Index("ix_notification_person_id", "person_id", "state"),
        CheckConstraint(
            "state IN ('pending','leased','sending','sent','uncertain','blocked','expired','void','dead')",
            name="state",
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(140), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    data: Mapped[bytes | None] = mapped_column(LargeBinary)  # sealed for the person
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointment.id"))
    version: Mapped[int | None] = mapped_column(Integer)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    priority: Mapped[int] = mapped_column(Integer, default=SOON)
    at_least_once: Mapped[bool] = mapped_column(Boolean, default=True)
    silent: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(10), default=PENDING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    repeats: Mapped[int] = mapped_column(Integer, default=0)  # sent again because the answer was lost
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    telegram_message_id: Mapped[int | None] = mapped_column(Integer)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(60))  # a class or code, never a text


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
    await _set(
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
    return await _set(session, notification_id, (LEASED,), state=SENDING, lease_until=now + LEASE)


async def finish(
    session: AsyncSession, notification_id: str, state: str, now: datetime, *, message_id: int | None = None
) -> None:
    """The end of a row: sent, void, blocked, expired, uncertain or dead. What it carried is dropped."""
    values: dict[str, Any] = {"state": state, "data": None, "lease_until": None}
    if state == SENT:
        values |= {"sent_at": now, "telegram_message_id": message_id}
    await _set(session, notification_id, None, **values)


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
        await _set(session, notification_id, None, last_error=reason[:60])
        return
    pause = after if after is not None else min(2.0**tries, 900.0)
    again = now + timedelta(seconds=pause + random.uniform(0, min(pause, 60) / 4))  # noqa: S311
    await _set(
        session,
        notification_id,
        (LEASED, SENDING),
        state=PENDING,
        attempts=tries,
        next_attempt_at=again,
        lease_until=None,
        last_error=reason[:60],
    )


async def begun(session: AsyncSession, notification_id: str) -> bool:
    """Whether the call that sends it may have gone out."""
    state = await session.scalar(select(Notification.state).where(Notification.id == notification_id))
    return state == SENDING


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
            .returning(Notification.state)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    return row is not None and row.state == PENDING


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


async def _set(
    session: AsyncSession, notification_id: str, states: Collection[str] | None, **values: Any
) -> bool:
    where = [Notification.id == notification_id]
    if states is not None:
        where.append(Notification.state.in_(states))
    result = await session.execute(
        update(Notification).where(*where).values(**values).execution_options(synchronize_session=False)
    )
    return getattr(result, "rowcount", 0) == 1
