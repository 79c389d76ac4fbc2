"""The one bridge from a health decision to a visit: rule 16, what happens to the time, in one place.

The unsafe visit is off whether or not a new time is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import changes, notices, notifications, reminders, tasks, word_tasks
from scheduling.admission import locked, no_overlap, slot_of, take_cells
from scheduling.appointments import (
    BOOKED,
    FIRM,
    HELD,
    LIVE,
    NOTHING,
    ON_HOLD,
    STOPPED,
    TENTATIVE,
    WAITING,
    Appointment,
    free_cells,
    renew_cells,
    second,
)
from scheduling.availability import local_day, to_utc
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.kept_times import free_kept_times
from scheduling.matching import Needs
from scheduling.moving import move, offer, offers, take_offer
from scheduling.needs import needs_of
from scheduling.promises import within
from scheduling.refusals import OwnOverlap
from scheduling.resuming import back_on, holds_changed, resume
from scheduling.search import SearchQuery, suggest
from scheduling.slots import Slot as Time
from scheduling.waiting import (
    ASK_AGAIN,
    keep,
    not_yet_well,
    plan_check_in,
    plan_keeping,
    wait_until_well,
)
from screening import holds
from screening.decision import Decision
from screening.policy import Slot, Tier

__all__ = [
    "Applied",
    "apply_decision",
    "apply_everywhere",
    "holds_changed",
    "keep",
    "keep_later",
    "move",
    "not_yet_well",
    "offer",
    "offers",
    "resume",
    "stop",
    "take_offer",
    "wait_until_well",
]

OPEN_STATES = (HELD, BOOKED, TENTATIVE, ON_HOLD, WAITING)
TIME_TO_LIFT = timedelta(days=4)
"""Between the day from which a hold may be lifted and the time kept: to ask, to send an OK, to decide."""
REVIEW_MINUTES = 8 * 60
UNSURE_RED = "red_flag_unsure"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a decision did. `before`: the start it had; `new`: a time kept instead; `task_id`: for staff."""

    appointment: Appointment
    slot: Slot
    before: int
    new: Time | None = None
    keep_until: datetime | None = None
    task_id: str | None = None


async def apply_decision(
    session: AsyncSession,
    appointment_id: str,
    decision: Decision,
    now: datetime,
    *,
    phase: str = "check",
    actor: str | None = None,
    needs: Needs | None = None,
    to_confirm: bool = True,
) -> Applied:
    """Do to a visit what rule 16 says, in the caller's transaction, after screening wrote its holds.

    phase: check | first | recheck | door | aftercare | unsure | staff. A clear full check counts as
    attendance; a late one ends the hold for missing answers. What is over already is left as it is.
    `to_confirm`: the client of a held time still gets to Confirm; else a time that waits for an OK is kept
    without it.
    """
    appointment = await locked(session, appointment_id)
    before = appointment.starts_at
    if appointment.state not in OPEN_STATES:
        return Applied(appointment, decision.slot, before)
    booking_rules = await rules(session)
    needs = await needs_of(session, appointment.client_id, needs)
    appointment.outcome = int(decision.outcome)
    appointment.changed_at = now
    if decision.repeat:
        await tasks.open_task(
            session,
            "repeat",
            now,
            client_id=appointment.client_id,
            appointment_id=appointment.id,
            due_at=within(booking_rules.opening_hours, booking_rules.tz, now, REVIEW_MINUTES),
        )
    match decision.slot:
        case Slot.STAYS:
            applied = await _stays(session, appointment, decision, booking_rules, now, phase)
        case Slot.CANCELLED:
            applied = await _stop(session, appointment, decision, booking_rules, now, actor)
        case Slot.PROVISIONAL if _late_enough(appointment, decision):
            applied = await _keep_provisional(session, appointment, decision, now, phase)
        case Slot.MOVED | Slot.PROVISIONAL:
            applied = await _move_for_health(session, appointment, decision, booking_rules, now, actor, needs)
        case Slot.FREED:
            applied = await _free(session, appointment, decision, booking_rules, now, actor)
        case Slot.REVIEW:
            _note_answers(appointment, decision, now, phase)
            applied = await _put_on_hold(session, appointment, "review", decision, booking_rules, now)
        case Slot.KEPT:
            why = "error" if any(r.code == "system_error" for r in decision.reasons) else "unanswered"
            applied = await _put_on_hold(session, appointment, why, decision, booking_rules, now)
        case Slot.WAITS:
            _note_answers(appointment, decision, now, phase)
            applied = await _wait_for_ok(session, appointment, decision, booking_rules, now, to_confirm)
    if decision.slot not in (Slot.REVIEW, Slot.CANCELLED):
        await _ask_for_review(session, appointment, decision, booking_rules, now)
    await word_tasks.follow(session, appointment.client_id, now, by=actor)
    note_act(
        session,
        appointment,
        "appointment.decided",
        now,
        actor,
        slot=str(decision.slot),
        outcome=int(decision.outcome),
        state=appointment.state,
        phase=phase,
    )
    return applied


