"""`policy`: read it in the terminal, and sign it off by name."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.common import do, plainly, refuse, store
from bot.policy_text import describe
from bot.texts import Catalogue
from bot.wording import signed_wording
from config.clock import Clock
from screening import sign_off as rows
from screening.files import shipped
from screening.policy import Policy, load

app = typer.Typer(no_args_is_help=True)


@app.command("show")
def show() -> None:
    """Print every item, what an answer leads to, how long it holds and what lifts it."""
    with plainly():
        catalogue, policy = Catalogue.load(), load(shipped())
        for line in describe(policy, catalogue):
            typer.echo(line)


@app.command("sign-off")
def sign_off(
    by: Annotated[str, typer.Option(help="name of the clinician who has read it and is responsible")],
    version: Annotated[str, typer.Option(help="the version read; the one that ships if left out")] = "",
) -> None:
    """Put the policy in force in a responsible clinician's name. Until then nobody can book."""
    policy = load(shipped())
    if version and version != policy.version:
        refuse(
            f"Version {version} is not the one that ships, which is {policy.version}. Read that one first."
        )
    if len(by.split()) < 2:
        refuse('Sign with first and last name: --by "Eva Novak".')
    do(_sign(by, policy))
    typer.echo(f"Signed: version {policy.version}, by {by}. It is in force from now on.")


async def _sign(by: str, policy: Policy) -> None:
    now = Clock().now()
    async with store() as (database, _clinic), database.transaction() as session:
        await rows.store(session, policy, signed_wording(policy, Catalogue.load()), now)
        await rows.sign(session, policy.version, by, None, now, kind="console")
