"""`policy decide` and `policy try`: the policy on cases told in codes, and on answers typed here."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from bot import cards
from bot.app import load_lexicons, own_catalogue, own_policy
from bot.cli.common import plainly, refuse
from bot.flow import Text, When
from bot.texts import Catalogue
from bot.view.render import Words
from config.clinic import load_clinic
from config.clock import Clock, to_minutes
from config.settings import load_settings
from screening import trial
from screening.decision import Decision, History, decide
from screening.policy import Outcome, Policy
from screening.questionnaire import Answer, Facts, Progress, Prompt, replay, take
from screening.trial import BadCase, CaseIn, DoctorOk

LANGUAGE = "en"
STOP = "q"
FAULTS = {
    "extra_forbidden": "is no part of a case",
    "missing": "is missing",
    "model_type": "has to be an object, as {...}",
    "tuple_type": "has to be a list, as [...]",
}
CHECKED = timedelta(days=1)  # before today, where a card names the time of the last check


def decide_file(
    file: Annotated[
        str, typer.Argument(help='cases as JSON, one object or a list; "-" reads what is piped in')
    ],
) -> None:
    """Print what follows from cases told in finding codes, as JSON; exit code 2 if one is refused."""
    with plainly():
        folder = load_settings().policy
        policy, lexicons, catalogue = own_policy(folder), load_lexicons(), own_catalogue(folder)
    told = _read(file)
    answers: list[dict[str, Any]] = []
    refused: list[str] = []
    for raw in told if isinstance(told, list) else [told]:
        name = raw.get("id") if isinstance(raw, dict) else None
        try:
            case = CaseIn.model_validate(raw)
            done = trial.run(policy, lexicons, case)
        except ValidationError as error:
            sentence = " ".join(_fault(fault) for fault in error.errors())
        except BadCase as error:
            sentence = str(error)
        else:
            answers.append({"id": case.id, **_report(policy, catalogue, done.decision)})
            continue
        answers.append({"id": name, "error": sentence})
        refused.append(f"Case {name}: {sentence}")
    typer.echo(json.dumps(answers if isinstance(told, list) else answers[0], indent=2))
    if refused:
        refuse(*refused)


def try_out(
    phase: Annotated[
        str, typer.Option(help="first_booking, before_session, recheck or aftercare")
    ] = "before_session",
    conditions: Annotated[
        str, typer.Option(help='on file, with commas: "ms, diabetes"; left out: not known')
    ] = "",
    ok: Annotated[
        str, typer.Option(help="day of the doctor's OK on file, as 2026-11-21; left out: none")
    ] = "",
) -> None:
    """Answer the questions here, and read the decision with its reasons. Nothing is kept."""
    if phase not in trial.ROUNDS:
        refuse(f'"{phase}" is no phase. Phases are {", ".join(trial.ROUNDS)}.')
    with plainly():
        settings = load_settings()
        policy, catalogue = own_policy(settings.policy), own_catalogue(settings.policy)
        clinic = load_clinic(settings.clinic)
        now = Clock().now().astimezone(clinic.zone)
        today = now.date()
        try:
            names = [trial.named(policy, name) for name in conditions.split(",") if name.strip()]
            given = DoctorOk(date=date.fromisoformat(ok), by="on file", kind="self") if ok else None
            case = CaseIn(
                id="try",
                today=today,
                phase=phase,
                conditions=tuple(names) or None,
                doctor_ok=given,
            )
            facts = trial.facts(policy, case)
        except (BadCase, ValueError) as error:
            refuse(str(error))
    words = Words(catalogue, clinic, LANGUAGE, now, bot_name=clinic.clinic.name)
    table = _Table(policy, words, trial.ROUNDS[phase], facts)
    progress = table.play()
    decision = decide(
        policy,
        progress.findings,
        History(conditions=progress.conditions, noted=progress.learned, ok=facts.ok),
        at=now,
        phase=table.round,
        complete=progress.complete,
        stop=progress.stop,
    )
    _say(_report(policy, catalogue, decision))


def _read(file: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return json.loads(raw, object_pairs_hook=_once)
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}.")
    except ValueError as error:
        refuse(f"{file} is not JSON: {error}.")
    except RecursionError:
        refuse(f"{file} is not JSON that holds cases: too many brackets in each other.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are all different: of two lists of findings the second would hide the first."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f'"{twice}" stands twice in one object')
    return dict(pairs)


def _fault(fault: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in fault["loc"]) or "The case"
    return f"{where}: {FAULTS.get(fault['type'], fault['msg'])}."


def _report(policy: Policy, catalogue: Catalogue, decision: Decision) -> dict[str, Any]:
    """The decision as plain values. Codes are the policy's, texts the catalogue's."""

    def words(code: str) -> str:
        return catalogue.say(LANGUAGE, f"finding.{code}")

    urgent = [reason.tier for reason in decision.reasons if reason.tier is not None]
    tier = decision.tier or (urgent[0] if urgent else None)
    held = [reason.code for reason in decision.reasons if reason.outcome >= Outcome.DEFER]
    return {
        "outcome": decision.outcome.name.lower(),
        "tier": None if tier is None else tier.value,
        "reasons": [
            {"code": reason.code, "outcome": reason.outcome.name.lower(), "text": words(reason.code)}
            for reason in decision.reasons
        ],
        "earliest": None if decision.earliest is None else decision.earliest.isoformat(),
        "lifts": [
            {"code": code, "by": policy.row(code).lift_by.value, "needs": list(policy.row(code).group.needs)}
            for code in held
        ],
        "therapist_notes": [
            {"code": code, "text": _note(policy, catalogue, code) or words(code)} for code in decision.notes
        ],
    }


def _note(policy: Policy, catalogue: Catalogue, code: str) -> str:
    """The row of section 3, each column by its name: what to avoid must not read as what to do."""
    return " ".join(
        catalogue.say(LANGUAGE, f"day.row.{key.rpartition('.')[2]}", text=catalogue.say(LANGUAGE, key))
        for key in policy.row(code).note
    )


def _say(report: Mapping[str, Any]) -> None:
    tier = f", tier {report['tier']}" if report["tier"] else ""
    typer.echo(f"\nDecision: {report['outcome']}{tier}")
    for reason in report["reasons"]:
        typer.echo(f"  because of {reason['code']} ({reason['outcome']}): {reason['text']}")
    if report["earliest"]:
        typer.echo(f"Not before {report['earliest']}.")
    for lift in report["lifts"]:
        typer.echo(f"{lift['code']} is lifted by {lift['by']}: {', '.join(lift['needs'])}")
    for note in report["therapist_notes"]:
        typer.echo(f"The therapist reads ({note['code']}): {note['text']}")


class _Table:
    """One round of questions, card by card, with a number a button."""

    def __init__(self, policy: Policy, words: Words, round_: str, facts: Facts) -> None:
        self.round = round_
        self._policy, self._words, self._facts = policy, words, facts

    def play(self) -> Progress:
        """Asks until the round ends; [Stop] ends it with the rest unanswered."""
        answers: tuple[Answer, ...] = ()
        while True:
            progress = replay(self._policy, self.round, self._facts, answers)
            if progress.prompt is None:
                return progress
            name = self._ask(progress.prompt)
            if name is None:
                typer.echo("Stopped: what is not answered is not clear.")
                return progress
            if name == "person":
                typer.echo("A person would be told now, and the question stays open.")
                continue
            answers = take(self._policy, self.round, self._facts, answers, name)

    def _ask(self, prompt: Prompt) -> str | None:
        params = {**cards.values_of(prompt), "check_time": When(to_minutes(self._words.now - CHECKED))}
        typer.echo("")
        for key in (*prompt.above, prompt.key, *prompt.lines):
            typer.echo(self._words.line(Text(key, params)))
        for place, option in enumerate(prompt.options, 1):
            words = self._words.line(Text(option.words or option.label, params))
            typer.echo(f"  {place}  {'[x] ' if option.chosen else ''}{words}")
        while True:
            try:
                typed = typer.prompt(f"1 to {len(prompt.options)}, or {STOP} to stop", prompt_suffix=": ")
            except typer.Abort:
                return None
            if typed.strip().lower() == STOP:
                return None
            if typed.strip().isdigit() and 1 <= int(typed) <= len(prompt.options):
                return prompt.options[int(typed) - 1].name
            typer.echo("Please type one of the numbers.")
