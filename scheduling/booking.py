"""Booking a time: held while the client decides, confirmed, cancelled, and undone for three minutes.

Locks are taken in one order, client, visit, therapist, and the cells decide: whoever inserts them first has
the time. A deadlock raises `config.database.Busy` from the transaction; trying again is safe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from config.database import new_id
from scheduling import changes, notices, notifications, ok_tasks, reminders, tasks
from scheduling.admission import (
    admit,
    is_first,
    lock_client,
    locked,
    may_add,
    no_overlap,
    slot_of,
    take_cells,
    within_reach,
    within_week,
)
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    CELL,
    FIRM,
    HELD,
    LIVE,
    NOTHING,
    ON_HOLD,
    RELEASED,
    TENTATIVE,
    WAITING,
    Appointment,
    KeptTime,
    OccupiedCell,
    claim_cells,
    free_cells,
    now_second,
    renew_cells,
    resources,
    second,
)
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.occupancy import may_treat
from scheduling.refusals import (
    CannotBook,
    HoldEnded,
    NeedsCheck,
    NeedsOk,
    NoticeTooShort,
    NotNow,
    NotOpen,
    NotSuitable,
    OnHold,
    OwnOverlap,
    SlotTaken,
    TooFarAhead,
    TooLate,
    WeeklyLimit,
)
from scheduling.search import SearchQuery, Suggestion, nearest, search, suggest
from scheduling.slots import Slot
from screening import holds

__all__ = [
    "CannotBook",
    "HoldEnded",
    "NeedsCheck",
    "NeedsOk",
    "NotNow",
    "NotOpen",
    "NotSuitable",
    "NoticeTooShort",
    "OnHold",
    "OwnOverlap",
    "SearchQuery",
    "SlotTaken",
    "Suggestion",
    "TooFarAhead",
    "TooLate",
    "WeeklyLimit",
    "nearest",
    "search",
    "slot_of",
    "suggest",
]

HOLD_AT_MOST = timedelta(minutes=15)
AN_ANSWER_ADDS = timedelta(minutes=5)
CHECK_BEFORE_CONFIRM = timedelta(hours=48)


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
    await _one_more(session, client_id, now)
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


async def _one_more(session: AsyncSession, client_id: str, now: datetime, but: str | None = None) -> None:
    """Raises: OnHold."""
    gate = await holds.gate(session, client_id, now)
    if not await may_add(session, client_id, gate, now, but=but):
        raise OnHold(gate)


async def _give_back_held(session: AsyncSession, client_id: str, now: datetime) -> None:
    """One held time a client."""
    ids = await session.scalars(
        select(Appointment.id).where(Appointment.client_id == client_id, Appointment.state == HELD)
    )
    for appointment_id in ids.all():
        await _end_hold(session, appointment_id, now)


async def _end_hold(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    await session.execute(
        update(Appointment)
        .where(Appointment.id == appointment_id, Appointment.state == HELD)
        .values(state=RELEASED, ended_because="hold_ended", ended_at=now, keeps=NOTHING, changed_at=now)
    )
    await free_cells(session, appointment_id)


async def let_hold_go(session: AsyncSession, appointment_id: str, now: datetime) -> None:
    """The client looks for another time: give the held one back."""
    await _end_hold(session, appointment_id, now)


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


async def confirm(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None = None
) -> Appointment:
    """Book the held time for good, and plan its messages.

    Raises: HoldEnded, NotNow, NotOpen, OnHold, NeedsOk, NeedsCheck. The time stays held.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state == RELEASED and appointment.ended_because == "hold_ended":
        raise HoldEnded(slot_of(appointment))
    if appointment.state != HELD or appointment.hold_until is None:
        raise NotNow(appointment.state)
    if appointment.hold_until <= now:
        raise HoldEnded(slot_of(appointment))
    booking_rules = await rules(session)
    slot = slot_of(appointment)
    ok_by, provisional = await admit(session, appointment.client_id, slot, booking_rules, now)
    await _one_more(session, appointment.client_id, now, appointment.id)
    appointment.ok_by = ok_by
    start = from_minutes(appointment.starts_at)
    checked = reminders.check_counts(appointment.cleared_at, appointment.starts_at)
    if start - now < CHECK_BEFORE_CONFIRM and not checked:
        raise NeedsCheck
    before = changes.snapshot(appointment)
    appointment.state = BOOKED
    appointment.provisional = provisional or (appointment.first_visit and not checked)
    appointment.booked_at = now
    appointment.booked_by = actor or appointment.client_id
    appointment.hold_until = None
    await renew_cells(session, appointment, FIRM)
    changes.note(session, appointment, before, "book", now, by=actor)
    await reminders.plan_visit(session, appointment, booking_rules, now)
    await ok_tasks.follow(session, appointment, now)
    await notices.tell_therapist(session, appointment, "booked", now)
    note_act(session, appointment, "appointment.booked", now, actor)
    return appointment


