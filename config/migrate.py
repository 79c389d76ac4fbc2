"""Brings a database to this program's schema, or says in a sentence why it does not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from config.append_only import of_new_tables
from config.database import classify

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 0x67656E746C65  # one migration at a time on a PostgreSQL server's database
PATIENCE_MS = 5000
# Rebuilding a table drops the old one, which with foreign keys on would empty those that point to it.
PRAGMAS = ("foreign_keys=OFF", "synchronous=FULL")


class State(StrEnum):
    EMPTY = "empty"
    OLD = "old"
    CURRENT = "current"
    NEWER = "newer"  # made by a later version of the program
    FOREIGN = "foreign"  # has tables, but not ours


class BadSchema(Exception):
    """The database cannot be used as it is; the sentence says what to do."""


SENTENCES = {
    State.EMPTY: "The database is empty. Run `gentlehours migrate` to lay its tables.",
    State.OLD: "The database is older than this program. Make a backup, then run `gentlehours migrate`.",
    State.NEWER: "The database is newer than this program. Install the version that was used last, or a later"
    " one; nothing was changed.",
    State.FOREIGN: "The database has tables of another program. Name an empty one in"
    " GENTLEHOURS_DATABASE_URL; nothing was changed.",
}


def head() -> str | None:
    """The revision this program is written for; None as long as there is no migration."""
    return ScriptDirectory.from_config(_config()).get_current_head()


async def current(url: str) -> str | None:
    """The revision of a database; None if it has none. Raises: Busy, Down, BadSchema."""
    if _no_file(url):
        return None
    async with _connected(url) as connection:
        return await connection.run_sync(_revision)


async def state(url: str) -> State:
    """How a database stands to this program. Raises: Busy, Down, BadSchema."""
    if _no_file(url):
        return State.EMPTY
    async with _connected(url) as connection:
        return await connection.run_sync(_state)


async def require_current(url: str) -> None:
    """Raises: BadSchema with what to do, unless the schema is this program's; Busy, Down."""
    found = await state(url)
    if found is not State.CURRENT:
        raise BadSchema(SENTENCES[found])


async def upgrade(url: str, metadata: MetaData | None = None) -> State:
    """Bring the schema to `head` in one transaction; returns how the database stood before.

    Makes a SQLite file that does not exist, readable by this user alone.
    Raises: BadSchema for a newer or foreign database; Busy, Down.
    """
    _make_file(url)
    async with _connected(url, begin="BEGIN IMMEDIATE") as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = await connection.run_sync(_state)
        if before in {State.NEWER, State.FOREIGN}:
            raise BadSchema(SENTENCES[before])
        if before is not State.CURRENT:
            await connection.run_sync(_upgrade, metadata)
            await connection.commit()
    return before


async def write_revision(url: str, metadata: MetaData, message: str) -> Path:
    """A new file in the chain: what the metadata has and a database at `head` has not."""
    scripts = ScriptDirectory.from_config(_config())
    number = f"{len(list(scripts.walk_revisions())) + 1:04}"

    def write(connection: Connection) -> Path:
        config = _config(connection, metadata)
        config.attributes["triggers"] = of_new_tables(metadata, set(inspect(connection).get_table_names()))
        script: Any = command.revision(config, message, autogenerate=True, rev_id=number)
        return Path(script.path)

    async with _connected(url) as connection:
        return await connection.run_sync(write)


def _config(connection: Connection | None = None, metadata: MetaData | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _state(connection: Connection) -> State:
    found = _revision(connection)
    if found is None:
        tables = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return State.FOREIGN if tables else State.EMPTY
    if found == head():
        return State.CURRENT
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return State.OLD if found in known else State.NEWER


def _upgrade(connection: Connection, metadata: MetaData | None) -> None:
    command.upgrade(_config(connection, metadata), "head")
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise BadSchema(f"A row of {broken[0]} points nowhere; nothing was changed. Restore a backup.")


@contextlib.asynccontextmanager
async def _connected(url: str, begin: str = "BEGIN") -> AsyncIterator[AsyncConnection]:
    address = make_url(url)
    engine = create_async_engine(url, poolclass=NullPool)
    if address.get_backend_name() == "sqlite":

        @event.listens_for(engine.sync_engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            cursor = connection.cursor()
            for pragma in (f"busy_timeout={PATIENCE_MS}", *PRAGMAS):
                cursor.execute(f"PRAGMA {pragma}")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def start(connection: Any) -> None:
            connection.exec_driver_sql(begin)

    try:
        async with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        meaning = classify(error)
        if meaning is not None:
            raise meaning from error
        raise BadSchema(f"The database {_name(url)} cannot be used: {_reason(error.orig)}.") from error
    except OSError as error:
        raise BadSchema(f"The database {_name(url)} cannot be reached: {_reason(error)}.") from error
    finally:
        await engine.dispose()


def _name(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True).partition("://")[2]


def _reason(error: BaseException | None) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def _no_file(url: str) -> bool:
    address = make_url(url)
    return address.get_backend_name() == "sqlite" and not Path(address.database or "").exists()


def _make_file(url: str) -> None:
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return
    path = Path(address.database)
    with contextlib.suppress(OSError):  # opening it tells what is wrong
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
