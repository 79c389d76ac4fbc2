"""Reads the doctor's OKs of a client, as the rules and the lifts want them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.encryption import seal, unseal
from screening.lifts import AcceptedOk
from screening.questionnaire import Letter, Ok
from screening.tables import Clearance

ACCEPTED, PENDING, REFUSED, VOID = "accepted", "pending", "refused", "void"
LETTER = "letter"
"""The kind of an OK that a doctor wrote, as a file or on paper; the other is "self", told by the client."""
NO_EVENTS: Mapping[str, date] = MappingProxyType({})


@dataclass(frozen=True)
class OkView:
    """One OK, opened. Days are clinic days; `given_on` None: told without a day ("in the last 12 months").

    `codes`: the findings that it names; `events`: of those that began on a day, that day at the latest.
    """

    id: str
    client_id: str
    kind: str
    state: str
    who: str
    limits: str
    codes: frozenset[str]
    events: Mapping[str, date]
    given_on: date | None
    covers_until: date | None
    until: date | None
    submitted_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None
    voided_at: datetime | None


def _place(row_id: str) -> str:
    return f"clearance.sealed:{row_id}"


async def write(
    session: AsyncSession,
    row: Clearance,
    *,
    who: str,
    limits: str,
    codes: frozenset[str] = frozenset(),
    events: Mapping[str, date] = NO_EVENTS,
    covers_until: date | None = None,
) -> None:
    told = {
        "who": who,
        "limits": limits,
        "codes": sorted(codes),
        "events": {code: events[code].isoformat() for code in sorted(events)},
        "covers_until": None if covers_until is None else covers_until.isoformat(),
    }
    row.sealed = await seal(session, row.client_id, _place(row.id), told)


async def view(session: AsyncSession, row: Clearance) -> OkView | None:
    """None when the client was erased."""
    if row.sealed is None:
        return None
    told = await unseal(session, row.client_id, _place(row.id), row.sealed)
    covers = told["covers_until"]
    return OkView(
        id=row.id,
        client_id=row.client_id,
        kind=row.kind,
        state=row.state,
        who=told["who"],
        limits=told["limits"],
        codes=frozenset(told["codes"]),
        events={code: date.fromisoformat(day) for code, day in told["events"].items()},
        given_on=row.given_on,
        covers_until=None if covers is None else date.fromisoformat(covers),
        until=row.until,
        submitted_at=row.submitted_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        reason=row.reason,
        voided_at=row.voided_at,
    )


async def of_client(session: AsyncSession, client_id: str, *states: str) -> tuple[OkView, ...]:
    """The OKs of a client in these states (all when none is named), newest first."""
    query = select(Clearance).where(Clearance.client_id == client_id)
    if states:
        query = query.where(Clearance.state.in_(states))
    rows = await session.scalars(query.order_by(Clearance.submitted_at.desc(), Clearance.id))
    return tuple([ok for row in rows.all() if (ok := await view(session, row)) is not None])


async def accepted(session: AsyncSession, client_id: str) -> tuple[AcceptedOk, ...]:
    """Every OK that stands, run out or not, as evidence for a lift."""
    return tuple(
        AcceptedOk(ok.kind, ok.given_on, ok.until, ok.codes)
        for ok in await of_client(session, client_id, ACCEPTED)
        if ok.until is not None
    )


async def facts(session: AsyncSession, client_id: str) -> tuple[Ok | None, tuple[Letter, ...]]:
    """The general OK that reaches furthest (voided, if none stands), and the letters by what they name."""
    found = await of_client(session, client_id, ACCEPTED, VOID)
    stand = [ok for ok in found if ok.state == ACCEPTED and ok.until is not None]
    letters = tuple(
        Letter(code, ok.given_on, ok.until, ok.events.get(code))
        for ok in stand
        if ok.kind == LETTER and ok.given_on is not None and ok.until is not None
        for code in sorted(ok.codes)
    )
    best = max(stand, key=lambda ok: ok.until or date.min, default=None)
    if best is None:
        best = next((ok for ok in found if ok.state == VOID and ok.until is not None), None)
    if best is None or best.until is None:
        return None, letters
    return Ok(best.given_on, best.until, best.state == VOID, best.covers_until), letters
