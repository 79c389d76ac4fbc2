"""Rule 8: what is told once is a caution once, and stands on the therapist's row every time after it."""

from __future__ import annotations

import pytest

from config.clock import from_minutes
from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.client.test_checking import slowly
from tests.bot.staff import therapist
from tests.bot.visits import booked, in_days, known, open_codes

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

# conditions, the taps of the first check after A, B and C, and the finding that they give
TOLD = {
    "pregnancy_ok": ("stroke pregnancy_possible", "none some check.e.8 thatsall detail.dpreg.1"),
    "port_or_line": ("ms cancer_past", "none some check.e.11 thatsall detail.dc3.1 nothing"),
    "numb_areas_known": ("ms", "some check.d.2 thatsall detail.dfeel.3"),
    "anticoagulant_stable": ("ms", "none some check.e.1 thatsall detail.dmed.2 nothing"),
}


async def row_of(world: World, ana: Chat, visit: Appointment) -> str:
    """The visit's row as the therapist opens it on the day before."""
    day = from_minutes(visit.starts_at).astimezone(world.app.house.zone).date()
    await ana.say("/week")
    await ana.tap(f"day.{day.isoformat()}", "row")
    return (await ana.look("row")).text


async def well(world: World, chat: Chat, topic: str) -> None:
    """The rest of a check: nothing else, and treatment has ended."""
    for _ in range(8):
        if chat.screen.key.startswith("result."):
            return
        await slowly(world, chat, "check.f.4" if chat.screen.key == "check.f" else "none", topic=topic)


@pytest.mark.parametrize("code", TOLD)
async def test_a_caution_once_and_a_note_each_time(world: World, chat: Chat, code: str) -> None:
    ana = await therapist(world)
    conditions, taps = TOLD[code]
    client = await known(world, chat, conditions=frozenset(conditions.split()))
    house = world.app.house
    words = [house.catalogue.say("en", key) for key in house.policy.row(code).note]
    assert words
    first = await booked(world, client, in_days(world, 3))
    await world.until("check.a", person_id=client)
    await chat.look(f"check:{first.id}")
    await slowly(world, chat, "none", "none", "none", *taps.split(), topic=f"check:{first.id}")
    await well(world, chat, f"check:{first.id}")
    assert chat.screen.key == "result.caution"
    shown = await row_of(world, ana, first)
    assert all(one in shown for one in words), shown
    await world.later(days=3)
    second = await booked(world, client, in_days(world, 3))
    await world.until("check.a", person_id=client)
    await chat.look(f"check:{second.id}")
    assert chat.screen.key == "check.a"
    await well(world, chat, f"check:{second.id}")
    assert chat.screen.key in ("result.clear_note", "result.clear")
    assert await open_codes(house, client) == set()
    shown = await row_of(world, ana, second)
    assert all(one in shown for one in words), shown
