"""A therapist's own hours and days off."""

from __future__ import annotations

import pytest

from bot.therapist.time_off import read_hour
from tests.bot.chat import World
from tests.bot.staff import therapist

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("typed", "span"),
    [
        ("14:00", (840, 900)),
        ("14-15", (840, 900)),
        ("9.30 - 11", (570, 660)),
        ("14", (840, 900)),
        ("15-14", None),
        ("14:07", None),
        ("25", None),
        ("soon", None),
    ],
)
def test_an_hour_as_it_is_typed(typed: str, span: tuple[int, int] | None) -> None:
    assert read_hour(typed) == span


@SQLITE
async def test_block_an_hour_and_undo(world: World) -> None:
    ana = await therapist(world)
    await ana.say("/off")
    await ana.tap("block")
    await ana.say("soon")
    assert ana.screen.key == "off.block"
    await ana.say("14:00")
    assert ana.screen.text == "Blocked: Mon 1 Mar, 14:00 to 15:00. Undo until 8:03."
    await ana.tap("undo")
    assert ana.screen.key == "off.undone"


@SQLITE
async def test_one_day_and_several_for_oneself_only(world: World) -> None:
    ana = await therapist(world)
    await ana.say("/off")
    await ana.tap("oneday", "day.2027-03-04")
    assert ana.screen.text == "Ana off on Thu 4 Mar: 0 visits in the way."
    await ana.tap("save")
    await ana.say("/off")
    await ana.tap("days")
    await ana.say("Marek 8-12 Mar")
    assert ana.screen.text == "Ana off from Mon 8 Mar to Fri 12 Mar: 0 visits in the way."
