"""Well again, or not yet: the way back to a time, and after a relapse the client's own dated answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from bot import promised
from bot.client import asking
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
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    rows,
    text,
)
from config.clock import from_minutes
from scheduling import booking, notifications, tasks, waiting
from scheduling.appointments import CANCELLED, LIVE, NO_SHOW, RELEASED, TENTATIVE, WAITING, Appointment
from scheduling.refusals import NotNow
from screening import health, holds, steady
from screening.holds import HoldView
from screening.policy import Slot

STEADY = timedelta(days=14)
TO_DECIDE = timedelta(days=3)


async def relapse(turn: Turn) -> HoldView | None:
    """The hold of a relapse that a lead has still to lift."""
    found = await holds.open_holds(turn.session, turn.subject_id)
    return next((hold for hold in found if hold.slot is Slot.PROVISIONAL), None)


async def _waiting(turn: Turn) -> Appointment | None:
    found = await booking.visits(turn.session, turn.subject_id, turn.now)
    return next((one for one in found if one.state in (WAITING, TENTATIVE)), None)


async def well(turn: Turn, visit: Appointment | None) -> Result:
    """[I am well again]: the full check, then three times; after a relapse the dated answer is kept."""
    if await relapse(turn) is not None:
        return Go("moved.steady", {"appointment": visit.id if visit else None})
    if visit is None or visit.state in (CANCELLED, RELEASED, NO_SHOW):
        return await asking.anew(turn)
    return Go(asking.ROUND, await asking.card_data(turn, visit, "check", shown=True), forget=True)


async def not_yet(turn: Turn, visit: Appointment) -> Result:
    """[Not yet]: asked again on the rule's next day."""
    try:
        day = await waiting.not_yet_well(turn.session, visit.id, turn.now)
    except NotNow:
        if await relapse(turn) is None:
            return Again(text("old.changed"))
        week = turn.today + timedelta(days=7)
        return Again(text("moved.later", day=Day(await ask_if_steady(turn, visit, week))))
    return Go(
        "moved.waiting", {"appointment": visit.id}, toast=text("moved.later", day=Day(day)), forget=True
    )


async def ask_in_time(turn: Turn, visit: Appointment, earliest: date | None) -> None:
    """Plan the question so that a lead has days left to lift the hold before the time that is kept."""
    day = earliest or turn.today + STEADY
    if visit.state in LIVE:
        last = from_minutes(visit.starts_at) - TO_DECIDE
        before = last.astimezone(turn.house.zone).date()
        if _at_ten(turn, before) > last:
            before -= timedelta(days=1)
        day = min(day, before)
    hold = await relapse(turn)
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


class Well(Step):
    """[I am well again] of a card that knows no visit: finds the one that waits."""

    name = "moved.well"

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = [text("moved.checkin")]
        ok = await relapse(turn) is not None
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
            line = text(self.name, staff_by=Until(await promised.end_of_day(turn)))
            return Screen(self.name, (line,), rows(Choice("sendok"), PERSON, HOME), durable=True)
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
        today = turn.today
        _, options = self.asks[1 if "since" in turn.data else 0]
        if not value.place:
            return Again(text("old.changed"))
        ago = options[value.place - 1][1] if value.place <= len(options) else None
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
    hold = await relapse(turn)
    await tasks.open_task(
        turn.session,
        "steady",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=turn.data.get("appointment"),
        hold_id=hold.id if hold else None,
        due_at=await promised.end_of_day(turn),
        key=f"steady:{turn.subject_id}",
    )


STEPS: tuple[Step, ...] = (Well(), Steady())
