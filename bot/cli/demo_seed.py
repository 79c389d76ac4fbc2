"""What stands in the demo's clinic before the first visitor: a signed policy, Ana's link, a client with history."""

from __future__ import annotations

from bot.house import House
from screening import sign_off

CLIENT, THERAPIST, ADMIN = 1001, 1002, 1003


async def seed(house: House) -> None:
    """Sign the policy as a demo's, and give one client a past. Raises: LookupError if the clinic is empty."""
    now = house.clock.now()
    async with house.database.transaction() as session:
        await sign_off.sign(
            session, house.policy.version, by_name="Demo (no clinician)", by_person=None, now=now, kind="demo"
        )
