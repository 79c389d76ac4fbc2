"""What a person must look at before a visit goes on: the client's words, and who may decide (rule 16)."""

from __future__ import annotations

from typing import Any

from bot import about, review_facts, staff_cards, task_hands
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Day,
    Go,
    Hour,
    Input,
    Joined,
    Line,
    Notice,
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
from config.clock import from_minutes
from scheduling import booking, notifications, rescheduling, tasks
from scheduling.appointments import LIVE, ON_HOLD, Appointment
from scheduling.booking import CannotBook
from scheduling.reminders import check_counts
from scheduling.tasks import CLOSED, Task
from screening import holds, interview, lifts, reviews
from screening.decision import Decision
from screening.holds import AlreadyDecided, HoldView, NoSuchHold, NotAllowed, NotYet
from screening.policy import LiftBy, Outcome, Slot
from screening.reviews import Review

STAFF = staff_cards.STAFF
NEEDS = {
    lifts.CONTACT: "review.needs.contact",
    lifts.OK: "review.needs.ok",
    lifts.LETTER: "review.needs.letter",
    lifts.STEADY: "review.needs.steady",
    lifts.ENDED: "review.needs.ended",
}
ASKED_AGAIN = frozenset({"check", "window", "first_full"})
LIFTING = ("w1", "w2")
WAITING = ("w1", "w2", "w3", "w4")


async def _found(turn: Turn) -> Review | None:
    try:
        return await reviews.review(turn.session, str(turn.data.get("hold", "")), turn.now, turn.house.zone)
    except NoSuchHold:
        return None


async def _task(turn: Turn) -> Task | None:
    return await turn.session.get(Task, turn.data.get("task", ""))


def _may_decide(turn: Turn, hold: HoldView) -> bool:
    return "lead" in turn.roles or hold.lift_by is not LiftBy.LEAD


async def _visit(turn: Turn, hold: HoldView) -> about.Visit | None:
    task = await _task(turn)
    visit_id = hold.appointment_id or (task.appointment_id if task is not None else None)
    return await about.visit(turn.session, visit_id)


def needs(found: Review) -> list[Line]:
    """What must be there before it can go on, in words."""
    lines: list[Line] = []
    if found.who == "lead":
        lines.append(text("review.needs.lead"))
    if "spoke" in found.actions or "go" in found.actions:
        lines.append(text("review.needs.contact"))
    for code in found.missing:
        if code == lifts.DATE and found.hold.earliest is not None:
            lines.append(text("review.needs.date", day=Day(found.hold.earliest)))
        elif code in NEEDS:
            lines.append(Text(NEEDS[code]))
    if found.hold.slot is Slot.FREED and "word_of_doctor" in found.hold.needs:
        lines.append(text("review.needs.word"))
    return lines


