"""Treatments and rooms: what stands ready, and typed lines that add, change or take away."""

from __future__ import annotations

import re
import unicodedata

from sqlalchemy import select

from bot.flow import (
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Joined,
    Line,
    Raw,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Turn,
    rows,
    text,
)
from bot.staff_cards import DESK
from config import audit
from scheduling import clinic
from scheduling.clinic import Room, Treatment

LOOKED_AT = "setup.stock"
TREATMENT = re.compile(r"^(?P<name>[^\d\n].{0,23}?)[\s,]+(?P<minutes>\d{1,3})(?:\s*min\.?)?$", re.IGNORECASE)
GONE = re.compile(r"^(?P<name>.{1,24}?)[\s,]+off$", re.IGNORECASE)
COOL = re.compile(r"^(?P<name>.{1,20}?)[\s,]+cool$", re.IGNORECASE)
MOST_MINUTES, STEP = 180, 5


class Stock(Step):
    """The first set, as the clinic's file gave it."""

    name = "setup.treats"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        offered = await clinic.treatments(turn.session)
        there = await clinic.rooms(turn.session)
        words: list[Line] = [
            text("setup.treats.one", treatment=Raw(one.name), minutes=one.minutes) for one in offered
        ]
        breaks = max((one.buffer_minutes for one in offered), default=0)
        line = text(
            "setup.treats",
            text=Joined(tuple(words)),
            minutes=breaks,
            label=text("setup.rooms_count", n=len(there)),
        )
        choices = rows(Choice("save"), Choice("treats"), Choice("rooms"))
        return Screen(self.name, (line,), choices + NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "save":
            audit.record(turn.session, now=turn.now, actor=turn.actor.id, subject=None, action=LOOKED_AT)
            await turn.session.flush()
            return Go("admin.menu", {}, toast=text("common.saved"), forget=True)
        if value.code in {"treats", "rooms"}:
            return Go("setup.treats_ask" if value.code == "treats" else "setup.rooms", {})
        return Again()


class Treatments(Step):
    """One line a treatment; all lines are understood, or nothing is saved."""

    name = "setup.treats_ask"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        offered = await clinic.treatments(turn.session)
        words = [text("setup.treats.one", treatment=Raw(one.name), minutes=one.minutes) for one in offered]
        lines: tuple[Line, ...] = (text("setup.treats.ask"), Joined(tuple(words)))
        return Screen("setup.treats.ask", lines, NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        lines = [" ".join(line.split()) for line in value.text.splitlines() if line.strip()]
        wanted = [_read(line) for line in lines]
        if not wanted or any(one is None for one in wanted):
            return Again(text("setup.treats.unread"))
        there = {one.name.casefold(): one for one in await turn.session.scalars(select(Treatment))}
        gone = {name.casefold() for name, minutes in filter(None, wanted) if minutes is None}
        kept = [one for one in there.values() if one.active and one.name.casefold() not in gone]
        new = [name for name, minutes in filter(None, wanted) if minutes is not None]
        if (not kept and not new) or any(name not in there for name in gone):
            return Again(text("setup.treats.unread"))
        for name, minutes in filter(None, wanted):
            await self._set(turn, there, name, minutes)
        await turn.session.flush()
        await _one_first_visit(turn)
        _note(turn, "treatments", len(wanted))
        return Go("setup.treats", {}, toast=text("common.saved"), forget=True)

    async def _set(self, turn: Turn, there: dict[str, Treatment], name: str, minutes: int | None) -> None:
        old = there.get(name.casefold())
        if minutes is None:
            if old is not None:
                old.active = False
            return
        if old is not None:
            old.minutes, old.active = minutes, True
            return
        codes = {one.code for one in there.values()}
        row = Treatment(
            code=_code(name, codes), name=name[:24], minutes=minutes, position=len(there), active=True
        )
        there[name.casefold()] = row
        turn.session.add(row)


def _read(line: str) -> tuple[str, int | None] | None:
    """(name, minutes), or (name, None) to take it away; None if it is neither."""
    if gone := GONE.match(line):
        return gone["name"].strip(), None
    found = TREATMENT.match(line)
    if found is None:
        return None
    minutes = int(found["minutes"])
    if not 10 <= minutes <= MOST_MINUTES or minutes % STEP or len(found["name"].strip()) < 2:
        return None
    return found["name"].strip().rstrip(","), minutes


def _code(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:14] or "treatment"
    base = base if base[0].isalpha() else f"t_{base}"[:14]
    code, number = base, 2
    while code in taken:
        code, number = f"{base}_{number}", number + 1
    return code


async def _one_first_visit(turn: Turn) -> None:
    """Somebody new must be able to book: the first treatment left is then theirs."""
    offered = await clinic.treatments(turn.session)
    if offered and not any(one.first_visit for one in offered):
        offered[0].first_visit = True
        await turn.session.flush()


class Rooms(Step):
    name = "setup.rooms"
    roles = DESK
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        names = [Raw(one.name) for one in await clinic.rooms(turn.session)]
        lines: list[Line] = [text("setup.rooms.ask")]
        if names:
            lines.append(text("setup.rooms.saved", text=Joined(tuple(names))))
        return Screen("setup.rooms", tuple(lines), NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Said):
            return Again(text("odd.tap"))
        lines = [" ".join(line.split()) for line in value.text.splitlines() if line.strip()]
        if not lines or any(len(line) > 30 for line in lines):
            return Again(text("setup.rooms.unread"))
        there = {one.name.casefold(): one for one in await turn.session.scalars(select(Room))}
        gone = [found["name"].casefold() for line in lines if (found := GONE.match(line))]
        left = {key for key, one in there.items() if one.active} - set(gone)
        named = [line for line in lines if not GONE.match(line)]
        if any(name not in there for name in gone) or not (left or named):
            return Again(text("setup.rooms.unread"))
        for name in gone:
            there[name].active = False
        for line in named:
            found = COOL.match(line)
            name = (found["name"] if found else line)[:20]
            old = there.get(name.casefold())
            if old is None:
                old = Room(name=name, position=len(there))
                there[name.casefold()] = old
                turn.session.add(old)
            old.cool, old.active = found is not None, True
        await turn.session.flush()
        _note(turn, "rooms", len(lines))
        return Go("setup.rooms", {}, toast=text("common.saved"), forget=True)


def _note(turn: Turn, what: str, number: int) -> None:
    audit.record(
        turn.session,
        now=turn.now,
        actor=turn.actor.id,
        subject=None,
        action=f"clinic.{what}",
        detail={"lines": number},
    )


STEPS: tuple[Step, ...] = (Stock(), Treatments(), Rooms())
