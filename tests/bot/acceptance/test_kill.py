"""`kill -9` at random instants of the main job, again and again: it ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import collections
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import demo_clock
from bot.app import build_house
from bot.schema import metadata
from bot.simulator.client import Simulator
from bot.texts import Catalogue
from config import migrate
from config.clock import Clock, from_minutes, system_now
from config.settings import Settings
from scheduling import clinic, invites
from screening import sign_off
from tests.bot.acceptance.play import ANA, EVA, MARIA, Play, Player
from tests.bot.acceptance.victim import settings_for
from tests.bot.files import pdf
from tests.conftest import MONDAY_8

ROOT = Path(__file__).parents[3]
PATIENCE = 45.0
FLOW = "f:"
TELLING = ("sendMessage", "editMessageText")


@dataclass
class Rows:
    """What stands in the victim's database, read past it; and the row that is its clock."""

    path: Path

    def all(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(self.path, timeout=10)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def one(self, query: str, *values: Any) -> Any:
        return self.all(query, *values)[0][0]

    # --- the clock of the play ---

    def now(self) -> datetime:
        return system_now() + timedelta(seconds=self.one("SELECT offset_seconds FROM demo_clock"))

    async def advance(self, by: timedelta) -> None:
        connection = sqlite3.connect(self.path, timeout=10)
        seconds = int(by.total_seconds()) + 1
        with connection:
            connection.execute("UPDATE demo_clock SET offset_seconds = offset_seconds + ?", (seconds,))
        connection.close()

    async def due(self, kind: str | None) -> datetime | None:
        found = self.one(
            "SELECT min(due_at) FROM notification WHERE state = 'pending' AND (kind = ? OR ?)",
            kind,
            kind is None,
        )
        return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else None

    # --- is there anything left to do? ---

    def left(self) -> list[Any]:
        now = self.now().replace(tzinfo=None).isoformat(" ")
        return [
            *self.all("SELECT 'update', update_id FROM inbox_update WHERE state = 'new'"),
            *self.all(
                "SELECT 'message', kind, state, attempts, repeats, last_error, next_attempt_at"
                " FROM notification"
                " WHERE state IN ('pending', 'leased', 'sending') AND due_at <= ?",
                now,
            ),
            *self.all("SELECT 'card', step, shown, revision FROM conversation WHERE shown < revision"),
            *self.all("SELECT 'file', tries, next_at FROM file_fetch"),
            *self.all("SELECT 'removal', tries FROM message_removal WHERE due_at <= ?", now),
        ]


@dataclass
class Victim:
    """The bot's process, and everybody who is there when it dies."""

    rows: Rows
    sim: Simulator
    zygote: asyncio.subprocess.Process
    dice: random.Random
    pid: int = 0
    kills: int = 0
    to_come: set[int] = field(default_factory=set)  # the settlings at which to strike
    settlings: int = 0
    lost: set[tuple[int, int]] = field(default_factory=set)  # sent, but nobody noted it: (chat, message)

    async def go(self) -> None:
        self.pid = int(await self._ask("go"))

    async def _ask(self, word: str) -> str:
        assert self.zygote.stdin is not None
        assert self.zygote.stdout is not None
        self.zygote.stdin.write(f"{word}\n".encode())
        await self.zygote.stdin.drain()
        return (await self.zygote.stdout.readline()).decode().strip()

    async def kill(self) -> None:
        """At once, wherever it is; what the server had done by then, it has done."""
        os.kill(self.pid, signal.SIGKILL)
        self.kills += 1
        assert await self._ask("dead") == "dead"
        while self.sim.world.in_flight:
            await asyncio.sleep(0.005)
        noted = set(self.rows.all("SELECT chat_id, message_id FROM card_message"))
        for call in self.sim.calls:
            if call.method == "sendMessage" and call.ok and call.response and time.monotonic() - call.at < 3:
                message = call.response["result"]
                place = (message["chat"]["id"], message["message_id"])
                if place not in noted:
                    self.lost.add(place)

    async def settled(self) -> None:
        """What a person does: wait. Where the dice say so, the process dies meanwhile, once or twice."""
        self.settlings += 1
        if self.settlings in self.to_come:
            if self.dice.random() < 0.5:
                await asyncio.sleep(self.dice.uniform(0, 0.25))
            else:
                await self.amid_a_call()
            await self.kill()
            await self.go()
            if self.dice.random() < 0.2:
                await asyncio.sleep(self.dice.uniform(0, 0.6))  # hardly up again
                await self.kill()
                await self.go()
        await self.quiet()

    async def amid_a_call(self) -> None:
        """Until the server has sent or edited something for it, and the answer is still on its way."""
        before = len(self.sim.calls)
        for method in TELLING:
            await self.sim.fault("late", method, seconds=2.0)
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if any(call.method in TELLING for call in self.sim.calls[before:]):
                break
            await asyncio.sleep(0.002)
        await asyncio.sleep(self.dice.uniform(0, 0.05))
        await self.sim.clear_faults()

    async def quiet(self) -> None:
        deadline = time.monotonic() + PATIENCE
        calm = 0
        while calm < 2:
            world = self.sim.world
            busy = world.updates.pending or world.in_flight or world.open_queries
            calm = 0 if busy or self.rows.left() else calm + 1
            if time.monotonic() > deadline:
                raise AssertionError(
                    f"it hangs at {self.rows.now()}: {self.rows.left()} {world.outstanding()}"
                )
            await asyncio.sleep(0.03)


@dataclass
class Result:
    """How a play ended, in words that do not depend on when it was played."""

    visits: list[Any]
    rounds: list[Any]
    messages: list[Any]
    tasks: list[Any]


@asynccontextmanager
async def stage(folder: Path, seed: int, strikes: int) -> AsyncIterator[tuple[Play, Victim]]:
    """A clinic of its own: database, simulator, process, and people with phones."""
    folder.mkdir()
    url = f"sqlite+aiosqlite:///{folder / 'clinic.db'}"
    async with Simulator.start() as sim:
        settings = settings_for(url, sim.url, sim.token)
        invite = await _seed(settings)
        zygote = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bot.acceptance.victim", url, sim.url, sim.token,
            cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        dice = random.Random(seed)
        victim = Victim(Rows(folder / "clinic.db"), sim, zygote, dice)
        victim.to_come = set(dice.sample(range(3, 85), strikes))
        await victim.go()
        catalogue = Catalogue.load()

        def player(user: int, name: str) -> Player:
            return Player(sim.phone(user, name), catalogue, "en", victim.rows, victim.settled)

        try:
            await player(EVA, "Eva").start()
            yield (
                Play(player(MARIA, "Maria"), player(ANA, "Ana"), victim.rows, invite, victim.settled),
                victim,
            )
        finally:
            os.kill(victim.pid, signal.SIGKILL)
            assert zygote.stdin is not None
            zygote.stdin.close()
            await zygote.wait()


async def _seed(settings: Settings) -> str:
    """A signed policy, the clock on that Monday, and a link for Ana."""
    settings.keyring()
    await migrate.upgrade(settings.database_url.get_secret_value(), metadata())
    house = build_house(settings, clock=Clock(read=lambda: MONDAY_8), demo=True)
    await house.menu.on_start(house)
    async with house.database.transaction() as session:
        await demo_clock.set_offset(session, MONDAY_8 - system_now())
        await sign_off.sign(
            session, house.shipped.version, by_name="Demo", by_person=None, now=MONDAY_8, kind="demo"
        )
        ana = (await clinic.therapists(session))[0]
        token = await invites.invite(
            session, ["therapist"], MONDAY_8, by=None, name=ana.name, therapist_id=ana.id
        )
    await house.database.close()
    return token


def result(rows: Rows) -> Result:
    return Result(
        visits=[
            (from_minutes(start).isoformat(), state, who, version, bool(cleared), bool(rechecked))
            for start, state, who, version, cleared, rechecked in rows.all(
                "SELECT a.starts_at, a.state, t.name, a.version, a.cleared_at, a.rechecked_at"
                " FROM appointment a JOIN therapist t ON t.id = a.therapist_id ORDER BY a.starts_at"
            )
        ],
        rounds=rows.all("SELECT phase, state, count(*) FROM interview GROUP BY 1, 2 ORDER BY 1, 2"),
        # What a start plans and the next jump of the clock passes by was never promised to anybody.
        messages=rows.all(
            "SELECT kind, replace(state, 'uncertain', 'sent'), count(*) FROM notification"
            " WHERE state <> 'void' AND (state <> 'expired' OR at_least_once) GROUP BY 1, 2 ORDER BY 1, 2"
        ),
        tasks=rows.all("SELECT kind, state, count(*) FROM task GROUP BY 1, 2 ORDER BY 1, 2"),
    )


def doubled(victim: Victim) -> list[tuple[int, list[int], str]]:
    """Cards that stand twice in a chat, drawn from the same revision or under the same token."""
    cards = collections.defaultdict(list)
    for call in victim.sim.calls:
        if call.method != "sendMessage" or not call.ok or call.response is None:
            continue
        message = call.response["result"]
        chat, number = message["chat"]["id"], message["message_id"]
        stands = victim.sim.world.chats[chat].messages[number]
        shown = [v.get("markup") for v in stands.versions] + [stands.markup, message.get("reply_markup")]
        keys = {
            button["callback_data"].rpartition(":")[0]
            for markup in shown
            if markup
            for row in markup.get("inline_keyboard", [])
            for button in row
        }
        first = min((k for k in keys if k.startswith(FLOW)), key=lambda k: int(k[2:]), default="")
        cards[chat, first or "".join(sorted(keys)), message.get("text", "")].append(number)
    return [(chat, numbers, text) for (chat, _, text), numbers in cards.items() if len(numbers) > 1]


async def play(folder: Path, seed: int, strikes: int) -> tuple[Result, Victim, list[Any]]:
    async with stage(folder, seed, strikes) as (story, victim):
        await story.main_job()
        await victim.quiet()
        states = victim.rows.all("SELECT state, count(*) FROM inbox_update GROUP BY state")
        assert [state for state, _ in states] == ["done"], states
        must = victim.rows.all(
            "SELECT kind, repeats FROM notification WHERE state = 'uncertain' AND at_least_once"
        )
        assert all(repeats for _, repeats in must), f"given up without a second try: {must}"
        unanswered = [q.data for q in victim.sim.world.queries.values() if not q.answers]
        assert not unanswered, f"taps without an answer: {unanswered}"
        twice = doubled(victim)
        for chat, numbers, text in twice:
            assert victim.lost & {(chat, n) for n in numbers}, f"sent twice though it was noted: {text!r}"
            assert len(numbers) == 2, f"sent {len(numbers)} times: {text!r}"
        return result(victim.rows), victim, twice


async def trial(folder: Path, seed: int, plays: int, strikes: int) -> None:
    calm, unharmed, twice = await play(folder / "calm", 0, 0)
    assert unharmed.kills == 0
    assert twice == []
    assert [visit[1] for visit in calm.visits] == ["done"]
    kills = copies = lost = 0
    for number in range(plays):
        harmed, victim, twice = await play(folder / str(number), seed + number, strikes)
        kills, copies, lost = kills + victim.kills, copies + len(twice), lost + len(victim.lost)
        for name in ("visits", "rounds", "messages", "tasks"):
            then, now = getattr(calm, name), getattr(harmed, name)
            differs = sorted(map(str, set(then) ^ set(now)))
            assert then == now, f"{name} of play {number}, seed {seed}, in one play only: {differs}"
    print(f"\n{kills} kills in {plays} plays, {lost} answers lost, {copies} messages came twice")
    assert kills >= plays * strikes


@pytest.mark.timeout(120)
async def test_no_letter_is_lost_or_stored_twice(tmp_path: Path) -> None:
    """Killed while the server says where a file is, sends it, and takes the message out of the chat."""
    async with stage(tmp_path / "letter", seed=1, strikes=0) as (story, victim):
        maria, sim = story.maria, victim.sim
        await maria.start()
        await maria.tap(
            "first.consent.1", "first.condition.1", "first.time.1", "first.ok.3", "sendok", "photo"
        )
        for number, method in enumerate(("getFile", "file", "deleteMessage"), 1):
            await sim.fault("late", method, seconds=0.5)
            await maria.phone.send_document(pdf(pad=number))
            while sim.world.faults.waiting:
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            await victim.kill()
            await victim.go()
            await victim.quiet()
            sizes = [size for (size,) in victim.rows.all("SELECT size FROM letter_file ORDER BY number")]
            assert sizes == [len(pdf(pad=pad)) for pad in range(1, number + 1)], method
            assert [m.kind for m in maria.phone.messages if m.mine and m.kind == "document"] == []
        looks = "SELECT count(*) FROM task WHERE kind = 'ok' AND state <> 'closed'"
        assert victim.rows.one(looks) == 1


@pytest.mark.timeout(300)
async def test_killed_8_times_in_one_play(tmp_path: Path) -> None:
    await trial(tmp_path, seed=8, plays=1, strikes=8)


@pytest.mark.stress
@pytest.mark.timeout(1500)
async def test_killed_50_times_in_5_plays(tmp_path: Path) -> None:
    await trial(tmp_path, seed=random.randrange(10_000), plays=5, strikes=10)
