"""One visit as a FHIR Appointment: when, what, with whom, and whether it stands. Nothing of why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config.clock import from_minutes
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    DONE,
    HELD,
    NO_SHOW,
    ON_HOLD,
    RELEASED,
    STOPPED,
    TENTATIVE,
    WAITING,
    Appointment,
)
from scheduling.clinic import Treatment
from screening.fhir import Systems, instant, without_empty

STATUS = {
    HELD: "proposed",
    BOOKED: "booked",
    TENTATIVE: "pending",
    ON_HOLD: "pending",
    WAITING: "waitlist",
    CANCELLED: "cancelled",
    STOPPED: "cancelled",
    RELEASED: "cancelled",
    DONE: "fulfilled",
    NO_SHOW: "noshow",
}
"""By state of the visit. Whether health or anything else took it off does not show."""
AGREED = frozenset({BOOKED, DONE, NO_SHOW})


def appointment(
    visit: Appointment, treatment: Treatment, systems: Systems, *, client: Mapping[str, Any]
) -> dict[str, Any]:
    """The visit for `client`, made by `Systems.client`. One that waits for a time has none here either."""
    times = {}
    if visit.state != WAITING:
        times = {
            "start": instant(from_minutes(visit.starts_at)),
            "end": instant(from_minutes(visit.ends_at)),
        }
    agreed = "accepted" if visit.state in AGREED else "tentative"
    therapist = systems.by_id("Practitioner", "therapist", visit.therapist_id)
    return without_empty(
        {
            "resourceType": "Appointment",
            "id": visit.id,
            "identifier": [{"system": systems.of("visit"), "value": visit.id}],
            "status": STATUS[visit.state],
            "serviceType": [
                {
                    "coding": [systems.coding("treatment", treatment.code, treatment.name)],
                    "text": treatment.name,
                }
            ],
            **times,
            "minutesDuration": visit.ends_at - visit.starts_at,
            "created": None if visit.booked_at is None else instant(visit.booked_at),
            "participant": [
                {"actor": dict(client), "required": "required", "status": agreed},
                {"actor": therapist, "required": "required", "status": agreed},
            ],
        }
    )
