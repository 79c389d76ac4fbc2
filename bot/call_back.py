"""Somebody asked for a person: one task with a deadline, however often they tap."""

from __future__ import annotations

from datetime import datetime

from bot.flow import Turn
from scheduling import clinic, promises, tasks
from scheduling.tasks import Task

KIND = "person"


async def _open(turn: Turn) -> Task | None:
    for task in await tasks.of_client(turn.session, turn.subject_id):
        if task.kind == KIND:
            return task
    return None


async def _end_of_day(turn: Turn) -> datetime:
    rules = await clinic.rules(turn.session)
    return promises.by_end_of_day(rules.opening_hours, rules.tz, turn.now)


async def wanted(turn: Turn) -> None:
    """Open the task, or keep the one that is there."""
    if await _open(turn) is None:
        await tasks.open_task(
            turn.session,
            KIND,
            turn.now,
            client_id=turn.subject_id,
            due_at=await _end_of_day(turn),
            key=f"{KIND}:{turn.subject_id}",
        )


async def staff_by(turn: Turn) -> datetime:
    """Until when a person will be in touch. A pure read."""
    task = await _open(turn)
    return task.due_at if task is not None else await _end_of_day(turn)


async def sooner(turn: Turn) -> None:
    """Bring the deadline forward to what the clinic promises for urgent calls."""
    rules = await clinic.rules(turn.session)
    due = promises.within(rules.opening_hours, rules.tz, turn.now, rules.urgent_minutes)
    await tasks.open_task(
        turn.session,
        KIND,
        turn.now,
        client_id=turn.subject_id,
        due_at=due,
        key=f"{KIND}:{turn.subject_id}",
    )


async def add_words(turn: Turn, words: str) -> None:
    """What it is about, in the person's own words, for whoever takes the task."""
    await wanted(turn)
    task = await _open(turn)
    if task is not None:
        await tasks.add_note(turn.session, task.id, words)
