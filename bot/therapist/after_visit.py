"""What was told after a visit: somebody calls, then the next one goes on or stops."""

from __future__ import annotations

from bot import about, staff_cards, task_hands
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
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
    Value,
    When,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import STAFF
from bot.therapist import deciding
from scheduling import booking, tasks
from scheduling.appointments import LIVE, Appointment
from scheduling.tasks import CLOSED, Task
from screening import holds


class After(Step):
    """What was told after a visit: call first, then it goes on or stops."""

    name = "alert.after"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await staff_cards.task_of(turn)
        own = turn.topic != HOME_TOPIC
        if task is None:
            return Screen(self.name, (text("old.gone"),), ((HOME,),), durable=own)
        session = turn.session
        name = await staff_cards.short(session, task.client_id)
        visit = await about.visit(session, task.appointment_id)
        when: Value = When(visit.row.starts_at) if visit is not None else Raw("-")
        lines: list[Line] = [text("alert.after", name=name, when=when)]
        if task.state == CLOSED:
            lines.append(text("staff.done", who=await staff_cards.who(session, task.closed_by)))
            return Screen(self.name, tuple(lines), ((HOME,),), durable=own, push=1 if own else 0)
        found = await staff_cards.review_of(turn, task)
        if found is not None and found.hold.told:
            lines.append(text("alert.after.said", label=Text(found.hold.told)))
        note = await tasks.note_of(session, task)
        if note:
            lines.append(text("alert.after.words", text=Raw(cut(note, 300))))
        following = await self._next(turn, task)
        if following is not None:
            lines.append(text("alert.after.next", new_when=When(following.starts_at)))
        by = staff_cards.by(task)
        lines.append(await staff_cards.with_phone(session, "alert.after.call", task.client_id, answer_by=by))
        if task.owner_id is not None:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(session, task.owner_id)))
        choices = [] if task.owner_id == turn.actor.id else [Choice("phone")]
        choices.append(Choice("spoke"))
        if following is not None:
            choices.append(Choice("stopvisit"))
            if found is not None and found.hold.contact_at is not None and "go" in found.actions:
                choices.append(Choice("keepon"))
        hands = await task_hands.choices(turn, task)
        return Screen(self.name, tuple(lines), rows(*choices, hands) + NAV, durable=own, push=1 if own else 0)

    async def _next(self, turn: Turn, task: Task) -> Appointment | None:
        if task.client_id is None:
            return None
        found = await booking.visits(turn.session, task.client_id, turn.now)
        return next((one for one in found if one.state in LIVE), None)

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if task is None or task.client_id is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if (refused := await staff_cards.refused(turn, task)) is not None:
            return Again(refused)
        staff_cards.looked(turn, task.client_id, "task", task.id)
        if value.code in task_hands.CODES:
            return task_hands.act(task, value.code)
        match value.code:
            case "phone":
                return Again(await staff_cards.take_on(turn, task) or text("tasks.assigned"))
            case "spoke":
                return Go("alert.spoken", turn.data)
            case "stopvisit":
                following = await self._next(turn, task)
                if following is None:
                    return Again(text("old.changed"))
                turn.open("stop", "caller.stop", {"appointment": following.id}, subject_id=task.client_id)
                return Again(quiet=True)
            case "keepon":
                return await self._keep_on(turn, task)
        return Again(text("old.changed"))

    async def _keep_on(self, turn: Turn, task: Task) -> Result:
        found = await staff_cards.review_of(turn, task)
        if found is None or "go" not in found.actions or found.hold.contact_at is None:
            return Again(text("old.changed"))
        turn.data = {**turn.data, "hold": found.hold.id, "choice": "go"}
        return await deciding.decide(turn, "w1", None)


class AlertSpoken(Step):
    """After the call: what was said, kept on the task; a task without a hold behind it is then done."""

    name = "alert.spoken"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen("review.spoken", (text("review.spoken"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await staff_cards.task_of(turn)
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        if task is None or not await staff_cards.may_see(turn, task.client_id):
            return Again(text("odd.no_role"))
        await tasks.add_note(turn.session, task.id, cut(value.text, 300))
        found = await staff_cards.review_of(turn, task)
        if found is None:
            await tasks.close(turn.session, task.id, turn.now, by=turn.actor.id, outcome="spoke")
        else:
            await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
            await holds.contact(turn.session, found.hold.id, by=turn.actor.id, now=turn.now)
        await turn.session.refresh(task)
        return Go("alert.after", {"task": task.id}, toast=text("common.saved"), forget=True)


STEPS: tuple[Step, ...] = (After(), AlertSpoken())
