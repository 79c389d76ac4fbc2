"""What a screen says about one visit: who, what, when and where, as values that the catalogue fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.flow import Hour, Raw, Turn, Value, When
from config.clock import from_minutes
from scheduling.appointments import Appointment
from scheduling.clinic import Room, Therapist, Treatment
from scheduling.matching import Needs
from screening import profile


@dataclass(frozen=True)
class Visit:
    """A visit with the names around it. `row` is the live appointment."""

    row: Appointment
    therapist: str
    treatment: str
    minutes: int
    room: str

    @property
    def starts(self) -> datetime:
        return from_minutes(self.row.starts_at)

    @property
    def ends(self) -> datetime:
        return from_minutes(self.row.ends_at)

    def values(self) -> dict[str, Value]:
        return {
            "when": When(self.row.starts_at),
            "time": Hour(self.row.starts_at),
            "therapist": Raw(self.therapist),
            "treatment": Raw(self.treatment),
            "minutes": self.minutes,
            "room": Raw(self.room),
        }


async def visit(session: AsyncSession, appointment_id: str | None) -> Visit | None:
    """None if there is no such visit."""
    if appointment_id is None:
        return None
    row = await session.get(Appointment, appointment_id)
    if row is None:
        return None
    therapist = await session.get(Therapist, row.therapist_id)
    treatment = await session.get(Treatment, row.treatment_id)
    room = await session.get(Room, row.room_id)
    assert therapist is not None
    assert treatment is not None
    assert room is not None
    return Visit(row, therapist.first_name, treatment.name, row.ends_at - row.starts_at, room.name)


async def own(turn: Turn) -> Appointment | None:
    """The visit that a card is about, if it is the subject's."""
    named = turn.data.get("appointment")
    row = await turn.session.get(Appointment, str(named)) if named else None
    return row if row is not None and row.client_id == turn.subject_id else None


async def in_notice(turn: Turn, data: Mapping[str, Any], *states: str) -> Appointment | None:
    """The visit that a message is about, if it stands in one of the states and no hold on it is hidden."""
    row = await turn.session.get(Appointment, data.get("appointment", ""))
    if row is None or row.hidden_hold or (states and row.state not in states):
        return None
    return row


def follow(turn: Turn, appointment_id: str) -> None:
    """The visit's own card says the same as the one that was tapped."""
    topic = f"visit:{appointment_id}"
    if turn.topic != topic:
        turn.redraw(topic, "visit.card", {"appointment": appointment_id})


async def needs(session: AsyncSession, client_id: str) -> Needs:
    """What the client's conditions ask of therapist and room; not known asks for more, never for less."""
    known = await profile.known(session, client_id)
    there = known.conditions if known.conditions is not None else known.named
    warm = {"heat", "heat_and_cold"} & known.noted
    return Needs(
        oncology=bool({"cancer_now", "cancer_past"} & there),
        cool=bool(warm) or ("ms" in there and "heat_cold_no" not in known.noted),
    )
