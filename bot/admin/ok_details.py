"""What a lead reads off a doctor's OK before it counts: who, when, limits, what it names, and since when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from bot import typed_ok
from bot.admin import ok_decision
from bot.admin.ok_decision import ok_of
from bot.flow import (
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.staff_cards import DESK
from screening import clearance, oks
from screening.clearance import Named
from screening.ok_days import BadOk, check
from screening.oks import OkView


def _given_on(data: dict[str, Any], ok: OkView) -> date | None:
    day = data.get("given_on")
    return date.fromisoformat(day) if day else ok.given_on


async def _to_name(turn: Turn, data: dict[str, Any], ok: OkView) -> tuple[Named, ...]:
    return await clearance.to_name(turn.session, ok.client_id, _given_on(data, ok), turn.house.zone)


def _older(found: tuple[Named, ...], data: dict[str, Any], given_on: date) -> list[Named]:
    """Events that the OK names, told of only after its day: when they happened is not asked yet."""
    return [
        one
        for one in found
        if one.event
        and one.hold.id in data["names"]
        and given_on < one.told_on
        and one.hold.id not in data.get("events", {})
    ]


async def next_question(turn: Turn, ok: OkView, data: dict[str, Any]) -> Result:
    """The next thing to read off the OK, or the decision itself once nothing is open."""
    given_on = _given_on(data, ok)
    found = await _to_name(turn, data, ok)
    if given_on is None and (ok.kind == oks.LETTER or found):
        return Go("staff.ok_by", data)
    if found and "names" not in data:
        return Go("staff.ok_names", {**data, "ticked": []})
    if found and given_on is not None and _older(found, data, given_on):
        return Go("staff.ok_event", data)
    turn.data = data
    return await ok_decision.accept(turn, ok, int(data["months"]))


class By(Step):
    """Who gave it, on which day, and any limits: one line."""

    name = "staff.ok_by"
    roles = DESK
    expects = frozenset({"text"})
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        today = turn.today
        line = text("staff.ok.by", date=Day(today - timedelta(days=7), full=True))
        return Screen("staff.ok.by", (line,), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await ok_of(turn)
        if (closed := await ok_decision.open_to(turn, ok)) is not None or ok is None:
            return Again(closed)
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        today = turn.today
        read = typed_ok.read(value.text, today, turn.actor.language)
        if read.given_on is None:
            return Again(text("staff.ok.bad.no_date", date=Day(today, full=True)))
        try:
            check(read.who, read.given_on, today)
        except BadOk as bad:
            return Again(text(f"staff.ok.bad.{bad.code}", date=Day(read.given_on, full=True)))
        told = {"who": read.who, "given_on": read.given_on.isoformat(), "limits": read.limits}
        return await next_question(turn, ok, {**turn.data, **told})


class Names(Step):
    """Which of the things that wait for an OK it speaks of: it answers those and no other."""

    name = "staff.ok_names"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        ok = await ok_of(turn)
        found = await _to_name(turn, turn.data, ok) if ok is not None else ()
        lines: list[Line] = [text("staff.ok.names")]
        choices = []
        ticked = set(turn.data.get("ticked", ()))
        for number, one in enumerate(found, 1):
            lines.append(text("staff.ok.names.row", k=number, text=ok_decision.about(turn, one.hold)))
            label: Text = text("staff.ok.names.b", k=number)
            if one.hold.id in ticked:
                label = text("button.ticked", text=label)
            choices.append(Choice(f"o{number}", label, one.hold.code))
        end = Choice("thatsall") if ticked else Choice("none")
        return Screen("staff.ok.names", tuple(lines), rows(*choices, end) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await ok_of(turn)
        if (closed := await ok_decision.open_to(turn, ok)) is not None or ok is None:
            return Again(closed)
        if not isinstance(value, Tap):
            return Again(text("old.changed"))
        ticked = [str(one) for one in turn.data.get("ticked", ())]
        data = {key: part for key, part in turn.data.items() if key != "ticked"}
        if value.code in {"none", "thatsall"}:
            names = ticked if value.code == "thatsall" else []
            return await next_question(turn, ok, {**data, "names": names})
        found = await _to_name(turn, turn.data, ok)
        tapped = next((one for n, one in enumerate(found, 1) if value.code == f"o{n}"), None)
        if tapped is None:
            return Again(text("old.changed"))
        mine = tapped.hold.id
        now = [one for one in ticked if one != mine] if mine in ticked else [*ticked, mine]
        return Go(self.name, {**data, "ticked": now}, forget=True)


class Event(Step):
    """When it happened, where the OK is from before the day that the client told us of it."""

    name = "staff.ok_event"
    roles = DESK
    expects = frozenset({"text"})
    holds_text = True

    async def _first(self, turn: Turn, ok: OkView) -> tuple[Named, date] | None:
        given_on = _given_on(turn.data, ok)
        if given_on is None or "names" not in turn.data:
            return None
        asked = _older(await _to_name(turn, turn.data, ok), turn.data, given_on)
        return (asked[0], given_on) if asked else None

    async def show(self, turn: Turn) -> Screen:
        ok = await ok_of(turn)
        asked = await self._first(turn, ok) if ok is not None else None
        if asked is None:
            return Screen("staff.ok.event", (text("old.gone"),), NAV)
        one, given_on = asked
        line = text(
            "staff.ok.event",
            date=Day(given_on, full=True),
            day=Day(one.told_on),
            text=ok_decision.about(turn, one.hold),
        )
        return Screen("staff.ok.event", (line,), rows(Choice("unsure")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        ok = await ok_of(turn)
        if (closed := await ok_decision.open_to(turn, ok)) is not None or ok is None:
            return Again(closed)
        asked = await self._first(turn, ok)
        if asked is None:
            return Again(text("old.changed"))
        one, given_on = asked
        if isinstance(value, Tap) and value.code == "unsure":  # an unknown day counts as the newest (rule 3)
            names = [hold for hold in turn.data["names"] if hold != one.hold.id]
            return await next_question(turn, ok, {**turn.data, "names": names})
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        today = turn.today
        day = typed_ok.day(value.text, today, turn.actor.language)
        if day is None:
            return Again(text("odd.date", date=Day(today, full=True)))
        if day > given_on:
            return Again(text("staff.ok.bad.before"))
        events = {**turn.data.get("events", {}), one.hold.id: day.isoformat()}
        return await next_question(turn, ok, {**turn.data, "events": events})


STEPS: tuple[Step, ...] = (By(), Names(), Event())
