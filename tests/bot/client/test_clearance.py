"""The doctor's OK: typed in one line, looked at by a lead, and what a bad line is answered with."""

from __future__ import annotations

from datetime import date

import pytest

from bot import typed_ok
from scheduling import notifications, tasks
from screening import clearance
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, open_codes

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
TODAY = date(2027, 3, 1)


async def at_ok_how(world: World, chat: Chat) -> None:
    await world.later(minutes=4)  # the three minutes of Undo
    await chat.say("/visits")
    await chat.tap("visit", "sendok")
    assert chat.screen.key == "ok.how"


async def test_typed_in_one_line_and_kept_until_a_lead_looks(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    visit = await booked(world, client, in_days(world, 9))
    await at_ok_how(world, chat)
    assert chat.screen.names[:4] == ("photo", "typed", "paper", "form")
    await chat.tap("typed")
    await chat.say("Dr Novak, 22 Feb 2027, light touch only")
    assert chat.screen.key == "ok.received"
    assert "stays kept" in chat.screen.text
    async with chat.house.database.reading() as session:
        state = await clearance.state(session, client, chat.house.clock.now(), chat.house.zone)
        assert (state.kind, state.who, state.given_on) == ("pending", "Dr Novak", date(2027, 2, 22))
        assert state.limits == "light touch only"
        assert "ok" in {task.kind for task in await tasks.of_client(session, client)}
    async with chat.house.database.transaction() as session:
        now = chat.house.clock.now()
        assert state.pending is not None
        await clearance.accept(
            session, state.pending, by="lead", roles=("lead",), months=12, now=now, zone=chat.house.zone
        )
        await notifications.plan(session, client, "ok.accepted", now, key="t", data={"appointment": visit.id})
    await world.settle()
    await chat.look()
    assert chat.screen.key == "ok.accepted"
    assert "With this limit: light touch only." in chat.screen.text
    previews = [n.text for n in world.sim.notifications(chat.phone.chat_id)]
    assert previews[-1].startswith("Good news for your visit on")
    assert "light" not in previews[-1]
    assert await open_codes(chat.house, client) == set()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Dr Novak said yes", "I could not find the day."),
        ("Dr Novak, 3 April 2027", "is still to come"),
        ("Dr Novak, 3 Feb 2025", "more than 12 months ago"),
        ("3 Feb 2027", "I could not find who said yes."),
    ],
)
async def test_a_bad_line_is_answered_kindly(world: World, chat: Chat, line: str, words: str) -> None:
    client = await known(world, chat, ok="no")
    await booked(world, client, in_days(world, 9))
    await at_ok_how(world, chat)
    await chat.tap("typed")
    await chat.say(line)
    assert any(words in said for said in chat.texts), chat.texts
    assert chat.screen.key == "ok.typed"


async def test_a_page_for_the_doctor_and_an_ok_on_paper(world: World, chat: Chat) -> None:
    client = await known(world, chat, ok="no")
    await booked(world, client, in_days(world, 9))
    await at_ok_how(world, chat)
    await chat.tap("form")
    sent = next(m for m in reversed(chat.phone.received) if m.file)
    page = world.sim.world.files[sent.file["id"]].data.decode()  # type: ignore[index]
    assert "Is massage all right for this person?" in page
    assert "For: Maria Kral" in page
    await chat.tap("paper")
    assert chat.screen.key == "ok.paper"
    async with chat.house.database.reading() as session:
        assert "paper" in {task.kind for task in await tasks.of_client(session, client)}


async def test_an_ok_that_ends_soon_is_asked_for_in_time(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    async with chat.house.database.transaction() as session:
        now = chat.house.clock.now()
        await notifications.plan(session, client, "ok.expiring", now, key="x")
    await world.settle()
    assert not any("ends on" in said for said in chat.texts)  # months away yet
    await world.later(days=160)
    async with chat.house.database.transaction() as session:
        await notifications.plan(session, client, "ok.expiring", chat.house.clock.now(), key="y")
    await world.settle()
    await chat.look()
    assert chat.screen.key == "ok.expiring"


@pytest.mark.parametrize(
    ("line", "who", "day", "limits"),
    [
        ("Dr Novak, 22 Feb 2027, no heat", "Dr Novak", date(2027, 2, 22), "no heat"),
        ("Dr. Novak on 22.2.2027", "Dr. Novak", date(2027, 2, 22), ""),
        ("my MS nurse Ida, 2027-02-22, light only", "my MS nurse Ida", date(2027, 2, 22), "light only"),
        ("Dr Novak, Feb 22, feet only", "Dr Novak", date(2027, 2, 22), "feet only"),
        ("Dr Novak, 3 Dec", "Dr Novak", date(2026, 12, 3), ""),
        ("Dr Novak, yesterday", "Dr Novak", date(2027, 2, 28), ""),
        ("22/2/27 Dr Novak, no belly", "Dr Novak", date(2027, 2, 22), "no belly"),
        ("Dr Novak, 31 Feb 2027", "Dr Novak, 31 Feb 2027", None, ""),
        ("5 sessions ago", "5 sessions ago", None, ""),
    ],
)
async def test_lines_that_are_read(
    line: str, who: str, day: date | None, limits: str, database_kind: str
) -> None:
    assert typed_ok.read(line, TODAY) == typed_ok.TypedOk(who, day, limits)
