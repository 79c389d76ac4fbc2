"""The chain of migrations leads to the tables of the code; other databases are told apart in a sentence."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, make_url, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import create_async_engine

from bot.schema import TABLES
from config.audit import AuditRecord, record
from config.clock import Clock
from config.database import Busy, Database, Down
from config.migrate import BadSchema, State, current, head, require_current, state, upgrade
from tests import tables


def schema(connection: Connection) -> dict[str, list[str]]:
    """All that a database knows of its tables, in lines that can be compared."""
    found = inspect(connection)
    out: dict[str, list[str]] = {}
    for table in sorted(set(found.get_table_names()) - {"alembic_version"}):
        lines = [
            f"{c['name']} {c['type']!r} {c['nullable']} {c['default']}" for c in found.get_columns(table)
        ]
        lines.append(f"key {found.get_pk_constraint(table)}")
        lines += [f"unique {u['name']} {u['column_names']}" for u in found.get_unique_constraints(table)]
        lines += [f"check {c['name']} {c['sqltext']}" for c in found.get_check_constraints(table)]
        lines += [
            f"points {f['name']} {f['constrained_columns']} {f['referred_table']} {f['options']}"
            for f in found.get_foreign_keys(table)
        ]
        lines += [
            f"index {i['name']} {i['column_names']} {i['unique']}"
            f" {[str(option) for option in i.get('dialect_options', {}).values()]}"
            for i in found.get_indexes(table)
        ]
        out[table] = sorted(lines)
    if connection.dialect.name == "sqlite":
        triggers = "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        triggers = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    out["triggers"] = sorted(connection.execute(text(triggers)).scalars())
    return out


async def schema_of(url: str) -> dict[str, list[str]]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = await connection.run_sync(schema)
    await engine.dispose()
    return found


async def execute(url: str, *statements: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def test_the_list_of_table_modules_is_whole() -> None:
    assert sorted(TABLES) == sorted(tables.modules())


async def test_the_chain_ends_at_the_tables_of_the_code(blank_database_url: str, database_url: str) -> None:
    await upgrade(blank_database_url)
    assert await schema_of(blank_database_url) == await schema_of(database_url)


async def test_an_empty_database_is_filled_once(blank_database_url: str) -> None:
    assert await state(blank_database_url) is State.EMPTY
    with pytest.raises(BadSchema, match="gentlehours migrate"):
        await require_current(blank_database_url)
    assert await upgrade(blank_database_url) is State.EMPTY
    assert await current(blank_database_url) == head()
    await require_current(blank_database_url)
    assert await upgrade(blank_database_url) is State.CURRENT


async def test_a_newer_database_is_left_alone(blank_database_url: str) -> None:
    await upgrade(blank_database_url)
    await execute(blank_database_url, "UPDATE alembic_version SET version_num = '9999'")
    before = await schema_of(blank_database_url)
    assert await state(blank_database_url) is State.NEWER
    for ask in (require_current, upgrade):
        with pytest.raises(BadSchema, match="newer than this program"):
            await ask(blank_database_url)
    assert await schema_of(blank_database_url) == before
    assert await current(blank_database_url) == "9999"


async def test_an_older_database_is_told_apart(
    blank_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await upgrade(blank_database_url)
    monkeypatch.setattr("config.migrate.head", lambda: "0000-of-tomorrow")
    assert await state(blank_database_url) is State.OLD
    with pytest.raises(BadSchema, match="older than this program.*gentlehours migrate"):
        await require_current(blank_database_url)


async def test_the_tables_of_another_program_are_left_alone(blank_database_url: str) -> None:
    await execute(blank_database_url, "CREATE TABLE wp_posts (id integer)")
    with pytest.raises(BadSchema, match="another program"):
        await upgrade(blank_database_url)
    assert list(await schema_of(blank_database_url)) == ["wp_posts", "triggers"]


async def test_what_was_done_cannot_be_rewritten(database: Database, clock: Clock) -> None:
    async with database.transaction() as session:
        record(session, now=clock.now(), actor="a", subject="b", action="test.done")
    for statement in ("UPDATE audit_record SET action = 'other'", "DELETE FROM audit_record"):
        with pytest.raises(IntegrityError, match="append-only"):
            await _run(database, statement)
    async with database.reading() as session:
        assert (await session.get_one(AuditRecord, 1)).action == "test.done"


async def _run(database: Database, statement: str) -> None:
    async with database.transaction() as session:
        await session.execute(text(statement))


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_new_file_is_for_this_user_alone(blank_database_url: str) -> None:
    path = Path(make_url(blank_database_url).database or "")
    deeper = path.parent / "new folder" / "clinic.db"
    await upgrade(f"sqlite+aiosqlite:///{deeper}")
    assert deeper.stat().st_mode & 0o777 == 0o600
    assert deeper.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_looking_makes_no_file(blank_database_url: str) -> None:
    assert await state(blank_database_url) is State.EMPTY
    assert await current(blank_database_url) is None
    assert not Path(make_url(blank_database_url).database or "").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_locked_file_is_busy_and_left_alone(
    blank_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.migrate.PATIENCE_MS", 50)
    path = make_url(blank_database_url).database or ""
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            await upgrade(blank_database_url)
        other.execute("ROLLBACK")
    other.close()
    assert await state(blank_database_url) is State.EMPTY


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_full_file_takes_no_half(blank_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.migrate.PRAGMAS", ("max_page_count=20", "foreign_keys=OFF"))
    with pytest.raises(Down, match="full"):
        await upgrade(blank_database_url)
    monkeypatch.undo()
    assert await state(blank_database_url) is State.EMPTY


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
async def test_a_file_that_is_no_database(blank_database_url: str) -> None:
    Path(make_url(blank_database_url).database or "").write_text("Dear diary, " * 100)
    with pytest.raises(BadSchema, match="cannot be used: file is not a database"):
        await state(blank_database_url)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"database": "no_such"}, 'database "no_such" does not exist'),
        ({"username": "nobody_here"}, "nobody_here"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "cannot be reached"),
    ],
)
async def test_an_address_that_leads_nowhere(
    blank_database_url: str, change: dict[str, object], sentence: str
) -> None:
    url = make_url(blank_database_url).set(**change)  # type: ignore[arg-type]
    with pytest.raises(BadSchema, match=sentence) as caught:
        await state(url.render_as_string(hide_password=False))
    assert "Traceback" not in str(caught.value)


async def test_two_at_once_migrate_once(blank_database_url: str) -> None:
    before = await asyncio.gather(upgrade(blank_database_url), upgrade(blank_database_url))
    assert sorted(before) == [State.CURRENT, State.EMPTY]