async def apply_everywhere(
    session: AsyncSession,
    client_id: str,
    decision: Decision,
    now: datetime,
    *,
    but: str | None = None,
    phase: str = "staff",
    actor: str | None = None,
    needs: Needs | None = None,
) -> list[Applied]:
    """A decision outside a visit's own check (typed words, aftercare, staff): every visit to come feels it.

    A dated defer leaves visits alone that start after it; after a relapse those become provisional.
    """
    if decision.slot is Slot.STAYS:
        return []
    rows = await session.scalars(
        select(Appointment.id)
        .where(
            Appointment.client_id == client_id,
            Appointment.state.in_((HELD, *LIVE)),
            Appointment.ends_at > to_minutes(now),
            Appointment.id != (but or ""),
        )
        .order_by(Appointment.starts_at)
    )
    out = []
    for appointment_id in rows.all():
        appointment = await locked(session, appointment_id)
        clear_of_it = (
            decision.not_before is not None and from_minutes(appointment.starts_at) >= decision.not_before
        )
        if decision.slot is Slot.MOVED and clear_of_it:
            continue
        if decision.slot is Slot.PROVISIONAL and clear_of_it:
            appointment.provisional, appointment.changed_at = True, now
            out.append(Applied(appointment, decision.slot, appointment.starts_at))
            continue
        out.append(
            await apply_decision(
                session, appointment_id, decision, now, phase=phase, actor=actor, needs=needs
            )
        )
    await word_tasks.follow(session, client_id, now, by=actor)
    return out


async def _stays(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    phase: str,
) -> Applied:
    task_id = None
    _note_answers(appointment, decision, now, phase)
    if phase in ("recheck", "door"):
        await reminders.recheck_answered(session, appointment)
    elif phase == "check":
        await reminders.check_answered(session, appointment)
        await tasks.close_for(session, appointment.id, now, kinds=("call",), outcome="answered")
        if appointment.state == ON_HOLD and appointment.hold_reason in ("unanswered", "error"):
            await back_on(session, appointment)
        if appointment.state in LIVE:
            gate = await holds.gate(session, appointment.client_id, now)
            appointment.provisional = gate.provisional or gate.needs_ok
            await session.flush()
            await reminders.plan_visit(session, appointment, booking_rules, now)
    if decision.review:
        task_id = await _task(session, appointment, "cautions", booking_rules, now, minutes=None)
    if appointment.state in LIVE:
        await notices.tell_therapist(session, appointment, "state", now, at=now)
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)


def _note_answers(appointment: Appointment, decision: Decision, now: datetime, phase: str) -> None:
    """When which questions were answered in full; a check that stopped at a red card was not."""
    if phase in ("recheck", "door") and decision.slot is Slot.STAYS:
        appointment.rechecked_at = now
    elif phase == "check":
        stopped = any(reason.code == UNSURE_RED for reason in decision.reasons)
        appointment.cleared_at = None if stopped else now
        appointment.new_caution = bool(decision.new_cautions)


async def _stop(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    actor: str | None,
) -> Applied:
    """Urgent: off at once, no new time. Being hurt: off out of sight, the card stays as it was."""
    before = appointment.starts_at
    minutes = booking_rules.urgent_minutes if decision.tier is Tier.D else booking_rules.emergency_minutes
    task_id = await _task(session, appointment, "urgent", booking_rules, now, minutes=minutes)
    if decision.urgent is not None and decision.urgent.hidden:
        appointment.hidden_hold = True
        await notifications.void(session, appointment.id)
        return Applied(appointment, decision.slot, before, task_id=task_id)
    await stop(session, appointment, now, actor=actor)
    return Applied(appointment, decision.slot, before, task_id=task_id)


