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
    Turn,
    rows,
    text,
)
from bot.formatting import beside_time
from bot.staff_cards import THERAPIST
from bot.therapist import own
from config.clock import to_minutes
from scheduling import agenda
from scheduling.agenda import Row
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist

AT_MOST = 12


def topic(day: date) -> str:
    return f"day:{day.isoformat()}"


def card(day: date, **more: Any) -> Opening:
    return Opening(topic(day), "day.card", {"day": day.isoformat(), **more})


class DayCard(Step):
    """The day, row by row. Its buttons work at any time; every change of the day is drawn into it."""

    name = "day.card"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await own.therapist_of(turn)
        day = date.fromisoformat(turn.data.get("day") or turn.today.isoformat())
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
        here = day == turn.today
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
        who = await own.therapist_of(turn)
        if who is None or not isinstance(value, Tap):
            return Again(text("odd.no_role"))
        day = date.fromisoformat(turn.data.get("day") or turn.today.isoformat())
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


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """The day at 18:00 and at 7:00; at 7:00 with sound only if it changed in the night, and not if empty."""
    await rounds.plan(turn.session, turn.now)
    who = await own.therapist_of(turn)
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


async def _today(turn: Turn, rest: str) -> Opening:
    return card(turn.today)


async def _tomorrow(turn: Turn, rest: str) -> Opening:
    return card(turn.today + timedelta(days=1))


STEPS: tuple[Step, ...] = (DayCard(),)
NOTICES: tuple[Notice, ...] = (Notice(rounds.DAY_CARD, _send),)
COMMANDS: tuple[Command, ...] = (
    Command("today", HOME_TOPIC, "day.home", THERAPIST, opens=_today),
    Command("tomorrow", HOME_TOPIC, "day.home", THERAPIST, opens=_tomorrow),
)
