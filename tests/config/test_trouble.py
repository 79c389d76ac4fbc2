"""A store that is held, full, away or cut off says so: nothing is half written, and trying again is safe."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from config.audit import AuditRecord, record
from config.clock import Clock
from config.database import Busy, Database, Down
from config.encryption import Keyring, Unreadable, destroy_key, seal, unseal

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgres = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


async def write(database: Database, clock: Clock, times: int = 1) -> None:
    async with database.transaction() as session:
        for _ in range(times):
            record(
                session,
                now=clock.now(),
                actor=None,
                subject=None,
                action="test.done",
                detail={"x": "x" * 3000},
            )


@contextlib.contextmanager
def impatient(database: Database) -> Iterator[None]:
    """Whoever wants a connection waits for a fifth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database.engine.sync_engine.pool, "_timeout", 0.2)
        yield


async def count(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count()).select_from(AuditRecord))).scalar_one()


@on_sqlite
async def test_a_store_held_by_another_program_is_busy(database: Database, clock: Clock) -> None:
    """Also for the one that waits behind it for the only connection that writes."""
    await write(database, clock)
    async with database.engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout=500"))
    held = sqlite3.connect(str(database.url.database), isolation_level=None)
    held.execute("BEGIN IMMEDIATE")
    with impatient(database):
        results = await asyncio.gather(*(write(database, clock) for _ in range(3)), return_exceptions=True)
    assert {type(one) for one in results} == {Busy}
    assert await count(database) == 1  # reading goes on
    held.execute("ROLLBACK")
    held.close()
    await write(database, clock)
    assert await count(database) == 2


@on_sqlite
async def test_a_full_disk(database: Database, clock: Clock) -> None:
    await write(database, clock)
    async with database.engine.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages + 2}"))
    with pytest.raises(Down, match="full"):
        await write(database, clock, times=20)
    assert await count(database) == 1


@on_postgres
async def test_a_connection_that_is_cut_in_the_middle(database: Database, clock: Clock) -> None:
    async def cut_off() -> None:
        async with database.transaction() as session:
            record(session, now=clock.now(), actor=None, subject=None, action="test.done")
            await session.flush()
            pid = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with database.transaction() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await asyncio.sleep(0.1)
            await session.execute(text("SELECT 1"))

    with pytest.raises(Down):
        await cut_off()
    assert await count(database) == 0
    await write(database, clock)
    assert await count(database) == 1


@on_postgres
@pytest.mark.parametrize(
    "change", [{"host": "no-such-host.invalid"}, {"host": "127.0.0.1", "port": 9}, {"database": "no_such"}]
)
async def test_a_server_that_cannot_be_reached(
    database_url: str, keyring: Keyring, clock: Clock, change: dict[str, object]
) -> None:
    """While it restarts, say: nothing of it counts as a fault of the update that is tried."""
    url = make_url(database_url)
    if "host" in change:
        url = url.set(query={})
    away = Database(url.set(**change).render_as_string(hide_password=False), keyring)  # type: ignore[arg-type]
    with pytest.raises(Down):
        await write(away, clock)
    with pytest.raises(Down):
        await count(away)
    await away.close()


@on_postgres
async def test_no_connection_left(database: Database, clock: Clock) -> None:
    gate, inside = asyncio.Event(), []

    async def hold() -> None:
        async with database.transaction() as session:
            inside.append(session)
            await gate.wait()

    held = [asyncio.create_task(hold()) for _ in range(16)]
    while len(inside) < 16:
        await asyncio.sleep(0.02)
    with impatient(database), pytest.raises(Busy):
        await write(database, clock)
    gate.set()
    await asyncio.gather(*held)
    await write(database, clock)


async def test_an_error_names_no_value(database: Database) -> None:
    with pytest.raises(Exception) as raised:  # noqa: PT011  the kind is the driver's
        async with database.transaction() as session:
            await session.execute(text("INSERT INTO no_such_table VALUES (:v)"), {"v": "Maria Weber"})
    assert "Maria" not in str(raised.value)


@on_sqlite
async def test_an_erased_key_is_overwritten(database: Database) -> None:
    """Its bytes stand neither in the file nor in what has not yet been written into it."""
    async with database.transaction() as session:
        sealed = await seal(session, "p1", "x:1", "fever")
        wrapped = (
            await session.execute(text("SELECT wrapped FROM person_key WHERE owner='p1'"))
        ).scalar_one()
    async with database.transaction() as session:
        await destroy_key(session, "p1")
    async with database.reading() as session:
        with pytest.raises(Unreadable):
            await unseal(session, "p1", "x:1", sealed)
    path = str(database.url.database)
    await database.close()
    assert wrapped not in open(path, "rb").read()  # noqa: SIM115, ASYNC230, PTH123
