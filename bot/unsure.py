"""After [Still not sure] on a red card, while other cards are still open: the hold, the call, the number."""

from __future__ import annotations

from bot import about, promised
from bot.flow import Line, Text, Turn
from scheduling import clinic, rescheduling, tasks
from scheduling.appointments import Appointment
from screening import holds, interview
from screening.decision import Decision
from screening.questionnaire import Progress
from screening.unsure import CODE

AFTER = "aftercare:"


async def look(turn: Turn, visit: Appointment | None, phase: str, opened: str, after: Progress) -> None:
    """Let people know of a red flag that is not sure now, as nobody knows if the rest is ever answered."""
    session = turn.session
    days = await clinic.own_days(session)
    decision = await interview.unsure_now(session, opened, after, turn.now, clinic_days=days)
    if decision is None:
        return
    own = None if visit is None or phase.startswith(AFTER) else visit.id
    needs = await about.needs(session, turn.subject_id)
    if own is not None:
        await rescheduling.apply_decision(
            session, own, decision, turn.now, phase="unsure", actor=turn.actor.id, needs=needs
        )
        about.follow(turn, own)
    await rescheduling.apply_everywhere(
        session, turn.subject_id, decision, turn.now, but=own, actor=turn.actor.id, needs=needs
    )
    if own is None:
        await _call(turn, visit, decision)


async def _call(turn: Turn, visit: Appointment | None, decision: Decision) -> None:
    """No hold of a time makes the task here; after a visit it is the one that its answers open."""
    await tasks.open_task(
        turn.session,
        "review" if visit is None else "after",
        turn.now,
        client_id=turn.subject_id,
        appointment_id=visit.id if visit is not None else None,
        due_at=await promised.soon(turn),
        therapist_id=visit.therapist_id if visit is not None else None,
        hold_id=await holds.first_of(turn.session, turn.subject_id, [spec.code for spec in decision.holds]),
        key=None if visit is None else f"after:{visit.id}",
    )


def above(so_far: Progress) -> tuple[Line, ...]:
    """What stands above the cards that are left: the number, and that a person calls."""
    return (Text("check.unsure"),) if any(finding.code == CODE for finding in so_far.findings) else ()
