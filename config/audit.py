"""Who did what to whom, when: append-only, in codes, under pseudonyms that outlive an erased person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, String
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.append_only import protect
from config.database import Base, UtcDateTime


class AuditRecord(Base):
    """One act. Updates and deletes are refused by triggers (see the first migration)."""

    __tablename__ = "audit_record"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor: Mapped[str | None] = mapped_column(String(32))
    subject: Mapped[str | None] = mapped_column(String(32), index=True)
    action: Mapped[str] = mapped_column(String(60))
    thing: Mapped[str | None] = mapped_column(String(64), index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


protect(AuditRecord.__table__)


def record(
    session: AsyncSession,
    *,
    now: datetime,
    actor: str | None,
    subject: str | None,
    action: str,
    thing: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note an act in the caller's transaction.

    `actor` and `subject` are person ids: random, so pseudonyms once the person's row is emptied.
    `detail` holds codes, ids and numbers, never a name or a health word in clear.
    """
    session.add(
        AuditRecord(at=now, actor=actor, subject=subject, action=action, thing=thing, detail=detail or {})
    )
