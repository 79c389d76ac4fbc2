"""First contact told at once, what is known of a client, and what is left when they are erased."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import func, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from screening import health, interview, letters
from screening.decision import Decision
from screening.health import Health
from screening.tables import (
    AnswerRecord,
    Clearance,
    ClientHealth,
    FindingRecord,
    Hold,
    Interview,
    NotedFact,
    StandingNote,
    Steady,
)


async def start(
    session: AsyncSession,
    client_id: str,
    condition: str,
    ok_answer: str,
    now: datetime,
    *,
    zone: tzinfo,
    consent: str = "1",
    best_time: str = "4",
    by: str | None = None,
) -> Decision:
    """First contact (FC2 to FC5) in one go, by the options of the cards ("1", "yes", "unsure").

    Its holds are set. Ends early where the card does ("under 18"). Raises: NotOffered for an option that the
    card has not.
    """
    opened = await interview.open_interview(session, client_id, "contact", now, zone=zone, entered_by=by)
    for name in (consent, condition, best_time, ok_answer):
        card = await interview.current(session, opened, now)
        if card is None:
            break
        option = f"{card.key}.{name}" if name.isdigit() else name
        await interview.answer(session, opened, option, now, by=by)
    return await interview.finish(session, opened, now)


async def known(session: AsyncSession, client_id: str) -> Health:
    """What is on file between interviews; empty for somebody who never started."""
    return await health.load(session, client_id)


async def forget(session: AsyncSession, client_id: str, now: datetime) -> None:
    """Empty every sealed value of a client; ranks, dates and states stay as a skeleton without codes.

    The caller destroys the key, so that no backup can be read either, nor what is never emptied: the history
    of the holds.
    """
    for table in (AnswerRecord, FindingRecord, ClientHealth, Steady, StandingNote, NotedFact):
        await session.execute(update(table).where(table.client_id == client_id).values(sealed=None))
    await session.execute(
        update(Interview)
        .where(Interview.client_id == client_id)
        .values(sealed_facts=None, sealed_result=None)
    )
    await session.execute(
        update(Interview)
        .where(Interview.client_id == client_id, Interview.state == "open")
        .values(state="expired", closed_at=now)
    )
    await session.execute(
        update(Hold).where(Hold.client_id == client_id).values(sealed=None, sealed_lift=None)
    )
    await session.execute(
        update(Clearance)
        .where(Clearance.client_id == client_id)
        .values(sealed=None, given_on=None, state="void", voided_at=func.coalesce(Clearance.voided_at, now))
    )
    await letters.forget(session, client_id, now)
    audit.record(session, now=now, actor=None, subject=client_id, action="screening.forgotten")
    await session.flush()
