"""`audit`: the whole trail of one client or one visit as a file, and whether such a file is as it was."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.common import do, refuse, store
from config.clock import Clock
from scheduling import people, trail
from scheduling.appointments import Appointment

app = typer.Typer(no_args_is_help=True)


@app.command("export")
def export(
    client: Annotated[str, typer.Option(help="a client's id, name, or end of the phone number")] = "",
    visit: Annotated[str, typer.Option(help="a visit's id")] = "",
    out: Annotated[Path | None, typer.Option(help="file to write; left out, it is printed")] = None,
) -> None:
    """Write everything that happened around one client, or one visit, as JSON. The export is noted too."""
    if bool(client) == bool(visit):
        refuse("Name one of the two: --client or --visit.")
    if out is not None and out.exists():
        refuse(f"{out} is there already. Name a new file.")
    told = json.dumps(do(_export(client, visit)), ensure_ascii=False, indent=2)
    if out is None:
        typer.echo(told)
        return
    write_private(out, told + "\n")
    typer.echo(f"Written to {out}, readable by you alone. It holds health answers: keep it so.")


def write_private(path: Path, text: str) -> None:
    """A file of health answers, for this user alone from its first byte on."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}.")


async def _export(client: str, visit: str) -> dict[str, Any]:
    async with store() as (database, clinic), database.transaction() as session:
        client_id = await of_visit(session, visit) if visit else await client_named(session, client)
        return await trail.export(
            session,
            client_id=client_id,
            appointment_id=visit or None,
            now=Clock().now(),
            zone=str(clinic.zone),
            by=None,
        )


async def of_visit(session: AsyncSession, visit: str) -> str:
    """Whose visit it is, or a sentence."""
    row = await session.get(Appointment, visit)
    if row is None:
        refuse(f'There is no visit "{visit}".')
    return row.client_id


async def client_named(session: AsyncSession, words: str) -> str:
    """The id of the one client so named, or a sentence. An id works after an erasure too."""
    if await people.get_person(session, words) is not None:
        return words
    found = await people.find(session, words)
    if not found:
        refuse(f'There is no client "{words}".')
    if len(found) > 1:
        refuse("More than one client fits; name one by the id:", *(f"{one.id}  {one.name}" for one in found))
    return found[0].id


@app.command("verify")
def verify(file: Annotated[Path, typer.Argument(help="a file that `audit export` wrote")]) -> None:
    """Say whether a file is, to the letter, one that was exported from this database."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        refuse(f"{file} cannot be read as JSON.")
    if not isinstance(told, dict) or told.get("format") != trail.FORMAT:
        refuse(f"{file} is not an export of the audit.")
    at = do(_exported(told))
    if at is None:
        typer.echo("Not as it was exported here: it was changed, or comes from another database.", err=True)
        raise typer.Exit(1)
    typer.echo(f"Unchanged since it was exported on {at:%Y-%m-%d at %H:%M} UTC.")


async def _exported(told: dict[str, Any]) -> datetime | None:
    async with store() as (database, _clinic), database.reading() as session:
        return await trail.exported_on(session, told)
