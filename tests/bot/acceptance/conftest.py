"""The main job, ready to be played on a bot in this process."""

from __future__ import annotations

import pytest

from tests.bot.acceptance.here import stage
from tests.bot.acceptance.play import Play
from tests.bot.chat import World


@pytest.fixture
async def play(world: World) -> Play:
    return await stage(world)
