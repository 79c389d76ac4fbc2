"""`gentlehours fhir ...`: files for another system, about a pseudonym unless a name is asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.conftest import Console
from tests.bot.visits import booked, checked, in_days, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
async def visit(world: World, chat: Chat) -> Appointment:
    """Maria's, with its check answered well."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await checked(world, visit)
    return visit


async def written(console: Console, *words: str) -> dict[str, Any]:
    ran = await console("fhir", *words)
    assert ran.exit_code == 0, ran.output
    told = dict(json.loads(ran.stdout))
    get_fhir_model_class(told["resourceType"]).model_validate(told)
    return told


async def test_the_form_in_force_and_answers_to_it(
    console: Console, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = await written(console, "questionnaire")
    assert (form["status"], form["approvalDate"]) == ("active", "2027-03-01")
    told = await written(console, "response", "--visit", visit.id)
    assert told["questionnaire"] == f"{form['url']}|{form['version']}"
    assert told["subject"] == {
        "type": "Patient",
        "identifier": {"system": "urn:gentlehours:client", "value": visit.client_id},
    }
    assert "Maria" not in json.dumps(told)
    monkeypatch.setenv("GENTLEHOURS_FHIR_SYSTEM", "urn:oid:1.2.3")
    again = await written(console, "response", "--round", told["id"])
    assert again["subject"]["identifier"]["system"] == "urn:oid:1.2.3:client"
    named = await written(console, "response", "--visit", visit.id, "--named")
    assert named["subject"]["display"] == "Maria Kral"


async def test_a_visit_says_when_and_with_whom_and_nothing_of_why(
    console: Console, visit: Appointment
) -> None:
    told = await written(console, "appointment", "--visit", visit.id)
    assert (told["status"], told["start"], told["minutesDuration"]) == ("booked", "2027-03-04T09:00:00Z", 30)
    assert [one["actor"]["type"] for one in told["participant"]] == ["Patient", "Practitioner"]
    assert set(told) == {
        *("resourceType", "id", "identifier", "status", "serviceType", "start", "end", "minutesDuration"),
        *("created", "participant"),
    }


async def test_flags_are_a_bundle(console: Console, visit: Appointment) -> None:
    told = await written(console, "flags", "--client", "Maria")
    assert (told["resourceType"], told["type"]) == ("Bundle", "collection")


async def test_a_file_is_private_and_never_written_over(
    console: Console, visit: Appointment, tmp_path: Path
) -> None:
    file = tmp_path / "visit.json"
    ran = await console("fhir", "appointment", "--visit", visit.id, "--out", str(file))
    assert ran.exit_code == 0, ran.output
    assert file.stat().st_mode & 0o777 == 0o600
    ran = await console("fhir", "appointment", "--visit", visit.id, "--out", str(file))
    assert (ran.exit_code, "is there already" in ran.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("questionnaire", "--version", "0.1"), "Version 0.1 was never stored here."),
        (("questionnaire", "--language", "xx"), 'There are no words in "xx".'),
        (("response",), "Name one of the two"),
        (("response", "--round", "none"), 'There is no round "none".'),
        (("response", "--visit", "none"), 'There is no visit "none".'),
        (("flags", "--client", "Nobody"), 'There is no client "Nobody".'),
    ],
)
async def test_what_is_not_there_is_said(
    console: Console, world: World, words: tuple[str, ...], said: str
) -> None:
    ran = await console("fhir", *words)
    assert ran.exit_code == 2
    assert said in ran.stderr


async def test_without_the_library_it_says_how_to_get_it(
    console: Console, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fhir.resources.R4B", None)
    ran = await console("fhir", "appointment", "--visit", visit.id)
    assert (ran.exit_code, "pip install 'gentlehours[fhir]'" in ran.stderr) == (2, True)
