"""Questions that are still open: the nudge, the deadline that passed, the time given free, the door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import about
from bot.client import asking, results
from bot.flow import (
    PERSON,
    Again,
    Choice,
    Input,
    Line,
    Notice,
    Opening,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    When,
    rows,
    text,
)
from scheduling import clinic
from scheduling.appointments import BOOKED, ON_HOLD, TENTATIVE, Appointment


class _Reminder(Step):
    """A short message about questions that are open; its buttons lead to them or away from the visit."""

    buttons: tuple[tuple[Choice, ...], ...] = ()
    footer = False

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return results.over(None)
        values = visit.values()
        if visit.row.release_at is not None:
            values["release_time"] = Until(visit.row.release_at)
        else:
            rules = await clinic.rules(turn.session)
            values["release_time"] = Until(visit.starts - timedelta(hours=rules.release_hours))
        if turn.data.get("when"):
            values["when"] = When(int(turn.data["when"]))
        lines: list[Line] = [Text(self.name, values)]
        if self.footer:
            lines.append(Text("common.result_end"))
        return Screen(self.name, lines=tuple(lines), rows=self.buttons, durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code in ("start", "check"):
            return await asking.answer_now(turn, visit)
        if value.code == "movecancel":
            turn.open("home", "cancel.ask", {"appointment": visit.id})
        elif value.code == "move":
            turn.open("home", "move.pick", {"appointment": visit.id})
        elif value.code == "seetimes":
            turn.open("home", "book.home")
        elif value.code == "where":
            turn.open("home", "visit.card", {"appointment": visit.id})
        else:
            return Again(text("old.changed"))
        return Again(quiet=True)


class Nudge(_Reminder):
    name = "check.nudge"
    buttons = rows(Choice("start"), PERSON, Choice("movecancel"))


class Cutoff(_Reminder):
    name = "check.cutoff"
    buttons = rows(Choice("check"), Choice("move"), PERSON)
    footer = True


class Released(_Reminder):
    name = "check.released"
    buttons = rows(Choice("seetimes"), PERSON)
    footer = True


class Door(_Reminder):
    name = "recheck.door"
    buttons = rows(Choice("check"))


async def _send_nudge(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await about.in_notice(turn, data)
    if visit is None or visit.cleared_at is not None or await asking.due(turn, visit) is None:
        return None
    return Opening(asking.topic(visit.id), "check.nudge", {"appointment": visit.id})


async def _send_cutoff(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await about.in_notice(turn, data, ON_HOLD)
    if visit is None:
        return None
    return Opening(asking.topic(visit.id), "check.cutoff", {"appointment": visit.id})


async def _send_released(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await about.in_notice(turn, data)
    if visit is None:
        return None
    when = data.get("when", visit.starts_at)
    return Opening(asking.topic(visit.id), "check.released", {"appointment": visit.id, "when": when})


async def _send_door(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await about.in_notice(turn, data, BOOKED, TENTATIVE)
    if visit is None or visit.rechecked_at is not None:
        return None
    return Opening(asking.topic(visit.id), "recheck.door", {"appointment": visit.id})


STEPS: tuple[Step, ...] = (Nudge(), Cutoff(), Released(), Door())
NOTICES: tuple[Notice, ...] = (
    Notice("check.nudge", _send_nudge),
    Notice("check.cutoff", _send_cutoff),
    Notice("check.released", _send_released),
    Notice("recheck.door", _send_door),
)
