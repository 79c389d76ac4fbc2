"""From a good time to a booked visit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import offers, visit_facts
from bot.client import choosing
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HELP,
    HOME,
    NAV,
    PERSON,
    Again,
    Choice,
    Command,
    Day,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    When,
    rows,
    text,
)
from bot.formatting import cut
from config.clock import from_minutes
from scheduling import clinic, people
from scheduling.admission import may_add
from scheduling.search import Suggestion, slot_at, suggest
from screening import holds, sign_off

MORE = (Choice("times"), Choice("visits"))


class Home(Step):
    """Good times at once, each with its reason; where first contact is open, the way back into it."""

    name = "book.home"

    async def show(self, turn: Turn) -> Screen:
        person = await people.get_person(turn.session, turn.subject_id)
        lines: list[Line] = [text("book.home", name=Raw(cut(person.name if person else "")))]
        if person is None or person.first_contact_at is None:
            return Screen("book.home", tuple(lines), rows(Choice("goon"), Choice("visits")))
        coming = await visit_facts.next_visit(turn.session, turn.subject_id, turn.now)
        if coming is not None:
            visit = await visit_facts.load(turn.session, coming.id, turn.now)
            assert visit is not None
            state = visit_facts.state(visit, turn.now)
            off = state == "visit.stopped"
            lines.append(visit_facts.label(visit, state) if off else Text("book.home.next", visit.params()))
        if await sign_off.in_force(turn.session) is None:
            return await _closed(turn)
        gate = await holds.gate(turn.session, turn.subject_id, turn.now)
        if coming is not None and coming.ok_by is not None and gate.needs_ok:
            lines.append(text("visit.provisional.ok_missing", answer_by=Until(coming.ok_by)))
        if not await may_add(turn.session, turn.subject_id, gate, turn.now):
            return on_hold(gate, head=tuple(lines), rows_before=((Choice("visits"),),))
        return await self._times(turn, lines, gate)

    async def _times(self, turn: Turn, lines: list[Line], gate: holds.Gate) -> Screen:
        treatment, therapist_id, found = await _good_times(turn)
        who = await offers.names(turn.session)
        if treatment is None or not found:
            return Screen("book.home", (*lines, text("book.home.none")), rows(MORE))
        name = Raw(who[therapist_id].first_name) if therapist_id else text("book.any_therapist")
        good = text(
            "book.home.good", treatment=Raw(treatment.name), minutes=treatment.minutes, therapist=name
        )
        lines += [good, *offers.slot_lines("book.home.slot", found, who), *await _ok_line(turn, gate, found)]
        return Screen("book.home", tuple(lines), rows(*offers.slot_choices(found), MORE))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await from_times(turn, value)


class First(Step):
    """The sixth screen of a stranger: three times for a first visit."""

    name = "book.first"

    async def show(self, turn: Turn) -> Screen:
        treatment, _, found = await _good_times(turn)
        who = await offers.names(turn.session)
        if treatment is None or not found:
            return Screen("book.first", (text("book.home.none"),), rows(MORE))
        lines: list[Line] = [
            text("book.first" if len(found) == 3 else "book.first.few", minutes=treatment.minutes),
            *offers.slot_lines("book.first.slot", found, who),
        ]
        gate = await holds.gate(turn.session, turn.subject_id, turn.now)
        lines += await _ok_line(turn, gate, found)
        return Screen("book.first", tuple(lines), rows(*offers.slot_choices(found), MORE))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await from_times(turn, value)


async def _ok_line(turn: Turn, gate: holds.Gate, found: list[Suggestion]) -> list[Line]:
    """A time can be chosen before the OK is there; by when it must be, for the first of these times."""
    rules = await clinic.rules(turn.session)
    if not gate.needs_ok or not rules.book_without_ok:
        return []
    first = from_minutes(min(one.slot.starts_at for one in found))
    answer_by = first - timedelta(days=rules.lead_days_without_ok)
    return [text("book.first.ok_missing", answer_by=Until(answer_by))]


async def from_times(turn: Turn, value: Input) -> Result:
    if not isinstance(value, Tap):
        return Again()
    if value.code == "goon":
        return Go("first.contact", {"resumed": True}, forget=True)
    if value.code in {"times", "others"}:
        treatment, therapist_id, _ = await _usual(turn)
        return Go("book.days", {"treatment": treatment.id if treatment else None, "therapist": therapist_id})
    if value.code == "visits":
        return Go("visits.list", {})
    if offers.is_slot(value):
        return await choosing.tapped(turn, value)
    return await way_out(value)


async def way_out(value: Tap) -> Result:
    """Buttons of the screens that cannot book yet."""
    where = {"sendok": "ok.how", "wellnow": "moved.well", "visits": "visits.list", "book": "book.home"}
    return Go(where[value.code], {}) if value.code in where else Again()


async def _usual(turn: Turn) -> tuple[clinic.Treatment | None, str | None, bool]:
    """(treatment, therapist, chosen by a link): the last ones, or the therapist whose link brought them."""
    treatment, therapist_id = await offers.usual(turn.session, turn.subject_id)
    if therapist_id is not None:
        return treatment, therapist_id, False
    person = await people.get_person(turn.session, turn.subject_id)
    linked = person.from_therapist_id if person is not None else None
    return treatment, linked, linked is not None


async def _good_times(turn: Turn) -> tuple[clinic.Treatment | None, str | None, list[Suggestion]]:
    """The usual treatment with the usual therapist, or with anyone who suits where they have no time."""
    treatment, therapist_id, _ = await _usual(turn)
    if treatment is None:
        return None, None, []
    good = await offers.good_hours(turn.session, turn.subject_id)
    for who in dict.fromkeys((therapist_id, None)):
        query = await offers.query(turn, treatment.id, who)
        found = await suggest(turn.session, query, turn.now, good_hours=good)
        if found:
            return treatment, who, found
    return treatment, None, []


class Taken(Step):
    """Somebody was faster: the nearest free times."""

    name = "book.taken"

    async def show(self, turn: Turn) -> Screen:
        found = await _near(turn)
        wanted = When(int(turn.data["wanted"]))
        who = await offers.names(turn.session)
        key = "book.taken" if found else "book.taken.none"
        lines = (
            text(key, when=wanted),
            *offers.slot_lines("book.taken.slot", found, who, reasons=False),
        )
        return Screen("book.taken", lines, rows(*offers.slot_choices(found), Choice("times")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "times":
            keep = ("treatment", "therapist", "moving")
            return Go("book.days", {name: turn.data[name] for name in keep if name in turn.data})
        if isinstance(value, Tap) and offers.is_slot(value):
            return await choosing.tapped(turn, value)
        return Again()


async def _near(turn: Turn) -> list[Suggestion]:
    treatment = await turn.session.get(clinic.Treatment, str(turn.data["treatment"]))
    if treatment is None:
        return []
    near = turn.data.get("near", [])
    return [Suggestion(slot_at(int(t), str(who), str(room), treatment), "soonest") for t, who, room in near]


class NeedOk(Step):
    name = "book.need_ok"

    async def show(self, turn: Turn) -> Screen:
        line = text("book.need_ok", n=int(turn.data.get("days", 0)))
        return Screen("book.need_ok", (line,), rows(Choice("sendok"), Choice("others")) + HELP)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "others" and turn.data.get("treatment"):
            return Go("book.days", {**turn.data}, forget=True)
        return await from_times(turn, value)


class Held(Step):
    """Any path to book while a safety hold is open."""

    name = "book.on_hold"

    async def show(self, turn: Turn) -> Screen:
        return on_hold(await holds.gate(turn.session, turn.subject_id, turn.now))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await way_out(value) if isinstance(value, Tap) else Again()


def on_hold(
    gate: holds.Gate,
    head: tuple[Line, ...] = (),
    rows_before: tuple[tuple[Choice, ...], ...] = (),
) -> Screen:
    code = gate.holds[0].code if gate.holds else ""
    why: dict[str, Any] = {"who_ok": text("who_ok.doctor")}
    if gate.why == "why.hold.dated" and gate.earliest is not None:
        why["day"] = Day(gate.earliest)
    reason = Text(gate.why or "why.hold.review", why)
    choices = [
        Choice(name) for name, there in (("wellnow", gate.well_again), ("sendok", gate.send_ok)) if there
    ]
    lines = (*head, text("book.on_hold", why=reason))
    below = ((PERSON,), (HOME,)) if head else HELP
    return Screen("book.on_hold", lines, rows_before + rows(*choices) + (below if code or not head else HELP))


async def _closed(turn: Turn) -> Screen:
    name = Raw(cut(turn.actor.name))
    return Screen("book.closed", (text("book.closed", name=name),), rows(PERSON, HOME))


STEPS: tuple[Step, ...] = (Home(), First(), Taken(), NeedOk(), Held())
COMMANDS = (Command("book", HOME_TOPIC, "book.home"),)
