"""A therapist's own time off: sick today in three taps, an hour, a day, several."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from bot import away
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Turn,
    Until,
    rows,
    text,
)
from bot.formatting import clock
from bot.staff_cards import THERAPIST
from bot.therapist import own
from scheduling import absences
from scheduling.absences import AlreadyOff, PastDay
from scheduling.clinic import TimeOff

HOUR = re.compile(r"^(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:-|–|to)\s*(\d{1,2})(?:[:.](\d{2}))?)?$")
DAY_MINUTES = 1440


class Pick(Step):
    name = "off.pick"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        choices = rows(Choice("sick"), Choice("block"), Choice("oneday"), Choice("days"))
        return Screen(self.name, (text("off.pick"),), choices + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        match value.code:
            case "sick":
                return Go("off.sick", {})
            case "block":
                return Go("off.block", {"day": turn.data.get("day")})
            case "oneday":
                return Go("off.own", {})
            case "days":
                return Go("off.own", {"several": True})
        return Again(text("old.changed"))


class Sick(Step):
    """Nobody reads that the therapist is ill; each person gets other times."""

    name = "off.sick"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        me = await own.therapist_of(turn)
        if me is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        day = turn.today
        hit = await absences.conflicts(turn.session, me.id, day, day, turn.now)
        lines: list[Line] = [text("off.sick", day=Day(day), n=len(hit))]
        if hit:
            lines.append(text("off.sick.each"))
        phoned = sum(not one.reachable for one in hit)
        if phoned:
            lines.append(text("off.sick.phone", n=phoned))
        lines.append(text("off.sick.rest"))
        return Screen(self.name, tuple(lines), rows(Choice("reoffer"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        me = await own.therapist_of(turn)
        if me is None or not isinstance(value, Tap) or value.code != "reoffer":
            return Again(text("old.changed"))
        day = turn.today
        try:
            added = await absences.add(
                turn.session, me.id, day, day, turn.now, actor=turn.actor.id, reason="sick"
            )
        except AlreadyOff:
            return Again(text("off.twice", therapist=Raw(me.first_name), day=Day(day)))
        told = sum(one.reachable for one in added.conflicts)
        return Go("off.done", {"saved": added.time_off_id, "told": told}, forget=True)


class Done(Step):
    name = "off.done"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        row = await turn.session.get(TimeOff, turn.data["saved"])
        if row is None or row.removed_at is not None:
            return Screen("off.undone", (text("off.undone"),), ((HOME,),))
        line = text("off.done", n=int(turn.data.get("told", 0)), m=0)
        undo = row.undo_until is not None and turn.now < row.undo_until and row.applied_at is None
        return Screen(self.name, (line,), rows([Choice("undo")] if undo else [], HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "undo":
            done = await absences.undo(turn.session, str(turn.data["saved"]), turn.now, actor=turn.actor.id)
            return Again(text("undo.done" if done else "undo.late"))
        return Again(text("old.changed"))


class Block(Step):
    """An hour of one day; visits that lie in it become tasks of the desk."""

    name = "off.block"
    roles = THERAPIST
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("saved"):
            return await self._saved(turn)
        return Screen(self.name, (text("off.block"),), NAV)

    async def _saved(self, turn: Turn) -> Screen:
        row = await turn.session.get(TimeOff, turn.data["saved"])
        if row is None or row.removed_at is not None or row.starts is None or row.ends is None:
            return Screen("off.undone", (text("off.undone"),), ((HOME,),))
        language = turn.actor.language
        span = text(
            "common.span", time=Raw(clock(row.starts, language)), time2=Raw(clock(row.ends, language))
        )
        until = Until(row.undo_until or turn.now)
        undo = row.undo_until is not None and turn.now < row.undo_until and row.applied_at is None
        line = text("off.blocked", day=Day(row.first_day), text=span, undo_until=until)
        return Screen("off.blocked", (line,), rows([Choice("undo")] if undo else [], HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        me = await own.therapist_of(turn)
        if me is None:
            return Again(text("odd.no_role"))
        if isinstance(value, Tap) and value.code == "undo" and turn.data.get("saved"):
            done = await absences.undo(turn.session, str(turn.data["saved"]), turn.now, actor=turn.actor.id)
            return Again(text("undo.done" if done else "undo.late"))
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        span = read_hour(value.text)
        if span is None:
            return Again(text("off.block"))
        day = date.fromisoformat(turn.data["day"]) if turn.data.get("day") else turn.today
        try:
            added = await absences.add(
                turn.session,
                me.id,
                day,
                day,
                turn.now,
                actor=turn.actor.id,
                reason="block",
                mode=absences.EACH,
                starts=span[0],
                ends=span[1],
            )
        except PastDay:
            return Again(text("off.past", day=Day(day)))
        except AlreadyOff:
            return Again(text("off.twice", therapist=Raw(me.first_name), day=Day(day)))
        return Go(self.name, {"saved": added.time_off_id}, forget=True)


def read_hour(words: str) -> tuple[int, int] | None:
    """ "14:00" is that hour, "14-15" from one to the other; wall minutes in steps of five."""
    found = HOUR.match(words.strip())
    if found is None:
        return None
    start = int(found[1]) * 60 + int(found[2] or 0)
    end = int(found[3]) * 60 + int(found[4] or 0) if found[3] else start + 60
    minutes_fit = int(found[2] or 0) < 60 and int(found[4] or 0) < 60
    if not minutes_fit or not 0 <= start < end <= DAY_MINUTES or start % 5 or end % 5:
        return None
    return start, end


class Own(away.Off):
    """One day or several, for oneself; a name in the line is not read."""

    name = "off.own"
    roles = THERAPIST

    async def _who(self, turn: Turn) -> str | None:
        me = await own.therapist_of(turn)
        return me.id if me is not None else None

    async def _read(self, turn: Turn, line: str) -> dict[str, Any]:
        found = await super()._read(turn, line)
        found.pop("who", None)
        return found


STEPS: tuple[Step, ...] = (Pick(), Sick(), Done(), Block(), Own())
