"""Questions that staff read out, word for word: the answers are the client's, the taps are theirs."""

from __future__ import annotations

from typing import Any, ClassVar

from bot import about, cards, staff_cards, unsure
from bot.client import applying, results, urgent_follow_up
from bot.flow import (
    HOME,
    Again,
    Go,
    Input,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    Value,
    When,
    text,
)
from config.clock import from_minutes, to_minutes
from scheduling import clinic, ok_tasks, rescheduling, tasks
from scheduling.appointments import BOOKED, HELD, ON_HOLD, TENTATIVE, Appointment
from screening import interview
from screening.decision import Decision
from screening.interview import Closed, NoSuchInterview, NotFinished, NotOffered, NotSigned
from screening.policy import Outcome
from screening.questionnaire import Prompt

OPEN_STATES = (HELD, BOOKED, TENTATIVE, ON_HOLD)
DOOR = frozenset({"door", "door_red"})


async def phase_of(turn: Turn, visit: Appointment) -> str | None:
    return await interview.due(
        turn.session, visit.client_id, from_minutes(visit.starts_at), turn.now, zone=turn.house.zone
    )


async def begin(
    turn: Turn, visit: Appointment, phase: str, answered_by: str = "client"
) -> dict[str, Any] | None:
    """Open the round that staff read out; the data of its card. None: no policy is signed."""
    try:
        opened = await interview.open_interview(
            turn.session,
            visit.client_id,
            phase,
            turn.now,
            zone=turn.house.zone,
            appointment_id=visit.id,
            session_at=from_minutes(visit.starts_at),
            answered_by=answered_by,
            entered_by=turn.actor.id,
        )
    except NotSigned:
        return None
    return {"appointment": visit.id, "interview": opened, "phase": phase, "answered_by": answered_by}


class Reading(Step):
    """A card of gates.md under "Read this out"; it says for whom, and keeps who entered it."""

    roles = staff_cards.STAFF
    holds_text = True
    only: ClassVar[frozenset[str] | None] = None  # phases it may go on to; None is all

    async def show(self, turn: Turn) -> Screen:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        prompt = await self._prompt(turn)
        if visit is None or prompt is None:
            return Screen(self.name, (text("old.gone"),), ((HOME,),))
        name = (await staff_cards.full(turn.session, visit.client_id)).text
        more: dict[str, Value] = {"check_time": When(to_minutes(visit.cleared_at or turn.now))}
        return cards.screen(prompt, reads_to=name, more=more)

    async def _prompt(self, turn: Turn) -> Prompt | None:
        try:
            return await interview.current(turn.session, str(turn.data.get("interview", "")), turn.now)
        except (NoSuchInterview, NotSigned):
            return None

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        if visit is None or not isinstance(value, Tap) or visit.state not in OPEN_STATES:
            return Again(text("old.changed"))
        if not await staff_cards.may_see(turn, visit.client_id):
            return Again(text("odd.no_role"))
        opened = str(turn.data.get("interview", ""))
        try:
            if value.code == "change":
                await interview.change(turn.session, opened, turn.now, by=turn.actor.id)
                return Go(self.name, turn.data, forget=True)
            name = cards.name_of(await self._prompt(turn), value)
            if name is None:
                return Again(text("old.changed"))
            after = await interview.answer(turn.session, opened, name, turn.now, by=turn.actor.id)
            if after.prompt is not None:
                await unsure.look(turn, visit, str(turn.data["phase"]), opened, after)
                return Go(self.name, turn.data, forget=True)
            days = await clinic.own_days(turn.session)
            decision = await interview.finish(turn.session, opened, turn.now, clinic_days=days)
            await ok_tasks.look(turn.session, visit.client_id, turn.now)
        except (NotOffered, Closed, NoSuchInterview, NotSigned, NotFinished):
            return Again(text("old.changed"))
        return await self._apply(turn, visit, decision)

    async def _apply(self, turn: Turn, visit: Appointment, decision: Decision) -> Result:
        """What the decision does to the visit; then the next round that is due, or the result."""
        session, phase = turn.session, str(turn.data["phase"])
        needs = await about.needs(session, visit.client_id)
        if decision.outcome is Outcome.URGENT and decision.urgent is not None:
            return await self._urgent(turn, visit, decision)
        applied = await rescheduling.apply_decision(
            session,
            visit.id,
            decision,
            turn.now,
            phase=applying.kind_of(phase),
            actor=turn.actor.id,
            needs=needs,
        )
        await rescheduling.apply_everywhere(
            session, visit.client_id, decision, turn.now, but=visit.id, actor=turn.actor.id, needs=needs
        )
        following = await phase_of(turn, visit) if decision.outcome < Outcome.DEFER else None
        if following is not None and (self.only is None or following in self.only):
            data = await begin(turn, visit, following, str(turn.data.get("answered_by", "client")))
            if data is not None:
                return Go(self.name, data, forget=True)
        if turn.data.get("task") and decision.outcome < Outcome.DEFER:
            await tasks.close(session, turn.data["task"], turn.now, by=turn.actor.id, outcome="answered")
        data = {"appointment": visit.id, **applying.facts(decision, applied, phase)}
        return await self.ended(turn, visit, decision, data)

    async def ended(self, turn: Turn, visit: Appointment, decision: Decision, data: dict[str, Any]) -> Result:
        """The client's own result, for staff to read out."""
        return Go(results.CARD, data, forget=True)

    async def _urgent(self, turn: Turn, visit: Appointment, decision: Decision) -> Result:
        codes = [
            f"{reason.code}:{reason.tier.value}" if reason.tier else reason.code
            for reason in decision.reasons
            if reason.tier is not None
        ]
        told = next((reason.told for reason in decision.reasons if reason.told), None)
        needs = await about.needs(turn.session, visit.client_id)
        when = visit.starts_at
        await urgent_follow_up.answered(turn, visit, decision, needs=needs, read_out=False)
        data = {"appointment": visit.id, "codes": codes, "told": told, "when": when}
        return Go("caller.urgent", data, forget=True)