async def cancel(
    session: AsyncSession,
    appointment_id: str,
    now: datetime,
    *,
    actor: str | None,
    because: str = "client",
    undo: bool = True,
) -> Appointment:
    """Take a visit off. Its time stays kept for three minutes, then it is others'.

    because: client | health | clinic | erased. Raises: NotNow.
    """
    appointment = await locked(session, appointment_id)
    if appointment.state not in (*LIVE, HELD, WAITING):
        raise NotNow(appointment.state)
    before = changes.snapshot(appointment)
    had_time = appointment.keeps != NOTHING
    appointment.state = CANCELLED
    appointment.ended_because, appointment.ended_at, appointment.ended_by = because, now, actor
    appointment.version += 1
    row = changes.note(session, appointment, before, because[:10], now, by=actor, undo=undo)
    if had_time and row.undo_until is not None:
        await renew_cells(session, appointment, second(row.undo_until))
        await free_kept_times(session, appointment, now)
    else:
        appointment.keeps = NOTHING
        await free_kept_times(session, appointment, now)
        await free_cells(session, appointment.id)
    await notifications.void(session, appointment.id)
    await tasks.close_for(
        session, appointment.id, now, kinds=("call", "no_slot", "reoffer", "door"), outcome="cancelled"
    )
    await ok_tasks.follow(session, appointment, now)
    if before["state"] in LIVE:
        await notices.tell_therapist(session, appointment, "cancelled", now)
    note_act(session, appointment, "appointment.cancelled", now, actor, because=because)
    return appointment