class Card(Step):
    """One hold that a person decides. The first decision counts."""

    name = "review.card"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        found, task = await _found(turn), await _task(turn)
        own = turn.topic.startswith("review:")
        if found is None:
            return Screen("review.card", (text("old.gone"),), ((HOME,),), durable=own)
        hold = found.hold
        name = await staff_cards.short(turn.session, hold.client_id)
        visit = await _visit(turn, hold)
        lines = [self._head(turn, hold, visit, task, name)]
        over = await self._over(turn, hold, task)
        if over is not None:
            return Screen("review.card", (*lines, over), ((HOME,),), durable=own, push=1 if own else 0)
        lines += await self._facts(turn, found, visit, task)
        choices = [Choice(code) for code in found.actions if code in {"go", "adapt", "spoke"}]
        if not _may_decide(turn, hold):
            choices = []
        choices.append(Choice("phone"))
        if _may_decide(turn, hold) and "postpone" in found.actions:
            choices.append(Choice("postpone"))
        hands = await task_hands.choices(turn, task) if task is not None else ()
        return Screen(
            "review.card", tuple(lines), rows(*choices, hands) + NAV, durable=own, push=1 if own else 0
        )

    def _head(
        self, turn: Turn, hold: HoldView, visit: about.Visit | None, task: Task | None, name: Raw
    ) -> Line:
        by: Value = staff_cards.by(task) if task is not None else Day(turn.now.date())
        if visit is None:
            return text("review.card.no_visit", name=name, answer_by=by)
        today = turn.now.astimezone(turn.house.zone).date()
        if visit.starts.astimezone(turn.house.zone).date() == today:
            return text("review.card", time=Hour(visit.row.starts_at), name=name, answer_by=by)
        return text("review.card.when", when=When(visit.row.starts_at), name=name, answer_by=by)

    async def _over(self, turn: Turn, hold: HoldView, task: Task | None) -> Line | None:
        if task is not None and task.state == CLOSED:
            return text("staff.done", who=await staff_cards.who(turn.session, task.closed_by))
        if hold.lifted_at is not None:
            return text("staff.done", who=await staff_cards.who(turn.session, hold.lifted_by))
        return None

    async def _facts(
        self, turn: Turn, found: Review, visit: about.Visit | None, task: Task | None
    ) -> list[Line]:
        hold, session = found.hold, turn.session
        lines: list[Line] = [
            review_facts.said(
                turn, hold.code, hold.told, hold.words, hold.policy_version, found.rule, hold.line
            )
        ]
        key, facts = ("review.card.visit", _two(visit.values())) if visit else ("tasks.card.phone", {})
        lines.append(await staff_cards.with_phone(session, key, hold.client_id, **facts))
        note = await tasks.note_of(session, task) if task is not None else None
        if note and note != hold.words:
            lines.append(text("review.card.word", text=Raw(cut(note, 300))))
        if task is not None and task.owner_id is not None:
            lines.append(text("tasks.card.taken", who=await staff_cards.who(session, task.owner_id)))
        wanted = needs(found)
        if wanted:
            lines.append(text("review.card.needs", text=Joined(tuple(wanted), "; ")))
        return lines

    async def take(self, turn: Turn, value: Input) -> Result:
        found = await _found(turn)
        if found is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        hold, task = found.hold, await _task(turn)
        if not await staff_cards.may_see(turn, hold.client_id):
            return Again(text("odd.no_role"))
        if (task is not None and task.state == CLOSED) or hold.lifted_at is not None:
            by = task.closed_by if task is not None and task.state == CLOSED else hold.lifted_by
            return Again(text("staff.done", who=await staff_cards.who(turn.session, by)))
        if task is not None and value.code in task_hands.CODES:
            return task_hands.act(turn, task, value.code)
        if value.code == "phone":
            return await self._call(turn, hold, task)
        if value.code not in found.actions:
            return Again(text("old.changed"))
        if not _may_decide(turn, hold):
            return Again(text("review.not_you", label=text("role.lead")))
        staff_cards.looked(turn, hold.client_id, "review", hold.id)
        data = {**turn.data, "choice": value.code}
        return Go("review.spoken" if value.code == "spoke" else "review.reason", data)

    async def _call(self, turn: Turn, hold: HoldView, task: Task | None) -> Result:
        if task is not None:
            owner = await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
            await turn.session.refresh(task)
            if owner != turn.actor.id:
                return Again(text("staff.taken", who=await staff_cards.who(turn.session, owner)))
        staff_cards.looked(turn, hold.client_id, "phone", hold.id)
        return Go("review.calling", turn.data)


def _two(values: dict[str, Value]) -> dict[str, Value]:
    return {key: values[key] for key in ("when", "treatment")}


