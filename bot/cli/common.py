"""What every command needs: settings or a sentence, a store at the right schema, one event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, NoReturn, TypeVar

import typer

from bot.schema import metadata
from bot.texts import TextsError
from config import keys, migrate
from config.clinic import BadClinicFile, ClinicFile, load_clinic
from config.database import Busy, Database, Down
from config.settings import BadSettings, Settings, load_settings
from screening.lexicon import LexiconError
from screening.policy import PolicyError

T = TypeVar("T")

# What `plainly` has a sentence for.
SENTENCES = (
    BadSettings, BadClinicFile, PolicyError, LexiconError, TextsError, migrate.BadSchema, Busy, Down,
    typer.Exit,
)  # fmt: skip


def refuse(*sentences: str) -> NoReturn:
    """Say what to change, and stop with exit code 2."""
    for sentence in sentences:
        typer.echo(sentence, err=True)
    raise typer.Exit(2)


@contextlib.contextmanager
def plainly() -> Iterator[None]:
    """What cannot be helped here becomes its sentence."""
    try:
        yield
    except (BadSettings, BadClinicFile) as error:
        refuse(*error.sentences)
    except (PolicyError, LexiconError, TextsError) as error:
        refuse(*str(error).splitlines())
    except migrate.BadSchema as error:
        refuse(str(error))
    except Busy:
        refuse("The database is in use by another program just now. Try again in a moment.")
    except Down as error:
        refuse(
            f"The database cannot be used ({error}). Check GENTLEHOURS_DATABASE_URL, its disk and its server."
        )


def settings_and_clinic() -> tuple[Settings, ClinicFile]:
    settings = load_settings()
    return settings, load_clinic(settings.clinic)


async def ready(settings: Settings) -> Database:
    """A store whose schema is this program's. The SQLite default is brought there by itself."""
    url = settings.database_url.get_secret_value()
    keyring = settings.keyring()
    if settings.is_sqlite:
        await migrate.upgrade(url, metadata())
    else:
        await migrate.require_current(url)
    database = Database(url, keyring)
    async with database.reading() as session:
        missing = await keys.missing(session)
    if missing:
        await database.close()
        names = ", ".join(missing)
        raise BadSettings(
            [f"The keyring lacks what opens this database ({names}). Put it back, last in line."]
        )
    return database


@contextlib.asynccontextmanager
async def store() -> AsyncIterator[tuple[Database, ClinicFile]]:
    """For a command that reads or writes a few rows and ends."""
    settings, clinic = settings_and_clinic()
    database = await ready(settings)
    try:
        yield database, clinic
    finally:
        await database.close()


def do(work: Coroutine[Any, Any, T]) -> T:
    with plainly():
        return asyncio.run(work)
