"""The simulator as a process of its own, driven over HTTP; and the clock that its page shows."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.simulator.client import RemoteSimulator, Simulator
from bot.simulator.clock import Target
from bot.simulator.errors import Impossible
from tests.bot.simulator.conftest import build


@pytest.fixture
async def remote() -> AsyncIterator[RemoteSimulator]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.simulator", "--port", "0", "--phone", "1001:Maria:Client",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    async with RemoteSimulator(line.removeprefix("listening on ").strip()) as sim:
        yield sim
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 5) == 0
    process._transport.close()  # type: ignore[attr-defined]


async def test_a_phone_far_away_is_the_same_phone(remote: RemoteSimulator) -> None:
    app = build(remote)
    async with app:
        await app.start()
        assert app.updater
        await app.updater.start_polling(poll_interval=0, timeout=5)
        maria = remote.phone(1001)
        await maria.start("t_ana")
        assert (await maria.expect("t_ana")).buttons == [["Yes", "No"], ["Slow"]]
        await maria.tap("yes")
        assert (await maria.expect("You said yes.")).edited
        await maria.quiet()
        assert [toast.text for toast in maria.toasts] == ["You tapped yes."]
        assert [one.text for one in remote.notifications(1001)] == ["Hello, you came with t_ana."]
        assert [call.ok for call in remote.calls if call.method == "answerCallbackQuery"] == [True]
        ana = remote.phone(1002, "Ana")
        await ana.start()
        assert (await ana.expect("Hello")).id == 2
        with pytest.raises(Impossible, match="start parameter"):
            await maria.start("not allowed")
        with pytest.raises(Impossible, match="nobody can"):
            await maria.act("fly")
        await app.updater.stop()
        await app.stop()


class MovedClock:
    """A clock as the demo hands one over."""

    def __init__(self) -> None:
        self.offset = timedelta(days=3)
        self.jumps: list[Target] = []

    async def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def advance(self, by: timedelta) -> None:
        self.offset += by

    async def jump(self, to: Target) -> None:
        self.jumps.append(to)


async def test_the_clock_is_moved_by_whoever_handed_it_over() -> None:
    clock = MovedClock()
    async with Simulator.start(clock=clock) as sim:
        maria = sim.phone(1001)
        await maria.start()
        later = datetime.fromtimestamp(maria.messages[-1].date, UTC) - datetime.now(UTC)
        assert timedelta(days=2, hours=23) < later <= timedelta(days=3)
        await sim.ask("clock", {"advance": 3600})
        await sim.ask("clock", {"jump": "check"})
        assert (clock.offset, clock.jumps) == (timedelta(days=3, hours=1), ["check"])
        with pytest.raises(Impossible):
            await sim.ask("clock", {"jump": "elsewhere"})


async def test_without_a_clock_there_is_no_time_to_move() -> None:
    async with Simulator.start() as sim:
        assert await sim.ask("clock", {}) == {"now": None, "zone": None}


async def test_the_end_does_not_wait_for_those_who_still_listen() -> None:
    async with Simulator.start() as sim:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(sim.url.rpartition(":")[2]))
        writer.write(b"GET /control/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in await reader.readline()
        started = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - started < 1
    writer.close()
