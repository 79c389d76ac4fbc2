"""Time off with what it hits: the same cards for the desk and for a therapist's own days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from bot import about, staff_cards
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Hour,
    Input,
    Joined,
    Line,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    Value,
    rows,
    text,
)
from bot.formatting import cut, month
from scheduling import absences, clinic
from scheduling.absences import AlreadyOff, Conflict, PastDay
from scheduling.appointments import Appointment
from scheduling.availability import Calendar, local_day, working_time
from scheduling.clinic import Therapist, TimeOff
from scheduling.occupancy import hours_and_off
from scheduling.search import SearchQuery, suggest
from scheduling.typed_days import Days, NotADay, parse

EVERYONE = "all"
PAGE = 6
AHEAD = 120
FAR = 1000  # a day that no button can name
MODES = {"reall": absences.REOFFER, "each": absences.EACH, "keepall": absences.KEEP, "save": absences.KEEP}
LISTED = 8


def months(language: str) -> dict[str, int]:
    return {month(date(2000, number, 1), language): number for number in range(1, 13)}


def read_days(turn: Turn, words: str) -> Days:
    """Raises: NotADay."""
    return parse(words, turn.today, months(turn.actor.language))


async def therapist_name(turn: Turn, who: str | None) -> Line:
    if who is None or who == EVERYONE:
        return text("button.all")
    therapist = await turn.session.get(Therapist, who)
    return Raw(therapist.first_name if therapist is not None else "-")


def therapist_id(who: str | None) -> str | None:
    return None if who is None or who == EVERYONE else who


async def working_days(turn: Turn, who: str | None) -> list[date]:
    """The days to come on which there is work, today included."""
    ids = [one.id for one in await clinic.therapists(turn.session)]
    if therapist_id(who) is not None:
        ids = [one for one in ids if one == who]
    calendar = Calendar(turn.house.zone, turn.today, AHEAD)
    hours, off = await hours_and_off(turn.session, calendar, ids)
    found: set[date] = set()
    for one in ids:
        for start, _ in working_time(calendar, hours[one], off[one]):
            found.add(local_day(start, turn.house.zone))
    return sorted(day for day in found if day >= turn.today)


def day_rows(days: Sequence[date], page: int) -> tuple[tuple[Choice, ...], ...]:
    shown = days[page * PAGE : (page + 1) * PAGE]
    picks = [Choice(f"day.{one.isoformat()}", text("button.day", day=Day(one, short=True))) for one in shown]
    turning = [Choice("earlier")] if page else []
    turning += [Choice("later")] if len(days) > (page + 1) * PAGE else []
    return rows(*(picks[at : at + 3] for at in range(0, len(picks), 3)), Choice("days"), turning)


async def conflict_lines(turn: Turn, who: str | None, days: Days, hit: Sequence[Conflict]) -> list[Line]:
    """Who is in the way, for how many another time is free, and how many must be phoned."""
    params: dict[str, Value] = {
        "therapist": await therapist_name(turn, who),
        "day": Day(days.first),
        "n": len(hit),
    }
    key = "off.admin"
    if days.first != days.last:
        key, params["day2"] = "off.admin_days", Day(days.last)
    lines: list[Line] = [Text(key, params)]
    if not hit:
        return lines
    for one in hit[:LISTED]:
        at: Value = Hour(one.starts_at)
        if days.first != days.last:
            at = Joined((Day(local_day(one.starts_at, turn.house.zone)), Hour(one.starts_at)), " ")
        lines.append(text("off.admin.row", time=at, name=Raw(one.name), label=Text(f"status.{one.status}")))
    if len(hit) > LISTED:
        lines.append(text("day.card.more", n=len(hit) - LISTED))
    lines.append(text("off.admin.each"))
    lines.append(text("off.admin.places", n=await _places(turn, days, hit)))
    phoned = sum(not one.reachable for one in hit)
    if phoned:
        lines.append(text("off.admin.phone", n=phoned))
    return lines


async def _places(turn: Turn, days: Days, hit: Sequence[Conflict]) -> int:
    """For how many of them another time is free outside of these days."""
    number = 0
    for one in hit:
        visit = await turn.session.get(Appointment, one.appointment_id)
        if visit is None:
            continue
        query = SearchQuery(
            visit.client_id,
            visit.treatment_id,
            needs=await about.needs(turn.session, visit.client_id),
            moving=visit.id,
            first_day=days.last + timedelta(days=1),
        )
        number += bool(await suggest(turn.session, query, turn.now, n=1))
    return number


class Off(Step):
    """For whom, which days, what it hits, Save. Each is a face of this one step; `_who` fixes for whom."""

    expects = frozenset({"text"})

    async def _who(self, turn: Turn) -> str | None:
        """Therapist id, "all", or None while it is not said."""
        raise NotImplementedError

    async def _days(self, turn: Turn) -> Days | None:
        first, last = turn.data.get("first"), turn.data.get("last")
        if first is None:
            return None
        return Days(date.fromisoformat(first), date.fromisoformat(last or first))

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("saved"):
            return await self._saved(turn)
        if turn.data.get("line"):
            turn.data = await self._from_line(turn, str(turn.data["line"]))
        who, days = await self._who(turn), await self._days(turn)
        if turn.data.get("wrong"):
            return Screen(turn.data["wrong"], (await self._wrong(turn),), rows(Choice("retype")) + NAV)
        if who is None:
            return await self._pick(turn)
        if days is None:
            return await self._picker(turn, who)
        return await self._conflicts(turn, who, days)

    async def _from_line(self, turn: Turn, line: str) -> dict[str, Any]:
        """What a typed line says; what it does not say is asked."""
        return await self._read(turn, line)

    async def _read(self, turn: Turn, line: str) -> dict[str, Any]:
        data = {key: turn.data[key] for key in ("who",) if key in turn.data}
        words = " ".join(line.split())
        for one in await clinic.therapists(turn.session):
            for name in (one.name, one.first_name):
                rest = words[len(name) :]
                if words.casefold().startswith(name.casefold()) and not rest[:1].isalpha():
                    data["who"], words = one.id, rest.strip()
                    break
            else:
                continue
            break
        else:
            first, _, rest = words.partition(" ")
            if first.casefold() in {EVERYONE, "everyone"}:
                data["who"], words = EVERYONE, rest.strip()
        if not words:
            return data
        try:
            days = read_days(turn, words)
        except NotADay:
            return {**data, "wrong": "off.unread"}
        if days.last < turn.today:
            return {**data, "wrong": "off.past", "first": days.first.isoformat()}
        begins = max(days.first, turn.today)
        return {**data, "first": begins.isoformat(), "last": days.last.isoformat()}

    async def _wrong(self, turn: Turn) -> Line:
        key = str(turn.data["wrong"])
        params: dict[str, Value] = {}
        if turn.data.get("first"):
            params["day"] = Day(date.fromisoformat(turn.data["first"]))
        if key == "off.twice":
            params["therapist"] = await therapist_name(turn, await self._who(turn))
        return Text(key, params)

    async def _pick(self, turn: Turn) -> Screen:
        found = await clinic.therapists(turn.session)
        choices = [Choice("all")] + [
            Choice(f"pick.{one.id[:12]}", text("button.pick", name=Raw(cut(one.name, 30)))) for one in found
        ]
        return Screen("who.pick", (text("who.pick"),), rows(*choices) + NAV)

    async def _picker(self, turn: Turn, who: str) -> Screen:
        name = await therapist_name(turn, who)
        if turn.data.get("several"):
            return Screen("off.days", (text("off.days"),), NAV)
        days = await working_days(turn, who)
        return Screen(
            "off.day", (text("off.day", therapist=name),), day_rows(days, int(turn.data.get("page", 0))) + NAV
        )

    async def _conflicts(self, turn: Turn, who: str, days: Days) -> Screen:
        hit = await absences.conflicts(turn.session, therapist_id(who), days.first, days.last, turn.now)
        lines = await conflict_lines(turn, who, days, hit)
        codes = ("reall", "each", "keepall", "retype") if hit else ("save", "retype")
        return Screen("off.admin", tuple(lines), rows(*(Choice(code) for code in codes)) + NAV)

    async def _saved(self, turn: Turn) -> Screen:
        row = await turn.session.get(TimeOff, turn.data["saved"])
        if row is None or row.removed_at is not None:
            return Screen("off.undone", (text("off.undone"),), ((HOME,),))
        n = int(turn.data.get("told", 0))
        line = text("off.saved", n=n, undo_until=Until(row.undo_until or turn.now))
        may_undo = row.undo_until is not None and turn.now < row.undo_until and row.applied_at is None
        extra = [Choice("tasks")] if turn.roles & staff_cards.DESK else []
        return Screen("off.saved", (line,), rows([Choice("undo")] if may_undo else [], extra, HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if turn.data.get("line"):
            turn.data = await self._from_line(turn, str(turn.data["line"]))
        data: dict[str, Any] = {key: turn.data[key] for key in ("who", "first", "last") if key in turn.data}
        if isinstance(value, Said):
            turn.data = {key: data[key] for key in ("who",) if key in data}
            return Go(self.name, await self._read(turn, value.text))
        if not isinstance(value, Tap):
            return Again()
        match value.code:
            case "all":
                return Go(self.name, {**data, "who": EVERYONE})
            case "pick":
                found = await clinic.therapists(turn.session)
                one = next((t for t in found if t.id.startswith(value.value) and value.value), None)
                return Go(self.name, {**data, "who": one.id}) if one else Again(text("old.changed"))
            case "day":
                try:
                    day = date.fromisoformat(value.value)
                except ValueError:
                    return Again(text("old.changed"))
                if not 0 <= (day - turn.today).days <= FAR:
                    return Again(text("old.changed"))
                return Go(self.name, {**data, "first": day.isoformat(), "last": day.isoformat()})
            case "days":
                return Go(self.name, {**data, "several": True})
            case "earlier" | "later":
                page = int(turn.data.get("page", 0)) + (1 if value.code == "later" else -1)
                return Go(self.name, {**data, "page": max(0, page)}, forget=True)
            case "retype":
                return Go(self.name, {k: data[k] for k in ("who",) if k in data}, forget=True)
            case "reall" | "each" | "keepall" | "save":
                return await self._save(turn, data, MODES[value.code])
            case "undo":
                done = await absences.undo(
                    turn.session, str(turn.data.get("saved", "")), turn.now, actor=turn.actor.id
                )
                return Again(text("undo.done" if done else "undo.late"))
            case "tasks" if turn.roles & staff_cards.DESK:
                return Go("tasks.list", {}, forget=True)
        return Again(text("old.changed"))

    async def _save(self, turn: Turn, data: dict[str, Any], mode: str) -> Result:
        turn.data = {**turn.data, **data}
        who, days = await self._who(turn), await self._days(turn)
        if who is None or days is None:
            return Again(text("old.changed"))
        try:
            added = await absences.add(
                turn.session,
                therapist_id(who),
                days.first,
                days.last,
                turn.now,
                actor=turn.actor.id,
                reason="closed" if who == EVERYONE else "off",
                mode=mode,
            )
        except PastDay:
            return Go(self.name, {**data, "wrong": "off.past"}, forget=True)
        except AlreadyOff:
            return Go(self.name, {**data, "wrong": "off.twice"}, forget=True)
        if mode == absences.EACH and added.conflicts:
            visits = [one.appointment_id for one in added.conflicts]
            return Go("off.each", {"visits": visits, "off": added.time_off_id}, forget=True)
        told = sum(one.reachable for one in added.conflicts) if mode == absences.REOFFER else 0
        return Go(self.name, {"who": who, "saved": added.time_off_id, "told": told}, forget=True)
