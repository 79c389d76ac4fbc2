"""What changes within a day: it rings if it is near, and the day's card follows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bot import agenda_words, conversation
from bot.flow import (
    Again,
    Choice,
    Day,
    Done,
    Hour,
    Input,
    Line,
    Notice,
    Opening,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    rows,
    text,
)
from bot.staff_cards import THERAPIST
from bot.therapist import own
from bot.therapist.day import card, topic
from config.clock import to_minutes
from config.database import new_id
from scheduling import agenda, notifications
from scheduling.availability import local_day
from scheduling.notices import RINGS_WITHIN


class Changed(Step):
    """A change within a day: which day and hour, then the row as it was and as it is."""

    name = "day.changed"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        day = date.fromisoformat(turn.data["day"])
        at = int(turn.data["starts_at"])
        lines: list[Line] = [text("day.changed", day=Day(day), time=Hour(at))]
        who = await own.therapist_of(turn)
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


def _day_of(turn: Turn, data: Mapping[str, Any]) -> date:
    return local_day(int(data["starts_at"]), turn.house.zone)


async def _redraw(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Something in the day changed: the card that stands there follows."""
    day = _day_of(turn, data)
    if await own.therapist_of(turn) is None:
        return None
    await _row_too(turn, data)
    return Opening(topic(day), "day.card", {"day": day.isoformat()}, fresh=False)


async def _ring(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A change within 24 hours rings, and the day's card follows silently."""
    who = await own.therapist_of(turn)
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


STEPS: tuple[Step, ...] = (Changed(),)
NOTICES: tuple[Notice, ...] = (Notice("day.edit", _redraw), Notice("day.changed", _ring))
