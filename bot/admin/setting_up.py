"""Setting the clinic up: four steps, what is done of each, and then the first free time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import select

from bot.admin import stock
from bot.conversation import HOME_TOPIC
from bot.flow import (
    NAV,
    Again,
    Choice,
    Command,
    Done,
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
    When,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import DESK
from config.audit import AuditRecord
from scheduling import clinic, figures
from scheduling.clinic import Therapist, WorkingHours
from screening import sign_off

WHERE = {
    "people": "people.card",
    "hours": "hours.ask",
    "treats": "setup.treats",
    "rooms": "setup.rooms",
    "sign": "policy.card",
}


async def _steps(turn: Turn) -> tuple[tuple[str, Line, bool], ...]:
    """(button code, its state in words, done) of the four steps."""
    session = turn.session
    working = await clinic.therapists(session)
    trained = [one for one in working if one.trained_by]
    with_hours = set(
        await session.scalars(
            select(WorkingHours.therapist_id).where(WorkingHours.valid_until.is_(None)).distinct()
        )
    )
    without = [one for one in working if one.id not in with_hours]
    hours: Line = text("setup.state.none") if len(without) == len(working) else text("setup.state.done")
    if without and len(without) < len(working):
        hours = text("setup.state.some", n=len(without))
    looked = await session.scalar(
        select(AuditRecord.id).where(AuditRecord.action == stock.LOOKED_AT).limit(1)
    )
    status = await sign_off.status(session)
    policy: Line = text("setup.state.unsigned")
    if status.in_force is not None:
        policy = text("setup.state.signed", who=Raw(status.in_force.by_name))
    people_state: Line = text("setup.state.none")
    if working:
        untrained = len(working) - len(trained)
        people_state = text("setup.state.some", n=untrained) if untrained else text("setup.state.done")
    return (
        ("people", people_state, bool(trained)),
        ("hours", hours, bool(working) and not without),
        ("treats", text("setup.state.done" if looked else "setup.state.ready"), looked is not None),
        ("sign", policy, status.in_force is not None),
    )


async def is_open(turn: Turn) -> bool:
    """Whether somebody can be booked: hours, people and a signed policy are there."""
    return await clinic.is_open(turn.session) and await sign_off.in_force(turn.session) is not None


class Setup(Step):
    """The four steps and how far each is; the first that is not done leads the buttons."""

    name = "setup.list"
    roles = DESK
    where: ClassVar[Mapping[str, str]] = WHERE

    async def show(self, turn: Turn) -> Screen:
        found = await _steps(turn)
        keys = ("people", "hours", "treatments", "policy")
        lines: list[Line] = [text("setup.list", name=Raw(cut(turn.actor.name)))]
        lines += [
            Text(f"setup.list.{key}", {"k": place, "text": state})
            for place, (key, (_, state, _)) in enumerate(zip(keys, found, strict=True), 1)
        ]
        order = list(WHERE)
        following = next((code for code, _, done in found if not done), None)
        if following is not None:
            order = [following, *(code for code in order if code != following)]
        return Screen("setup.list", tuple(lines), rows(*(Choice(code) for code in order)) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in self.where:
            return Again()
        if value.code == "people" and not await clinic.therapists(turn.session):
            return Go("setup.people", {})
        return Go(self.where[value.code], {})


class Opened(Step):
    """The clinic is open: the first free time, and the link for clients."""

    name = "setup.open"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        url = Raw(f"https://t.me/{turn.house.bot_name}")
        first = await figures.first_free(turn.session, turn.now)
        line = text("setup.open.none", url=url)
        if first is not None:
            therapist = await turn.session.get(Therapist, first.therapist_id)
            name = Raw(therapist.first_name if therapist else "-")
            line = text("setup.open", when=When(first.starts_at), therapist=name, url=url)
        return Screen("setup.open", (line,), rows(Choice("close")))

    async def take(self, turn: Turn, value: Input) -> Result:
        return Done()


async def _send_opened(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening("opened", "setup.open", {}) if turn.roles & DESK else None


STEPS: tuple[Step, ...] = (Setup(), Opened())
NOTICES: tuple[Notice, ...] = (Notice("setup.open", _send_opened),)
COMMANDS: tuple[Command, ...] = (Command("setup", HOME_TOPIC, "setup.list", DESK),)
