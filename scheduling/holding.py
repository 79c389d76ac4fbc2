"""A time held while the client decides: taken, kept longer by answers, and given back.

Locks are taken in one order, client, visit, therapist, and the cells decide: whoever inserts them first has
the time. A deadlock raises `config.database.Busy` from the transaction; trying again is safe.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from scheduling.admission import (
    admit,
    is_first,
    lock_client,
    no_overlap,
    one_more,
    take_cells,
    within_reach,
    within_week,
)
from scheduling.appointments import HELD, NOTHING, RELEASED, Appointment, free_cells, renew_cells, second
from scheduling.clinic import rules
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.occupancy import may_treat
from scheduling.refusals import NotSuitable, SlotTaken
from scheduling.search import nearest
from scheduling.slots import Slot

HOLD_AT_MOST = timedelta(minutes=15)
AN_ANSWER_ADDS = timedelta(minutes=5)


async def hold(
    session: AsyncSession,
    client_id: str,
    slot: Slot,
    now: datetime,
    *,
    actor: str | None = None,
    needs: Needs | None = None,
    over_limits: bool = False,
    first_visit: bool | None = None,
) -> Appointment:
    """Keep a time for a client while they decide. An earlier held time of theirs is given back.

    `needs` adds to what is on file. `over_limits`: staff go past notice and weekly limit, never past a safety
    hold or another booking.
    Raises: NotOpen, OnHold, NeedsOk, NotSuitable, NoticeTooShort, TooFarAhead, OwnOverlap, WeeklyLimit,
    SlotTaken.
    """
    booking_rules = await rules(session)
    await lock_client(session, client_id)
    ok_by, provisional = await admit(session, client_id, slot, booking_rules, now)
    await one_more(session, client_id, now)
    await within_reach(slot, booking_rules, now, over_limits)
    needs = await needs_of(session, client_id, needs)
    if not await may_treat(session, needs, slot.therapist_id):
        raise NotSuitable
    await _give_back_held(session, client_id, now)
    await no_overlap(session, client_id, slot, now)
    if not over_limits:
        await within_week(session, client_id, slot, booking_rules, now)
    appointment_id = new_id()
    until = now + timedelta(minutes=booking_rules.hold_minutes)
    got = await take_cells(session, appointment_id, client_id, slot, second(until), booking_rules, now, needs)
    if got is None:
        raise SlotTaken(slot, await nearest(session, slot, client_id, now, needs=needs))
    if first_visit is None:
        first_visit = await is_first(session, client_id)
    appointment = Appointment(
        id=appointment_id,
        client_id=client_id,
        therapist_id=got.therapist_id,
        room_id=got.room_id,
        treatment_id=got.treatment_id,
        starts_at=got.starts_at,
        ends_at=got.ends_at,
        busy_until=got.busy_until,
        keeps=second(until),
        state=HELD,
        version=1,
        provisional=provisional,
        first_visit=first_visit,
        ok_by=ok_by,
        hold_until=until,
        held_at=now,
        booked_by=actor or client_id,
        changed_at=now,
    )
    session.add(appointment)
    await session.flush()
    return appointment


async def held(session: AsyncSession, client_id: str, now: datetime) -> Appointment | None:
    """The time that is held for a client now."""
    return (
        await session.scalars(
            select(Appointment).where(
                Appointment.client_id == client_id, Appointment.state == HELD, Appointment.hold_until > now
            )
        )
    ).first()


async def answered(session: AsyncSession, appointment_id: str, now: datetime) -> datetime | None:
    """An answer came while a time is held: five minutes more from now, fifteen in all.

    Returns until when it is held now, or None if nothing is held (any more).
    """
    appointment = await session.get(Appointment, appointment_id)
    if appointment is None or appointment.state != HELD or appointment.hold_until is None:
        return None
    if appointment.hold_until <= now or appointment.held_at is None:
        return None
    until = min(
        max(appointment.hold_until, now + AN_ANSWER_ADDS),
        max(appointment.hold_until, appointment.held_at + HOLD_AT_MOST),
    )
    if until > appointment.hold_until:
        appointment.hold_until = until
        await renew_cells(session, appointment, second(until))
    return until


async def let_hold_go(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    """The client looks for another time: give the held one back."""
    await end_hold(session, appointment_id, now)


async def _give_back_held(session: AsyncSession, client_id: str, now: datetime) -> None:
    """One held time a client."""
    ids = await session.scalars(
        select(Appointment.id).where(Appointment.client_id == client_id, Appointment.state == HELD)
    )
    for appointment_id in ids.all():
        await end_hold(session, appointment_id, now)


async def end_hold(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    await session.execute(
        update(Appointment)
        .where(Appointment.id == appointment_id, Appointment.state == HELD)
        .values(state=RELEASED, ended_because="hold_ended", ended_at=now, keeps=NOTHING, changed_at=now)
    )
    await free_cells(session, appointment_id)
