"""Typed words that may be a red flag: asked about under the emergency line, and told to staff at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import conversation
from bot.client.urgent_follow_up import TOPIC, confirmed, next_visit, raise_typed, topic_of
from bot.client.urgent_text import MOST_WORDS
from bot.flow import (
    HOME,
    PERSON,
    Again,
    Choice,
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
    rows,
    text,
)
from scheduling import clinic, notifications, promises, tasks
from scheduling.appointments import Appointment

ASK, SEEN = "urgent.ask", "urgent.seen"
SILENT_AFTER = timedelta(hours=1)
CHECKED = "clearance_void_changed"


async def ask(turn: Turn, codes: tuple[str, ...], words: str) -> None:
    """Show the question, and open the task with it, not after it (rule 6)."""
    rules = await clinic.rules(turn.session)
    visit = await next_visit(turn)
    await tasks.open_task(
        turn.session,
        "red_unsure",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=visit.id if visit else None,
        therapist_id=visit.therapist_id if visit else None,
        due_at=promises.within(rules.opening_hours, rules.tz, turn.now, rules.urgent_minutes),
        note=words,
    )
    data = {"codes": list(codes), "typed": words[:MOST_WORDS], "appointment": visit.id if visit else None}
    turn.open(topic_of(turn), ASK, data, subject_id=turn.subject_id)
    await notifications.plan(
        turn.session,
        turn.subject_id,
        "urgent.silent",
        turn.now + SILENT_AFTER,
        key=f"urgent.silent:{turn.update_id}:{turn.subject_id}",
        data={"asked": turn.update_id, "chat": turn.chat_id, "topic": topic_of(turn), **data},
    )


class Ask(Step):
    """Is it now? Four answers, under the line that names the emergency number."""

    name = ASK
    holds_text = True
    options = ("urgent.ask.1", "urgent.ask.2", "urgent.ask.3", "unsure")

    async def show(self, turn: Turn) -> Screen:
        choices = [
            Choice(f"o{n}", Text("button.unsure" if name == "unsure" else f"{name}.b"), name)
            for n, name in enumerate(self.options, 1)
        ]
        return Screen(
            self.name,
            lines=(Text("urgent.ask_now"), Text("urgent.ask"), Text("common.footer")),
            rows=rows(*choices, PERSON, HOME),
            durable=True,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        name = self._name(value)
        data = dict(turn.data)
        if name is None or data.get("answered"):
            return Again(text("old.changed"))
        if name == "urgent.ask.1":
            return await _urgent(turn, tuple(data["codes"]))
        if name == "unsure":
            return await _review(turn, "red_flag_unsure")
        return Go(SEEN, data)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        if self._name(value) != "urgent.ask.1" or turn.data.get("answered"):
            return None
        return tuple(turn.data["codes"])

    def _name(self, value: Input) -> str | None:
        places = {f"o{n}": name for n, name in enumerate(self.options, 1)}
        return places.get(value.code) if isinstance(value, Tap) else None


class Seen(Step):
    """In the last days, or long ago: is it there now, or checked? The client's words stand for the line."""

    name = SEEN
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        told: Line = Raw(str(turn.data["typed"]))
        lines: list[Line] = [
            Text("detail.now"),
            Text("detail.dseen", {"line": told}),
            *(Text("common.item", {"text": Text(f"detail.dseen.{n}")}) for n in (1, 2, 3)),
            Text("common.footer"),
        ]
        choices = [Choice(f"o{n}", Text(f"detail.dseen.{n}.b"), f"detail.dseen.{n}") for n in (1, 2, 3)]
        choices.append(Choice("o4", Text("button.unsure"), "unsure"))
        return Screen("detail.dseen", lines=tuple(lines), rows=rows(*choices, PERSON, HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or turn.data.get("answered"):
            return Again(text("old.changed"))
        if value.code in ("o1", "o2", "o4"):
            return await _urgent(turn, tuple(turn.data["codes"]))
        if value.code == "o3":
            return await _review(turn, CHECKED)
        return Again(text("old.changed"))

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        if isinstance(value, Tap) and value.code in ("o1", "o2", "o4") and not turn.data.get("answered"):
            return tuple(turn.data["codes"])
        return None


async def _urgent(turn: Turn, codes: tuple[str, ...]) -> Result:
    """It counts as it was typed: the act-now text, the cancel, the staff."""
    await confirmed(turn, codes, str(turn.data["typed"]), turn.data.get("appointment"))
    return Again(quiet=True)


async def _review(turn: Turn, code: str) -> Result:
    """Not urgent by the answer, but not clear either: a person looks, or a doctor's OK is asked for."""
    words, appointment_id = str(turn.data["typed"]), turn.data.get("appointment")
    visit = await turn.session.get(Appointment, appointment_id or "")
    decision = await raise_typed(turn, code, words, visit)
    data: dict[str, Any] = {"appointment": appointment_id, "words": words}
    if appointment_id is None:
        return Go("help.person", {"from": ASK}, forget=True)
    return Go("result.card", {**data, "key": decision.result, "who_ok": decision.who_ok}, forget=True)


async def _silent(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Nobody answered within the hour: not known is not clear, so a person looks first."""
    chat_id = data.get("chat") or turn.chat_id
    topic = str(data.get("topic") or TOPIC)
    row = await conversation.find(turn.session, chat_id, topic) if chat_id else None
    if row is not None and row.step not in (ASK, SEEN):
        return None
    visit = await turn.session.get(Appointment, data.get("appointment") or "")
    decision = await raise_typed(turn, "red_flag_unsure", str(data["typed"]), visit)
    if data.get("appointment") is None:
        return None
    return Opening(
        TOPIC,
        "result.card",
        {"appointment": data["appointment"], "key": decision.result, "pushed": True},
    )


STEPS: tuple[Step, ...] = (Ask(), Seen())
NOTICES: tuple[Notice, ...] = (Notice("urgent.silent", _silent),)
