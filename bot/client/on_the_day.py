"""On the day, when the hour does not hold: we run late, or nobody came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import about
from bot.conversation import HOME_TOPIC
from bot.flow import (
    NAV,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Notice,
    Opening,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    When,
    rows,
    text,
)
from bot.formatting import cut
from scheduling.appointments import BOOKED, NO_SHOW, Appointment


class RunningLate(Step):
    name = "visit.running_late"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        line = text(
            "visit.running_late",
            when=When(visit.row.starts_at),
            n=int(turn.data.get("minutes", visit.row.late_minutes)),
            therapist=Raw(visit.therapist),
        )
        return Screen(self.name, (line,), rows(Choice("move"), PERSON), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None or visit.row.client_id != turn.subject_id:
            return Again(text("old.changed"))
        if isinstance(value, Tap) and value.code == "move":
            return Go("move.pick", {"appointment": visit.row.id})
        return Again(text("old.changed"))


class Missed(Step):
    """A kind question to somebody who did not come."""

    name = "client.noshow"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return Screen("client.noshow", (text("old.gone"),), NAV)
        name = Raw(cut(turn.actor.name))
        line = text("client.noshow", when=When(visit.row.starts_at), name=name)
        choices = rows(Choice("health"), Choice("book"), PERSON)
        return Screen("client.noshow", (line,), choices, durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if not isinstance(value, Tap) or visit is None or visit.row.client_id != turn.subject_id:
            return Again(text("old.changed"))
        if value.code == "health":
            return Go("cancel.health", {"appointment": visit.row.id})
        if value.code == "book":
            turn.open(HOME_TOPIC, "book.home")
            return Again(quiet=True)
        return Again(text("old.changed"))


async def _send_late(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.state != BOOKED or visit.hidden_hold:
        return None
    return Opening(f"late:{visit.id}", "visit.running_late", dict(data))


async def _send_missed(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.state != NO_SHOW:
        return None
    return Opening(f"missed:{visit.id}", "client.noshow", {"appointment": visit.id})


STEPS: tuple[Step, ...] = (RunningLate(), Missed())
NOTICES: tuple[Notice, ...] = (
    Notice("client.noshow", _send_missed),
    Notice("visit.running_late", _send_late),
)
