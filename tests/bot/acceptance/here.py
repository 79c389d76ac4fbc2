"""The main job played on a bot in this process, for what must be looked at meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.texts import SOURCE
from scheduling import clinic, invites
from scheduling.notifications import PENDING, Notification
from tests.bot.acceptance.play import ANA, EVA, MARIA, Play, Player
from tests.bot.chat import World


@dataclass
class Still:
    """The clock of a test: it stands until the play moves on."""

    world: World

    def now(self) -> datetime:
        return self.world.app.house.clock.now()

    async def advance(self, by: timedelta) -> None:
        self.world.app.house.clock.advance(by)
        await self.world.app.ticks._expire()

    async def due(self, kind: str | None) -> datetime | None:
        query = select(Notification.due_at).where(Notification.state == PENDING)
        if kind is not None:
            query = query.where(Notification.kind == kind)
        async with self.world.app.house.database.reading() as session:
            return await session.scalar(query.order_by(Notification.due_at).limit(1))


async def stage(world: World, language: str = SOURCE) -> Play:
    """Maria, Ana with her link in hand, and Eva of the office, who has pressed Start."""
    house, time = world.app.house, Still(world)
    async with house.database.transaction() as session:
        ana = (await clinic.therapists(session))[0]
        token = await invites.invite(
            session, ["therapist"], house.clock.now(), by=None, name=ana.name, therapist_id=ana.id
        )

    def player(user: int, name: str) -> Player:
        phone = world.sim.phone(user, name, language_code=language)
        return Player(phone, house.catalogue, language, time, world.settle)

    await player(EVA, "Eva").start()
    return Play(player(MARIA, "Maria"), player(ANA, "Ana"), time, token, world.settle)
