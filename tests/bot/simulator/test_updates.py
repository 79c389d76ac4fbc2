"""Updates reach one poller or one webhook, and stay until they are acknowledged."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, Update
from telegram.error import Conflict, Forbidden

from bot.simulator.client import Phone, Simulator
from bot.simulator.listener import listening, running
from tests.bot.simulator.conftest import build


async def test_updates_stay_until_the_offset_moves_on(bot: Bot, sim: Simulator, maria: Phone) -> None:
    for word in ("one", "two", "three"):
        await maria.say(word)
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["one", "two"]
    assert await bot.get_updates(limit=2) == first
    rest = await bot.get_updates(offset=first[-1].update_id + 1)
    assert [update.message.text for update in rest if update.message] == ["three"]
    assert (await sim.outstanding())["updates"] == 1
    assert await bot.get_updates(offset=rest[-1].update_id + 1) == ()


async def test_a_negative_offset_keeps_the_newest(bot: Bot, maria: Phone) -> None:
    for word in ("one", "two", "three"):
        await maria.say(word)
    kept = await bot.get_updates(offset=-1)
    assert [update.message.text for update in kept if update.message] == ["three"]
    assert len(await bot.get_updates()) == 1


async def test_a_long_poll_answers_when_something_comes(bot: Bot, maria: Phone) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.05)
    assert not poll.done()
    await maria.say("now")
    assert len(await poll) == 1


async def test_of_two_pollers_the_waiting_one_is_ended(sim: Simulator, bot: Bot, maria: Phone) -> None:
    async with Bot(sim.token, base_url=sim.base_url) as second:
        waiting = asyncio.create_task(bot.get_updates(timeout=10))
        await asyncio.sleep(0.05)
        other = asyncio.create_task(second.get_updates(timeout=10))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await waiting
        await maria.say("for the second")
        assert len(await other) == 1


async def test_only_wanted_kinds_are_queued(bot: Bot, maria: Phone) -> None:
    await bot.get_updates(allowed_updates=[Update.MESSAGE])
    await maria.start()
    await maria.block()
    assert [update.my_chat_member for update in await bot.get_updates()] == [None]


async def test_a_tap_on_a_message_that_is_gone_arrives_without_it(bot: Bot, open_chat: Phone) -> None:
    await open_chat.tap_data("f:1:forged", 999)
    tap = (await bot.get_updates())[-1].callback_query
    assert tap
    assert tap.message
    assert not tap.message.is_accessible
    assert (tap.data, tap.from_user.id) == ("f:1:forged", open_chat.id)


async def test_blocking_and_groups_are_told(bot: Bot, sim: Simulator, maria: Phone) -> None:
    await maria.start()
    await maria.block()
    await maria.unblock()
    group = await sim.group("Family", maria)
    await maria.add_bot(group)
    await maria.say("private words", group=group)
    await maria.say("/start@gentle_hours_bot", group=group)
    updates = await bot.get_updates()
    changes = [
        (update.my_chat_member.old_chat_member.status, update.my_chat_member.new_chat_member.status)
        for update in updates
        if update.my_chat_member
    ]
    assert changes == [("member", "kicked"), ("kicked", "member"), ("left", "member")]
    said = [update.message.text for update in updates if update.message and update.message.text]
    assert said == ["/start", "/start@gentle_hours_bot"]
    await bot.send_message(group, "I only work in a chat of two.")
    assert (await sim.messages_in(group))[-1].text == "I only work in a chat of two."
    await maria.remove_bot(group)
    with pytest.raises(Forbidden, match="bot is not a member of the group chat"):
        await bot.send_message(group, "Still here?")


def test_answers_do_not_wait_for_nagle() -> None:
    with listening("127.0.0.1", 0) as bound:
        assert bound.proto == socket.IPPROTO_TCP


@asynccontextmanager
async def listener(
    answers: list[int],
) -> AsyncIterator[tuple[str, list[tuple[str | None, dict[str, object]]]]]:
    """A bot's own address, which gives the answers in turn and then 200."""
    got: list[tuple[str | None, dict[str, object]]] = []

    async def hook(request: Request) -> Response:
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return Response(status_code=answers.pop(0) if answers else 200)

    bound = listening("127.0.0.1", 0)
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/hook"
    async with running(Starlette(routes=[Route("/hook", hook, methods=["POST"])]), bound):
        yield url, got


async def test_a_webhook_gets_each_update_until_it_says_200(bot: Bot, sim: Simulator, maria: Phone) -> None:
    async with listener([500, 503]) as (url, got):
        assert await bot.set_webhook(url, secret_token="s3cret", allowed_updates=["message"])
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await maria.say("one")
        await maria.say("two")
        await sim.quiet(patience=0)
        texts = [update["message"]["text"] for _, update in got]  # type: ignore[index]
        assert texts == ["one", "one", "one", "two"]
        assert {secret for secret, _ in got} == {"s3cret"}
        info = await bot.get_webhook_info()
        assert info.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
        assert info.pending_update_count == 0
        await bot.delete_webhook()
    await maria.say("three")
    assert len(await bot.get_updates()) == 1


async def test_the_library_runs_on_a_webhook(sim: Simulator, maria: Phone) -> None:
    app = build(sim)
    async with app:
        await app.start()

        async def hook(request: Request) -> Response:
            await app.update_queue.put(Update.de_json(await request.json(), app.bot))
            return Response()

        bound = listening("127.0.0.1", 0)
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/hook"
        async with running(Starlette(routes=[Route("/hook", hook, methods=["POST"])]), bound):
            await app.bot.set_webhook(url)
            await maria.start()
            await maria.tap("Yes")
            await maria.expect("You said yes.")
            await app.bot.delete_webhook()
        await app.stop()
