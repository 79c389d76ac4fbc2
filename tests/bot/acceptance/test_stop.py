"""A stop ends within five seconds, whatever is under way, with code 0; nothing is half done or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from bot.simulator.client import Simulator
from config.encryption import Keyring
from tests.bot.acceptance.program import Program

TERM = signal.SIGTERM


async def stopped(program: Program, how: signal.Signals = TERM) -> None:
    began = time.monotonic()
    program.process.send_signal(how)
    assert await program.ended(5) == 0, "\n".join(program.said)
    assert time.monotonic() - began < 5
    assert not [line for line in program.said if "Traceback" in line]


async def test_while_it_waits_for_a_server(tmp_path: Path) -> None:
    """One that takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        program = await Program.start(
            "run",
            cwd=tmp_path,
            bot_token="123456789:of-this-test-only-opens-nothing-abc",
            api_url=f"http://127.0.0.1:{mute.getsockname()[1]}",
        )
        try:
            await program.says("server_does_not_answer")
            await stopped(program)
        finally:
            await program.kill()


@pytest.mark.parametrize("how", [TERM, signal.SIGINT])
async def test_in_the_middle_of_messages_and_at_once_again(tmp_path: Path, how: signal.Signals) -> None:
    async with Simulator.start() as sim:
        settings = {"bot_token": sim.token, "api_url": sim.url, "admins": "9001"}
        program = await Program.start("run", cwd=tmp_path, **settings)
        try:
            await program.says("running")
            await sim.fault("late", "sendMessage", count=40, seconds=0.7)
            phones = [sim.phone(3000 + n, f"P{n}") for n in range(20)]
            for phone in phones:
                await phone.start()
            await asyncio.sleep(1)
            await stopped(program, how)
            program = await Program.start("run", cwd=tmp_path, **settings)
            await program.says("running")
            await sim.quiet(timeout=30)
            await stopped(program, how)
        finally:
            await program.kill()
        for phone in phones:
            assert len(phone.received) == 1, phone


async def test_keys_that_do_not_open_the_store(tmp_path: Path) -> None:
    async with Simulator.start() as sim:
        settings = {"bot_token": sim.token, "api_url": sim.url}
        program = await Program.start("run", cwd=tmp_path, **settings)
        try:
            await program.says("running")
            await sim.phone(1001).start()
            await sim.quiet()
            await stopped(program)
        finally:
            await program.kill()
        keys = next(tmp_path.rglob("*.keys"))
        mine = keys.read_text().strip()
        for ring, code in ((Keyring.new_key("k1"), 2), (Keyring.new_key("k2"), 2)):
            program = await Program.start("run", cwd=tmp_path, keys=ring, **settings)
            assert await program.ended(30) == code
            assert program.said[-1].startswith("The keyring lacks what opens this database (k1).")
            assert len([line for line in program.said if not line[:4].isdigit()]) == 1
        program = await Program.start("run", cwd=tmp_path, keys=f"{Keyring.new_key('k2')},{mine}", **settings)
        try:
            await program.says("running")
            await stopped(program)
        finally:
            await program.kill()
        assert os.stat(keys).st_mode & 0o077 == 0
