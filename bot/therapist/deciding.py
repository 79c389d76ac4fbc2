"""What a person's decision does: to the hold, to the visit, and the words that the client gets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot import about, decided, staff_cards
from bot.flow import Again, Go, Result, Turn, text
from config.clock import from_minutes
from scheduling import rescheduling, resuming, stopping, word_tasks
from scheduling.appointments import LIVE, ON_HOLD, Appointment
from scheduling.refusals import CannotBook
from scheduling.reminders import check_counts
from screening import interview, reviews
from screening.decision import Decision
from screening.holds import AlreadyDecided, HoldView, NoSuchHold, NotAllowed, NotYet
from screening.policy import Outcome, Slot
from screening.reviews import Review

ASKED_AGAIN = frozenset({"check", "window", "first_full"})


async def review_of(turn: Turn) -> Review | None:
    """The hold that the card is about, as it stands now."""
    try:
        return await reviews.review(turn.session, str(turn.data.get("hold", "")), turn.now, turn.house.zone)
    except NoSuchHold:
        return None


async def decide(turn: Turn, reason: str, words: str | None) -> Result:
    """Write the decision; the visit and the client follow in the same transaction."""
    found = await review_of(turn)
    choice = str(turn.data.get("choice"))
    if found is None or not await staff_cards.may_see(turn, found.hold.client_id):
        return Again(text("odd.no_role"))
    try:
        await reviews.decide(
            turn.session,
            found.hold.id,
            choice=choice,
            reason=reason,
            by=turn.actor.id,
            roles=turn.roles,
            now=turn.now,
            zone=turn.house.zone,
            words=words,
        )
    except AlreadyDecided as late:
        return Again(text("staff.done", who=await staff_cards.who(turn.session, late.by)))
    except NotAllowed:
        return Again(text("review.not_you", label=text("role.lead")))
    except NotYet:
        return Go("review.card", {k: turn.data[k] for k in ("hold", "task") if k in turn.data}, forget=True)
    if choice == "postpone":
        await _postponed(turn, found.hold)
    else:
        await lifted(turn, found.hold, choice)
    await staff_cards.close(turn, turn.data.get("task"), choice)
    if choice == "postpone":  # the word is asked for again, for the new time
        await word_tasks.follow(turn.session, found.hold.client_id, turn.now)
    return Go("review.done", {**turn.data, "key": f"review.done.{choice}"}, forget=True)


async def lifted(turn: Turn, hold: HoldView, choice: str) -> None:
    """The hold ended: what waited for it goes on, and the client hears of it."""
    session = turn.session
    await resuming.holds_changed(session, hold.client_id, turn.now, actor=turn.actor.id)
    task = await staff_cards.task_of(turn)
    visit_id = hold.appointment_id or (task.appointment_id if task is not None else None)
    visit = await session.get(Appointment, visit_id) if visit_id else None
    if visit is None:
        return
    if visit.state == ON_HOLD and visit.hold_reason == "review":
        try:
            await resuming.resume(session, visit.id, turn.now, actor=turn.actor.id)
        except CannotBook:
            return
    if visit.state not in LIVE or visit.state == ON_HOLD:
        return
    if visit.keep_until is not None:  # the client was asked whether to keep it, and has not answered
        return
    adapted = [f"adapt.{hold.code}"] if turn.house.catalogue.has(f"adapt.{hold.code}") else []
    key = "result.caution" if choice == "adapt" and adapted else "result.clear"
    data = {"key": key, "told": [hold.told] if hold.told else [], "adapt": adapted, "words": hold.words}
    if not check_counts(visit.cleared_at, visit.starts_at):  # nothing is clear before it is answered
        due = await interview.due(
            session, visit.client_id, from_minutes(visit.starts_at), turn.now, zone=turn.house.zone
        )
        data["key"] = "result.goes_on" if key == "result.clear" else key
        data["asks"] = "now" if due in ASKED_AGAIN else "later"
    await _tell(turn, visit, {**data, "when": visit.starts_at}, choice)


async def _postponed(turn: Turn, hold: HoldView) -> None:
    """The visit moves: to the day of the rule where it has one, else its time is free and a person plans."""
    session = turn.session
    task = await staff_cards.task_of(turn)
    visit_id = hold.appointment_id or (task.appointment_id if task is not None else None)
    visit = await session.get(Appointment, visit_id) if visit_id else None
    if visit is None or visit.state not in LIVE or visit.hidden_hold:
        return
    if hold.slot is Slot.CANCELLED:  # the client has read that it does not take place
        await stopping.stop(session, visit, turn.now, actor=turn.actor.id)
        return
    decision = postponing(hold, from_minutes(visit.starts_at).astimezone(turn.house.zone))
    applied = await rescheduling.apply_decision(
        session,
        visit.id,
        decision,
        turn.now,
        phase="staff",
        actor=turn.actor.id,
        needs=await about.needs(session, hold.client_id),
    )
    key = decision.result
    if decision.slot is Slot.MOVED and applied.new is None:
        key = "moved.none"
    data: dict[str, Any] = {
        "key": key,
        "told": [hold.told] if hold.told else [],
        "words": hold.words if not hold.told else None,
        "earliest": decision.earliest.isoformat() if decision.earliest else None,
        "when": applied.before,
        "new_when": applied.new.starts_at if applied.new else None,
        "keep_until": applied.keep_until.isoformat() if applied.keep_until else None,
    }
    await _tell(turn, visit, data, "postpone")


def postponing(hold: HoldView, at: datetime) -> Decision:
    """A person's "not now" as a decision: dated where the rule has a date, and later than `at`, the visit."""
    dated = hold.earliest is not None
    not_before = max(hold.not_before or at, at + timedelta(days=1)) if dated else None
    return Decision(
        outcome=Outcome.DEFER,
        tier=None,
        reasons=(),
        slot=Slot.MOVED if dated else Slot.FREED,
        earliest=not_before.astimezone(at.tzinfo).date() if not_before else None,
        not_before=not_before,
        holds=(),
        lifted=(),
        lift_by=(hold.lift_by,),
        notes=(),
        new_cautions=(),
        review=False,
        repeat=False,
        voids_ok=False,
        result="result.defer" if dated else "result.defer_no_date",
        told=(hold.told,) if hold.told else (),
        adapt=(),
        who_first=None,
        who_ok=None,
        says=(),
        urgent=None,
    )


async def _tell(turn: Turn, visit: Appointment, data: dict[str, Any], choice: str) -> None:
    key = f"{choice}{int(turn.now.timestamp())}"
    await decided.tell(turn.session, visit, data, turn.now, key=key)
