"""Whose day it is: the therapist behind a tap, and the visits that are theirs to open."""

from __future__ import annotations

from bot import staff_cards
from bot.flow import Turn
from scheduling import clinic
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist


async def therapist_of(turn: Turn) -> Therapist | None:
    return await clinic.therapist_of(turn.session, turn.actor.id)


async def visit_of(turn: Turn) -> tuple[Therapist, Appointment] | None:
    """The therapist and the card's visit, if it is one of their own or of a client of theirs."""
    who = await therapist_of(turn)
    visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
    if who is None or visit is None:
        return None
    if visit.therapist_id != who.id and not await staff_cards.own_client(
        turn.session, turn.actor.id, visit.client_id
    ):
        return None
    return who, visit
