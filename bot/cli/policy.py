"""`policy`: read it in the terminal, and sign it off by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from bot.cli.common import do, plainly, refuse, store
from bot.texts import Catalogue
from bot.wording import signed_wording
from config.clock import Clock
from screening import sign_off as rows
from screening.files import shipped
from screening.policy import FindingRow, Policy, load

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


def describe(policy: Policy, catalogue: Catalogue) -> Iterator[str]:
    """The policy in words, a section an item."""
    yield f"Safety policy, version {policy.version} ({policy.status}). Content {policy.content_hash[:12]}."
    yield "Not medical advice. A responsible clinician must read, change and sign it before use."
    for item in policy.items.values():
        yield ""
        yield f"{item.id}  asked {item.when_asked}; for {', '.join(item.applies_to) or 'all'}"
        for row in policy.findings.values():
            if row.item == item.id:
                yield f"  {row.code}: {_row(row)}"
                key = f"finding.{row.code}"
                if catalogue.has(key):
                    yield f"      {catalogue.say('en', key)}"


def _row(row: FindingRow) -> str:
    words = [row.outcome.name.lower()]
    if row.tier is not None:
        words.append(f"tier {row.tier.value}")
    if row.hours is not None:
        words.append(f"at least {row.hours} h")
    if row.days is not None:
        words.append(f"at least {row.days} days")
    if row.outcome.value >= 2:
        words.append(f"time: {row.slot.value}; lifted by {row.group.lift_by.value}")
        words.append(", ".join(row.group.needs) or "no further condition")
    if row.needs_letter:
        words.append("needs a letter")
    if row.sources:
        words.append(f"sources {row.sources}")
    return "; ".join(words)
