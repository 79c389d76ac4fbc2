"""Move or cancel by choice: two taps, and three minutes to take it back."""

from __future__ import annotations

from typing import Any

from bot import about, offers, visit_facts
from bot.client import choosing, visits
from bot.flow import (
    HELP,
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    rows,
    text,
)
from bot.visit_facts import Visit
from scheduling import booking, changes
from scheduling.admission import slot_of
from scheduling.appointments import WAITING
from scheduling.refusals import CannotBook
from scheduling.search import Suggestion, suggest


class Pick(Step):
    """Three other times: a tap moves at once."""

    name = "move.pick"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None:
            return Screen("move.pick", (text("old.gone"),), NAV)
        if visit.danger:
            off = visit_facts.state(visit, turn.now)
            said = (visit_facts.label(visit, off), visit_facts.words(visit, off))
            return Screen("move.pick", said, HELP)
        waits = visit.row.state == WAITING  # it has no time: there is none to move from, and none to pay for
        found = await _other_times(turn, visit)
        who = await offers.names(turn.session)
        if waits:
            lines: list[Line] = [text("move.pick.waiting" if found else "book.home.none")]
        else:
            lines = [Text("move.pick" if found else "move.pick.none", visit.params())]
        lines += offers.slot_lines("move.pick.slot", found, who, reasons=False)
        if booking.is_late(visit.row, visit.rules, turn.now):
            lines.append(text("move.pick.late", n=visit.rules.free_until_hours))
        health = () if waits else (Choice("health"),)
        choices = (*offers.slot_choices(found), Choice("times"), *health)
        return Screen("move.pick", tuple(lines), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or not isinstance(value, Tap):
            return Again()
        if visit.danger:
            return Again(text("old.changed"))
        if value.code == "health":
            return Go("cancel.health", {"appointment": visit.id})
        turn.data |= {"moving": visit.id, "treatment": visit.treatment.id}
        if value.code == "times":
            look: dict[str, Any] = {"treatment": visit.treatment.id, "therapist": visit.therapist.id}
            return Go("book.days", {**look, "appointment": visit.id, "moving": visit.id})
        return await choosing.tapped(turn, value) if offers.is_slot(value) else Again()


async def _other_times(turn: Turn, visit: Visit) -> list[Suggestion]:
    """With the same therapist, or anyone who suits where they have no other time."""
    good = await offers.good_hours(turn.session, turn.subject_id)
    avoid = [slot_of(visit.row)] if visit.row.state != WAITING else []
    for who in (visit.therapist.id, None):
        query = await offers.query(turn, visit.treatment.id, who, moving=visit.id)
        found = await suggest(turn.session, query, turn.now, good_hours=good, avoid=avoid)
        if found:
            return found
    return []


class Moved(Step):
    name = "move.done"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None:
            return Screen("move.done", (text("old.gone"),), NAV)
        undo_until = visit.row.undo_until or turn.now
        params = visit.params()
        change = await changes.last(turn.session, visit.id)
        waited = change is not None and change.before.get("state") == WAITING
        line = text(
            "move.done.waiting" if waited else "move.done",
            new_when=params["when"],
            therapist=params["therapist"],
            undo_until=Until(undo_until),
        )
        choices = (Choice("undo"), Choice("ics"), Choice("seevisit"))
        return Screen("move.done", (line,), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or not isinstance(value, Tap):
            return Again()
        if value.code == "undo":
            return await visits.undo(turn, visit)
        if value.code == "ics":
            turn.attach(visits.calendar(turn, visit))
            return Again(quiet=True)
        if value.code == "seevisit":
            return Go("visit.card", {"appointment": visit.id}, forget=True)
        return Again()


class Ask(Step):
    """Sure? What is due is said, and that health is always free."""

    name = "cancel.ask"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None:
            return Screen("cancel.ask", (text("old.gone"),), NAV)
        late = booking.is_late(visit.row, visit.rules, turn.now)
        due = text("cancel.ask.late", n=visit.rules.free_until_hours) if late else text("cancel.ask.in_time")
        choices = (Choice("stay"), Choice("health"), Choice("cancelnow"), Choice("move"))
        return Screen("cancel.ask", (Text("cancel.ask", visit.params()), due), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or not isinstance(value, Tap):
            return Again()
        data = {"appointment": visit.id}
        if value.code == "stay":
            return Go("visit.card", data, forget=True)
        if value.code == "health":
            return Go("cancel.health", data)
        if value.code == "move":
            return Go("move.pick", data)
        if value.code != "cancelnow":
            return Again()
        try:
            row = await booking.cancel(turn.session, visit.id, turn.now, actor=turn.actor.id)
        except CannotBook:
            return Go("visit.card", data, toast=text("old.changed"), forget=True)
        await choosing.plan_settled(turn, row)
        about.follow(turn, visit.id)
        return Go("cancel.done", data, forget=True)


class Cancelled(Step):
    name = "cancel.done"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None:
            return Screen("cancel.done", (text("old.gone"),), rows(Choice("book")) + NAV)
        undo_until = visit.row.undo_until or turn.now
        line = Text("cancel.done", {**visit.params(), "undo_until": Until(undo_until)})
        return Screen("cancel.done", (line,), rows(Choice("undo"), Choice("book")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if isinstance(value, Tap) and value.code == "undo" and visit is not None:
            return await visits.undo(turn, visit)
        if isinstance(value, Tap) and value.code == "book":
            return visits.to_book(turn)
        return Again()


STEPS: tuple[Step, ...] = (Pick(), Moved(), Ask(), Cancelled())
