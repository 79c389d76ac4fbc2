"""The therapist's week, a line a day, and the way to each day."""

from __future__ import annotations

from datetime import date, timedelta

from bot.conversation import HOME_TOPIC
from bot.flow import (
    Again,
    Choice,
    Command,
    Day,
    Go,
    Hour,
    Input,
    Line,
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
from bot.staff_cards import THERAPIST
from bot.therapist import own
from bot.therapist.day import card
from scheduling import agenda

FAR = 1000  # days from today: what no button can name


class Week(Step):
    """The week, a line a day; the way to each day."""

    name = "day.home"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await own.therapist_of(turn)
        lines: list[Line] = [text("day.week")]
        days: list[Choice] = []
        first = turn.today + timedelta(days=7 * int(turn.data.get("page", 0)))
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
                if abs((day - turn.today).days) > FAR:
                    return Again(text("old.changed"))
                turn.openings.append(card(day))
                return Again(quiet=True)
            case "myday":
                turn.openings.append(card(turn.today))
                return Again(quiet=True)
            case "off":
                return Go("off.pick", {})
            case "lang":
                return Go("language.pick", {})
            case "earlier" | "later":
                page = int(turn.data.get("page", 0)) + (1 if value.code == "later" else -1)
                return Go(self.name, {"page": max(0, page)}, forget=True)
        return Again()


STEPS: tuple[Step, ...] = (Week(),)
COMMANDS: tuple[Command, ...] = (Command("week", HOME_TOPIC, "day.home", THERAPIST),)
