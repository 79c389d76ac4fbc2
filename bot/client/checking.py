"""The safety cards: at first booking, before a visit, and on the day."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import about, cards, unsure
from bot.about import Visit
from bot.client import results
from bot.flow import (
    HOME,
    PERSON,
    Again,
    Choice,
    Command,
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
from scheduling.appointments import BOOKED, HELD, LIVE, ON_HOLD, RELEASED, TENTATIVE, WAITING, Appointment
from scheduling.people import Person
from scheduling.rescheduling import OPEN_STATES
from screening import interview, noted, on_file, questionnaire, sign_off
from screening.interview import Closed, NoSuchInterview, NotFinished, NotOffered, NotSigned
from screening.policy import Outcome, Policy
from screening.questionnaire import Facts, Progress, Prompt
from screening.tables import Interview

FIRST = frozenset({"first", "first_full"})
RECHECK = "recheck"
AT_DOOR = ("door", "door_red")
AFTER = "aftercare:"
ROUND = "check.card"


def topic(appointment_id: str) -> str:
    return f"check:{appointment_id}"


# --- opening a round ---


async def due(turn: Turn, visit: Appointment) -> str | None:
    """The round of questions that the visit asks for now."""
    return await interview.due(
        turn.session, visit.client_id, from_minutes(visit.starts_at), turn.now, zone=turn.house.zone
    )


def _session_at(visit: Appointment | None, phase: str) -> datetime | None:
    """What is asked after a visit is about the next one, whichever that is."""
    return None if visit is None or phase.startswith(AFTER) else from_minutes(visit.starts_at)


async def open_round(turn: Turn, visit: Appointment | None, phase: str) -> str:
    """The open interview of this visit and phase. What was answered for an earlier held time comes along."""
    at = _session_at(visit, phase)
    before = await _existing(turn, visit, phase)
    if before is not None and visit is not None and at is not None:
        row = await turn.session.get(Interview, before)
        if row is not None and row.appointment_id != visit.id:
            await interview.carry(turn.session, before, turn.now, appointment_id=visit.id, session_at=at)
    opened = await interview.open_interview(
        turn.session,
        turn.subject_id,
        phase,
        turn.now,
        zone=turn.house.zone,
        appointment_id=visit.id if visit is not None else None,
        session_at=at,
        answered_by=await noted.answers_for(turn.session, turn.subject_id),
        entered_by=turn.actor.id if turn.for_other else None,
    )
    row = await turn.session.get(Interview, opened)
    if before is None and row is not None and "at" in turn.data:
        # the first card was read from when it was shown, not from its first tap
        row.opened_at = min(row.opened_at, from_minutes(0) + timedelta(seconds=turn.data["at"]))
    return opened


async def _existing(turn: Turn, visit: Appointment | None, phase: str) -> str | None:
    """The open round that this visit can go on with, without writing."""
    query = select(Interview.id).where(Interview.client_id == turn.subject_id, Interview.state == "open")
    if phase in FIRST:
        query = query.where(Interview.phase.in_(FIRST)).order_by(Interview.opened_at.desc())
    elif visit is None:
        query = query.where(Interview.phase == phase, Interview.appointment_id.is_(None))
    else:
        ended_holds = select(Appointment.id).where(
            Appointment.client_id == visit.client_id,
            Appointment.state == RELEASED,
            Appointment.ended_because == "hold_ended",
        )
        own = Interview.appointment_id == visit.id
        fits = own | Interview.appointment_id.in_(ended_holds) if visit.state == HELD else own
        query = query.where(Interview.phase == phase, fits).order_by(own.desc(), Interview.opened_at.desc())
    found: str | None = await turn.session.scalar(query.limit(1))
    return found


async def begin(turn: Turn, appointment_id: str, then: str) -> Go:
    """Before Confirm: the questions that this time asks for under its hold, or `then` if there are none.

    `then` gets {"appointment": id}.
    """
    visit = await turn.session.get(Appointment, appointment_id)
    if visit is None:
        return Go(then, {"appointment": appointment_id})
    phase = await due(turn, visit)
    if phase is None or phase in (RECHECK, *AT_DOOR):
        await _counts_already(turn, visit)
        return Go(then, {"appointment": appointment_id})
    return Go(ROUND, await card_data(turn, visit, phase, then=then))


async def _counts_already(turn: Turn, visit: Appointment) -> None:
    """A full check that was answered for an earlier held time counts for this one too."""
    found = await interview.validity(
        turn.session, visit.client_id, from_minutes(visit.starts_at), turn.now, zone=turn.house.zone
    )
    if found.full_ok and visit.cleared_at is None:
        visit.cleared_at = turn.now


async def reopen(turn: Turn, appointment_id: str, *, again: bool = False) -> None:
    """Show the questions of a visit as a new card: [Answer now], or all of them anew: [Something changed]."""
    visit = await turn.session.get(Appointment, appointment_id)
    if visit is None or visit.hidden_hold:
        return
    phase = "check" if again else await due(turn, visit)
    if phase in AT_DOOR:
        phase = RECHECK
    if phase is not None:
        turn.open(topic(appointment_id), ROUND, await card_data(turn, visit, phase, shown=True))


async def again(turn: Turn, visit: Appointment) -> Result:
    """[Something changed], [Change an answer], [Try again]: the whole check from card A, a new record."""
    if visit.state not in (*LIVE, WAITING) or visit.hidden_hold:
        return Again(text("old.changed"))
    return Go(ROUND, await card_data(turn, visit, "check", shown=True), forget=True)


async def _fresh(turn: Turn, visit: Appointment | None, phase: str) -> tuple[Policy, Facts]:
    """What a round that is not open yet would begin with. Raises: NotSigned."""
    policy = await sign_off.in_force(turn.session)
    if policy is None:
        raise NotSigned("no policy is signed")
    facts = await on_file.facts(
        turn.session,
        turn.subject_id,
        turn.now,
        zone=turn.house.zone,
        session_at=_session_at(visit, phase),
    )
    return policy, facts


async def prompt_of(turn: Turn, visit: Appointment | None, phase: str) -> Prompt | None:
    """The card that a round stands at; of one that is not open yet, the first. Nothing is written."""
    so_far = await progress_of(turn, visit, phase)
    return so_far.prompt if so_far is not None else None


async def progress_of(turn: Turn, visit: Appointment | None, phase: str) -> Progress | None:
    """Where a round stands; one that is not open yet, at its beginning. Nothing is written."""
    try:
        opened = await _existing(turn, visit, phase)
        if opened is not None:
            return await interview.progress(turn.session, opened, turn.now)
        policy, facts = await _fresh(turn, visit, phase)
    except (NoSuchInterview, NotSigned):
        return None
    return questionnaire.replay(policy, phase, facts, ())


def _mark(prompt: Prompt | None) -> str:
    """Names a card as it was shown, so that a tap is never taken for an answer to another one."""
    if prompt is None:
        return ""
    parts = [prompt.card, prompt.about or "", *(f"{o.name}{'+' * o.chosen}" for o in prompt.options)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


async def card_data(turn: Turn, visit: Appointment | None, phase: str, **more: Any) -> dict[str, Any]:
    """The data of the card that shows where a round stands."""
    seen = _mark(await prompt_of(turn, visit, phase))
    named = visit.id if visit is not None else None
    shown_at = int(turn.now.timestamp())
    return {**more, "appointment": named, "phase": phase, "seen": seen, "at": shown_at}


# --- one card ---


async def _more(turn: Turn, visit: Appointment | None) -> dict[str, Value]:
    """What the cards say beside the prompt: when the last full check was confirmed."""
    at = visit.cleared_at if visit is not None else None
    return {"check_time": When(to_minutes(at or turn.now))}


async def _own(turn: Turn) -> Appointment | None:
    """The visit that the card is about, if it is the subject's and can still take place."""
    named = turn.data.get("appointment")
    visit = await turn.session.get(Appointment, str(named)) if named else None
    return visit if visit is not None and visit.client_id == turn.subject_id else None


