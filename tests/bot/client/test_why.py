"""Why a visit waits, was moved or is adapted: from its card and the result, in the client's own words."""

from __future__ import annotations

import pytest

from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")
A_PILL = ("none", "none", "none", "none", "some", "check.e.1", "thatsall", "unsure", "nothing", "right")
A_PILL_AND_A_MARK = (
    *A_PILL[:6], "check.e.6", "thatsall", "unsure", "nothing", "detail.dskin.1", "nothing", "right",
)  # fmt: skip


async def told(world: World, chat: Chat, names: tuple[str, ...]) -> str:
    """The topic of the visit's card, after these answers."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name)
    return f"visit:{visit.id}"


async def to_the_card(chat: Chat) -> None:
    await chat.say("/visits")
    await chat.tap("visit")


async def test_a_moved_visit_says_because_you_told_us(world: World, chat: Chat) -> None:
    await told(world, chat, FEVER)
    await to_the_card(chat)
    assert chat.screen.key == "visit.moved_ask"
    await chat.tap("why")
    assert chat.screen.key == "visit.why"
    words = chat.screen.text
    assert "You told us: Fever, shivers, or feeling very ill. From what you told us, Wed 10 Mar is " in words
    assert "is the first day that can be right for you." in words
    assert "It costs you nothing." in words
    assert "You have" not in words
    await chat.tap("back")
    assert chat.screen.key == "visit.moved_ask"


async def test_a_review_says_what_is_looked_at(world: World, chat: Chat) -> None:
    await told(world, chat, A_PILL)
    assert chat.screen.key == "result.review"
    await chat.tap("why")
    assert "A person looks at your answers first and contacts you." in chat.screen.text
    assert "You told us: " in chat.screen.text
    await chat.tap("back")
    assert chat.screen.key == "result.review"


async def test_a_visit_that_waits_for_nothing_has_no_why(world: World, chat: Chat) -> None:
    await told(world, chat, ("none",) * 5)
    await to_the_card(chat)
    assert chat.screen.key == "visit.cleared"
    assert "why" not in chat.screen.names


async def test_health_words_do_not_stay_on_the_screen(world: World, chat: Chat) -> None:
    await told(world, chat, A_PILL)
    await to_the_card(chat)
    await chat.tap("why")
    assert "You told us" in chat.screen.text
    await world.later(minutes=31)
    await chat.look()
    assert chat.screen.key == "visit.in_review"


async def test_what_is_adapted_is_told_too(world: World, chat: Chat) -> None:
    await told(world, chat, A_PILL_AND_A_MARK)
    await chat.tap("why")
    assert "So Ana will do this: the sore place left out." in chat.screen.text


async def test_being_hurt_is_never_shown(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, in_days(world, 3))
    await chat.say("my husband hits me")
    await to_the_card(chat)
    assert chat.screen.key == "visit.booked"
    assert "why" not in chat.screen.names
