"""One door to the rows: engines for both databases, and transactions that commit in one place."""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from config.encryption import Keyring

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out. SQLite keeps no zone, so it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def new_id() -> str:
    return uuid.uuid4().hex


class Busy(Exception):
    """The database could not take a transaction now. Nothing has changed; trying again is safe."""


class Down(Exception):
    """The database takes nothing: full, read-only or broken. Nothing has changed."""


RETRY_SQLSTATES = {"40P01", "40001", "55P03"}
UNUSABLE = {"53", "57", "58", "08"}  # full, stopping, broken, away
REFUSED = {"28", "3D"}  # no such user, no such database


def classify(error: DBAPIError) -> Busy | Down | None:
    """What a failed statement means to a person: try again, nothing works, or (None) a fault of ours."""
    original: BaseException | None = error.orig
    while original is not None and not isinstance(original, sqlite3.Error) and original.__cause__ is not None:
        original = original.__cause__
    if isinstance(original, sqlite3.OperationalError):
        words = str(original)
        if "locked" in words or "busy" in words:
            return Busy("database is locked")
        if any(w in words for w in ("full", "readonly", "disk I/O", "unable to open")):
            return Down(words)
        return None
    if isinstance(original, sqlite3.DatabaseError) and "malformed" in str(original):
        return Down(str(original))
    state = getattr(original, "sqlstate", None) or getattr(error.orig, "sqlstate", None)
    if state in RETRY_SQLSTATES:
        return Busy(str(state))
    if state is not None and state[:2] in UNUSABLE:
        return Down(str(state))
    if error.connection_invalidated or isinstance(error, OperationalError):
        return Down(type(original).__name__)
    if "connection is closed" in str(original) or "connection was closed" in str(original):
        return Down("connection lost")
    return None


class Database:
    """Engines and sessions of one store.

    SQLite has one writer connection (its busy handler is unfair) and a pool of readers; PostgreSQL one pool.
    """

    def __init__(self, url: str, keyring: Keyring, *, echo: bool = False) -> None:
        self.url = make_url(url)
        self.keyring = keyring
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.engine = _sqlite_engine(url, begin="BEGIN IMMEDIATE", size=1, echo=echo)
            self._readers = _sqlite_engine(url, begin="BEGIN", size=4, echo=echo)
        else:
            self.engine = create_async_engine(
                url,
                echo=echo,
                pool_size=16,
                max_overflow=0,
                pool_timeout=30,
                pool_pre_ping=True,
                hide_parameters=True,
            )
            self._readers = self.engine
        info: dict[str, Any] = {"keyring": keyring}
        self._writing = async_sessionmaker(self.engine, expire_on_commit=False, info=info)
        self._reading = async_sessionmaker(self._readers, expire_on_commit=False, info=info)

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits on leaving and rolls back when something is raised.

        Raises: Busy, Down for what the database itself refused.
        """
        async with _translated(), self._writing() as session, session.begin():
            await _connect(session)
            yield session

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        async with _translated(), self._reading() as session:
            await _connect(session)
            yield session

    async def close(self) -> None:
        await self.engine.dispose()
        if self._readers is not self.engine:
            await self._readers.dispose()


@contextlib.asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except DBAPIError as error:
        meaning = classify(error)
        if meaning is None:
            raise
        raise meaning from error
    except (ConnectionError, TimeoutError) as error:
        raise Down(type(error).__name__) from error


async def _connect(session: AsyncSession) -> None:
    """Take a connection and begin. Raises: Busy, Down, and DBAPIError for what `_translated` knows."""
    try:
        await session.connection()
    except PoolTimeout as error:  # every connection waits for a lock that somebody else holds
        raise Busy("no connection was free in time") from error
    except OSError as error:  # the server cannot be reached, or its name is not known
        raise Down(type(error).__name__) from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state is not None and state[:2] in REFUSED:
            raise Down(str(state)) from error
        raise


def _sqlite_engine(url: str, *, begin: str, size: int, echo: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        echo=echo,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"timeout": 5},
        hide_parameters=True,  # an error names no row's values: a name, say
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000",
            "secure_delete=ON",  # an erased key is overwritten, not only let go
            "recursive_triggers=ON",  # or INSERT OR REPLACE takes a row away past its triggers
        ):  # fmt: skip
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def start(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine
