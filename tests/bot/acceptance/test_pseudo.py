"""The main job in a made language: whatever reads as plain English on a phone stands in code."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.app import build_house, running
from bot.simulator.client import Simulator
from bot.texts import PSEUDO, Catalogue
from config.clinic import ClinicFile
from config.clock import Clock
from config.database import Database
from config.settings import Settings
from tests.bot.acceptance.here import stage
from tests.bot.acceptance.play import EVA
from tests.bot.chat import World
from tests.bot.conftest import sign

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

# Names and figures: of people, of the clinic's file, of days, zones, files and commands.
DAYS = "Mon Tue Wed Thu Fri Sat Sun"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
PEOPLE = "Maria Ana Novak Marek Dvorak Eva Demo Telegram qps English"
TYPED = "banana"
WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture
async def world(
    database: Database, settings: Settings, clinic: ClinicFile, clock: Clock
) -> AsyncIterator[World]:
    async with Simulator.start() as sim:
        settings.bot_token, settings.api_url = SecretStr(sim.token), sim.url
        house = build_house(
            settings,
            database=database,
            clock=clock,
            clinic=clinic,
            catalogue=Catalogue.load().with_pseudo(),
        )
        async with running(house) as app:
            await sign(house)
            yield World(app, sim)


def allowed(clinic: ClinicFile) -> set[str]:
    own = [clinic.clinic.name, clinic.clinic.address, clinic.clinic.directions, clinic.clinic.step_free]
    own += [one.name for one in clinic.treatments] + [one.price for one in clinic.treatments]
    own += [one.name for one in clinic.rooms] + [clinic.rules.late_rule]
    words = " ".join([DAYS, MONTHS, PEOPLE, TYPED, *own])
    return set(WORD.findall(words))


def plain(text: str, known: set[str]) -> list[str]:
    """Runs of plain letters that are no name: made words have an accent on almost every letter.

    A word of the made language is cut by its accents into single letters and short runs ("bm", "gw"), so only
    what stands between two places without any letter counts as a word.
    """
    found = []
    for word in re.findall(r"[^\W\d_]+", re.sub(r"(?<!\S)/[a-z]+", "", text)):
        if WORD.fullmatch(word) and word not in known and not _untouched(word):
            found.append(word)
    return found


def _untouched(word: str) -> bool:
    """Words that have none of the letters that the made language changes ("by", "bmx", "I'm")."""
    return not re.search("[AEIOUYaeiouycdhlnrstzCDHLNRSTZ]", word)


async def test_no_sentence_stands_in_code(world: World, clinic: ClinicFile) -> None:
    play = await stage(world, PSEUDO)
    await play.main_job()
    maria, ana = play.maria, play.ana
    for command in ("/help", "/visits", "/privacy", "/settings", "/language", "/cancel", TYPED):
        await maria.say(command)
    await maria.phone.sticker()
    await play.settled()
    for command in ("/week", "/tomorrow", "/help"):
        await ana.say(command)
    eva = world.sim.phone(EVA, "Eva")
    for command in ("/start", *(f"/{one}" for one in world.app.house.menu.commands)):
        await eva.say(command)
        await play.settled()
    assert plain("Kept for you until 8:10 with Ana", {"Ana"}) == ["Kept", "for", "you", "until", "with"]
    known = allowed(clinic)
    seen = 0
    for phone in (maria.phone, ana.phone, eva):
        shown = [m for m in phone.history if not m.mine]
        texts: list[tuple[str, object]] = [(m.text, m) for m in shown]
        texts += [(label, m) for m in shown for label in m.labels]
        texts += [(edit["text"], m) for m in shown for edit in m.edits]
        texts += [(toast.text, toast) for toast in phone.toasts]
        texts += [(label, "keyboard") for row in phone.keyboard for label in row]
        for text, where in texts:
            seen += 1
            assert plain(text or "", known) == [], f"{where}"
    assert seen > 250
    described = {c["description"] for one in world.sim.world.commands.values() for c in one}
    assert described
