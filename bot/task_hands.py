"""Every task in somebody's hands: taken, handed over or given back; and words to its client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot import promised, staff_cards
from bot.flow import (
    ABOVE,
    HOME,
    NAV,
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
    Said,
    Screen,
    Step,
    Tap,
    Turn,
    rows,
    text,
)
from bot.staff_cards import DESK, STAFF
from config import audit
from scheduling import notifications, people, tasks
from scheduling.tasks import CLOSED, Task

OWNER, WRITE, WROTE = "hands.owner", "hands.write", "hands.wrote"
WRITTEN, ANSWERED = "letter.read", "letter.answered"
LONGEST = 600
MOST = 6
CODES = frozenset({"write", "owner"})


async def choices(turn: Turn, task: Task) -> tuple[Choice, ...]:
    """The last row of every task: [Write to them] where the client has a chat, and [Who has it]."""
    writes = (Choice("write"),) if await _has_chat(turn, task.client_id) else ()
    return (*writes, Choice("owner"))


async def _has_chat(turn: Turn, client_id: str | None) -> bool:
    person = await people.get_person(turn.session, client_id) if client_id is not None else None
    return person is not None and person.telegram_id is not None and person.erased_at is None


def act(task: Task, code: str) -> Result:
    """What the two buttons open; Back leads to the task again."""
    if code == "write":
        return Go(WRITE, {"task": task.id, "client": task.client_id})
    return Go(OWNER, {"task": task.id})


# --- who has it ---


class Owner(Step):
    """Who has the task and until when; one's own can be given back or to somebody else."""

    name = OWNER
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await staff_cards.task_of(turn)
        if task is None or task.state == CLOSED:
            return Screen(OWNER, (text("old.gone"),), NAV, durable=True)
        name = await staff_cards.short(turn.session, task.client_id)
        visit = await staff_cards.task_visit(turn.session, task)
        lines: list[Line] = [
            staff_cards.task_line(turn, task, name, visit),
            text("tasks.card.by", answer_by=staff_cards.by(task)),
        ]
        if task.owner_id is None:
            lines.append(text("hands.owner.nobody"))
        else:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(turn.session, task.owner_id)))
        picks: list[Choice] = []
        if task.owner_id != turn.actor.id:
            picks.append(Choice("assign"))
        if self._may_move(turn, task):
            if task.owner_id is not None:
                picks.append(Choice("release"))
            for person_id in await self._others(turn, task):
                who = await staff_cards.who(turn.session, person_id)
                picks.append(Choice(f"hand.{person_id[:12]}", text("hands.owner.to", who=who)))
        return Screen(OWNER, tuple(lines), rows(*picks) + NAV, durable=True)

    def _may_move(self, turn: Turn, task: Task) -> bool:
        return task.owner_id == turn.actor.id or bool(turn.roles & DESK)

    async def _others(self, turn: Turn, task: Task) -> list[str]:
        found = await tasks.may_see_to(turn.session, task)
        return [one for one in found if one not in (turn.actor.id, task.owner_id)][:MOST]

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if task is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        if value.code == "assign":
            return await self._assign(turn, task)
        if not self._may_move(turn, task):
            return Again(text("staff.taken", who=await staff_cards.who(turn.session, task.owner_id)))
        if value.code == "release":
            await tasks.release(turn.session, task.id, turn.now, by=turn.actor.id)
            return Again(text("hands.owner.released"))
        others = await self._others(turn, task)
        to = next((one for one in others if value.code == "hand" and one[:12] == value.value), None)
        if to is None:
            return Again(text("old.changed"))
        await tasks.hand_over(turn.session, task.id, to, turn.now, by=turn.actor.id)
        return Again(text("hands.owner.handed", who=await staff_cards.who(turn.session, to)))

    async def _assign(self, turn: Turn, task: Task) -> Result:
        if task.owner_id is not None and turn.roles & DESK:
            await tasks.hand_over(turn.session, task.id, turn.actor.id, turn.now, by=turn.actor.id)
            return Again(text("tasks.assigned"))
        return Again(await staff_cards.take_on(turn, task) or text("tasks.assigned"))


# --- words to the client ---


