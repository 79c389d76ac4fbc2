"""Time off, with what it hits: visits in the way are listed, then re-offered, decided each, or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.clock import to_minutes
from config.database import new_id
from scheduling import changes, notices, notifications, tasks
from scheduling.admission import locked
from scheduling.agenda import short_names, status_of
from scheduling.appointments import LIVE, NOTHING, WAITING, Appointment, free_cells
from scheduling.availability import local_day, to_utc
from scheduling.changes import UNDO, note_act
from scheduling.clinic import BookingRules, Therapist, TimeOff, rules
from scheduling.moving import offer
from scheduling.people import Person
from scheduling.promises import WORKING_DAY, within
from scheduling.refusals import NotNow

REOFFER, EACH, KEEP = "reoffer", "each", "keep"


class PastDay(Exception):
    """A day off must be today or later."""


class AlreadyOff(Exception):
    """All of it is off already."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A visit in the way. `reachable`: can the chat tell the client?"""

    appointment_id: str
    client_id: str
    starts_at: int
    name: str
    status: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Added:
    time_off_id: str
    undo_until: datetime
    conflicts: tuple[Conflict, ...]


async def conflicts(
    session: AsyncSession,
    therapist_id: str | None,
    first: date,
    last: date,
    now: datetime,
    *,
    starts: int | None = None,
    ends: int | None = None,
) -> list[Conflict]:
    """Visits that lie in these days (both ends included) or in a block of the first one, in wall minutes.

    No therapist: those of everyone. Visits that began already are left out.
    """
    zone = (await rules(session)).tz
    if starts is not None and ends is not None:
        start, end = to_utc(first, starts, zone), to_utc(first, ends, zone)
    else:
        start, end = to_utc(first, 0, zone), to_utc(last, 1440, zone)
    query = (
        select(Appointment, Person.name, Person.telegram_id, Person.unreachable_since)
        .join(Person, Person.id == Appointment.client_id)
        .where(
            Appointment.state.in_(LIVE),
            Appointment.starts_at < end,
            Appointment.starts_at >= start - 240,
            Appointment.ends_at > start,
            Appointment.starts_at > to_minutes(now),
        )
        .order_by(Appointment.starts_at)
    )
    if therapist_id is not None:
        query = query.where(Appointment.therapist_id == therapist_id)
    rows = (await session.execute(query)).all()
    names = short_names([(row[0].client_id, row[1]) for row in rows])
    return [
        Conflict(
            visit.id,
            visit.client_id,
            visit.starts_at,
            names[visit.client_id],
            status_of(visit, now)[0],
            telegram is not None and unreachable is None,
        )
        for visit, _, telegram, unreachable in rows
    ]


async def add(
    session: AsyncSession,
    therapist_id: str | None,
    first: date,
    last: date,
    now: datetime,
    *,
    actor: str | None,
    reason: str = "off",
    mode: str = REOFFER,
    starts: int | None = None,
    ends: int | None = None,
) -> Added:
    """Save time off. It counts for searches at once; people hear of it in three minutes (`due`).

    reason: off | sick | block | closed; mode: reoffer | each | keep. Raises: PastDay, AlreadyOff.
    """
    booking_rules = await rules(session)
    if last < local_day(to_minutes(now), booking_rules.tz) or last < first:
        raise PastDay
    if therapist_id is not None:
        await session.execute(
            select(Therapist.id).where(Therapist.id == therapist_id).with_for_update(key_share=True)
        )
    covering = select(TimeOff.id).where(
        TimeOff.removed_at.is_(None),
        TimeOff.starts.is_(None),
        TimeOff.first_day <= first,
        TimeOff.last_day >= last,
        or_(TimeOff.therapist_id.is_(None), TimeOff.therapist_id == therapist_id),
    )
    if (await session.execute(covering.limit(1))).first() is not None:
        raise AlreadyOff
    hit = await conflicts(session, therapist_id, first, last, now, starts=starts, ends=ends)
    row = TimeOff(
        id=new_id(),
        therapist_id=therapist_id,
        first_day=first,
        last_day=last,
        starts=starts,
        ends=ends,
        reason=reason,
        mode=mode,
        by=actor,
        at=now,
        undo_until=now + UNDO,
    )
    session.add(row)
    await session.flush()
    audit.record(
        session,
        now=now,
        actor=actor,
        subject=None,
        action="time_off.saved",
        thing=row.id,
        detail={"reason": reason, "mode": mode, "visits": len(hit)},
    )
    return Added(row.id, now + UNDO, tuple(hit))


