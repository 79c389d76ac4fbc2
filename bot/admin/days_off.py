"""A day off by the desk, what it hits, and the word to the clients whose visit has to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import about, away, promised, staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    PERSON,
    Again,
    Choice,
    Command,
    Go,
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
    Until,
    When,
    rows,
    text,
)
from bot.staff_cards import STAFF
from config.clock import from_minutes
from scheduling import absences, agenda, moving, tasks
from scheduling.appointments import LIVE, WAITING, Appointment, KeptTime
from scheduling.clinic import TimeOff
from scheduling.refusals import CannotBook, NotNow

CODES = ("slot1", "slot2", "slot3")


class Off(away.Off):
    name = "off.admin"
    roles = staff_cards.DESK

    async def _who(self, turn: Turn) -> str | None:
        who = turn.data.get("who")
        return str(who) if who else None


class Each(Step):
    """One visit at a time: another time, as it is, or a call."""

    name = "off.each"
    roles = STAFF

    async def _next(self, turn: Turn) -> tuple[list[str], about.Visit | None]:
        """The visits that are left, the first of which is shown; those gone meanwhile fall away."""
        left = list(turn.data.get("visits", []))
        while left:
            visit = await about.visit(turn.session, left[0])
            if visit is not None and visit.row.state in LIVE:
                return left, visit
            left.pop(0)
        return left, None

    async def show(self, turn: Turn) -> Screen:
        _, visit = await self._next(turn)
        if visit is None:
            return Screen("off.each", (text("off.each.done"),), ((HOME,),))
        values = visit.values()
        status, _ = agenda.status_of(visit.row, turn.now)
        line = text(
            "off.each",
            when=values["when"],
            name=await staff_cards.short(turn.session, visit.row.client_id),
            treatment=values["treatment"],
            minutes=values["minutes"],
            label=Text(f"status.{status}"),
        )
        return Screen("off.each", (line,), rows(Choice("reoffer1"), Choice("keep"), Choice("phone")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        left, visit = await self._next(turn)
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if not await staff_cards.may_see(turn, visit.row.client_id):
            return Again(text("odd.no_role"))
        if value.code == "reoffer1":
            try:
                await absences.reoffer(turn.session, visit.row.id, turn.now, actor=turn.actor.id)
            except NotNow:
                return Again(text("old.changed"))
        elif value.code == "phone":
            await self._call(turn, visit.row)
        elif value.code != "keep":
            return Again(text("old.changed"))
        data = {**turn.data, "visits": left[1:]}
        if not left[1:]:
            await self._all_decided(turn)
        return Go(self.name, data, forget=True)

    async def _call(self, turn: Turn, visit: Appointment) -> None:
        task_id = await tasks.open_task(
            turn.session,
            "reoffer",
            turn.now,
            client_id=visit.client_id,
            appointment_id=visit.id,
            due_at=await promised.working_day(turn),
        )
        await tasks.take(turn.session, task_id, turn.actor.id, turn.now)

    async def _all_decided(self, turn: Turn) -> None:
        """Nothing is left for the tick that asks about undecided ones."""
        row = await turn.session.get(TimeOff, turn.data.get("off", ""))
        if row is not None and row.applied_at is None:
            row.mode = absences.KEEP


# --- to the client ---


class ByClinic(Step):
    """The clinic has to change the visit: three other times, kept for a while."""

    name = "visit.by_clinic"

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return Screen(self.name, (text("old.gone"),), ((HOME,),), durable=True)
        if visit.row.state != WAITING or visit.row.ended_because != "clinic":
            line = text("result.neutral", when=When(visit.row.starts_at))
            return Screen(self.name, (line,), rows(Choice("seevisit"), HOME), durable=True)
        was = int(turn.data.get("was", visit.row.starts_at))
        lines: list[Line] = [text(self.name, when=When(was), therapist=Raw(visit.therapist))]
        kept = (await moving.offers(turn.session, visit.row.id, turn.now))[: len(CODES)]
        choices = []
        if kept:
            until = Until(from_minutes(min(one.until for one in kept) // 60))
            key = "visit.by_clinic.times" if len(kept) > 1 else "visit.by_clinic.few"
            lines.append(text(key, keep_until=until))
            for number, one in enumerate(kept, 1):
                lines.append(text("visit.by_clinic.slot", k=number, when=When(one.starts_at)))
                label = text(f"button.slot{number}", when=When(one.starts_at))
                choices.append(Choice(f"slot{number}.{one.id[:12]}", label))
        else:
            by = await promised.working_day(turn)
            lines.append(text("visit.by_clinic.none", staff_by=Until(by)))
        return Screen(self.name, tuple(lines), rows(*choices, Choice("others"), PERSON), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if visit is None or visit.client_id != turn.subject_id or not isinstance(value, Tap):
            return Again(text("old.changed"))
        to = {"appointment": visit.id}
        if value.code == "seevisit":
            return Go("visit.card", to)
        if visit.state != WAITING:
            return Again(text("old.changed"))
        if value.code == "others":
            return Go("move.pick", to)
        if value.code not in CODES:
            return Again(text("old.changed"))
        kept = await self._kept(turn, visit, value.value)
        if kept is None:
            return Again(text("old.changed"))
        needs = await about.needs(turn.session, visit.client_id)
        try:
            await moving.take_offer(turn.session, kept.id, turn.now, actor=turn.actor.id, needs=needs)
        except CannotBook:
            return Again(text("old.changed"))
        return Go("visit.card", to, forget=True)

    async def _kept(self, turn: Turn, visit: Appointment, start: str) -> KeptTime | None:
        found = await moving.offers(turn.session, visit.id, turn.now)
        return next((one for one in found if start and one.id.startswith(start)), None)


async def _send_by_clinic(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is None or visit.state != WAITING or visit.ended_because != "clinic":
        return None
    return Opening(f"moved:{visit.id}", "visit.by_clinic", dict(data))


async def _off(turn: Turn, rest: str) -> Opening:
    """The desk's for anybody, a therapist's for themselves."""
    step = "off.admin" if turn.roles & staff_cards.DESK else "off.pick"
    return Opening(HOME_TOPIC, step, {"line": rest} if rest else {})


STEPS: tuple[Step, ...] = (Off(), Each(), ByClinic())
NOTICES: tuple[Notice, ...] = (Notice("visit.by_clinic", _send_by_clinic),)
COMMANDS: tuple[Command, ...] = (Command("off", HOME_TOPIC, "off.pick", staff_cards.STAFF, opens=_off),)
