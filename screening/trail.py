"""The screening of one client as it was written down, as JSON values: answers, findings, holds, OKs.

After an erasure the same rows come without codes, answers and words: the key that opened them is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config.encryption import Unreadable, unseal
from screening import hold_events, saved, sign_off
from screening.letters import LetterFile
from screening.policy import Policy
from screening.tables import (
    AnswerRecord,
    Clearance,
    FindingRecord,
    Hold,
    HoldEvent,
    Interview,
    NotedFact,
    SignOff,
    Steady,
)


def moment(value: datetime | None) -> str | None:
    """A moment as text, in UTC."""
    return None if value is None else value.isoformat()


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


async def _opened(session: AsyncSession, client_id: str, place: str, blob: bytes | None) -> Any:
    """What was sealed; None: nothing, or the key was destroyed."""
    if blob is None:
        return None
    try:
        return await unseal(session, client_id, place, blob)
    except Unreadable:
        return None


async def rounds(
    session: AsyncSession, client_id: str, *, appointment_id: str | None = None, language: str = "en"
) -> list[dict[str, Any]]:
    """Every round of questions in order, with what the file said when it opened and all that was answered.

    `words`: the texts behind the keys of the answers, in `language`, as signed at that time.
    """
    where = [Interview.client_id == client_id]
    if appointment_id is not None:
        where.append(Interview.appointment_id == appointment_id)
    rows = await session.scalars(select(Interview).where(*where).order_by(Interview.opened_at, Interview.id))
    return [await _round(session, row, language) for row in rows.all()]


async def _round(session: AsyncSession, row: Interview, language: str) -> dict[str, Any]:
    policy = await sign_off.by_hash(session, row.policy_hash)
    facts = await _opened(session, row.client_id, f"interview.sealed_facts:{row.id}", row.sealed_facts)
    result = await _opened(session, row.client_id, f"interview.sealed_result:{row.id}", row.sealed_result)
    answers = await _answers(session, row, language)
    signed = await sign_off.words_in_force(session, language, row.closed_at or row.opened_at)
    keys = _keys(answers, result, policy)
    return {
        "id": row.id,
        "phase": row.phase,
        "visit": row.appointment_id,
        "policy": {"version": row.policy_version, "hash": row.policy_hash},
        "zone": row.zone,
        "state": row.state,
        "opened": moment(row.opened_at),
        "confirmed": moment(row.confirmed_at),
        "closed": moment(row.closed_at),
        "answered_by": row.answered_by,
        "entered_by": row.entered_by,
        "hurried": row.hurried,
        "since": row.since.isoformat(),
        "on_file": facts,
        "answers": answers,
        "outcome": row.outcome,
        "set_by": _set_by(policy, result),
        "decision": result,
        "words": {key: signed[key] for key in sorted(keys) if key in signed},
    }


async def _answers(session: AsyncSession, row: Interview, language: str) -> list[dict[str, Any]]:
    """Every answer of a round; one from before a newly signed policy asked again has its own `words`."""
    records = await session.scalars(
        select(AnswerRecord)
        .where(AnswerRecord.interview_id == row.id)
        .order_by(AnswerRecord.at, AnswerRecord.seq, AnswerRecord.id)
    )
    found = []
    for record in records.all():
        told = await _opened(session, row.client_id, saved.answer_place(record.id), record.sealed) or {}
        answer = {
            "id": record.id,
            "at": moment(record.at),
            "by": record.by,
            "card": told.get("card"),
            "about": told.get("about"),
            "items": told.get("items"),
            "lines": told.get("lines"),
            "answer": told.get("chosen"),
            "codes": told.get("codes"),
            "policy": told.get("policy"),
            "confirmed": record.confirmed,
            "withdrawn": moment(record.withdrawn_at),
        }
        if record.policy_hash != row.policy_hash:
            policy = await sign_off.by_hash(session, record.policy_hash)
            signed = await sign_off.words_in_force(session, language, record.at)
            keys = _keys([answer], None, policy)
            answer["words"] = {key: signed[key] for key in sorted(keys) if key in signed}
        found.append(answer)
    return found


def _keys(
    answers: Iterable[dict[str, Any]], result: dict[str, Any] | None, policy: Policy | None
) -> set[str]:
    """Catalogue keys that the answers and the decision name, the questions themselves among them."""
    keys: set[str] = set()
    for answer in answers:
        card = policy.cards.get(answer["card"] or "") if policy is not None else None
        keys.update([card.key] if card is not None else [])
        keys.update([answer["about"]] if answer["about"] else [])
        keys.update(answer["lines"] or ())
        for name in answer["answer"] or ():
            keys.update((name, f"button.{name}"))
    if result is not None:
        keys.update((result["result"], *result["told"], *result["adapt"]))
    return keys


def _set_by(policy: Policy | None, result: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    """The rows of the policy that set the outcome: the worst of what was told or was on file."""
    if result is None:
        return None
    rows = []
    for reason in result["reasons"]:
        if reason["outcome"] == result["outcome"]:
            row = policy.findings.get(reason["code"]) if policy is not None else None
            rows.append(
                {
                    "rule": reason["item"],
                    "code": reason["code"],
                    "group": row.group.id if row else None,
                    "sources": row.sources if row else None,
                }
            )
    return rows


async def findings(
    session: AsyncSession, client_id: str, *, appointment_id: str | None = None
) -> list[dict[str, Any]]:
    """What was found, oldest first, from answers, words, staff and the program."""
    where = [FindingRecord.client_id == client_id]
    if appointment_id is not None:
        where.append(FindingRecord.appointment_id == appointment_id)
    rows = await session.scalars(
        select(FindingRecord).where(*where).order_by(FindingRecord.found_at, FindingRecord.id)
    )
    found = []
    for row in rows.all():
        told = await _opened(session, client_id, f"finding_record.sealed:{row.id}", row.sealed) or {}
        found.append(
            {
                "id": row.id,
                "at": moment(row.found_at),
                "code": told.get("code"),
                "rule": told.get("item"),
                "told": told.get("told"),
                "words": told.get("words"),
                "tier": told.get("tier"),
                "outcome": row.outcome,
                "standing": row.standing,
                "source": row.source,
                "policy": row.policy_version,
                "round": row.interview_id,
                "visit": row.appointment_id,
                "settled": moment(row.settled_at),
            }
        )
    return found


async def holds(
    session: AsyncSession, client_id: str, *, appointment_id: str | None = None
) -> list[dict[str, Any]]:
    """Every hold with its whole history: set, told again, talked about, decided, lifted by whom and why."""
    where = [Hold.client_id == client_id]
    if appointment_id is not None:
        events = select(HoldEvent.hold_id, HoldEvent.detail).where(HoldEvent.client_id == client_id)
        once = {
            hold_id
            for hold_id, detail in (await session.execute(events)).all()
            if detail["appointment"] == appointment_id
        }
        where.append(or_(Hold.appointment_id == appointment_id, Hold.id.in_(once)))
    rows = await session.scalars(select(Hold).where(*where).order_by(Hold.set_at, Hold.id))
    return [await _hold(session, row) for row in rows.all()]


async def _hold(session: AsyncSession, row: Hold) -> dict[str, Any]:
    told = await _opened(session, row.client_id, f"hold.sealed:{row.id}", row.sealed) or {}
    return {
        "id": row.id,
        "code": told.get("code"),
        "rule": told.get("item"),
        "told": told.get("told"),
        "words": told.get("words"),
        "tier": told.get("tier"),
        "policy": row.policy_version,
        "outcome": row.outcome,
        "slot": row.slot,
        "lift_by": row.lift_by,
        "needs": told.get("needs"),
        "earliest": _day(row.earliest),
        "source": row.source,
        "set": moment(row.set_at),
        "lifted": moment(row.lifted_at),
        "lifted_by": row.lifted_by,
        "events": [
            {
                "at": moment(event.at),
                "act": event.act,
                "by": event.by,
                **event.detail,
                "reason": (said or {}).get("reason"),
                "seen": (said or {}).get("seen"),
                "words": (said or {}).get("words"),
            }
            for event, said in await hold_events.of_hold(session, row.id)
        ],
    }


async def clearances(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    """The doctor's OKs, oldest first: from whom, for what, how long, who took or refused them."""
    rows = await session.scalars(
        select(Clearance)
        .where(Clearance.client_id == client_id)
        .order_by(Clearance.submitted_at, Clearance.id)
    )
    found = []
    for row in rows.all():
        told = await _opened(session, client_id, f"clearance.sealed:{row.id}", row.sealed) or {}
        found.append(
            {
                "id": row.id,
                "kind": row.kind,
                "state": row.state,
                "from": told.get("who"),
                "limits": told.get("limits"),
                "names": told.get("codes"),
                "events": told.get("events"),
                "given": _day(row.given_on),
                "until": _day(row.until),
                "submitted": moment(row.submitted_at),
                "submitted_by": row.submitted_by,
                "decided": moment(row.decided_at),
                "decided_by": row.decided_by,
                "reason": row.reason,
                "voided": moment(row.voided_at),
                "files": await _files(session, row.id),
            }
        )
    return found


