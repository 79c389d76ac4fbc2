"""Clients at a certain point of their way, so that a test starts where its story does."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.app import build_house, running
from bot.simulator.client import Simulator
from config.clinic import ClinicFile
from config.clock import Clock
from config.database import Database
from config.settings import Settings
from scheduling import people
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.conftest import sign

WELL = {
    "profile.ok_who": "1", "profile.ok_when": "1", "profile.heat_cold": "4", "profile.relapse": "4",
    "profile.hopes": "1",
}  # fmt: skip


async def contacted(chat: Chat) -> Chat:
    """Has MS, likes mornings, has an OK, and sees the first times."""
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o1")
    assert chat.screen.key == "book.first"
    return chat


async def known(chat: Chat) -> Chat:
    """The same, and has told the whole profile and "no phone" before; sees Home."""
    await contacted(chat)
    house, client = chat.house, await chat.person_id()
    async with house.database.transaction() as session:
        await people.set_phone(session, client, None)
        now = house.clock.now()
        round_id = await interview.open_interview(session, client, "profile", now, zone=house.zone)
        while (prompt := await interview.current(session, round_id, now)) is not None:
            name = WELL.get(prompt.key)
            offered = {option.label: option.name for option in prompt.options}
            chosen = offered.get(f"{prompt.key}.{name}.b") or offered["button.none"]
            await interview.answer(session, round_id, chosen, now)
        await interview.finish(session, round_id, now)
    await chat.start()
    assert chat.screen.key == "book.home"
    return chat


class Unsigned(World):
    """A clinic whose policy nobody has signed yet."""

    async def sign(self) -> None:
        await sign(self.app.house)


@pytest.fixture
async def unsigned(
    database: Database, settings: Settings, clinic: ClinicFile, clock: Clock
) -> AsyncIterator[Unsigned]:
    async with Simulator.start() as sim:
        settings.bot_token = SecretStr(sim.token)
        settings.api_url = sim.url
        house = build_house(settings, database=database, clock=clock, clinic=clinic)
        async with running(house) as app:
            yield Unsigned(app, sim)
