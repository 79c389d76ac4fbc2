"""After a visit: care, a question the next day, and what the answers set going."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from bot import about, cards, promised, unsure
from bot.client import answering, asking, muting, results, urgent_follow_up
from bot.flow import (
    HOME,
    Again,
    Choice,
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
    text,
)
from config.clock import from_minutes
from scheduling import aftercare, clinic, rescheduling, tasks
from scheduling.appointments import BOOKED, DONE, Appointment
from screening import holds, interview
from screening.decision import Decision
from screening.policy import Outcome, Slot
from screening.tables import Interview
from screening.unsure import CODE

CARD = "after.card"
PHASES = {
    "after.care": "aftercare:AF1",
    "after.next_day": "aftercare:AF2",
    "after.reminder": "aftercare:AF2",
    "after.third_day": "aftercare:AF3",
    "after.week": "aftercare:AF4",
    "after.easing": "aftercare:AF5a",
    "after.easing_open": "aftercare:AF5a",
}
WRONG = "aftercare:AF5"
AT_ONCE = (PHASES["after.care"], PHASES["after.easing"])
HEADS = {
    "after.reminder": "after.reminder",
    "after.easing": "after.next_day.head",
    "after.easing_open": "after.reminder",
}
NEXT_DAY = timedelta(hours=20)


def _topic(appointment_id: str) -> str:
    return f"after:{appointment_id}"


class Card(Step):
    """One question after a visit. Its answers count for the next check, and the therapist reads them."""

    name = CARD

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        row = visit.row if visit is not None else None
        so_far = await asking.progress_of(turn, row, self._phase(turn, row))
        prompt = so_far.prompt if so_far is not None else None
        if visit is None or so_far is None or prompt is None:
            return results.over(visit)
        head: tuple[Line, ...] = unsure.above(so_far)
        if prompt.first and turn.data.get("head"):
            head = (Text(str(turn.data["head"]), {"name": Raw(turn.actor.name)}),)
        first: tuple[tuple[Choice, ...], ...] = ((HOME,),)
        if turn.data.get("head"):
            first = ((Choice("mute"),),)
        return cards.screen(prompt, head=head, first_rows=first, push=len(head) if prompt.first else 0)

    def _phase(self, turn: Turn, visit: Appointment | None) -> str:
        phase = str(turn.data.get("phase") or WRONG)
        if visit is not None and phase in AT_ONCE and turn.now >= from_minutes(visit.ends_at) + NEXT_DAY:
            return PHASES["after.next_day"]  # what was right for the same day is not for the next
        return phase

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.own(turn)
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code == "mute":
            return await muting.mute(turn)
        await aftercare.answered(turn.session, visit.id, turn.now)
        if await self._late(turn, visit):
            return Go(CARD, turn.data, toast=text("old.changed"), forget=True)
        return await answering.answer(turn, value, visit, CARD, _finish)

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        visit = await turn.session.get(Appointment, turn.data.get("appointment", ""))
        late = await self._late(turn, visit)
        return None if late else await answering.foresee(turn, value)

    async def _late(self, turn: Turn, visit: Appointment | None) -> bool:
        """Whether another question is due than the one that was shown; the data then is that one's."""
        phase = self._phase(turn, visit)
        shown = turn.data.get("phase", phase)
        if "seen" not in turn.data or shown != phase:
            turn.data.update(await asking.card_data(turn, visit, phase))
        return bool(shown != phase)


class Wrong(Card):
    """Something is wrong, said without being asked."""

    name = "after.wrong"


