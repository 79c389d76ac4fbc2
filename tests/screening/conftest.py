"""Whom the questions are put to."""

from __future__ import annotations

import pytest

from config.clock import Clock
from config.database import Database
from tests.screening.person import PROFILE, Person, sign


@pytest.fixture
async def newcomer(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    return Person(database, clock)


@pytest.fixture
async def person(newcomer: Person) -> Person:
    """A person with MS, profile told a week ago, a visit in 24 hours."""
    await newcomer.starts()
    await newcomer.tells("first", *PROFILE, "none", "none", "none")
    newcomer.wait(days=7)
    newcomer.book(hours=24)
    return newcomer
