"""Somebody asked for a person: one task with a deadline, however often they tap."""

from __future__ import annotations

from datetime import datetime

from bot import promised
from bot.flow import Turn
from scheduling import tasks
from scheduling.tasks import Task

KIND = "person"
SETTLES = frozenset({KIND, "review", "no_date", "no_slot", "clearance", "urgent", "after"})
"""Kinds of task whose owner reads what a client adds to a result."""


async def _open(turn: Turn) -> Task | None:
    for task in await tasks.of_client(turn.session, turn.subject_id):
        if task.kind == KIND:
            return task
    return None


async def _ask(turn: Turn, due: datetime, appointment_id: str | None = None, note: str | None = None) -> None:
    await tasks.open_task(
        turn.session,
        KIND,
        turn.now,
        client_id=turn.subject_id,
        appointment_id=appointment_id,
        due_at=due,
        key=f"{KIND}:{turn.subject_id}",
        note=note,
    )


async def wanted(turn: Turn, appointment_id: str | None = None) -> None:
    """Open the task, or keep the one that is there."""
    if await _open(turn) is None:
        await _ask(turn, await promised.end_of_day(turn), appointment_id)


async def staff_by(turn: Turn) -> datetime:
    """Until when a person will be in touch. A pure read."""
    task = await _open(turn)
    return task.due_at if task is not None else await promised.end_of_day(turn)


async def sooner(turn: Turn) -> None:
    """Bring the deadline forward to what the clinic promises for urgent calls."""
    await _ask(turn, await promised.soon(turn))


async def add_words(turn: Turn, words: str) -> None:
    """What it is about, in the person's own words, for whoever takes the task."""
    await wanted(turn)
    task = await _open(turn)
    if task is not None:
        await tasks.add_note(turn.session, task.id, words)


async def add_to_result(turn: Turn, words: str, appointment_id: str | None) -> None:
    """Words for the person who settles a result: on the task of that visit, on another, or on a new one."""
    found = [one for one in await tasks.of_client(turn.session, turn.subject_id) if one.kind in SETTLES]
    found.sort(key=lambda one: one.appointment_id != appointment_id)
    if found:
        await tasks.add_note(turn.session, found[0].id, words)
    else:
        await _ask(turn, await promised.end_of_day(turn), appointment_id, words)
