"""What was asked, answered, found, held and lifted, as it is written down; and what is left of it."""

from __future__ import annotations

import json

import pytest

from config.clock import Clock
from config.database import Database
from config.encryption import destroy_key
from screening import holds, interview, profile, reviews, steady, trail
from tests.screening.person import ADMIN, LEAD, NUMB, ZONE, Person, sign

PILL = ("none", "none", "none", "none", "some", "check.e.1", "thatsall", "unsure", "nothing", "right")


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    told = Person(database, clock)
    await told.starts()
    await told.tells("first", *NUMB, "none", "none", "none")
    told.book(hours=20)
    return told


async def test_an_answer_has_what_was_shown_its_items_wordings_and_codes(person: Person) -> None:
    await person.tells("check", *PILL)
    async with person.database.reading() as session:
        [told] = await trail.rounds(session, person.id, appointment_id=person.appointment)
    assert (told["policy"]["version"], told["zone"], told["phase"]) == ("1.0.2", "Europe/Berlin", "check")
    red, *_, pill, last, _ = told["answers"]
    assert (red["card"], red["answer"], red["codes"]) == ("A", ["none"], [])
    assert red["items"] == {"R1": 1, "R2": 1}  # a "none" here says no to both
    assert "check.a.1" in red["lines"]
    assert pill["about"] == "check.e.1"
    assert pill["codes"] == ["medicine_unsure"]
    assert last["answer"] == ["nothing"] or last["at"] > pill["at"]
    assert told["set_by"] == [
        {"rule": "M1", "code": "medicine_unsure", "group": "review", "sources": told["set_by"][0]["sources"]}
    ]
    assert told["on_file"]["conditions"] == ["ms"]


async def test_what_was_taken_back_is_still_there(person: Person) -> None:
    opened = await person.opens("check")
    async with person.database.transaction() as session:
        await interview.answer(session, opened, "none", person.now)
        await interview.change(session, opened, person.now)
        await interview.answer(session, opened, "unsure", person.now)
    async with person.database.reading() as session:
        [told] = await trail.rounds(session, person.id, appointment_id=person.appointment)
    assert [(one["answer"], one["withdrawn"] is not None) for one in told["answers"]] == [
        (["none"], True),
        (["unsure"], False),
    ]


async def test_a_hold_keeps_each_thing_that_happened_to_it(person: Person) -> None:
    await person.tells("check", *PILL)
    hold = await person.hold("medicine_unsure")
    async with person.database.transaction() as session:
        await reviews.decide(
            session, hold.id, choice="postpone", reason="w4", by=ADMIN["by"], roles=ADMIN["roles"],
            now=person.now, zone=ZONE, words="wait for her doctor",
        )  # fmt: skip
    person.wait(days=1)
    await person.says("medicine_unsure", "text", "still the same pill")
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=ADMIN["by"], now=person.now)
        await holds.lift(
            session, hold.id, **ADMIN, reason="known pill", seen="box shown", now=person.now, zone=ZONE
        )
    async with person.database.reading() as session:
        [held] = await trail.holds(session, person.id, appointment_id=person.appointment)
    events = held["events"]
    assert [event["act"] for event in events] == ["set", "postpone", "renewed", "contact", "lifted"]
    assert events[1]["seen"] == "wait for her doctor"  # though the hold told again knows nothing of it
    assert events[2]["words"] == "still the same pill"
    assert (events[4]["reason"], events[4]["seen"], events[4]["by"]) == (
        "known pill",
        "box shown",
        ADMIN["by"],
    )
    assert (held["rule"], held["lifted_by"]) == ("M1", ADMIN["by"])


async def test_a_word_after_the_lift_is_noted_and_changes_nothing(person: Person) -> None:
    await person.tells("check", *PILL)
    hold = await person.hold("medicine_unsure")
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=ADMIN["by"], now=person.now)
        await holds.lift(session, hold.id, **ADMIN, reason="known", seen="box", now=person.now, zone=ZONE)
    person.wait(hours=1)
    async with person.database.transaction() as session:
        await holds.contact(session, hold.id, by=LEAD["by"], now=person.now)
    async with person.database.reading() as session:
        [held] = await trail.holds(session, person.id)
        assert (await holds.get(session, hold.id)).contact_at == hold.set_at
    assert [event["by"] for event in held["events"][-2:]] == [ADMIN["by"], LEAD["by"]]


async def test_after_an_erasure_rows_times_and_ranks_are_left(person: Person) -> None:
    await person.tells("check", *PILL)
    async with person.database.transaction() as session:
        await steady.tell(session, person.id, since=person.now.date(), now=person.now, by=person.id)
    async with person.database.reading() as session:
        before = await trail.rounds(session, person.id)
    async with person.database.transaction() as session:
        await profile.forget(session, person.id, person.now)
        await destroy_key(session, person.id)
    async with person.database.reading() as session:
        rounds = await trail.rounds(session, person.id)
        findings = await trail.findings(session, person.id)
        held = await trail.holds(session, person.id)
        days = await trail.steady_days(session, person.id)
        oks = await trail.clearances(session, person.id)
    assert [(one["id"], one["outcome"]) for one in rounds] == [(one["id"], one["outcome"]) for one in before]
    assert all(answer["answer"] is None and answer["at"] for one in rounds for answer in one["answers"])
    assert all(one["code"] is None and one["at"] and one["source"] for one in findings)
    assert [(one["code"], one["events"][0]["act"]) for one in held] == [(None, "set")]
    assert [(one["since"], one["by"]) for one in days] == [(None, person.id)]
    assert [(one["state"], one["from"]) for one in oks] == [("void", None)]
    said = json.dumps([rounds, findings, held, days, oks])
    assert "medicine_unsure" not in said
    assert "check.e" not in said
