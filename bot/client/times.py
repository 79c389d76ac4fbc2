"""Other days and hours, another treatment or therapist; used to book and to move alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from bot import about, offers
from bot.client import choosing
from bot.flow import (
    HELP,
    NAV,
    Again,
    Choice,
    Day,
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
    Value,
    rows,
    text,
)
from bot.formatting import month
from config.clock import to_minutes
from scheduling import clinic, no_times, ranking
from scheduling.availability import local_day, local_minute
from scheduling.clinic import Treatment
from scheduling.occupancy import may_treat
from scheduling.people import get_person
from scheduling.search import SearchQuery, by_day, search
from scheduling.slots import Slot

DAYS, HOURS = 12, 8
MOVING = ("treatment", "therapist", "moving")


async def _treatment(turn: Turn) -> Treatment | None:
    wanted = turn.data.get("treatment")
    if wanted is not None:
        return await turn.session.get(Treatment, str(wanted))
    usual, _ = await offers.usual(turn.session, turn.subject_id)
    return usual


async def _query(turn: Turn, treatment: Treatment) -> SearchQuery:
    who = turn.data.get("therapist")
    return await offers.query(turn, treatment.id, str(who) if who else None, moving=turn.data.get("moving"))


async def _free(turn: Turn, treatment: Treatment) -> dict[date, list[Slot]]:
    """Free times under their days."""
    found = await search(turn.session, await _query(turn, treatment), turn.now)
    return by_day(found, await clinic.rules(turn.session))


async def _who(turn: Turn) -> Line:
    who = (await offers.names(turn.session)).get(str(turn.data.get("therapist")))
    return Raw(who.first_name) if who is not None else text("book.any_therapist")


def _kept(turn: Turn) -> dict[str, Any]:
    """What every screen of this flow hands on, Back included."""
    return {name: turn.data[name] for name in (*MOVING, "_back") if name in turn.data}


def _in_rows(choices: Sequence[Choice], width: int) -> Iterable[tuple[Choice, ...]]:
    return (tuple(choices[at : at + width]) for at in range(0, len(choices), width))


async def _others(turn: Turn) -> tuple[list[Treatment], list[str]]:
    """Treatments and therapists that this client can choose from."""
    treatments = await clinic.treatments(turn.session)
    _, therapist_id = await offers.usual(turn.session, turn.subject_id)
    if therapist_id is not None and any(not one.first_visit for one in treatments):
        treatments = [one for one in treatments if not one.first_visit]
    return treatments, await may_treat(turn.session, await about.needs(turn.session, turn.subject_id))


class Days(Step):
    """The next days that have free times, three a row; or in one sentence why there are none."""

    name = "book.days"

    async def show(self, turn: Turn) -> Screen:
        treatment = await _treatment(turn)
        free = await _free(turn, treatment) if treatment is not None else {}
        if treatment is None or not free:
            return await _none(turn, treatment)
        days = sorted(free)
        first = _first(days, turn.data.get("from"))
        page = days[first : first + DAYS]
        day_rows = _in_rows([Choice(f"day.{d}", text("button.day", day=Day(d, short=True))) for d in page], 3)
        months = sorted({d.replace(day=1) for d in days})
        month_rows: Iterable[tuple[Choice, ...]] = ()
        if len(months) > 1:
            language = turn.actor.language
            month_rows = _in_rows(
                [
                    Choice(f"month.{m:%Y-%m}", text("button.month", label=Raw(month(m, language))))
                    for m in months
                ],
                3,
            )
        treatments, therapists = await _others(turn)
        choose = [
            choice
            for choice, several in (
                (Choice("treat"), len(treatments) > 1 and not turn.data.get("moving")),
                (Choice("ther"), len(therapists) > 1),
            )
            if several
        ]
        turning = [
            choice
            for choice, there in (
                (Choice("earlier"), first > 0),
                (Choice("later"), first + DAYS < len(days)),
            )
            if there
        ]
        line = text(
            "book.days",
            treatment=Raw(treatment.name),
            minutes=treatment.minutes,
            therapist=await _who(turn),
        )
        return Screen("book.days", (line,), rows(*day_rows, *month_rows, choose, turning) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        kept = _kept(turn)
        if value.code == "day":
            day = _day(value.value)
            return Go("book.day", {**kept, "day": str(day)}) if day else Again(text("old.changed"))
        if value.code == "month":
            return Go(self.name, {**kept, "from": f"{value.value}-01"}, forget=True)
        if value.code in {"earlier", "later"}:
            return await self._turn_page(turn, 1 if value.code == "later" else -1)
        if value.code == "any":
            return Go(self.name, {**kept, "therapist": None}, forget=True)
        if value.code in {"treat", "ther"}:
            return Go("book.treatment" if value.code == "treat" else "book.therapist", kept)
        return Again()

    async def _turn_page(self, turn: Turn, by: int) -> Result:
        treatment = await _treatment(turn)
        days = sorted(await _free(turn, treatment)) if treatment is not None else []
        if not days:
            return Again()
        first = min(max(_first(days, turn.data.get("from")) + by * DAYS, 0), len(days) - 1)
        return Go(self.name, {**_kept(turn), "from": days[first].isoformat()}, forget=True)


def _day(written: str) -> date | None:
    """The day on a button, or None: its data may be anybody's."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _first(days: Sequence[date], since: object) -> int:
    """Where the page starts that shows `since`."""
    return next((at for at, day in enumerate(days) if day.isoformat() >= str(since or "")), 0)


