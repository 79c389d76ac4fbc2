"""What the composition root has joined, handed to every turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import demo_clock
from bot.view.render import Words
from bot.wording import in_force
from config.settings import BadSettings
from screening import sign_off

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.menu import Menu
    from bot.texts import Catalogue
    from config.clinic import ClinicFile
    from config.clock import Clock
    from config.database import Database
    from config.settings import Settings
    from screening.lexicon import Lexicon
    from screening.policy import Policy


@dataclass
class House:
    settings: Settings
    clinic: ClinicFile
    database: Database
    clock: Clock
    catalogue: Catalogue
    lexicons: Mapping[str, Lexicon]
    shipped: Policy
    local: Policy  # as the clinic has it on disk: its own, or the one that ships
    menu: Menu
    bot_name: str = "gentle_hours_bot"
    demo: bool = False
    policy: Policy = field(init=False)  # the signed one, or until the first signature the one that ships
    installed: Catalogue = field(init=False, repr=False)  # words as on disk; `catalogue` has them as signed
    _signed: tuple[object, ...] | None = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        self.policy, self.installed = self.shipped, self.catalogue

    @property
    def zone(self) -> ZoneInfo:
        return self.clinic.zone

    def words(self, language: str, now: datetime) -> Words:
        """What puts a screen into words."""
        return Words(self.catalogue, self.clinic, language, now, bot_name=self.bot_name)

    async def refresh_clock(self) -> bool:
        """In a demo, read the visitor's offset: True if it moved. Raises: BadSettings in a real store."""
        async with self.database.reading() as session:
            found = await demo_clock.offset(session)
        if found is None:
            return False
        if not self.demo:
            raise BadSettings(["This database belongs to a demo. Name another in GENTLEHOURS_DATABASE_URL."])
        moved, self.clock.offset = found != self.clock.offset, found
        return moved

    async def refresh_policy(self, session: AsyncSession | None = None) -> bool:
        """Act by the signed policy, in the words as signed. True if another came into force.

        session: the transaction that signs it; if that is undone, the next tick finds what counts.
        """
        if session is None:
            async with self.database.reading() as session:
                return await self.refresh_policy(session)
        signed = (await sign_off.status(session)).in_force
        mark = None if signed is None else (signed.version, signed.content_hash, signed.at)
        if mark == self._signed:
            return False
        policy = await sign_off.for_use(session)
        words = await in_force(session, self.installed)
        self.policy, self.catalogue, self._signed = policy, self.installed.overlay(words), mark
        return True

    def lexicon(self, language: str) -> Lexicon:
        return self.lexicons.get(language) or self.lexicons["en"]
