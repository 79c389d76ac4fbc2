"""What a decision did to a visit, and what the visit keeps of it: when its questions were answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scheduling.appointments import Appointment
from scheduling.slots import Slot as Time
from screening.decision import Decision
from screening.policy import Slot

UNSURE_RED = "red_flag_unsure"


@dataclass(frozen=True, slots=True)
class Applied:
    """What a decision did. `before`: the start it had; `new`: a time kept instead; `task_id`: for staff."""

    appointment: Appointment
    slot: Slot
    before: int
    new: Time | None = None
    keep_until: datetime | None = None
    task_id: str | None = None


def note_answers(appointment: Appointment, decision: Decision, now: datetime, phase: str) -> None:
    """When which questions were answered in full; a check that stopped at a red card was not."""
    if phase in ("recheck", "door") and decision.slot is Slot.STAYS:
        appointment.rechecked_at = now
    elif phase == "check":
        stopped = any(reason.code == UNSURE_RED for reason in decision.reasons)
        appointment.cleared_at = None if stopped else now
        appointment.new_caution = bool(decision.new_cautions)
