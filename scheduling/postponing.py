"""A visit moves for health: the best time that is late enough is kept, and the old one is others'."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import changes, notices, notifications, reminders, tasks, word_tasks
from scheduling.admission import no_overlap, slot_of, take_cells
from scheduling.applied import Applied, note_answers
from scheduling.appointments import FIRM, LIVE, ON_HOLD, TENTATIVE, WAITING, Appointment, renew_cells, second
from scheduling.availability import local_day, to_utc
from scheduling.clinic import BookingRules
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.promises import WORKING_DAY
from scheduling.refusals import OwnOverlap
from scheduling.resuming import back_on
from scheduling.search import SearchQuery, suggest
from scheduling.slots import Slot as Time
from scheduling.stopping import take_off
from scheduling.visit_tasks import open_for
from scheduling.waiting import ASK_AGAIN, plan_check_in, plan_keeping
from screening import holds
from screening.decision import Decision
from screening.policy import Slot

TIME_TO_LIFT = timedelta(days=4)
"""Between the day from which a hold may be lifted and the time kept: to ask, to send an OK, to decide."""


def late_enough(appointment: Appointment, decision: Decision) -> bool:
    """Whether its own time is one that a new one could be: then it stays there, and is not firm."""
    return (
        appointment.state in LIVE
        and decision.not_before is not None
        and from_minutes(appointment.starts_at) >= decision.not_before
    )


async def move_for_health(
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
    await take_off(session, appointment, WAITING, now, actor)
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
        task_id = await open_for(session, appointment, "no_slot", booking_rules, now, minutes=WORKING_DAY)
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


async def keep_provisional(
    session: AsyncSession, appointment: Appointment, decision: Decision, now: datetime, phase: str
) -> Applied:
    """The hold is not over at this visit's time, but its days are: in place, until a person has lifted it."""
    note_answers(appointment, decision, now, phase)
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