async def _finish(turn: Turn, visit: Appointment | None, opened: str) -> Result:
    """What the answers mean for the visits to come, and for the people who must know."""
    assert visit is not None
    session, phase = turn.session, str(turn.data["phase"])
    told = await interview.progress(session, opened, turn.now)
    codes = {finding.code for finding in told.findings}
    days = await clinic.own_days(session)
    decision = await interview.finish(session, opened, turn.now, clinic_days=days)
    data = {"appointment": visit.id}
    needs = await about.needs(session, turn.subject_id)
    if decision.outcome is Outcome.URGENT and decision.urgent is not None:
        await urgent_follow_up.answered(turn, visit, decision, needs=needs)
        return Go("result.neutral", data, forget=True)
    if decision.slot is not Slot.STAYS and any(spec.outcome >= Outcome.DEFER for spec in decision.holds):
        return await _held(turn, visit, decision)
    if "ac_heavy_tired_same_day" in codes and phase == PHASES["after.care"]:
        await aftercare.ask_if_it_eases(session, visit.id, turn.now)
    if codes & {"ac_soreness_mild", "ac_heavy_tired_same_day"}:
        await aftercare.ask_again(session, visit.id, turn.now)
        return Go("after.tips", data, forget=True)
    if not codes and phase in (PHASES["after.next_day"], PHASES["after.third_day"], PHASES["after.week"]):
        return Go("after.fine", data, forget=True)
    return Go("after.thanks", data, forget=True)


async def _held(turn: Turn, visit: Appointment, decision: Decision) -> Result:
    """The next visit is held by an answer; somebody calls by a time that is said."""
    session = turn.session
    needs = await about.needs(session, turn.subject_id)
    applied = await rescheduling.apply_everywhere(
        session, turn.subject_id, decision, turn.now, phase="aftercare", actor=turn.actor.id, needs=needs
    )
    unsure_red = any(reason.code == CODE for reason in decision.reasons)
    due = await (promised.soon if unsure_red else promised.working_day)(turn)
    await tasks.open_task(
        session,
        "after",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=visit.id,
        due_at=due,
        therapist_id=visit.therapist_id,
        hold_id=await holds.first_of(session, turn.subject_id, [spec.code for spec in decision.holds]),
        key=f"after:{visit.id}",
    )
    for one in applied:
        about.follow(turn, one.appointment.id)
    data: dict[str, Any] = {
        "appointment": visit.id,
        "staff_by": due.isoformat(),
        "says": list(decision.says),
        "relapse": decision.slot is Slot.PROVISIONAL,
    }
    return Go("after.hold" if applied else "after.call_back", data, forget=True)


# --- what is sent by itself ---


def _sender(kind: str) -> Any:
    async def send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
        visit = await about.in_notice(turn, data, DONE, BOOKED)
        if visit is None:
            return None
        if PHASES[kind] not in AT_ONCE and turn.actor.muted_at is not None:
            return None
        if kind == "after.reminder" and visit.check_in_at is not None:
            return None
        if PHASES[kind] == PHASES["after.easing"] and await _eased(turn, visit):
            return None
        head = HEADS.get(kind, f"{kind}.head")
        return Opening(_topic(visit.id), CARD, await asking.card_data(turn, visit, PHASES[kind], head=head))

    return send


async def _eased(turn: Turn, visit: Appointment) -> bool:
    """Whether the question if it eases was answered, or something worse was told meanwhile."""
    done = await turn.session.scalar(
        select(Interview.id)
        .where(
            Interview.appointment_id == visit.id,
            Interview.phase == PHASES["after.easing"],
            Interview.state != "open",
        )
        .limit(1)
    )
    open_now = await holds.open_holds(turn.session, visit.client_id)
    return done is not None or any(hold.outcome is Outcome.URGENT for hold in open_now)


async def _call_about_easing(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """Nobody said that it eases: not known is not well, so a person calls while it is the same day."""
    visit = await about.in_notice(turn, data)
    if visit is None or await _eased(turn, visit):
        return None
    await tasks.open_task(
        turn.session,
        "easing",
        turn.now,
        client_id=visit.client_id,
        appointment_id=visit.id,
        due_at=await promised.soon(turn),
        therapist_id=visit.therapist_id,
    )
    return None


STEPS: tuple[Step, ...] = (Card(), Wrong())
NOTICES: tuple[Notice, ...] = (
    *(Notice(kind, _sender(kind)) for kind in PHASES),
    Notice("after.easing_silent", _call_about_easing),
)
