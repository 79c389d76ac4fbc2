"""My visits, and the card of one visit in each of its states."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot import about, conversation, visit_facts
from bot.client import asking, choosing, moved, urgent_follow_up, well_again, why
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HELP,
    NAV,
    Again,
    Attachment,
    Choice,
    Command,
    Extra,
    Go,
    Input,
    Joined,
    Line,
    Notice,
    Opening,
    Place,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.visit_facts import Visit
from scheduling import booking, holding, undoing
from scheduling.appointments import HELD, WAITING
from scheduling.calendar_file import CalendarEvent, calendar_file
from scheduling.refusals import OnHold, TooLate

MANAGE = ("move", "ics", "where", "cancel")
ROWS: Mapping[str, tuple[str, ...]] = {
    "visit.held": ("confirm", "others"),
    "visit.booked_new": ("undo", *MANAGE),
    "visit.booked": MANAGE,
    "visit.provisional": ("undo", "sendok", "wellnow", "move", "why", "where", "cancel"),
    "visit.check_due": ("check", "move", "where", "cancel"),
    "visit.unanswered": ("check", "move", "cancel"),
    "visit.cleared": ("changed", "move", "where", "cancel"),
    "visit.in_review": ("why", "cancel"),
    "visit.moved_ask": ("keep", "others", "untilwell", "why"),
    "visit.moved": (*MANAGE, "why"),
    "visit.waiting": ("wellnow", "why"),
    "visit.cancelled": ("book",),
    "visit.stopped": ("called", "helpme", "why"),
    "visit.done": ("rebook", "book"),
    "visit.no_show": ("health", "book"),
}
WITH_PERSON = frozenset(
    {
        "visit.unanswered", "visit.in_review", "visit.moved_ask", "visit.waiting", "visit.stopped",
        "visit.no_show",
    }
)  # fmt: skip
MOST = 5
"""Buttons of a card besides its way out."""
SHOWS_A_VISIT = frozenset({"visit.card", "move.done", "cancel.done", why.STEP})


class VisitsList(Step):
    name = "visits.list"

    async def show(self, turn: Turn) -> Screen:
        found = await booking.visits(turn.session, turn.subject_id, turn.now)
        visits = [v for row in found if (v := await visit_facts.load(turn.session, row.id, turn.now))]
        if not visits:
            return Screen("visits.list", (text("visits.list.none"),), rows(Choice("book")) + NAV)
        lines: list[Line] = [text("visits.list")]
        choices = []
        for visit in visits:
            waits = visit.row.state == WAITING
            key = "visits.list.row_waiting" if waits else "visits.list.row"
            lines.append(Text(key, {**visit.params(), "label": visit_facts.in_list(visit, turn.now)}))
            label = Raw(visit.treatment.name) if waits else text("button.visit", when=visit.params()["when"])
            choices.append(Choice(f"visit.{visit.id[:8]}", label))
        return Screen("visits.list", tuple(lines), rows(*choices, Choice("book")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "book":
            return Go("book.home", {})
        if isinstance(value, Tap) and value.code == "visit":
            for row in await booking.visits(turn.session, turn.subject_id, turn.now):
                if row.id.startswith(value.value):
                    return Go("visit.card", {"appointment": row.id})
        return Again()


class Card(Step):
    """The card of a visit: its buttons work whenever they are tapped, and it always tells the truth."""

    name = "visit.card"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None:
            return Screen("visit.card", (text("old.gone"),), rows(Choice("book")) + NAV, durable=True)
        key = visit_facts.state(visit, turn.now)
        whole = "visit.card.no_time" if visit.row.state == WAITING else "visit.card"
        line = Text(
            whole,
            {
                **visit.params(),
                "label": visit_facts.label(visit, key),
                "text": visit_facts.words(visit, key),
            },
        )
        below = HELP if key in WITH_PERSON else NAV
        choices = [Choice(code) for code in _codes(visit, key, turn.now)]
        return Screen(key, (line,), rows(*choices) + below, durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if not isinstance(value, Tap) or visit is None:
            return to_book(turn) if isinstance(value, Tap) and value.code == "book" else Again()
        if value.code not in _codes(visit, visit_facts.state(visit, turn.now), turn.now):
            return Again(text("undo.late" if value.code == "undo" else "old.changed"))
        return await _act(turn, visit, value.code)


def _codes(visit: Visit, key: str, now: datetime) -> tuple[str, ...]:
    """The buttons of the card that lead somewhere now."""
    if key == "visit.stopped" and not visit.danger:
        return ()
    there = {
        "sendok": visit.row.ok_by is not None or visit.needs_ok,
        "wellnow": key != "visit.provisional" or visit.relapse,
        "undo": key != "visit.provisional" or visit_facts.can_undo(visit, now),
        "why": visit.held,
    }
    codes = [code for code in ROWS[key] if there.get(code, True)]
    for spare in ("where", "why"):
        if len(codes) > MOST and spare in codes:
            codes.remove(spare)
    return tuple(codes)


async def _act(turn: Turn, visit: Visit, code: str) -> Result:
    data = {"appointment": visit.id}
    if code in {"called", "helpme"}:
        return await urgent_follow_up.tapped(turn, code)
    if code in {"move", "cancel", "sendok", "health"}:
        step = {"move": "move.pick", "cancel": "cancel.ask", "sendok": "ok.how", "health": "cancel.health"}
        return Go(step[code], data)
    if code == "why":
        return await why.ask(turn, visit.id)
    if code == "undo":
        return await undo(turn, visit)
    if code == "ics":
        turn.attach(calendar(turn, visit))
        return Again(quiet=True)
    if code == "where":
        _say_where(turn, visit)
        return Again(quiet=True)
    if code in {"check", "changed"}:
        await asking.reopen(turn, visit.id, again=code == "changed")
        return Again(quiet=True)
    if code == "book":
        return to_book(turn)
    if code == "rebook":
        return await choosing.rebook(turn, visit.row)
    if code == "wellnow":
        return await well_again.well(turn, visit.row)
    return await _decide(turn, visit, code)


async def _decide(turn: Turn, visit: Visit, code: str) -> Result:
    """A time that is only kept: take it, look further, or wait."""
    if code == "confirm":
        then = await choosing.before_confirm(turn, visit.id)
        return await choosing.confirm(turn, visit.id) if then.step == "book.confirm" else then
    if code == "keep":
        return await moved.keep(turn, visit.row)
    if code == "untilwell":
        return await moved.until_well(turn, visit.row)
    if visit.row.state != HELD:
        return await moved.other_times(turn, visit.row)
    await holding.let_hold_go(turn.session, visit.id, turn.now)
    return Go("book.days", {"treatment": visit.treatment.id, "therapist": visit.therapist.id})


async def undo(turn: Turn, visit: Visit) -> Result:
    """The last change, within its three minutes."""
    try:
        await undoing.undo(turn.session, visit.id, turn.now, actor=turn.actor.id)
    except TooLate:
        return Go("visit.card", {"appointment": visit.id}, toast=text("undo.late"), forget=True)
    except OnHold:
        return Go("book.on_hold", {})
    about.follow(turn, visit.id)
    return Go("visit.card", {"appointment": visit.id}, toast=text("undo.done"), forget=True)


def to_book(turn: Turn) -> Result:
    if turn.topic == HOME_TOPIC:
        return Go("book.home", {})
    turn.open(HOME_TOPIC, "book.home")
    return Again(quiet=True)


def calendar(turn: Turn, visit: Visit) -> Attachment:
    clinic = turn.house.clinic.clinic
    title = turn.house.catalogue.say(turn.actor.language, "visit.ics.title", clinic=clinic.name)
    row = visit.row
    event = CalendarEvent(row.id, row.version, row.starts_at, row.ends_at, title, clinic.address)
    content = calendar_file(event, turn.house.zone, turn.now)
    return Attachment("visit.ics", content, caption=text("visit.ics"))


def _say_where(turn: Turn, visit: Visit) -> None:
    clinic = turn.house.clinic.clinic
    if clinic.latitude is not None and clinic.longitude is not None:
        turn.extras.append(Extra(place=Place(clinic.latitude, clinic.longitude, clinic.name, clinic.address)))
    parts: list[Text] = [text("visit.where", room=Raw(visit.room.name), n=visit.rules.arrive_early_minutes)]
    if clinic.step_free:
        parts.append(text("visit.where.step_free", text=Raw(clinic.step_free)))
    if clinic.directions:
        parts.append(text("visit.where.directions", text=Raw(clinic.directions)))
    turn.say(Joined(tuple(parts), " "))


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit_id = str(data.get("appointment"))
    return Opening(f"visit:{visit_id}", "visit.card", {"appointment": visit_id})


async def _settle(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Three minutes are over: the card that shows the visit loses its Undo, silently."""
    visit_id = str(data.get("appointment"))
    for topic in (HOME_TOPIC, f"visit:{visit_id}"):
        card = await conversation.find(turn.session, turn.chat_id, topic)
        if card is None or card.step not in SHOWS_A_VISIT:
            continue
        shown = await conversation.data_of(turn.session, card)
        if shown.get("appointment") == visit_id:
            return Opening(topic, "visit.card", {"appointment": visit_id}, card.subject_id, fresh=False)
    return None


STEPS: tuple[Step, ...] = (VisitsList(), Card(), *why.STEPS)
NOTICES = (Notice("visit.card", _send), Notice(choosing.SETTLED, _settle))
COMMANDS = (Command("visits", HOME_TOPIC, "visits.list"),)
