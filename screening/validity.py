"""Loads what is on file for a visit, for the rules of what is due and what counts (`answered`)."""

from __future__ import annotations

from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from screening import health, holds
from screening.answered import WINDOW, Answered, Validity, Visit, profile_due
from screening.tables import Interview


async def _visit(session: AsyncSession, client_id: str, starts_at: datetime, now: datetime) -> Visit:
    rows = await session.scalars(
        select(Interview)
        .where(
            Interview.client_id == client_id,
            Interview.state.in_(("complete", "stopped")),
            Interview.confirmed_at >= starts_at - WINDOW,
        )
        .order_by(Interview.confirmed_at.desc(), Interview.id)
    )
    rounds = [
        Answered(
            row.phase, row.confirmed_at, row.state == "stopped", row.answered_by == "helper", row.hurried
        )
        for row in rows.all()
        if row.confirmed_at is not None
    ]
    return Visit(
        starts_at,
        now,
        rounds=rounds,
        holds=await holds.open_holds(session, client_id),
        early=bool(await holds.least_days(session, client_id, starts_at)),
    )


async def validity(session: AsyncSession, client_id: str, starts_at: datetime, now: datetime) -> Validity:
    """Whether the visit at `starts_at` is screened at `now`. Anything missing, unsure or held: it is not."""
    return (await _visit(session, client_id, starts_at, now)).validity()


async def due(
    session: AsyncSession, client_id: str, starts_at: datetime, now: datetime, *, zone: tzinfo
) -> str | None:
    """The round to open now for the visit at `starts_at`, or None. Ask again when that round is finished.

    Before the window only a profile can be due ("first"); within 48 h the full check, with the profile
    ("first_full") or without; within 4 h the re-check; from the start on, what the therapist reads out.
    None also where a person must decide first.
    """
    near = starts_at - now <= WINDOW
    known = await health.load(session, client_id)
    if known.profile_due or profile_due(known.profile_at, known.last_session_at, starts_at, zone):
        return "first_full" if near else "first"
    return (await _visit(session, client_id, starts_at, now)).due(zone) if near else None
