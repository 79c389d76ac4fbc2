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
    Day,
    Go,
    Hour,
    Input,
    Joined,
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
from scheduling import tasks
from scheduling.tasks import CLOSED, Task
from screening import holds, lifts
from screening.holds import AlreadyDecided, HoldView, NotAllowed, NotYet
from screening.policy import LiftBy, Slot
from screening.reviews import Review

NEEDS = {
    lifts.CONTACT: "review.needs.contact",
    lifts.OK: "review.needs.ok",
    lifts.LETTER: "review.needs.letter",
    lifts.STEADY: "review.needs.steady",
    lifts.ENDED: "review.needs.ended",
}
LIFTING = ("w1", "w2")
WAITING = ("w1", "w2", "w3", "w4")


def _may_decide(turn: Turn, hold: HoldView) -> bool:
    return "lead" in turn.roles or hold.lift_by is not LiftBy.LEAD


async def _visit(turn: Turn, hold: HoldView) -> about.Visit | None:
    task = await staff_cards.task_of(turn)
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
    if found.hold.slot in (Slot.FREED, Slot.MOVED) and "word_of_doctor" in found.hold.needs:
        lines.append(text("review.needs.word"))
    return lines


class Card(Step):
    """One hold that a person decides. The first decision counts."""

    name = "review.card"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        found, task = await deciding.review_of(turn), await staff_cards.task_of(turn)
        own = turn.topic.startswith("review:")
        if found is None:
            return Screen("review.card", (text("old.gone"),), ((HOME,),), durable=own)
        hold = found.hold
        name = await staff_cards.short(turn.session, hold.client_id)
        visit = await _visit(turn, hold)
        lines = [self._head(turn, visit, task, name)]
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

    def _head(self, turn: Turn, visit: about.Visit | None, task: Task | None, name: Raw) -> Line:
        by: Value = staff_cards.by(task) if task is not None else Day(turn.now.date())
        if visit is None:
            return text("review.card.no_visit", name=name, answer_by=by)
        if turn.day_of(visit.row.starts_at) == turn.today:
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
        found = await deciding.review_of(turn)
        if found is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        hold, task = found.hold, await staff_cards.task_of(turn)
        if not await staff_cards.may_see(turn, hold.client_id):
            return Again(text("odd.no_role"))
        if (task is not None and task.state == CLOSED) or hold.lifted_at is not None:
            by = task.closed_by if task is not None and task.state == CLOSED else hold.lifted_by
            return Again(text("staff.done", who=await staff_cards.who(turn.session, by)))
        if task is not None and value.code in task_hands.CODES:
            return task_hands.act(task, value.code)
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
        if task is not None and (late := await staff_cards.take_on(turn, task)) is not None:
            return Again(late)
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
        found = await deciding.review_of(turn)
        if found is None:
            return Screen(self.name, (text("old.gone"),), NAV)
        client_id = found.hold.client_id
        name = await staff_cards.full(turn.session, client_id)
        number = await staff_cards.with_phone(turn.session, "day.calling", client_id, name=name)
        return Screen(self.name, (number, text(self.name)), rows(Choice("noanswer")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        found, task = await deciding.review_of(turn), await staff_cards.task_of(turn)
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
        return await deciding.decide(turn, value.code, None)


class Typed(Step):
    name = "review.reason_type"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("review.reason_type"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        return await deciding.decide(turn, "w4", cut(value.text, 300))


class Spoken(Step):
    """With whom, when, and what was said: what a lift without it may not be made on."""

    name = "review.spoken"
    roles = STAFF
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("review.spoken"),), NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        found = await deciding.review_of(turn)
        if not isinstance(value, Said) or not value.text:
            return Again(text("odd.tap"))
        if found is None or not await staff_cards.may_see(turn, found.hold.client_id):
            return Again(text("odd.no_role"))
        if not _may_decide(turn, found.hold):
            return Again(text("review.not_you", label=text("role.lead")))
        words = cut(value.text, 300)
        await holds.contact(turn.session, found.hold.id, by=turn.actor.id, now=turn.now)
        task = await staff_cards.task_of(turn)
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
        await deciding.lifted(turn, found.hold, "go")
        return Go("review.done", {**turn.data, "key": "review.done.go"}, forget=True)


class DoneCard(Step):
    """What was decided; what a lift still needs is said in words."""

    name = "review.done"
    roles = STAFF

    async def show(self, turn: Turn) -> Screen:
        found = await deciding.review_of(turn)
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


STEPS: tuple[Step, ...] = (Card(), Calling(), Reason(), Typed(), Spoken(), DoneCard())
