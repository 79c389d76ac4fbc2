"""Random hands on many phones at once: no dead end, no fault, no tap without an answer, no unsafe visit."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from config.clinic import DAYS, EXAMPLE, ClinicFile, load_clinic
from tests.bot.acceptance.troop import SHORT, Troop
from tests.bot.chat import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def clinic() -> ClinicFile:
    """The example's clinic, with room for a crowd on any day."""
    example = load_clinic(EXAMPLE)
    room, (ana, *_) = example.rooms[0], example.therapists
    hours = dict.fromkeys(DAYS, "8:00-18:00")
    return ClinicFile.model_validate(
        example.model_dump()
        | {
            "rooms": [room.model_dump() | {"name": f"Room {n}"} for n in range(4)],
            "therapists": [ana.model_dump() | {"name": f"Ana{n} Novak", "hours": hours} for n in range(4)],
        }
    )


async def play(world: World, seed: int, interviews: int, patience: int) -> None:
    """Days of random visits until so many interviews were begun."""
    with capture_logs() as said:
        troop = Troop(world, seed, said, patience)
        while await troop.interviews() < interviews:
            await troop.a_day()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2])
async def test_300_interviews(world: World, seed: int) -> None:
    """Half of them in each of two clinics."""
    await play(world, seed, interviews=150, patience=SHORT)


@pytest.mark.stress
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("seed", range(3, 23))
async def test_10_000_interviews(world: World, seed: int) -> None:
    """500 in each of twenty clinics, each as long as it takes."""
    await play(world, seed, interviews=500, patience=6)
