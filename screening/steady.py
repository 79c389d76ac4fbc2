"""A client's own dated answer after a relapse: one of the three things that a lead needs to lift the hold."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from config.encryption import seal, unseal
from screening.lifts import Steady
from screening.tables import Steady as SteadyRow


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def tell(
    session: AsyncSession,
    client_id: str,
    *,
    since: date,
    now: datetime,
    began_on: date | None = None,
    ended_on: date | None = None,
    by: str | None = None,
) -> None:
    """Keep "steady or better since ..." and, after a relapse, when it began and ended (clinic days)."""
    days = [day.isoformat() if day is not None else None for day in (since, began_on, ended_on)]
    row_id = new_id()
    sealed = await seal(session, client_id, f"steady.sealed:{row_id}", days)
    session.add(SteadyRow(id=row_id, client_id=client_id, sealed=sealed, at=now, by=by))
    audit.record(session, now=now, actor=by, subject=client_id, action="steady.told", thing=row_id)
    await session.flush()


async def last(session: AsyncSession, client_id: str, *, after: datetime) -> Steady | None:
    """The newest answer given at or after `after`; an older one is about an earlier time."""
    row = await session.scalar(
        select(SteadyRow)
        .where(SteadyRow.client_id == client_id, SteadyRow.at >= after)
        .order_by(SteadyRow.at.desc(), SteadyRow.id)
        .limit(1)
    )
    if row is None or row.sealed is None:
        return None
    since, began_on, ended_on = await unseal(session, client_id, f"steady.sealed:{row.id}", row.sealed)
    return Steady(date.fromisoformat(since), _day(began_on), _day(ended_on))
