"""The check as a chat: its taps, its resuming, and what nobody else may see of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from config.clock import from_minutes
from scheduling import clinic
from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, checked, day_of, in_days, known, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
HEALTH = re.compile(
    r"relapse|fever|seizure|chest|bladder|massage|doctor|condition|numb|medicine|sign|symptom|face|pain", re.I
)


async def slowly(world: World, chat: Chat, *names: str, topic: str | None = None) -> None:
    """Taps as a person makes them: a few seconds apart."""
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name, topic=topic)


async def at_the_check(world: World, chat: Chat, *conditions: str, ok: str = "yes") -> Appointment:
    client = await known(world, chat, conditions=frozenset(conditions or {"ms"}), ok=ok)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    return visit


async def test_a_well_client_taps_five_times(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    seen = chat.screen
    assert seen.key == "check.a"
    assert "1 of 5." in seen.text
    assert "Face drooping on one side" in seen.text
    assert "Feel very ill? Call 112" in seen.text
    assert seen.names == ("none", "some", "unsure", "person", "movecancel", "home")
    await slowly(world, chat, "none")
    assert chat.screen.names == ("none", "some", "unsure", "person", "change", "home")
    await slowly(world, chat, "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"  # with MS, heat counts until told no
    row = await visit_of(chat.house, visit.id)
    assert row.cleared_at is not None
    assert [r.status for r in await day_of(chat.house, row)] == ["cleared"]


@pytest.mark.parametrize(
    ("conditions", "taps"),
    [
        (("ms",), 5),
        (("neuropathy", "neuropathy_diabetes", "diabetes", "numb_feet"), 5),
        (("stroke", "high_blood_pressure", "blood_thinner"), 5),
        (("parkinsons", "diabetes", "high_blood_pressure", "numb_feet"), 6),
        (("ms", "diabetes", "numb_feet"), 6),
    ],
)
async def test_taps_of_a_well_client_by_condition(
    world: World, chat: Chat, conditions: tuple[str, ...], taps: int
) -> None:
    """gates.md section 10, column "Well"."""
    await at_the_check(world, chat, *conditions)
    count = 0
    while chat.screen.key.startswith("check."):
        await slowly(world, chat, "none")
        count += 1
    assert chat.screen.key.startswith("result.clear")
    assert count == taps


async def test_the_preview_is_neutral_and_the_card_comes_by_an_edit(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await checked(world, visit)
    await world.until("recheck.t")
    previews = [note.text for note in world.sim.notifications(chat.phone.chat_id, silent=True)]
    check = next(p for p in previews if "a few quick questions" in p)
    assert check.startswith("Your visit on Thu 4 Mar, 10:00: a few quick questions.")
    again = next(p for p in previews if "one quick question" in p)
    for preview in (check, again):
        assert not HEALTH.search(preview), preview


async def test_no_answer_stands_in_the_data_of_a_button(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    await slowly(world, chat, "some", "check.a.7")
    for call in world.sim.calls:
        markup = str(call.params.get("reply_markup", ""))
        for data in re.findall(r'"callback_data": ?"([^"]*)"', markup):
            code = data.rpartition(":")[2]
            assert not HEALTH.search(code), data
    buttons = [str(b.data).rpartition(":")[2] for row in chat.phone.last.rows for b in row]
    assert all(re.fullmatch(r"o\d+|person|change|home|movecancel|back", code) for code in buttons), buttons


async def test_hidden_questions_cost_one_tap_more(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    async with chat.house.database.transaction() as session:
        from scheduling.people import Person

        person = await session.get(Person, client)
        assert person is not None
        person.hide_questions = True
    await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    assert "Face drooping" not in chat.screen.text
    await chat.tap("check")
    assert "Face drooping" in chat.screen.text
    await slowly(world, chat, "none", "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"


async def test_the_nudge_goes_on_where_the_client_stopped(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    await slowly(world, chat, "none", "none")
    await world.until("check.nudge")
    await chat.look()
    assert chat.screen.key == "check.nudge"
    await chat.tap("start")
    assert chat.screen.key == "check.c"
    assert "3 of 5." in chat.screen.text
    await slowly(world, chat, "none", "none", "none")
    assert chat.screen.key == "result.clear_note"


async def test_a_slip_is_mended_and_nothing_changes(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "none", "none", "some", "check.c.1", "detail.dfev.4", "change")
    assert chat.screen.key == "detail.dfev"
    await slowly(world, chat, "detail.dfev.6")
    assert (await visit_of(chat.house, visit.id)).state == "booked"


async def test_something_changed_asks_the_whole_check_again(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "none", "none", "none", "none", "none", "changed")
    assert chat.screen.key == "check.a"
    await slowly(
        world, chat, "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none"
    )
    await slowly(world, chat, "right")
    assert chat.screen.key == "result.defer"
    assert (await visit_of(chat.house, visit.id)).starts_at > visit.starts_at


async def test_an_old_card_is_no_answer(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    old = chat.phone.last
    first = str(old.rows[0][0].data)
    await slowly(world, chat, "none")
    await world.later(seconds=4)
    await chat.phone.tap_data(first, old.id)
    await chat.settle()
    assert chat.screen.key == "check.b"  # still the second card


async def test_a_tap_never_answers_another_card(world: World, chat: Chat) -> None:
    """Staff answer the first card by voice meanwhile: the client's tap on it must not answer the second."""
    from screening import interview

    visit = await at_the_check(world, chat)
    async with chat.house.database.transaction() as session:
        from config.clock import from_minutes

        now = chat.house.clock.now()
        opened = await interview.open_interview(
            session, visit.client_id, "check", now, zone=chat.house.zone,
            appointment_id=visit.id, session_at=from_minutes(visit.starts_at), entered_by="staff",
        )  # fmt: skip
        await interview.answer(session, opened, "none", now)
    await chat.tap("o2")
    assert chat.screen.key == "check.b"
    assert chat.screen.names[0] == "none"  # the four buttons: nothing was taken for [One of these]