class Calling(Step):
    """The number, and what came of the call: it is why the visit then goes on, is adapted or waits."""

    name = "review.calling"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        found = await _found(turn)
        if found is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        client_id = found.hold.client_id
        name = await staff_cards.full(turn.session, client_id)
        number = await staff_cards.with_phone(turn.session, "day.calling", client_id, name=name)
        return Screen(self.name, (number, text(self.name)), rows(Choice("noanswer")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        found, task = await _found(turn), await _task(turn)
        if found is None or not await staff_cards.may_see(turn, found.hold.client_id):
            return Again(text("odd.no_role"))
        if isinstance(value, Said) and value.text.strip():
            words = cut(value.text, 300)
            await holds.contact(turn.session, found.hold.id, by=turn.actor.id, now=turn.now)
        elif isinstance(value, Tap) and value.code == "noanswer":
            words = turn.house.catalogue.say(turn.actor.language, "review.no_answer")
        else:
            return Again(text("odd.tap"))
        if task is not None:
            who = turn.actor.name.split(" ")[0]
            await tasks.add_note(turn.session, task.id, f"{who}: {words}")
        kept: dict[str, Any] = {key: turn.data[key] for key in ("hold", "task") if key in turn.data}
        return Go("review.card", kept, toast=text("common.saved"), forget=True)


class Reason(Step):
    """What a decision is based on; the name of who decides is kept with it."""

    name = "review.reason"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        codes = WAITING if turn.data.get("choice") == "postpone" else LIFTING
        return Screen(
            "review.reason", (text("review.reason"),), rows(*(Choice(code) for code in codes)) + NAV
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        codes = WAITING if turn.data.get("choice") == "postpone" else LIFTING
        if not isinstance(value, Tap) or value.code not in codes:
            return Again(text("odd.tap"))
        if value.code == "w4":
            return Go("review.reason_type", turn.data)
        return await decide(turn, value.code, None)


class Typed(Step):
    name = "review.reason_type"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("review.reason_type"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        return await decide(turn, "w4", cut(value.text, 300))


class Spoken(Step):
    """With whom, when, and what was said: what a lift without it may not be made on."""

    name = "review.spoken"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("review.spoken"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        found = await _found(turn)
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        if found is None or not await staff_cards.may_see(turn, found.hold.client_id):
            return Again(text("odd.no_role"))
        if not _may_decide(turn, found.hold):
            return Again(text("review.not_you", label=text("role.lead")))
        words = cut(value.text, 300)
        await holds.contact(turn.session, found.hold.id, by=turn.actor.id, now=turn.now)
        task = await _task(turn)
        if task is not None:
            await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
            await tasks.add_note(turn.session, task.id, words)
        try:
            await holds.lift(
                turn.session,
                found.hold.id,
                by=turn.actor.id,
                roles=turn.roles,
                reason="spoke",
                seen=words,
                now=turn.now,
                zone=turn.house.zone,
            )
        except NotYet as lacking:
            data = {**turn.data, "missing": list(lacking.missing)}
            return Go("review.done", {**data, "key": "review.done.spoken"}, forget=True)
        except AlreadyDecided as late:
            return Again(text("staff.done", who=await staff_cards.who(turn.session, late.by)))
        except NotAllowed:
            return Again(text("review.not_you", label=text("role.lead")))
        await _lifted(turn, found.hold, "go")
        return Go("review.done", {**turn.data, "key": "review.done.go"}, forget=True)


async def decide(turn: Turn, reason: str, words: str | None) -> Result:
    """Write the decision; the visit and the client follow in the same transaction."""
    found = await _found(turn)
    choice = str(turn.data.get("choice"))
    if found is None or not await staff_cards.may_see(turn, found.hold.client_id):
        return Again(text("odd.no_role"))
    try:
        await reviews.decide(
            turn.session,
            found.hold.id,
            choice=choice,
            reason=reason,
            by=turn.actor.id,
            roles=turn.roles,
            now=turn.now,
            zone=turn.house.zone,
            words=words,
        )
    except AlreadyDecided as late:
        return Again(text("staff.done", who=await staff_cards.who(turn.session, late.by)))
    except NotAllowed:
        return Again(text("review.not_you", label=text("role.lead")))
    except NotYet:
        return Go("review.card", {k: turn.data[k] for k in ("hold", "task") if k in turn.data}, forget=True)
    if choice == "postpone":
        await _postponed(turn, found.hold)
    else:
        await _lifted(turn, found.hold, choice)
    await staff_cards.close(turn, turn.data.get("task"), choice)
    return Go("review.done", {**turn.data, "key": f"review.done.{choice}"}, forget=True)


async def _lifted(turn: Turn, hold: HoldView, choice: str) -> None:
    """The hold ended: what waited for it goes on, and the client hears of it."""
    session = turn.session
    await rescheduling.holds_changed(session, hold.client_id, turn.now, actor=turn.actor.id)
    task = await _task(turn)
    visit_id = hold.appointment_id or (task.appointment_id if task is not None else None)
    visit = await session.get(Appointment, visit_id) if visit_id else None
    if visit is None:
        return
    if visit.state == ON_HOLD and visit.hold_reason == "review":
        try:
            await rescheduling.resume(session, visit.id, turn.now, actor=turn.actor.id)
        except CannotBook:
            return
    if visit.state not in LIVE or visit.state == ON_HOLD:
        return
    adapted = [f"adapt.{hold.code}"] if turn.house.catalogue.has(f"adapt.{hold.code}") else []
    key = "result.caution" if choice == "adapt" and adapted else "result.clear"
    data = {"key": key, "told": [hold.told] if hold.told else [], "adapt": adapted, "words": hold.words}
    if not check_counts(visit.cleared_at, visit.starts_at):  # nothing is clear before it is answered
        due = await interview.due(
            session, visit.client_id, from_minutes(visit.starts_at), turn.now, zone=turn.house.zone
        )
        data["key"] = "result.goes_on" if key == "result.clear" else key
        data["asks"] = "now" if due in ASKED_AGAIN else "later"
    await _tell(turn, visit, {**data, "when": visit.starts_at}, choice)


async def _postponed(turn: Turn, hold: HoldView) -> None:
    """The visit moves: to the day of the rule where it has one, else its time is free and a person plans."""
    session = turn.session
    task = await _task(turn)
    visit_id = hold.appointment_id or (task.appointment_id if task is not None else None)
    visit = await session.get(Appointment, visit_id) if visit_id else None
    if visit is None or visit.state not in LIVE or visit.hidden_hold:
        return
    if hold.slot is Slot.CANCELLED:  # the client has read that it does not take place
        await rescheduling.stop(session, visit, turn.now, actor=turn.actor.id)
        return
    decision = postponing(hold)
    applied = await rescheduling.apply_decision(
        session,
        visit.id,
        decision,
        turn.now,
        phase="staff",
        actor=turn.actor.id,
        needs=await about.needs(session, hold.client_id),
    )
    key = decision.result
    if decision.slot is Slot.MOVED and applied.new is None:
        key = "moved.none"
    data: dict[str, Any] = {
        "key": key,
        "told": [hold.told] if hold.told else [],
        "words": hold.words if not hold.told else None,
        "earliest": hold.earliest.isoformat() if hold.earliest else None,
        "when": applied.before,
        "new_when": applied.new.starts_at if applied.new else None,
        "keep_until": applied.keep_until.isoformat() if applied.keep_until else None,
    }
    await _tell(turn, visit, data, "postpone")


def postponing(hold: HoldView) -> Decision:
    """A person's "not now" as a decision: dated where the rule has a date."""
    dated = hold.earliest is not None
    return Decision(
        outcome=Outcome.DEFER,
        tier=None,
        reasons=(),
        slot=Slot.MOVED if dated else Slot.FREED,
        earliest=hold.earliest,
        not_before=hold.not_before,
        holds=(),
        lifted=(),
        lift_by=(hold.lift_by,),
        notes=(),
        new_cautions=(),
        review=False,
        repeat=False,
        voids_ok=False,
        result="result.defer" if dated else "result.defer_no_date",
        told=(hold.told,) if hold.told else (),
        adapt=(),
        who_first=None,
        who_ok=None,
        says=(),
        urgent=None,
    )


async def _tell(turn: Turn, visit: Appointment, data: dict[str, Any], choice: str) -> None:
    await notifications.plan(
        turn.session,
        visit.client_id,
        "result.decided",
        turn.now,
        appointment=(visit.id, visit.version),
        key=f"{visit.id}:result.decided:{choice}{int(turn.now.timestamp())}:v{visit.version}",
        priority=notifications.NOW,
        data={"appointment": visit.id, **data},
    )


class DoneCard(Step):
    """What was decided; what a lift still needs is said in words."""

    name = "review.done"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        found = await _found(turn)
        name = await staff_cards.short(turn.session, found.hold.client_id if found else None)
        lines: list[Line] = [Text(str(turn.data["key"]), {"name": name})]
        if turn.data.get("missing") and found is not None:
            lines.append(text("review.card.needs", text=Joined(tuple(needs(found)), "; ")))
        return Screen(str(turn.data["key"]), tuple(lines), rows(Choice("tasks"), HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "tasks" and turn.roles & staff_cards.DESK:
            turn.open(HOME_TOPIC, "tasks.list")
            return Again(quiet=True)
        return Again(text("old.changed"))


# --- after a visit ---


class After(Step):
    """What was told after a visit: call first, then it goes on or stops."""

    name = "alert.after"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        task = await _task(turn)
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
        task = await _task(turn)
        if task is None or task.client_id is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if (late := await staff_cards.decided(turn, task.id)) is not None:
            return Again(late)
        if not await staff_cards.may_see(turn, task.client_id):
            return Again(text("odd.no_role"))
        staff_cards.looked(turn, task.client_id, "task", task.id)
        if value.code in task_hands.CODES:
            return task_hands.act(turn, task, value.code)
        match value.code:
            case "phone":
                owner = await tasks.take(turn.session, task.id, turn.actor.id, turn.now)
                await turn.session.refresh(task)
                if owner != turn.actor.id:
                    return Again(text("staff.taken", who=await staff_cards.who(turn.session, owner)))
                return Again(text("tasks.assigned"))
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
        return await decide(turn, "w1", None)


class AlertSpoken(Step):
    """After the call: what was said, kept on the task; a task without a hold behind it is then done."""

    name = "alert.spoken"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen("review.spoken", (text("review.spoken"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        task = await _task(turn)
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


STEPS: tuple[Step, ...] = (Card(), Calling(), Reason(), Typed(), Spoken(), DoneCard(), After(), AlertSpoken())
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