async def _none(turn: Turn, treatment: Treatment | None) -> Screen:
    """Nothing free in the whole search: why, and what else to look for."""
    rules = await clinic.rules(turn.session)
    horizon = local_day(to_minutes(turn.now), rules.tz) + timedelta(days=rules.horizon_days)
    therapist = await _who(turn)
    why: Line = text("why.treatment")
    if treatment is not None:
        found = await no_times.why_nothing(turn.session, await _query(turn, treatment), turn.now)
        params: dict[str, Value] = {"therapist": therapist, "n": found.n or 0}
        if found.first_day is not None:
            params["day"] = Day(found.first_day)
        params["date"] = Day(found.last_day or horizon, full=True)
        why = Text(f"why.{found.code}", params)
    name = Raw(treatment.name) if treatment is not None else Raw("")
    line = text("book.none", treatment=name, therapist=therapist, date=Day(horizon, full=True), why=why)
    treatments, _ = await _others(turn)
    choices = [
        choice
        for choice, there in (
            (Choice("any"), bool(turn.data.get("therapist"))),
            (Choice("treat"), len(treatments) > 1 and not turn.data.get("moving")),
        )
        if there
    ]
    return Screen("book.none", (line,), rows(*choices) + HELP)


class DayHours(Step):
    """The hours of one day: those that suit the client first, then by the hour."""

    name = "book.day"

    async def show(self, turn: Turn) -> Screen:
        treatment = await _treatment(turn)
        free = await _free(turn, treatment) if treatment is not None else {}
        day = date.fromisoformat(str(turn.data["day"]))
        if treatment is None or not free:
            return await _none(turn, treatment)
        page = int(turn.data.get("page", 0)) * HOURS
        times = await _in_order(turn, free.get(day, []))
        who = await offers.names(turn.session)
        buttons = [offers.hour_choice(slot, who[slot.therapist_id]) for slot in times[page : page + HOURS]]
        days = sorted(free)
        turning = [
            choice
            for choice, there in (
                (Choice("earlier"), page > 0 or days[0] < day),
                (Choice("later"), page + HOURS < len(times) or days[-1] > day),
            )
            if there
        ]
        line = text("book.day", day=Day(day), treatment=Raw(treatment.name), minutes=treatment.minutes)
        return Screen("book.day", (line,), rows(*_in_rows(buttons, 2), turning) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "hour":
            return await choosing.tapped(turn, value)
        if value.code in {"earlier", "later"}:
            return await self._turn_page(turn, later=value.code == "later")
        if value.code == "any":
            return Go(Days.name, {**_kept(turn), "therapist": None}, forget=True)
        return Go("book.treatment", _kept(turn)) if value.code == "treat" else Again()

    async def _turn_page(self, turn: Turn, *, later: bool) -> Result:
        treatment = await _treatment(turn)
        free = await _free(turn, treatment) if treatment is not None else {}
        day, page = date.fromisoformat(str(turn.data["day"])), int(turn.data.get("page", 0))
        more = (page + 1) * HOURS < len(free.get(day, []))
        if (more and later) or (page > 0 and not later):
            data = {**_kept(turn), "day": str(day), "page": page + (1 if later else -1)}
            return Go(self.name, data, forget=True)
        others = [one for one in sorted(free) if (one > day if later else one < day)]
        if not others:
            return Again()
        data = {**_kept(turn), "day": str(others[0] if later else others[-1]), "page": 0}
        return Go(self.name, data, forget=True)


async def _in_order(turn: Turn, slots: Sequence[Slot]) -> list[Slot]:
    """Inside the best time first, then by the hour."""
    rules = await clinic.rules(turn.session)
    person = await get_person(turn.session, turn.subject_id)
    window = ranking.window_of(person.best_time if person else None, rules.morning) or rules.morning
    return sorted(
        slots, key=lambda s: (not window[0] <= local_minute(s.starts_at, rules.tz) < window[1], s.starts_at)
    )


class PickTreatment(Step):
    name = "book.treatment"

    async def show(self, turn: Turn) -> Screen:
        treatments, _ = await _others(turn)
        choices = [
            Choice(
                f"pick.{one.id[:8]}",
                text("button.pick_treatment", treatment=Raw(one.name), minutes=one.minutes),
                one.code,
            )
            for one in treatments
        ]
        return Screen("book.treatment", (text("book.treatment"),), rows(*choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        treatments, _ = await _others(turn)
        found = [one.id for one in treatments if isinstance(value, Tap) and one.id[:8] == value.value]
        return _picked(turn, "treatment", found[0]) if found else Again()


class PickTherapist(Step):
    """Only people whose training fits this client."""

    name = "book.therapist"

    async def show(self, turn: Turn) -> Screen:
        _, therapists = await _others(turn)
        names = await offers.names(turn.session)
        choices = [
            Choice(f"pick.{who[:8]}", text("button.pick", name=Raw(names[who].first_name)))
            for who in therapists
        ]
        return Screen("book.therapist", (text("book.therapist"),), rows(Choice("any"), *choices) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "any":
            return _picked(turn, "therapist", None)
        _, therapists = await _others(turn)
        found = [who for who in therapists if who[:8] == value.value]
        return _picked(turn, "therapist", found[0]) if found else Again()


def _picked(turn: Turn, what: str, chosen: str | None) -> Go:
    """Back to the days, as if they had been opened so."""
    kept = _kept(turn)
    return Go(Days.name, {**kept, what: chosen, "_back": kept.get("_back", [])[:-1]}, forget=True)


STEPS: tuple[Step, ...] = (Days(), DayHours(), PickTreatment(), PickTherapist())
