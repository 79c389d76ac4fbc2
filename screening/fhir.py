"""Names that the FHIR exports share: code systems of our own under one base, and people by pseudonym.

No code set for massage screening was found, so that all codes are local ones. The base is a URN and no
address: nothing is claimed to be served on the internet. Everything here is plain JSON of FHIR R4B.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

BASE = "urn:gentlehours"
QUESTIONNAIRE = "gentlehours-screening"
FACTS, PHASE = "known", "phase"
"""linkIds of the two questions that no client is asked: what the file says, and which round it is."""
UNKNOWN, SETTLED = "conditions_unknown", "settled_before"
"""Facts of the export beside those of the policy: P0 is open; a matter that was settled is told again."""


@dataclass(frozen=True)
class Systems:
    """The URIs of one clinic. `base`: a URN or URL that is the clinic's own."""

    base: str = BASE

    def of(self, name: str) -> str:
        """The system of codes (finding, item, option, fact, phase ...) or of ids (client, visit, person)."""
        return f"{self.base}:{name}"

    def canonical(self, version: str) -> str:
        """The questionnaire of one policy version, as responses name it."""
        return f"{self.of('questionnaire')}|{version}"

    def coding(self, name: str, code: str, display: str | None = None) -> dict[str, Any]:
        """One code of ours; FHIR allows no empty display."""
        told = {"system": self.of(name), "code": code}
        return told | ({"display": display} if display else {})

    def by_id(self, kind: str, name: str, value: str, display: str | None = None) -> dict[str, Any]:
        """A reference by id alone. `kind`: Patient, Practitioner, Appointment."""
        told: dict[str, Any] = {
            "type": kind,
            "identifier": {"system": self.of(name), "value": value},
        }
        return told | ({"display": display} if display else {})

    def client(self, client_id: str, name: str | None = None) -> dict[str, Any]:
        """A client by pseudonym; `name` only where it was asked for."""
        return self.by_id("Patient", "client", client_id, name)

    def note(self, name: str, **value: Any) -> dict[str, Any]:
        """An extension: what FHIR has no element for."""
        return {"url": self.of(name), **value}


def instant(moment: datetime) -> str:
    """A moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def without_empty(resource: Mapping[str, Any]) -> dict[str, Any]:
    """FHIR knows no null and no empty list."""
    return {key: value for key, value in resource.items() if value not in (None, [], {})}
