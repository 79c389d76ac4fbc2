"""Whichever way a visit is booked, it meets the same holds: each path against each kind of hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from config.clock import from_minutes
from scheduling import holding, rescheduling
from scheduling.appointments import BOOKED, DONE, HELD, TENTATIVE, Appointment
from scheduling.refusals import CannotBook
from scheduling.search import SearchQuery, search
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FAR = date(2027, 3, 11)


@dataclass
class Story:
    """A client with an old visit, a cancelled one that can be undone, a held time, and old cards to tap."""

    world: World
    chat: Chat
    admin: Chat
    client: str
    done: str
    held: str
    old: dict[str, tuple[str, int]] = field(default_factory=dict)  # button -> its data and message

    async def taps_old(self, name: str) -> None:
        data, message = self.old[name]
        await self.chat.phone.tap_data(data, message)
        await self.chat.settle()

    def keeps(self, name: str, button: str) -> None:
        message = self.chat.phone.last
        data = next(str(b.data) for row in message.rows for b in row if f":{button}" in str(b.data))
        self.old[name] = (data, message.id)


async def before_the_hold(world: World, chat: Chat, admin: Chat) -> Story:
    await admin.start()
    client = await known(world, chat)
    old = await booked(world, client, in_days(world, 3), 10)
    house = chat.house
    async with house.database.transaction() as session:
        await session.execute(update(Appointment).where(Appointment.id == old.id).values(state=DONE))
    story = Story(world, chat, admin, client, old.id, "")
    await chat.start(f"v_{old.id}")
    story.keeps("rebook", "rebook")
    await chat.say("/book")
    story.keeps("slot", "slot1")
    await chat.tap("times", f"day.{FAR.isoformat()}")
    story.keeps("hour", "hour")
    await chat.tap("hour")
    assert chat.screen.key == "book.confirm"
    story.keeps("confirm", "confirm")
    async with house.database.reading() as session:
        held = await holding.held(session, client, house.clock.now())
    assert held is not None
    story.held = held.id
    return story


async def hold_it(story: Story, code: str) -> None:
    house = story.chat.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        decision = await interview.raise_finding(session, story.client, code, "staff", now, zone=house.zone)
        await rescheduling.apply_everywhere(session, story.client, decision, now)
    await story.world.settle()


# --- the paths ---


async def confirms_the_held_time(story: Story) -> None:
    await story.taps_old("confirm")


async def taps_a_time_of_an_old_card(story: Story) -> None:
    await story.taps_old("slot")


async def taps_an_hour_of_an_old_card(story: Story) -> None:
    await story.taps_old("hour")


async def books_from_home(story: Story) -> None:
    await story.chat.say("/book")
    assert story.chat.screen.key == "book.on_hold"
    assert not any(name.startswith("slot") for name in story.chat.screen.names)


async def books_after_odd_words(story: Story) -> None:
    await story.chat.say("xyzzy")
    await story.chat.phone.tap("Book a visit")
    await story.chat.settle()
    assert story.chat.screen.key == "book.on_hold"


async def wants_the_same_time_next_week(story: Story) -> None:
    await story.taps_old("rebook")


async def is_booked_by_staff_on_the_phone(story: Story) -> None:
    await story.admin.say("/find Maria")
    await story.admin.tap("client", "bookfor")
    assert (await story.admin.look(f"for:{story.client}")).key == "book.on_hold"


async def is_booked_by_staff_past_the_limits(story: Story) -> None:
    await by_use_case(story, over_limits=True)


async def is_booked_by_the_console(story: Story) -> None:
    await by_use_case(story, over_limits=False)


async def by_use_case(story: Story, *, over_limits: bool) -> None:
    """What any other front of the program calls."""
    house = story.chat.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        done = await session.get_one(Appointment, story.done)
        found = await search(session, SearchQuery(story.client, done.treatment_id), now)
        later = next(slot for slot in found if slot.starts_at > done.starts_at + 20 * 1440)
        with pytest.raises(CannotBook):
            await holding.hold(session, story.client, later, now, over_limits=over_limits)


Path = Callable[[Story], Awaitable[None]]
PATHS: tuple[Path, ...] = (
    confirms_the_held_time, taps_a_time_of_an_old_card, taps_an_hour_of_an_old_card,
    wants_the_same_time_next_week, books_from_home, books_after_odd_words, is_booked_by_staff_on_the_phone,
    is_booked_by_staff_past_the_limits, is_booked_by_the_console,
)  # fmt: skip


async def firm(story: Story) -> list[Appointment]:
    async with story.chat.house.database.reading() as session:
        rows = await session.scalars(
            select(Appointment).where(
                Appointment.client_id == story.client,
                Appointment.state.in_((HELD, BOOKED, TENTATIVE)),
            )
        )
        return [row for row in rows if row.state != HELD or row.id != story.held]  # it was held before


@pytest.mark.parametrize("code", ["chest_pain_now", "item_unsure", "foot_ulcer", "doctor_advised_against"])
async def test_no_path_books_under_a_hold(world: World, chat: Chat, admin: Chat, code: str) -> None:
    story = await before_the_hold(world, chat, admin)
    await hold_it(story, code)
    for path in PATHS:
        await path(story)
        assert [(one.state, one.starts_at, one.provisional) for one in await firm(story)] == [], path.__name__


@pytest.mark.parametrize(("code", "days"), [("contagious_illness", 5), ("relapse_current", 30)])
async def test_no_path_books_before_the_day_of_a_hold(
    world: World, chat: Chat, admin: Chat, code: str, days: int
) -> None:
    story = await before_the_hold(world, chat, admin)
    await hold_it(story, code)
    earliest = chat.house.clock.now() + timedelta(days=days - 1)
    for path in PATHS[:4]:
        await path(story)
        early = [one for one in await firm(story) if from_minutes(one.starts_at) < earliest]
        assert early == [], path.__name__


@pytest.mark.parametrize("code", ["chest_pain_now", "item_unsure", "contagious_illness"])
async def test_no_undo_brings_a_visit_back_under_a_hold(
    world: World, chat: Chat, admin: Chat, code: str
) -> None:
    """Cancelled by choice, then something is told, then Undo within the three minutes."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3), 10)
    await chat.say("/visits")
    await chat.tap("visit", "cancel", "cancelnow")
    assert chat.screen.key == "cancel.done"
    await hold_it(Story(world, chat, admin, client, "", ""), code)
    await chat.tap("undo", topic="home")
    assert (await chat.look("home")).key == "book.on_hold"
    async with chat.house.database.reading() as session:
        assert (await session.get_one(Appointment, visit.id)).state == "cancelled"
