"""Why a visit is held, moved or adapted: because of what the client told us, in their own words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bot import cards, visit_facts
from bot.client import choosing
from bot.flow import (
    HELP,
    Again,
    Day,
    Go,
    Input,
    Joined,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Text,
    Turn,
    Value,
    text,
)
from bot.formatting import cut
from bot.visit_facts import Visit
from scheduling import notifications
from scheduling.appointments import WAITING
from screening import explain
from screening.explain import Because

STEP = "visit.why"
MOST, LONGEST = 4, 120
STANDS_FOR = timedelta(minutes=30)
"""After that the visit's card takes its place again: health words do not stay on a screen."""


async def ask(turn: Turn, appointment_id: str) -> Result:
    """Show it for a while, in place of the card it was asked on."""
    visit = await visit_facts.own(turn, appointment_id)
    if visit is None:
        return Again(text("old.changed"))
    await notifications.plan(
        turn.session,
        turn.actor.id,
        choosing.SETTLED,
        turn.now + STANDS_FOR,
        key=f"{STEP}:{turn.update_id}:{visit.id}",
        at_least_once=False,
        silent=True,
        data={"appointment": visit.id},
    )
    return Go(STEP, {"appointment": visit.id})


class Why(Step):
    name = STEP

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or visit.row.hidden_hold:
            return Screen(STEP, (text("old.gone"),), HELP)
        lines: list[Line] = [_head(visit)]
        lines += await self._held(turn, visit)
        lines += await self._adapted(turn, visit)
        if len(lines) == 1:
            lines.append(text("visit.why.none"))
        return Screen(STEP, (*lines, text("visit.why.end")), HELP)

    async def _held(self, turn: Turn, visit: Visit) -> Sequence[Line]:
        found = await explain.for_client(turn.session, visit.row.client_id)
        once = {(one.told, one.words, one.why): one for one in found if not one.private}
        return [_because(one, visit, turn) for one in once.values()][:MOST]

    async def _adapted(self, turn: Turn, visit: Visit) -> Sequence[Line]:
        notes = await explain.for_therapist(turn.session, visit.row.client_id)
        return [
            text(
                "visit.why.adapted",
                told=_told(note.told, note.words, visit, turn),
                therapist=Raw(visit.therapist.first_name),
                adapt=Text(note.adapt),
            )
            for note in notes
            if note.adapt is not None and (note.told or note.words)
        ][:MOST]

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again()


def _head(visit: Visit) -> Line:
    if visit.row.state == WAITING:
        return text("visit.why.no_time")
    return Text("visit.why", visit.params())


def _because(one: Because, visit: Visit, turn: Turn) -> Line:
    params: dict[str, Value] = {"who_ok": Text(one.who_ok or "who_ok.doctor")}
    key = one.why
    if one.until is not None:
        params["day"] = Day(one.until)
    elif key == "why.hold.dated":
        key = "why.hold.no_date"
    then = Text(key, params)
    if not one.told and not one.words:  # what is missing, not what was told
        return then
    return Joined((text("visit.why.told", told=_told(one.told, one.words, visit, turn)), then), " ")


def _told(told: str | None, words: str | None, visit: Visit, turn: Turn) -> Line:
    if words:
        return Raw(cut(words, LONGEST))
    day = turn.day_of(visit.row.starts_at)
    return cards.told((told or "told.before",), {"date_72h": Day(day - timedelta(days=3))})


STEPS: tuple[Step, ...] = (Why(),)
