"""The safety questions as use cases: open, answer, change, finish; saved and resumable at each card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from screening import on_file, questionnaire, saved
from screening.answered import Validity
from screening.finishing import NotFinished, decision_of, finish
from screening.questionnaire import NotOffered, Progress, Prompt
from screening.raising import conflict, raise_finding, system_error, unanswered
from screening.saved import Closed, NoSuchInterview, NotSigned, Round
from screening.tables import AnswerRecord, Interview
from screening.unsure import unsure_now
from screening.validity import due, validity

__all__ = [
    "Closed",
    "NoSuchInterview",
    "NotFinished",
    "NotOffered",
    "NotSigned",
    "Validity",
    "answer",
    "carry",
    "change",
    "conflict",
    "current",
    "decision_of",
    "due",
    "expire",
    "finish",
    "foresee",
    "open_interview",
    "progress",
    "raise_finding",
    "system_error",
    "unanswered",
    "unsure_now",
    "validity",
]

HURRIED = timedelta(seconds=2)
BOOKING = ("first", "first_full")
# Cards that name a day counted from the visit: told for another day, they are asked again.
BY_THE_DAY = frozenset({"F"})


async def open_interview(
    session: AsyncSession,
    client_id: str,
    phase: str,
    now: datetime,
    *,
    zone: tzinfo,
    appointment_id: str | None = None,
    session_at: datetime | None = None,
    answered_by: str = "client",
    entered_by: str | None = None,
) -> str:
    """Open a round of questions, or find the open one of the same client, phase and appointment.

    The rounds of a first booking ("first", "first_full") are found whatever the time that is held by now.
    `answered_by`: "client" or "helper"; `entered_by`: the member of staff who reads out and taps. Returns the
    id. Raises: NotSigned, KeyError for an unknown phase, ValueError.
    """
    if answered_by not in {"client", "helper"}:
        raise ValueError("answers come from the client or a helper")
    policy = await saved.policy_for(session, phase)
    policy.phases[phase]
    found = await _open_one(session, client_id, phase, appointment_id)
    if found is not None and (found.session_at == session_at or phase in BOOKING):
        return await _resume(session, found, phase, now, appointment_id, session_at, answered_by, entered_by)
    if found is not None:
        found.state, found.closed_at = "expired", now
    row = Interview(
        id=new_id(),
        client_id=client_id,
        phase=phase,
        appointment_id=appointment_id,
        session_at=session_at,
        zone=str(zone),
        policy_version=policy.version,
        policy_hash=policy.content_hash,
        state="open",
        opened_at=now,
        answered_by=answered_by,
        entered_by=entered_by,
    )
    facts = await on_file.facts(session, client_id, now, zone=zone, session_at=session_at)
    await saved.seal_facts(session, row, facts)
    session.add(row)
    audit.record(
        session,
        now=now,
        actor=entered_by or client_id,
        subject=client_id,
        action="interview.opened",
        thing=row.id,
        detail={"phase": phase, "policy": policy.version},
    )
    await session.flush()
    return row.id


async def _open_one(
    session: AsyncSession, client_id: str, phase: str, appointment_id: str | None
) -> Interview | None:
    query = select(Interview).where(Interview.client_id == client_id, Interview.state == "open")
    if phase in BOOKING:
        query = query.where(Interview.phase.in_(BOOKING))
    elif appointment_id is None:
        query = query.where(Interview.phase == phase, Interview.appointment_id.is_(None))
    else:
        query = query.where(Interview.phase == phase, Interview.appointment_id == appointment_id)
    return await session.scalar(query.order_by(Interview.opened_at.desc(), Interview.id).limit(1))


async def _resume(
    session: AsyncSession,
    row: Interview,
    phase: str,
    now: datetime,
    appointment_id: str | None,
    session_at: datetime | None,
    answered_by: str,
    entered_by: str | None,
) -> str:
    # The held time of a first booking may run out and another be picked: the answers go with the client.
    if entered_by is not None:
        row.entered_by = entered_by
    if answered_by == "helper":
        row.answered_by = answered_by
    row.phase = phase
    if (row.appointment_id, row.session_at) != (appointment_id, session_at):
        await _carry(session, await saved.load(session, row.id, now), now, appointment_id, session_at)
    await session.flush()
    return row.id


async def progress(session: AsyncSession, interview_id: str, now: datetime) -> Progress:
    """Where the round stands; at its first card if a newer policy was signed. Raises: NoSuchInterview."""
    round_ = await saved.load(session, interview_id, now)
    if round_.stale:
        round_ = await _fresh(session, round_, now)
    return round_.replay()


async def current(session: AsyncSession, interview_id: str, now: datetime) -> Prompt | None:
    """The card to show; None when there is nothing left to ask. A pure read. Raises: NoSuchInterview."""
    return (await progress(session, interview_id, now)).prompt


async def _fresh(session: AsyncSession, round_: Round, now: datetime) -> Round:
    row = round_.row
    policy = await saved.policy_for(session, row.phase)
    facts = await on_file.facts(session, row.client_id, now, zone=round_.zone, session_at=row.session_at)
    return Round(row, policy, facts, [], (), False)


async def foresee(session: AsyncSession, interview_id: str, name: str, now: datetime) -> Progress:
    """What the tap would lead to, nothing written: for the act-now text that goes out first (rule 14).

    Raises: NoSuchInterview, NotOffered.
    """
    round_ = await saved.load(session, interview_id, now)
    if round_.stale:
        return (await _fresh(session, round_, now)).replay()
    return replace(round_, answers=_take(round_, name)).replay()


def _take(round_: Round, name: str) -> tuple[questionnaire.Answer, ...]:
    return questionnaire.take(round_.policy, round_.row.phase, round_.facts, round_.answers, name)


async def answer(
    session: AsyncSession, interview_id: str, name: str, now: datetime, *, by: str | None = None
) -> Progress:
    """Tap an option of the current card. A newer policy starts the round again: then nothing is taken.

    Raises: NoSuchInterview, Closed, NotOffered (another card is current; nothing changed).
    """
    round_ = await saved.load_open(session, interview_id, now)
    if round_.stale:
        return await _restart(session, round_, now)
    shown = round_.replay().prompt
    answers = _take(round_, name)
    if answers == round_.answers:  # a call for a person is no answer
        return round_.replay()
    after = questionnaire.replay(round_.policy, round_.row.phase, round_.facts, answers)
    if shown is not None and shown.red and name == "none" and round_.row.entered_by is None:
        last = max((record.at for record in round_.records), default=round_.row.opened_at)
        # a round that this very tap opened was shown before, nobody noted when
        just_opened = not round_.records and last == now
        round_.row.hurried = round_.row.hurried or (not just_opened and now - last < HURRIED)
    await saved.save_answers(
        session, round_, answers, confirmed=_moved_on(answers, after), now=now, by=by or round_.actor
    )
    round_.row.confirmed_at = now
    await session.flush()
    return after


async def change(
    session: AsyncSession, interview_id: str, now: datetime, *, by: str | None = None
) -> Progress:
    """[Change an answer]: the last is withdrawn, not deleted. Raises: NoSuchInterview, Closed, NotOffered."""
    round_ = await saved.load_open(session, interview_id, now)
    if round_.stale:
        return await _restart(session, round_, now)
    if round_.replay().stop == "urgent" or all(told.withdrawn for told in round_.answers):
        raise NotOffered("nothing to change here")
    answers = questionnaire.undo(round_.answers)
    after = questionnaire.replay(round_.policy, round_.row.phase, round_.facts, answers)
    await saved.save_answers(
        session, round_, answers, confirmed=_moved_on(answers, after), now=now, by=by or round_.actor
    )
    return after


def _moved_on(answers: Sequence[questionnaire.Answer], after: Progress) -> bool:
    if after.prompt is None or not answers:
        return True
    return (after.prompt.card, after.prompt.about) != (answers[-1].card, answers[-1].about)


async def renew(session: AsyncSession, interview_id: str, now: datetime) -> None:
    """Begin the round again if a newer policy was signed, so that a tap on its first card as shown counts.

    Raises: NoSuchInterview, Closed.
    """
    round_ = await saved.load_open(session, interview_id, now)
    if round_.stale:
        await _restart(session, round_, now)


async def _restart(session: AsyncSession, round_: Round, now: datetime) -> Progress:
    fresh = await _fresh(session, round_, now)
    row = round_.row
    await session.execute(
        update(AnswerRecord)
        .where(AnswerRecord.interview_id == row.id, AnswerRecord.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    await session.execute(update(AnswerRecord).where(AnswerRecord.interview_id == row.id).values(live=False))
    row.policy_version, row.policy_hash = fresh.policy.version, fresh.policy.content_hash
    row.confirmed_at, row.opened_at, row.hurried = None, now, False
    await saved.seal_facts(session, row, fresh.facts)
    audit.record(
        session,
        now=now,
        actor=None,
        subject=row.client_id,
        action="interview.restarted",
        thing=row.id,
        detail={"policy": fresh.policy.version},
    )
    await session.flush()
    return fresh.replay()


async def expire(session: AsyncSession, client_id: str, appointment_id: str, now: datetime) -> None:
    """Close the open rounds of a visit that is over or gone; their answers stay."""
    await session.execute(
        update(Interview)
        .where(
            Interview.client_id == client_id,
            Interview.appointment_id == appointment_id,
            Interview.state == "open",
        )
        .values(state="expired", closed_at=now)
    )


async def carry(
    session: AsyncSession, interview_id: str, now: datetime, *, appointment_id: str, session_at: datetime
) -> None:
    """An open round goes on for another time of the same client: a hold may end, its answers do not.

    Raises: NoSuchInterview, Closed.
    """
    round_ = await saved.load_open(session, interview_id, now)
    await _carry(session, round_, now, appointment_id, session_at)


async def _carry(
    session: AsyncSession,
    round_: Round,
    now: datetime,
    appointment_id: str | None,
    session_at: datetime | None,
) -> None:
    day = None if session_at is None else session_at.astimezone(round_.zone).date()
    moved = day != round_.facts.session_day
    round_.facts = replace(round_.facts, session_day=day)
    round_.row.appointment_id, round_.row.session_at = appointment_id, session_at
    await saved.seal_facts(session, round_.row, round_.facts)
    first = next((n for n, told in enumerate(round_.answers) if told.card in BY_THE_DAY), None)
    if moved and first is not None:
        await saved.save_answers(
            session, round_, round_.answers[:first], confirmed=True, now=now, by=round_.actor
        )
    await session.flush()
