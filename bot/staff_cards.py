"""What the cards of staff share: names as a push may show them, tasks in words, who may decide for whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.conversation import HOME_TOPIC, Conversation
from bot.flow import Joined, Line, Opening, Raw, Text, Turn, Until, Value, When, text
from bot.formatting import cut, short_name
from config import audit
from config.encryption import Unreadable
from scheduling import people, tasks
from scheduling.appointments import HELD, RELEASED, Appointment
from scheduling.clinic import Therapist
from scheduling.tasks import CLOSED, Task
from screening import clearance, reviews
from screening.policy import Slot
from screening.reviews import Review

DESK = frozenset({people.ADMIN, people.LEAD})
STAFF = people.STAFF
THERAPIST = frozenset({people.THERAPIST})

# Kinds of tasks as they are stored -> the word of their keys (task.*, notice.task.*).
WORDS = {
    "call": "unanswered",
    "clearance": "ok_missing",
    "letter": "ok",
    "no_slot": "moved_none",
    "reoffer": "orphan",
    "person": "contact",
    "after": "aftercare",
    "repeat": "repeats",
    "fault": "dead_tap",
}
REVIEWS = frozenset({"review", "red_unsure", "clash", "no_date", "steady", "urgent", "relapse"})
OKS = frozenset({"clearance", "ok", "letter", "paper", "expiring"})
AFTER = frozenset({"after", "aftercare"})
LOOKS = frozenset({"cautions", "repeat"})
OF_SLOT = {
    "urgent": Slot.CANCELLED,
    "no_date": Slot.FREED,
    "steady": Slot.PROVISIONAL,
    "relapse": Slot.PROVISIONAL,
}
OF_CODE = {"red_unsure": "red_flag_unsure", "clash": "answers_conflict"}


def word(turn: Turn, kind: str) -> str:
    """The part of a task's keys that names its kind."""
    key = WORDS.get(kind, kind)
    return key if turn.house.catalogue.has(f"task.{key}") else "other"


async def short(session: AsyncSession, person_id: str | None) -> Raw:
    """First name and initial, as every push and list shows a client."""
    person = await people.get_person(session, person_id) if person_id else None
    return Raw(short_name(person.name) if person is not None and person.name else "-")


async def full(session: AsyncSession, person_id: str | None) -> Raw:
    person = await people.get_person(session, person_id) if person_id else None
    return Raw(cut(person.name) if person is not None and person.name else "-")


async def who(session: AsyncSession, person_id: str | None) -> Line:
    """A colleague by first name; the program itself as the clinic."""
    person = await people.get_person(session, person_id) if person_id else None
    return Raw(person.name.split(" ")[0]) if person is not None and person.name else text("staff.somebody")


async def with_phone(session: AsyncSession, key: str, person_id: str | None, **params: Value) -> Text:
    """A line that names the number; `<key>.no_phone` where the client gave none."""
    number: str | None = None
    if person_id is not None:
        try:
            number = await people.phone_of(session, person_id)
        except Unreadable:
            number = None
    return Text(key, {**params, "phone": Raw(number)}) if number else Text(f"{key}.no_phone", params)


def task_line(turn: Turn, task: Task, name: Raw, visit: Appointment | None, *, button: bool = False) -> Text:
    """The task in words; as a button, with the name cut to fit."""
    key = f"task.{word(turn, task.kind)}"
    if button:
        first = name.text.split(" ")
        small = Raw(f"{cut(first[0], 11)} {first[1]}" if len(first) > 1 else cut(first[0], 14))
        return Text(f"{key}.b", {"name": small, "n": 1})
    when: Line = Joined((When(visit.starts_at),)) if visit is not None else Raw("-")
    return Text(key, {"name": name, "n": 1, "when": when})


def head_says_it(turn: Turn, task: Task) -> bool:
    """Whether the first line of a task's message is its line in the list, so that it is not said twice."""
    key, catalogue = word(turn, task.kind), turn.house.catalogue
    return catalogue.forms(f"task.{key}") == catalogue.forms(f"notice.task.{key}")


async def task_of(turn: Turn) -> Task | None:
    """The task that the card is about, or that led to it."""
    return await turn.session.get(Task, turn.data.get("task", ""))


async def task_visit(session: AsyncSession, task: Task) -> Appointment | None:
    return await session.get(Appointment, task.appointment_id) if task.appointment_id else None


async def own_client(session: AsyncSession, person_id: str, client_id: str) -> bool:
    """Does the person, as a therapist, have a visit with this client, past or to come? A held one is none."""
    found = await session.scalar(
        select(Appointment.id)
        .join(Therapist, Therapist.id == Appointment.therapist_id)
        .where(
            Therapist.person_id == person_id,
            Therapist.active,
            Appointment.client_id == client_id,
            Appointment.booked_at.is_not(None) | Appointment.state.not_in((HELD, RELEASED)),
        )
        .limit(1)
    )
    return found is not None


