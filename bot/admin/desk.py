"""The front desk: what is left to set up, then what is to do, and the day in short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot import rounds, staff_cards, task_hands
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
    Value,
    When,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import DESK
from config.audit import AuditRecord
from config.clock import from_minutes, to_minutes
from scheduling import clinic, figures, notifications, ok_tasks, people, tasks
from scheduling.appointments import LIVE
from scheduling.availability import local_day, to_utc
from scheduling.clinic import Therapist, WorkingHours
from scheduling.tasks import CLOSED, Task
from screening import letters, sign_off

STOCK_LOOKED_AT = "setup.stock"
PAGE = 5
PAPER = "paper"
"""A kind of task: a client brings a doctor's letter on paper."""


# --- setting up ---


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
        select(AuditRecord.id).where(AuditRecord.action == STOCK_LOOKED_AT).limit(1)
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


async def _is_open(turn: Turn) -> bool:
    return await clinic.is_open(turn.session) and await sign_off.in_force(turn.session) is not None


async def _setup(turn: Turn) -> Screen:
    found = await _steps(turn)
    keys = ("people", "hours", "treatments", "policy")
    lines: list[Line] = [text("setup.list", name=Raw(cut(turn.actor.name)))]
    lines += [
        Text(f"setup.list.{key}", {"k": place, "text": state})
        for place, (key, (_, state, _)) in enumerate(zip(keys, found, strict=True), 1)
    ]
    order = ["people", "hours", "treats", "rooms", "sign"]
    following = next((code for code, _, done in found if not done), None)
    if following is not None:
        order = [following, *(code for code in order if code != following)]
    return Screen("setup.list", tuple(lines), rows(*(Choice(code) for code in order)) + NAV)


WHERE = {
    "people": "people.card",
    "hours": "hours.ask",
    "treats": "setup.treats",
    "rooms": "setup.rooms",
    "sign": "policy.card",
    "tasks": "tasks.list",
    "find": "find.ask",
    "off": "off.admin",
    "digest": "digest.day",
}


class Menu(Step):
    """Home of the desk: the setup list until somebody can be booked, then the day's figures."""

    name = "admin.menu"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        if not await _is_open(turn):
            return await _setup(turn)
        zone = turn.house.zone
        today = local_day(to_minutes(turn.now), zone)
        tomorrow = await figures.day(turn.session, today + timedelta(days=1), turn.now)
        counted = await tasks.count(turn.session, turn.now)
        return Screen(
            "admin.menu",
            (text("admin.menu", n=counted.open), text("admin.menu.tomorrow", n=tomorrow.visits)),
            rows(
                Choice("tasks"),
                Choice("find"),
                (Choice("hours"), Choice("off")),
                (Choice("people"), Choice("digest")),
            ),
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code not in WHERE:
            return Again()
        if value.code == "people" and not await clinic.therapists(turn.session):
            return Go("setup.people", {})
        return Go(WHERE[value.code], {})


class Setup(Menu):
    name = "setup.list"

    async def show(self, turn: Turn) -> Screen:
        return await _setup(turn)


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


async def _opened(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    return Opening("opened", "setup.open", {}) if turn.roles & DESK else None


# --- tasks ---


class List(Step):
    name = "tasks.list"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        session, page = turn.session, int(turn.data.get("page", 0))
        today = local_day(to_minutes(turn.now), turn.house.zone)
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


class Card(Step):
    """One task that is done by a call. As a message of its own its buttons work at any time later."""

    name = "tasks.card"
    roles = staff_cards.STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await turn.session.get(Task, turn.data.get("task", ""))
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
        task = await turn.session.get(Task, turn.data.get("task", ""))
        if not isinstance(value, Tap) or task is None:
            return Again(text("old.changed"))
        if value.code == "tasks" and turn.roles & DESK:
            turn.open(HOME_TOPIC, "tasks.list")
            return Again(quiet=True)
        if (late := await staff_cards.decided(turn, task.id)) is not None:
            return Again(late)
        if not await staff_cards.may_see(turn, task.client_id):
            return Again(text("odd.no_role"))
        if value.code in task_hands.CODES:
            return task_hands.act(turn, task, value.code)
        match value.code:
            case "assign":
                owner = await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
                await turn.session.refresh(task)
                if owner != turn.actor.id:
                    return Again(text("staff.taken", who=await staff_cards.who(turn.session, owner)))
                return Again(text("tasks.assigned"))
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


async def _new(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A task that is still open, on the card on which it is done."""
    task = await turn.session.get(Task, data.get("task", ""))
    if task is None or task.state == CLOSED or not turn.roles & staff_cards.STAFF:
        return None
    return await staff_cards.opening(turn, task)


async def _changed(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Somebody took or decided it: the card that stands says so."""
    task = await turn.session.get(Task, data.get("task", ""))
    return await staff_cards.standing(turn, task) if task is not None else None


# --- the digest ---


class Digest(Step):
    """Today and tomorrow in short, every day at 17:00 and by /digest."""

    name = "digest.day"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        session, zone, now = turn.session, turn.house.zone, turn.now
        today = local_day(to_minutes(now), zone)
        tomorrow = await figures.day(session, today + timedelta(days=1), now)
        reviews = await tasks.count(
            session, now, kinds=tuple(sorted(staff_cards.REVIEWS | staff_cards.LOOKS))
        )
        calls = await tasks.count(session, now, kinds=("call", "unanswered"))
        away = await tasks.count(session, now, kinds=("unreachable",))
        sent = await notifications.counts(session, now - timedelta(days=1))
        not_sent = sent.get(notifications.DEAD, 0) + sent.get(notifications.UNCERTAIN, 0)
        lines: list[Line] = [
            text("digest.day"),
            text("digest.day.tomorrow", n=tomorrow.visits, m=tomorrow.percent),
            text("digest.day.questions", n=calls.open),
            text("digest.day.reviews", n=reviews.open),
            text("digest.day.unreachable", n=away.open),
            text("digest.day.not_sent", n=not_sent),
            text("digest.day.moved", n=await figures.moved_for_health(session, now)),
        ]
        if reviews.open and reviews.oldest is not None:
            since = When(to_minutes(reviews.oldest))
            lines[3] = text("digest.day.reviews_since", n=reviews.open, when=since)
        return Screen(
            "digest.day", tuple(lines), rows(Choice("tasks"), Choice("hours"), Choice("close")), push=1
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code in {"tasks", "hours"}:
            if turn.topic == HOME_TOPIC:
                return Go(WHERE[value.code], {})
            turn.open(HOME_TOPIC, WHERE[value.code])
            return Again(quiet=True)
        if isinstance(value, Tap) and value.code == "close" and turn.topic != HOME_TOPIC:
            return Done()
        return Go("admin.menu", {}, forget=True)


async def _digest(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    await rounds.plan(turn.session, turn.now)
    return Opening("digest", "digest.day", {}) if turn.roles & DESK else None


STEPS: tuple[Step, ...] = (Menu(), Setup(), Opened(), List(), Card(), Digest())
NOTICES: tuple[Notice, ...] = (
    Notice(tasks.NEW, _new),
    Notice(tasks.CHANGED, _changed),
    Notice("setup.open", _opened),
    Notice(rounds.DAY_DIGEST, _digest),
)
COMMANDS: tuple[Command, ...] = (
    Command("tasks", HOME_TOPIC, "tasks.list", DESK),
    Command("setup", HOME_TOPIC, "setup.list", DESK),
    Command("digest", HOME_TOPIC, "digest.day", DESK),
)
