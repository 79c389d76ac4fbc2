"""A transaction commits as a whole or leaves nothing, on both databases, and audit rows are never changed."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from config.audit import AuditRecord, record
from config.clock import Clock
from config.database import Database


async def count(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(AuditRecord))).scalar_one()


async def test_what_was_written_stays(database: Database, clock: Clock) -> None:
    async with database.transaction() as session:
        record(session, now=clock.now(), actor=None, subject=None, action="test.done")
    assert await count(database) == 1
    async with database.reading() as session:
        row = (await session.scalars(select(AuditRecord))).one()
        assert row.at == clock.now()


async def test_the_next_test_starts_empty(database: Database) -> None:
    assert await count(database) == 0


async def test_a_raise_takes_everything_back(database: Database, clock: Clock) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            record(session, now=clock.now(), actor=None, subject=None, action="test.done")
            await session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await count(database) == 0
