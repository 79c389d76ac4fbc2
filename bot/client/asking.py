"""Which questions a visit asks for, where the round of them stands, and the way to its card."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.flow import Again, Go, Result, Turn, text
from config.clock import from_minutes
from scheduling.appointments import HELD, LIVE, RELEASED, WAITING, Appointment
from scheduling.rescheduling import OPEN_STATES
from screening import interview, noted, on_file, questionnaire, sign_off
from screening.interview import NoSuchInterview, NotSigned
from screening.policy import Policy
from screening.questionnaire import Facts, Progress, Prompt
from screening.tables import Interview

FIRST = frozenset({"first", "first_full"})
RECHECK = "recheck"
AT_DOOR = ("door", "door_red")
AFTER = "aftercare:"
ROUND = "check.card"


def topic(appointment_id: str) -> str:
    return f"check:{appointment_id}"


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
    before = await existing(turn, visit, phase)
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


async def existing(turn: Turn, visit: Appointment | None, phase: str) -> str | None:
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
    found = await interview.validity(turn.session, visit.client_id, from_minutes(visit.starts_at), turn.now)
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


async def answer_now(turn: Turn, visit: Appointment) -> Result:
    """The open card of a visit's questions, in this message."""
    phase = await due(turn, visit)
    if phase is None or visit.hidden_hold or visit.state not in OPEN_STATES:
        return Again(text("old.changed"))
    phase = RECHECK if phase in AT_DOOR else phase
    return Go(ROUND, await card_data(turn, visit, phase, shown=True), forget=True)


async def again(turn: Turn, visit: Appointment) -> Result:
    """[Something changed], [Change an answer], [Try again]: the whole check from card A, a new record."""
    if visit.state not in (*LIVE, WAITING) or visit.hidden_hold:
        return Again(text("old.changed"))
    return Go(ROUND, await card_data(turn, visit, "check", shown=True), forget=True)


async def anew(turn: Turn) -> Result:
    """The full check of somebody who has no visit: what it lifts opens the way to new times."""
    return Go(ROUND, await card_data(turn, None, "check", shown=True), forget=True)


async def beginning(turn: Turn, visit: Appointment | None, phase: str) -> tuple[Policy, Facts]:
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
        opened = await existing(turn, visit, phase)
        if opened is not None:
            return await interview.progress(turn.session, opened, turn.now)
        policy, facts = await beginning(turn, visit, phase)
    except (NoSuchInterview, NotSigned):
        return None
    return questionnaire.replay(policy, phase, facts, ())


def mark(prompt: Prompt | None) -> str:
    """Names a card as it was shown, so that a tap is never taken for an answer to another one."""
    if prompt is None:
        return ""
    parts = [prompt.card, prompt.about or "", *(f"{o.name}{'+' * o.chosen}" for o in prompt.options)]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


async def card_data(turn: Turn, visit: Appointment | None, phase: str, **more: Any) -> dict[str, Any]:
    """The data of the card that shows where a round stands."""
    seen = mark(await prompt_of(turn, visit, phase))
    named = visit.id if visit is not None else None
    shown_at = int(turn.now.timestamp())
    return {**more, "appointment": named, "phase": phase, "seen": seen, "at": shown_at}
