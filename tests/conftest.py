"""What every test stands on: an empty database of each kind, a clock that stands still, keys, a clinic."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tracemalloc  # noqa: F401  pytest would load it amid a garbage collection, and meet it half loaded
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from config.clinic import EXAMPLE, ClinicFile, load_clinic
from config.clock import Clock
from config.database import Base, Database
from config.encryption import Keyring
from tests import databases, tables

MONDAY_8 = datetime(2027, 3, 1, 8, 0, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
IN_CI = os.environ.get("CI", "").lower() in {"true", "1"}
NO_BROWSER = "Browser tests left out: install Chromium and its driver (Debian: chromium chromium-driver)"


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[databases.RUN] = str(databases.open_run())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.close_run(Path(os.environ.pop(databases.RUN)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = {
        str(report.longrepr[2]).removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    }
    for line in sorted(reasons & {databases.HOW, NO_BROWSER}):
        terminalreporter.write_line(line)


def _without(what: str) -> None:
    if IN_CI:
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


@pytest.fixture(autouse=True)
def no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, run_folder: Path) -> None:
    for name in list(os.environ):
        if name.startswith("GENTLEHOURS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(run_folder / "home"))


@pytest.fixture(scope="session")
def run_folder() -> Path:
    return Path(os.environ[databases.RUN])


@pytest.fixture
def clock() -> Clock:
    """Stands at Monday 1 March 2027, 8:00 in Berlin, until a test moves it."""
    return Clock(read=lambda: MONDAY_8)


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.parse(Keyring.new_key("k1"))


@pytest.fixture(scope="session")
def clinic() -> ClinicFile:
    return load_clinic(EXAMPLE)


@pytest.fixture(scope="session")
def sqlite_template(run_folder: Path, worker_id: str) -> Path:
    tables.load()
    path = run_folder / f"template-{worker_id}.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> str:
    """A server on which databases may be made."""
    try:
        return databases.server(run_folder).render_as_string(hide_password=False)
    except databases.NoPostgres as error:
        _without(str(error))
        raise


@pytest.fixture(scope="session")
def postgres_of_worker(postgres_server: str, worker_id: str) -> Iterator[str]:
    tables.load()
    server = make_url(postgres_server)
    url = databases.wait_for(databases.create(server, f"{worker_id}_"))

    async def fill() -> None:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await engine.dispose()

    databases.wait_for(fill())
    yield url.render_as_string(hide_password=False)
    databases.wait_for(databases.drop(url, server))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """A test that needs one kind only says so: parametrize("database_kind", ["sqlite"], indirect=True)."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(
    database_kind: str, request: pytest.FixtureRequest, run_folder: Path, worker_id: str
) -> Iterator[str]:
    """The address of a database with all tables and no row."""
    if database_kind == "postgresql":
        url: str = request.getfixturevalue("postgres_of_worker")
        databases.wait_for(databases.empty(make_url(url)))
        yield url
        return
    folder = run_folder / f"sqlite-{worker_id}"
    folder.mkdir()
    shutil.copy(request.getfixturevalue("sqlite_template"), folder / "test.db")
    yield f"sqlite+aiosqlite:///{folder / 'test.db'}"
    shutil.rmtree(folder)


@pytest.fixture
def blank_database_url(
    database_kind: str, request: pytest.FixtureRequest, run_folder: Path, worker_id: str
) -> Iterator[str]:
    """The address of a database without a table, for migrations."""
    if database_kind == "postgresql":
        server = make_url(request.getfixturevalue("postgres_server"))
        url = databases.wait_for(databases.create(server, "blank_"))
        yield url.render_as_string(hide_password=False)
        databases.wait_for(databases.drop(url, server))
        return
    folder = run_folder / f"blank-{worker_id}"
    folder.mkdir()
    yield f"sqlite+aiosqlite:///{folder / 'blank.db'}"
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def stores() -> dict[str, Database]:
    """The stores of this worker by their address: an engine keeps the statements that it has compiled."""
    return {}


@pytest.fixture
async def database(
    database_url: str, keyring: Keyring, stores: dict[str, Database]
) -> AsyncIterator[Database]:
    """An empty store with all tables; every test that asks for it runs on SQLite and on PostgreSQL."""
    if database_url not in stores:
        stores[database_url] = Database(database_url, keyring)
    yield stores[database_url]
    await stores[database_url].close()  # its connections; the next test opens its own


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """Paths of Debian's Chromium and its driver."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        _without(NO_BROWSER)
    assert browser is not None
    assert driver is not None
    return browser, driver
