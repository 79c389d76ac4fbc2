"""Who may have which time: safety first, then the clinic's limits, then the cells."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling.appointments import (
    DONE,
    LIVE,
    WAITING,
    Appointment,
    OccupiedCell,
    claim_cells,
    lock,
    now_second,
    resources,
)
from scheduling.availability import local_day, to_utc
from scheduling.clinic import BookingRules, Room, Therapist, Treatment
from scheduling.matching import PLAIN, Needs, RoomTag, rooms_in_order
from scheduling.occupancy import COUNTED, week_of, works_then
from scheduling.people import Person
from scheduling.refusals import (
    NeedsOk,
    NoticeTooShort,
    NotOpen,
    OnHold,
    OwnOverlap,
    TooFarAhead,
    WeeklyLimit,
)
from scheduling.search import slot_at
from scheduling.slots import Slot
from screening import holds, sign_off


def slot_of(appointment: Appointment) -> Slot:
    return Slot(
        appointment.starts_at,
        appointment.therapist_id,
        appointment.room_id,
        appointment.treatment_id,
        appointment.ends_at,
        appointment.busy_until,
    )


async def locked(session: AsyncSession, appointment_id: str) -> Appointment:
    """The visit under its client's lock and its own. Raises: LookupError."""
    client_id = await session.scalar(select(Appointment.client_id).where(Appointment.id == appointment_id))
    if client_id is None:
        raise LookupError("no such visit")
    await lock_client(session, client_id)
    return await lock(session, appointment_id)


async def admit(
    session: AsyncSession, client_id: str, slot: Slot, booking_rules: BookingRules, now: datetime
) -> tuple[datetime | None, bool]:
    """May this client have a visit then at all? (until when the OK must be there or None, is it provisional)

    Raises: NotOpen, OnHold, NeedsOk.
    """
    if not (await sign_off.status(session)).in_force:
        raise NotOpen
    gate = await holds.gate(session, client_id, now)
    if not gate.may_book:
        raise OnHold(gate)
    if gate.earliest is not None and local_day(slot.starts_at, booking_rules.tz) < gate.earliest:
        raise OnHold(gate, gate.earliest)
    if not gate.needs_ok:
        return None, gate.provisional
    if not booking_rules.book_without_ok:
        raise NeedsOk(0)
    ok_by = from_minutes(slot.starts_at) - timedelta(days=booking_rules.lead_days_without_ok)
    if ok_by < now:
        raise NeedsOk(booking_rules.lead_days_without_ok)
    return ok_by, True


async def may_add(
    session: AsyncSession, client_id: str, gate: holds.Gate, now: datetime, *, but: str | None = None
) -> bool:
    """May one more visit be booked? Not while a person has yet to lift a hold; without the OK, one is enough.

    `but`: the visit that is being booked. Moving the one that is kept is another matter.
    """
    if not gate.may_book or gate.provisional:
        return False
    if not gate.needs_ok:
        return True
    there = await session.scalar(
        select(Appointment.id)
        .where(
            Appointment.client_id == client_id,
            Appointment.id != (but or ""),
            (Appointment.state == WAITING)
            | (Appointment.state.in_(LIVE) & (Appointment.ends_at > to_minutes(now))),
        )
        .limit(1)
    )
    return there is None


async def one_more(session: AsyncSession, client_id: str, now: datetime, but: str | None = None) -> None:
    """May this client have another visit to come, as holds stand? `but`: one not counted. Raises: OnHold."""
    gate = await holds.gate(session, client_id, now)
    if not await may_add(session, client_id, gate, now, but=but):
        raise OnHold(gate)


async def within_reach(slot: Slot, booking_rules: BookingRules, now: datetime, over_limits: bool) -> None:
    minute = to_minutes(now)
    notice = 0 if over_limits else booking_rules.notice_hours
    if slot.starts_at * 60 < now.timestamp() + notice * 3600:
        raise NoticeTooShort(booking_rules.notice_hours)
    last = local_day(minute, booking_rules.tz) + timedelta(booking_rules.horizon_days)
    if local_day(slot.starts_at, booking_rules.tz) > last:
        raise TooFarAhead(booking_rules.horizon_days)


async def lock_client(session: AsyncSession, client_id: str) -> None:
    """One booking of a client at a time: limits and overlaps are judged under this lock."""
    await session.execute(select(Person.id).where(Person.id == client_id).with_for_update(key_share=True))


async def no_overlap(
    session: AsyncSession, client_id: str, slot: Slot, now: datetime, but: str | None = None
) -> None:
    """Raises: OwnOverlap."""
    found = await session.scalar(
        select(Appointment.id)
        .where(
            Appointment.client_id == client_id,
            Appointment.id != (but or ""),
            Appointment.starts_at < slot.busy_until,
            Appointment.busy_until > slot.starts_at,
            Appointment.keeps > now_second(now),
        )
        .limit(1)
    )
    if found is not None:
        raise OwnOverlap


async def within_week(
    session: AsyncSession,
    client_id: str,
    slot: Slot,
    booking_rules: BookingRules,
    now: datetime,
    but: str | None = None,
) -> None:
    """Raises: WeeklyLimit."""
    monday = week_of(slot.starts_at, booking_rules)
    zone = booking_rules.tz
    number = await session.scalar(
        select(func.count()).where(
            Appointment.client_id == client_id,
            Appointment.id != (but or ""),
            Appointment.starts_at >= to_utc(monday, 0, zone),
            Appointment.starts_at < to_utc(monday + timedelta(7), 0, zone),
            Appointment.state.in_(COUNTED),
            or_(Appointment.keeps > now_second(now), Appointment.state == DONE),
        )
    )
    if (number or 0) >= booking_rules.weekly_limit:
        raise WeeklyLimit(booking_rules.weekly_limit)


async def is_first(session: AsyncSession, client_id: str) -> bool:
    """Has the client never been treated here?"""
    done = select(Appointment.id).where(Appointment.client_id == client_id, Appointment.state == DONE)
    return (await session.execute(done.limit(1))).first() is None


async def take_cells(
    session: AsyncSession,
    appointment_id: str,
    client_id: str,
    slot: Slot,
    expires: int,
    booking_rules: BookingRules,
    now: datetime,
    needs: Needs = PLAIN,
    *,
    moving: bool = False,
    with_client: bool = True,
) -> Slot | None:
    """Occupy a slot under the therapist's lock, in its room or another free one. None: it cannot be had."""
    active = await session.scalar(
        select(Therapist.active).where(Therapist.id == slot.therapist_id).with_for_update(key_share=True)
    )
    treatment = await session.get(Treatment, slot.treatment_id)
    if not active or treatment is None or not treatment.active:
        return None
    slot = slot_at(slot.starts_at, slot.therapist_id, slot.room_id, treatment)
    midnight = to_utc(local_day(slot.starts_at, booking_rules.tz), 0, booking_rules.tz)
    if (slot.starts_at - midnight) % booking_rules.grid_minutes:
        return None
    if not await works_then(session, slot.therapist_id, (slot.starts_at, slot.ends_at), booking_rules):
        return None
    span = (slot.starts_at, slot.busy_until)
    for room_id in await _rooms_to_try(session, slot.room_id, needs):
        names = resources(slot.therapist_id, room_id, client_id if with_client else None)
        if await claim_cells(session, appointment_id, names, span, expires=expires, now=now, moving=moving):
            return slot_at(slot.starts_at, slot.therapist_id, room_id, treatment)
        if not await _only_the_room(session, appointment_id, names, span):
            return None
    return None


async def _rooms_to_try(session: AsyncSession, first: str, needs: Needs) -> list[str]:
    rows = await session.execute(
        select(Room.id, Room.cool).where(Room.active).order_by(Room.position, Room.name)
    )
    ids = [tag.room_id for tag in rooms_in_order([RoomTag(r.id, r.cool) for r in rows], needs)]
    return sorted(ids, key=lambda room_id: room_id != first)


async def _only_the_room(
    session: AsyncSession, appointment_id: str, names: Sequence[str], span: tuple[int, int]
) -> bool:
    """Is it the room alone that somebody else has?"""
    others = [name for name in names if not name.startswith("r:")]
    taken = await session.scalar(
        select(OccupiedCell.cell)
        .where(
            OccupiedCell.resource.in_(others),
            OccupiedCell.cell.between(span[0] // 5, (span[1] - 1) // 5),
            OccupiedCell.appointment_id != appointment_id,
        )
        .limit(1)
    )
    return taken is None
