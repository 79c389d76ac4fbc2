"""What the rows must say at any time, whatever was tapped: a sentence for each that does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.inbox import InboxUpdate
from bot.house import House
from config.clock import to_minutes
from scheduling.appointments import (
    BOOKED,
    DONE,
    HELD,
    LIVE,
    NO_SHOW,
    TENTATIVE,
    Appointment,
    KeptTime,
    OccupiedCell,
)
from scheduling.tasks import CLOSED, Task
from screening.policy import Outcome
from screening.tables import Hold


@dataclass(frozen=True)
class Wrong:
    """What is wrong, and about whom; None: the whole clinic."""

    what: str
    client_id: str | None = None


async def wrong(house: House) -> list[Wrong]:
    """Everything that must not be so, by the rows as they stand now."""
    now = house.clock.now()
    async with house.database.reading() as session:
        put_aside = await session.scalar(select(InboxUpdate.update_id).where(InboxUpdate.state != "done"))
        holds = list(
            await session.scalars(
                select(Hold).where(Hold.lifted_at.is_(None), Hold.outcome >= int(Outcome.DEFER))
            )
        )
        tasks = set(await session.scalars(select(Task.client_id).where(Task.state != CLOSED)))
        query = select(Appointment).where(
            Appointment.state.in_((*LIVE, HELD)), Appointment.starts_at > to_minutes(now)
        )
        visits = list(await session.scalars(query))
        stray = await _stray(session, now)
    found = [Wrong("an update was put aside")] if put_aside is not None else []
    found += [Wrong("a time is kept for nobody", client) for client in stray]
    found += _unheard(holds, tasks)
    for visit in visits:
        found += _unsafe(visit, [hold for hold in holds if hold.client_id == visit.client_id])
    return found


async def _stray(session: AsyncSession, now: datetime) -> set[str]:
    """Clients with an occupied time of a visit that is over and cannot be taken back."""
    second = int(now.timestamp())
    kept: ColumnElement[bool] = (KeptTime.appointment_id == Appointment.id) & (KeptTime.state == "open")
    query = (
        select(Appointment.client_id)
        .join(OccupiedCell, Appointment.id == OccupiedCell.appointment_id)
        .where(
            Appointment.state.not_in((*LIVE, HELD, DONE, NO_SHOW)),
            OccupiedCell.expires_at > second,
            Appointment.keeps <= second,
            ~select(KeptTime.id).where(kept).exists(),
        )
    )
    return set(await session.scalars(query))


def _unheard(holds: list[Hold], tasks: set[str | None]) -> list[Wrong]:
    """Nobody has spoken to them, and nobody is asked to."""
    return [
        Wrong("nobody is asked to call after an urgent answer", hold.client_id)
        for hold in holds
        if hold.outcome == int(Outcome.URGENT) and hold.contact_at is None and hold.client_id not in tasks
    ]


def _unsafe(visit: Appointment, holds: list[Hold]) -> Iterator[Wrong]:
    if visit.hidden_hold:
        return  # off, out of sight
    # a time that is only held while they decide cannot be confirmed, and ends by itself
    if visit.state in (BOOKED, TENTATIVE) and any(hold.outcome == int(Outcome.URGENT) for hold in holds):
        yield Wrong(f"a {visit.state} visit stands under an urgent hold", visit.client_id)
    late = [
        hold.slot
        for hold in holds
        if hold.not_before is None or to_minutes(hold.not_before) > visit.starts_at
    ]
    if visit.state == BOOKED and not visit.provisional and visit.cleared_at is not None and late:
        yield Wrong(f"a cleared visit stands under holds: {late}", visit.client_id)