async def test_a_restart_goes_on_at_the_same_card(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    await slowly(world, chat, "none", "none")
    await chat.start()
    assert chat.screen.key == "check.c"


async def test_open_at_the_start_the_therapist_asks_at_the_door(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await checked(world, visit)
    await world.until("recheck.door")
    await chat.look()
    assert chat.screen.key == "recheck.door"
    rows = await day_of(chat.house, visit)
    assert [row.status for row in rows if row.appointment_id == visit.id] == ["pending"]


async def test_talk_to_a_person_is_no_answer(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "person")
    assert chat.screen.key == "person.card"
    assert (await chat.look(f"check:{visit.id}")).key == "check.a"


async def test_a_fault_in_the_check_holds_the_visit_until_it_is_done_again(world: World, chat: Chat) -> None:
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "none")
    async with chat.house.database.transaction() as session:
        from scheduling.people import Person

        person = await session.get(Person, visit.client_id)
        assert person is not None
        await chat.house.menu.fault(chat.house, session, person, chat.house.clock.now())
    await world.settle()
    await chat.look()
    assert chat.screen.key == "result.error"
    row = await visit_of(chat.house, visit.id)
    assert (row.state, row.hold_reason) == ("on_hold", "error")
    await chat.tap("retry")
    while chat.screen.key.startswith("check."):
        await slowly(world, chat, "none")
    assert (await visit_of(chat.house, visit.id)).state == "booked"


async def test_inside_two_days_the_check_stands_before_confirm(world: World, chat: Chat) -> None:
    """Book, returning, inside 48 h: a time, five cards, Confirm: seven taps."""
    await known(world, chat)
    await chat.say("/book")
    await chat.tap("slot1")  # 1
    assert chat.screen.key == "check.a"
    held = await chat.appointment()
    await slowly(world, chat, "none", "none")
    assert (await visit_of(chat.house, held.id)).hold_until > held.hold_until - timedelta(seconds=1)  # type: ignore[operator]
    await slowly(world, chat, "none", "none", "none")  # 2 to 6
    assert chat.screen.key == "book.confirm"
    await chat.tap("confirm")  # 7
    assert (await visit_of(chat.house, held.id)).state == "booked"


async def test_a_hold_that_ends_loses_no_answer(world: World, chat: Chat) -> None:
    await known(world, chat)
    await chat.say("/book")
    await chat.tap("slot1")
    await slowly(world, chat, "none", "none")
    await world.later(minutes=20)
    await chat.say("/book")
    await chat.tap("slot1")
    assert chat.screen.key == "check.c"  # where they stopped
    await slowly(world, chat, "none", "none", "none")
    assert chat.screen.key == "book.confirm"


async def test_the_clinics_own_days_of_a_catching_illness_count(world: World, chat: Chat) -> None:
    async with chat.house.database.transaction() as session:
        (await clinic.rules(session)).contagious_days = 9
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "none", "none", "some", "check.c.3", "detail.dinf.3", "nothing", "noothers")
    await slowly(world, chat, "none", "none", "right")
    assert chat.screen.key == "result.defer"
    moved = await visit_of(chat.house, visit.id)
    answered = chat.house.clock.now().astimezone(chat.house.zone).date()
    assert moved.earliest == answered + timedelta(days=9)
    assert from_minutes(moved.starts_at).astimezone(chat.house.zone).date() >= moved.earliest


async def test_a_slip_on_the_first_card_is_mended_too(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    await slowly(world, chat, "some")
    assert chat.screen.names[-3:] == ("change", "movecancel", "home")
    await slowly(world, chat, "change")
    assert chat.screen.names == ("none", "some", "unsure", "person", "movecancel", "home")
    await slowly(world, chat, "none", "none", "none", "none", "none")
    assert chat.screen.key == "result.clear_note"
