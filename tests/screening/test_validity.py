"""When a check counts: for how long, for which visit, and what is read out at the door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from screening import health, interview
from screening.interview import NotFinished
from screening.policy import Outcome, Slot
from screening.tables import FindingRecord
from tests.screening.person import WELL, ZONE, Person


async def test_a_check_is_good_for_48_hours_and_not_longer(person: Person) -> None:
    person.book(hours=47)
    await person.tells("check", *WELL)
    assert (await person.validity()).full_ok
    assert person.visit is not None
    person.visit += timedelta(hours=2)
    assert not (await person.validity()).full_ok


async def test_a_recheck_counts_within_4_hours_of_the_start(person: Person) -> None:
    await person.tells("check", *WELL)
    person.wait(hours=19)
    await person.tells("recheck", "none")
    assert not (await person.validity()).recheck_ok


async def test_not_rechecked_at_the_start_is_asked_at_the_door(person: Person) -> None:
    await person.tells("check", *WELL)
    person.wait(hours=24)
    assert await person.due() == "door"
    found = await person.validity()
    assert (found.door, found.door_red, found.screened) == (True, False, False)
    opened = await person.opens("door", entered_by="ther" * 8)
    await person.taps(opened, "none")
    await person.finishes(opened)
    assert (await person.validity()).screened


async def test_red_cards_in_a_hurry_are_read_out_at_the_door(person: Person) -> None:
    opened = await person.opens("check")
    for name in WELL:
        async with person.database.transaction() as session:
            await interview.answer(session, opened, name, person.now)
    await person.finishes(opened)
    person.wait(hours=21)
    await person.tells("recheck", "none")
    assert not (await person.validity()).screened
    person.wait(hours=3)
    assert await person.due() == "door_red"
    await person.tells("door_red", "none", "none", "none", "none")
    assert (await person.validity()).screened


async def test_a_helpers_check_is_read_out_at_the_door(person: Person) -> None:
    await person.tells("check", *WELL, answered_by="helper")
    person.wait(hours=21)
    await person.tells("recheck", "none")
    found = await person.validity()
    assert (found.door_red, found.screened) == (True, False)


async def test_silence_is_never_clear_and_a_late_full_answer_lifts_it(person: Person) -> None:
    person.wait(hours=12)
    async with person.database.transaction() as session:
        assert person.appointment is not None
        decision = await interview.unanswered(
            session,
            person.id,
            person.now,
            zone=ZONE,
            appointment_id=person.appointment,
            session_at=person.visit,
        )
    assert (decision.outcome, decision.slot) == (Outcome.DEFER, Slot.KEPT)
    assert await person.held() == {"unanswered"}
    assert await person.due() == "check"
    await person.tells("check", *WELL)
    assert await person.held() == set()


async def test_half_an_answer_lifts_nothing(person: Person) -> None:
    await person.says("system_error", "system")
    opened = await person.opens("check")
    await person.taps(opened, "none", "none", "none", "none")
    with pytest.raises(NotFinished):
        await person.finishes(opened)
    assert await person.held() == {"system_error"}


async def test_a_recheck_lifts_no_hold(person: Person) -> None:
    await person.tells("check", *WELL)
    await person.says("unanswered", "system")
    person.wait(hours=21)
    await person.tells("recheck", "none")
    assert await person.held() == {"unanswered"}


async def test_the_silence_counts_once_however_often_the_clock_comes_by(person: Person) -> None:
    await person.says("unanswered", "system")
    await person.says("unanswered", "system")
    async with person.database.reading() as session:
        rows = (await session.scalars(select(FindingRecord).where(FindingRecord.outcome == 2))).all()
    assert len(rows) == 1
    assert await person.held() == {"unanswered"}


async def test_after_12_months_or_90_days_without_a_session_the_profile_is_due(person: Person) -> None:
    async with person.database.transaction() as session:
        await health.note_session(session, person.id, person.now)
    person.wait(days=80)
    person.book(hours=20)
    assert await person.due() == "check"
    person.wait(days=11)
    person.book(hours=20)
    assert await person.due() == "first_full"
    async with person.database.transaction() as session:
        for _ in range(5):
            await health.note_session(session, person.id, person.now)
    assert await person.due() == "check"
    person.wait(days=300)
    async with person.database.transaction() as session:
        await health.note_session(session, person.id, person.now)
    person.book(hours=20)
    assert await person.due() == "first_full"
