"""The check as a chat: the reminder, its cards, its end; and what other phones must never see."""

from __future__ import annotations

import pytest

from tests.bot.chat import Chat, World
from tests.bot.visits import booked, day_of, in_days, known, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def slowly(world: World, chat: Chat, *names: str, topic: str | None = None) -> None:
    """Taps as a person makes them: a few seconds apart."""
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name, topic=topic)


async def test_a_well_client_taps_five_times(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    seen = await chat.look()
    assert seen.key == "check.a"
    assert "1 of 5." in seen.text
    assert "Face drooping on one side" in seen.text
    assert "Feel very ill? Call 112" in seen.text
    await slowly(world, chat, "none", "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"  # with MS, heat counts until told no
    row = await visit_of(chat.house, visit.id)
    assert row.cleared_at is not None
    assert [r.status for r in await day_of(chat.house, row)] == ["cleared"]
