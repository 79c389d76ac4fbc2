"""A call to make now: what staff read when somebody has told something urgent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot import staff_cards, task_hands
from bot.flow import (
    HOME,
    Again,
    Choice,
    Hour,
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
from config.clock import to_minutes
from scheduling import clinic, notifications, people, promises, tasks
from scheduling.appointments import STOPPED
from scheduling.notifications import SENT, Notification
from scheduling.opening import open_after
from scheduling.tasks import CLOSED, Task
from screening import holds
from screening.policy import Outcome, Tier

KIND = "alert.urgent"
AGAIN, CALLED = "again", "called"


async def call_by(turn: Turn, tier: Tier | None) -> datetime:
    """By when staff call: E and C within minutes, D within the hour, counted in opening hours (rule 14)."""
    rules = await clinic.rules(turn.session)
    minutes = rules.urgent_minutes if tier is Tier.D else rules.emergency_minutes
    return promises.within(rules.opening_hours, rules.tz, turn.now, minutes)


async def urgent_task(turn: Turn) -> Task | None:
    for task in await tasks.of_client(turn.session, turn.subject_id):
        if task.kind == "urgent":
            return task
    return None


async def again(turn: Turn, what: str) -> None:
    """[I need help] and [I have called]: everybody who was told hears it, each time."""
    task = await urgent_task(turn)
    if task is None:
        task_id = await tasks.open_task(
            turn.session,
            "urgent",
            turn.now,
            client_id=turn.subject_id,
            due_at=await call_by(turn, Tier.E),
        )
        task = await turn.session.get(Task, task_id)
        assert task is not None
    told = await people.with_role(turn.session, people.ADMIN, people.LEAD)
    for person_id in told:
        await notifications.plan(
            turn.session,
            person_id,
            KIND,
            turn.now,
            key=f"{KIND}:{task.id}:{what}:{turn.update_id}:{person_id}",
            priority=notifications.NOW,
            silent=what == CALLED,
            data={"task": task.id, "what": what},
        )


class Alert(Step):
    """Whom to call, by when, what they told, and whether the act-now words reached them."""

    name = KIND
    roles = staff_cards.STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await staff_cards.task_of(turn)
        if task is None or task.client_id is None:
            return Screen(self.name, (text("old.gone"),), ((HOME,),))
        session = turn.session
        name = await staff_cards.short(session, task.client_id)
        what = turn.data.get("what")
        lines: list[Line] = [Text(f"{KIND}.{what}" if what else KIND, {"name": name})]
        if task.state == CLOSED:
            lines.append(text("staff.done", who=await staff_cards.who(session, task.closed_by)))
            return Screen(self.name, tuple(lines), ((HOME,),), durable=True, push=1)
        lines += await self._told(turn, task)
        rules = await clinic.rules(session)
        lines.append(
            await staff_cards.with_phone(
                session, f"{KIND}.call", task.client_id, answer_by=staff_cards.by(task)
            )
        )
        if open_after(to_minutes(turn.now), 1, rules.opening_hours, rules.tz) > to_minutes(turn.now) + 1:
            lines.append(text(f"{KIND}.closed"))
        if task.owner_id is not None:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(session, task.owner_id)))
        choices = [] if task.owner_id == turn.actor.id else [Choice("phone")]
        hands = await task_hands.choices(turn, task)
        return Screen(
            self.name, tuple(lines), rows(*choices, Choice("spoke"), hands, HOME), durable=True, push=1
        )

    async def _told(self, turn: Turn, task: Task) -> list[Line]:
        assert task.client_id is not None
        session = turn.session
        found = [h for h in await holds.open_holds(session, task.client_id) if h.outcome is Outcome.URGENT]
        hold = next(iter(found), None)
        out = (
            await session.execute(
                select(Notification.state, Notification.sent_at)
                .where(
                    Notification.person_id == task.client_id,
                    Notification.kind == "urgent",
                )
                .order_by(Notification.due_at.desc())
                .limit(1)
            )
        ).one_or_none()
        visit = await staff_cards.task_visit(session, task)
        lines: list[Line] = []
        hidden = visit is not None and visit.hidden_hold
        if out is not None and out.state == SENT and hold is not None:
            told: Line = Raw(hold.words) if hold.words else Text(hold.told or f"finding.{hold.code}")
            lines.append(text(f"{KIND}.said", told=told, time=Hour(to_minutes(out.sent_at))))
        elif out is not None and out.state != SENT:
            lines.append(text(f"{KIND}.not_sent"))
        if hidden:
            lines.append(text(f"{KIND}.hidden"))
        elif visit is not None and visit.state == STOPPED:
            lines.append(text(f"{KIND}.visit", when=When(visit.starts_at)))
        note = await tasks.note_of(session, task)
        if note and hold is not None and hold.words:  # typed words stand above already
            note = note.replace(hold.words[:500], "", 1).strip()
        if note:
            lines.append(text("tasks.card.words", text=Raw(note[:300])))
        return lines

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if not isinstance(value, Tap) or task is None or task.client_id is None:
            return Again(text("old.changed"))
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        staff_cards.looked(turn, task.client_id, "task", task.id)
        if value.code in task_hands.CODES:
            return task_hands.act(task, value.code)
        if value.code == "phone":
            return Again(await staff_cards.take_on(turn, task) or text("tasks.assigned"))
        if value.code == "spoke":
            found = await staff_cards.review_of(turn, task)
            if found is not None:
                data = {"task": task.id, "hold": found.hold.id}
                turn.open(f"review:{found.hold.id}", "review.card", data)
                return Again(quiet=True)
        return Again(text("old.changed"))


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    task = await turn.session.get(Task, data.get("task", ""))
    if task is None or task.state == CLOSED:
        return None
    return Opening(f"task:{task.id}", KIND, dict(data))


STEPS: tuple[Step, ...] = (Alert(),)
NOTICES: tuple[Notice, ...] = (Notice(KIND, _send),)
