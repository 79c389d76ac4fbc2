"""Weekly hours: a typed line with a preview, or a few taps; nothing is saved before it was shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import hours_words, staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Day,
    Go,
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
    When,
    rows,
    text,
)
from bot.formatting import clock, cut, listed, weekday, weekday_names
from bot.staff_cards import DESK
from scheduling import clinic, hours, typed_hours, working
from scheduling.appointments import Appointment
from scheduling.clinic import HoursChange, Therapist
from scheduling.hours import EVERYONE, HoursError, Week
from screening import sign_off

PRESETS = {"preset1": "Mon-Fri 9-13", "preset2": "Mon-Fri 9-17"}
SHOWN_OUTSIDE = 3


async def _names(turn: Turn) -> dict[str, Therapist]:
    """First names as people type them; the whole name where two share the first."""
    found = await clinic.therapists(turn.session)
    firsts = [one.first_name.casefold() for one in found]
    return {
        one.first_name if firsts.count(one.first_name.casefold()) == 1 else one.name: one for one in found
    }


async def _understood(turn: Turn) -> dict[str, Week] | None:
    """Therapist id -> week, of the kept line. None: it does not say for whom. Raises: HoursError."""
    names = await _names(turn)
    changes = typed_hours.parse(str(turn.data["line"]), list(names), weekday_names(turn.actor.language))
    weeks: dict[str, Week] = {}
    for change in changes:
        whom = change.who or turn.data.get("who")
        if whom is None:
            return None
        for one in names.values():
            named = change.who is not None and names.get(change.who) is one
            if whom == EVERYONE or whom == one.id or named:
                weeks[one.id] = {**weeks.get(one.id, {}), **change.week}
    return weeks


def _minutes_first(offered: list[clinic.Treatment]) -> int:
    return next((one.minutes for one in offered if one.first_visit), offered[0].minutes if offered else 45)


def _sum(weeks: dict[str, Week], minutes: int, buffer: int) -> int:
    """How many visits, each with its break, the named hours hold one after another."""
    number = 0
    for week in weeks.values():
        for spans in week.values():
            for start, end in spans:
                if end - start >= minutes:
                    number += 1 + (end - start - minutes) // (minutes + buffer)
    return number


class Hours(Step):
    """/hours: for whom, the line, what was understood, Save. Each is a face of this one step."""

    name = "hours.ask"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("saved"):
            return await self._saved(turn)
        if not turn.data.get("line"):
            return await self._ask(turn) if turn.data.get("who") else await self._pick(turn)
        try:
            weeks = await _understood(turn)
        except HoursError as error:
            return await self._error(turn, error)
        if weeks is None:
            return await self._pick(turn)
        other = await self._other(turn, set(weeks))
        return await self._preview(turn, weeks, other)

    async def _pick(self, turn: Turn) -> Screen:
        found = await clinic.therapists(turn.session)
        if not found:
            return Screen("who.pick", (text("setup.state.none"),), NAV)
        choices = [Choice("all")] if len(found) > 1 else []
        choices += [
            Choice(f"pick.{one.id[:12]}", text("button.pick", name=Raw(cut(one.name, 30)))) for one in found
        ]
        return Screen("who.pick", (text("hours.who"),), rows(*choices) + NAV)

    async def _ask(self, turn: Turn) -> Screen:
        lines: list[Line] = []
        example = text("hours.example")
        if turn.data["who"] == EVERYONE:
            lines.append(text("hours.ask_all", label=example))
        else:
            therapist = await turn.session.get(Therapist, turn.data["who"])
            name = Raw(therapist.first_name if therapist else "-")
            lines.append(text("hours.ask", therapist=name, label=example))
            week = await working.hours_of(turn.session, turn.data["who"], turn.today + timedelta(days=1))
            if week:
                lines.append(text("hours.now", therapist=name, text=self._written(turn, week)))
            else:
                lines.append(text("hours.none", therapist=name))
        return Screen("hours.ask", tuple(lines), rows(Choice("preset1"), Choice("preset2")) + NAV)

    def _written(self, turn: Turn, week: Week) -> Raw:
        return Raw(hours_words.written(turn.house.catalogue, turn.actor.language, week))

    async def _preview(self, turn: Turn, weeks: dict[str, Week], other: HoursChange | None) -> Screen:
        session = turn.session
        by_id = {one.id: one for one in await clinic.therapists(session)}
        shown = {who: week for who, week in weeks.items() if who in by_id}
        label = Raw(listed([by_id[who].first_name for who in shown], turn.actor.language))
        alike = list(shown.values())
        same = all(week == alike[0] for week in alike)
        begins = turn.today + timedelta(days=1)
        if not any([await working.hours_of(session, who, begins) for who in shown]):
            begins -= timedelta(days=1)
        lines: list[Line] = []
        if same:
            words: Line = self._written(turn, alike[0])
        else:
            words = Joined(
                tuple(
                    text(
                        "hours.preview.one",
                        therapist=Raw(by_id[who].first_name),
                        text=self._written(turn, week),
                    )
                    for who, week in shown.items()
                ),
                "\n",
            )
        if other is not None:
            lines.append(text("hours.other", who=await staff_cards.who(session, other.by)))
            for who in shown:
                week = await working.hours_of(session, who, turn.today + timedelta(days=1))
                name = Raw(by_id[who].first_name)
                lines.append(text("hours.now", therapist=name, text=self._written(turn, week)))
        lines.append(text("hours.preview", therapist=label, day=Day(begins), text=words))
        offered = await clinic.treatments(session)
        minutes = _minutes_first(offered)
        buffer = next((one.buffer_minutes for one in offered if one.minutes == minutes), 15)
        lines.append(text("hours.preview.sum", n=_sum(shown, minutes, buffer), minutes=minutes))
        hit = await self._outside(turn, shown)
        choices = [Choice("save"), Choice("retype")]
        if hit:
            said = [await self._visit(turn, one) for one in hit[:SHOWN_OUTSIDE]]
            words = Joined(tuple(said), "; ")
            lines.append(text("hours.preview.outside", n=len(hit), text=words))
            choices.append(Choice("each"))
        key = "hours.other" if other is not None else "hours.preview"
        return Screen(key, tuple(lines), rows(*choices) + NAV)

    async def _visit(self, turn: Turn, visit: Appointment) -> Line:
        name = await staff_cards.short(turn.session, visit.client_id)
        return text("hours.preview.visit", when=When(visit.starts_at), name=name)

    async def _outside(self, turn: Turn, weeks: dict[str, Week]) -> list[Appointment]:
        hit: list[Appointment] = []
        for who, week in weeks.items():
            hit += await working.outside(turn.session, who, week, turn.now)
        return sorted(hit, key=lambda one: one.starts_at)

    async def _other(self, turn: Turn, who: set[str]) -> HoursChange | None:
        """What somebody else saved since this line was first shown."""
        since = turn.data.get("since")
        if since is None:
            return None
        last = await working.last_change(turn.session, who)
        if last is None or last.id == since or last.by == turn.actor.id:
            return None
        return last

    async def _error(self, turn: Turn, error: HoursError) -> Screen:
        key, params = self._said(turn, error)
        choices: list[Choice] = []
        if error.code == "who" and error.fix is not None:
            choices.append(Choice("fix", text("button.pick", name=Raw(str(error.params["name"])))))
        elif error.code == "unread":
            choices.append(Choice("preset1"))
        elif error.fix is not None:
            choices.append(Choice("fix"))
        if choices:
            choices.append(Choice("retype"))
        return Screen(key, (Text(key, params),), rows(*choices) + NAV, bold=False)

    def _said(self, turn: Turn, error: HoursError) -> tuple[str, dict[str, Value]]:
        """The sentence of an error, with its places filled in the reader's language."""
        language, given = turn.actor.language, error.params

        def at(name: str) -> Raw:
            return Raw(clock(int(given[name]), language))

        def span(first: str, last: str) -> Raw:
            return Raw(f"{hours.clock(int(given[first]))}-{hours.clock(int(given[last]))}")

        params: dict[str, Value] = {}
        if "text" in given:
            params["text"] = Raw(cut(str(given["text"])))
        if "day" in given:
            params["day"] = Raw(weekday(int(given["day"]), language))
        code = error.code
        day = params.get("day", Raw("Mon"))
        if code == "day":
            params["label"] = Raw(", ".join(weekday(number, language) for number in range(7)))
        elif code == "order":
            params |= {"time": at("starts"), "time2": at("ends")}
            code = "order" if error.fix is not None else "order_plain"
            fixed = int(given["ends"]) + 720
            params["label"] = Raw(f"{hours.clock(int(given['starts']))}-{hours.clock(fixed)}")
        elif code == "overlap":
            params["text"], params["text2"] = span("starts", "ends"), span("starts2", "ends2")
            params["label"] = span("starts3", "ends3")
        elif code == "no_end":
            params["label"] = text("hours.example_day", day=day)
        elif code == "no_day":
            params["label"] = text("hours.example_days", text=params["text"])
        elif code == "step":
            params |= {"time": at("before"), "time2": at("after")}
        elif code == "empty":
            params |= {"time": at("at"), "label": text("hours.example_off", day=day)}
        elif code == "who":
            params["label"] = Raw(str(given["names"]))
        else:
            params["label"] = text("hours.example")
        return f"hours.err.{code}", params

    async def _saved(self, turn: Turn) -> Screen:
        change = await turn.session.get(HoursChange, turn.data["saved"])
        done = turn.data
        if change is None or change.undone_at is not None:
            return Screen("hours.saved", (text("undo.done"),), ((HOME,),))
        line = text(
            "hours.saved", n=int(done["more"]), m=int(done["fewer"]), undo_until=Until(change.undo_until)
        )
        choices = [Choice("undo"), HOME] if turn.now < change.undo_until else [HOME]
        return Screen("hours.saved", (line,), rows(*choices))

    # --- what is tapped and typed ---

    async def take(self, turn: Turn, value: Input) -> Result:
        data: dict[str, Any] = {key: turn.data[key] for key in ("who", "line", "since") if key in turn.data}
        if isinstance(value, Said):
            if turn.data.get("saved"):
                data = {}
            return await self._line(turn, data, value.text)
        if not isinstance(value, Tap):
            return Again()
        match value.code:
            case "all":
                return await self._whom(turn, data, EVERYONE)
            case "pick":
                found = await clinic.therapists(turn.session)
                one = next((t for t in found if t.id.startswith(value.value) and value.value), None)
                return await self._whom(turn, data, one.id) if one else Again(text("old.changed"))
            case "preset1" | "preset2":
                if "who" not in data and await _only(turn) is None:
                    return Go(self.name, {"line": PRESETS[value.code]})
                return await self._line(turn, data, PRESETS[value.code])
            case "fix":
                try:
                    await _understood(turn)
                except HoursError as error:
                    if error.fix is not None:
                        return await self._line(turn, data, error.fix)
                return Again(text("old.changed"))
            case "retype":
                return Go(self.name, await self._again(turn, data), forget=True)
            case "save" | "each":
                return await self._save(turn, data, decide=value.code == "each")
            case "undo":
                change_id = str(turn.data.get("saved", ""))
                undone = await working.undo_hours(turn.session, change_id, turn.now, actor=turn.actor.id)
                return Again(text("undo.done" if undone else "undo.late"))
        return Again(text("old.changed"))

    async def _again(self, turn: Turn, data: dict[str, Any]) -> dict[str, Any]:
        """For whom stays, when a line is typed anew."""
        data.pop("line", None)
        if "who" in data:
            return data
        try:
            weeks = await _understood(turn)
        except HoursError:
            return data
        return {"who": next(iter(weeks))} if weeks and len(weeks) == 1 else data

    async def _whom(self, turn: Turn, data: dict[str, Any], who: str) -> Result:
        return await self._shown(turn, {**data, "who": who})

    async def _line(self, turn: Turn, data: dict[str, Any], line: str) -> Result:
        if "who" not in data and (only := await _only(turn)) is not None:
            data = {**data, "who": only}
        return await self._shown(turn, {**data, "line": line})

    async def _shown(self, turn: Turn, data: dict[str, Any]) -> Result:
        """Remember which save was the newest when the preview was shown, to see a second admin's."""
        turn.data = {**turn.data, **data}
        data.pop("since", None)
        if data.get("line"):
            try:
                weeks = await _understood(turn)
            except HoursError:
                weeks = None
            if weeks:
                last = await working.last_change(turn.session, set(weeks))
                data["since"] = last.id if last is not None else ""
        return Go(self.name, data)

    async def _save(self, turn: Turn, data: dict[str, Any], *, decide: bool) -> Result:
        try:
            weeks = await _understood(turn)
        except HoursError:
            return Again(text("old.changed"))
        if not weeks:
            return Again(text("old.changed"))
        other = await self._other(turn, set(weeks))
        if other is not None and turn.data.get("told") != other.id:
            # they saved meanwhile: theirs is shown first, then this Save counts
            return Go(self.name, {**data, "told": other.id}, forget=True)
        hit = await self._outside(turn, weeks)
        minutes = _minutes_first(await clinic.treatments(turn.session))
        saved = await working.set_hours(turn.session, weeks, turn.now, actor=turn.actor.id, minutes=minutes)
        if decide and hit:
            visits = [one.id for one in hit]
            return Go("off.each", {"visits": visits}, toast=text("common.saved"), forget=True)
        if not await _was_open(turn):
            return Go("admin.menu", {}, toast=text("common.saved"), forget=True)
        done = {"saved": saved.change_id, "more": saved.more, "fewer": saved.fewer}
        return Go(self.name, done, forget=True)


async def _was_open(turn: Turn) -> bool:
    """While the clinic is being set up, each step leads back to its list."""
    return await sign_off.in_force(turn.session) is not None


async def _only(turn: Turn) -> str | None:
    """The one therapist there is."""
    found = await clinic.therapists(turn.session)
    return found[0].id if len(found) == 1 else None


STEPS: tuple[Step, ...] = (Hours(),)
COMMANDS: tuple[Command, ...] = (Command("hours", HOME_TOPIC, "hours.ask", DESK),)
