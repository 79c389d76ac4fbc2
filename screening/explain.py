"""Why a visit goes on, changes or stops: for the client, for the therapist, and for whoever audits it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.audit import AuditRecord
from config.encryption import unseal
from screening import health, holds, letters, oks, on_file, saved, sign_off
from screening.policy import Outcome, Tier
from screening.tables import AnswerRecord, Clearance, FindingRecord, Hold, Interview


@dataclass(frozen=True)
class Because:
    """Why, as the client told it: `told` is a catalogue key, `words` what was typed; None: the file says it.

    `until`: the clinic day before which nothing is booked. `private`: never for a helper (tier C).
    """

    told: str | None
    words: str | None
    outcome: Outcome
    until: date | None
    why: str | None
    private: bool


@dataclass(frozen=True)
class TherapistNote:
    """What the therapist is told. `note`: keys of the row of section 3; `adapt`: key of the short words."""

    code: str
    told: str | None
    words: str | None
    note: tuple[str, ...]
    adapt: str | None
    standing: bool
    outcome: Outcome


async def for_client(session: AsyncSession, client_id: str) -> tuple[Because, ...]:
    """Why things are as they are now, worst first: open holds only, in the client's own words."""
    return tuple(
        Because(
            told=hold.told,
            words=hold.words,
            outcome=hold.outcome,
            until=hold.earliest,
            why=holds.WHY.get(hold.slot),
            private=hold.tier is Tier.C,
        )
        for hold in await holds.open_holds(session, client_id)
    )


async def for_therapist(session: AsyncSession, client_id: str) -> tuple[TherapistNote, ...]:
    """What to adapt: the cautions that still count, newest first, then the standing notes.

    No more than that is sent: a hold shows as the status of the day's row, not with its story.
    """
    policy = await sign_off.for_use(session)
    told: dict[str, TherapistNote] = {}
    for found in reversed(await on_file.findings(session, client_id, FindingRecord.settled_at.is_(None))):
        row = policy.row(found.code)
        if row.note and found.outcome < Outcome.DEFER and not found.standing:
            told.setdefault(
                found.code,
                TherapistNote(found.code, found.told, found.words, row.note, row.adapt, False, found.outcome),
            )
    for note in await on_file.notes(session, client_id):
        row = policy.row(note.code)
        told.setdefault(
            note.code,
            TherapistNote(note.code, note.told, note.words, row.note, row.adapt, True, row.outcome),
        )
    known = await health.load(session, client_id)
    facts = (known.conditions or known.named) | known.noted
    for rule in policy.assumed:
        row = policy.row(rule.gives)
        if facts.intersection(rule.given) and not facts.intersection(rule.unless):
            told.setdefault(
                rule.gives, TherapistNote(rule.gives, None, None, row.note, row.adapt, True, row.outcome)
            )
    return tuple(told.values())


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


async def for_audit(
    session: AsyncSession, client_id: str, *, appointment_id: str | None = None
) -> dict[str, Any]:
    """Everything on file of a client, or of one of their visits, as JSON values.

    Answers with item and wording version, findings, rule and outcome, holds with who lifted them and why,
    OKs, and the acts. After erasure the same skeleton comes without what was told.
    """
    query = select(Interview).where(Interview.client_id == client_id)
    if appointment_id is not None:
        query = query.where(Interview.appointment_id == appointment_id)
    interviews = (await session.scalars(query.order_by(Interview.opened_at, Interview.id))).all()
    held = select(Hold).where(Hold.client_id == client_id)
    if appointment_id is not None:
        held = held.where(Hold.appointment_id == appointment_id)
    return {
        "client": client_id,
        "appointment": appointment_id,
        "interviews": [await _interview(session, row) for row in interviews],
        "findings": await _findings(session, client_id, appointment_id),
        "holds": [
            await _hold(session, row)
            for row in (await session.scalars(held.order_by(Hold.set_at, Hold.id))).all()
        ],
        "oks": await _oks(session, client_id),
        "acts": await _acts(session, client_id),
    }


