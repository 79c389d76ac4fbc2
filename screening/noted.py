"""Facts that no card asks for: told to a person of the clinic, who notes them by name and takes them back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from config.encryption import seal, unseal
from screening import health
from screening.holds import NotAllowed
from screening.tables import NotedFact

LEAD, STAFF = "lead", "staff"
HELPER = "helper_answers"
"""Somebody else taps for the client, so that what they tap lowers nothing."""


@dataclass(frozen=True, slots=True)
class Fact:
    """`by`: who may note it; `of`: conditions that it is about, one is enough, empty for everybody."""

    by: str
    of: frozenset[str] = frozenset()


FACTS: dict[str, Fact] = {
    "no_sugar_testing": Fact(LEAD, frozenset({"diabetes"})),
    "no_insulin": Fact(STAFF, frozenset({"diabetes"})),
    "numb_feet_no": Fact(STAFF, frozenset({"neuropathy"})),
    "no_dysreflexia": Fact(STAFF, frozenset({"spinal_cord"})),
    HELPER: Fact(STAFF),
}
ENDS = {"numb_feet_no": frozenset({"numb_feet"})}
"""What a fact takes off the file; what only follows from another condition comes again without it."""
LONGEST = 300


@dataclass(frozen=True, slots=True)
class Noted:
    """How a fact stands: noted, or taken back. `by` None: the client said so in the chat."""

    fact: str
    given: bool
    why: str
    by: str | None
    at: datetime


async def fitting(session: AsyncSession, client_id: str) -> tuple[str, ...]:
    """The facts that can be about this client; all of them while the conditions are not known."""
    known = await health.load(session, client_id)
    there = known.conditions
    return tuple(name for name, fact in FACTS.items() if there is None or not fact.of or fact.of & there)


async def state(session: AsyncSession, client_id: str) -> dict[str, Noted]:
    """The newest word about each fact that was ever noted."""
    rows = await session.scalars(
        select(NotedFact).where(NotedFact.client_id == client_id).order_by(NotedFact.seq)
    )
    found: dict[str, Noted] = {}
    for row in rows.all():
        if row.sealed is not None:
            told = await unseal(session, client_id, _place(row.id), row.sealed)
            found[told["fact"]] = Noted(told["fact"], row.given, told["why"], row.by, row.at)
    return found


async def note(
    session: AsyncSession,
    client_id: str,
    fact: str,
    *,
    given: bool,
    why: str,
    by: str | None,
    roles: Collection[str],
    now: datetime,
) -> bool:
    """Note a fact, or take it back; it counts from the next round on. False if it stands so already.

    `by` None: the client, who may say so of `HELPER` alone. That a therapist treats this client is the
    caller's check. Raises: KeyError for a fact that is not there, NotAllowed, ValueError without a why.
    """
    if FACTS[fact].by == LEAD and "lead" not in roles:
        raise NotAllowed(LEAD)
    if by is None and fact != HELPER:
        raise NotAllowed(STAFF)
    if not why.strip():
        raise ValueError("a noted fact says why")
    known = await health.load(session, client_id)
    if (fact in known.noted) is given:
        return False
    known.noted = known.noted | {fact} if given else known.noted - {fact}
    if given and known.conditions is not None:
        known.conditions -= ENDS.get(fact, frozenset())
    await health.save(session, known, now)
    before = await session.scalar(select(func.count()).where(NotedFact.client_id == client_id))
    row = NotedFact(id=new_id(), client_id=client_id, seq=before or 0, given=given, at=now, by=by)
    row.sealed = await seal(session, client_id, _place(row.id), {"fact": fact, "why": why[:LONGEST]})
    session.add(row)
    act = "fact.noted" if given else "fact.taken_back"
    audit.record(session, now=now, actor=by or client_id, subject=client_id, action=act, thing=row.id)
    await session.flush()
    return True


def _place(row_id: str) -> str:
    return f"noted_fact.sealed:{row_id}"


async def answers_for(session: AsyncSession, client_id: str) -> str:
    """Who taps in the client's chat: "client" or "helper"."""
    return "helper" if HELPER in (await health.load(session, client_id)).noted else "client"
