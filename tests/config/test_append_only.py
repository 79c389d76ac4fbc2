"""What is written once stays as it was written, whoever asks: refused by the database itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.schema import metadata
from config.append_only import PROTECTED, Protection, protect
from config.audit import record
from config.database import Database

NOW = datetime(2027, 3, 1, 7, 0, tzinfo=UTC)
ROWS = MetaData()
ANSWER = Table(
    "test_answer",
    ROWS,
    Column("id", Integer, primary_key=True),
    Column("place", Integer),
    Column("sealed", String(20)),
    Column("confirmed", Boolean),
    Column("withdrawn", Boolean),
    Column("read_at", Integer),
)


protect(
    ANSWER,
    Protection(
        always=("id",),
        columns=("place", "confirmed"),
        once=("read_at",),
        erasable=("sealed",),
        since="OLD.confirmed",
    ),
)


@pytest.fixture
async def engine(blank_database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(blank_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(ROWS.create_all)
        await connection.execute(
            ANSWER.insert(),
            [
                {"id": 1, "place": 1, "sealed": "told", "confirmed": True, "withdrawn": False},
                {"id": 2, "place": 2, "sealed": "told", "confirmed": False, "withdrawn": False},
            ],
        )
    yield engine
    await engine.dispose()


async def done(engine: AsyncEngine, statement: str) -> int:
    async with engine.begin() as connection:
        return (await connection.execute(text(statement))).rowcount


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE test_answer SET sealed = 'other' WHERE id = 1",
        "UPDATE test_answer SET place = 7 WHERE id = 1",
        "UPDATE test_answer SET place = NULL WHERE id = 1",
        "UPDATE test_answer SET confirmed = NOT confirmed WHERE id = 1",
        "UPDATE test_answer SET id = 9 WHERE id = 2",
        "DELETE FROM test_answer WHERE id = 1",
        "DELETE FROM test_answer WHERE id = 2",
        "DELETE FROM test_answer",
    ],
)
async def test_a_confirmed_answer_is_not_rewritten(engine: AsyncEngine, statement: str) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        await done(engine, statement)
    assert await done(engine, "UPDATE test_answer SET withdrawn = withdrawn WHERE sealed = 'told'") == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE test_answer SET withdrawn = NOT withdrawn WHERE id = 1",
        "UPDATE test_answer SET sealed = NULL WHERE id = 1",
        "UPDATE test_answer SET sealed = 'other', place = 7 WHERE id = 2",
        "UPDATE test_answer SET confirmed = NOT confirmed WHERE id = 2",
        "UPDATE test_answer SET read_at = 5 WHERE id = 1",
    ],
)
async def test_it_may_be_withdrawn_or_erased_and_one_in_hand_may_change(
    engine: AsyncEngine, statement: str
) -> None:
    assert await done(engine, statement) == 1


async def test_what_is_set_once_stays_set(engine: AsyncEngine) -> None:
    assert await done(engine, "UPDATE test_answer SET read_at = 5") == 2
    for value in ("6", "NULL"):
        with pytest.raises(IntegrityError, match="append-only"):
            await done(engine, f"UPDATE test_answer SET read_at = {value} WHERE id = 1")
    assert await done(engine, "UPDATE test_answer SET read_at = 6 WHERE id = 2") == 1


async def test_a_table_is_not_emptied_as_a_whole(database: Database) -> None:
    statement = "TRUNCATE audit_record"
    if database.is_sqlite:
        statement = (
            "INSERT OR REPLACE INTO audit_record (id, at, action, detail) VALUES (1, 0, 'other', '{}')"
        )
    async with database.transaction() as session:
        record(session, now=NOW, actor="a", subject="b", action="test.done")
    with pytest.raises(IntegrityError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))


def test_every_table_of_the_trail_is_protected() -> None:
    trail = {name for name, table in metadata().tables.items() if "client_id" in table.columns}
    trail |= {"audit_record", "consent", "notification", "policy_version", "policy_wording", "sign_off"}
    as_things_stand = {
        "client_health",
        "appointment",
        "task",
        "visit_note",
        "role_grant",
        "invite",
        "file_fetch",
    }
    assert trail - set(PROTECTED) == as_things_stand  # their changes are acts in the audit
