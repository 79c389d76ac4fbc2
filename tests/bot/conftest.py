"""The whole product against the simulator, over HTTP, on a real database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import structlog
from pydantic import SecretStr
from typer.testing import CliRunner
from typer.testing import Result as CliResult

from bot.app import build_house, running
from bot.cli import app, common
from bot.simulator.client import Simulator
from config.clinic import EXAMPLE, ClinicFile
from config.clock import Clock
from config.database import Database
from config.encryption import Keyring
from config.settings import Settings
from tests.bot.chat import Chat, World

ADMIN = 9001

Console = Callable[..., Awaitable[CliResult]]

# a fault of a turn is printed by its places, as `bot.logs` does: its values may be about health
structlog.configure(
    processors=[
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.fixture
def logs_put_back() -> Iterator[None]:
    """Whatever a test makes of the logs, the next one finds them as they were."""
    root = logging.getLogger()
    handlers, level, events = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**events)


@pytest.fixture
def settings(database: Database) -> Settings:
    return Settings(
        _env_file=None,
        database_url=SecretStr(database.url.render_as_string(hide_password=False)),
        admins=(ADMIN,),
    )


@pytest.fixture
async def world(
    database: Database, settings: Settings, clinic: ClinicFile, clock: Clock
) -> AsyncIterator[World]:
    """A clinic as the example file describes it, its policy signed, its bot running."""
    async with Simulator.start() as sim:
        settings.bot_token = SecretStr(sim.token)
        settings.api_url = sim.url
        house = build_house(settings, database=database, clock=clock, clinic=clinic)
        async with running(house) as app:
            await sign(app.house)
            yield World(app, sim)


async def sign(house: object) -> None:
    from bot.house import House
    from screening import sign_off

    assert isinstance(house, House)
    async with house.database.transaction() as session:
        await sign_off.sign(
            session,
            house.shipped.version,
            by_name="Eva Novak",
            by_person=None,
            now=house.clock.now(),
            kind="demo",
        )


@pytest.fixture
def console(database: Database, keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> Console:
    """The command line, on the database of the running bot: `await console("audit", "export", ...)`."""

    async def ready(_: Settings) -> Database:  # laid from the metadata, so that no migration is on record
        return Database(database.url.render_as_string(hide_password=False), keyring)

    async def run(*words: str) -> CliResult:
        return await asyncio.to_thread(CliRunner().invoke, app, list(words))

    monkeypatch.setattr(common, "ready", ready)
    monkeypatch.setenv("GENTLEHOURS_CLINIC", str(EXAMPLE))
    return run


@pytest.fixture
def chat(world: World) -> Chat:
    """Maria's phone."""
    return world.chat(1001, "Maria")


@pytest.fixture
def admin(world: World) -> Chat:
    return world.chat(ADMIN, "Eva")
