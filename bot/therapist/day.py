"""The therapist's day: one live message a day, pushed the evening before and in the morning."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from bot import agenda_words, conversation, rounds, staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    NAV,
    Again,
    Choice,
    Command,
    Day,
    Done,
    Go,
    Hour,
    Input,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Value,
    rows,
    text,
)
from bot.formatting import beside_time
from config.clock import to_minutes
from config.database import new_id
from scheduling import agenda, clinic, notifications, people, visits_done
from scheduling.agenda import Row
from scheduling.appointments import Appointment
from scheduling.availability import local_day
from scheduling.clinic import Therapist
from scheduling.notices import RINGS_WITHIN

THERAPIST = frozenset({people.THERAPIST})
AT_MOST = 12
WEEK = 6
FAR = 1000  # days from today: what no button can name
LATE = {"late10": 10, "late20": 20, "late30": 30}


def today(turn: Turn) -> date:
    return local_day(to_minutes(turn.now), turn.house.zone)


def topic(day: date) -> str:
    return f"day:{day.isoformat()}"


async def therapist_of(turn: Turn) -> Therapist | None:
    return await clinic.therapist_of(turn.session, turn.actor.id)


def card(day: date, **more: Any) -> Opening:
    return Opening(topic(day), "day.card", {"day": day.isoformat(), **more})


class DayCard(Step):
    """The day, row by row. Its buttons work at any time; every change of the day is drawn into it."""

    name = "day.card"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await therapist_of(turn)
        day = date.fromisoformat(turn.data.get("day") or today(turn).isoformat())
        if who is None:
            return Screen("day.empty", (text("day.empty", day=Day(day)),), NAV)
        found = await agenda.day(turn.session, who.id, day, turn.now)
        silent = bool(turn.data.get("silent"))
        if not found.rows:
            return Screen(
                "day.empty",
                (text("day.empty", day=Day(day)),),
                rows(Choice("nextday"), Choice("week"), Choice("block")),
                durable=True,
                silent=silent,
                alone=True,
            )
        page = int(turn.data.get("page", 0))
        shown = found.rows[page * AT_MOST : (page + 1) * AT_MOST]
        as_of = Hour(to_minutes(turn.now))
        lines: list[Line] = [text("day.card", day=Day(day), n=found.visits, time=as_of)]
        lines += await self._rows(turn, shown, found.free if len(found.rows) <= AT_MOST else ())
        left = len(found.rows) - (page + 1) * AT_MOST
        if left > 0:
            lines.append(text("day.card.more", n=left))
        turning = [Choice("earlier")] if page else []
        turning += [Choice("later")] if left > 0 else []
        here = day == today(turn)
        work = [Choice("late"), Choice("off")] if here else [Choice("off")]
        return Screen(
            "day.card",
            tuple(lines),
            rows(*(self._button(row) for row in shown), turning, work, Choice("week")),
            durable=True,
            push=1,
            silent=silent,
            pinned=True,
            alone=True,
        )

    async def _rows(
        self, turn: Turn, shown: tuple[Row, ...], free: tuple[tuple[int, int], ...]
    ) -> list[Line]:
        at: list[tuple[int, Line]] = [(row.starts_at, await agenda_words.line(turn, row)) for row in shown]
        at += [(start, text("day.card.free", time=Hour(start))) for start, _ in free]
        return [line for _, line in sorted(at, key=lambda one: one[0])]

    def _button(self, row: Row) -> Choice:
        name = Raw(beside_time(row.name))
        return Choice(
            f"row.{row.appointment_id[:12]}", text("button.row", time=Hour(row.starts_at), name=name)
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        who = await therapist_of(turn)
        if who is None or not isinstance(value, Tap):
            return Again(text("odd.no_role"))
        day = date.fromisoformat(turn.data.get("day") or today(turn).isoformat())
        match value.code:
            case "row":
                return await self._open(turn, who, day, value.value)
            case "late":
                return Go("day.late", {"day": day.isoformat()})
            case "off" | "block":
                turn.open(
                    HOME_TOPIC, "off.pick" if value.code == "off" else "off.block", {"day": day.isoformat()}
                )
                return Again(quiet=True)
            case "week":
                turn.open(HOME_TOPIC, "day.home")
                return Again(quiet=True)
            case "nextday":
                turn.openings.append(card(day + timedelta(days=1)))
                return Again(quiet=True)
            case "earlier" | "later":
                page = int(turn.data.get("page", 0)) + (1 if value.code == "later" else -1)
                return Go(self.name, {**turn.data, "page": max(0, page)}, forget=True)
        return Again(text("old.changed"))

    async def _open(self, turn: Turn, who: Therapist, day: date, start: str) -> Result:
        found = await agenda.day(turn.session, who.id, day, turn.now)
        row = next((one for one in found.rows if one.appointment_id.startswith(start)), None)
        if row is None or not start:
            return Again(text("old.changed"))
        await agenda.seen(turn.session, who.id, turn.now)
        staff_cards.looked(turn, row.client_id, "row", row.appointment_id)
        data = {"appointment": row.appointment_id}
        there = await conversation.find(turn.session, turn.chat_id, "row")
        fresh = there is None or there.message_id is None
        turn.openings.append(Opening("row", "day.row", data, fresh=fresh))
        return Again()


class Late(Step):
    """How much later: today's visits from now on, or from one visit on."""

    name = "day.late"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await therapist_of(turn)
        n = 0
        if who is not None:
            n = len(
                await visits_done.who_waits(
                    turn.session, who.id, turn.now, from_id=turn.data.get("appointment")
                )
            )
        if not n:
            return Screen("day.late", (text("day.late.none"),), NAV, durable=turn.topic != HOME_TOPIC)
        return Screen(
            "day.late",
            (text("day.late", n=n),),
            rows([Choice(code) for code in LATE]) + NAV,
            durable=turn.topic != HOME_TOPIC,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        who = await therapist_of(turn)
        if who is None or not isinstance(value, Tap) or value.code not in LATE:
            return Again(text("old.changed"))
        from_id = turn.data.get("appointment")
        if from_id is not None:
            visit = await turn.session.get(Appointment, from_id)
            if visit is None or visit.therapist_id != who.id:
                return Again(text("odd.no_role"))
        told = await visits_done.running_late(
            turn.session, who.id, turn.now, LATE[value.code], actor=turn.actor.id, from_id=from_id
        )
        data: dict[str, Any] = {key: turn.data[key] for key in ("day", "appointment") if key in turn.data}
        step = "day.row" if from_id is not None else "day.card"
        toast = text("day.late.done", n=told) if told else text("day.late.none")
        return Go(step, data, toast=toast, forget=True)


class Home(Step):
    """The week, a line a day; the way to each day."""

    name = "day.home"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await therapist_of(turn)
        lines: list[Line] = [text("day.week")]
        days: list[Choice] = []
        first = today(turn) + timedelta(days=7 * int(turn.data.get("page", 0)))
        if who is not None:
            for one in await agenda.week(turn.session, who.id, first, turn.now, days=7):
                lines.append(self._line(one))
                days.append(
                    Choice(f"day.{one.day.isoformat()}", text("button.day", day=Day(one.day, short=True)))
                )
        turning = [Choice("earlier")] if turn.data.get("page") else []
        turning.append(Choice("later"))
        picker = [days[at : at + 3] for at in range(0, len(days), 3)]
        return Screen(
            "day.week", tuple(lines), rows(*picker, turning, [Choice("myday"), Choice("off")], Choice("lang"))
        )

    def _line(self, one: agenda.DayLine) -> Line:
        if not one.visits or one.first is None or one.last is None:
            return text("day.week.none", day=Day(one.day))
        span = text("common.span", time=Hour(one.first), time2=Hour(one.last))
        params: dict[str, Value] = {"day": Day(one.day), "n": one.visits, "text": span}
        if one.pending:
            return Text("day.week.row_pending", {**params, "m": one.pending})
        return Text("day.week.row", params)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        match value.code:
            case "day":
                try:
                    day = date.fromisoformat(value.value)
                except ValueError:
                    return Again(text("old.changed"))
                if abs((day - today(turn)).days) > FAR:
                    return Again(text("old.changed"))
                turn.openings.append(card(day))
                return Again(quiet=True)
            case "myday":
                turn.openings.append(card(today(turn)))
                return Again(quiet=True)
            case "off":
                return Go("off.pick", {})
            case "lang":
                return Go("language.pick", {})
            case "earlier" | "later":
                page = int(turn.data.get("page", 0)) + (1 if value.code == "later" else -1)
                return Go(self.name, {"page": max(0, page)}, forget=True)
        return Again()


class Changed(Step):
    """A change within a day: which day and hour, then the row as it was and as it is."""

    name = "day.changed"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        day = date.fromisoformat(turn.data["day"])
        at = int(turn.data["starts_at"])
        lines: list[Line] = [text("day.changed", day=Day(day), time=Hour(at))]
        who = await therapist_of(turn)
        if who is not None:
            found = await agenda.day(turn.session, who.id, day, turn.now)
            row = next((r for r in found.rows if r.appointment_id == turn.data.get("appointment")), None)
            if row is not None:
                now = await agenda_words.line(turn, row)
                lines.append(text("day.changed.now", text=now))
        return Screen(
            "day.changed", tuple(lines), rows(Choice("myday"), Choice("close")), durable=True, push=1
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "myday":
            turn.openings.append(card(date.fromisoformat(turn.data["day"])))
            return Again(quiet=True)
        return Done(remove=True)


# --- what is sent by itself ---


async def _push(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """The day at 18:00 and at 7:00; at 7:00 with sound only if it changed in the night, and not if empty."""
    await rounds.plan(turn.session, turn.now)
    who = await therapist_of(turn)
    if who is None:
        return None
    day = date.fromisoformat(data["day"])
    found = await agenda.day(turn.session, who.id, day, turn.now)
    if data.get("part") != "morning":
        return card(day) if found.rows or found.free else None  # nothing is said of a day off
    if not found.rows:
        return None
    evening = turn.now - timedelta(hours=13)
    changed = await turn.session.scalar(
        select(Appointment.id)
        .where(
            Appointment.id.in_([row.appointment_id for row in found.rows]),
            Appointment.changed_at > evening,
        )
        .limit(1)
    )
    return card(day, silent=changed is None)


def _day_of(turn: Turn, data: Mapping[str, Any]) -> date:
    return local_day(int(data["starts_at"]), turn.house.zone)


async def _redraw(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Something in the day changed: the card that stands there follows."""
    day = _day_of(turn, data)
    if await therapist_of(turn) is None:
        return None
    await _row_too(turn, data)
    return Opening(topic(day), "day.card", {"day": day.isoformat()}, fresh=False)


async def _ring(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A change within 24 hours rings, and the day's card follows silently."""
    who = await therapist_of(turn)
    if who is None:
        return None
    day = _day_of(turn, data)
    await _edit_later(turn, data)
    if int(data["starts_at"]) - to_minutes(turn.now) > RINGS_WITHIN.total_seconds() // 60:
        return None
    return Opening(f"changed:{day.isoformat()}", "day.changed", {**data, "day": day.isoformat()})


async def _edit_later(turn: Turn, data: Mapping[str, Any]) -> None:
    await notifications.plan(
        turn.session,
        turn.actor.id,
        "day.edit",
        turn.now,
        key=f"day.edit:{turn.actor.id}:{data.get('appointment')}:{new_id()[:8]}",
        expires_at=turn.now + timedelta(hours=12),
        at_least_once=False,
        data=dict(data),
    )


async def _row_too(turn: Turn, data: Mapping[str, Any]) -> None:
    """The opened row lags behind the same change: marked, so that it is drawn again."""
    row = await conversation.find(turn.session, turn.chat_id, "row")
    if row is None or row.message_id is None or row.step not in {"day.row", "day.not_clear"}:
        return
    told = await conversation.data_of(turn.session, row)
    if told.get("appointment") == data.get("appointment"):
        row.shown, row.draw_after = row.revision - 1, turn.now


# --- commands ---


async def _today(turn: Turn, rest: str) -> Opening:
    return card(today(turn))


async def _tomorrow(turn: Turn, rest: str) -> Opening:
    return card(today(turn) + timedelta(days=1))


STEPS: tuple[Step, ...] = (DayCard(), Late(), Home(), Changed())
NOTICES: tuple[Notice, ...] = (
    Notice(rounds.DAY_CARD, _push),
    Notice("day.edit", _redraw),
    Notice("day.changed", _ring),
)
COMMANDS: tuple[Command, ...] = (
    Command("today", HOME_TOPIC, "day.home", THERAPIST, opens=_today),
    Command("tomorrow", HOME_TOPIC, "day.home", THERAPIST, opens=_tomorrow),
    Command("week", HOME_TOPIC, "day.home", THERAPIST),
)