class Write(Step):
    """Typed words that go to the client's chat; their answer comes to whoever has the task."""

    name = WRITE
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        name = await staff_cards.full(turn.session, str(turn.data.get("client")))
        return Screen(WRITE, (text(WRITE, name=name),), NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        client_id = str(turn.data.get("client"))
        if not await staff_cards.may_see(turn, client_id) or not await _has_chat(turn, client_id):
            return Again(text("odd.no_role"))
        if not isinstance(value, Said) or not value.text.strip():
            return Again(text("odd.tap"))
        if len(value.text) > LONGEST:
            return Again(text("odd.long", n=len(value.text), m=LONGEST))
        await _send(turn, client_id, value.text)
        return Go(WROTE, {**turn.data, "words": value.text}, forget=True)


async def _send(turn: Turn, client_id: str, words: str) -> None:
    """Keep the words on the task and let the outbox deliver them. Without a task, one is opened for it."""
    session = turn.session
    task = await session.get(Task, turn.data.get("task") or "")
    if task is None or task.state == CLOSED:
        task_id = await tasks.open_task(
            session,
            "written",
            turn.now,
            client_id=client_id,
            due_at=await promised.end_of_day(turn),
            key=f"written:{client_id}:{turn.actor.id}",
            quiet=True,
        )
    else:
        task_id = task.id
    await tasks.take(session, task_id, turn.actor.id, turn.now)
    who = turn.actor.name.split(" ")[0]
    await tasks.add_note(session, task_id, f"{who}: {words}")
    await notifications.plan(
        session,
        client_id,
        WRITTEN,
        turn.now,
        key=f"{WRITTEN}:{task_id}:{turn.update_id}",
        priority=notifications.NOW,
        data={"task": task_id, "words": words, "who": who, "by": turn.actor.id},
    )
    audit.record(
        session, now=turn.now, actor=turn.actor.id, subject=client_id, action="client.written", thing=task_id
    )


class Wrote(Step):
    """What was sent, as it was sent; Back leads to the task."""

    name = WROTE
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        name = await staff_cards.short(turn.session, str(turn.data.get("client")))
        words = Raw(str(turn.data.get("words", "")))
        return Screen(WROTE, (text(WROTE, name=name), text("hands.wrote.words", text=words)), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


class Letter(Step):
    """To the client: words of a person of the clinic. What is typed next goes back to that person."""

    name = WRITTEN
    expects = frozenset({"text"})
    known_words_first = True

    async def show(self, turn: Turn) -> Screen:
        words = text(
            "letter.words", who=Raw(str(turn.data.get("who"))), text=Raw(str(turn.data.get("words")))
        )
        if turn.data.get("answered"):
            lines: tuple[Line, ...] = (text("letter.kept", who=Raw(str(turn.data.get("who")))),)
        else:
            lines = (text("letter.head"), words, text("letter.how"))
        lines = (*lines, text("common.result_end"))
        return Screen(WRITTEN, lines, rows(Choice("reply"), PERSON, HOME), durable=True, push=1)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "reply":
            return Go(WRITTEN, {**turn.data, "answered": False}, toast=text("letter.type"), forget=True)
        if not isinstance(value, Said) or not value.text.strip():
            return Again(text("odd.tap"))
        if not await _answer(turn, value.text):
            return Again(text("old.changed"))
        return Go(WRITTEN, {**turn.data, "answered": True}, forget=True)


async def _answer(turn: Turn, words: str) -> bool:
    """To the one who has the task, or wrote; if it is closed meanwhile, to a new one of theirs.

    Who works here no more gets nothing: then everybody who may see to it is told. False: nobody wrote.
    """
    session = turn.session
    task = await session.get(Task, turn.data.get("task") or "")
    writer = str(turn.data.get("by"))
    if await people.get_person(session, writer) is None:
        return False
    if task is None or task.state == CLOSED or task.client_id != turn.subject_id:
        task_id = await tasks.open_task(
            session,
            "written",
            turn.now,
            client_id=turn.subject_id,
            due_at=await promised.end_of_day(turn),
            key=f"written:{turn.subject_id}:{writer}",
            quiet=True,
        )
        await tasks.take(session, task_id, writer, turn.now)
        task = await session.get_one(Task, task_id)
    who = turn.actor.name.split(" ")[0]
    await tasks.add_note(session, task.id, f"{who}: {words[:LONGEST]}")
    reader = task.owner_id or writer
    here = await people.roles_of(session, reader) & STAFF
    for person_id in [reader] if here else await tasks.may_see_to(session, task):
        await notifications.plan(
            session,
            person_id,
            ANSWERED,
            turn.now,
            key=f"{ANSWERED}:{task.id}:{turn.update_id}:{person_id}",
            priority=notifications.NOW,
            data={"task": task.id},
        )
    return True


# --- what is sent by itself ---


async def _send_written(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening(f"letter:{data['task']}", WRITTEN, dict(data))


def _on_card(line: str) -> Any:
    """The card on which a task is done, under a line that says what is new."""

    async def prepare(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
        task = await turn.session.get(Task, data.get("task", ""))
        if task is None or task.state == CLOSED or not turn.roles & STAFF:
            return None
        found = await staff_cards.opening(turn, task)
        return Opening(found.topic, found.step, {**found.data, ABOVE: line}, found.subject_id)

    return prepare


STEPS: tuple[Step, ...] = (Owner(), Write(), Wrote(), Letter())
NOTICES: tuple[Notice, ...] = (
    Notice(WRITTEN, _send_written),
    Notice(ANSWERED, _on_card("hands.answered")),
    Notice(tasks.LATE, _on_card("hands.late")),
)
