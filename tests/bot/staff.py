"""People of the clinic in the chat: a therapist and a lead who have opened their links."""

from __future__ import annotations

from scheduling import clinic, invites, people
from tests.bot.chat import Chat, World

ANA, LEAD = 2001, 2009


async def therapist(world: World, name: str = "Ana", user_id: int = ANA) -> Chat:
    """A therapist of the clinic's file, linked to a phone."""
    house = world.app.house
    async with house.database.transaction() as session:
        row = next(t for t in await clinic.therapists(session) if t.first_name == name)
        token = await invites.invite(
            session, [people.THERAPIST], house.clock.now(), by=None, name=row.name, therapist_id=row.id
        )
    chat = world.chat(user_id, name)
    await chat.start(f"i_{token}")
    assert chat.screen.key == "staff.welcome"
    return chat


async def lead(world: World, user_id: int = LEAD, name: str = "Lea") -> Chat:
    house = world.app.house
    async with house.database.transaction() as session:
        token = await invites.invite(session, [people.LEAD], house.clock.now(), by=None, name=name)
    chat = world.chat(user_id, name)
    await chat.start(f"i_{token}")
    return chat
