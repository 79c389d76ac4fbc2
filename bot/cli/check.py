"""`check`: is what ships and what this clinic has set whole? `example`: a clinic's file to start from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import typer

from bot import laxer_policy, reading_grade
from bot.app import load_lexicons, own_catalogue, own_policy
from bot.cli.common import plainly, refuse
from bot.menu import build_menu
from bot.texts import Catalogue
from config import migrate
from config.clinic import EXAMPLE, load_clinic
from config.database import Database
from config.settings import Settings, load_settings
from screening import sign_off
from screening.policy import Policy


def check() -> None:
    """Check settings, clinic file, safety policy and the words of every language.

    Refused are: a policy with a dangling code, an item that nothing reaches, a caution without a note or a
    hold that nobody lifts; a text that a language lacks, or that is hard to read; and a rule that is laxer
    than in the policy that ships, unless exactly that was signed.
    """
    with plainly():
        settings = load_settings()
        load_clinic(settings.clinic)
        policy, catalogue = own_policy(settings.policy), own_catalogue(settings.policy)
        faults = [*_words(policy, catalogue), *_menu()]
        if not faults and sign_off.laxer(policy):
            faults += asyncio.run(_signed(settings, policy))
    if faults:
        refuse(*faults)
    typer.echo(
        f"All is well: policy {policy.version} with {len(policy.findings)} findings,"
        f" {len(catalogue.keys())} texts in {', '.join(catalogue.languages)}."
    )


def _words(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    for language, keys in catalogue.missing(policy.keys()).items():
        yield from (f"{language}: the policy needs words for {key}." for key in keys)
    lexicons = load_lexicons()
    for language in catalogue.languages:
        if language not in lexicons:
            yield f"{language}: there is no red-flag lexicon; English is used."
    for key, grade in reading_grade.hard(policy, catalogue):
        limit = reading_grade.LIMIT
        yield f"{key} reads at grade {grade:.1f}; {limit} is the most. Use shorter words or sentences."


def _menu() -> Iterator[str]:
    menu = build_menu()
    for command in menu.commands.values():
        if command.step not in menu.steps:
            yield f"/{command.name} leads to {command.step}, which does not exist."


async def _signed(settings: Settings, policy: Policy) -> list[str]:
    """Looks, and changes nothing: a database that is not there holds no signature."""
    if settings.is_sqlite and not settings.sqlite_path.exists():
        return [laxer_policy.unsigned(policy, settings.policy)]
    url = settings.database_url.get_secret_value()
    await migrate.require_current(url)
    database = Database(url, settings.keyring())
    try:
        async with database.reading() as session:
            return await laxer_policy.faults(session, policy, settings.policy)
    finally:
        await database.close()


def example() -> None:
    """Print a clinic's file with every setting explained; save it and name it in GENTLEHOURS_CLINIC."""
    typer.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)
