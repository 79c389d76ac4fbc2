"""`staff invite`: a one-time link from the console, for the first lead of a clinic without one."""

from __future__ import annotations

from typing import Annotated

import typer
from telegram.error import TelegramError

from bot.app import make_bot
from bot.cli.common import do, ready, refuse, settings_and_clinic
from config.clock import Clock
from scheduling import clinic as rows
from scheduling import invites

app = typer.Typer(no_args_is_help=True)
ROLES = ("therapist", "lead", "admin")


@app.callback()
def family() -> None:
    """Links for people who work here."""


@app.command("invite")
def invite(
    name: Annotated[str, typer.Argument(help="the person's name")],
    role: Annotated[str, typer.Option(help="therapist, lead or admin")] = "therapist",
) -> None:
    """Print a link that makes one person a therapist, lead or admin. It works once, for two days."""
    if role not in ROLES:
        refuse(f'"{role}" is not a role. Roles are {", ".join(ROLES)}.')
    typer.echo(do(_invite(name, role)))


async def _invite(name: str, role: str) -> str:
    settings, clinic = settings_and_clinic()
    database = await ready(settings)
    bot = make_bot(settings)
    now = Clock().now()
    try:
        async with database.transaction() as session:
            await rows.seed(session, clinic, now)
            therapist_id = None
            if role == "therapist":
                known = [t for t in await rows.therapists(session) if t.name.casefold() == name.casefold()]
                therapist_id = known[0].id if known else await _add(session, name)
            token = await invites.invite(session, [role], now, by=None, name=name, therapist_id=therapist_id)
        try:
            await bot.initialize()
            return f"https://t.me/{bot.username}?start=i_{token}"
        except TelegramError:
            return f"The server does not answer; the link ends in ?start=i_{token}"
    finally:
        await bot.shutdown()
        await database.close()


async def _add(session: object, name: str) -> str:
    from sqlalchemy.ext.asyncio import AsyncSession

    assert isinstance(session, AsyncSession)
    therapist = rows.Therapist(name=name)
    session.add(therapist)
    await session.flush()
    return therapist.id
