"""Visits, and the cells that rule out double booking: five minutes of a therapist, a room or a client."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    delete,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config.append_only import Protection, protect
from config.database import Base, UtcDateTime, new_id

CELL = 5
"""Minutes of a cell. Starts, ends and breaks are multiples of it."""
FIRM = 1 << 62
"""The second at which a firm time ends by itself: never."""
NOTHING = 0

HELD, BOOKED, TENTATIVE, ON_HOLD = "held", "booked", "tentative", "on_hold"
WAITING, CANCELLED, STOPPED, RELEASED = "waiting", "cancelled", "stopped", "released"
DONE, NO_SHOW = "done", "no_show"
LIVE = (BOOKED, TENTATIVE, ON_HOLD)
"""States of a visit that may still take place at its time."""


class Appointment(Base):
    """One visit. A move keeps the row: new times, version + 1.

    state: held (while the client decides, until `hold_until`) | booked | tentative (a time after a health
    move, until `keep_until`) | on_hold (time kept until `release_at`, must not take place until decided;
    `hold_reason`: unanswered, review, clearance, error) | waiting (no time kept, first in line since
    `waiting_since`) | cancelled | stopped (urgent) | released | done | no_show.
    `ended_because`: client, clinic, health, unanswered, hold_ended, ok_late, passed, erased.
    Times are UTC minutes; `keeps` is the second (UTC epoch) until which the time is occupied.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("starts_at % 5 = 0 AND ends_at % 5 = 0 AND busy_until % 5 = 0", name="grid"),
        CheckConstraint("ends_at > starts_at AND busy_until >= ends_at", name="order"),
        CheckConstraint("busy_until - starts_at <= 240", name="longest"),
        Index("ix_appointment_therapist_busy", "therapist_id", "starts_at", "busy_until", "keeps"),
        Index("ix_appointment_room_busy", "room_id", "starts_at", "busy_until", "keeps"),
        Index("ix_appointment_client", "client_id", "starts_at"),
        Index("ix_appointment_state", "state", "starts_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    client_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    therapist_id: Mapped[str] = mapped_column(ForeignKey("therapist.id"))
    room_id: Mapped[str] = mapped_column(ForeignKey("room.id"))
    treatment_id: Mapped[str] = mapped_column(ForeignKey("treatment.id"))
    starts_at: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[int] = mapped_column(Integer)
    busy_until: Mapped[int] = mapped_column(Integer)
    keeps: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    version: Mapped[int] = mapped_column(Integer, default=1)
    hold_reason: Mapped[str | None] = mapped_column(String(12))
    ended_because: Mapped[str | None] = mapped_column(String(12))
    provisional: Mapped[bool] = mapped_column(Boolean, default=False)
    hidden_hold: Mapped[bool] = mapped_column(Boolean, default=False)  # held out of sight
    first_visit: Mapped[bool] = mapped_column(Boolean, default=False)
    week_check: Mapped[bool] = mapped_column(Boolean, default=False)  # aftercare asks after 7 days too
    new_caution: Mapped[bool] = mapped_column(Boolean, default=False)
    check_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when aftercare was answered
    hold_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    keep_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    release_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ok_by: Mapped[datetime | None] = mapped_column(UtcDateTime)  # until when the doctor's OK must be there
    waiting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    earliest: Mapped[date | None] = mapped_column(Date)  # no new time before this day
    ask_on: Mapped[date | None] = mapped_column(Date)  # when a waiting client is asked how they are
    outcome: Mapped[int | None] = mapped_column(Integer)  # rank of the last decision
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # full check, when it was confirmed
    rechecked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    booked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    booked_by: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(String(32))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # ended and taken care of
    late_minutes: Mapped[int] = mapped_column(Integer, default=0)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def span(self) -> tuple[int, int]:
        """Occupied minutes, break included."""
        return self.starts_at, self.busy_until

    @property
    def resources(self) -> tuple[str, ...]:
        return resources(self.therapist_id, self.room_id, self.client_id)


class OccupiedCell(Base):
    """`cell` is a UTC minute divided by five. Resources: "t:<therapist>", "r:<room>", "c:<client>"."""

    __tablename__ = "occupied_cell"
    __table_args__ = (Index("ix_occupied_cell_appointment_id", "appointment_id"),)

    resource: Mapped[str] = mapped_column(String(34), primary_key=True)
    cell: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    appointment_id: Mapped[str] = mapped_column(String(32))
    expires_at: Mapped[int] = mapped_column(BigInteger)  # second of the UTC epoch; FIRM is never


class KeptTime(Base):
    """A second time that a visit occupies for a while: the old one while a move can be undone, or an offer.

    kind: undo | offer; state: open | taken | gone. `until` is a second of the UTC epoch.
    """

    __tablename__ = "kept_time"
    __table_args__ = (
        Index("ix_kept_time_therapist_busy", "therapist_id", "starts_at", "busy_until", "until"),
        Index("ix_kept_time_room_busy", "room_id", "starts_at", "busy_until", "until"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), index=True)
    kind: Mapped[str] = mapped_column(String(6))
    state: Mapped[str] = mapped_column(String(6), default="open")
    therapist_id: Mapped[str] = mapped_column(String(32))
    room_id: Mapped[str] = mapped_column(String(32))
    treatment_id: Mapped[str] = mapped_column(String(32))
    starts_at: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[int] = mapped_column(Integer)
    busy_until: Mapped[int] = mapped_column(Integer)
    until: Mapped[int] = mapped_column(BigInteger)


class AppointmentMove(Base):
    """What a visit was before a move: for the undo, and for the therapist's "Moved to ..."."""

    __tablename__ = "appointment_move"
    __table_args__ = (Index("ix_appointment_move_from", "from_therapist_id", "from_starts_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointment.id"), index=True)
    version: Mapped[int] = mapped_column(Integer)  # of the visit after the move
    from_therapist_id: Mapped[str] = mapped_column(String(32))
    from_room_id: Mapped[str] = mapped_column(String(32))
    from_starts_at: Mapped[int] = mapped_column(Integer)
    from_ends_at: Mapped[int] = mapped_column(Integer)
    before: Mapped[dict[str, Any]] = mapped_column(JSON)  # the columns that an undo puts back
    to_starts_at: Mapped[int | None] = mapped_column(Integer)  # None: no new time yet
    to_therapist_id: Mapped[str | None] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(10))  # client | health | clinic
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str | None] = mapped_column(String(32))
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


