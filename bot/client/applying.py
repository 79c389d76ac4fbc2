"""What an answered check does to the visit, and which result the client is shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import about, promised
from bot.client import asking, results, urgent_follow_up, well_again
from bot.flow import Go, Notice, Opening, Result, Turn
from config.clock import from_minutes, to_minutes
from scheduling import clinic, holding, notifications, rescheduling, tasks
from scheduling.applied import Applied
from scheduling.appointments import HELD, WAITING, Appointment
from scheduling.rescheduling import OPEN_STATES
from screening import holds, oks
from screening import unsure as unsure_rule
from screening.decision import Decision
from screening.policy import Outcome, Slot

A_DAY = 1440
MOST_TOLD, MOST_ADAPTED = 4, 3


def kind_of(phase: str) -> str:
    """The phase as the visit knows it: a full check counts as one, whatever was asked besides."""
    if phase in ("first_full", "window", "check"):
        return "check"
    return "door" if phase.startswith("door") else phase.partition(":")[0]


async def may_go_on(turn: Turn, visit: Appointment, decision: Decision) -> bool:
    """Under a hold: whether this time can be booked all the same (an OK may still come, say)."""
    gate = await holds.gate(turn.session, visit.client_id, turn.now)
    day = turn.day_of(visit.starts_at)
    return (
        gate.may_book
        and (gate.earliest is None or gate.earliest <= day)
        and decision.slot in (Slot.STAYS, Slot.WAITS)
        and (decision.slot is Slot.STAYS or not await _new_event(turn, visit.client_id, decision))
    )


async def _new_event(turn: Turn, client_id: str, decision: Decision) -> bool:
    """A clearance for something other than the general OK that is missing is said first.

    Where there never was an OK, a relapse that is over needs the same one and no other.
    """
    codes = {spec.code for spec in decision.holds if spec.outcome is Outcome.CLEARANCE}
    known = {"doctor_ok_missing"}
    if (await oks.facts(turn.session, client_id))[0] is None:
        known.add("relapse_after_clearance")
    return not codes <= known


async def apply(turn: Turn, visit: Appointment, decision: Decision, phase: str) -> Result:
    """Do to the visit what the decision says, tell the staff, show the result in place of the questions."""
    session = turn.session
    needs = await about.needs(session, visit.client_id)
    data: dict[str, Any] = {"appointment": visit.id}
    if decision.outcome is Outcome.URGENT and decision.urgent is not None:
        await urgent_follow_up.answered(turn, visit, decision, needs=needs)
        return Go("result.neutral", {**data, "when": visit.starts_at}, forget=True)
    was_held = visit.state == HELD
    if was_held and decision.slot is Slot.WAITS and (refused := await _cannot_wait(turn, visit)) is not None:
        return refused
    applied = await rescheduling.apply_decision(
        session,
        visit.id,
        decision,
        turn.now,
        phase=kind_of(phase),
        actor=turn.actor.id,
        needs=needs,
        to_confirm=False,
    )
    await rescheduling.apply_everywhere(
        session, visit.client_id, decision, turn.now, but=visit.id, actor=turn.actor.id, needs=needs
    )
    if visit.state == WAITING and decision.slot is Slot.STAYS:
        return Go("move.pick", data, forget=True)  # well again: three times to choose from
    data = {**data, **facts(decision, applied, phase)}
    about.follow(turn, visit.id)
    if not was_held:
        await _neutral_later(turn, visit, applied.before)
    if decision.slot is Slot.PROVISIONAL:
        await well_again.ask_in_time(turn, visit, decision.earliest)
    return Go(results.CARD, data, forget=True)


async def _cannot_wait(turn: Turn, visit: Appointment) -> Result | None:
    """A held time that no OK can reach is given back, and nothing says that it is kept."""
    rules = await clinic.rules(turn.session)
    lead = timedelta(days=rules.lead_days_without_ok)
    if rules.book_without_ok and from_minutes(visit.starts_at) - lead > turn.now:
        return None
    await holding.let_hold_go(turn.session, visit.id, turn.now)
    if not rules.book_without_ok:
        return Go("book.on_hold", {}, forget=True)
    return Go("book.need_ok", {"days": rules.lead_days_without_ok}, forget=True)


async def without_visit(turn: Turn, decision: Decision) -> Result:
    """A full check with no visit: it may have opened the way to new times, or closed it."""
    needs = await about.needs(turn.session, turn.subject_id)
    if decision.outcome is Outcome.URGENT and decision.urgent is not None:
        await urgent_follow_up.answered(turn, None, decision, needs=needs)
        return Go("result.neutral", {}, forget=True)
    await rescheduling.apply_everywhere(
        turn.session, turn.subject_id, decision, turn.now, actor=turn.actor.id, needs=needs
    )
    await _for_a_person(turn, decision)
    gate = await holds.gate(turn.session, turn.subject_id, turn.now)
    step = "book.home" if gate.may_book else "book.on_hold"
    if turn.topic == "home":
        return Go(step, {}, forget=True)
    turn.open("home", step)
    return Go("result.neutral", {}, forget=True)


async def _for_a_person(turn: Turn, decision: Decision) -> None:
    """What only a person can settle is a task of its own where no visit carries it."""
    wanted = [spec for spec in decision.holds if spec.slot in (Slot.REVIEW, Slot.FREED)]
    if not wanted:
        return
    unsure = any(spec.code == unsure_rule.CODE for spec in wanted)
    await tasks.open_task(
        turn.session,
        "review",
        turn.now,
        client_id=turn.subject_id,
        due_at=await (promised.soon if unsure else promised.working_day)(turn),
        hold_id=await holds.first_of(turn.session, turn.subject_id, [wanted[0].code]),
    )


def facts(decision: Decision, applied: Applied, phase: str) -> dict[str, Any]:
    """What the result card needs to know, as JSON; it tells what was decided then."""
    key = decision.result
    if decision.slot in (Slot.MOVED, Slot.PROVISIONAL) and applied.new is None:
        key = "moved.none"
    if key.startswith("result.clear") and kind_of(phase) in ("recheck", "door"):
        key = "recheck.clear" if key != "result.clearance" else key
    if key == "result.clearance" and applied.new is not None and applied.new.starts_at != applied.before:
        key = "result.clearance_moved"
    here = applied.new is not None and applied.new.starts_at == applied.before
    return {
        "key": key,
        "here": here and decision.slot is Slot.PROVISIONAL,
        "told": list(decision.told[:MOST_TOLD]),
        "unsure": any(reason.code.endswith("_unsure") for reason in decision.reasons),
        "adapt": list(decision.adapt[:MOST_ADAPTED]),
        "who_first": decision.who_first,
        "who_ok": decision.who_ok,
        "says": list(decision.says),
        "earliest": decision.earliest.isoformat() if decision.earliest else None,
        "when": applied.before,
        "new_when": applied.new.starts_at if applied.new else None,
        "keep_until": applied.keep_until.isoformat() if applied.keep_until else None,
        "release": applied.appointment.release_at.isoformat() if applied.appointment.release_at else None,
    }


async def _neutral_later(turn: Turn, visit: Appointment, starts_at: int) -> None:
    """When the visit's hour has gone by, its result becomes a neutral line."""
    await notifications.plan(
        turn.session,
        visit.client_id,
        "result.over",
        from_minutes(starts_at) + timedelta(hours=3),
        key=f"result.over:{visit.id}:{starts_at}",
        at_least_once=False,
        silent=True,
        data={"appointment": visit.id, "when": starts_at},
    )


async def _send_over(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await turn.session.get(Appointment, data["appointment"])
    if visit is not None and visit.state in OPEN_STATES:
        still = visit.state == WAITING or from_minutes(visit.ends_at) > turn.now
        if still:  # moved, or still to be decided: its card is needed
            await _neutral_later(turn, visit, max(visit.starts_at, to_minutes(turn.now) + A_DAY))
            return None
    return Opening(asking.topic(data["appointment"]), "result.neutral", dict(data), fresh=False)


NOTICES: tuple[Notice, ...] = (Notice("result.over", _send_over),)
