"""The simulator as a process of its own: `python -m bot.simulator --port 8081`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys

from bot.simulator.client import TOKEN
from bot.simulator.clock import ClockControl
from bot.simulator.server import serving
from bot.simulator.world import World


async def serve(world: World, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve until SIGINT or SIGTERM, and say on standard output where: "listening on <url>"."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    async with serving(world, host, port) as url:
        sys.stdout.write(f"listening on {url}\n")
        sys.stdout.flush()
        await stop.wait()


def world_from(arguments: list[str], clock: ClockControl | None = None) -> tuple[World, str, int]:
    """Read a command line: the world it asks for, host and port."""
    reader = argparse.ArgumentParser(prog="python -m bot.simulator", description=__doc__)
    reader.add_argument("--host", default="127.0.0.1", help="this machine only")
    reader.add_argument("--port", type=int, default=8081, help="0 for any free port")
    reader.add_argument("--token", default=TOKEN)
    reader.add_argument("--username", default="gentle_hours_bot")
    reader.add_argument(
        "--phone", action="append", default=[], metavar="ID:NAME[:TITLE]", help="a phone on the page"
    )
    asked = reader.parse_args(arguments)
    world = World(asked.token, username=asked.username, clock=clock)
    for phone in asked.phone or ["1001:Maria:Client", "1002:Ana:Therapist", "1003:Eva:Admin"]:
        number, _, rest = phone.partition(":")
        name, _, title = rest.partition(":")
        if not (number.isdecimal() and name):
            reader.error(f"--phone {phone}: write it as 1001:Maria:Client")
        world.person(int(number), name, title=title or name)
    return world, asked.host, asked.port


def main(arguments: list[str] | None = None) -> None:
    """Run until stopped."""
    world, host, port = world_from(sys.argv[1:] if arguments is None else arguments)
    try:
        asyncio.run(serve(world, host, port))
    except (ValueError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
