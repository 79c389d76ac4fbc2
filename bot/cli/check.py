"""`check`: is what ships and what this clinic has set whole? `example`: a clinic's file to start from."""

from __future__ import annotations

import typer

from bot.app import load_lexicons
from bot.cli.common import plainly, refuse
from bot.menu import build_menu
from bot.texts import Catalogue
from config.clinic import EXAMPLE, load_clinic
from config.settings import load_settings
from screening.files import shipped
from screening.policy import load


def check() -> None:
    """Check settings, clinic file, safety policy and the words of every language."""
    with plainly():
        settings = load_settings()
        load_clinic(settings.clinic)
        policy = load(shipped())
        catalogue = Catalogue.load()
        lexicons = load_lexicons()
        menu = build_menu()
        faults = []
        for language, keys in catalogue.missing(policy.keys()).items():
            faults += [f"{language}: the policy needs words for {key}." for key in keys]
        faults += [
            f"{language}: there is no red-flag lexicon; English is used."
            for language in catalogue.languages
            if language not in lexicons
        ]
        for command in menu.commands.values():
            if command.step not in menu.steps:
                faults.append(f"/{command.name} leads to {command.step}, which does not exist.")
    if faults:
        refuse(*faults)
    typer.echo(
        f"All is well: policy {policy.version} with {len(policy.findings)} findings,"
        f" {len(catalogue.keys())} texts in {', '.join(catalogue.languages)}."
    )


def example() -> None:
    """Print a clinic's file with every setting explained; save it and name it in GENTLEHOURS_CLINIC."""
    typer.echo(EXAMPLE.read_text(encoding="utf-8"), nl=False)
