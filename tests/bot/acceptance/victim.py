"""The bot as a process that is killed: `python -m tests.bot.acceptance.victim DATABASE_URL API_URL TOKEN`.

Everything is imported once; then each "go" on standard input begets a child that runs the bot, whose pid is
printed, so that a kill costs no second of imports. "dead" is printed back when the last child has ended.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from datetime import datetime, timedelta

from pydantic import SecretStr

from bot import logs
from bot.app import build_house, running
from bot.delivery import ticks
from config.clock import Clock, system_now
from config.settings import Settings

ADMIN = 9001
ticks.DISPATCH = 0.1  # type: ignore[assignment]  # the player's clock moves in leaps


class RowClock(Clock):
    """Reads the demo's row each time, so that a player can move on between two taps."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._rows = sqlite3.connect(path)

    def now(self) -> datetime:
        (seconds,) = self._rows.execute("SELECT offset_seconds FROM demo_clock").fetchone()
        return system_now() + timedelta(seconds=seconds)


def settings_for(database_url: str, api_url: str, token: str) -> Settings:
    return Settings(
        _env_file=None,
        bot_token=SecretStr(token),
        api_url=api_url,
        database_url=SecretStr(database_url),
        admins=(ADMIN,),
    )


async def _run(settings: Settings) -> None:
    house = build_house(settings, clock=RowClock(str(settings.sqlite_path)), demo=True)
    async with running(house) as app:
        await app.poll_task


def main(database_url: str, api_url: str, token: str) -> None:
    child = 0
    for line in sys.stdin:
        if child:
            os.waitpid(child, 0)
            child = 0
        if line.strip() != "go":
            print("dead", flush=True)
            continue
        child = os.fork()
        if not child:
            sys.stdin.close()
            logs.set_up(level="WARNING")
            asyncio.run(_run(settings_for(database_url, api_url, token)))
            os._exit(1)
        print(child, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