protect(
    AppointmentMove.__table__,
    Protection(
        columns=("appointment_id", "version", "from_therapist_id", "from_starts_at", "reason", "at", "by"),
        once=("undone_at",),
    ),
)


def resources(therapist_id: str, room_id: str, client_id: str | None) -> tuple[str, ...]:
    names = (f"t:{therapist_id}", f"r:{room_id}")
    return names if client_id is None else (*names, f"c:{client_id}")


def second(moment: datetime) -> int:
    """UTC epoch second of a moment, rounded up: a time never ends before it was promised to."""
    return ceil(moment.timestamp())


def now_second(now: datetime) -> int:
    return int(now.timestamp())


_CLAIM = {
    "postgresql": text(
        "INSERT INTO occupied_cell (resource, cell, appointment_id, expires_at)"
        " SELECT r, c, :appointment, :expires FROM unnest(string_to_array(:resources, ',')) AS r"
        " CROSS JOIN generate_series(CAST(:first AS int), CAST(:last AS int)) AS c ORDER BY r, c"
        " ON CONFLICT (resource, cell) DO NOTHING"
    ),
    "sqlite": text(
        "INSERT INTO occupied_cell (resource, cell, appointment_id, expires_at)"
        " WITH RECURSIVE cells (c) AS (SELECT :first UNION ALL SELECT c + 1 FROM cells WHERE c < :last)"
        " SELECT value, c, :appointment, :expires FROM json_each(:resources) CROSS JOIN cells WHERE true"
        " ON CONFLICT (resource, cell) DO NOTHING"
    ),
}


