"""What is to do, a page at a time: who it is about, by when, and who has it."""

from __future__ import annotations

from bot import staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    NAV,
    Again,
    Choice,
    Command,
    Go,
    Input,
    Line,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Value,
    rows,
    text,
)
from bot.staff_cards import DESK
from config.clock import from_minutes
from scheduling import tasks
from scheduling.availability import to_utc
from scheduling.tasks import Task

PAGE = 5


class List(Step):
    name = "tasks.list"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        session, page = turn.session, int(turn.data.get("page", 0))
        today = turn.today
        counted = await tasks.count(session, from_minutes(to_utc(today, 1440, turn.house.zone)))
        found = await tasks.listed(session, limit=PAGE + 1, offset=page * PAGE)
        if not found and not page:
            return Screen("tasks.list", (text("tasks.none"),), NAV)
        lines: list[Line] = [text("tasks.list", n=counted.open, m=counted.today)]
        buttons = []
        for task in found[:PAGE]:
            name = await staff_cards.short(session, task.client_id)
            visit = await staff_cards.task_visit(session, task)
            words = staff_cards.task_line(turn, task, name, visit)
            params: dict[str, Value] = {"answer_by": staff_cards.by(task), "text": words}
            if task.owner_id is not None:
                params["who"] = await staff_cards.who(session, task.owner_id)
            lines.append(Text("tasks.list.row_taken" if task.owner_id else "tasks.list.row", params))
            buttons.append(
                Choice(f"task.{task.id}", staff_cards.task_line(turn, task, name, visit, button=True))
            )
        turning = [Choice("earlier")] if page else []
        turning += [Choice("later")] if len(found) > PAGE else []
        return Screen("tasks.list", tuple(lines), rows(*buttons, turning) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        page = int(turn.data.get("page", 0))
        if value.code in {"earlier", "later"}:
            page += 1 if value.code == "later" else -1
            return Go(self.name, {**turn.data, "page": max(page, 0)}, forget=True)
        task = await turn.session.get(Task, value.value) if value.code == "task" else None
        if task is None:
            return Again()
        if (late := await staff_cards.decided(turn, task.id)) is not None:
            return Again(late)
        if task.client_id is not None:
            staff_cards.looked(turn, task.client_id, "task", task.id)
        there = await staff_cards.from_list(turn, task)
        return Go(there.step, there.data)


STEPS: tuple[Step, ...] = (List(),)
COMMANDS: tuple[Command, ...] = (Command("tasks", HOME_TOPIC, "tasks.list", DESK),)