async def may_see(turn: Turn, client_id: str | None) -> bool:
    """The desk sees every client, a therapist only own ones."""
    if turn.roles & DESK:
        return True
    return (
        people.THERAPIST in turn.roles
        and client_id is not None
        and await own_client(turn.session, turn.actor.id, client_id)
    )


def looked(turn: Turn, client_id: str, what: str, thing: str | None = None) -> None:
    """Note that somebody opened what is known of a client."""
    audit.record(
        turn.session, now=turn.now, actor=turn.actor.id, subject=client_id, action=f"look.{what}", thing=thing
    )


async def review_of(turn: Turn, task: Task) -> Review | None:
    """The hold that a task is about: named by it, or one of its kind; never just any hold of the client."""
    zone = turn.house.zone
    if task.client_id is None:
        return None
    found = await reviews.open_reviews(turn.session, turn.now, zone, task.client_id)
    if task.hold_id is not None:
        return next((one for one in found if one.hold.id == task.hold_id), None)
    here = [one for one in found if one.hold.appointment_id == task.appointment_id]
    if task.kind in OF_SLOT:
        same = [one for one in found if one.hold.slot is OF_SLOT[task.kind]]
        return next(iter([one for one in here if one in same] or same), None)
    if task.kind in OF_CODE:
        here = [one for one in here if one.hold.code == OF_CODE[task.kind]]
    return next(iter(here), None)


async def opening(turn: Turn, task: Task, topic: str | None = None) -> Opening:
    """The card on which a task is done: what staff decide there depends on what stands behind it."""
    data: dict[str, Any] = {"task": task.id}
    if task.kind == "urgent":
        return Opening(topic or f"task:{task.id}", "alert.urgent", data)
    if task.kind in REVIEWS:
        found = await review_of(turn, task)
        if found is not None:
            data["hold"] = found.hold.id
            return Opening(topic or f"review:{found.hold.id}", "review.card", data)
    if task.kind in AFTER:
        return Opening(topic or f"task:{task.id}", "alert.after", data)
    if task.kind in LOOKS:
        return Opening(topic or f"task:{task.id}", "look.card", data)
    if task.kind in OKS and task.client_id is not None:
        state = await clearance.state(turn.session, task.client_id, turn.now, turn.house.zone)
        if state.pending is not None:
            data["ok"] = state.pending
            return Opening(topic or f"ok:{state.pending}", "staff.ok", data)
    return Opening(topic or f"task:{task.id}", "tasks.card", data)


async def from_list(turn: Turn, task: Task) -> Opening:
    return await opening(turn, task, HOME_TOPIC)


async def standing(turn: Turn, task: Task) -> Opening | None:
    """The live card of this chat that shows a task, to be drawn again where it stands."""
    for topic in (f"task:{task.id}", *await _topics(turn)):
        row = await conversation.find(turn.session, turn.chat_id, topic)
        if row is not None:
            data = await conversation.data_of(turn.session, row)
            if data.get("task") == task.id:
                return Opening(topic, row.step, data, row.subject_id, fresh=False)
    return None


async def _topics(turn: Turn) -> Sequence[str]:
    """Where a card may stand that names its task in its data only."""
    topic = Conversation.topic
    query = select(topic).where(
        Conversation.chat_id == turn.chat_id, topic.startswith("review:") | topic.startswith("ok:")
    )
    return (await turn.session.scalars(query)).all()


async def decided(turn: Turn, task_id: str | None) -> Text | None:
    """Who was faster, if the task is closed: `staff.done`."""
    task = await turn.session.get(Task, task_id) if task_id else None
    if task is None or task.state != CLOSED:
        return None
    return text("staff.done", who=await who(turn.session, task.closed_by))


async def refused(turn: Turn, task: Task) -> Text | None:
    """Why the actor cannot act on a task now: somebody was faster, or the client is not theirs."""
    if (late := await decided(turn, task.id)) is not None:
        return late
    return None if await may_see(turn, task.client_id) else text("odd.no_role")


async def take_on(turn: Turn, task: Task) -> Text | None:
    """Take a task on: the first one has it. Returns who that is, for anybody who comes later."""
    owner = await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
    await turn.session.refresh(task)
    if owner == turn.actor.id:
        return None
    return text("staff.taken", who=await who(turn.session, owner))


async def close(turn: Turn, task_id: str | None, outcome: str) -> None:
    if task_id:
        await tasks.close(turn.session, task_id, turn.now, by=turn.actor.id, outcome=outcome)


def by(task: Task) -> Until:
    return Until(task.due_at)
