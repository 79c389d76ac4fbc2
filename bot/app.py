"""The composition root: settings become a running bot here, and only here."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx
import structlog
from telegram import Bot
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import laxer_policy
from bot.delivery.drawing import Drawer
from bot.delivery.outbox import Outbox
from bot.delivery.polling import Polling
from bot.delivery.ticks import Ticks
from bot.delivery.worker import Worker
from bot.house import House
from bot.menu import build_menu
from bot.profile import introduce
from bot.router import Router
from bot.texts import Catalogue
from bot.view.send import Sender
from config.clinic import ClinicFile, load_clinic
from config.clock import Clock
from config.database import Database
from config.settings import BadSettings, Settings
from screening import lexicon_file
from screening.files import in_folder, shipped
from screening.lexicon import Lexicon
from screening.policy import Policy, load

log = structlog.get_logger()

STOPS_IN = 3.0  # seconds for turns and messages that have begun


@functools.cache
def load_lexicons() -> Mapping[str, Lexicon]:
    """The lexicon of each language; read once a process, like policy and catalogue, as none changes."""
    folder = files("config.policy") / "lexicon"
    texts = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.is_file()}
    languages = (name.removesuffix(".toml") for name in texts if name.endswith(".toml"))
    return {
        language: lexicon_file.parse(texts[f"{language}.toml"], texts.get(f"{language}.weights.tsv", ""))
        for language in languages
    }


@functools.cache
def load_policy() -> Policy:
    """The policy that ships."""
    return load(shipped())


@functools.cache
def load_catalogue() -> Catalogue:
    """All words that ship."""
    return Catalogue.load()


def own_policy(folder: Path | None) -> Policy:
    """The policy in a clinic's folder; without one the policy that ships. Raises: PolicyError."""
    return load_policy() if folder is None else load(in_folder(folder))


def own_catalogue(folder: Path | None) -> Catalogue:
    """All words, with those in a clinic's folder. Raises: TextsError."""
    return load_catalogue() if folder is None else Catalogue.load(own=folder)


def build_house(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    clinic: ClinicFile | None = None,
    catalogue: Catalogue | None = None,
    demo: bool = False,
) -> House:
    """Everything joined, nothing started. Raises: BadSettings, BadClinicFile, PolicyError."""
    return House(
        settings=settings,
        clinic=clinic or load_clinic(settings.clinic),
        database=database or Database(settings.database_url.get_secret_value(), settings.keyring()),
        clock=clock or Clock(),
        catalogue=catalogue or own_catalogue(settings.policy),
        lexicons=load_lexicons(),
        shipped=load_policy(),
        local=own_policy(settings.policy),
        menu=build_menu(),
        demo=demo,
    )


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Whom the bot trusts to say that a server is who it says. Read once a process: it takes its time."""
    return httpx.create_ssl_context()


def make_bot(settings: Settings) -> Bot:
    """A bot that speaks to the server named in the settings, Telegram's or any other."""
    secure = {"verify": _authorities()}
    return Bot(
        settings.token(),
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=HTTPXRequest(
            connection_pool_size=64, connect_timeout=5, read_timeout=10, pool_timeout=5, httpx_kwargs=secure
        ),
        get_updates_request=HTTPXRequest(
            connection_pool_size=2, connect_timeout=5, read_timeout=40, httpx_kwargs=secure
        ),
    )


@dataclass
class Running:
    """A started bot: its parts, for the tests and the demo to look at."""

    house: House
    bot: Bot
    drawer: Drawer
    worker: Worker
    outbox: Outbox
    ticks: Ticks
    polling: Polling
    poll_task: asyncio.Task[None]


@contextlib.asynccontextmanager
async def running(house: House) -> AsyncIterator[Running]:
    """Start, hand over, and stop within 5 s with nothing half done. Raises: BadSettings."""
    bot = make_bot(house.settings)
    try:
        await _stand_by_the_policy(house)
        await _greet(bot)
        house.bot_name = bot.username
        with contextlib.suppress(TelegramError):
            await bot.delete_webhook()  # one that was left behind would refuse every poll
        drawer = Drawer(house, Sender(bot))
        outbox = Outbox(house, drawer)
        ticks = Ticks(house, outbox, drawer)
        router = Router(house, drawer, ticks.wake)
        worker = Worker(house, router, drawer, ticks.wake)
        polling = Polling(house, bot, worker, drawer)
        await house.refresh_clock()
        await house.menu.on_start(house)
        await house.refresh_policy()
        with contextlib.suppress(TelegramError):
            await introduce(bot, house)
        await drawer.draw_lagging(at_start=True)
        await worker.resume()
        await ticks.start()
        poll_task = asyncio.create_task(polling.run())
        try:
            yield Running(house, bot, drawer, worker, outbox, ticks, polling, poll_task)
        finally:
            poll_task.cancel()
            await asyncio.gather(poll_task, return_exceptions=True)
            await asyncio.gather(worker.stop(STOPS_IN), ticks.stop(STOPS_IN))
            await drawer.sender.stop()
    finally:
        with contextlib.suppress(TelegramError):
            await bot.shutdown()
        await house.database.close()


async def _stand_by_the_policy(house: House) -> None:
    """Raises: BadSettings for a policy that is laxer than what ships and was not signed as such."""
    async with house.database.reading() as session:
        faults = await laxer_policy.faults(session, house.local, house.settings.policy)
    if faults:
        raise BadSettings(faults)


async def _greet(bot: Bot) -> None:
    """Raises: BadSettings if the server refuses the token. A server that is away is waited for by polling."""
    for pause in (1, 2, 4, 8, None):
        try:
            await bot.initialize()
        except InvalidToken:
            raise BadSettings(
                ["GENTLEHOURS_BOT_TOKEN is refused by the server. Get it anew from @BotFather."]
            ) from None
        except TelegramError as error:
            if pause is None or not isinstance(error, NetworkError | RetryAfter):
                raise BadSettings(
                    [f"The server at GENTLEHOURS_API_URL does not answer ({type(error).__name__})."]
                ) from None
            log.warning("server_does_not_answer", again_in=pause)
            await asyncio.sleep(pause)
        else:
            return
