"""What a therapist noted on a visit, for those who treat the client: sealed, one note a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config import audit
from config.database import Base, UtcDateTime
from config.encryption import Unreadable, seal, unseal
from scheduling.appointments import Appointment

LONGEST = 500


class VisitNote(Base):
    """Sealed under the client's key: chips by code, and typed words."""

    __tablename__ = "visit_note"
    __table_args__ = (Index("ix_visit_note_client_id", "client_id", "at"),)

    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Noted:
    """`chips`: codes n1 to n14 in the order of the card; `words`: as typed."""

    chips: tuple[str, ...] = ()
    words: str = ""


def _place(appointment_id: str) -> str:
    return f"visit_note.sealed:{appointment_id}"


async def write(
    session: AsyncSession,
    appointment: Appointment,
    chips: Sequence[str],
    words: str,
    now: datetime,
    *,
    by: str,
) -> None:
    """Keep the note of a visit in place of the one before."""
    told = {"chips": list(chips), "words": words[:LONGEST]}
    sealed = await seal(session, appointment.client_id, _place(appointment.id), told)
    row = await session.get(VisitNote, appointment.id)
    if row is None:
        row = VisitNote(appointment_id=appointment.id, client_id=appointment.client_id)
        session.add(row)
    row.by, row.at, row.sealed = by, now, sealed
    audit.record(
        session,
        now=now,
        actor=by,
        subject=appointment.client_id,
        action="visit.noted",
        thing=appointment.id,
    )
    await session.flush()


async def read(session: AsyncSession, appointment_id: str) -> Noted | None:
    """The note of a visit; None if there is none, or its client was erased."""
    row = await session.get(VisitNote, appointment_id)
    if row is None:
        return None
    try:
        told = await unseal(session, row.client_id, _place(appointment_id), row.sealed)
    except Unreadable:
        return None
    return Noted(tuple(told["chips"]), told["words"])


async def last_before(session: AsyncSession, client_id: str, starts_at: int) -> Noted | None:
    """The note of the client's last visit before the UTC minute `starts_at`."""
    found = await session.scalar(
        select(VisitNote.appointment_id)
        .join(Appointment, Appointment.id == VisitNote.appointment_id)
        .where(VisitNote.client_id == client_id, Appointment.starts_at < starts_at)
        .order_by(Appointment.starts_at.desc())
        .limit(1)
    )
    return await read(session, found) if found is not None else None
