"""One message to one person is a row, so that any worker can send it and none is lost with a worker.

state: pending -> leased -> sending -> sent; else uncertain (the answer was lost, not repeated), blocked,
expired, void (no longer true), dead. A row that must arrive (`at_least_once`) is repeated once, no other is.
"""

from __future__ import annotations

from collections.abc import Collection
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
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.append_only import Protection, protect
from config.database import Base, UtcDateTime, new_id

PENDING, LEASED, SENDING, SENT = "pending", "leased", "sending", "sent"
UNCERTAIN, BLOCKED, EXPIRED, VOID, DEAD = "uncertain", "blocked", "expired", "void", "dead"
LEASE = timedelta(seconds=60)
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


protect(
    Notification.__table__,
    Protection(
        columns=("key", "person_id", "kind", "appointment_id", "version"),
        once=("sent_at", "telegram_message_id"),
    ),
)


async def change(
    session: AsyncSession, notification_id: str, states: Collection[str] | None, **values: Any
) -> bool:
    """Set `values` if the row is in one of `states` (None: in any). Whether it was."""
    where = [Notification.id == notification_id]
    if states is not None:
        where.append(Notification.state.in_(states))
    result = await session.execute(
        update(Notification).where(*where).values(**values).execution_options(synchronize_session=False)
    )
    return getattr(result, "rowcount", 0) == 1
