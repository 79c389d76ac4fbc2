"""At the door: the question that is still open, read out by the client's own therapist."""

from __future__ import annotations

from typing import Any

from bot import staff_cards, voice
from bot.flow import (
    Again,
    Choice,
    Go,
    Input,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    text,
)
from bot.staff_cards import THERAPIST
from bot.therapist import own
from bot.voice import DOOR
from scheduling.appointments import Appointment
from screening.decision import Decision
from screening.policy import Outcome


class Door(voice.Reading):
    """Card T, and the red cards where a helper or a hurry answered them. Not entered: no session."""

    name = "door.check"
    roles = THERAPIST
    only = DOOR

    async def show(self, turn: Turn) -> Screen:
        screen = await super().show(turn)
        stop = ((Choice("stopvisit"),),)
        return Screen(screen.key, screen.lines, (*screen.rows[:-1], *stop, *screen.rows[-1:]))

    async def take(self, turn: Turn, value: Input) -> Result:
        who = await own.therapist_of(turn)
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if who is None or visit is None or visit.therapist_id != who.id:
            return Again(text("odd.no_role"))
        if isinstance(value, Tap) and value.code == "stopvisit":
            turn.open("stop", "caller.stop", {"appointment": visit.id}, subject_id=visit.client_id)
            return Again(quiet=True)
        return await super().take(turn, value)

    async def ended(self, turn: Turn, visit: Appointment, decision: Decision, data: dict[str, Any]) -> Result:
        """Clear or with care: back to the row, where Done is now. Anything else is said as it is."""
        staff_cards.looked(turn, visit.client_id, "door", visit.id)
        if decision.outcome < Outcome.DEFER:
            return Go("day.row", {"appointment": visit.id}, forget=True)
        return await super().ended(turn, visit, decision, data)


STEPS: tuple[Step, ...] = (Door(),)