async def undo(session: AsyncSession, time_off_id: str, now: datetime, *, actor: str | None) -> bool:
    """Take time off back within three minutes, before anybody was told. False: too late."""
    row = await session.get(TimeOff, time_off_id)
    if row is None or row.removed_at is not None or row.applied_at is not None:
        return False
    if row.undo_until is None or row.undo_until <= now:
        return False
    row.removed_at = now
    audit.record(session, now=now, actor=actor, subject=None, action="time_off.undone", thing=row.id)
    return True


async def remove(session: AsyncSession, time_off_id: str, now: datetime, *, actor: str | None) -> None:
    """The days are worked after all; what was moved stays moved."""
    row = await session.get(TimeOff, time_off_id)
    if row is not None and row.removed_at is None:
        row.removed_at = now
        audit.record(session, now=now, actor=actor, subject=None, action="time_off.removed", thing=row.id)


async def due(session: AsyncSession, now: datetime) -> int:
    """Re-offer the visits of time off that can no longer be undone. Safe to repeat. Returns how many."""
    rows = await session.scalars(
        select(TimeOff).where(
            TimeOff.applied_at.is_(None), TimeOff.removed_at.is_(None), TimeOff.undo_until <= now
        )
    )
    moved = 0
    for row in rows.all():
        row.applied_at = now
        if row.mode == KEEP:
            continue
        hit = await conflicts(
            session, row.therapist_id, row.first_day, row.last_day, now, starts=row.starts, ends=row.ends
        )
        for conflict in hit:
            if row.mode == EACH:
                await _decide_task(session, conflict, await rules(session), now)
            else:
                await reoffer(session, conflict.appointment_id, now, actor=row.by)
                moved += 1
    return moved


async def _decide_task(
    session: AsyncSession, conflict: Conflict, booking_rules: BookingRules, now: datetime
) -> None:
    await tasks.open_task(
        session,
        "reoffer",
        now,
        client_id=conflict.client_id,
        appointment_id=conflict.appointment_id,
        due_at=within(booking_rules.opening_hours, booking_rules.tz, now, WORKING_DAY),
    )


async def reoffer(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """The clinic cannot keep the visit: three other times are kept and offered ("visit.by_clinic").

    The visit waits without a time until the client chose. Who cannot be reached in the chat, or has no other
    time, becomes a task. Raises: NotNow.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state not in LIVE:
        raise NotNow(appointment.state)
    booking_rules = await rules(session)
    before = changes.snapshot(appointment)
    await free_cells(session, appointment.id)
    appointment.state, appointment.keeps = WAITING, NOTHING
    appointment.ended_because, appointment.waiting_since = "clinic", now
    appointment.hold_reason = appointment.release_at = appointment.keep_until = None
    appointment.cleared_at = appointment.rechecked_at = None
    appointment.version += 1
    changes.note(session, appointment, before, "clinic", now, by=actor, undo=False)
    await session.flush()
    await notifications.void(session, appointment.id)
    until = now + timedelta(hours=booking_rules.keep_hours)
    kept = await offer(session, appointment.id, now, until=until)
    person = await session.get(Person, appointment.client_id)
    reachable = person is not None and person.telegram_id is not None and person.unreachable_since is None
    if reachable and kept:
        await notices.tell_client(
            session, appointment, "visit.by_clinic", now, expires_at=until, was=before["starts_at"]
        )
    else:
        await _decide_task(
            session,
            Conflict(appointment.id, appointment.client_id, before["starts_at"], "", "moved", reachable),
            booking_rules,
            now,
        )
    await notices.tell_therapist(session, appointment, "moved", now, at=now)
    note_act(session, appointment, "appointment.reoffered", now, actor)
    return appointment
