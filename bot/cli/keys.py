"""`keys`: making a key, and wrapping everybody's under the newest."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

import typer

from bot.cli.common import do, refuse, store
from config import keys as rows
from config.clock import Clock
from config.encryption import Keyring

app = typer.Typer(no_args_is_help=True)


@app.command("new")
def new(name: Annotated[str, typer.Argument(help="short name of the key, such as 2027a")] = "") -> None:
    """Print a new key for GENTLEHOURS_KEYS. Put it first; keep the old ones behind it."""
    name = name or Clock().now().astimezone(UTC).strftime("k%Y%m%d")
    if not name.isalnum() or len(name) > 20:
        refuse("A key's name has at most 20 letters or digits.")
    typer.echo(Keyring.new_key(name))


@app.command("rotate")
def rotate() -> None:
    """Wrap every person's key under the newest key of the keyring."""
    typer.echo(f"{do(_rotate())} keys are now under the newest.")


async def _rotate() -> int:
    async with store() as (database, _clinic), database.transaction() as session:
        return await rows.rewrap(session)