async def stop(session: AsyncSession, appointment: Appointment, now: datetime, *, actor: str | None) -> None:
    """It does not take place, and no new time is looked for before a person has spoken."""
    await _take_off(session, appointment, STOPPED, now, actor)
    appointment.ended_because, appointment.ended_at, appointment.ended_by = "health", now, actor
    await notices.tell_therapist(session, appointment, "stopped", now, at=now)


async def _take_off(
    session: AsyncSession, appointment: Appointment, state: str, now: datetime, actor: str | None
) -> None:
    """Off for health: the time is others' at once, nothing planned goes out, there is no undo."""
    before = changes.snapshot(appointment)
    await free_kept_times(session, appointment, now)
    await free_cells(session, appointment.id)
    appointment.state, appointment.keeps = state, NOTHING
    appointment.hold_reason = appointment.release_at = None
    appointment.hold_until = appointment.keep_until = appointment.ok_by = None
    appointment.cleared_at = appointment.rechecked_at = None
    appointment.version += 1
    changes.note(session, appointment, before, "health", now, by=actor, undo=False)
    await session.flush()
    await notifications.void(session, appointment.id)


def _late_enough(appointment: Appointment, decision: Decision) -> bool:
    """Whether its own time is one that a new one could be: then it stays there, and is not firm."""
    return (
        appointment.state in LIVE
        and decision.not_before is not None
        and from_minutes(appointment.starts_at) >= decision.not_before
    )


async def _keep_provisional(
    session: AsyncSession, appointment: Appointment, decision: Decision, now: datetime, phase: str
) -> Applied:
    """The hold is not over at this visit's time, but its days are: in place, until a person has lifted it."""
    _note_answers(appointment, decision, now, phase)
    appointment.provisional = appointment.week_check = True
    if phase == "check":
        await reminders.check_answered(session, appointment)
        await tasks.close_for(session, appointment.id, now, kinds=("call",), outcome="answered")
        if appointment.state == ON_HOLD and appointment.hold_reason in ("unanswered", "error"):
            await back_on(session, appointment)
    if appointment.keep_until is not None:  # a person decides now, not the clock
        appointment.keep_until = None
        await renew_cells(session, appointment, FIRM)
        await notifications.void(session, appointment.id, kinds=("moved.reminder",))
    await session.flush()
    await notices.tell_therapist(session, appointment, "state", now, at=now)
    return Applied(appointment, decision.slot, appointment.starts_at, slot_of(appointment))


async def _move_for_health(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    actor: str | None,
    needs: Needs,
) -> Applied:
    """Off, then the best time not before the earliest date is kept; the going off never depends on it."""
    before, old_therapist = appointment.starts_at, appointment.therapist_id
    was = appointment.state
    await _take_off(session, appointment, WAITING, now, actor)
    appointment.waiting_since = appointment.waiting_since or now
    appointment.earliest = decision.earliest
    provisional = decision.slot is Slot.PROVISIONAL
    appointment.week_check = appointment.week_check or provisional
    not_before = max(decision.not_before or now, now)
    if provisional:
        not_before += TIME_TO_LIFT
    else:
        not_before = await word_tasks.late_enough(session, appointment.client_id, not_before, booking_rules)
    slot = await _best_time(session, appointment, not_before, booking_rules, now, needs)
    task_id = None
    keep_until = None
    if slot is None:
        appointment.ask_on = decision.earliest or local_day(to_minutes(now + ASK_AGAIN), booking_rules.tz)
        await plan_check_in(session, appointment, booking_rules, now)
        task_id = await _task(session, appointment, "no_slot", booking_rules, now, minutes=REVIEW_MINUTES)
    else:
        if not provisional:
            latest = from_minutes(slot.starts_at) - timedelta(hours=booking_rules.cutoff_hours)
            keep_until = min(now + timedelta(hours=booking_rules.keep_hours), latest)
        gate = await holds.gate(session, appointment.client_id, now)
        appointment.provisional = provisional or gate.provisional or gate.needs_ok
        appointment.keep_until = keep_until
        await _set_time(session, appointment, slot, keep_until, now)
        if keep_until is not None:
            await plan_keeping(session, appointment, keep_until, now)
        await reminders.plan_visit(session, appointment, booking_rules, now)
    if was in LIVE:
        await notices.tell_therapist(
            session, appointment, "moved", now, therapist_id=old_therapist, starts_at=before, at=now
        )
    return Applied(appointment, decision.slot, before, slot, keep_until, task_id)