async def claim_cells(
    session: AsyncSession,
    appointment_id: str,
    names: Iterable[str],
    span: tuple[int, int],
    *,
    expires: int,
    now: datetime,
    moving: bool = False,
) -> bool:
    """Occupy [span) of the resources for a visit, all or nothing. False: somebody else has a part of it.

    Cells that ended are taken over. A visit that is `moving` may have some of them already; those end at
    `expires` from now on. The rows go in sorted by (resource, cell) in one statement, so that two bookings
    never wait for each other in a ring.
    """
    wanted = sorted(names)
    first, last = span[0] // CELL, (span[1] - 1) // CELL
    inside = (OccupiedCell.resource.in_(wanted), OccupiedCell.cell.between(first, last))
    await session.execute(delete(OccupiedCell).where(*inside, OccupiedCell.expires_at <= now_second(now)))
    mine = (*inside, OccupiedCell.appointment_id == appointment_id)
    had: set[tuple[str, int]] = set()
    if moving:
        rows = await session.execute(select(OccupiedCell.resource, OccupiedCell.cell).where(*mine))
        had = {(row.resource, row.cell) for row in rows}
    dialect = session.get_bind().dialect.name
    bound: dict[str, Any] = {
        "appointment": appointment_id,
        "expires": expires,
        "first": first,
        "last": last,
        "resources": ",".join(wanted) if dialect == "postgresql" else json.dumps(wanted),
    }
    result = await session.execute(_CLAIM[dialect], bound)
    made: int = getattr(result, "rowcount", -1)
    if made + len(had) != len(wanted) * (last - first + 1):
        await session.execute(
            delete(OccupiedCell)
            .where(*mine, tuple_(OccupiedCell.resource, OccupiedCell.cell).not_in(had))
            .execution_options(synchronize_session=False)
        )
        return False
    if had:
        await session.execute(
            update(OccupiedCell)
            .where(*mine)
            .values(expires_at=expires)
            .execution_options(synchronize_session=False)
        )
    return True


async def free_cells(
    session: AsyncSession,
    appointment_id: str,
    *,
    until: int = NOTHING,
    names: Iterable[str] | None = None,
    but_not: tuple[Iterable[str], tuple[int, int]] | None = None,
) -> None:
    """Give a visit's cells back: at once, or at the second `until`.

    `names` limits it to some resources; `but_not` (resources, span) stay as they are.
    """
    where = [OccupiedCell.appointment_id == appointment_id]
    if names is not None:
        where.append(OccupiedCell.resource.in_(sorted(names)))
    if but_not is not None:
        kept, span = but_not
        first, last = span[0] // CELL, (span[1] - 1) // CELL
        where.append(~(OccupiedCell.resource.in_(sorted(kept)) & OccupiedCell.cell.between(first, last)))
    if until <= NOTHING:
        await session.execute(delete(OccupiedCell).where(*where))
        return
    await session.execute(
        update(OccupiedCell)
        .where(*where)
        .values(expires_at=until)
        .execution_options(synchronize_session=False)
    )


async def renew_cells(session: AsyncSession, appointment: Appointment, expires: int) -> None:
    """Let the cells of the visit's present time end at `expires`, and the row say the same."""
    appointment.keeps = expires
    first, last = appointment.starts_at // CELL, (appointment.busy_until - 1) // CELL
    await session.execute(
        update(OccupiedCell)
        .where(
            OccupiedCell.resource.in_(appointment.resources),
            OccupiedCell.cell.between(first, last),
            OccupiedCell.appointment_id == appointment.id,
        )
        .values(expires_at=expires)
        .execution_options(synchronize_session=False)
    )


async def lock(session: AsyncSession, appointment_id: str) -> Appointment:
    """The visit, locked until the transaction ends and read anew. Raises: LookupError."""
    row = (
        await session.scalars(
            select(Appointment)
            .where(Appointment.id == appointment_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if row is None:
        raise LookupError("no such visit")
    return row


def moment(minutes: int, now: datetime) -> timedelta:
    """How far a UTC minute lies ahead of `now`."""
    return timedelta(seconds=minutes * 60 - now.timestamp())
