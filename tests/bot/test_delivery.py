"""Nothing is lost, doubled or stopped by bad luck: odd updates, floods, a store or a server that says no."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from bot.conversation import Conversation
from bot.delivery import drawing, inbox, worker
from bot.delivery.inbox import InboxUpdate
from config.database import Busy, Database
from scheduling import notifications, people, tasks
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def a_message(update_id: int, user: int, words: Any, **more: Any) -> dict[str, Any]:
    who = {"id": user, "is_bot": False, "first_name": "Maria", "language_code": "en"}
    return {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": 1_800_000_000,
            "chat": {"id": user, "type": "private", "first_name": "Maria"},
            "from": who,
            "text": words,
            **more,
        },
    }


# --- updates as no server should send them ---

ODD = (
    {"update_id": 900_001},
    {"update_id": 900_002, "message": {}},
    {"update_id": 900_003, "message": {"message_id": 1}},
    {"update_id": 900_004, "message": "words"},
    {"update_id": 900_005, "callback_query": {"id": "1"}},
    {"update_id": 900_006, "something_new": {"chat": {"id": 1001}}},
    {"update_id": 900_007, "message": {"message_id": 1, "date": 0, "chat": {"id": 10**30}}},
    {"update_id": 900_008, "callback_query": {"id": "1", "chat_instance": "1", "data": "f:0:book",
     "inline_message_id": "x", "from": {"id": 1001, "is_bot": False, "first_name": ""}}},
    a_message(900_009, 1001, "a\0b \ud800 \u202eword"),
    a_message(900_010, 1001, ""),
    a_message(900_011, 1001, "x" * 60_000),
    a_message(900_012, 1001, "<b>&amp;</b> {clinic}"),
    a_message(900_013, 1001, "/start i_\0\ud800'--"),
    {"update_id": 900_014, "channel_post": {"message_id": 1, "chat": {"id": -1, "type": "channel"}}},
)  # fmt: skip


async def test_odd_updates_stop_nobody(chat: Chat, world: World) -> None:
    await known(chat)
    assert await world.app.polling._store([inbox.clean(one) for one in ODD])
    await chat.settle()
    async with chat.house.database.reading() as session:
        left = select(func.count()).select_from(InboxUpdate).where(InboxUpdate.state == "new")
        assert await session.scalar(left) == 0
    assert not world.app.poll_task.done()
    await chat.start()
    assert chat.screen.key == "book.home"
    await chat.tap("slot2")
    assert chat.screen.key == "book.confirm"


async def test_a_name_of_bad_letters(world: World) -> None:
    chat = world.chat(1003, "\u202e<b>Eva\u0000</b>\n\u2066 x")
    await chat.start()
    assert chat.screen.key == "first.consent"
    async with chat.house.database.reading() as session:
        person = await people.by_telegram_id(session, 1003)
        assert person is not None
        assert person.name == "<b>Eva</b> x"


async def test_numbers_no_row_can_hold(chat: Chat) -> None:
    await known(chat)
    for number in (2**31, 9_999_999_999):
        await chat.phone.tap_data(f"f:{number}:book", chat.phone.live.id)
        await chat.settle()
    async with chat.house.database.reading() as session:
        assert await session.scalar(select(func.count()).where(InboxUpdate.state == "dead")) == 0
    assert chat.screen.key == "book.home"


# --- noted once, sent once ---


class BusyOnce:
    """A store that is busy for the next `times` writes after `on` is set."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 0
        whole = database.transaction

        def transaction() -> Any:
            if self.left:
                self.left -= 1
                raise Busy("database is locked")
            return whole()

        monkeypatch.setattr(database, "transaction", transaction)


