"""One update, one turn: old, doubled and forged buttons, restarts, order, and a store that says no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.app import build_house, running
from bot.delivery import worker
from bot.delivery.inbox import InboxUpdate
from bot.simulator.client import Simulator
from config.clinic import ClinicFile
from config.clock import Clock
from config.database import Busy, Database, Down
from config.encryption import Keyring
from config.settings import Settings
from scheduling import people, tasks
from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.client.conftest import known
from tests.bot.conftest import sign

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def data_of(chat: Chat, label: str) -> str:
    """The data behind a label on the newest message that has it."""
    for message in reversed(chat.phone.received):
        for row in message.rows:
            for button in row:
                if button.text == label and button.data:
                    return button.data
    raise AssertionError(f"no {label} in {chat.phone}")


# --- old, doubled, forged ---


async def test_an_old_button_shows_how_it_stands(chat: Chat) -> None:
    await known(chat)
    old, message = data_of(chat, "More times"), chat.phone.live.id
    await chat.tap("slot2")
    await chat.phone.tap_data(old, message)
    await chat.settle()
    assert chat.phone.toasts[-1].text == "This has changed. Here is how it stands now."
    assert chat.screen.key == "book.confirm"


async def test_a_doubled_tap_counts_once(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2")
    confirm, message = data_of(chat, "Confirm"), chat.phone.live.id
    await asyncio.gather(*(chat.phone.tap_data(confirm, message) for _ in range(4)))
    await chat.settle()
    async with chat.house.database.reading() as session:
        number = await session.scalar(select(func.count()).where(Appointment.state == "booked"))
    assert number == 1
    assert len([words for words in chat.texts if words.startswith("Booked:")]) == 1


@on_sqlite
async def test_a_doubled_tap_is_answered_kindly(chat: Chat) -> None:
    await known(chat)
    times, message = data_of(chat, "More times"), chat.phone.live.id
    await chat.phone.tap_data(times, message)
    await chat.phone.tap_data(times, message)
    await chat.settle()
    assert "Done already." in {toast.text for toast in chat.phone.toasts}
    assert chat.screen.key == "book.days"


@on_sqlite
async def test_an_update_that_comes_twice_is_one_turn(chat: Chat, world: World) -> None:
    await known(chat)
    await world.sim.twice()
    await chat.tap("slot2")
    assert chat.screen.key == "book.confirm"
    await world.sim.redeliver(3)
    await chat.settle()
    async with chat.house.database.reading() as session:
        assert await session.scalar(select(func.count(Appointment.id))) == 1


@on_sqlite
@pytest.mark.parametrize(
    "data",
    [
        "f:1:confirm", "f:99999:confirm", "c:AAAAAAAAAAA:cancelnow", "f:3:slot1.1-00000000", "x", "f:a:b",
        "c:short:x", "f:2:day.2027-13-45", "💥" * 8,
    ],
)  # fmt: skip
async def test_forged_data_changes_nothing(chat: Chat, data: str) -> None:
    await known(chat)
    await chat.phone.tap_data(data, chat.phone.live.id)
    await chat.settle()
    assert chat.screen.key == "book.home"
    async with chat.house.database.reading() as session:
        assert await session.scalar(select(func.count(Appointment.id))) == 0
        assert await session.scalar(select(func.count()).where(InboxUpdate.state != "done")) == 0


@on_sqlite
async def test_forged_values_of_a_real_button(chat: Chat) -> None:
    await known(chat)
    await chat.tap("times")
    for value in ("2027-13-45", "2020-01-01", "..", "2027-03-04T00:00"):
        revision = data_of(chat, "Home").split(":")[1]
        await chat.phone.tap_data(f"f:{revision}:day.{value}", chat.phone.live.id)
        await chat.settle()
        assert chat.screen.key in {"book.days", "book.day"}, value
        await chat.start()
        await chat.tap("times")
    async with chat.house.database.reading() as session:
        assert await session.scalar(select(func.count()).where(InboxUpdate.state == "dead")) == 0


async def test_another_persons_button(chat: Chat, world: World) -> None:
    await known(chat)
    await chat.tap("slot2", "confirm")
    stolen = data_of(chat, "Cancel visit")
    jonas = await known(world.chat(1002, "Jonas"))
    await jonas.phone.tap_data(stolen)
    await jonas.settle()
    assert jonas.phone.toasts[-1].text == "This card belongs to someone else."
    assert (await chat.appointment()).state == "booked"


@on_sqlite
async def test_a_card_that_is_gone(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot2")
    confirm, message = data_of(chat, "Confirm"), chat.phone.live.id
    await chat.tap("confirm")
    await chat.phone.tap_data(confirm, message)
    await chat.settle()
    assert chat.phone.toasts[-1].text == "This is over."
    assert chat.screen.key == "book.home"


@on_sqlite
async def test_a_role_taken_away(chat: Chat) -> None:
    await known(chat)
    await chat.say("/tasks")
    assert any("I am not sure what you mean." in words for words in chat.texts)


# --- restarts and order ---


class Clinic:
    """A bot that can be stopped and started again on the same store and the same phones."""

    def __init__(self, sim: Simulator, url: str, keyring: Keyring, settings: Settings, **parts: Any) -> None:
        self.sim, self.url, self.keyring, self.settings, self.parts = sim, url, keyring, settings, parts

    def start(self) -> Any:
        return running(build_house(self.settings, database=Database(self.url, self.keyring), **self.parts))


@pytest.fixture
async def restartable(
    database_url: str, keyring: Keyring, settings: Settings, clinic: ClinicFile, clock: Clock
) -> AsyncIterator[Clinic]:
    async with Simulator.start() as sim:
        settings.bot_token = SecretStr(sim.token)
        settings.api_url = sim.url
        yield Clinic(sim, database_url, keyring, settings, clinic=clinic, clock=clock)


async def test_a_restart_resumes_at_the_same_screen(restartable: Clinic) -> None:
    async with restartable.start() as app:
        await sign(app.house)
        chat = World(app, restartable.sim).chat(1001, "Maria")
        await known(chat)
        await chat.tap("times", "day.2027-03-04")
        before = chat.phone.live
    hour = next(button.data for row in before.rows for button in row)
    assert hour is not None
    await chat.phone.tap_data(hour, before.id)  # while nobody is there
    async with restartable.start() as app:
        chat = World(app, restartable.sim).chat(1001, "Maria")
        await chat.settle()
        assert chat.screen.key == "book.confirm"
        assert chat.phone.live.id == before.id
        await chat.tap("confirm")
        assert chat.screen.key == "visit.booked_new"


@on_sqlite
async def test_first_contact_goes_on_after_a_restart(restartable: Clinic) -> None:
    async with restartable.start() as app:
        await sign(app.house)
        chat = World(app, restartable.sim).chat(1001, "Maria")
        await chat.start()
        await chat.tap("agree", "o1")
    async with restartable.start() as app:
        chat = World(app, restartable.sim).chat(1001, "Maria")
        await chat.tap("o1", "o1")
        assert chat.screen.key == "book.first"


@on_sqlite
async def test_messages_of_a_chat_are_worked_in_order(chat: Chat) -> None:
    await known(chat)
    await chat.say("human")
    for number in range(8):
        await chat.phone.say(f"word {number}")
    await chat.settle()
    async with chat.house.database.reading() as session:
        (task,) = await tasks.of_client(session, await chat.person_id())
        assert await tasks.note_of(session, task) == "\n".join(f"word {n}" for n in range(8))


async def test_other_chats_go_on_at_once(world: World) -> None:
    chats = [world.chat(2000 + n, f"P{n}") for n in range(6)]
    await asyncio.gather(*(one.phone.start() for one in chats))
    await world.settle()
    for one in chats:
        assert (await one.look()).key == "first.consent"


# --- blocked and back, and a store that says no ---


@on_sqlite
async def test_blocked_and_back(chat: Chat) -> None:
    await known(chat)
    await chat.tap("slot3", "confirm")
    await chat.phone.block()
    await chat.settle()
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert person.unreachable_since is not None
    await chat.phone.unblock()
    await chat.settle()
    assert any(
        "Good to see you again, Maria. While you were away: Booked: Thu 4 Mar" in w for w in chat.texts
    )
    async with chat.house.database.reading() as session:
        person = await people.get_person(session, await chat.person_id())
        assert person is not None
        assert person.unreachable_since is None


@on_sqlite
async def test_a_locked_store_loses_no_tap(chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await known(chat)
    monkeypatch.setattr(worker, "BUSY_WAITS", (0.01, 0.01, 0.01))
    handle, refused = world.app.worker.router.handle, []

    async def locked(*told: Any) -> None:
        if len(refused) < 2:
            refused.append(told)
            raise Busy("database is locked")
        await handle(*told)

    monkeypatch.setattr(world.app.worker.router, "handle", locked)
    await chat.tap("slot2")
    assert len(refused) == 2
    assert chat.screen.key == "book.confirm"


@on_sqlite
async def test_a_full_store_is_said_once_and_the_tap_waits(
    chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(chat)
    monkeypatch.setattr(worker, "DOWN_WAIT", 0.01)
    handle, refused = world.app.worker.router.handle, []

    async def full(*told: Any) -> None:
        if len(refused) < 3:
            refused.append(told)
            raise Down("disk full")
        await handle(*told)

    monkeypatch.setattr(world.app.worker.router, "handle", full)
    await chat.tap("slot2")
    assert chat.screen.key == "book.confirm"
    assert len([words for words in chat.texts if words.startswith("I cannot save anything right now")]) == 1


@on_sqlite
async def test_a_fault_of_ours_is_told_and_goes_to_a_person(
    chat: Chat, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known(chat)

    async def broken(*told: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world.app.worker.router, "handle", broken)
    await chat.tap("slot2")
    told = chat.phone.received[-1]
    assert told.text.startswith("We are sorry: one of your taps did not get through.")
    assert [row[0].text for row in told.rows] == ["My visit", "Talk to a person"]
    async with chat.house.database.reading() as session:
        found = await tasks.of_client(session, await chat.person_id())
        assert [task.kind for task in found] == ["fault"]
