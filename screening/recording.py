"""Writes what a decision means: findings, holds, lifts, standing notes, the end of an OK."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from config.encryption import seal
from screening import clearance, health, holds, on_file
from screening.decision import Decision
from screening.policy import Outcome, Policy
from screening.questionnaire import Finding
from screening.tables import FindingRecord

# The missing OK itself is no event: asking the whole profile again would tell nothing new (rule 10).
NO_EVENT = frozenset({"doctor_ok_missing"})
ENDED_ITEM = "N3"


def plain(decision: Decision) -> dict[str, Any]:
    """A decision as JSON values, for the audit of one interview. Sealed by the caller."""
    return {
        "outcome": int(decision.outcome),
        "tier": None if decision.tier is None else decision.tier.value,
        "reasons": [
            {
                "code": reason.code,
                "outcome": int(reason.outcome),
                "tier": None if reason.tier is None else reason.tier.value,
                "item": reason.item,
                "told": reason.told,
            }
            for reason in decision.reasons
        ],
        "earliest": None if decision.earliest is None else decision.earliest.isoformat(),
        "slot": decision.slot.value,
        "result": decision.result,
        "notes": list(decision.notes),
        "new_cautions": list(decision.new_cautions),
        "told": list(decision.told),
        "adapt": list(decision.adapt),
        "lifted": list(decision.lifted),
        "review": decision.review,
        "repeat": decision.repeat,
    }


async def record(
    session: AsyncSession,
    client_id: str,
    policy: Policy,
    findings: Sequence[Finding],
    decision: Decision,
    *,
    source: str,
    now: datetime,
    interview_id: str | None = None,
    appointment_id: str | None = None,
    words: str | None = None,
    by: str | None = None,
) -> tuple[str, ...]:
    """Write a decision and what led to it. Returns the ids of the holds that it set or strengthened.

    What the same round told before its end (`screening.unsure`) is not written twice.
    """
    seen = {finding.code for finding in findings}
    early = await told_before(session, interview_id)
    open_now = await holds.open_holds(session, client_id)
    before = {hold.code for hold in open_now}
    held = {hold.code: hold.id for hold in open_now if hold.code in {code for code, _, _ in early}}
    for finding in findings:
        if (finding.code, finding.item, finding.line) not in early:
            await _find(session, client_id, policy, finding, source, now, interview_id, appointment_id, words)
    for spec in decision.holds:
        if spec.code not in seen:
            said = Finding(code=spec.code, item=spec.item, told=spec.told, line=spec.line, tier=spec.tier)
            await _find(session, client_id, policy, said, "system", now, interview_id, appointment_id, None)
    for hold in await holds.open_holds(session, client_id):
        if hold.id in decision.lifted:
            await holds.end(
                session, hold, by=None, why={"reason": "full_check", "seen": interview_id}, now=now
            )
    if decision.voids_ok and _new_event(policy, decision, before):
        await clearance.void(session, client_id, now)
    ids = []
    for spec in decision.holds:
        if spec.code in held:
            ids.append(held[spec.code])
            continue
        ids.append(
            await holds.set_hold(
                session,
                client_id,
                spec,
                policy=policy,
                source=source if spec.code in seen else "system",
                now=now,
                appointment_id=appointment_id,
                interview_id=interview_id,
                words=words,
            )
        )
    if any(
        spec.outcome is Outcome.URGENT or (spec.outcome is Outcome.CLEARANCE and spec.code not in NO_EVENT)
        for spec in decision.holds
    ):
        await _profile_due(session, client_id, now)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=client_id,
        action="screening.decided",
        thing=interview_id or appointment_id,
        detail={"outcome": int(decision.outcome), "policy": policy.version, "holds": ids, "source": source},
    )
    await session.flush()
    return tuple(ids)


async def told_before(
    session: AsyncSession, interview_id: str | None
) -> frozenset[tuple[str, str, str | None]]:
    """Code, item and line of what a round has told before its end."""
    if interview_id is None:
        return frozenset()
    rows = await session.scalars(select(FindingRecord).where(FindingRecord.interview_id == interview_id))
    found = [await on_file.open_finding(session, row) for row in rows.all()]
    return frozenset((one.code, one.item, one.line) for one in found if one is not None)


def _new_event(policy: Policy, decision: Decision, before: set[str]) -> bool:
    # An OK given during a relapse stands when the same relapse is told again, now as ended.
    relapse = any(policy.row(code).relapse for code in before)
    return any(
        spec.code not in before and not (relapse and spec.item == ENDED_ITEM)
        for spec in decision.holds
        if policy.row(spec.code).voids_ok
    )


async def _find(
    session: AsyncSession,
    client_id: str,
    policy: Policy,
    finding: Finding,
    source: str,
    now: datetime,
    interview_id: str | None,
    appointment_id: str | None,
    words: str | None,
) -> None:
    row_of = policy.row(finding.code)
    row = FindingRecord(
        id=new_id(),
        client_id=client_id,
        interview_id=interview_id,
        appointment_id=appointment_id,
        policy_version=policy.version,
        outcome=int(row_of.outcome),
        source=source,
        standing=row_of.standing,
        found_at=now,
    )
    tier = finding.tier or row_of.tier
    told = {
        "code": finding.code,
        "item": finding.item,
        "told": finding.told,
        "line": finding.line,
        "words": words,
        "tier": None if tier is None else tier.value,
        "wanted": finding.wanted,
    }
    row.sealed = await seal(session, client_id, f"finding_record.sealed:{row.id}", told)
    session.add(row)
    if row_of.standing:
        await on_file.keep_note(session, client_id, finding.code, told=finding.told, words=words, now=now)


async def _profile_due(session: AsyncSession, client_id: str, now: datetime) -> None:
    known = await health.load(session, client_id)
    known.profile_due = True
    await health.save(session, known, now)
