"""A visit that health has moved: keep the new time, another one, or wait until well."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from bot import about, visit_facts
from bot.about import Visit
from bot.client import asking
from bot.flow import (
    HELP,
    HOME,
    PERSON,
    Again,
    Choice,
    Command,
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
from config.clock import from_minutes
from scheduling import aftercare, booking, clinic, notifications, promises, rescheduling, tasks
from scheduling.appointments import CANCELLED, LIVE, NO_SHOW, RELEASED, TENTATIVE, WAITING, Appointment
from scheduling.refusals import CannotBook, NotNow, TooLate
from screening import health, holds, interview, steady
from screening.holds import HoldView
from screening.policy import Slot

STEADY = timedelta(days=14)
TO_DECIDE = timedelta(days=3)


# --- what the buttons do, wherever they stand ---


async def keep(turn: Turn, visit: Appointment) -> Result:
    """[Keep it]: one tap makes the kept time a booked one."""
    try:
        await rescheduling.keep(turn.session, visit.id, turn.now, actor=turn.actor.id)
    except TooLate:
        return Go("visit.card", {"appointment": visit.id}, toast=text("old.changed"), forget=True)
    except NotNow:
        return Again(text("odd.twice" if visit.state in LIVE else "old.changed"))
    turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
    return Go("moved.thanks", {"appointment": visit.id}, forget=True)


async def until_well(turn: Turn, visit: Appointment) -> Result:
    try:
        await rescheduling.wait_until_well(turn.session, visit.id, turn.now, actor=turn.actor.id)
    except NotNow:
        return Again(text("old.changed"))
    turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})
    return Go("moved.waiting", {"appointment": visit.id}, forget=True)


async def other_times(turn: Turn, visit: Appointment) -> Result:
    """[Other times] of a moved visit: the move keeps the visit's place and its reasons."""
    if visit.state not in (*LIVE, WAITING) or visit.hidden_hold:
        return Again(text("old.changed"))
    if await visit_facts.in_danger(turn.session, visit.client_id):
        return Go("visit.card", {"appointment": visit.id}, forget=True)
    return Go("move.pick", {"appointment": visit.id})


async def decide(turn: Turn, value: Input) -> Result:
    visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
    if visit is None or visit.client_id != turn.subject_id or not isinstance(value, Tap):
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
            return await well(turn, visit)
        case "stillill":
            return await not_yet(turn, visit)
        case "sendok":
            return Go("ok.how", {"appointment": visit.id})
        case "mute":
            await aftercare.mute(turn.session, turn.subject_id, turn.now)
            return Go("after.muted", {"appointment": visit.id, "was": turn.step})
    return Again(text("old.changed"))


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
        day = visit.row.ask_on or (turn.now.astimezone(turn.house.zone).date() + timedelta(days=7))
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
        ok = await _relapse(turn) is not None
        return (text(self.name), *((text("moved.checkin.ok"),) if ok else ()))

    async def choices(self, turn: Turn, visit: Visit) -> tuple[tuple[Choice, ...], ...]:
        ok = (Choice("sendok"),) if await _relapse(turn) is not None else ()
        return rows(Choice("wellnow"), Choice("stillill"), *ok, PERSON, Choice("mute"))


# --- well again ---


async def _relapse(turn: Turn) -> HoldView | None:
    found = await holds.open_holds(turn.session, turn.subject_id)
    return next((hold for hold in found if hold.slot is Slot.PROVISIONAL), None)


async def _waiting(turn: Turn) -> Appointment | None:
    found = await booking.visits(turn.session, turn.subject_id, turn.now)
    return next((one for one in found if one.state in (WAITING, TENTATIVE)), None)


async def well(turn: Turn, visit: Appointment | None) -> Result:
    """[I am well again]: the full check, then three times; after a relapse the dated answer is kept."""
    if await _relapse(turn) is not None:
        return Go("moved.steady", {"appointment": visit.id if visit else None})
    if visit is None or visit.state in (CANCELLED, RELEASED, NO_SHOW):
        return await asking.anew(turn)
    return Go(asking.ROUND, await asking.card_data(turn, visit, "check", shown=True), forget=True)


async def ask_in_time(turn: Turn, visit: Appointment, earliest: date | None) -> None:
    """Plan the question so that a lead has days left to lift the hold before the time that is kept."""
    day = earliest or turn.now.astimezone(turn.house.zone).date() + STEADY
    if visit.state in LIVE:
        last = from_minutes(visit.starts_at) - TO_DECIDE
        before = last.astimezone(turn.house.zone).date()
        if _at_ten(turn, before) > last:
            before -= timedelta(days=1)
        day = min(day, before)
    hold = await _relapse(turn)
    told = hold and await steady.last(turn.session, visit.client_id, after=hold.set_at)
    if not told:
        await ask_if_steady(turn, visit, day)


def _at_ten(turn: Turn, day: date) -> datetime:
    return datetime.combine(day, time(10), turn.house.zone).astimezone(UTC)


async def ask_if_steady(turn: Turn, visit: Appointment, day: date) -> date:
    """After a relapse the client's own dated answer is needed, whether a time is kept or not."""
    at = _at_ten(turn, day)
    await notifications.plan(
        turn.session,
        visit.client_id,
        "moved.checkin",
        max(at, turn.now + timedelta(hours=1)),
        key=f"moved.checkin:steady:{visit.client_id}:{day.isoformat()}",
        at_least_once=False,
        data={"appointment": visit.id, "steady": True},
    )
    return day


