"""Running late: today's visits are told at once, from now on or from one visit on."""

from __future__ import annotations

from typing import Any

from bot.conversation import HOME_TOPIC
from bot.flow import NAV, Again, Choice, Go, Input, Result, Screen, Step, Tap, Turn, rows, text
from bot.staff_cards import THERAPIST
from bot.therapist import own
from scheduling import visits_done
from scheduling.appointments import Appointment

LATE = {"late10": 10, "late20": 20, "late30": 30}


class Late(Step):
    """How much later: today's visits from now on, or from one visit on."""

    name = "day.late"
    roles = THERAPIST

    async def show(self, turn: Turn) -> Screen:
        who = await own.therapist_of(turn)
        n = 0
        if who is not None:
            n = len(
                await visits_done.who_waits(
                    turn.session, who.id, turn.now, from_id=turn.data.get("appointment")
                )
            )
        if not n:
            return Screen("day.late", (text("day.late.none"),), NAV, durable=turn.topic != HOME_TOPIC)
        return Screen(
            "day.late",
            (text("day.late", n=n),),
            rows([Choice(code) for code in LATE]) + NAV,
            durable=turn.topic != HOME_TOPIC,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        who = await own.therapist_of(turn)
        if who is None or not isinstance(value, Tap) or value.code not in LATE:
            return Again(text("old.changed"))
        from_id = turn.data.get("appointment")
        if from_id is not None:
            visit = await turn.session.get(Appointment, from_id)
            if visit is None or visit.therapist_id != who.id:
                return Again(text("odd.no_role"))
        told = await visits_done.running_late(
            turn.session, who.id, turn.now, LATE[value.code], actor=turn.actor.id, from_id=from_id
        )
        data: dict[str, Any] = {key: turn.data[key] for key in ("day", "appointment") if key in turn.data}
        step = "day.row" if from_id is not None else "day.card"
        toast = text("day.late.done", n=told) if told else text("day.late.none")
        return Go(step, data, toast=toast, forget=True)


STEPS: tuple[Step, ...] = (Late(),)