async def _interview(session: AsyncSession, row: Interview) -> dict[str, Any]:
    place = f"interview.sealed_result:{row.id}"
    result = (
        None if row.sealed_result is None else await unseal(session, row.client_id, place, row.sealed_result)
    )
    records = await session.scalars(
        select(AnswerRecord)
        .where(AnswerRecord.interview_id == row.id)
        .order_by(AnswerRecord.at, AnswerRecord.seq, AnswerRecord.id)
    )
    answers = []
    for record in records.all():
        told = None
        if record.sealed is not None:
            told = await unseal(session, row.client_id, saved.answer_place(record.id), record.sealed)
        answers.append(
            {
                "at": _time(record.at),
                "by": record.by,
                "answer": told,
                "confirmed": record.confirmed,
                "withdrawn": _time(record.withdrawn_at),
            }
        )
    return {
        "id": row.id,
        "phase": row.phase,
        "appointment": row.appointment_id,
        "policy": row.policy_version,
        "policy_hash": row.policy_hash,
        "zone": row.zone,
        "state": row.state,
        "opened": _time(row.opened_at),
        "confirmed": _time(row.confirmed_at),
        "closed": _time(row.closed_at),
        "answered_by": row.answered_by,
        "entered_by": row.entered_by,
        "hurried": row.hurried,
        "since": row.since.isoformat(),
        "outcome": row.outcome,
        "result": result,
        "answers": answers,
    }


async def _findings(
    session: AsyncSession, client_id: str, appointment_id: str | None
) -> list[dict[str, Any]]:
    where = [] if appointment_id is None else [FindingRecord.appointment_id == appointment_id]
    return [
        {
            "code": found.code,
            "item": found.item,
            "told": found.told,
            "words": found.words,
            "tier": found.tier,
            "outcome": int(found.outcome),
            "source": found.source,
            "policy": found.policy_version,
            "interview": found.interview_id,
            "found": _time(found.found_at),
            "settled": _time(found.settled_at),
        }
        for found in await on_file.findings(session, client_id, *where)
    ]


async def _hold(session: AsyncSession, row: Hold) -> dict[str, Any]:
    hold = await holds.view(session, row)
    return {
        "id": row.id,
        "code": hold.code if hold else None,
        "rule": hold.item if hold else None,
        "told": hold.told if hold else None,
        "words": hold.words if hold else None,
        "policy": row.policy_version,
        "outcome": row.outcome,
        "slot": row.slot,
        "lift_by": row.lift_by,
        "earliest": None if row.earliest is None else row.earliest.isoformat(),
        "source": row.source,
        "set": _time(row.set_at),
        "renewed": _time(row.renewed_at),
        "contact": [_time(row.contact_at), row.contact_by],
        "decision": [row.decision, _time(row.decided_at), row.decided_by],
        "lifted": [_time(row.lifted_at), row.lifted_by],
        "lift": dict(hold.lift) if hold and hold.lift else None,
    }


async def _oks(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Clearance).where(Clearance.client_id == client_id).order_by(Clearance.submitted_at)
    )
    seen = []
    for row in rows.all():
        ok = await oks.view(session, row)
        seen.append(
            {
                "id": row.id,
                "kind": row.kind,
                "state": row.state,
                "who": ok.who if ok else None,
                "limits": ok.limits if ok else None,
                "given": None if row.given_on is None else row.given_on.isoformat(),
                "names": sorted(ok.codes) if ok else None,
                "files": [letter.id for letter in await letters.of_ok(session, row.id)],
                "until": None if row.until is None else row.until.isoformat(),
                "submitted": [_time(row.submitted_at), row.submitted_by],
                "decided": [_time(row.decided_at), row.decided_by, row.reason],
                "voided": _time(row.voided_at),
            }
        )
    return seen


async def _acts(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(AuditRecord).where(AuditRecord.subject == client_id).order_by(AuditRecord.id)
    )
    return [
        {
            "at": _time(row.at),
            "by": row.actor,
            "action": row.action,
            "thing": row.thing,
            "detail": dict(row.detail),
        }
        for row in rows.all()
    ]