async def not_yet(turn: Turn, visit: Appointment) -> Result:
    try:
        day = await rescheduling.not_yet_well(turn.session, visit.id, turn.now)
    except NotNow:
        if await _relapse(turn) is None:
            return Again(text("old.changed"))
        week = turn.now.astimezone(turn.house.zone).date() + timedelta(days=7)
        return Again(text("moved.later", day=Day(await ask_if_steady(turn, visit, week))))
    return Go(
        "moved.waiting", {"appointment": visit.id}, toast=text("moved.later", day=Day(day)), forget=True
    )


class Well(Step):
    """[I am well again] of a card that knows no visit: finds the one that waits."""

    name = "moved.well"

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = [text("moved.checkin")]
        ok = await _relapse(turn) is not None
        if ok:
            lines.append(text("moved.checkin.ok"))
        choices = (Choice("wellnow"), *((Choice("sendok"),) if ok else ()))
        return Screen(self.name, tuple(lines), rows(*choices) + HELP, durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code == "sendok":
            return Go("ok.how", {"appointment": turn.data.get("appointment")})
        if value.code != "wellnow":
            return Again(text("old.changed"))
        visit = await turn.session.get(Appointment, turn.data.get("appointment") or "")
        return await well(turn, visit or await _waiting(turn))


class Steady(Step):
    """After a relapse: since when steady, and when it ended; kept with today's date for the lead."""

    name = "moved.steady"
    holds_text = True
    # days ago of each answer, the least that it can mean
    asks = (
        ("steady.since", (("steady.since.1", 14), ("steady.since.2", 7), ("steady.since.3", 0))),
        ("steady.ended", (("steady.ended.1", 30), ("steady.ended.2", 14), ("steady.ended.3", None))),
    )

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("kept"):
            rules = await clinic.rules(turn.session)
            by = promises.by_end_of_day(rules.opening_hours, rules.tz, turn.now)
            sendok = (Choice("sendok"),)
            return Screen(
                self.name, (text(self.name, staff_by=Until(by)),), rows(*sendok, PERSON, HOME), durable=True
            )
        key, options = self.asks[1 if "since" in turn.data else 0]
        choices = [Choice(f"o{n}", Text(f"{name}.b"), name) for n, (name, _) in enumerate(options, 1)]
        choices.append(Choice(f"o{len(options) + 1}", Text("button.unsure"), "unsure"))
        return Screen(key, (Text(key), Text("common.footer")), rows(*choices, PERSON, HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again(text("odd.tap"))
        if turn.data.get("kept"):
            if value.code == "sendok":
                return Go("ok.how", {"appointment": turn.data.get("appointment")})
            return Again(text("old.changed"))
        today = turn.now.astimezone(turn.house.zone).date()
        _, options = self.asks[1 if "since" in turn.data else 0]
        if not (value.code[:1] == "o" and value.code[1:].isdigit()):
            return Again(text("old.changed"))
        place = int(value.code[1:])
        ago = options[place - 1][1] if 1 <= place <= len(options) else None
        if "since" not in turn.data:
            since = today if ago is None else today - timedelta(days=ago)
            known = await health.load(turn.session, turn.subject_id)
            data = {**turn.data, "since": since.isoformat()}
            if "ms" in (known.conditions if known.conditions is not None else {"ms"}):
                return Go(self.name, data, forget=True)
            turn.data = data
            ago = None
        ended = None if ago is None else today - timedelta(days=ago)
        await _tell_steady(turn, date.fromisoformat(str(turn.data["since"])), ended)
        return Go(self.name, {"appointment": turn.data.get("appointment"), "kept": True}, forget=True)


async def _tell_steady(turn: Turn, since: date, ended: date | None) -> None:
    await steady.tell(
        turn.session, turn.subject_id, since=since, now=turn.now, ended_on=ended, by=turn.actor.id
    )
    hold = await _relapse(turn)
    rules = await clinic.rules(turn.session)
    await tasks.open_task(
        turn.session,
        "steady",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=turn.data.get("appointment"),
        hold_id=hold.id if hold else None,
        due_at=promises.by_end_of_day(rules.opening_hours, rules.tz, turn.now),
        key=f"steady:{turn.subject_id}",
    )


# --- it is about my health ---


class Health(Step):
    """A move or cancel for health: free of charge, at any time, and no proof is asked for."""

    name = "cancel.health"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            self.name, (text(self.name),), rows(Choice("check"), Choice("silent")) + HELP, durable=True
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if visit is None or visit.client_id != turn.subject_id or not isinstance(value, Tap):
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
    rules = await clinic.rules(turn.session)
    await tasks.open_task(
        turn.session,
        "person",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=visit.id,
        due_at=promises.by_end_of_day(rules.opening_hours, rules.tz, turn.now),
        key=f"person:{turn.subject_id}",
    )
    turn.redraw(f"visit:{visit.id}", "visit.card", {"appointment": visit.id})


class Silent(Step):
    name = "cancel.silent"

    async def show(self, turn: Turn) -> Screen:
        when = When(int(turn.data.get("when") or 0))
        return Screen(self.name, (text(self.name, when=when),), rows(PERSON, HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


# --- what is sent by itself ---


async def _visit_in(turn: Turn, data: Mapping[str, Any], *states: str) -> Appointment | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.state not in states or visit.hidden_hold:
        return None
    if await visit_facts.in_danger(turn.session, visit.client_id):
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
    if data.get("steady") and await _relapse(turn) is None:
        return None
    return Opening(f"moved:{visit.id}", "moved.checkin", {"appointment": visit.id})


STEPS: tuple[Step, ...] = (
    Thanks(), Waiting(), Reminder(), LetGo(), CheckIn(), Well(), Steady(), Health(), Silent(),
)  # fmt: skip
NOTICES: tuple[Notice, ...] = (
    Notice("moved.reminder", _send_reminder),
    Notice("moved.let_go", _send_let_go),
    Notice("moved.checkin", _send_check_in),
)
COMMANDS: tuple[Command, ...] = ()
