"""What staff look at though no hold asks for it: many new cautions (rule 15), the same again (rule 11)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot import about, decided, review_facts, staff_cards, task_hands
from bot.flow import (
    NAV,
    Again,
    Choice,
    Day,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Said,
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
from bot.staff_cards import STAFF
from config import audit
from scheduling import tasks
from scheduling.appointments import LIVE
from scheduling.tasks import CLOSED, Task
from screening import on_file
from screening.on_file import FindingView
from screening.policy import Outcome
from screening.tables import FindingRecord

CARD, REASON = "look.card", "look.reason"
CAUTIONS, REPEAT = "cautions", "repeat"
DAYS_BACK = timedelta(days=60)
MOST = 8
CHIPS = ("w1", "w2", "w3")


async def _told(turn: Turn, task: Task) -> list[FindingView]:
    """The cautions of this visit that still count, or the moves for health of the last two months."""
    assert task.client_id is not None
    if task.kind == CAUTIONS:
        found = await on_file.findings(
            turn.session,
            task.client_id,
            FindingRecord.settled_at.is_(None),
            FindingRecord.outcome == int(Outcome.CAUTION),
            FindingRecord.appointment_id == task.appointment_id,
        )
    else:
        found = await on_file.findings(
            turn.session,
            task.client_id,
            FindingRecord.outcome == int(Outcome.DEFER),
            FindingRecord.found_at >= turn.now - DAYS_BACK,
        )
    return list({(one.code, one.line, one.found_at.date()): one for one in found}.values())[-MOST:]


class Card(Step):
    """Each thing in the client's own words with code and rule; then it goes on, adapted or not, or stops."""

    name = CARD
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await staff_cards.task_of(turn)
        own = turn.topic.startswith("task:")
        if task is None or task.client_id is None:
            return Screen(CARD, (text("old.gone"),), NAV, durable=own)
        session = turn.session
        name = await staff_cards.short(session, task.client_id)
        visit = await about.visit(session, task.appointment_id)
        when: Line | When = When(visit.row.starts_at) if visit is not None else Raw("-")
        lines: list[Line] = [
            Text(f"notice.task.{staff_cards.word(turn, task.kind)}", {"name": name, "when": when})
        ]
        if task.state == CLOSED:
            lines.append(text("staff.done", who=await staff_cards.who(session, task.closed_by)))
            return Screen(CARD, tuple(lines), NAV, durable=own, push=1 if own else 0)
        lines.append(text("tasks.card.by", answer_by=staff_cards.by(task)))
        for found in await _told(turn, task):
            day = Day(found.found_at.astimezone(turn.house.zone).date())
            said = review_facts.said(
                turn, found.code, found.told, found.words, found.policy_version, found.item
            )
            lines.append(text("look.one", day=day, text=said) if task.kind == REPEAT else said)
        if visit is not None and visit.row.state in LIVE:
            facts = {key: visit.values()[key] for key in ("when", "treatment")}
            lines.append(await staff_cards.with_phone(session, "review.card.visit", task.client_id, **facts))
        else:
            lines.append(await staff_cards.with_phone(session, "tasks.card.phone", task.client_id))
        note = await tasks.note_of(session, task)
        if note:
            lines.append(text("tasks.card.words", text=Raw(cut(note, 300))))
        if task.owner_id is not None:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(session, task.owner_id)))
        hands = await task_hands.choices(turn, task)
        choices = rows(*(Choice(code) for code in self._codes(task, visit)), hands)
        return Screen(CARD, tuple(lines), choices + NAV, durable=own, push=1 if own else 0)

    def _codes(self, task: Task, visit: about.Visit | None) -> tuple[str, ...]:
        stop = ("stopvisit",) if visit is not None and visit.row.state in LIVE else ()
        call = () if task.owner_id is not None else ("phone",)
        return ("go", "adapt", *call, *stop) if task.kind == CAUTIONS else (*call, "done", *stop)

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if task is None or task.client_id is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        staff_cards.looked(turn, task.client_id, "task", task.id)
        if value.code in task_hands.CODES:
            return task_hands.act(task, value.code)
        visit = await about.visit(turn.session, task.appointment_id)
        if value.code not in self._codes(task, visit):
            return Again(text("old.changed"))
        if value.code == "phone":
            if (late := await staff_cards.take_on(turn, task)) is not None:
                return Again(late)
            name = await staff_cards.full(turn.session, task.client_id)
            calling = await staff_cards.with_phone(turn.session, "day.calling", task.client_id, name=name)
            return Again(calling)
        if value.code == "stopvisit":
            to = {"appointment": task.appointment_id}
            turn.open("stop", "caller.stop", to, subject_id=task.client_id)
            return Again(quiet=True)
        return Go(REASON, {"task": task.id, "choice": value.code})


class Reason(Step):
    """What it is based on: a tap, or a typed line; the name of who decides is kept with it."""

    name = REASON
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(REASON, (text(REASON),), rows(*(Choice(code) for code in CHIPS)) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if task is None or task.client_id is None:
            return Again(text("old.changed"))
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        reason = "w4"
        if isinstance(value, Said) and value.text.strip():
            await tasks.add_note(turn.session, task.id, cut(value.text, 300))
        elif isinstance(value, Tap) and value.code in CHIPS:
            reason = value.code
        else:
            return Again(text("odd.tap"))
        choice = str(turn.data.get("choice"))
        audit.record(
            turn.session,
            now=turn.now,
            actor=turn.actor.id,
            subject=task.client_id,
            action=f"look.{choice}",
            thing=task.id,
            detail={"reason": reason},
        )
        await _tell(turn, task, choice)
        await staff_cards.close(turn, task.id, choice)
        await turn.session.refresh(task)
        return Go(CARD, {"task": task.id}, toast=text("tasks.done"), forget=True)


async def _tell(turn: Turn, task: Task, choice: str) -> None:
    """The client read that a person looks first: now they read that it stays, and what changes."""
    visit = await about.visit(turn.session, task.appointment_id)
    if task.kind != CAUTIONS or visit is None or visit.row.state not in LIVE or visit.row.hidden_hold:
        return
    found = await _told(turn, task)
    policy = turn.house.policy
    adapt = [key for one in found if (key := policy.row(one.code).adapt) is not None]
    data: dict[str, Any] = {"when": visit.row.starts_at, "key": "result.goes_on"}
    if choice == "adapt" and adapt:
        told = [one.told for one in found if one.told]
        data |= {"key": "result.caution", "told": told[:MOST], "adapt": list(dict.fromkeys(adapt))[:3]}
    await decided.tell(turn.session, visit.row, data, turn.now, key=f"look:{task.id}")


STEPS: tuple[Step, ...] = (Card(), Reason())
