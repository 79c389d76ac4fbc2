"""`policy`: read it in the terminal, compare it, and sign it off by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot import wording
from bot.app import load_policy, own_catalogue, own_policy
from bot.cli.common import do, plainly, refuse, store
from bot.policy_diff import changes_in_words, counted, wording_in_words
from bot.policy_text import describe
from bot.texts import Catalogue
from config.clock import Clock
from config.settings import load_settings
from screening import sign_off as rows
from screening.policy import Policy
from screening.policy_changes import compare

app = typer.Typer(no_args_is_help=True)

SHIPPED, IN_FORCE = "shipped", "in-force"
SIDE = 'a folder with the files of a policy, "shipped", "in-force", or a version kept in the database'

Wording = Mapping[str, Mapping[str, str]]


@app.command("show")
def show() -> None:
    """Print every item, what an answer leads to, how long it holds and what lifts it."""
    with plainly():
        folder = load_settings().policy
        policy, catalogue = own_policy(folder), own_catalogue(folder)
        for line in describe(policy, catalogue):
            typer.echo(line)


@app.command("diff")
def diff(
    old: Annotated[str, typer.Argument(help=SIDE)],
    new: Annotated[str, typer.Argument(help=SIDE)],
) -> None:
    """Print what differs between two policies, in words: by item, what is laxer first.

    Like other programs that compare: exit code 0 if both say the same, 1 if they differ, 2 if one cannot be
    read. "In doubt" counts as laxer: laxer in one way and stricter in another, or no order is known.
    """
    with plainly():
        catalogue = own_catalogue(load_settings().policy)
        if _is_on_disk(old) and _is_on_disk(new):
            sides = [_on_disk(side) for side in (old, new)]
        else:
            sides = do(_from_store((old, new)))
        (before, texts), (after, other_texts) = sides
        changes = compare(before, after)
        reworded = list(wording_in_words(texts, other_texts))
        typer.echo(f"{_named(old, before)} -> {_named(new, after)}: {counted(changes)}")
        for line in changes_in_words(changes, before, after, catalogue):
            typer.echo(line)
        if reworded:
            typer.echo("\nTexts in other words")
        for line in reworded:
            typer.echo(line)
    raise typer.Exit(1 if changes or reworded else 0)


def _named(side: str, policy: Policy) -> str:
    return f"{side} (version {policy.version}, content {policy.content_hash[:12]})"


def _is_on_disk(side: str) -> bool:
    return side == SHIPPED or Path(side).is_dir()


def _on_disk(side: str) -> tuple[Policy, Wording]:
    folder = None if side == SHIPPED else Path(side)
    policy = own_policy(folder)
    return policy, wording.signed_wording(policy, own_catalogue(folder))


async def _from_store(sides: tuple[str, str]) -> list[tuple[Policy, Wording]]:
    async with store() as (database, _clinic), database.reading() as session:
        return [_on_disk(side) if _is_on_disk(side) else await _kept(session, side) for side in sides]


async def _kept(session: AsyncSession, side: str) -> tuple[Policy, Wording]:
    found = await (rows.kept(session) if side == IN_FORCE else rows.kept(session, side))
    if found is None:
        if side == IN_FORCE:
            refuse("No policy is in force: nobody has signed one yet.")
        refuse(f"{side} is no folder, and no version that this database has kept.")
    return found


@app.command("sign-off")
def sign_off(
    by: Annotated[str, typer.Option(help="name of the clinician who has read it and is responsible")],
    version: Annotated[str, typer.Option(help="the version read; the clinic's own if left out")] = "",
    accept_laxer: Annotated[
        int, typer.Option(help="how many rules that are laxer than what ships you take upon yourself")
    ] = 0,
) -> None:
    """Put the policy in force in a responsible clinician's name. Until then nobody can book."""
    with plainly():
        folder = load_settings().policy
        policy, catalogue = own_policy(folder), own_catalogue(folder)
    if version and version != policy.version:
        refuse(f"Version {version} is not the one to sign, which is {policy.version}. Read that one first.")
    if len(by.split()) < 2:
        refuse('Sign with first and last name: --by "Eva Novak".')
    changes = rows.laxer(policy)
    if changes:
        typer.echo("Laxer than the policy that ships, or in doubt:")
        for line in changes_in_words(changes, load_policy(), policy, catalogue):
            typer.echo(line)
        typer.echo()
    if len(changes) != accept_laxer:
        told = f"add --accept-laxer {len(changes)}" if changes else "leave out --accept-laxer"
        counted_up = f"{len(changes)} rule{'s' if len(changes) != 1 else ''}"
        refuse(f"The policy has {counted_up} laxer than what ships, or in doubt. To sign it, {told}.")
    do(_sign(by, policy, catalogue, accept_laxer))
    typer.echo(f"Signed: version {policy.version}, by {by}. It is in force from now on.")


async def _sign(by: str, policy: Policy, catalogue: Catalogue, accept_laxer: int) -> None:
    now = Clock().now()
    async with store() as (database, _clinic), database.transaction() as session:
        await rows.store(session, policy, wording.signed_wording(policy, catalogue), now)
        await rows.sign(session, policy.version, by, None, now, kind="console", accepts=accept_laxer)
