"""A visit that health has moved: keep the new time, another one, or wait until well."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import about, visit_facts
from bot.about import Visit
from bot.client import muting, well_again
from bot.flow import (
    HELP,
    HOME,
    PERSON,
    Again,
    Choice,
    Day,
    Go,
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
from scheduling import waiting
from scheduling.appointments import LIVE, TENTATIVE, WAITING, Appointment
from scheduling.refusals import NotNow, TooLate

# --- what the buttons do, wherever they stand ---


async def keep(turn: Turn, visit: Appointment) -> Result:
    """[Keep it]: one tap makes the kept time a booked one."""
    try:
        await waiting.keep(turn.session, visit.id, turn.now, actor=turn.actor.id)
    except TooLate:
        return Go("visit.card", {"appointment": visit.id}, toast=text("old.changed"), forget=True)
    except NotNow:
        return Again(text("odd.twice" if visit.state in LIVE else "old.changed"))
    about.follow(turn, visit.id)
    return Go("moved.thanks", {"appointment": visit.id}, forget=True)


async def until_well(turn: Turn, visit: Appointment) -> Result:
    """[Wait until I am well]: no time is kept, and the question comes on the rule's date."""
    try:
        await waiting.wait_until_well(turn.session, visit.id, turn.now, actor=turn.actor.id)
    except NotNow:
        return Again(text("old.changed"))
    about.follow(turn, visit.id)
    return Go("moved.waiting", {"appointment": visit.id}, forget=True)


async def other_times(turn: Turn, visit: Appointment) -> Result:
    """[Other times] of a moved visit: the move keeps the visit's place and its reasons."""
    if visit.state not in (*LIVE, WAITING) or visit.hidden_hold:
        return Again(text("old.changed"))
    if await visit_facts.in_danger(turn.session, visit.client_id):
        return Go("visit.card", {"appointment": visit.id}, forget=True)
    return Go("move.pick", {"appointment": visit.id})


async def decide(turn: Turn, value: Input) -> Result:
    visit = await about.own(turn)
    if visit is None or not isinstance(value, Tap):
        return Again(text("old.changed"))
    match value.code:
        case "keep":
            return await keep(turn, visit)
        case "others" | "move" | "seetimes":
            return await other_times(turn, visit)
        case "untilwell":
            return await until_well(turn, visit)
        case "seevisit":
            return Go("visit.card", {"appointment": visit.id})
        case "wellnow":
            return await well_again.well(turn, visit)
        case "stillill":
            return await well_again.not_yet(turn, visit)
        case "sendok":
            return Go("ok.how", {"appointment": visit.id})
        case "mute":
            return await muting.mute(turn)
    return Again(text("old.changed"))


# --- the screens ---


class _Moved(Step):
    """A screen about a moved visit. Its buttons look at the visit as it is when they are tapped."""

    below: tuple[tuple[Choice, ...], ...] = ()
    silent = False

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return Screen(self.name, (Text("old.gone"),), ((HOME,),), durable=True)
        return Screen(
            self.name, await self.lines(turn, visit), await self.choices(turn, visit), durable=True,
            silent=self.silent,
        )  # fmt: skip

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        raise NotImplementedError

    async def choices(self, turn: Turn, visit: Visit) -> tuple[tuple[Choice, ...], ...]:
        return self.below

    async def take(self, turn: Turn, value: Input) -> Result:
        return await decide(turn, value)


class Thanks(_Moved):
    name = "moved.thanks"
    below = rows(Choice("seevisit"), HOME)

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        return (text(self.name, new_when=When(visit.row.starts_at)),)


class Waiting(_Moved):
    name = "moved.waiting"
    below = rows(Choice("wellnow")) + HELP

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        day = visit.row.ask_on or (turn.today + timedelta(days=7))
        return (text(self.name, day=Day(day)),)


class Reminder(_Moved):
    name = "moved.reminder"
    below = rows(Choice("keep"), Choice("others"), Choice("untilwell"), PERSON)

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        keep_until = visit.row.keep_until or turn.now
        return (text(self.name, new_when=When(visit.row.starts_at), keep_until=Until(keep_until)),)


class LetGo(_Moved):
    name = "moved.let_go"
    below = rows(Choice("others"), Choice("untilwell"))
    silent = True

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        return (text(self.name, new_when=When(int(turn.data.get("was") or visit.row.starts_at))),)


class CheckIn(_Moved):
    """On the rule's date: well enough? After a relapse the new OK is asked for too."""

    name = "moved.checkin"

    async def lines(self, turn: Turn, visit: Visit) -> tuple[Line, ...]:
        ok = await well_again.relapse(turn) is not None
        return (text(self.name), *((text("moved.checkin.ok"),) if ok else ()))

    async def choices(self, turn: Turn, visit: Visit) -> tuple[tuple[Choice, ...], ...]:
        ok = (Choice("sendok"),) if await well_again.relapse(turn) is not None else ()
        return rows(Choice("wellnow"), Choice("stillill"), *ok, PERSON, Choice("mute"))


# --- what is sent by itself ---


async def _visit_in(turn: Turn, data: Mapping[str, Any], *states: str) -> Appointment | None:
    visit = await about.in_notice(turn, data, *states)
    if visit is not None and await visit_facts.in_danger(turn.session, visit.client_id):
        return None  # nobody is asked about times before a person has spoken with them
    return visit


async def _send_reminder(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_in(turn, data, TENTATIVE)
    if visit is None or visit.keep_until is None or visit.keep_until <= turn.now:
        return None
    return Opening(f"moved:{visit.id}", "moved.reminder", {"appointment": visit.id})


async def _send_let_go(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_in(turn, data, WAITING)
    if visit is None:
        return None
    return Opening(f"moved:{visit.id}", "moved.let_go", {"appointment": visit.id, "was": data.get("was")})


async def _send_check_in(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await _visit_in(turn, data, *((*LIVE, WAITING) if data.get("steady") else (WAITING,)))
    if visit is None or turn.actor.muted_at is not None:
        return None
    if data.get("steady") and await well_again.relapse(turn) is None:
        return None
    return Opening(f"moved:{visit.id}", "moved.checkin", {"appointment": visit.id})


STEPS: tuple[Step, ...] = (Thanks(), Waiting(), Reminder(), LetGo(), CheckIn())
NOTICES: tuple[Notice, ...] = (
    Notice("moved.reminder", _send_reminder),
    Notice("moved.let_go", _send_let_go),
    Notice("moved.checkin", _send_check_in),
)
