"""What a client reads after an answer about a visit: thanks, tips, the same time again, or who calls."""

from __future__ import annotations

from datetime import timedelta

from bot import about
from bot.client import choosing, results
from bot.flow import (
    HOME,
    PERSON,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    When,
    rows,
    text,
)
from scheduling.availability import local_day, local_minute, to_utc
from scheduling.search import SearchQuery, search
from screening import holds


class _Answered(Step):
    below: tuple[tuple[Choice, ...], ...] = rows(PERSON, HOME)

    async def show(self, turn: Turn) -> Screen:
        visit = await about.visit(turn.session, turn.data.get("appointment"))
        if visit is None:
            return results.over(None)
        return Screen(self.name, await self.lines(turn, visit), await self.choices(turn, visit), durable=True)

    async def lines(self, turn: Turn, visit: about.Visit) -> tuple[Line, ...]:
        return (Text(self.name, visit.values()),)

    async def choices(self, turn: Turn, visit: about.Visit) -> tuple[tuple[Choice, ...], ...]:
        return self.below

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


class Tips(_Answered):
    name = "after.tips"

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "wrong":
            return Go("after.wrong", {"appointment": turn.data.get("appointment")})
        return Again(text("old.changed"))

    async def choices(self, turn: Turn, visit: about.Visit) -> tuple[tuple[Choice, ...], ...]:
        return rows(Choice("wrong"), PERSON, HOME)


class Thanks(Tips):
    name = "after.thanks"


class _Called(_Answered):
    async def lines(self, turn: Turn, visit: about.Visit) -> tuple[Line, ...]:
        by = results.moment(turn.data.get("staff_by")) or turn.now
        values = {**visit.values(), "staff_by": Until(by)}
        says = tuple(Text(key) for key in turn.data.get("says") or ())
        crisis = (Text("after.crisis"),) if turn.data.get("relapse") else ()
        return (Text(self.name, values), *says, *crisis, Text("common.result_end"))


class CallBack(_Called):
    name = "after.call_back"


class Hold(_Called):
    name = "after.hold"


class Fine(_Answered):
    """Good to hear; the same time next week in one tap, where nothing stands against it."""

    name = "after.fine"

    async def _again(self, turn: Turn, visit: about.Visit) -> int | None:
        """The start next week, if it is free and nothing holds this client. UTC minutes."""
        gate = await holds.gate(turn.session, turn.subject_id, turn.now)
        zone = turn.house.zone
        start = visit.row.starts_at
        day = local_day(start, zone) + timedelta(days=7)
        wanted = to_utc(day, local_minute(start, zone), zone)
        if not gate.may_book or gate.needs_ok or (gate.earliest is not None and day < gate.earliest):
            return None
        found = await search(
            turn.session,
            SearchQuery(
                turn.subject_id,
                visit.row.treatment_id,
                therapist_id=visit.row.therapist_id,
                first_day=day,
                days=1,
                needs=await about.needs(turn.session, turn.subject_id),
            ),
            turn.now,
        )
        return wanted if any(slot.starts_at == wanted for slot in found) else None

    async def lines(self, turn: Turn, visit: about.Visit) -> tuple[Line, ...]:
        again = await self._again(turn, visit)
        first = Text(self.name, visit.values())
        if again is None:
            return (first,)
        return (first, text("after.fine.again", new_when=When(again), therapist=Raw(visit.therapist)))

    async def choices(self, turn: Turn, visit: about.Visit) -> tuple[tuple[Choice, ...], ...]:
        rebook = () if await self._again(turn, visit) is None else (Choice("rebook"),)
        return rows(*rebook, Choice("others"), Choice("noplan"))

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await about.own(turn)
        if visit is None or not isinstance(value, Tap):
            return Again(text("old.changed"))
        if value.code == "rebook":
            return await choosing.rebook(turn, visit)
        if value.code == "others":
            turn.open("home", "book.days", {"treatment": visit.treatment_id, "therapist": visit.therapist_id})
            return Go("after.thanks", {"appointment": visit.id}, forget=True)
        if value.code == "noplan":
            return Go("after.thanks", {"appointment": visit.id}, forget=True)
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Tips(), Thanks(), CallBack(), Hold(), Fine())
