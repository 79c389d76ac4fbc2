"""A visit in each of its states as a FHIR Appointment: valid, and silent about why."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from fhir.resources.R4B.appointment import Appointment as Model

from bot import fhir
from scheduling.appointments import Appointment
from scheduling.clinic import Treatment
from scheduling.fhir_appointment import appointment
from screening.fhir import Systems

STATES = [
    ("held", "proposed", "tentative"),
    ("booked", "booked", "accepted"),
    ("tentative", "pending", "tentative"),
    ("on_hold", "pending", "tentative"),
    ("waiting", "waitlist", "tentative"),
    ("cancelled", "cancelled", "tentative"),
    ("stopped", "cancelled", "tentative"),
    ("released", "cancelled", "tentative"),
    ("done", "fulfilled", "accepted"),
    ("no_show", "noshow", "accepted"),
]


@pytest.mark.parametrize(("state", "status", "agreed"), STATES)
def test_each_state(state: str, status: str, agreed: str) -> None:
    visit = Appointment(
        id="v" * 32, client_id="c" * 32, therapist_id="t" * 32, state=state, starts_at=30_000_000,
        ends_at=30_000_045, hold_reason="clearance", ended_because="health", outcome=4,
        booked_at=datetime(2027, 1, 5, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    systems = Systems()
    treatment = Treatment(code="foot", name="Foot massage")
    told = appointment(visit, treatment, systems, client=systems.client(visit.client_id))
    assert json.loads(Model.model_validate(told).model_dump_json()) == told
    assert json.loads(fhir.as_json(told)) == told
    assert told["status"] == status
    assert {one["status"] for one in told["participant"]} == {agreed}
    assert ("start" in told) == (state != "waiting")  # who waits has no time
    for word in ("health", "clearance", "outcome", "reason"):
        assert word not in json.dumps(told).lower()
