"""Times on buttons: what a client is offered, and what a tapped button means again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import about
from bot.flow import Choice, Hour, Line, Raw, Tap, Text, Turn, Value, When, text
from bot.formatting import beside_time
from scheduling import clinic
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist, Treatment
from scheduling.search import SearchQuery, Suggestion, slot_at
from scheduling.slots import Slot
from screening import health, holds

TO_SEND = timedelta(days=1)
"""Time that a client has at least, from the offer of a time on, to send the OK that it needs."""
CODE = re.compile(r"^(\d{1,9})-([0-9a-f]{8})$")


async def good_hours(session: AsyncSession, client_id: str) -> str | None:
    """When Parkinson's tablets work best: morning, midday or afternoon."""
    known = await health.load(session, client_id)
    return next((t.removeprefix("tablets_") for t in sorted(known.noted) if t.startswith("tablets_")), None)


async def query(
    turn: Turn, treatment_id: str, therapist_id: str | None = None, *, moving: str | None = None
) -> SearchQuery:
    """What to look for, for the client of this turn; never before a hold ends or an OK can be there."""
    gate = await holds.gate(turn.session, turn.subject_id, turn.now)
    not_before = None
    if gate.needs_ok:
        rules = await clinic.rules(turn.session)
        not_before = turn.now + timedelta(days=rules.lead_days_without_ok) + TO_SEND
    return SearchQuery(
        turn.subject_id,
        treatment_id,
        therapist_id,
        not_before=not_before,
        first_day=gate.earliest,
        needs=await about.needs(turn.session, turn.subject_id),
        moving=moving,
        over_limits=turn.for_other,  # staff are asked once more when they take such a time
    )


async def names(session: AsyncSession) -> dict[str, Therapist]:
    return {one.id: one for one in await session.scalars(select(Therapist))}


async def usual(session: AsyncSession, client_id: str) -> tuple[Treatment | None, str | None]:
    """(treatment, therapist) of the client's last visit; else the clinic's first-visit one and nobody."""
    row = (
        await session.execute(
            select(Appointment.treatment_id, Appointment.therapist_id)
            .where(Appointment.client_id == client_id, Appointment.booked_at.is_not(None))
            .order_by(Appointment.starts_at.desc())
            .limit(1)
        )
    ).one_or_none()
    offered = await clinic.treatments(session)
    done = [one for one in offered if row is not None and one.id == row.treatment_id]
    plain = [one for one in offered if not one.first_visit]
    if done and done[0].first_visit and plain:
        done = plain[:1]  # a first visit comes once
    first = [one for one in offered if one.first_visit] or offered
    treatment = next(iter(done or first), None)
    return treatment, row.therapist_id if row is not None else None


def slot_choice(code: str, slot: Slot, label: Line | None = None) -> Choice:
    """A button that names the time itself, so that it means the same whatever is free by then."""
    value = f"{slot.starts_at}-{slot.therapist_id[:8]}"
    return Choice(f"{code}.{value}", label or text(f"button.{code}", when=When(slot.starts_at)))


def hour_choice(slot: Slot, who: Therapist) -> Choice:
    label = text("button.hour", time=Hour(slot.starts_at), name=Raw(beside_time(who.first_name)))
    return slot_choice("hour", slot, label)


def slot_choices(found: Sequence[Suggestion]) -> list[Choice]:
    return [slot_choice(f"slot{number}", one.slot) for number, one in enumerate(found, 1)]


def slot_lines(
    key: str, found: Sequence[Suggestion], who: dict[str, Therapist], *, reasons: bool = True
) -> list[Line]:
    """One numbered line a time: "1. Tue 3 Mar, 9:30, Ana: your best time"."""
    lines: list[Line] = []
    for number, one in enumerate(found, 1):
        name = Raw(who[one.slot.therapist_id].first_name)
        params: dict[str, Value] = {"k": number, "when": When(one.slot.starts_at), "therapist": name}
        if reasons:
            params["reason"] = Text(f"reason.{one.reason}", {"therapist": name})
        lines.append(Text(key, params))
    return lines


async def tapped(turn: Turn, tap: Tap, treatment_id: str) -> Slot | None:
    """The time that a button names. None if it names none that this clinic could offer."""
    match = CODE.match(tap.value)
    treatment = await turn.session.get(Treatment, treatment_id)
    if match is None or treatment is None:
        return None
    rooms = await clinic.rooms(turn.session)
    for one in await clinic.therapists(turn.session):
        if one.id.startswith(match[2]) and rooms:
            return slot_at(int(match[1]), one.id, rooms[0].id, treatment)
    return None


def is_slot(tap: Tap) -> bool:
    return tap.code in {"slot1", "slot2", "slot3", "hour"}
