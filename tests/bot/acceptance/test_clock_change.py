"""Both nights on which the clocks change, in two zones: times, reminders and the day are right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from bot.app import build_house, running
from bot.simulator.client import Simulator
from config.clinic import EXAMPLE, parse_clinic
from config.clock import Clock, from_minutes
from config.database import Database
from config.settings import Settings
from scheduling.notifications import Notification
from tests.bot.chat import Chat, World
from tests.bot.conftest import sign
from tests.bot.staff import therapist
from tests.bot.visits import known

VISIT = timedelta(minutes=45)
STEP = timedelta(minutes=15)
WORKS = ((time(0), time(6)), (time(8), time(12)))  # Ana, on that Sunday


@dataclass(frozen=True)
class Night:
    """`sunday` has 23 hours or 25; `odd` is the hour of the wall that is not there, or comes twice."""

    zone: str
    sunday: date
    hours: int
    odd: int

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def at(self, hour: int, minute: int = 0, *, days: int = 0, fold: int = 0) -> datetime:
        """UTC of that wall time; of two, the first, or with fold=1 the second."""
        wall = datetime.combine(self.sunday + timedelta(days), time(hour, minute, fold=fold), self.tz)
        return wall.astimezone(UTC)

    def label(self, moment: datetime) -> str:
        """As the wall clock shows it; an hour that comes twice says which one it is."""
        local = moment.astimezone(self.tz)
        twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
        return f"{local:%-H:%M}" + (f" ({local.tzname()})" if twice else "")

    def free(self) -> list[str]:
        """Every time of that Sunday, counted in real minutes from one wall time to the other."""
        out = []
        for begin, end in WORKS:
            start, last = self.at(begin.hour), self.at(end.hour) - VISIT
            while start <= last:
                out.append(self.label(start))
                start += STEP
        return out


NIGHTS = (
    Night("Europe/Berlin", date(2027, 3, 28), 23, 2),
    Night("Europe/Berlin", date(2027, 10, 31), 25, 2),
    Night("America/New_York", date(2027, 3, 14), 23, 2),
    Night("America/New_York", date(2027, 11, 7), 25, 1),
)
pytestmark = [
    pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True),
    pytest.mark.parametrize("night", NIGHTS, ids=lambda n: f"{n.zone.partition('/')[2]}-{n.sunday}"),
]


@pytest.fixture
async def world(database: Database, settings: Settings, night: Night) -> AsyncIterator[World]:
    """The example clinic in that zone, open on Sundays too, on the Thursday before at 8:00."""
    text = EXAMPLE.read_text(encoding="utf-8").replace('"Europe/Berlin"', f'"{night.zone}"')
    text = text.replace('fri = "8:00-16:00"', 'fri = "8:00-16:00"\nsat = "8:00-18:00"\nsun = "0:00-18:00"')
    text = text.replace('fri = "9:00-13:00"', 'fri = "9:00-13:00"\nsun = "0:00-6:00, 8:00-12:00"')
    clock = Clock(read=lambda: night.at(8, days=-3))
    async with Simulator.start() as sim:
        settings.bot_token, settings.api_url = SecretStr(sim.token), sim.url
        house = build_house(settings, database=database, clock=clock, clinic=parse_clinic(text))
        async with running(house) as app:
            await sign(house)
            yield World(app, sim)


def _shown(chat: Chat, night: Night) -> dict[str, str]:
    """The times of that Sunday on the open page: label -> the button's code."""
    found = {}
    for row in chat.phone.live.rows:
        for button in row:
            code = (button.data or "").rpartition(":")[2]
            if code.startswith("hour.") and _start(code).astimezone(night.tz).date() == night.sunday:
                found[button.text.removesuffix("Ana").strip()] = code
    return found


def _start(code: str) -> datetime:
    return from_minutes(int(code.partition(".")[2].partition("-")[0]))


async def times_of(chat: Chat, night: Night) -> dict[str, str]:
    """What the day's picker offers, page by page."""
    await chat.say("/book")
    await chat.tap("times", f"day.{night.sunday}")
    found = new = _shown(chat, night)
    while len(new) == 8:
        await chat.tap("later")
        new = _shown(chat, night)
        found |= new
    return found


async def book(chat: Chat, night: Night, moment: datetime) -> None:
    await chat.say("/book")
    await chat.tap("times", f"day.{night.sunday}")
    while night.label(moment) not in _shown(chat, night):
        await chat.tap("later")
    await chat.tap(_shown(chat, night)[night.label(moment)], "confirm")


async def due(world: World, kind: str) -> datetime:
    async with world.app.house.database.reading() as session:
        query = select(Notification.due_at).where(Notification.kind == kind, Notification.state == "pending")
        found = list(await session.scalars(query.order_by(Notification.due_at)))
    assert len(found) == 1, (kind, found)
    return found[0]


