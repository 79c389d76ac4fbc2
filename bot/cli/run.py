"""`run` and `migrate`: the real bot, in one process."""

from __future__ import annotations

import asyncio
import signal

import structlog
import typer

from bot import logs
from bot.app import build_house, running
from bot.cli.common import do, plainly, ready, settings_and_clinic
from bot.schema import metadata
from config import migrate as schema
from config.settings import load_settings
from screening import sign_off

log = structlog.get_logger()


def run() -> None:
    """Run the bot by long polling until Ctrl-C or SIGTERM."""
    logs.set_up()
    with plainly():
        asyncio.run(_run())


async def _run() -> None:
    settings, clinic = settings_and_clinic()
    settings.token()
    database = await ready(settings)
    house = build_house(settings, database=database, clinic=clinic)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped.set)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
            break
    async with running(house) as app:
        async with house.database.reading() as session:
            signed = (await sign_off.status(session)).in_force
        log.info(
            "running",
            bot=house.bot_name,
            clinic=clinic.clinic.name,
            policy=signed.version if signed else "not signed: nobody can book until a lead signs it",
        )
        if not settings.admins:
            log.warning("no_admins", change="set GENTLEHOURS_ADMINS to your Telegram id")
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, app.poll_task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if app.poll_task.done():
            app.poll_task.result()  # its sentence, if it ended by itself
        log.info("stopping")
    log.info("stopped")


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
