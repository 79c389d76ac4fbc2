"""`run` and `migrate`: the real bot, in one process."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import structlog
import typer

from bot import logs
from bot.app import build_house, running
from bot.cli.common import SENTENCES, do, plainly, ready, settings_and_clinic
from bot.house import House
from bot.schema import metadata
from config import migrate as schema
from config.settings import load_settings
from screening import sign_off

log = structlog.get_logger()


def run() -> None:
    """Run the bot by long polling until Ctrl-C or SIGTERM."""
    logs.set_up()
    with plainly():
        try:
            asyncio.run(_run())
        except SENTENCES:
            raise
        except Exception as error:  # its words may be about a person: only its place is shown
            log.error("ended_by_a_fault", error=type(error).__name__, exc_info=error)
            raise typer.Exit(1) from None


async def _run() -> None:
    settings, clinic = settings_and_clinic()
    settings.token()
    database = await ready(settings)
    house = build_house(settings, database=database, clinic=clinic)
    stopped, started = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
            break
    serving = asyncio.create_task(_serve(house, started, stopped))
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not started.is_set() and not serving.done():
        serving.cancel()  # a server that does not answer would keep the start waiting
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    log.info("stopped")


async def _serve(house: House, started: asyncio.Event, stopped: asyncio.Event) -> None:
    async with running(house) as app:
        async with house.database.reading() as session:
            signed = (await sign_off.status(session)).in_force
            kept_up = signed is None or await sign_off.accepted(session, house.policy)
        log.info(
            "running",
            bot=house.bot_name,
            clinic=house.clinic.clinic.name,
            policy=signed.version if signed else "not signed: nobody can book until a lead signs it",
        )
        if not kept_up:
            rules = len(sign_off.laxer(house.policy))
            log.warning("policy_laxer_than_what_ships", rules=rules, change="a lead signs the newer version")
        if not house.settings.admins:
            log.warning("no_admins", change="set GENTLEHOURS_ADMINS to your Telegram id")
        started.set()
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, app.poll_task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if app.poll_task.done():
            app.poll_task.result()  # its sentence, if it ended by itself
        log.info("stopping")


def migrate() -> None:
    """Bring the database to this program's schema."""
    do(_migrate())


async def _migrate() -> None:
    settings = load_settings()
    if settings.is_sqlite:
        settings.keyring()  # made with the file: a database without its keys is refused later
    before = await schema.upgrade(settings.database_url.get_secret_value(), metadata())
    words = "The database was already as it should be." if before == schema.State.CURRENT else "Done."
    typer.echo(words)