async def _files(session: AsyncSession, clearance_id: str) -> list[dict[str, Any]]:
    """The letters behind an OK: which there were, without their content."""
    rows = await session.scalars(
        select(LetterFile)
        .where(LetterFile.clearance_id == clearance_id)
        .order_by(LetterFile.number, LetterFile.id)
    )
    return [
        {
            "id": row.id,
            "media": row.media,
            "bytes": row.size,
            "stored": moment(row.stored_at),
            "stored_by": row.stored_by,
            "destroyed": moment(row.destroyed_at),
        }
        for row in rows.all()
    ]


async def steady_days(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    """The client's own dated answers after a relapse."""
    rows = await session.scalars(
        select(Steady).where(Steady.client_id == client_id).order_by(Steady.at, Steady.id)
    )
    found = []
    for row in rows.all():
        days = await _opened(session, client_id, f"steady.sealed:{row.id}", row.sealed) or (None, None, None)
        found.append(
            {
                "id": row.id,
                "at": moment(row.at),
                "by": row.by,
                **dict(zip(("since", "began", "ended"), days, strict=True)),
            }
        )
    return found


async def noted_facts(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    """What no card asks, each time that it was noted or taken back, by whom and why."""
    rows = await session.scalars(
        select(NotedFact).where(NotedFact.client_id == client_id).order_by(NotedFact.seq)
    )
    found = []
    for row in rows.all():
        told = await _opened(session, client_id, f"noted_fact.sealed:{row.id}", row.sealed) or {}
        found.append(
            {
                "id": row.id,
                "at": moment(row.at),
                "by": row.by,
                "noted": row.given,
                "fact": told.get("fact"),
                "why": told.get("why"),
            }
        )
    return found


async def policies(session: AsyncSession, hashes: Iterable[str]) -> list[dict[str, Any]]:
    """Who signed the policies that were used, when, and under which content hash."""
    rows = await session.scalars(
        select(SignOff).where(SignOff.content_hash.in_(set(hashes))).order_by(SignOff.at, SignOff.id)
    )
    return [
        {
            "version": row.version,
            "hash": row.content_hash,
            "signed": moment(row.at),
            "signed_by": row.by_name,
            "person": row.by_person,
            "kind": row.kind,
            "laxer": row.laxer,
        }
        for row in rows.all()
    ]
