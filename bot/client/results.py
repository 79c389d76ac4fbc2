"""The result of a check in kind words, and what can be done from there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from bot import about, cards, promised
from bot.about import Visit
from bot.client import asking, clearance, moved, why
from bot.flow import (
    HOME,
    PERSON,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Joined,
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
    Until,
    Value,
    When,
    rows,
    text,
)
from config.clock import from_minutes
from scheduling import clinic
from scheduling.appointments import Appointment

CARD = "result.card"

# Buttons under each result, gates.md section 9; below them stands Home.
BUTTONS: dict[str, tuple[Choice, ...]] = {
    "result.clear": (Choice("seevisit"), Choice("changed")),
    "result.clear_note": (Choice("seevisit"), Choice("changed")),
    "result.caution": (Choice("seevisit"), Choice("changed")),
    "result.caution_look": (Choice("seevisit"), Choice("why"), PERSON),
    "result.defer": (Choice("keep"), Choice("others"), Choice("untilwell"), PERSON),
    "result.defer_relapse": (Choice("keepnow"), Choice("sendok"), PERSON),
    "result.defer_step": (Choice("keepnow"), Choice("sendok"), PERSON),
    "result.defer_no_date": (Choice("news"), PERSON),
    "result.clearance": (Choice("form"), Choice("sendok"), Choice("move"), PERSON),
    "result.clearance_moved": (Choice("keepnow"), Choice("form"), Choice("sendok"), PERSON),
    "result.review": (Choice("addword"), Choice("why"), PERSON),
    "result.red_unsure": (Choice("now"), Choice("why"), PERSON),
    "result.goes_on": (Choice("seevisit"), PERSON),
    "result.clash": (Choice("change"), Choice("why"), PERSON),
    "result.error": (Choice("retry"), PERSON),
    "moved.none": (Choice("others"), Choice("untilwell"), PERSON),
    "recheck.clear": (Choice("where"),),
}
WITH_NOTICE = frozenset(BUTTONS) - {"moved.none"}


class Card(Step):
    """The result of a check, in place of its questions."""

    name = CARD
    traced = True

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return over(None)
        data, key = turn.data, str(turn.data["key"])
        said = await values(turn, visit, data)
        lines: list[Line] = []
        if data.get("pushed"):
            lines.append(Text("result.push", {"when": said["when"]}))
        lines.append(Text(key, said))
        lines += [Text(extra) for extra in data.get("says") or ()]
        if data.get("asks"):
            lines.append(Text(f"result.asks.{data['asks']}"))
        if data.get("who_first") and key == "result.defer":
            lines.append(Text(data["who_first"]))
        if key in WITH_NOTICE:
            lines.append(Text("common.result_end"))
        choices = BUTTONS.get(key, ())
        if data.get("asks") == "now":
            choices = (Choice("check"), *choices)
        if data.get("here"):  # it never left its time, so there is nothing to keep
            choices = tuple(Choice("seevisit") if one.code == "keepnow" else one for one in choices)
        return Screen(
            key,
            lines=tuple(lines),
            rows=rows(*choices, HOME),
            durable=True,
            push=1 if data.get("pushed") else 0,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        return await act(turn, value)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        return None


async def act(turn: Turn, value: Input) -> Result:
    """What the buttons under a result do; each looks at the visit as it is now."""

    appointment_id = str(turn.data.get("appointment", ""))
    visit = await turn.session.get(Appointment, appointment_id)
    if visit is None or not isinstance(value, Tap):
        return Again(text("old.changed"))
    to = {"appointment": appointment_id}
    match value.code:
        case "seevisit" | "where":
            return Go("visit.card", to)
        case "changed" | "change" | "retry" | "check":
            return await asking.again(turn, visit)
        case "keep" | "keepnow":
            return await moved.keep(turn, visit)
        case "untilwell":
            return await moved.until_well(turn, visit)
        case "others":
            return await moved.other_times(turn, visit)
        case "move":
            return Go("move.pick", to)
        case "sendok":
            return Go("ok.how", to)
        case "why":
            return await why.ask(turn, appointment_id)
        case "form":
            await clearance.send_form(turn)
            return Again(quiet=True)
        case "news" | "addword":
            return Go("result.word", to)
        case "now":
            return Go("result.now", {**turn.data})
    return Again(text("old.changed"))


class Neutral(Step):
    """Nothing of health is left on the screen."""

    name = "result.neutral"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None or not turn.data.get("when"):
            return over(visit)
        line = Text("result.neutral", {"when": When(int(turn.data["when"]))})
        return Screen(self.name, lines=(line,), rows=((HOME,),), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.gone"))


def over(visit: Visit | None) -> Screen:
    """Neutral once there is nothing left to say."""
    line = Text("old.gone") if visit is None else Text("result.neutral", {"when": When(visit.row.starts_at)})
    return Screen("result.neutral", lines=(line,), rows=((HOME,),), durable=True)


# --- the words ---


def _told(data: dict[str, Any], day: date | None = None) -> Line:
    """{told}: the client's own line or words."""
    if data.get("words"):
        return Raw(str(data["words"]))
    params: dict[str, Value] = {}
    if day is not None:
        params["date_72h"] = Day(day - timedelta(days=3))
    keys = tuple(data.get("told") or ())
    if not keys:  # not sure, or an earlier answer that still counts
        keys = ("button.unsure",) if data.get("unsure") else ("told.before",)
    return cards.told(keys, params)


def moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


async def values(turn: Turn, visit: Visit, data: dict[str, Any]) -> dict[str, Value]:
    """Everything that a result may say."""
    when = int(data.get("when") or visit.row.starts_at)
    day = turn.day_of(when)
    out = {**visit.values(), "when": When(when)}
    out["told"] = _told(data, day)
    out["adapt"] = Joined(tuple(Text(key) for key in data.get("adapt") or ()))
    out["who_first"] = Text(data["who_first"]) if data.get("who_first") else ""
    out["who_ok"] = Text(data.get("who_ok") or "who_ok.doctor")
    rules = await clinic.rules(turn.session)
    release = moment(data.get("release")) or visit.row.release_at
    if release is None:
        release = from_minutes(when) - timedelta(hours=rules.release_hours)
    out["release_time"] = Until(release)
    out["new_when"] = When(int(data.get("new_when") or visit.row.starts_at))
    keep = moment(data.get("keep_until")) or visit.row.keep_until
    out["keep_until"] = Until(keep or turn.now)
    earliest = data.get("earliest")
    out["date"] = Day(date.fromisoformat(earliest) if earliest else day, full=True)
    out["staff_by"] = Until(await promised.working_day(turn))
    return out


async def _send_decided(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Decided without a tap: the result as a new message, pushed as a neutral line."""
    visit = await about.in_notice(turn, data)
    if visit is None:
        return None
    return Opening(asking.topic(visit.id), CARD, {**data, "pushed": True})


STEPS: tuple[Step, ...] = (Card(), Neutral())
NOTICES: tuple[Notice, ...] = (Notice("result.decided", _send_decided),)
