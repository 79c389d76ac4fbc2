"""Why: in the client's words and in the therapist's; the acts keep neither."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from config.clock import Clock
from config.database import Database
from config.encryption import destroy_key
from screening import explain, profile
from screening.policy import Outcome
from tests.screening.person import NUMB, WELL, Person, sign

SKIN = ("none", "none", "none", "none", "some", "check.e.6", "thatsall", "detail.dskin.1", "nothing")


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    told = Person(database, clock)
    await told.starts()
    await told.tells("first", *NUMB, "none", "none", "none")
    told.book(hours=20)
    return told


async def test_the_client_hears_their_own_words(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    await person.says("change_unsure", "text", "my leg feels odd")
    async with person.database.reading() as session:
        because = await explain.for_client(session, person.id)
    assert {(why.told is not None, why.words) for why in because} == {
        (True, None),
        (False, "my leg feels odd"),
    }
    assert all(why.outcome is Outcome.DEFER for why in because)


async def test_the_therapist_gets_notes_and_no_more(person: Person) -> None:
    await person.tells("check", *SKIN)
    await person.says("change_unsure", "text", "my leg feels odd")
    async with person.database.reading() as session:
        notes = await explain.for_therapist(session, person.id)
    assert [(note.code, note.standing) for note in notes] == [
        ("skin_local", False),
        ("numb_areas_known", True),
        ("fatigue_usual", True),
    ]
    assert all(note.note and note.adapt for note in notes)
    assert "odd" not in repr(notes)


async def test_a_caution_that_is_over_is_not_repeated(person: Person) -> None:
    await person.tells("check", *SKIN)
    person.wait(days=3)
    person.book(hours=20)
    await person.tells("check", *WELL)
    async with person.database.reading() as session:
        notes = await explain.for_therapist(session, person.id)
    assert [note.code for note in notes] == ["numb_areas_known", "fatigue_usual"]


async def test_a_bad_night_goes_with_the_next_none_on_the_day(person: Person) -> None:
    """Only the card of the day asks about it: a full check between the two is no answer to it."""

    async def adapted() -> list[str]:
        async with person.database.reading() as session:
            return [note.code for note in await explain.for_therapist(session, person.id)]

    usual = ["numb_areas_known", "fatigue_usual"]
    await person.tells("check", *WELL)
    await person.tells("recheck", "some", "recheck.t.3", "thatsall", "detail.dtired.1")
    assert await adapted() == ["fatigue_explained", *usual]
    person.wait(days=7)
    person.book(hours=20)
    await person.tells("check", *WELL)
    assert await adapted() == ["fatigue_explained", *usual]
    await person.tells("recheck", "none")
    assert await adapted() == usual


async def test_the_acts_hold_no_health_word(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right"
    )
    async with person.database.reading() as session:
        rows = (await session.execute(text("SELECT action, thing, detail FROM audit_record"))).all()
    words = " ".join(str(row) for row in rows)
    assert rows
    for word in ("fever", "infection", "numb", "check.c", "detail."):
        assert word not in words


async def test_after_erasure_there_is_nothing_to_explain(person: Person) -> None:
    await person.tells("check", *SKIN)
    async with person.database.transaction() as session:
        await profile.forget(session, person.id, person.now)
        await destroy_key(session, person.id)
    async with person.database.reading() as session:
        assert await explain.for_client(session, person.id) == ()
        assert await explain.for_therapist(session, person.id) == ()
