"""`policy print`: the whole policy as one page, to read on paper or screen and to sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.app import load_lexicons, load_policy, own_catalogue, own_policy
from bot.cli.common import plainly, refuse
from bot.policy_page import page
from bot.texts import SOURCE
from config.settings import load_settings
from screening import files, sign_off

STANDARD_OUTPUT = "-"


def print_page(
    out: Annotated[
        str,
        typer.Option(help='file to write; "-" writes to the terminal. Left out: policy-VERSION.html here'),
    ] = "",
) -> None:
    """Write the policy as one HTML page: every item, branch, outcome, note and source, and the case table."""
    with plainly():
        folder = load_settings().policy
        policy = own_policy(folder)
        text = page(
            policy,
            own_catalogue(folder),
            load_lexicons()[SOURCE],
            files.cases(),
            load_policy(),
            sign_off.laxer(policy),
        )
    if out == STANDARD_OUTPUT:
        typer.echo(text, nl=False)
        return
    file = Path(out or f"policy-{policy.version}.html")
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{file} cannot be written: {error.strerror}.")
    typer.echo(f"Written: {file}, {len(text) // 1024} KB. Open it in a browser to read or print it.")
