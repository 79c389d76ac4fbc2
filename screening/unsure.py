"""A red card left with [Still not sure] is heard at once: the client may never finish the round."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from screening import decision as rules
from screening import on_file, recording, saved
from screening.decision import Decision
from screening.questionnaire import Progress

CODE = "red_flag_unsure"
PHASE = "unsure"  # no round of the policy: it only raises


async def unsure_now(
    session: AsyncSession,
    interview_id: str,
    after: Progress,
    now: datetime,
    *,
    clinic_days: Mapping[str, int] = rules.NO_SETTINGS,
) -> Decision | None:
    """Hold for a red flag that the client was not sure about, though the round is still open.

    None: there is none, or it was told before. What the round finds besides waits for its end, which then
    counts this one not again. Raises: NoSuchInterview.
    """
    told = [finding for finding in after.findings if finding.code == CODE]
    before = await recording.told_before(session, interview_id)
    if not told or any(code == CODE for code, _, _ in before):
        return None
    round_ = await saved.load(session, interview_id, now)
    row = round_.row
    decision = rules.decide(
        round_.policy,
        told,
        await on_file.history(session, row.client_id, zone=round_.zone),
        at=now.astimezone(round_.zone),
        phase=PHASE,
        session_at=None if row.session_at is None else row.session_at.astimezone(round_.zone),
        clinic_days=clinic_days,
    )
    await recording.record(
        session,
        row.client_id,
        round_.policy,
        told,
        decision,
        source="card",
        now=now,
        interview_id=row.id,
        appointment_id=row.appointment_id,
        by=round_.actor,
    )
    return decision
