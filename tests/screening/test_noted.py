"""What no card asks for: noted by name, with a why, and taken back in the same way."""

from __future__ import annotations

import pytest

from config.clock import Clock
from config.database import Database
from screening import health, noted, profile, trail
from screening.holds import NotAllowed
from tests.screening.person import ADMIN, LEAD, PROFILE, Person, sign


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    return Person(database, clock)


async def note(person: Person, fact: str, *, given: bool = True, **who: object) -> bool:
    async with person.database.transaction() as session:
        return await noted.note(
            session, person.id, fact, given=given, why="told on the phone", now=person.now, **who  # type: ignore[arg-type]
        )  # fmt: skip


async def facts(database: Database, person: Person) -> frozenset[str]:
    async with database.reading() as session:
        return (await health.load(session, person.id)).noted


async def test_a_fact_is_noted_and_taken_back_by_name(database: Database, person: Person) -> None:
    assert await note(person, "no_insulin", **ADMIN)
    assert not await note(person, "no_insulin", **ADMIN)  # it stands so already
    assert "no_insulin" in await facts(database, person)
    assert await note(person, "no_insulin", given=False, **LEAD)
    assert "no_insulin" not in await facts(database, person)
    async with database.reading() as session:
        now = (await noted.state(session, person.id))["no_insulin"]
    assert (now.given, now.by, now.why) == (False, LEAD["by"], "told on the phone")


@pytest.mark.parametrize(
    ("fact", "who"),
    [("no_sugar_testing", ADMIN), ("no_insulin", {"by": None, "roles": set()})],
    ids=["only a lead", "not the client"],
)
async def test_who_may_not(database: Database, person: Person, fact: str, who: dict[str, object]) -> None:
    with pytest.raises(NotAllowed):
        await note(person, fact, **who)
    assert fact not in await facts(database, person)


async def test_a_new_profile_takes_no_noted_fact_away(database: Database, person: Person) -> None:
    await note(person, "no_sugar_testing", **LEAD)
    await person.starts()
    await person.tells("first", *PROFILE, "none", "none", "none")
    assert "no_sugar_testing" in await facts(database, person)


async def test_the_trail_tells_who_and_why_and_after_an_erasure_only_when(person: Person) -> None:
    await note(person, "no_insulin", **ADMIN)
    await note(person, "no_insulin", given=False, **LEAD)
    async with person.database.reading() as session:
        rows = await trail.noted_facts(session, person.id)
    assert [(row["fact"], row["noted"], row["by"]) for row in rows] == [
        ("no_insulin", True, ADMIN["by"]),
        ("no_insulin", False, LEAD["by"]),
    ]
    async with person.database.transaction() as session:
        await profile.forget(session, person.id, person.now)
    async with person.database.reading() as session:
        left = await trail.noted_facts(session, person.id)
    assert [(row["fact"], row["why"], row["noted"]) for row in left] == [
        (None, None, True),
        (None, None, False),
    ]


async def test_a_why_is_asked_for(person: Person) -> None:
    async with person.database.transaction() as session:
        with pytest.raises(ValueError, match="why"):
            await noted.note(session, person.id, "no_insulin", given=True, why=" ", now=person.now, **ADMIN)
