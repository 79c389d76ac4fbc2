"""`gentlehours ...`: a module a command family. Every refusal is a sentence, never a traceback."""

from __future__ import annotations

import sys

import typer

from bot.cli import audit, check, demo, fhir, keys, policy, printing, run, staff, trial

app = typer.Typer(
    help="Gentle Hours books massage for people with nerve conditions; the safety check owns the slot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("run")(run.run)
app.command("migrate")(run.migrate)
app.command("check")(check.check)
app.command("example")(check.example)
policy.app.command("print")(printing.print_page)
policy.app.command("decide")(trial.decide_file)
policy.app.command("try")(trial.try_out)
app.add_typer(policy.app, name="policy", help="The safety policy: read, compare, try and sign it.")
app.add_typer(staff.app, name="staff", help="People who work at the clinic.")
app.add_typer(audit.app, name="audit", help="What happened around a client or a visit, as a file.")
app.add_typer(fhir.app, name="fhir", help="Questionnaire, answers, visits and flags for other systems.")
app.add_typer(keys.app, name="keys", help="The keys that seal health answers.")


def main() -> None:
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
