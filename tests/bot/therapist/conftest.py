"""A visit that a person must look at, so that a test starts where somebody decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from config.clock import from_minutes
from scheduling import rescheduling
from scheduling.appointments import Appointment
from screening import holds, interview
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, known

THURSDAY = date(2027, 3, 4)

Review = Callable[[str], Awaitable[tuple[Appointment, str]]]


async def raised(world: World, visit: Appointment, code: str, phase: str = "check") -> None:
    """A code that the client's answers gave, with all that follows."""
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        decision = await interview.raise_finding(
            session, visit.client_id, code, "text", now, zone=house.zone, own_words="not sure",
            appointment_id=visit.id, session_at=from_minutes(visit.starts_at), by=visit.client_id,
        )  # fmt: skip
        await rescheduling.apply_decision(session, visit.id, decision, now, phase=phase)
    await world.settle()


async def hold_topic(world: World, client: str) -> str:
    """The topic of the card on which the client's one hold is decided."""
    async with world.app.house.database.reading() as session:
        [hold] = await holds.open_holds(session, client)
        return f"review:{hold.id}"


@pytest.fixture
def under_review(world: World, chat: Chat) -> Review:
    """`await under_review("item_unsure")`: Maria's visit on Thursday at ten, held, and its card's topic."""

    async def begin(code: str) -> tuple[Appointment, str]:
        client = await known(world, chat)
        visit = await booked(world, client, THURSDAY, 10)
        await raised(world, visit, code)
        return visit, await hold_topic(world, client)

    return begin