@on_sqlite
async def test_a_message_that_arrived_is_not_sent_again_because_the_store_was_busy(
    chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(chat)
    monkeypatch.setattr(drawing, "NOTE_WAITS", (0.01, 0.01, 0.01))
    store = BusyOnce(chat.house.database, monkeypatch)
    new = world.app.drawer.sender.new

    async def sent(*told: Any, **more: Any) -> int:
        found = await new(*told, **more)
        store.left = 2
        return found

    monkeypatch.setattr(world.app.drawer.sender, "new", sent)
    await chat.tap("slot2", "confirm")  # a card by a notice
    await chat.say("/start")  # a card by a turn
    await world.later(seconds=30)
    await world.app.drawer.draw_lagging()
    assert len([words for words in chat.texts if words.startswith("Booked:")]) == 1
    assert len([words for words in chat.texts if words.startswith("Hello Maria")]) == 1


@on_sqlite
async def test_a_notice_whose_noting_failed_counts_as_an_answer_lost(world: World, chat: Chat) -> None:
    await known(chat)
    async with chat.house.database.transaction() as session:
        now = chat.house.clock.now()
        await notifications.plan(
            session, await chat.person_id(), "visit.card", now, key="x", at_least_once=False
        )
        (due,) = await notifications.claim(session, now)
        await notifications.mark_sending(session, due.id, now)
    await world.app.outbox._failed(due, "Busy")
    async with chat.house.database.reading() as session:
        row = await session.get(notifications.Notification, due.id)
        assert row is not None
        assert row.state == "uncertain"


@on_sqlite
async def test_a_stop_lets_what_is_being_sent_be_noted(chat: Chat, world: World) -> None:
    await known(chat)
    await world.sim.fault("late", "sendMessage", seconds=0.8)
    await chat.phone.tap_data(_data(chat, "slot2"), chat.phone.live.id)
    await chat.settle()
    await chat.phone.tap_data(_data(chat, "confirm"), chat.phone.live.id)
    await asyncio.sleep(0.3)  # the visit's card is on its way
    await world.app.ticks.stop(3)
    async with chat.house.database.reading() as session:
        states = (await session.scalars(select(notifications.Notification.state))).all()
    assert "sending" not in states


def _data(chat: Chat, code: str) -> str:
    return next(b.data for row in chat.phone.live.rows for b in row if b.data and f":{code}" in b.data)


# --- cards that cannot be drawn ---


@on_sqlite
async def test_one_card_that_cannot_be_drawn_keeps_no_other_away(
    chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(chat)
    jonas = await known(world.chat(1002, "Jonas"))
    broken = chat.house.menu.steps["book.home"]
    whole, maria = broken.show, await chat.person_id()

    async def show(turn: Any) -> Any:
        if turn.subject_id == maria:
            raise ZeroDivisionError
        return await whole(turn)

    monkeypatch.setattr(broken, "show", show)
    async with chat.house.database.transaction() as session:
        await session.execute(update(Conversation).values(shown=0, message_id=None))
    before = len(jonas.texts)
    assert await world.app.drawer.draw_lagging(at_start=True) == 2
    assert await world.app.drawer.draw_lagging(at_start=True) == 0
    assert len(jonas.texts) == before + 1


@on_sqlite
async def test_a_server_that_is_away_for_minutes_loses_no_card(chat: Chat, world: World) -> None:
    await known(chat)
    count = len(chat.texts)
    await world.sim.fault("flood", "sendMessage", count=9, retry_after=1)
    await chat.phone.say("/visits")
    await world.sim.quiet(settle=0)
    await world.app.worker.idle()
    for _ in range(12):
        world.app.drawer.sender._quiet.clear()
        chat.house.clock.advance(timedelta(minutes=6))
        await world.app.drawer.draw_lagging()
    await world.sim.clear_faults()
    await chat.settle()
    assert len(chat.texts) == count + 1


@on_sqlite
async def test_one_chat_that_is_too_fast_silences_no_other(chat: Chat, world: World) -> None:
    await known(chat)
    jonas = await known(world.chat(1002, "Jonas"))
    await world.sim.fault("flood", count=1, retry_after=600, chat_id=1001)
    await chat.phone.say("/visits")
    await world.sim.quiet(settle=0)
    await world.app.worker.idle()
    await jonas.say("/visits")
    assert jonas.screen.key == "visits.list"
    await chat.phone.say("I have crushing chest pain and cannot breathe")
    await chat.settle()
    assert any("112" in words for words in chat.texts)  # ahead of any pause


@on_sqlite
async def test_many_taps_at_once_are_answered_and_drawn_few_times(chat: Chat, world: World) -> None:
    await known(chat)
    old, message = _data(chat, "times"), chat.phone.live.id
    await chat.tap("times")
    calls = len(world.sim.calls)
    async with chat.house.database.transaction() as session:
        row = (await session.scalars(select(Conversation))).one()
        row.took_code = ""
    for _ in range(40):
        await chat.phone.tap_data(old, message)
    await chat.settle()
    edits = [c for c in world.sim.calls[calls:] if c.method == "editMessageText"]
    assert len(edits) <= 8
    assert "One moment, please. I am still working on your last tap." in {t.text for t in chat.phone.toasts}
    assert not world.app.worker._lanes


@on_sqlite
@pytest.mark.parametrize("kind", ["flood", "dropped"])
async def test_a_tap_is_answered_though_the_server_was_busy(chat: Chat, world: World, kind: str) -> None:
    """And nobody waits for it: the card is drawn meanwhile."""
    await known(chat)
    await world.sim.fault(kind, "answerCallbackQuery", count=2)
    (second,) = (b.data for row in chat.phone.live.rows for b in row if b.data and ":slot2" in b.data)
    await chat.phone.tap_data(second, chat.phone.live.id)
    await chat.phone.expect(lambda card: card.button("confirm"))
    assert world.sim.world.faults.waiting, "the card waited for the answer"
    await world.sim.quiet(timeout=20)
    assert [query.data for query in world.sim.world.queries.values() if not query.answers] == []
    assert not world.sim.world.faults.waiting


@on_sqlite
async def test_a_store_held_by_another_program_is_told_and_the_tap_counts(chat: Chat, world: World) -> None:
    await known(chat)
    database = world.app.house.database
    path = str(database.url.database)
    async with database.engine.connect() as connection:  # the one that writes
        await connection.execute(text("PRAGMA busy_timeout=300"))
    with (
        contextlib.closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(worker, "KINDLY", 0.2)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        await chat.phone.say("/visits")
        await asyncio.sleep(1.5)
        other.execute("ROLLBACK")
    await chat.settle()
    await asyncio.sleep(2.5)  # polling tries again
    await chat.settle()
    assert any(words.startswith("I cannot save anything right now") for words in chat.texts)
    assert chat.screen.key == "visits.list"


@on_sqlite
async def test_an_erasure_waits_for_a_pause_until_no_card_is_left(chat: Chat, world: World) -> None:
    await known(chat)
    await chat.say("/visits")
    await chat.say("/privacy")
    await chat.tap("erase")
    await world.sim.fault("flood", "editMessageText", count=2, retry_after=1)
    await chat.tap("eraseyes")
    await asyncio.sleep(2.5)
    await chat.settle()
    assert not any("Here are three good times" in words for words in chat.texts)
    assert any(words.startswith("Done. Your data is deleted.") for words in chat.texts)


@on_sqlite
async def test_a_message_that_fails_again_and_again_becomes_a_call(
    chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(chat)

    async def broken(turn: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(chat.house.menu.steps["visit.card"], "show", broken)
    await chat.phone.tap_data(_data(chat, "slot2"), chat.phone.live.id)
    await chat.settle()
    await chat.phone.tap_data(_data(chat, "confirm"), chat.phone.live.id)
    await world.settle()
    for _ in range(4):
        await world.later(seconds=20)
    async with chat.house.database.reading() as session:
        found = await tasks.of_client(session, await chat.person_id())
    assert [task.kind for task in found] == ["not_sent"]
