"""Staff with a caller on the phone: the same flows, asked by voice; and the visit that a person stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import about, alerts, staff_cards, voice
from bot.client import choosing, urgent_follow_up, urgent_text
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Turn,
    When,
    rows,
    text,
)
from bot.staff_cards import STAFF
from config.clock import from_minutes
from scheduling import booking, clinic, notifications, tasks
from scheduling.appointments import LIVE, WAITING, Appointment
from scheduling.clinic import Treatment
from scheduling.refusals import NotNow
from scheduling.search import slot_at
from screening import holds, interview

# What a person saw or heard is not sorted by the program: it holds until a person has looked (rule 3).
STOPPED_AS = "item_unsure"


async def _visit(turn: Turn) -> Appointment | None:
    """The visit of the card, if the person may deal with its client."""
    visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
    if visit is None or not await staff_cards.may_see(turn, visit.client_id):
        return None
    return visit


class Who(Step):
    """First of all: who answers, the client or somebody for them."""

    name = "caller.who"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        visit = await _visit(turn)
        if visit is None:
            return Screen(self.name, (text("old.gone"),), ((HOME,),))
        name = await staff_cards.full(turn.session, visit.client_id)
        choices = rows(Choice("pick", text("button.client", name=name)), Choice("helper"))
        return Screen(self.name, (text("caller.who"),), choices + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await _visit(turn)
        if visit is None or not isinstance(value, Tap) or value.code not in {"pick", "helper"}:
            return Again(text("old.changed"))
        phase = await voice.phase_of(turn, visit)
        if phase is None:
            return Again(text("caller.nothing"))
        answered_by = "helper" if value.code == "helper" else "client"
        data = await voice.begin(turn, visit, phase, answered_by)
        if data is None:
            return Again(text("policy.card.read"))
        staff_cards.looked(turn, visit.client_id, "questions", visit.id)
        return Go("caller.check", {**data, "task": turn.data.get("task")}, forget=True)


class Check(voice.Reading):
    name = "caller.check"


class Urgent(Step):
    """The act-now words, to be read out while the caller is on the line."""

    name = "caller.urgent"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        act = urgent_text.screen_of(turn.house, turn.data)
        lines: tuple[Line, ...] = (text("caller.urgent"), *act.lines)
        return Screen(self.name, lines, rows(Choice("called"), Choice("helpme"), HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in {"called", "helpme"}:
            return Again(text("old.changed"))
        turn.data = await urgent_follow_up.confirm(turn, turn.data)
        await alerts.again(turn, alerts.CALLED if value.code == "called" else alerts.AGAIN)
        return Again(text("common.saved"))


class Stop(Step):
    """A person stops a visit: why, in one line that only staff read. The client is told, nothing is due."""

    name = "caller.stop"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        visit = await _visit(turn)
        if visit is None or visit.state not in (*LIVE, WAITING):
            return Screen(self.name, (text("old.gone"),), ((HOME,),))
        name = await staff_cards.full(turn.session, visit.client_id)
        ask = text("caller.stop", name=name, when=When(visit.starts_at))
        return Screen(self.name, (ask, text("caller.stop_why")), rows(Choice("stay")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await _visit(turn)
        if visit is None:
            return Again(text("odd.no_role"))
        if isinstance(value, Tap):
            return Go("caller.stopped", {**turn.data, "kept": True}, forget=True)
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        try:
            await stop(turn, visit, value.text)
        except NotNow:
            return Again(text("old.changed"))
        return Go("caller.stopped", {"appointment": visit.id}, forget=True)


async def stop(turn: Turn, visit: Appointment, why: str) -> None:
    """Off at once, a hold until a person has spoken with the client, and a task for it. Raises: NotNow."""
    session, client_id = turn.session, visit.client_id
    was = visit.starts_at
    await interview.raise_finding(
        session,
        client_id,
        STOPPED_AS,
        "staff",
        turn.now,
        zone=turn.house.zone,
        own_words=why,
        appointment_id=visit.id,
        session_at=from_minutes(was),
        by=turn.actor.id,
        clinic_days=await clinic.own_days(session),
    )
    await booking.cancel(session, visit.id, turn.now, actor=turn.actor.id, because="health", undo=False)
    found = await holds.open_holds(session, client_id)
    hold = next((one for one in found if one.code == STOPPED_AS), None)
    await tasks.open_task(
        session,
        "review",
        turn.now,
        client_id=client_id,
        appointment_id=visit.id,
        therapist_id=visit.therapist_id,
        hold_id=hold.id if hold is not None else None,
        note=why,
    )
    await notifications.plan(
        session,
        client_id,
        "visit.stopped_by_us",
        turn.now,
        appointment=(visit.id, visit.version),
        priority=notifications.NOW,
        data={"appointment": visit.id, "when": was},
    )


class Stopped(Step):
    name = "caller.stopped"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        visit = await _visit(turn)
        name = await staff_cards.full(turn.session, visit.client_id if visit else None)
        line = text("common.saved") if turn.data.get("kept") else text("caller.stopped", name=name)
        return Screen(self.name, (line,), ((HOME,),))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again()


class Over(Step):
    """Past the clinic's own limits, never past a hold or another booking; the name of who did it is kept."""

    name = "caller.over"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        key = "caller.over" if turn.data.get("why") == "week" else "caller.over_notice"
        choices = rows(Choice("confirm"), Choice("others"))
        return Screen(self.name, (text(key, n=int(turn.data.get("n", 0))),), choices + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "confirm" and turn.data.get("slot"):
            starts_at, therapist_id, room_id, treatment_id = turn.data["slot"]
            treatment = await turn.session.get(Treatment, treatment_id)
            if treatment is None:
                return Again(text("old.changed"))
            turn.data = {key: turn.data[key] for key in ("treatment", "therapist") if key in turn.data}
            slot = slot_at(int(starts_at), therapist_id, room_id, treatment)
            return await choosing.hold(turn, slot, over_limits=True)
        if isinstance(value, Tap) and value.code == "others":
            return Go("book.home", {}, forget=True)
        return Again(text("old.changed"))


class ByUs(Step):
    """To the client: a person of the clinic took the visit off, and will be in touch."""

    name = "visit.stopped_by_us"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        therapist = Raw(visit.therapist if visit is not None else "-")
        line = text("visit.stopped_by_us", when=When(int(turn.data["when"])), therapist=therapist)
        return Screen(self.name, (line,), rows(Choice("person"), HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


async def _send_by_us(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(f"stopped:{data['appointment']}", "visit.stopped_by_us", dict(data))


STEPS: tuple[Step, ...] = (Who(), Check(), Urgent(), Stop(), Stopped(), Over(), ByUs())
NOTICES: tuple[Notice, ...] = (Notice("visit.stopped_by_us", _send_by_us),)
