"""A day off by the desk: what it hits, three ways to go on, and the client's three other times."""

from __future__ import annotations

from datetime import date

import pytest

from tests.bot.chat import Chat, World
from tests.bot.visits import booked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
THURSDAY = date(2027, 3, 4)


async def told(world: World) -> None:
    """Three minutes and the tick that tells people."""
    await world.later(minutes=4)
    await world.app.ticks._expire()
    await world.settle()


async def test_a_day_off_in_three_taps(world: World, chat: Chat, admin: Chat) -> None:
    visit = await booked(world, await known(world, chat), THURSDAY, 10)
    await admin.say("/off")
    assert admin.screen.key == "who.pick"
    await admin.tap("pick", "day.2027-03-04")  # 1, 2
    assert admin.screen.key == "off.admin"
    assert admin.screen.text.startswith("Ana off on Thu 4 Mar: 1 visit in the way.\n10:00 Maria K., ")
    assert "A place is free for 1 of them." in admin.screen.text
    await admin.tap("reall")  # 3
    assert admin.screen.text.startswith("Saved. 1 person told. Undo until")
    await told(world)
    card = await chat.look(f"moved:{visit.id}")
    assert card.text.startswith(
        "Your visit on Thu 4 Mar, 10:00 has to change. We are sorry.\nAna is away that day.\n"
        "Three other times for you, kept until"
    )
    assert card.names[-2:] == ("others", "person")
    await chat.tap("slot2", topic=f"moved:{visit.id}")
    moved = await chat.appointment()
    assert moved.state == "booked"
    assert moved.starts_at != visit.starts_at or moved.therapist_id != visit.therapist_id


async def test_one_tap_with_the_line(world: World, chat: Chat, admin: Chat) -> None:
    await booked(world, await known(world, chat), THURSDAY, 10)
    await admin.say("/off Ana 4 Mar")
    assert admin.screen.key == "off.admin"
    await admin.tap("keepall")
    assert admin.screen.text.startswith("Saved. 0 people told.")
    await told(world)
    assert (await chat.appointment()).state == "booked"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/off Ana 3-7 Mar", "Ana off from Wed 3 Mar to Sun 7 Mar: 0 visits in the way."),
        ("/off all 1 May", "Everyone off on Sat 1 May: 0 visits in the way."),
        ("/off Ana 27 Feb", "Sat 27 Feb is over. A day off must be today or later. Nothing is saved."),
        ("/off Ana soon", "I could not read that day. Type it like 3 Mar, or 3-7 Mar. Nothing is saved."),
        ("/off Ana", "Ana off: which day? You can also type it: 3 Mar, or 3-7 Mar."),
    ],
)
async def test_typed_forms(admin: Chat, line: str, said: str) -> None:
    await admin.say(line)
    assert admin.screen.text == said


async def test_a_day_that_is_off_already(admin: Chat) -> None:
    await admin.say("/off Ana 4 Mar")
    await admin.tap("save")
    await admin.say("/off Ana 4 Mar")
    await admin.tap("save")
    assert admin.screen.text == "Ana is already off on Thu 4 Mar."


async def test_undo_before_anybody_was_told(world: World, chat: Chat, admin: Chat) -> None:
    await booked(world, await known(world, chat), THURSDAY, 10)
    await admin.say("/off Ana 4 Mar")
    await admin.tap("reall", "undo")
    assert admin.screen.key == "off.undone"
    await told(world)
    assert (await chat.appointment()).state == "booked"


async def test_decide_each(world: World, chat: Chat, admin: Chat) -> None:
    visit = await booked(world, await known(world, chat), THURSDAY, 10)
    await admin.say("/off Ana 4 Mar")
    await admin.tap("each")
    assert admin.screen.text.startswith("Thu 4 Mar, 10:00: Maria K., Foot massage, 30 min.")
    await admin.tap("reoffer1", topic="home")
    assert (await admin.look("home")).text == "That was the last one."
    assert (await chat.look(f"moved:{visit.id}")).key == "visit.by_clinic"
