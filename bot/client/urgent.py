"""The act-now card, and what its client says that they have done; sent first, kept at least once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import alerts
from bot.client import urgent_ask, urgent_text
from bot.client.urgent_follow_up import ACT, TOPIC, confirm, over_later
from bot.flow import (
    Again,
    Choice,
    Command,
    Go,
    Input,
    Joined,
    Line,
    Notice,
    Opening,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from scheduling import tasks
from scheduling.appointments import Appointment
from screening import holds
from screening.policy import Outcome


class Act(Step):
    """The act-now text and what the client does about it."""

    name = ACT
    traced = True

    async def show(self, turn: Turn) -> Screen:
        return urgent_text.screen_of(turn.house, turn.data)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again(text("old.changed"))
        match value.code:
            case "called":
                data = await confirm(turn, turn.data)
                await alerts.again(turn, alerts.CALLED)
                return Go("urgent.called", data, forget=True)
            case "helpme":
                data = await confirm(turn, turn.data)
                await alerts.again(turn, alerts.AGAIN)
                turn.open(TOPIC, "urgent.again", data)
                return Again(quiet=True)
            case "callsafe":
                return Go("urgent.safe", dict(turn.data), forget=True)
            case "writeonly":
                await _note(turn, "write only")
                return Go("urgent.write_only", dict(turn.data), forget=True)
        return Again(text("old.changed"))


class Called(Act):
    name = "urgent.called"

    async def show(self, turn: Turn) -> Screen:
        one = urgent_text.message(turn.house.policy, turn.data["codes"])
        return Screen(
            self.name,
            lines=(Text("urgent.called"), Text(f"{one.text}.1")),
            rows=rows(Choice("helpme")),
            durable=True,
        )


class HelpAgain(Act):
    """Line 1 once more, and that the clinic was told again."""

    name = "urgent.again"

    async def show(self, turn: Turn) -> Screen:
        one = urgent_text.message(turn.house.policy, turn.data["codes"])
        first: Line = Joined((Text(f"{one.text}.1"), *(Text(key) for key in one.added)), " ")
        return Screen(
            self.name, lines=(first, Text("urgent.again")), rows=urgent_text.buttons(one), durable=True
        )


class Safe(Act):
    """How and when a call is safe, in their own words."""

    name = "urgent.safe"
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        if turn.data.get("kept"):
            lines: tuple[Line, ...] = (Text("urgent.safe_kept"), Text(f"urgent.{urgent_text.HURT}.1"))
        else:
            lines = (Text("urgent.safe"), Text(f"urgent.{urgent_text.HURT}.1"))
        return Screen(self.name, lines=lines, rows=rows(Choice("writeonly"), Choice("helpme")), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Said):
            await _note(turn, value.text)
            return Go(self.name, {**turn.data, "kept": True}, forget=True)
        return await super().take(turn, value)


class WriteOnly(Act):
    name = "urgent.write_only"

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            self.name,
            lines=(Text("urgent.write_only"), Text(f"urgent.{urgent_text.HURT}.1")),
            rows=rows(Choice("callsafe"), Choice("helpme")),
            durable=True,
        )


async def _note(turn: Turn, words: str) -> None:
    for task in await tasks.of_client(turn.session, turn.subject_id):
        if task.kind == "urgent":
            await tasks.add_note(turn.session, task.id, words)
            return


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(TOPIC, ACT, dict(data)) if data.get("codes") else None


async def _send_over(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    open_now = await holds.open_holds(turn.session, turn.subject_id)
    visit = await turn.session.get(Appointment, data.get("appointment", ""))
    if visit is not None and any(hold.outcome is Outcome.URGENT for hold in open_now):
        await over_later(turn, visit, int(data["when"]))
        return None
    return Opening(TOPIC, "result.neutral", dict(data), fresh=False)


STEPS: tuple[Step, ...] = (
    Act(),
    Called(),
    HelpAgain(),
    Safe(),
    WriteOnly(),
    *urgent_ask.STEPS,
    *alerts.STEPS,
)
NOTICES: tuple[Notice, ...] = (
    Notice("urgent", _send),
    Notice("urgent.over", _send_over),
    *urgent_ask.NOTICES,
    *alerts.NOTICES,
)
COMMANDS: tuple[Command, ...] = ()
