"""What a client's conditions on file ask of therapist and room: read here, so no caller can forget it."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from scheduling.matching import PLAIN, Needs
from screening import health

CANCER = frozenset({"cancer_now", "cancer_past"})
WARMTH = frozenset({"heat", "heat_and_cold"})
NO_WARMTH = "heat_cold_no"


async def needs_of(session: AsyncSession, client_id: str | None, asked: Needs | None = None) -> Needs:
    """The needs on file and those asked for together: what is asked may only add.

    Cancer in the past counts as within the year, as its date is not on file. MS asks for a cool room unless
    the client said that heat does not matter.
    """
    asked = asked or PLAIN
    if client_id is None:
        return asked
    known = await health.load(session, client_id)
    there = known.named | (known.conditions or frozenset())
    cool = bool(WARMTH & known.noted) or ("ms" in there and NO_WARMTH not in known.noted)
    return Needs(oncology=asked.oncology or bool(CANCER & there), cool=asked.cool or cool)
