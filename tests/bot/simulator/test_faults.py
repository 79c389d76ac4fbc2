"""Bad luck on order, seen by python-telegram-bot: lost answers, floods, errors, doubles, delays."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import BadRequest, NetworkError, RetryAfter, TimedOut

from bot.simulator.client import Phone, Simulator
from tests.bot.simulator.conftest import App


async def test_a_lost_answer_was_done_all_the_same(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    await sim.fault("lost", "sendMessage")
    with pytest.raises(NetworkError) as error:
        await bot.send_message(open_chat.id, "once")
    assert isinstance(error.value.__cause__, httpx.RemoteProtocolError)
    assert open_chat.last.text == "once"
    await bot.send_message(open_chat.id, "and it goes on")


async def test_a_dropped_call_was_not_done(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    await sim.fault("dropped", "sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(open_chat.id, "never")
    assert open_chat.received == []


async def test_a_late_answer_was_done_too(sim: Simulator, bot: Bot, open_chat: Phone) -> None:
    await sim.fault("late", "sendMessage", seconds=0.5)
    with pytest.raises(TimedOut):
        await bot.send_message(open_chat.id, "in time", read_timeout=0.1)
    assert open_chat.last.text == "in time"
    await sim.fault("delay", "sendMessage", seconds=0.2)
    started = time.monotonic()
    await bot.send_message(open_chat.id, "slow")
    assert time.monotonic() - started >= 0.2


@pytest.fixture(autouse=True)
def retry_after_as_timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


async def test_the_next_n_are_too_many(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    await sim.fault("flood", count=2, retry_after=7)
    for _ in range(2):
        with pytest.raises(RetryAfter) as error:
            await bot.send_message(open_chat.id, "no")
        assert error.value.retry_after == timedelta(seconds=7)
    await bot.send_message(open_chat.id, "yes")
    assert [message.text for message in open_chat.received] == ["yes"]


async def test_a_fault_can_be_for_one_chat(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    other = sim.phone(1002, "Ana")
    await other.start()
    await sim.fault("error", "sendMessage", code=500, chat_id=other.id)
    await bot.send_message(open_chat.id, "fine")
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(other.id, "broken")


async def test_pacing_when_switched_on(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    await sim.flood(chat=(2, 60.0))
    await bot.send_message(open_chat.id, "one")
    await bot.send_message(open_chat.id, "two")
    with pytest.raises(RetryAfter):
        await bot.send_message(open_chat.id, "three")
    await sim.flood(on=False)
    await bot.send_message(open_chat.id, "three")


async def test_an_update_comes_twice_under_its_old_id(sim: Simulator, maria: Phone, app: App) -> None:
    seen: list[int] = []
    original = app.process_update

    async def count(update: object) -> None:
        seen.append(update.update_id)  # type: ignore[attr-defined]
        await original(update)

    app.process_update = count  # type: ignore[method-assign]
    await sim.twice()
    await maria.say("hello")
    await maria.quiet()
    await asyncio.sleep(0.1)
    await maria.quiet()
    assert len(seen) == 2
    assert len(set(seen)) == 1
    assert [message.text for message in maria.received] == ["You wrote: hello"] * 2


async def test_an_old_message_is_deleted_for_nobody(bot: Bot, sim: Simulator, open_chat: Phone) -> None:
    sent = await bot.send_message(open_chat.id, "day card")
    sim.world.chats[open_chat.id].messages[sent.message_id].date -= 49 * 3600
    with pytest.raises(BadRequest, match="Message can't be deleted for everyone"):
        await bot.delete_message(open_chat.id, sent.message_id)
