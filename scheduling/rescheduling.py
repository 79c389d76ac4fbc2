"""The one bridge from a health decision to a visit: rule 16, what happens to the time, in one place.

The unsafe visit is off whether or not a new time is found.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import notices, reminders, tasks, word_tasks
from scheduling.admission import locked
from scheduling.applied import Applied, note_answers
from scheduling.appointments import BOOKED, HELD, LIVE, ON_HOLD, TENTATIVE, WAITING, Appointment
from scheduling.changes import note_act
from scheduling.clinic import BookingRules, rules
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.postponing import keep_provisional, late_enough, move_for_health
from scheduling.promises import WORKING_DAY, within
from scheduling.resuming import back_on
from scheduling.reviewing import ask_for_review, put_on_hold, wait_for_ok
from scheduling.stopping import free, stop_for_danger
from scheduling.visit_tasks import open_for
from screening import holds
from screening.decision import Decision
from screening.policy import Slot

OPEN_STATES = (HELD, BOOKED, TENTATIVE, ON_HOLD, WAITING)


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
            due_at=within(booking_rules.opening_hours, booking_rules.tz, now, WORKING_DAY),
        )
    match decision.slot:
        case Slot.STAYS:
            applied = await _stays(session, appointment, decision, booking_rules, now, phase)
        case Slot.CANCELLED:
            applied = await stop_for_danger(session, appointment, decision, booking_rules, now, actor)
        case Slot.PROVISIONAL if late_enough(appointment, decision):
            applied = await keep_provisional(session, appointment, decision, now, phase)
        case Slot.MOVED | Slot.PROVISIONAL:
            applied = await move_for_health(session, appointment, decision, booking_rules, now, actor, needs)
        case Slot.FREED:
            applied = await free(session, appointment, decision, booking_rules, now, actor)
        case Slot.REVIEW:
            note_answers(appointment, decision, now, phase)
            applied = await put_on_hold(session, appointment, "review", decision, booking_rules, now)
        case Slot.KEPT:
            why = "error" if any(r.code == "system_error" for r in decision.reasons) else "unanswered"
            applied = await put_on_hold(session, appointment, why, decision, booking_rules, now)
        case Slot.WAITS:
            note_answers(appointment, decision, now, phase)
            applied = await wait_for_ok(session, appointment, decision, booking_rules, now, to_confirm)
    if decision.slot not in (Slot.REVIEW, Slot.CANCELLED):
        await ask_for_review(session, appointment, decision, booking_rules, now)
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
    note_answers(appointment, decision, now, phase)
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
        task_id = await open_for(session, appointment, "cautions", booking_rules, now)
    if appointment.state in LIVE:
        await notices.tell_therapist(session, appointment, "state", now, at=now)
    return Applied(appointment, decision.slot, appointment.starts_at, task_id=task_id)
