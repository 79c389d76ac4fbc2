"""What the composition root has joined, handed to every turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot import demo_clock
from bot.wording import in_force
from config.settings import BadSettings
from screening import sign_off

if TYPE_CHECKING:
    from bot.menu import Menu
    from bot.texts import Catalogue
    from config.clinic import ClinicFile
    from config.clock import Clock
    from config.database import Database
    from config.settings import Settings
    from screening.policy import Policy
    from screening.red_flags import Lexicon


@dataclass
class House:
    settings: Settings
    clinic: ClinicFile
    database: Database
    clock: Clock
    catalogue: Catalogue
    lexicons: Mapping[str, Lexicon]
    policy: Policy  # as shipped; the one in force is a row
    menu: Menu
    bot_name: str = "gentle_hours_bot"
    demo: bool = False
    extra: dict[str, object] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return self.clinic.zone

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

    async def refresh_words(self) -> bool:
        """Say the words of the policy as they were signed. True if another version came into force."""
        async with self.database.reading() as session:
            signed = (await sign_off.status(session)).in_force
            mark = None if signed is None else (signed.version, signed.content_hash, signed.at)
            if mark == self.extra.get("signed"):
                return False
            base = self.extra.setdefault("catalogue", self.catalogue)
            words = await in_force(session, self.catalogue)
        self.catalogue = base.overlay(words)  # type: ignore[attr-defined]
        self.extra["signed"] = mark
        return True

    def lexicon(self, language: str) -> Lexicon:
        return self.lexicons.get(language) or self.lexicons["en"]
