"""Why: in the client's words, in the therapist's, and whole for whoever audits."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from config.clock import Clock
from config.database import Database
from config.encryption import destroy_key
from screening import explain, holds, profile
from screening.policy import Outcome
from tests.screening.person import ADMIN, NUMB, WELL, ZONE, Person, sign

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


async def test_the_audit_has_answers_versions_rules_and_lifts(person: Person) -> None:
    await person.tells(
        "check", "none", "none", "none", "none", "some", "check.e.1", "thatsall", "unsure", "nothing", "right"
    )
    hold = await person.hold("medicine_unsure")
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=ADMIN["by"], now=person.now)
        await holds.lift(
            session, hold.id, **ADMIN, reason="known pill", seen="box shown", now=person.now, zone=ZONE
        )
        report = await explain.for_audit(session, person.id, appointment_id=person.appointment)
    json.dumps(report)
    (round_,) = report["interviews"]
    assert (round_["policy"], round_["zone"], round_["phase"]) == ("1.0.2", "Europe/Berlin", "check")
    assert [answer["answer"]["card"] for answer in round_["answers"]][:4] == ["A", "B", "C", "D"]
    assert all(answer["answer"]["policy"] == "1.0.2" and answer["at"] for answer in round_["answers"])
    assert any(answer["answer"]["items"] for answer in round_["answers"])
    assert [reason["code"] for reason in round_["result"]["reasons"]] == ["medicine_unsure"]
    (held,) = report["holds"]
    assert held["lift"] == {"reason": "known pill", "seen": "box shown"}
    assert held["lifted"][1] == ADMIN["by"]
    assert {"interview.opened", "screening.decided", "hold.contact", "hold.lifted"} <= {
        act["action"] for act in report["acts"]
    }


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


async def test_after_erasure_the_skeleton_stays_without_words(person: Person) -> None:
    await person.tells("check", *SKIN)
    async with person.database.transaction() as session:
        await profile.forget(session, person.id, person.now)
        await destroy_key(session, person.id)
    async with person.database.reading() as session:
        report = await explain.for_audit(session, person.id)
        assert await explain.for_client(session, person.id) == ()
        assert await explain.for_therapist(session, person.id) == ()
    assert len(report["interviews"]) == 3
    assert report["findings"] == []
    assert all(answer["answer"] is None for round_ in report["interviews"] for answer in round_["answers"])
    assert "skin_local" not in json.dumps(report)
