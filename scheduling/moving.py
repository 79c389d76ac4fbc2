"""Moves by choice: the old visit stays when the new time is taken, and for three minutes after a move."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from scheduling import changes, notices, notifications, ok_tasks, reminders, tasks
from scheduling.admission import admit, locked, no_overlap, take_cells, within_reach, within_week
from scheduling.appointments import (
    BOOKED,
    FIRM,
    NOTHING,
    ON_HOLD,
    TENTATIVE,
    WAITING,
    Appointment,
    KeptTime,
    free_cells,
    now_second,
    resources,
    second,
)
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.kept_times import free_kept_times
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.occupancy import may_treat
from scheduling.refusals import NotNow, NotSuitable, SlotTaken, TooLate
from scheduling.search import SearchQuery, nearest, suggest
from scheduling.slots import Slot as Time

MOVABLE = (BOOKED, TENTATIVE, WAITING)


async def move(
    session: AsyncSession,
    appointment_id: str,
    slot: Time,
    now: datetime,
    *,
    actor: str | None,
    needs: Needs | None = None,
    over_limits: bool = False,
    reason: str = "client",
) -> Appointment:
    """Move a visit to another time at once. The old one stays kept for three minutes, for the undo.

    A visit on hold for missing answers, tentative, or waiting can be moved too; the last two past the weekly
    limit, as health reasons waive it. Raises: NotNow and what `booking.hold` raises; then all stays.
    """
    appointment = await locked(session, appointment_id)
    unanswered = appointment.state == ON_HOLD and appointment.hold_reason in ("unanswered", "clearance")
    if (appointment.state not in MOVABLE and not unanswered) or appointment.hidden_hold:
        raise NotNow(appointment.state)
    booking_rules = await rules(session)
    client_id = appointment.client_id
    ok_by, provisional = await admit(session, client_id, slot, booking_rules, now)
    await within_reach(slot, booking_rules, now, over_limits)
    needs = await needs_of(session, client_id, needs)
    if not await may_treat(session, needs, slot.therapist_id):
        raise NotSuitable
    await no_overlap(session, client_id, slot, now, appointment.id)
    if not over_limits and appointment.state not in (TENTATIVE, WAITING):
        await within_week(session, client_id, slot, booking_rules, now, appointment.id)
    got = await take_cells(
        session, appointment.id, client_id, slot, FIRM, booking_rules, now, needs, moving=True
    )
    if got is None:
        raise SlotTaken(slot, await nearest(session, slot, client_id, now, needs=needs))
    before = changes.snapshot(appointment)
    spare = (resources(got.therapist_id, got.room_id, client_id), (got.starts_at, got.busy_until))
    await free_kept_times(session, appointment, now, spare)
    appointment.provisional = provisional or (appointment.first_visit and appointment.cleared_at is None)
    appointment.ok_by = ok_by
    await _take_new_time(session, appointment, got, BOOKED, FIRM, now, undo=True)
    appointment.hold_reason = appointment.release_at = appointment.keep_until = None
    appointment.waiting_since = appointment.ask_on = appointment.earliest = None
    appointment.ended_because = None
    if not reminders.check_counts(appointment.cleared_at, appointment.starts_at):
        appointment.cleared_at = None
    appointment.rechecked_at = None
    changes.note(session, appointment, before, reason, now, by=actor, new_time=True)
    await _after_move(session, appointment, before["therapist_id"], before["starts_at"], booking_rules, now)
    note_act(session, appointment, "appointment.moved", now, actor, was=before["starts_at"], why=reason)
    return appointment


async def _take_new_time(
    session: AsyncSession,
    appointment: Appointment,
    slot: Time,
    state: str,
    keeps: int,
    now: datetime,
    *,
    undo: bool,
) -> None:
    """Put a visit on a time whose cells it has already; the old time ends in three minutes, or now."""
    had_time = appointment.keeps != NOTHING
    until = second(now + changes.UNDO)
    if had_time and undo:
        session.add(
            KeptTime(
                appointment_id=appointment.id,
                kind="undo",
                therapist_id=appointment.therapist_id,
                room_id=appointment.room_id,
                treatment_id=appointment.treatment_id,
                starts_at=appointment.starts_at,
                ends_at=appointment.ends_at,
                busy_until=appointment.busy_until,
                until=until,
            )
        )
    names = resources(slot.therapist_id, slot.room_id, appointment.client_id)
    await free_cells(
        session,
        appointment.id,
        until=until if undo and had_time else NOTHING,
        but_not=(names, (slot.starts_at, slot.busy_until)),
    )
    appointment.therapist_id, appointment.room_id = slot.therapist_id, slot.room_id
    appointment.treatment_id = slot.treatment_id
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.busy_until = slot.busy_until
    appointment.state, appointment.keeps = state, keeps
    appointment.version += 1
    appointment.changed_at = now


async def _after_move(
    session: AsyncSession,
    appointment: Appointment,
    old_therapist: str,
    old_start: int,
    booking_rules: BookingRules,
    now: datetime,
) -> None:
    await session.flush()
    await notifications.void(session, appointment.id)
    await tasks.close_for(
        session, appointment.id, now, kinds=("call", "no_slot", "reoffer", "door"), outcome="moved"
    )
    await ok_tasks.follow(session, appointment, now)
    await reminders.plan_visit(session, appointment, booking_rules, now)
    await notices.tell_therapist(
        session, appointment, "moved", now, therapist_id=old_therapist, starts_at=old_start
    )
    if appointment.therapist_id != old_therapist:
        await notices.tell_therapist(session, appointment, "booked", now)


async def offer(
    session: AsyncSession,
    appointment_id: str,
    now: datetime,
    *,
    until: datetime,
    n: int = 3,
    needs: Needs | None = None,
) -> list[KeptTime]:
    """Keep up to `n` other times for a visit until the client has chosen one; best first.

    They occupy therapist and room, not the client, who can come to one of them only.
    """
    appointment = await locked(session, appointment_id)
    booking_rules = await rules(session)
    needs = await needs_of(session, appointment.client_id, needs)
    await free_kept_times(session, appointment, now)
    query = SearchQuery(
        appointment.client_id, appointment.treatment_id, needs=needs, moving=appointment.id, over_limits=False
    )
    kept: list[KeptTime] = []
    like = (appointment.starts_at, appointment.therapist_id)
    for suggestion in await suggest(session, query, now, n=3 * n, like=like):
        slot = suggestion.slot
        if slot.starts_at == appointment.starts_at and slot.therapist_id == appointment.therapist_id:
            continue
        got = await take_cells(
            session,
            appointment.id,
            appointment.client_id,
            slot,
            second(until),
            booking_rules,
            now,
            needs,
            with_client=False,
        )
        if got is None:
            continue
        row = KeptTime(
            id=new_id(),
            appointment_id=appointment.id,
            kind="offer",
            state="open",
            therapist_id=got.therapist_id,
            room_id=got.room_id,
            treatment_id=got.treatment_id,
            starts_at=got.starts_at,
            ends_at=got.ends_at,
            busy_until=got.busy_until,
            until=second(until),
        )
        session.add(row)
        kept.append(row)
        if len(kept) == n:
            break
    await session.flush()
    return kept


async def offers(session: AsyncSession, appointment_id: str, now: datetime) -> list[KeptTime]:
    """The times that are kept for a visit to choose from."""
    rows = await session.scalars(
        select(KeptTime)
        .where(
            KeptTime.appointment_id == appointment_id,
            KeptTime.kind == "offer",
            KeptTime.state == "open",
            KeptTime.until > now_second(now),
        )
        .order_by(KeptTime.starts_at)
    )
    return list(rows)


async def take_offer(
    session: AsyncSession, kept_id: str, now: datetime, *, actor: str | None, needs: Needs | None = None
) -> Appointment:
    """The client chose one of the times kept for them. Raises: TooLate (no longer kept), OnHold, NeedsOk."""
    kept = await session.get(KeptTime, kept_id)
    if kept is None or kept.state != "open" or kept.until <= now_second(now):
        raise TooLate
    slot = Time(
        kept.starts_at, kept.therapist_id, kept.room_id, kept.treatment_id, kept.ends_at, kept.busy_until
    )
    return await move(
        session,
        kept.appointment_id,
        slot,
        now,
        actor=actor,
        needs=needs,
        over_limits=True,
        reason="clinic",
    )
