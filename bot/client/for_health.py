"""A move or a cancel because of health: free of charge at any time, and no proof is asked for."""

from __future__ import annotations

import contextlib

from bot import about, call_back
from bot.client import asking
from bot.flow import (
    HELP,
    HOME,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    When,
    rows,
    text,
)
from scheduling import booking, clinic
from scheduling.appointments import LIVE, WAITING, Appointment
from scheduling.refusals import CannotBook
from screening import interview


class Health(Step):
    name = "cancel.health"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            self.name, (text(self.name),), rows(Choice("check"), Choice("silent")) + HELP, durable=True
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.own(turn)
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code == "check":
            if visit.state in (*LIVE, WAITING) and not visit.hidden_hold:
                return await asking.again(turn, visit)
            return await asking.anew(turn)
        if value.code != "silent":
            return Again(text("old.changed"))
        await _silent(turn, visit)
        return Go("cancel.silent", {"appointment": visit.id, "when": visit.starts_at}, forget=True)


async def _silent(turn: Turn, visit: Appointment) -> None:
    """Let go free of charge without a word; not known is not clear, so a person calls first."""
    await interview.raise_finding(
        turn.session,
        turn.subject_id,
        "item_unsure",
        "staff" if turn.for_other else "text",
        turn.now,
        zone=turn.house.zone,
        appointment_id=visit.id,
        by=turn.actor.id,
        clinic_days=await clinic.own_days(turn.session),
    )
    with contextlib.suppress(CannotBook):
        await booking.cancel(
            turn.session, visit.id, turn.now, actor=turn.actor.id, because="health", undo=False
        )
    await call_back.wanted(turn, visit.id)
    about.follow(turn, visit.id)


class Silent(Step):
    name = "cancel.silent"

    async def show(self, turn: Turn) -> Screen:
        when = When(int(turn.data.get("when") or 0))
        return Screen(self.name, (text(self.name, when=when),), rows(PERSON, HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Health(), Silent())
