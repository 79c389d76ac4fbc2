"""The safety cards: at first booking, before a visit, and on the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import about, cards, decided, unsure
from bot.about import Visit
from bot.client import answering, applying, asking, results
from bot.flow import (
    HOME,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    Value,
    When,
    rows,
    text,
)
from bot.house import House
from config.clock import from_minutes, to_minutes
from scheduling import booking, clinic, ok_tasks, reminders, rescheduling
from scheduling.appointments import HELD, LIVE, WAITING, Appointment
from scheduling.people import Person
from scheduling.rescheduling import OPEN_STATES
from screening import interview
from screening.policy import Outcome
from screening.tables import Interview


class Card(Step):
    """A question of the check. The interview is opened by the first answer; its rows keep every answer."""

    name = asking.ROUND
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        row = visit.row if visit is not None else None
        so_far = await asking.progress_of(turn, row, str(turn.data.get("phase")))
        prompt = so_far.prompt if so_far is not None else None
        if so_far is None or prompt is None or not _asks(turn, row):
            return results.over(visit)
        if visit is None or _in_booking(turn):
            above = unsure.above(so_far)
            return cards.screen(prompt, head=above, first_rows=((HOME,),), more=await _more(turn, row))
        head = await _head(turn, visit) if prompt.first else unsure.above(so_far)
        if prompt.first and turn.actor.hide_questions and not turn.data.get("shown"):
            return Screen("check.a", lines=head, rows=rows(Choice("check"), PERSON), push=len(head))
        return cards.screen(
            prompt, head=head, push=len(head) if prompt.first else 0, more=await _more(turn, row)
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.own(turn)
        if not isinstance(value, Tap) or not _asks(turn, visit):
            return Again(text("old.changed"))
        if value.code == "check":
            return Go(asking.ROUND, {**turn.data, "shown": True}, forget=True)
        if value.code == "movecancel" and visit is not None:
            turn.open("home", "cancel.ask", {"appointment": visit.id})
            return Again(quiet=True)
        return await answering.answer(turn, value, visit, asking.ROUND, _finish)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        return await answering.foresee(turn, value)


async def _more(turn: Turn, visit: Appointment | None) -> dict[str, Value]:
    """What the cards say beside the prompt: when the last full check was confirmed."""
    at = visit.cleared_at if visit is not None else None
    return {"check_time": When(to_minutes(at or turn.now))}


def _asks(turn: Turn, visit: Appointment | None) -> bool:
    """Whether the questions still stand: no visit at all is about any that may come."""
    if turn.data.get("appointment") is None:
        return True
    if visit is not None and _in_booking(turn) and visit.ended_because == "hold_ended":
        return True  # the clock ends the hold, never the answers
    return visit is not None and visit.state in OPEN_STATES and not visit.hidden_hold


def _in_booking(turn: Turn) -> bool:
    return "then" in turn.data


async def _head(turn: Turn, visit: Visit) -> tuple[Line, ...]:
    """The neutral lines of the reminder, which alone are pushed. A visit that waits has no time to name."""
    if visit.row.state == WAITING:
        return (Text("check.well.head"), Text("check.a.why"))
    rules = await clinic.rules(turn.session)
    values = visit.values()
    if turn.data.get("phase") == asking.RECHECK:
        return (Text("recheck.t.head", values), Text("recheck.t.facts", values))
    at = reminders.moments(visit.row.starts_at, to_minutes(turn.now), reminders.Timing.of(rules))
    answer_by = from_minutes(max(at.cutoff, at.release) if to_minutes(turn.now) >= at.cutoff else at.cutoff)
    facts = {**values, "n": rules.arrive_early_minutes, "answer_by": Until(answer_by)}
    return (Text("check.a.head", values), Text("check.a.facts", facts), Text("check.a.why"))


async def _finish(turn: Turn, visit: Appointment | None, opened: str) -> Result:
    """The end of a round, all in this transaction: the decision, the visit, the words, the staff."""
    session = turn.session
    days = await clinic.own_days(session)
    decision = await interview.finish(session, opened, turn.now, clinic_days=days)
    await ok_tasks.look(session, turn.subject_id, turn.now)  # "yes", told while a hold needs it, is looked at
    phase = str(turn.data["phase"])
    if visit is None:
        return await applying.without_visit(turn, decision)
    if not _in_booking(turn) or (
        decision.outcome >= Outcome.DEFER and not await applying.may_go_on(turn, visit, decision)
    ):
        return await applying.apply(turn, visit, decision, phase)
    if visit.state == HELD:
        await rescheduling.apply_decision(
            session, visit.id, decision, turn.now, phase=applying.kind_of(phase), actor=turn.actor.id
        )
    more = await asking.due(turn, visit)
    if more is not None and more not in (asking.RECHECK, *asking.AT_DOOR):
        data = await asking.card_data(turn, visit, more, then=turn.data["then"])
        return Go(asking.ROUND, data, forget=True)
    if turn.data["then"] == "book.phone" and turn.message_id is not None:
        # its keyboard needs a message of its own: no word of health stays behind in the one before
        line = Text("result.neutral", {"when": When(visit.starts_at)})
        turn.rewrites.append((turn.message_id, Screen("result.neutral", (line,))))
    return Go(turn.data["then"], {"appointment": visit.id}, forget=True)


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await about.in_notice(turn, data)
    phase = await asking.due(turn, visit) if visit is not None else None
    if visit is None or phase is None or phase in asking.AT_DOOR:
        return None
    return Opening(asking.topic(visit.id), asking.ROUND, await asking.card_data(turn, visit, phase))


# --- when a tap fails ---


async def fault(house: House, session: AsyncSession, person: Person, now: datetime) -> None:
    """A tap that could not be worked may have been an answer: the visit is held until it is asked again."""
    visits = await booking.visits(session, person.id, now)
    visit = next((one for one in visits if one.state in LIVE), None)
    if visit is None or not await _has_open_round(session, person.id):
        return
    decision = await interview.system_error(
        session,
        person.id,
        now,
        zone=house.zone,
        appointment_id=visit.id,
        session_at=from_minutes(visit.starts_at),
    )
    await rescheduling.apply_decision(session, visit.id, decision, now)
    data = {"key": "result.error", "when": visit.starts_at}
    await decided.tell(session, visit, data, now, key=f"error{to_minutes(now)}")


async def _has_open_round(session: AsyncSession, client_id: str) -> bool:
    found = await session.scalar(
        select(Interview.id)
        .where(Interview.client_id == client_id, Interview.state == "open", Interview.phase != "contact")
        .limit(1)
    )
    return found is not None


STEPS: tuple[Step, ...] = (Card(),)
NOTICES: tuple[Notice, ...] = (Notice("check.a", _send), Notice("recheck.t", _send))
