"""Phones for tests and the tour: say, tap, read, wait; in the same process or over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.simulator import control
from bot.simulator.clock import ClockControl
from bot.simulator.errors import Impossible
from bot.simulator.phone import Phone
from bot.simulator.records import Call, Notification
from bot.simulator.server import serving
from bot.simulator.shown import Button, Message, Toast
from bot.simulator.shown import message as shown_message
from bot.simulator.view import chat_view
from bot.simulator.world import World

__all__ = ["Button", "Call", "Message", "Notification", "Phone", "RemoteSimulator", "Simulator", "Toast"]

Json = dict[str, Any]
TOKEN = "4242424242:simulated-token-of-the-gentle-hours"  # noqa: S105  a simulator's, opens nothing
Ask = Callable[[str, Json], Awaitable[Any]]


@dataclass
class _Driver:
    """What a simulator in this process and one far away have in common.

    `base_url` and `base_file_url` are what python-telegram-bot wants; `url` is GENTLEHOURS_API_URL.
    """

    url: str
    token: str
    phones: dict[int, Phone] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    async def ask(self, name: str, asked: Json) -> Any:
        """Do one thing of bot.simulator.control. Raises: Impossible."""
        raise NotImplementedError

    async def wait(self, seconds: float) -> None:
        """Until anything changes, at most `seconds`."""
        raise NotImplementedError

    async def refresh(self, phone: Phone | None = None) -> None:
        """Bring what this phone (or every phone) shows up to date."""
        raise NotImplementedError

    # --- faults and figures ---

    async def fault(self, kind: str, method: str = "*", count: int = 1, **more: Any) -> None:
        """Order bad luck: see bot.simulator.faults.Fault for the kinds."""
        await self.ask("faults", {"kind": kind, "method": method, "count": count, **more})

    async def clear_faults(self) -> None:
        await self.ask("faults", {"clear": True})

    async def flood(self, on: bool = True, **limits: tuple[int, float]) -> None:
        """Switch pacing on or off; limits overall=, chat=, group= as (messages, seconds)."""
        await self.ask("flood", {"on": on, **limits})

    async def twice(self, count: int = 1) -> None:
        """Deliver each of the next `count` updates twice."""
        await self.ask("updates", {"twice": count})

    async def redeliver(self, count: int = 1) -> None:
        """Deliver the last `count` acknowledged updates again."""
        await self.ask("updates", {"redeliver": count})

    async def expire_queries(self) -> None:
        """Make every tap that is still open too old to be answered."""
        await self.ask("updates", {"expire": True})

    async def outstanding(self) -> Json:
        """Counters: updates, queries, calls, owed, idle (seconds since the last call)."""
        counters: Json = await self.ask("outstanding", {})
        return counters

    async def quiet(self, timeout: float = 10.0, settle: float = 0.08, patience: float = 1.0) -> None:  # noqa: ASYNC109
        """Wait until the bot has nothing left to do.

        That is: every update acknowledged, every tap answered, no call under way, each chat that wrote or
        tapped got a toast or a call since (for at most `patience` seconds), none for `settle` seconds.
        Raises: AssertionError with what is still open after `timeout` seconds.
        """
        started = time.monotonic()
        while True:
            left = await self.outstanding()
            waited = time.monotonic() - started
            busy = left["updates"] or left["queries"] or left["calls"]
            owed = left["owed"] and waited < patience
            if not busy and not owed and min(left["idle"], waited) >= settle:
                await self.refresh()
                return
            if waited > timeout:
                raise AssertionError(f"not quiet after {timeout} s: {left}")
            await self.wait(0.02 if not busy else 0.1)

    # --- phones ---

    def phone(
        self, user_id: int, first_name: str = "Maria", language_code: str | None = "en", **more: Any
    ) -> Phone:
        """The phone of a person, made on first mention. `more`: last_name, username, phone, title."""
        if user_id not in self.phones:
            self.register({"id": user_id, "first_name": first_name, "language_code": language_code, **more})
            self.phones[user_id] = Phone(self, user_id, first_name)
        return self.phones[user_id]

    async def group(self, title: str, *members: Phone) -> int:
        """Make a group of these people, without the bot. Returns its (negative) id."""
        asked = {"title": title, "members": [phone.id for phone in members]}
        return int((await self.ask("groups", asked))["id"])

    async def messages_in(self, chat_id: int) -> list[Message]:
        """What stands in a group."""
        shown = (await self.ask("chats", {"chats": [chat_id]}))["chats"][0]["messages"]
        return [shown_message(one) for one in shown if not one["deleted"]]

    def register(self, person: Json) -> None:
        """Make a person known to the simulator, at the latest before the next act."""
        raise NotImplementedError

    def notifications(self, chat_id: int, silent: bool = False) -> list[Notification]:
        """What a locked phone showed: the words when they were sent. `silent` adds those without a sound."""
        return [one for one in self.previews() if one.chat_id == chat_id and (silent or not one.silent)]

    def previews(self) -> Iterable[Notification]:
        """All notifications so far."""
        raise NotImplementedError


class Simulator(_Driver):
    """The simulator in this event loop. Make it with `async with Simulator.start() as sim`."""

    def __init__(self, world: World, url: str) -> None:
        super().__init__(url, world.token)
        self.world = world

    @classmethod
    @asynccontextmanager
    async def start(
        cls, port: int = 0, token: str = TOKEN, clock: ClockControl | None = None, **bot: str
    ) -> AsyncIterator[Simulator]:
        """Serve on 127.0.0.1 while the block runs. `bot`: username=, name=."""
        world = World(token, clock=clock, **bot)
        async with serving(world, port=port) as url:
            yield cls(world, url)

    def register(self, person: Json) -> None:
        self.world.person(person.pop("id"), person.pop("first_name"), **person)

    async def ask(self, name: str, asked: Json) -> Any:
        return await control.HANDLERS[name](self.world, asked)

    async def wait(self, seconds: float) -> None:
        await self.world.news(seconds)

    async def refresh(self, phone: Phone | None = None) -> None:
        if phone is not None:
            self.look(phone)

    def look(self, phone: Phone) -> None:
        """Show a phone what is new in its chat; phones here look whenever they are asked."""
        if phone.seen != self.world.seq:
            phone.see(chat_view(self.world, phone.chat_id, phone.seen))

    @property
    def calls(self) -> list[Call]:
        """Every call of the bot, oldest first; empty polls left out."""
        return list(self.world.calls)

    def previews(self) -> Iterable[Notification]:
        return self.world.notifications


class RemoteSimulator(_Driver):
    """A simulator in another process: `async with RemoteSimulator(url) as sim`.

    What phones, `calls` and `notifications` show is as fresh as the last act, `expect`, `quiet` or `refresh`.
    """

    def __init__(self, url: str, token: str = TOKEN) -> None:
        super().__init__(url.rstrip("/"), token)
        self.calls: list[Call] = []
        self._previews: list[Notification] = []
        self._new: list[Json] = []
        self._http = httpx.AsyncClient(base_url=self.url, timeout=60, trust_env=False)

    async def __aenter__(self) -> RemoteSimulator:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    def register(self, person: Json) -> None:
        self._new.append(person)

    def previews(self) -> Iterable[Notification]:
        return self._previews

    async def ask(self, name: str, asked: Json) -> Any:
        while self._new:
            await self._post("users", self._new.pop(0))
        return await self._post(name, asked)

    async def _post(self, name: str, asked: Json) -> Any:
        answer = await self._http.post(f"/control/{name}", json=asked)
        if answer.status_code == 400:
            raise Impossible(answer.json()["error"])
        answer.raise_for_status()
        return answer.json()

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.05))

    async def refresh(self, phone: Phone | None = None) -> None:
        since = min((phone.seen for phone in self.phones.values()), default=0)
        asked = {"since": since, "chats": list(self.phones)}
        for shown in (await self.ask("chats", asked))["chats"]:
            self.phones[shown["chat"]].see(shown)
        calls = await self.ask("calls", {"since": len(self.calls)})
        self.calls += [Call(**one) for one in calls]
        previews = await self.ask("notifications", {"since": len(self._previews)})
        self._previews += [Notification(**one) for one in previews]
