"""Typed words, a look, silence and errors: what reaches the screening without a card. It may only raise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from sqlalchemy.ext.asyncio import AsyncSession

from screening import decision as rules
from screening import holds, on_file, recording, sign_off
from screening.decision import Decision
from screening.policy import Tier
from screening.questionnaire import Finding

SOURCES = frozenset({"text", "staff", "door", "aftercare", "system", "card"})
PHASE = "raised"  # no round of the policy: it only raises


async def raise_finding(
    session: AsyncSession,
    client_id: str,
    code: str,
    source: str,
    now: datetime,
    *,
    zone: tzinfo,
    own_words: str | None = None,
    appointment_id: str | None = None,
    session_at: datetime | None = None,
    by: str | None = None,
    tier: Tier | None = None,
    clinic_days: Mapping[str, int] = rules.NO_SETTINGS,
) -> Decision:
    """A code from typed words, staff, the door or the program; sets its hold at once and lowers nothing.

    From the program ("system") the same code about the same visit counts once.

    `own_words`: as typed, kept sealed (500 letters). `clinic_days`: day counts of the clinic's own settings
    ("contagious_days"), which lengthen a hold. Raises: ValueError for an unknown source or code.
    """
    policy = await sign_off.for_use(session)
    if source not in SOURCES or code not in policy.findings:
        raise ValueError("a raised finding has a known source and a code of the policy")
    found = [Finding(code=code, item=policy.row(code).item, tier=tier)]
    if source == "system" and await _already(session, client_id, code, appointment_id):
        found = []
    decision = rules.decide(
        policy,
        found,
        await on_file.history(session, client_id, zone=zone),
        at=now.astimezone(zone),
        phase=PHASE,
        session_at=None if session_at is None else session_at.astimezone(zone),
        clinic_days=clinic_days,
    )
    await recording.record(
        session,
        client_id,
        policy,
        found,
        decision,
        source=source,
        now=now,
        appointment_id=appointment_id,
        words=None if own_words is None else own_words[:500],
        by=by,
    )
    return decision


async def _already(session: AsyncSession, client_id: str, code: str, appointment_id: str | None) -> bool:
    # A tick may come by twice; the silence is still one.
    return any(
        hold.code == code and hold.appointment_id == appointment_id
        for hold in await holds.open_holds(session, client_id)
    )


async def conflict(
    session: AsyncSession,
    client_id: str,
    now: datetime,
    *,
    zone: tzinfo,
    own_words: str | None = None,
    appointment_id: str | None = None,
    session_at: datetime | None = None,
    by: str | None = None,
) -> Decision:
    """A card says no where words say yes: the worse reading counts, and a person looks (rule 6)."""
    return await raise_finding(
        session,
        client_id,
        "answers_conflict",
        "text",
        now,
        zone=zone,
        own_words=own_words,
        appointment_id=appointment_id,
        session_at=session_at,
        by=by,
    )


async def unanswered(
    session: AsyncSession,
    client_id: str,
    now: datetime,
    *,
    zone: tzinfo,
    appointment_id: str,
    session_at: datetime | None = None,
) -> Decision:
    """Nobody answered by the cut-off: unanswered is never clear (rule 3). A late full answer lifts it."""
    return await raise_finding(
        session,
        client_id,
        "unanswered",
        "system",
        now,
        zone=zone,
        appointment_id=appointment_id,
        session_at=session_at,
    )


async def system_error(
    session: AsyncSession,
    client_id: str,
    now: datetime,
    *,
    zone: tzinfo,
    appointment_id: str | None = None,
    session_at: datetime | None = None,
) -> Decision:
    """The check failed on our side: a hold, until the check is done again in full."""
    return await raise_finding(
        session,
        client_id,
        "system_error",
        "system",
        now,
        zone=zone,
        appointment_id=appointment_id,
        session_at=session_at,
    )
