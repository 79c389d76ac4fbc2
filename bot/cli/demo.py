"""`demo`: a small clinic on this machine, the real bot against the simulator, no account and no token."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
import webbrowser
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from bot import demo_clock, logs
from bot.app import Running, build_house, running
from bot.cli import demo_seed, tour
from bot.cli.common import plainly, ready, refuse
from bot.cli.demo_seed import ADMIN, MARIA, THERAPIST
from bot.schema import metadata
from bot.simulator.client import TOKEN, RemoteSimulator
from config import migrate
from config.clinic import EXAMPLE, load_clinic
from config.clock import Clock, system_now
from config.database import Database
from config.settings import Settings

PHONES = (f"{MARIA}:Maria:Client", f"{THERAPIST}:Ana:Therapist", f"{ADMIN}:Eva:Admin")
STARTS_AT = time(8, 0)


@dataclass
class Demo:
    app: Running
    sim: RemoteSimulator
    url: str


def demo(
    play_tour: Annotated[
        bool, typer.Option("--tour", help="play the main job without a browser and print the three chats")
    ] = False,
    port: Annotated[int, typer.Option(help="port of the page; 0 for any free one")] = 8765,
    browser: Annotated[bool, typer.Option(help="open the page where a browser exists")] = True,
) -> None:
    """Show the main job: client, therapist and admin side by side. Nothing is kept afterwards."""
    logs.set_up(level="WARNING")
    with plainly():
        code = asyncio.run(_tour() if play_tour else _page(port, browser))
    raise typer.Exit(code)


async def _tour() -> int:
    async with demo_clinic(port=0) as running_demo:
        return await tour.play(running_demo.app, running_demo.sim)


async def _page(port: int, browser: bool) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stopped.set)
    async with demo_clinic(port=port) as running_demo:
        await demo_seed.open_chats(running_demo.app, running_demo.sim)
        typer.echo(f"\n  The clinic is open: {running_demo.url}\n")
        typer.echo("  Be Maria (left): press Start and book a visit. Then move the clock to the check.")
        typer.echo("  Ctrl-C stops it; nothing is kept.\n")
        if browser and _has_screen():
            await asyncio.to_thread(webbrowser.open, running_demo.url)
        waiting = asyncio.ensure_future(stopped.wait())
        await asyncio.wait({waiting, running_demo.app.poll_task}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
    return 0


def _has_screen() -> bool:
    return sys.platform in {"darwin", "win32"} or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


@contextlib.asynccontextmanager
async def demo_clinic(*, port: int, folder: Path | None = None) -> AsyncIterator[Demo]:
    """A seeded clinic in a folder of its own, its simulator and its bot, all stopped at the end."""
    with contextlib.ExitStack() as cleaning:
        home = folder or Path(cleaning.enter_context(tempfile.TemporaryDirectory(prefix="gentlehours-demo-")))
        settings = demo_settings(home)
        database = await ready(settings)
        await _set_clock(settings, database)
        async with _simulator(settings, port) as url:
            settings.api_url = url
            house = build_house(settings, database=database, clock=Clock(), demo=True)
            async with running(house) as app, RemoteSimulator(url, TOKEN) as sim:
                await demo_seed.seed(house)
                yield Demo(app, sim, url)


def demo_settings(home: Path) -> Settings:
    """Settings of a demo; nothing of the environment or a .env file reaches it."""
    return Settings(
        _env_file=None,
        bot_token=SecretStr(TOKEN),
        api_url="http://127.0.0.1",
        database_url=SecretStr(f"sqlite+aiosqlite:///{home / 'demo.db'}"),
        admins=(ADMIN,),
        keys=None,
        clinic=EXAMPLE,
        policy=None,
    )


async def _set_clock(settings: Settings, database: Database) -> None:
    """Every demo begins on a Monday morning, so that it looks alike on each day of the week."""
    await migrate.upgrade(settings.database_url.get_secret_value(), metadata())
    zone = load_clinic(settings.clinic).zone
    now = system_now().astimezone(zone)
    monday = now.date() + timedelta(days=(7 - now.weekday()) % 7 or 7)
    begins = datetime.combine(monday, STARTS_AT, zone)
    async with database.transaction() as session:
        await demo_clock.set_offset(session, begins - now)


@contextlib.asynccontextmanager
async def _simulator(settings: Settings, port: int) -> AsyncIterator[str]:
    """The simulator's process. Ends with us, whatever happens. Yields its address."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GENTLEHOURS_")},
        "GENTLEHOURS_DATABASE_URL": settings.database_url.get_secret_value(),
        "GENTLEHOURS_CLINIC": str(settings.clinic),
    }
    arguments = ["-m", "bot.cli.demo_simulator", "--port", str(port), "--token", TOKEN]
    for phone in PHONES:
        arguments += ["--phone", phone]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, env=environment, cwd=settings.sqlite_path.parent,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode().strip()
        if not line.startswith("listening on "):
            assert process.stderr is not None
            words = (await process.stderr.read()).decode().strip().splitlines()
            refuse(f"The page could not start: {words[-1] if words else 'no reason given'}. Try --port 0.")
        yield line.removeprefix("listening on ")
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), 3)
            except TimeoutError:
                process.kill()
                await process.wait()
