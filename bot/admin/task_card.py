"""One task that a call settles: whom to call, by when, and what else can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import staff_cards, task_hands
from bot.conversation import HOME_TOPIC
from bot.flow import (
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
from config.clock import to_minutes
from scheduling import notifications, ok_tasks, people, tasks
from scheduling.appointments import LIVE
from scheduling.tasks import CLOSED, Task
from screening import letters

PAPER = "paper"
"""A kind of task: a client brings a doctor's letter on paper."""


class Card(Step):
    """One task that is done by a call. As a message of its own its buttons work at any time later."""

    name = "tasks.card"
    roles = staff_cards.STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await staff_cards.task_of(turn)
        if task is None:
            return Screen("tasks.card", (text("old.gone"),), NAV)
        session = turn.session
        name = await staff_cards.short(session, task.client_id)
        visit = await staff_cards.task_visit(session, task)
        when: Line | When = When(visit.starts_at) if visit is not None else Raw("-")
        own = turn.topic.startswith("task:")
        head: list[Line] = []
        if own:
            key = f"notice.task.{staff_cards.word(turn, task.kind)}"
            head.append(Text(key, {"name": name, "when": when}))
        if task.state == CLOSED:
            closed_by = await staff_cards.who(session, task.closed_by)
            return Screen(
                "tasks.card",
                (*head, text("staff.done", who=closed_by)),
                rows(Choice("tasks"), Choice("home")),
            )
        full = await staff_cards.full(session, task.client_id)
        calls = staff_cards.word(turn, task.kind) == "unanswered" and visit is not None
        lines = list(head)
        note = await tasks.note_of(session, task)
        if calls:
            to_call = {"name": full, "when": when}
            lines.append(await staff_cards.with_phone(session, "tasks.call", task.client_id, **to_call))
        elif task.client_id is None:
            lines.append(Raw(cut(note, 300)) if note else staff_cards.task_line(turn, task, full, visit))
            note = None
        else:
            if not own or not staff_cards.head_says_it(turn, task):
                lines.append(staff_cards.task_line(turn, task, full, visit))
            lines.append(await staff_cards.with_phone(session, "tasks.card.phone", task.client_id))
        lines.append(text("tasks.card.by", answer_by=staff_cards.by(task)))
        if task.owner_id is not None:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(session, task.owner_id)))
        if note:
            lines.append(text("tasks.card.words", text=Raw(cut(note, 300))))
        choices = [Choice("askvoice")] if calls else []
        if task.kind == PAPER and turn.roles & DESK:
            choices.append(Choice("paperhere"))
        if task.owner_id != turn.actor.id:
            choices.append(Choice("assign"))
        choices += [Choice("resend"), Choice("postpone")] if calls else []
        if not calls and task.client_id is not None and turn.roles & DESK:
            choices.append(Choice("find", text("button.client", name=full)))
        choices.append(Choice("done"))
        return Screen(
            "tasks.call" if calls else "tasks.card",
            tuple(lines),
            rows(*choices, await task_hands.choices(turn, task)) + NAV,
            durable=own,
            push=1 if own else 0,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if not isinstance(value, Tap) or task is None:
            return Again(text("old.changed"))
        if value.code == "tasks" and turn.roles & DESK:
            turn.open(HOME_TOPIC, "tasks.list")
            return Again(quiet=True)
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        if value.code in task_hands.CODES:
            return task_hands.act(task, value.code)
        match value.code:
            case "assign":
                return Again(await staff_cards.take_on(turn, task) or text("tasks.assigned"))
            case "done":
                await tasks.close(turn.session, task.id, turn.now, by=turn.actor.id)
                await turn.session.refresh(task)
                return self._after(turn, text("tasks.done"))
            case "paperhere" if task.kind == PAPER and task.client_id is not None and turn.roles & DESK:
                return await self._paper(turn, task.client_id)
            case "find" if task.client_id is not None and turn.roles & DESK:
                staff_cards.looked(turn, task.client_id, "client")
                turn.open(HOME_TOPIC, "find.client", {"client": task.client_id})
                return Again(quiet=True)
            case "askvoice" if task.client_id is not None and task.appointment_id is not None:
                turn.open(
                    f"caller:{task.client_id}",
                    "caller.who",
                    {"appointment": task.appointment_id, "task": task.id},
                    subject_id=task.client_id,
                )
                return Again(quiet=True)
            case "postpone" if task.client_id is not None and task.appointment_id is not None:
                turn.open(
                    f"visit:{task.appointment_id}",
                    "move.pick",
                    {"appointment": task.appointment_id},
                    subject_id=task.client_id,
                )
                return Again(quiet=True)
            case "resend" if task.client_id is not None:
                return await self._ask_again(turn, task)
        return Again(text("old.changed"))

    async def _paper(self, turn: Turn, client_id: str) -> Result:
        """A letter on paper lies before whoever taps: what it says is typed where a lead takes it."""
        ok = await letters.open_ok(turn.session, client_id, now=turn.now, by=turn.actor.id)
        if people.LEAD not in turn.roles:
            await ok_tasks.look(turn.session, client_id, turn.now)
        return Go("staff.ok", {"ok": ok})

    async def _ask_again(self, turn: Turn, task: Task) -> Result:
        visit = await staff_cards.task_visit(turn.session, task)
        if visit is None or visit.state not in LIVE:
            return Again(text("old.changed"))
        await notifications.plan(
            turn.session,
            visit.client_id,
            "check.nudge",
            turn.now,
            appointment=(visit.id, visit.version),
            key=f"{visit.id}:check.nudge:{turn.actor.id[:8]}{to_minutes(turn.now)}",
        )
        return Again(text("tasks.resent"))

    def _after(self, turn: Turn, toast: Text) -> Result:
        if turn.topic == HOME_TOPIC:
            return Go("tasks.list", {}, toast=toast, forget=True)
        return Again(toast)


async def _send_new(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A task that is still open, on the card on which it is done."""
    task = await turn.session.get(Task, data.get("task", ""))
    if task is None or task.state == CLOSED or not turn.roles & staff_cards.STAFF:
        return None
    return await staff_cards.opening(turn, task)


async def _redraw(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Somebody took or decided it: the card that stands says so."""
    task = await turn.session.get(Task, data.get("task", ""))
    return await staff_cards.standing(turn, task) if task is not None else None


STEPS: tuple[Step, ...] = (Card(),)
NOTICES: tuple[Notice, ...] = (Notice(tasks.NEW, _send_new), Notice(tasks.CHANGED, _redraw))