def _asks(turn: Turn, visit: Appointment | None) -> bool:
    """Whether the questions still stand: no visit at all is about any that may come."""
    if turn.data.get("appointment") is None:
        return True
    if visit is not None and _in_booking(turn) and visit.ended_because == "hold_ended":
        return True  # the clock ends the hold, never the answers
    return visit is not None and visit.state in OPEN_STATES and not visit.hidden_hold


class Card(Step):
    """A question of the check. The interview is opened by the first answer; its rows keep every answer."""

    name = ROUND
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        row = visit.row if visit is not None else None
        so_far = await progress_of(turn, row, str(turn.data.get("phase")))
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
        visit = await _own(turn)
        if not isinstance(value, Tap) or not _asks(turn, visit):
            return Again(text("old.changed"))
        if value.code == "check":
            return Go(ROUND, {**turn.data, "shown": True}, forget=True)
        if value.code == "movecancel" and visit is not None:
            turn.open("home", "cancel.ask", {"appointment": visit.id})
            return Again(quiet=True)
        return await answer(turn, value, visit, ROUND, _finish)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        return await foresee(turn, value)


async def foresee(turn: Turn, value: Input) -> tuple[str, ...] | None:
    """The urgent codes that the tap would end in; reads only."""
    visit = await _own(turn)
    phase = turn.data.get("phase")
    if phase is None or not isinstance(value, Tap):
        return None
    try:
        prompt = await prompt_of(turn, visit, str(phase))
        name = cards.name_of(prompt, value)
        if name is None or _mark(prompt) != turn.data.get("seen"):
            return None
        opened = await _existing(turn, visit, str(phase))
        if opened is not None:
            after = await interview.foresee(turn.session, opened, name, turn.now)
        else:
            policy, facts = await _fresh(turn, visit, str(phase))
            first = questionnaire.take(policy, str(phase), facts, (), name)
            after = questionnaire.replay(policy, str(phase), facts, first)
    except (NoSuchInterview, NotOffered, NotSigned):
        return None
    return results.foreseen(turn, after)


