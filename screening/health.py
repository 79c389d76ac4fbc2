"""What is known of a client between interviews: conditions, facts, when they last answered in full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from config.encryption import seal, unseal
from screening.tables import ClientHealth


@dataclass
class Health:
    """`conditions` None: P0 is open, so every row applies. `named`: the condition of first contact."""

    client_id: str
    conditions: frozenset[str] | None = None
    named: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    ok_said: bool = False
    best_time: str | None = None
    profile_at: datetime | None = None
    full_at: datetime | None = None
    last_session_at: datetime | None = None
    profile_due: bool = True


def _place(client_id: str) -> str:
    return f"client_health.sealed:{client_id}"


async def load(session: AsyncSession, client_id: str) -> Health:
    """What is on file; an empty record for somebody who never started, or was erased."""
    row = await session.get(ClientHealth, client_id)
    health = Health(client_id)
    if row is None:
        return health
    health.profile_at, health.full_at = row.profile_at, row.full_at
    health.last_session_at, health.profile_due = row.last_session_at, row.profile_due
    if row.sealed is not None:
        told = await unseal(session, client_id, _place(client_id), row.sealed)
        health.conditions = None if told["conditions"] is None else frozenset(told["conditions"])
        health.named = frozenset(told["named"])
        health.noted = frozenset(told["noted"])
        health.ok_said = told["ok_said"]
        health.best_time = told["best_time"]
    return health


async def save(session: AsyncSession, health: Health, now: datetime) -> None:
    row = await session.get(ClientHealth, health.client_id)
    if row is None:
        row = ClientHealth(client_id=health.client_id, started_at=now)
        session.add(row)
    told = {
        "conditions": None if health.conditions is None else sorted(health.conditions),
        "named": sorted(health.named),
        "noted": sorted(health.noted),
        "ok_said": health.ok_said,
        "best_time": health.best_time,
    }
    row.sealed = await seal(session, health.client_id, _place(health.client_id), told)
    row.profile_at, row.full_at = health.profile_at, health.full_at
    row.last_session_at, row.profile_due = health.last_session_at, health.profile_due
    await session.flush()


async def note_session(session: AsyncSession, client_id: str, at: datetime) -> None:
    """A session took place at `at`: after 90 days without one the full screen is due again (rule 10)."""
    row = await session.get(ClientHealth, client_id)
    if row is not None and (row.last_session_at is None or row.last_session_at < at):
        row.last_session_at = at
        await session.flush()