async def keep_later(
    session: AsyncSession, appointment: Appointment, booking_rules: BookingRules, now: datetime
) -> Time | None:
    """For a visit that was let go as its OK did not come: the best later time, kept for the client's answer.

    Late enough that the OK can still come after that answer. None: there is none, or the clinic keeps none.
    """
    gate = await holds.gate(session, appointment.client_id, now)
    if not (booking_rules.book_without_ok and gate.may_book):
        return None
    lead = timedelta(days=booking_rules.lead_days_without_ok)
    kept_for = timedelta(hours=booking_rules.keep_hours)
    not_before = now + lead + max(kept_for, timedelta(days=1))
    if gate.earliest is not None:
        day = from_minutes(to_utc(gate.earliest, 0, booking_rules.tz))
        not_before = max(not_before, day)
    needs = await needs_of(session, appointment.client_id)
    slot = await _best_time(session, appointment, not_before, booking_rules, now, needs)
    if slot is None:
        return None
    keep_until = now + kept_for
    appointment.provisional, appointment.keep_until = True, keep_until
    appointment.ok_by = from_minutes(slot.starts_at) - lead
    await _set_time(session, appointment, slot, keep_until, now)
    await plan_keeping(session, appointment, keep_until, now)
    await reminders.plan_visit(session, appointment, booking_rules, now)
    return slot


async def _best_time(
    session: AsyncSession,
    appointment: Appointment,
    not_before: datetime,
    booking_rules: BookingRules,
    now: datetime,
    needs: Needs,
) -> Time | None:
    """Take the cells of the best time there is, with any therapist who suits. None: there is none.

    Past the weekly limit: a health move waives it. Like the old time where that can be.
    """
    query = SearchQuery(
        appointment.client_id,
        appointment.treatment_id,
        not_before=max(not_before, now + timedelta(hours=booking_rules.cutoff_hours + 1)),
        needs=needs,
        moving=appointment.id,
        over_limits=True,
    )
    like = (appointment.starts_at, appointment.therapist_id)
    for suggestion in await suggest(session, query, now, n=6, like=like):
        slot = suggestion.slot
        try:
            await no_overlap(session, appointment.client_id, slot, now, appointment.id)
        except OwnOverlap:
            continue
        got = await take_cells(
            session, appointment.id, appointment.client_id, slot, FIRM, booking_rules, now, needs
        )
        if got is not None:
            return got
    return None


async def _set_time(
    session: AsyncSession, appointment: Appointment, slot: Time, keep_until: datetime | None, now: datetime
) -> None:
    """Put a visit that was just taken off on a new time, tentatively, under the same version."""
    appointment.therapist_id, appointment.room_id = slot.therapist_id, slot.room_id
    appointment.treatment_id = slot.treatment_id
    appointment.starts_at, appointment.ends_at = slot.starts_at, slot.ends_at
    appointment.busy_until = slot.busy_until
    appointment.state = TENTATIVE
    await renew_cells(session, appointment, FIRM if keep_until is None else second(keep_until))
    row = await changes.last(session, appointment.id)
    if row is not None and row.version == appointment.version:
        row.to_starts_at, row.to_therapist_id = slot.starts_at, slot.therapist_id
    await session.flush()


async def _free(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    actor: str | None,
) -> Applied:
    """No date in the row: the time is freed, none is kept, a person takes over."""
    before, was = appointment.starts_at, appointment.state
    await _take_off(session, appointment, WAITING, now, actor)
    appointment.waiting_since = appointment.waiting_since or now
    appointment.earliest = decision.earliest
    task_id = await _task(session, appointment, "no_date", booking_rules, now, minutes=REVIEW_MINUTES)
    if was in LIVE:
        await notices.tell_therapist(session, appointment, "moved", now, at=now)
    return Applied(appointment, decision.slot, before, task_id=task_id)