def _in_booking(turn: Turn) -> bool:
    return "then" in turn.data


async def _head(turn: Turn, visit: Visit) -> tuple[Line, ...]:
    """The neutral lines of the reminder, which alone are pushed. A visit that waits has no time to name."""
    if visit.row.state == WAITING:
        return (Text("check.well.head"), Text("check.a.why"))
    rules = await clinic.rules(turn.session)
    values = visit.values()
    if turn.data.get("phase") == RECHECK:
        return (Text("recheck.t.head", values), Text("recheck.t.facts", values))
    at = reminders.moments(visit.row.starts_at, to_minutes(turn.now), reminders.Timing.of(rules))
    answer_by = from_minutes(max(at.cutoff, at.release) if to_minutes(turn.now) >= at.cutoff else at.cutoff)
    facts = {**values, "n": rules.arrive_early_minutes, "answer_by": Until(answer_by)}
    return (Text("check.a.head", values), Text("check.a.facts", facts), Text("check.a.why"))


Finish = Callable[[Turn, Appointment | None, str], Awaitable[Result]]
KEPT = ("then", "shown", "well", "head")


async def answer(turn: Turn, value: Tap, visit: Appointment | None, step: str, finish: Finish) -> Result:
    """One tap on the card that was shown; on any other, that one is shown as it stands."""
    session, phase = turn.session, str(turn.data["phase"])
    try:
        opened = await open_round(turn, visit, phase)
        if value.code == "change":
            await interview.change(session, opened, turn.now, by=turn.actor.id)
            return await _next(turn, visit, step)
        prompt = await interview.current(session, opened, turn.now)
        name = cards.name_of(prompt, value)
        await interview.renew(session, opened, turn.now)
        if name is None or _mark(prompt) != turn.data.get("seen"):
            return await _next(turn, visit, step, toast=text("old.changed"))
        after = await interview.answer(session, opened, name, turn.now, by=turn.actor.id)
        if visit is not None:
            await booking.answered(session, visit.id, turn.now)
        if after.prompt is not None or (after.stop is None and not after.complete):
            await unsure.look(turn, visit, phase, opened, after)
            return await _next(turn, visit, step)
        return await finish(turn, visit, opened)
    except (NotOffered, NotFinished, Closed, NoSuchInterview, NotSigned):
        return await _next(turn, visit, step, toast=text("old.changed"))


async def _next(turn: Turn, visit: Appointment | None, step: str, toast: Line | None = None) -> Go:
    kept = {key: turn.data[key] for key in KEPT if key in turn.data}
    data = await card_data(turn, visit, str(turn.data["phase"]), **kept)
    return Go(step, data, toast=toast, forget=True)


async def _finish(turn: Turn, visit: Appointment | None, opened: str) -> Result:
    """The end of a round, all in this transaction: the decision, the visit, the words, the staff."""
    session = turn.session
    days = await clinic.own_days(session)
    decision = await interview.finish(session, opened, turn.now, clinic_days=days)
    await ok_tasks.look(session, turn.subject_id, turn.now)  # "yes", told while a hold needs it, is looked at
    phase = str(turn.data["phase"])
    if visit is None:
        return await results.without_visit(turn, decision)
    if not _in_booking(turn) or (
        decision.outcome >= Outcome.DEFER and not await results.may_go_on(turn, visit, decision)
    ):
        return await results.apply(turn, visit, decision, phase)
    if visit.state == HELD:
        await rescheduling.apply_decision(
            session, visit.id, decision, turn.now, phase=results.kind_of(phase), actor=turn.actor.id
        )
    more = await due(turn, visit)
    if more is not None and more not in (RECHECK, *AT_DOOR):
        return Go(ROUND, await card_data(turn, visit, more, then=turn.data["then"]), forget=True)
    if turn.data["then"] == "book.phone" and turn.message_id is not None:
        # its keyboard needs a message of its own: no word of health stays behind in the one before
        line = Text("result.neutral", {"when": When(visit.starts_at)})
        turn.rewrites.append((turn.message_id, Screen("result.neutral", (line,))))
    return Go(turn.data["then"], {"appointment": visit.id}, forget=True)


