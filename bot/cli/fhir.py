"""`fhir`: the questionnaire, one finished round, one visit, or a client's flags, for another system."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from bot import fhir
from bot.cli.audit import client_named, of_visit, write_private
from bot.cli.common import do, refuse, store
from bot.texts import Catalogue
from config import audit
from config.clock import Clock
from config.settings import load_settings
from scheduling import people
from scheduling.appointments import Appointment
from scheduling.clinic import Treatment
from scheduling.fhir_appointment import appointment as visit_resource
from screening import holds, on_file, sign_off, trail
from screening.fhir import BASE, Systems
from screening.fhir_flags import bundle
from screening.fhir_flags import flags as flag_resources
from screening.fhir_questionnaire import Say
from screening.fhir_questionnaire import questionnaire as form_of
from screening.fhir_response import STATUS
from screening.fhir_response import response as answers_of
from screening.policy import Policy
from screening.tables import Interview

app = typer.Typer(no_args_is_help=True)

Out = Annotated[Path | None, typer.Option(help="file to write; left out, it is printed")]
Named = Annotated[bool, typer.Option("--named", help="write the person's name beside the pseudonym")]
Language = Annotated[str, typer.Option(help="language of the words beside the codes")]
Work = Callable[[AsyncSession], Awaitable[dict[str, Any]]]


@app.command("questionnaire")
def questionnaire(
    version: Annotated[str, typer.Option(help="a policy version; the one in force if left out")] = "",
    language: Language = "en",
    out: Out = None,
) -> None:
    """Write the whole policy as a Questionnaire."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        kept = await sign_off.kept(session, version or None)
        if kept is None and version:
            refuse(f"Version {version} was never stored here.")
        policy, words = kept or (await sign_off.for_use(session), {})
        return await _form(session, policy, _say(language, words.get(language, {})), _systems())

    _write(work, out)


@app.command("response")
def response(
    visit: Annotated[str, typer.Option(help="a visit's id: its last finished round")] = "",
    round_id: Annotated[str, typer.Option("--round", help="the id of one round")] = "",
    language: Language = "en",
    named: Named = False,
    out: Out = None,
) -> None:
    """Write the answers of one finished round as a QuestionnaireResponse."""
    if bool(visit) == bool(round_id):
        refuse("Name one of the two: --visit or --round.")

    async def work(session: AsyncSession) -> dict[str, Any]:
        told = await _round(session, visit, round_id)
        policy = await sign_off.by_hash(session, told["policy"]["hash"]) or await sign_off.for_use(session)
        at = datetime.fromisoformat(told["closed"])
        say = _say(language, await sign_off.words_in_force(session, language, at))
        systems, client_id = _systems(), told["client"]
        client = systems.client(client_id, await _name(session, client_id, named))
        form = await _form(session, policy, say, systems)
        _noted(session, client_id, "QuestionnaireResponse", told["id"])
        return answers_of(policy, told, form, say, systems, client=client)

    _write(work, out)


@app.command("appointment")
def appointment(
    visit: Annotated[str, typer.Option(help="a visit's id")],
    named: Named = False,
    out: Out = None,
) -> None:
    """Write one visit as an Appointment: when, what, with whom, and whether it stands. Nothing of why."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        client_id = await of_visit(session, visit)
        row = await session.get_one(Appointment, visit)
        treatment = await session.get_one(Treatment, row.treatment_id)
        systems = _systems()
        client = systems.client(client_id, await _name(session, client_id, named))
        _noted(session, client_id, "Appointment", visit)
        return visit_resource(row, treatment, systems, client=client)

    _write(work, out)


@app.command("flags")
def flags(
    client: Annotated[str, typer.Option(help="a client's id, name, or end of the phone number")],
    language: Language = "en",
    named: Named = False,
    out: Out = None,
) -> None:
    """Write every open hold and standing note of a client as a Flag, in one Bundle."""

    async def work(session: AsyncSession) -> dict[str, Any]:
        client_id = await client_named(session, client)
        systems = _systems()
        found = flag_resources(
            await holds.open_holds(session, client_id),
            await on_file.notes(session, client_id),
            _say(language, await sign_off.words_in_force(session, language)),
            systems,
            client=systems.client(client_id, await _name(session, client_id, named)),
        )
        _noted(session, client_id, "Flag", None)
        return bundle(found, Clock().now())

    _write(work, out)


def _write(work: Work, out: Path | None) -> None:
    if out is not None and out.exists():
        refuse(f"{out} is there already. Name a new file.")
    try:
        told = fhir.as_json(do(_in_store(work)))
    except fhir.NotInstalled:
        refuse("This needs a library that is an extra: pip install 'gentlehours[fhir]'.")
    if out is None:
        typer.echo(told)
        return
    write_private(out, told + "\n")
    typer.echo(f"Written to {out}, readable by you alone.")


async def _in_store(work: Work) -> dict[str, Any]:
    async with store() as (database, _clinic), database.transaction() as session:
        return await work(session)


def _noted(session: AsyncSession, client_id: str, kind: str, thing: str | None) -> None:
    audit.record(
        session,
        now=Clock().now(),
        actor=None,
        subject=client_id,
        action="fhir.exported",
        thing=thing,
        detail={"resource": kind},
    )


async def _name(session: AsyncSession, client_id: str, named: bool) -> str | None:
    person = await people.get_person(session, client_id) if named else None
    return person.name if person is not None else None


def _systems() -> Systems:
    return Systems(load_settings().fhir_system or BASE)


def _say(language: str, signed: Mapping[str, str]) -> Say:
    """The words as signed, then those of the catalogue; the key itself where neither has any."""
    catalogue = Catalogue.load()
    if language not in catalogue.languages:
        refuse(f'There are no words in "{language}". Languages are {", ".join(catalogue.languages)}.')

    def say(key: str) -> str:
        if key in signed:
            return signed[key].partition("\n\n")[0]
        return catalogue.forms(key, language)[0] if catalogue.has(key) else key

    return say


async def _form(session: AsyncSession, policy: Policy, say: Say, systems: Systems) -> dict[str, Any]:
    """The questionnaire: active while its policy is in force, retired after, a draft before."""
    history = (await sign_off.status(session)).history  # newest first
    signed = [one for one in history if one.content_hash == policy.content_hash]
    status = "draft"
    if signed:
        status = "active" if signed[0] == history[0] else "retired"
    return form_of(
        policy,
        say,
        systems,
        status=status,
        title=f"Safety screening before massage, policy {policy.version}",
        approved=signed[0].at.date().isoformat() if signed else None,
    )


async def _round(session: AsyncSession, visit: str, round_id: str) -> Mapping[str, Any]:
    """The round asked for, with its client; or a sentence."""
    if visit:
        client_id = await of_visit(session, visit)
    else:
        row = await session.get(Interview, round_id)
        if row is None:
            refuse(f'There is no round "{round_id}".')
        client_id = row.client_id
    found = [
        {**one, "client": client_id}
        for one in await trail.rounds(session, client_id, appointment_id=visit or None)
        if one["id"] == (round_id or one["id"]) and one["state"] in STATUS and one["on_file"] is not None
    ]
    if not found:
        refuse("There is no finished round there, or the client was erased.")
    return max(found, key=lambda one: str(one["closed"]))
