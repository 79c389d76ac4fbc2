"""Open holds and standing notes as FHIR Flags: what whoever treats this client has to know, by code alone.

The client's own words stay here; a hold says since when it stands, never that a date would end it. What was
told about being hurt or about suicide is not named: only that a person comes first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from screening.fhir import Systems, instant, without_empty
from screening.fhir_questionnaire import Say
from screening.hold_rows import HoldView
from screening.on_file import NoteView
from screening.policy import Tier

CATEGORY = "http://terminology.hl7.org/CodeSystem/flag-category"
"""FHIR's own code system; `safety` for a hold, `clinical` for a note."""


def flags(
    holds: Sequence[HoldView],
    notes: Sequence[NoteView],
    say: Say,
    systems: Systems,
    *,
    client: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """One active Flag per open hold, then one per standing note. `say` knows `finding.<code>`."""
    return [
        *(_hold(hold, say, systems, client) for hold in holds),
        *(_flag(note.id, "clinical", note.code, note.since, say, systems, client) for note in notes),
    ]


def bundle(resources: Sequence[Mapping[str, Any]], at: datetime) -> dict[str, Any]:
    """Several resources in one file. `at`: the moment of writing."""
    return without_empty(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "timestamp": instant(at),
            "entry": [{"resource": dict(resource)} for resource in resources],
        }
    )


def _hold(hold: HoldView, say: Say, systems: Systems, client: Mapping[str, Any]) -> dict[str, Any]:
    told = _flag(hold.id, "safety", hold.code, hold.set_at, say, systems, client)
    if hold.tier is Tier.C:
        words = say("why.hold.urgent")
        told["code"] = {"coding": [systems.coding("hold", hold.slot.value, words)], "text": words}
    notes = [
        systems.note("outcome", valueInteger=int(hold.outcome)),
        systems.note("lift-by", valueCode=hold.lift_by.value.replace("_", "-")),
        systems.note("slot", valueCode=hold.slot.value),
    ]
    if hold.earliest is not None:
        notes.append(systems.note("not-before", valueDate=hold.earliest.isoformat()))
    return {**told, "extension": notes}


def _flag(
    row_id: str,
    category: str,
    code: str,
    since: datetime,
    say: Say,
    systems: Systems,
    client: Mapping[str, Any],
) -> dict[str, Any]:
    words = say(f"finding.{code}")
    return {
        "resourceType": "Flag",
        "id": row_id,
        "identifier": [{"system": systems.of("flag"), "value": row_id}],
        "status": "active",
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        "code": {"coding": [systems.coding("finding", code, words)], "text": words},
        "subject": dict(client),
        "period": {"start": instant(since)},
    }
