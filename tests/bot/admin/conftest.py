"""A clinic that somebody has yet to set up: its file names no therapist, and nobody has signed."""

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
from tests.bot.chat import World


@pytest.fixture
async def empty(
    database: Database, settings: Settings, clinic: ClinicFile, clock: Clock
) -> AsyncIterator[World]:
    async with Simulator.start() as sim:
        settings.bot_token = SecretStr(sim.token)
        settings.api_url = sim.url
        bare = clinic.model_copy(update={"therapists": ()})
        house = build_house(settings, database=database, clock=clock, clinic=bare)
        async with running(house) as app:
            yield World(app, sim)