async def _put_on_hold(
    session: AsyncSession,
    appointment: Appointment,
    why: str,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
) -> Applied:
    """Kept until release time, and must not take place until somebody decided or answered."""
    urgent = any(reason.code == UNSURE_RED for reason in decision.reasons)
    minutes = booking_rules.urgent_minutes if urgent else None
    kind = "review" if why == "review" else "call"
    if appointment.state == WAITING:  # no time is kept, but a person is promised all the same
        minutes = minutes or REVIEW_MINUTES
    else:
        await hold_until_release(session, appointment, why, booking_rules, now)
    if kind == word_tasks.KIND and await word_tasks.nothing_else(session, appointment.client_id):
        return Applied(appointment, decision.slot, appointment.starts_at)  # its task is there
    task_id = await _task(session, appointment, kind, booking_rules, now, minutes=minutes)
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)


async def _ask_for_review(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
) -> None:
    """A hold for review beside a worse one: the worse decides about the time, a person still has to look."""
    codes = {spec.code for spec in decision.holds if spec.slot is Slot.REVIEW}
    if codes:
        minutes = booking_rules.urgent_minutes if UNSURE_RED in codes else REVIEW_MINUTES
        await _task(session, appointment, "review", booking_rules, now, minutes=minutes)


async def hold_until_release(
    session: AsyncSession,
    appointment: Appointment,
    why: str,
    booking_rules: BookingRules,
    now: datetime,
) -> None:
    """state on_hold; the cells stay. Past release time already: until the start."""
    release = from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.release_hours)
    appointment.state, appointment.hold_reason = ON_HOLD, why
    appointment.release_at = release if release > now else from_minutes(appointment.starts_at)
    appointment.keep_until = appointment.hold_until = None
    appointment.changed_at = now
    await renew_cells(session, appointment, FIRM)
    await notifications.void(session, appointment.id, kinds=(*reminders.KINDS, "moved.reminder"))
    await notices.tell_therapist(session, appointment, "held", now, at=now)


async def _wait_for_ok(
    session: AsyncSession,
    appointment: Appointment,
    decision: Decision,
    booking_rules: BookingRules,
    now: datetime,
    to_confirm: bool,
) -> Applied:
    """Clearance: the time waits until the day by which the OK must be there, or else until release time."""
    if appointment.state == WAITING:
        minutes = REVIEW_MINUTES
        task_id = await _task(session, appointment, "clearance", booking_rules, now, minutes=minutes)
        return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)
    start = from_minutes(appointment.starts_at)
    answer_by = start - timedelta(days=booking_rules.lead_days_without_ok)
    release = start - timedelta(hours=booking_rules.release_hours)
    if answer_by <= now:
        answer_by = release if release > now else start
    appointment.ok_by = answer_by
    if appointment.state == HELD and to_confirm:
        # Confirm asks the gate again: it books provisionally, or says that the OK is needed first.
        appointment.provisional = True
        return Applied(appointment, decision.slot, appointment.starts_at)
    task_id = await _task(session, appointment, "clearance", booking_rules, now, minutes=None, due=answer_by)
    await hold_until_release(session, appointment, "clearance", booking_rules, now)
    appointment.provisional, appointment.release_at = True, answer_by
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)


async def _task(
    session: AsyncSession,
    appointment: Appointment,
    kind: str,
    booking_rules: BookingRules,
    now: datetime,
    *,
    minutes: int | None,
    due: datetime | None = None,
) -> str:
    """A task about a visit: within so many minutes of opening hours, else by release time."""
    if due is None and minutes is not None:
        due = within(booking_rules.opening_hours, booking_rules.tz, now, minutes)
    if due is None:
        release = from_minutes(appointment.starts_at) - timedelta(hours=booking_rules.release_hours)
        due = min(release, within(booking_rules.opening_hours, booking_rules.tz, now, REVIEW_MINUTES))
        due = max(due, now)
    return await tasks.open_task(
        session,
        kind,
        now,
        client_id=appointment.client_id,
        appointment_id=appointment.id,
        due_at=due,
        therapist_id=appointment.therapist_id,
    )