async def without_visit(turn: Turn) -> Result:
    """The full check of somebody who has no visit: what it lifts opens the way to new times."""
    return Go(ROUND, await card_data(turn, None, "check", shown=True), forget=True)


# --- what is sent by itself ---


async def _visit_of(turn: Turn, data: Mapping[str, Any]) -> Appointment | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    return None if visit is None or visit.hidden_hold else visit


async def _send_check(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_of(turn, data)
    phase = await due(turn, visit) if visit is not None else None
    if visit is None or phase is None or phase in AT_DOOR:
        return None
    return Opening(topic(visit.id), ROUND, await card_data(turn, visit, phase))


async def _send_nudge(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_of(turn, data)
    if visit is None or visit.cleared_at is not None or await due(turn, visit) is None:
        return None
    return Opening(topic(visit.id), "check.nudge", {"appointment": visit.id})


async def _send_cutoff(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_of(turn, data)
    if visit is None or visit.state != ON_HOLD:
        return None
    return Opening(topic(visit.id), "check.cutoff", {"appointment": visit.id})


async def _send_released(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_of(turn, data)
    if visit is None:
        return None
    return Opening(
        topic(visit.id),
        "check.released",
        {"appointment": visit.id, "when": data.get("when", visit.starts_at)},
    )


async def _send_door(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_of(turn, data)
    if visit is None or visit.rechecked_at is not None or visit.state not in (BOOKED, TENTATIVE):
        return None
    return Opening(topic(visit.id), "recheck.door", {"appointment": visit.id})


class _Reminder(Step):
    """A short message about questions that are open; its buttons lead to them or away from the visit."""

    buttons: tuple[tuple[Choice, ...], ...] = ()
    footer = False

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return results.over(None)
        values = visit.values()
        if visit.row.release_at is not None:
            values["release_time"] = Until(visit.row.release_at)
        else:
            rules = await clinic.rules(turn.session)
            values["release_time"] = Until(visit.starts - timedelta(hours=rules.release_hours))
        if turn.data.get("when"):
            values["when"] = When(int(turn.data["when"]))
        lines: list[Line] = [Text(self.name, values)]
        if self.footer:
            lines.append(Text("common.result_end"))
        return Screen(self.name, lines=tuple(lines), rows=self.buttons, durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code in ("start", "check"):
            return await answer_now(turn, visit)
        if value.code == "movecancel":
            turn.open("home", "cancel.ask", {"appointment": visit.id})
        elif value.code == "move":
            turn.open("home", "move.pick", {"appointment": visit.id})
        elif value.code == "seetimes":
            turn.open("home", "book.home")
        elif value.code == "where":
            turn.open("home", "visit.card", {"appointment": visit.id})
        else:
            return Again(text("old.changed"))
        return Again(quiet=True)


async def answer_now(turn: Turn, visit: Appointment) -> Result:
    """The open card of a visit's questions, in this message."""
    phase = await due(turn, visit)
    if phase is None or visit.hidden_hold or visit.state not in OPEN_STATES:
        return Again(text("old.changed"))
    phase = RECHECK if phase in AT_DOOR else phase
    return Go(ROUND, await card_data(turn, visit, phase, shown=True), forget=True)


class Nudge(_Reminder):
    name = "check.nudge"
    buttons = rows(Choice("start"), PERSON, Choice("movecancel"))


class Cutoff(_Reminder):
    name = "check.cutoff"
    buttons = rows(Choice("check"), Choice("move"), PERSON)
    footer = True


class Released(_Reminder):
    name = "check.released"
    buttons = rows(Choice("seetimes"), PERSON)
    footer = True


class Door(_Reminder):
    name = "recheck.door"
    buttons = rows(Choice("check"))


async def fault(house: House, session: AsyncSession, person: Person, now: datetime) -> None:
    """A tap that could not be worked may have been an answer: the visit is held until it is asked again."""
    visits = await booking.visits(session, person.id, now)
    visit = next((one for one in visits if one.state in LIVE), None)
    open_round = await results.open_rounds(session, person.id)
    if visit is None or not open_round:
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
    await results.announce_error(session, visit, now)


STEPS: tuple[Step, ...] = (Card(), Nudge(), Cutoff(), Released(), Door())
NOTICES: tuple[Notice, ...] = (
    Notice("check.a", _send_check),
    Notice("recheck.t", _send_check),
    Notice("check.nudge", _send_nudge),
    Notice("check.cutoff", _send_cutoff),
    Notice("check.released", _send_released),
    Notice("recheck.door", _send_door),
)
COMMANDS: tuple[Command, ...] = ()