async def free_kept_times(
    session: AsyncSession,
    appointment: Appointment,
    now: datetime,
    spare: tuple[Sequence[str], tuple[int, int]] | None = None,
) -> None:
    """Offers and old times of a visit end now; its present time and `spare` (resources, span) stay."""
    rows = await session.scalars(
        select(KeptTime).where(KeptTime.appointment_id == appointment.id, KeptTime.until > now_second(now))
    )
    safe = [spare] if spare else []
    if appointment.keeps != NOTHING:
        safe.append((appointment.resources, appointment.span))
    for kept in rows.all():
        kept.until, kept.state = NOTHING, "gone"
        where = [
            OccupiedCell.appointment_id == appointment.id,
            OccupiedCell.resource.in_(resources(kept.therapist_id, kept.room_id, appointment.client_id)),
            OccupiedCell.cell.between(kept.starts_at // CELL, (kept.busy_until - 1) // CELL),
        ]
        where += [
            ~(OccupiedCell.resource.in_(names) & OccupiedCell.cell.between(a // CELL, (b - 1) // CELL))
            for names, (a, b) in safe
        ]
        await session.execute(delete(OccupiedCell).where(*where).execution_options(synchronize_session=False))


async def undo(
    session: AsyncSession, appointment_id: str, now: datetime, *, actor: str | None
) -> Appointment:
    """All as before the last change, within three minutes of it. The version still grows.

    What was told meanwhile counts: a time does not come back under a hold that forbids it. Raises: TooLate
    (also where there is nothing to undo), OnHold.
    """
    appointment = await locked(session, appointment_id)
    row = await changes.last(session, appointment_id)
    if row is None or row.undo_until is None or row.undo_until <= now or row.version != appointment.version:
        raise TooLate
    needs_ok = row.reason not in ("book", "done", "no_show") and await _forbids(
        session, appointment, row.before, now
    )
    row.undone_at = now
    await notifications.void(session, appointment.id)
    if row.reason == "book":
        appointment.state, appointment.ended_because = CANCELLED, "client"
        appointment.ended_at, appointment.ended_by, appointment.keeps = now, actor, NOTHING
        await free_cells(session, appointment.id)
    else:
        await _put_back(session, appointment, row.before, now)
        appointment.provisional = appointment.provisional or needs_ok
    appointment.version += 1
    appointment.undo_until, appointment.changed_at = None, now
    await session.flush()
    await ok_tasks.follow(session, appointment, now)
    if appointment.state in LIVE:
        await reminders.plan_visit(session, appointment, await rules(session), now)
    await notices.tell_therapist(session, appointment, "undone", now)
    note_act(session, appointment, "appointment.undone", now, actor, change=row.reason)
    return appointment


async def _forbids(
    session: AsyncSession, appointment: Appointment, before: dict[str, Any], now: datetime
) -> bool:
    """Whether the old time could only be had again without the OK that it needs. Raises: OnHold."""
    if before["state"] not in (BOOKED, TENTATIVE):
        return False
    old = replace(slot_of(appointment), starts_at=before["starts_at"])
    try:
        await admit(session, appointment.client_id, old, await rules(session), now)
    except NeedsOk:
        return True
    except NotOpen:  # no policy is in force: nobody books, and what was booked stands
        return False
    return False


async def _put_back(
    session: AsyncSession, appointment: Appointment, before: dict[str, object], now: datetime
) -> None:
    """The old time is firm again and the newer one free; its cells were kept, so nobody can have them."""
    changes.restore(appointment, before)
    for kept in (
        await session.scalars(
            select(KeptTime).where(
                KeptTime.appointment_id == appointment.id, KeptTime.kind == "undo", KeptTime.state == "open"
            )
        )
    ).all():
        kept.state, kept.until = "taken", NOTHING
    if appointment.keeps == NOTHING:
        await free_cells(session, appointment.id)
        return
    span = appointment.span
    await claim_cells(
        session, appointment.id, appointment.resources, span, expires=appointment.keeps, now=now, moving=True
    )
    await free_cells(session, appointment.id, but_not=(appointment.resources, span))


async def expire(session: AsyncSession, now: datetime) -> int:
    """End held times that ran out and give back cells that are over. Safe to repeat. Returns how many."""
    ended = (
        await session.scalars(
            select(Appointment.id).where(Appointment.state == HELD, Appointment.hold_until <= now)
        )
    ).all()
    for appointment_id in ended:
        await _end_hold(session, appointment_id, now)
    over = (
        await session.scalars(
            select(Appointment.id).where(
                Appointment.keeps > NOTHING,
                Appointment.keeps < FIRM,
                Appointment.keeps <= now_second(now),
                Appointment.state == CANCELLED,
            )
        )
    ).all()
    if over:
        await session.execute(update(Appointment).where(Appointment.id.in_(over)).values(keeps=NOTHING))
    kept = (
        await session.execute(
            update(KeptTime)
            .where(KeptTime.state == "open", KeptTime.until <= now_second(now))
            .values(state="gone", until=NOTHING)
            .returning(KeptTime.appointment_id)
            .execution_options(synchronize_session=False)
        )
    ).all()
    touched = {*over, *(row.appointment_id for row in kept)}
    if touched:
        await session.execute(
            delete(OccupiedCell)
            .where(OccupiedCell.appointment_id.in_(touched), OccupiedCell.expires_at <= now_second(now))
            .execution_options(synchronize_session=False)
        )
    return len(ended) + len(touched)


async def forget_cells(session: AsyncSession, now: datetime) -> None:
    """Housekeeping: cells of yesterday and before rule nothing out any more."""
    await session.execute(
        delete(OccupiedCell)
        .where(OccupiedCell.cell < (to_minutes(now) - 1440) // CELL)
        .execution_options(synchronize_session=False)
    )


async def visits(session: AsyncSession, client_id: str, now: datetime) -> list[Appointment]:
    """What a client has open: live visits to come or just over, waiting ones, and a held time; by start."""
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.client_id == client_id,
            or_(
                (Appointment.state.in_((BOOKED, TENTATIVE, ON_HOLD)))
                & (Appointment.busy_until > to_minutes(now)),
                Appointment.state == WAITING,
                (Appointment.state == HELD) & (Appointment.hold_until > now),
            ),
        )
        .order_by(Appointment.starts_at)
    )
    return list(rows)


async def held(session: AsyncSession, client_id: str, now: datetime) -> Appointment | None:
    """The time that is held for a client now."""
    return (
        await session.scalars(
            select(Appointment).where(
                Appointment.client_id == client_id, Appointment.state == HELD, Appointment.hold_until > now
            )
        )
    ).first()


def is_late(appointment: Appointment, booking_rules: BookingRules, now: datetime) -> bool:
    """Is it past the hour until which moving and cancelling are free? Never asked for health reasons.

    A visit that waits has no hour, and was taken off for health or by the clinic: nothing is due.
    """
    return appointment.state != WAITING and now > free_until(appointment, booking_rules)


def free_until(appointment: Appointment, booking_rules: BookingRules) -> datetime:
    return from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.free_until_hours)