async def test_the_hour_that_is_not_there_or_comes_twice(world: World, night: Night) -> None:
    chat = world.chat()
    await known(world, chat)
    offered = await times_of(chat, night)
    in_order = sorted(offered, key=lambda label: _start(offered[label]))
    assert in_order == night.free()
    at_odd = [label for label in in_order if label.startswith(f"{night.odd}:")]
    assert len(at_odd) == {23: 0, 25: 8}[night.hours]
    for code in offered.values():
        start = _start(code)
        assert any(
            night.at(begin.hour) <= start and start + VISIT <= night.at(end.hour) for begin, end in WORKS
        )


async def test_reminders_keep_their_distance_and_the_wall_clock_its_hours(world: World, night: Night) -> None:
    """A visit at 10:00 after the night: all that is said before and after it."""
    ana = await therapist(world)
    chat = world.chat()
    await known(world, chat)
    begins = night.at(10)
    await book(chat, night, begins)
    visit = await chat.appointment()
    assert from_minutes(visit.starts_at) == begins
    sunday = f"{night.sunday:%a} {night.sunday.day} {night.sunday:%b}"
    assert f"{sunday}, 10:00" in chat.screen.text

    # the check is 24 real hours before: on the wall it moved by one, and the card says the true hours
    assert await due(world, "check.a") == begins - timedelta(hours=24)
    assert night.label(begins - timedelta(hours=24)) == {23: "9:00", 25: "11:00"}[night.hours]
    await world.until("check.a")
    answer_by = night.label(begins - timedelta(hours=12))
    assert answer_by == {23: "21:00", 25: "23:00"}[night.hours]
    card = next(m for m in reversed(chat.phone.received) if "1 of" in m.text)
    assert f"{sunday}, 10:00" in card.text
    saturday = night.sunday - timedelta(1)
    assert answer_by in card.text, card.text

    # the therapist's day at 18:00 and 7:00 of the wall, with the visit at 10:00
    async with world.app.house.database.reading() as session:
        query = select(Notification.due_at).where(Notification.kind == "day.card")
        planned = set(await session.scalars(query))
    assert {night.at(18, days=-1), night.at(7)} <= planned
    for moment in planned:
        assert f"{moment.astimezone(night.tz):%H:%M}" in {"18:00", "07:00"}
    for _ in range(5):
        world.app.house.clock.advance(timedelta(seconds=4))  # a card that is answered faster was not read
        await chat.tap("none")
    while world.app.house.clock.now() < night.at(18, days=-1):
        await world.until("day.card")
    day = next(m for m in reversed(ana.phone.received) if m.text.startswith(f"Your day: {sunday}"))
    assert "As of 18:00" in day.text
    assert "10:00 Maria" in day.text
    assert saturday.weekday() == 5

    # the question of the day 3 hours before, never before 7:00
    assert await due(world, "recheck.t") == max(begins - timedelta(hours=3), night.at(7))
    await world.until("recheck.t")
    await chat.tap("none")
    await world.later(hours=3, minutes=10)
    await ana.say("/today")
    await ana.tap("row", "done")
    assert (await chat.appointment()).state == "done"

    # afterwards: 3 minutes of Undo, then care; the next day by the wall
    await world.until("after.care")
    asked = await due(world, "after.next_day")
    local = asked.astimezone(night.tz)
    assert local.date() == night.sunday + timedelta(1)
    assert time(7) <= local.time() <= time(21)
    assert timedelta(hours=20) <= asked - from_minutes(visit.ends_at) <= timedelta(hours=28)


async def test_two_visits_in_the_doubled_hour(world: World, night: Night) -> None:
    """One hour apart under the same figures, or at both edges of the hour that is left out."""
    ana = await therapist(world)
    twice = night.hours == 25
    first = night.at(night.odd) if twice else night.at(night.odd - 1)
    second = night.at(night.odd, fold=1) if twice else night.at(night.odd + 1)
    assert second - first == timedelta(hours=1)
    clients = [world.chat(1001, "Maria"), world.chat(1005, "Petra")]
    for chat, moment, name in zip(clients, (first, second), ("Maria", "Petra"), strict=True):
        await known(world, chat, name=name)
        await book(chat, night, moment)
        visit = await chat.appointment()
        assert (visit.state, from_minutes(visit.starts_at)) == ("booked", moment)
        assert night.label(moment) in chat.screen.text
    world.app.house.clock.advance(night.at(0, 5) - world.app.house.clock.now())
    await ana.say("/today")
    day = ana.phone.live.text
    rows = [line for line in day.splitlines() if "Maria" in line or "Petra" in line]
    assert rows[0].startswith(f"{night.label(first)} Maria")
    assert rows[1].startswith(f"{night.label(second)} Petra")
