"""What is told goes into the next visit: a hold, a note for the therapist, or a clash."""

from __future__ import annotations

import pytest

from screening import clearance, explain, holds
from screening.policy import Outcome
from tests.screening.person import LEAD, NUMB, WELL, ZONE, Person


async def told_to_the_therapist(person: Person) -> list[str]:
    async with person.database.reading() as session:
        return [note.code for note in await explain.for_therapist(session, person.id)]


# what is tapped after a visit -> what holds the next one, what the therapist is told
AFTER = [
    (("fine",), set(), []),
    (("sore", "after.which.1"), set(), []),
    (("sore", "after.which.3"), set(), ["ac_heavy_tired_same_day"]),
    (("sore", "after.which.2", "right"), {"ac_soreness_over_72h"}, []),
    (("wrong", "after.wrong.2"), {"ac_dark_urine"}, []),
    (("unsure", "still"), {"red_flag_unsure"}, []),
]


@pytest.mark.parametrize(("taps", "held", "notes"), AFTER)
async def test_what_is_told_after_a_visit_goes_into_the_next(
    person: Person, taps: tuple[str, ...], held: set[str], notes: list[str]
) -> None:
    await person.tells("aftercare:AF2", *taps)
    assert await person.held() == held
    async with person.database.reading() as session:
        told = [note.code for note in await explain.for_therapist(session, person.id) if not note.standing]
    assert told == notes
    assert (await person.gate()).may_book == (not held)


async def test_a_heavy_day_is_told_once_not_for_ever(person: Person) -> None:
    await person.tells("aftercare:AF2", "sore", "after.which.3")
    person.wait(days=8)
    person.book(hours=1)
    await person.tells("aftercare:AF2", "fine")
    async with person.database.reading() as session:
        told = [note.code for note in await explain.for_therapist(session, person.id) if not note.standing]
    assert told == []


async def test_a_heavy_day_goes_to_the_next_visit_though_the_morning_after_was_fine(person: Person) -> None:
    person.book(hours=-1)
    await person.tells("aftercare:AF1", "wrong", "after.wrong.1", "after.easing.1", "noothers")
    person.wait(hours=24)
    await person.tells("aftercare:AF2", "fine")
    assert "ac_heavy_tired_same_day" in await told_to_the_therapist(person)


# told once, and still so when "since then, none of these" is answered
LASTING = [
    (("some", "check.e.2", "thatsall", "detail.dhosp.4", "detail.dpreg.1"), "pregnancy_ok"),
    (("some", "check.e.3", "thatsall", "detail.dheart.2", "nothing"), "clot_over_6m_ok"),
]


@pytest.mark.parametrize(("taps", "code"), LASTING)
async def test_what_lasts_is_told_to_the_therapist_until_its_own_question_ends_it(
    person: Person, taps: tuple[str, ...], code: str
) -> None:
    async with person.database.transaction() as session:  # an OK from after the clot
        await clearance.self_report(session, person.id, who="", now=person.now, zone=ZONE, by=None)
    opened = await person.opens("check")
    shown = await person.taps(opened, "none", "none", "none", "none", *taps)
    while shown.prompt is not None:
        shown = await person.taps(opened, "none")
    await person.finishes(opened)
    assert code in await told_to_the_therapist(person)
    person.wait(days=5)
    person.book(hours=20)
    opened = await person.opens("check")
    shown = await person.taps(opened, "none")
    while shown.prompt is not None:
        shown = await person.taps(opened, "none")
    assert (await person.finishes(opened)).outcome is Outcome.CLEAR
    assert code in await told_to_the_therapist(person)


async def test_a_red_line_left_unfinished_clashes_with_none_a_day_later(person: Person) -> None:
    opened = await person.opens("check")
    await person.taps(opened, "some", "check.a.1")
    person.wait(hours=25)
    person.book(hours=20)
    decision = await person.tells("check", *WELL)
    assert (decision.outcome, decision.result) == (Outcome.DEFER, "result.clash")
    assert await person.held() == {"answers_conflict"}
    async with person.database.transaction() as session:
        hold = await person.hold("answers_conflict")
        await holds.contact(session, hold.id, by=LEAD["by"], now=person.now)
        await holds.lift(session, hold.id, **LEAD, reason="a slip", seen="spoke", now=person.now, zone=ZONE)
    assert (await person.tells("check", *WELL)).outcome is Outcome.CLEAR


async def test_standing_notes_caution_once_and_then_go_with_each_visit(newcomer: Person) -> None:
    await newcomer.starts()
    first = await newcomer.tells("first", *NUMB, "none", "none", "none")
    assert first.outcome is Outcome.CAUTION
    newcomer.wait(days=3)
    newcomer.book(hours=20)
    again = await newcomer.tells("check", *WELL)
    assert again.outcome is Outcome.CLEAR
    assert "numb_areas_known" in again.notes
