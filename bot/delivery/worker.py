"""Works the inbox off: in order within a chat, chats side by side."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import time
from collections.abc import Callable

import structlog

from bot.delivery import inbox
from bot.delivery.drawing import Drawer
from bot.flow import Choice, Screen, Text
from bot.house import House
from bot.router import Router
from bot.view import read
from bot.view.read import Incoming
from bot.view.render import render
from bot.view.send import Ambiguous, Refused, TryLater, Unreachable
from config.database import Busy, Down
from scheduling import people, tasks

log = structlog.get_logger()

CHATS_AT_ONCE = 16
CROWD = 5  # taps waiting in one chat, from which on the card is not drawn again for each
BUSY_WAITS = (0.2, 1.0, 3.0)
DOWN_WAIT = 5.0
KINDLY = 4.0  # seconds that somebody waits without a word while the store is held by another program


class Worker:
    """One lane a chat. A lane ends when its chat has nothing waiting."""

    def __init__(self, house: House, router: Router, drawer: Drawer, wake: Callable[[], None]) -> None:
        self.house, self.router, self.drawer, self.wake = house, router, drawer, wake
        self._lanes: dict[int, collections.deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(CHATS_AT_ONCE)
        self._told_down: set[int] = set()
        router.crowded = self.crowded

    def crowded(self, chat_id: int) -> bool:
        """Whether somebody taps faster than the cards can follow."""
        return len(self._lanes.get(chat_id, ())) >= CROWD

    async def resume(self) -> int:
        """Take up what was stored and not done before a stop. Returns how many updates."""
        async with self.house.database.reading() as session:
            waiting = await inbox.waiting(session)
            taps = await inbox.taps_done_last(session)
        if taps:
            task = asyncio.create_task(self._answer(taps))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        for chat_id, update_id in waiting:
            self.put(chat_id, update_id)
        return len(waiting)

    async def _answer(self, taps: list[str]) -> None:
        """Once more, without words: the card says it. Who had an answer notices nothing."""
        for callback_id in taps:
            await self.drawer.sender.answer(callback_id, None)

    def put(self, chat_id: int, update_id: int) -> None:
        lane = self._lanes.get(chat_id)
        if lane is not None:
            lane.append(update_id)
            return
        self._lanes[chat_id] = collections.deque([update_id])
        task = asyncio.create_task(self._run(chat_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Until every lane has ended."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self, seconds: float) -> None:
        """Let turns that have begun end; what waits stays in the inbox."""
        for lane in self._lanes.values():
            lane.clear()
        if self._tasks:
            _, late = await asyncio.wait(set(self._tasks), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, chat_id: int) -> None:
        lane = self._lanes[chat_id]
        try:
            while lane:
                async with self._slots, self.drawer.chat(chat_id):
                    if not lane:
                        break
                    update_id = lane.popleft()
                    try:
                        await self._one(chat_id, update_id)
                    except Exception as error:  # what waits behind it must not wait for the next start
                        log.error(
                            "update_waits", update_id=update_id, error=type(error).__name__, exc_info=error
                        )
        finally:
            self._lanes.pop(chat_id, None)

    async def _one(self, chat_id: int, update_id: int) -> None:
        tries, told, began = 0, False, time.monotonic()
        incoming: Incoming | None = None
        while True:
            try:
                async with self.house.database.reading() as session:
                    loaded = await inbox.load(session, update_id)
                if loaded is None:
                    return
                incoming = read.parse(loaded[0])
                await self.router.handle(update_id, *loaded)
            except Busy:
                again = tries < len(BUSY_WAITS)
                if not told and (not again or time.monotonic() - began > KINDLY):
                    await self._tell(chat_id, "err.busy", incoming)
                    told = True
                await asyncio.sleep(BUSY_WAITS[tries] if again else DOWN_WAIT)
                tries += 1
            except Down as down:
                log.error("database_down", reason=str(down))
                if chat_id not in self._told_down:
                    self._told_down.add(chat_id)
                    await self._tell(chat_id, "err.down", incoming)
                await asyncio.sleep(DOWN_WAIT)
            except Exception as error:  # a fault of ours must not stop the chat
                log.error("turn_failed", update_id=update_id, error=type(error).__name__, exc_info=error)
                tries += 1
                if await self._put_aside(chat_id, update_id, tries):
                    self.router.forget(update_id)
                    await self._tell(chat_id, "err.dead", incoming, self.house.menu.dead_choices)
                    return
                await asyncio.sleep(0.2)
            else:
                self._told_down.discard(chat_id)
                return

    async def _put_aside(self, chat_id: int, update_id: int, tries: int) -> bool:
        """Note a fault. True once there is no use in trying again now; then the chat goes on without it."""
        try:
            return await self._count_fault(chat_id, update_id)
        except Exception as error:
            # the fault is in the rows themselves: the update waits there for the next start
            log.error("fault_not_noted", update_id=update_id, error=type(error).__name__, exc_info=error)
            return tries >= inbox.MAX_TRIES

    async def _count_fault(self, chat_id: int, update_id: int) -> bool:
        """Note a failed try. True once the update is put aside: the person and the staff are told."""
        async with self.house.database.transaction() as session:
            tries = await inbox.failed(session, update_id)
            if tries < inbox.MAX_TRIES:
                return False
            now = self.house.clock.now()
            await inbox.finish(session, update_id, now, state="dead")
            person = await people.by_telegram_id(session, chat_id)
            if person is not None:
                await self.house.menu.fault(self.house, session, person, now)
                await tasks.open_task(session, "fault", now, client_id=person.id)
        self.wake()
        return True

    async def _tell(
        self,
        chat_id: int,
        key: str,
        incoming: Incoming | None,
        choices: tuple[tuple[Choice, ...], ...] = (),
    ) -> None:
        """Say it without rows: as the answer to a tap where it was one, else as a message."""
        if not chat_id:
            return
        words = self.house.words(await self._language(chat_id), self.house.clock.now())
        if incoming is not None and incoming.callback_id is not None:
            await self.drawer.sender.answer(incoming.callback_id, words.line(Text("err.busy")))
            if key == "err.busy":
                return
        card = render(Screen(key, (Text(key),), choices, bold=False), words, revision=0, token="")
        try:
            await self.drawer.sender.line(chat_id, card.text, card)
        except (Unreachable, TryLater, Ambiguous, Refused) as error:
            log.warning("could_not_tell", error=type(error).__name__)

    async def _language(self, chat_id: int) -> str:
        """The person's, or English where no row can be read just now."""
        with contextlib.suppress(Busy, Down):
            async with self.house.database.reading() as session:
                person = await people.by_telegram_id(session, chat_id)
                return person.language if person is not None else "en"
        return "en"
