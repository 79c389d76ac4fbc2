"""Every result in its own words, with its own ways on."""

from __future__ import annotations

import pytest

from scheduling import tasks
from scheduling.appointments import ON_HOLD, TENTATIVE, WAITING, Appointment
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def after(
    world: World, chat: Chat, *names: str, conditions: frozenset[str] = frozenset({"ms"})
) -> Appointment:
    client = await known(world, chat, conditions=conditions)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name)
    return await visit_of(chat.house, visit.id)


async def kinds(chat: Chat, visit: Appointment) -> set[str]:
    async with chat.house.database.reading() as session:
        return {task.kind for task in await tasks.of_client(session, visit.client_id)}


async def test_caution_says_what_the_therapist_changes(world: World, chat: Chat) -> None:
    visit = await after(
        world,
        chat,
        "none",
        "none",
        "none",
        "none",
        "some",
        "check.e.6",
        "thatsall",
        "detail.dskin.1",
        "nothing",
    )
    assert chat.screen.key == "result.caution"
    assert "You told us: Skin: rash, cut, burn, bruise, sore or lump." in chat.screen.text
    assert "So Ana will change a few things:" in chat.screen.text
    assert chat.screen.text.endswith("This check is not medical advice. If you feel very ill, call 112.")
    assert visit.state == "booked"
    assert visit.cleared_at is not None


async def test_a_result_without_a_date_frees_the_time_and_takes_a_word(world: World, chat: Chat) -> None:
    visit = await after(
        world, chat, "none", "none", "none", "none", "some", "check.e.6", "thatsall", "detail.dskin.4",
        "nothing", "right",
    )  # fmt: skip
    assert chat.screen.key == "result.defer_no_date"
    assert "We wait until all blisters have crusted and touch is fine." in chat.screen.text
    assert visit.state == WAITING
    assert "no_date" in await kinds(chat, visit)
    await chat.tap("news")
    await chat.say("The doctor says it has healed.")
    assert "The person who decides will read it." in chat.screen.text
    async with chat.house.database.reading() as session:
        task = next(t for t in await tasks.of_client(session, visit.client_id) if t.kind == "no_date")
        assert await tasks.note_of(session, task) == "The doctor says it has healed."


async def test_in_review_keeps_the_time_until_a_person_decides(world: World, chat: Chat) -> None:
    visit = await after(
        world, chat, "none", "none", "none", "unsure", "still", "detail.dhk.2", "none", "right"
    )
    assert chat.screen.key == "result.review"
    assert (visit.state, visit.hold_reason) == (ON_HOLD, "review")
    assert "is kept until Thu 4 Mar, 6:00" in chat.screen.text
    await chat.tap("addword")
    assert chat.screen.key == "result.word"


async def test_clearance_brings_a_form_and_a_way_to_send_it(world: World, chat: Chat) -> None:
    visit = await after(
        world, chat, "none", "none", "none", "none", "some", "check.e.4", "thatsall", "detail.dop.3", "right"
    )
    assert chat.screen.key == "result.clearance"
    assert (visit.state, visit.hold_reason) == (ON_HOLD, "clearance")
    await chat.tap("form")
    assert chat.phone.received[-1].file is not None
    await chat.tap("sendok")
    assert chat.screen.key == "ok.how"


async def test_other_times_of_a_moved_visit_start_from_the_safe_day(world: World, chat: Chat) -> None:
    visit = await after(
        world, chat, "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    assert visit.state == TENTATIVE
    await chat.tap("others")
    assert chat.screen.key == "move.pick"
    slot = next(name for name in chat.screen.names if name.startswith("slot"))
    await chat.tap(slot)
    moved = await visit_of(chat.house, visit.id)
    assert moved.state == "booked"
    assert visit.earliest is not None
    from config.clock import from_minutes

    assert from_minutes(moved.starts_at).astimezone(chat.house.zone).date() >= visit.earliest


async def test_once_the_visit_has_gone_by_the_card_is_neutral(world: World, chat: Chat) -> None:
    visit = await after(world, chat, "none", "none", "none", "none", "none")
    await world.later(days=3)
    seen = await chat.look(f"check:{visit.id}")
    assert seen.key in {"result.neutral", "recheck.door"}
    assert "Questions for" in seen.text or "at the door" in seen.text


async def test_first_booking_with_ms_and_nothing_else_takes_twelve_cards(world: World, chat: Chat) -> None:
    """gates.md section 10: 9 of profile, 3 red; time, Go on and Confirm on top."""
    await chat.start()
    await chat.tap("agree", "o1", "o1", "o1")
    await chat.tap("times")
    day = [name for name in chat.screen.names if name.startswith("day.")][-1]
    await chat.tap(day)
    hour = next(n for n in chat.screen.names if n.startswith(("slot", "hour")))
    await chat.tap(hour)
    assert chat.screen.key == "result.provisional"
    await chat.tap("goon")
    path = {
        "profile.ok_who": "o1", "profile.ok_when": "o1", "profile.p0a": "none", "profile.p0b": "none",
        "profile.heat_cold": "o4", "profile.relapse": "o4", "profile.h": "none", "profile.u": "none",
        "profile.hopes": "o1", "check.a": "none", "check.b": "none", "check.c": "none",
    }  # fmt: skip
    walked = []
    while chat.screen.key in path:
        walked.append(chat.screen.key)
        await world.later(seconds=4)
        await chat.tap(path[chat.screen.key])
    assert walked == list(path)
    assert chat.screen.key == "book.phone"
