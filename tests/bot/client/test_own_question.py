"""A clinic's own question, in its own words, through the chat; and signed, it counts without its files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import build_house
from config.database import Database
from config.settings import Settings
from screening import files
from tests.bot.chat import Chat, World
from tests.bot.conftest import ADMIN
from tests.bot.test_own_policy import ask
from tests.bot.visits import booked, in_days, known, open_codes

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """A clinic whose policy is what ships and one question more."""
    own = tmp_path / "policy"
    own.mkdir()
    for name, text in files.shipped().items():
        (own / name).write_text(text, encoding="utf-8")
    ask(own)
    url = database.url.render_as_string(hide_password=False)
    return Settings(_env_file=None, database_url=SecretStr(url), admins=(ADMIN,), policy=own)


async def test_a_question_of_the_clinics_own_moves_a_visit(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in ("none",) * 4 + ("some",):
        await world.later(seconds=4)
        await chat.tap(name)
    assert "Skin that is red from the sun" in chat.screen.text
    await chat.tap("check.e.99", "thatsall", "right")
    assert chat.screen.key == "result.defer"
    assert "You told us: Skin that is red from the sun." in chat.screen.text
    assert await open_codes(world.app.house, client) == {"sunburn_bad"}


async def test_signed_it_counts_without_its_files(world: World, settings: Settings) -> None:
    bare = settings.model_copy(update={"policy": None})
    house = build_house(bare, database=world.app.house.database, clinic=world.app.house.clinic)
    assert "sunburn_bad" not in house.local.findings
    assert await house.refresh_policy()
    assert "sunburn_bad" in house.policy.findings
    assert house.catalogue.say("en", "check.e.99") == "Skin that is red from the sun"
