"""Whatever is tapped or typed, at whatever card: an answer, never a fault. Data may be anybody's."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.flow import Go, Input, Said, SentFile, Shared, Step, Tap, Turn
from bot.house import House
from bot.showing import shown
from bot.view.render import render
from scheduling import people, tasks
from screening import holds
from tests.bot.chat import Chat, World
from tests.bot.staff import lead, therapist
from tests.bot.therapist.conftest import raised
from tests.bot.visits import booked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

VALUES = (
    "", "zz", "2027-13-45", "9999-12-31", "0001-01-01", "1-00000000", "999999999-00000000", "_" * 12, "-1",
    "9" * 20, "00000000", "1.2", "x:y",
)  # fmt: skip
SAID = (
    "", "-", "0", "\u00b2", "\u0663", "9" * 900, "Mon", "Mon 99-100", "Mon 9-8", "Ana Mon-Fri 9-13; Tue 14",
    "31.02.2027", "1 Jan 9999 - 2 Jan 9999", "99:99", "14:00-13:00", "25", "x" * 1000, ",,,", ";\n;\n",
    "a, b, c",
    "<b>&", "{clinic} {no_such}", "%s %d", "Dr Weber, 30 Feb 2027", "Dr Weber, 99.99.9999", "Lena, +49 555",
    "\U0001f600" * 300, "-- Foot massage", "Foot massage \u00b2", "Foot massage 99999999999999999999",
    "I, Eva Novak, have read version 1", "all 1.1.0001", "\u200f\u202e", "12.13.", "Feb 30",
    "all \u0663.\u0663.",
)  # fmt: skip
FILES = (
    ("", None, ""),
    ("F1", 0, "x" * 1024),
    ("F2", 11 * 1024 * 1024, ""),
    ("../../etc/passwd", -1, "<b>&"),
)
CODES = ("day", "pick", "slot1", "hour", "o1", "o99", "client", "task", "visit", "month", "back")
DYNAMIC = frozenset(
    {"day", "month", "pick", "slot1", "slot2", "slot3", "hour", "client", "task", "visit", "row", "best",
     "lang_name", "preset1"}
)  # fmt: skip
DAY = date(2027, 3, 4)


class _Back(Exception):
    """Nothing of it is kept."""


async def _try(house: House, card: Card, value: Input) -> None:
    with contextlib.suppress(_Back):
        async with house.database.transaction() as session:
            turn = await _turn(house, session, card)
            step = house.menu.steps[card.step]
            codes = await step.foresee(turn, value)
            if codes:
                house.menu.urgent_screen(house, codes, told=turn.data.get("_told"), typed=None)
            result = await step.take(turn, value)
            await session.flush()
            opened = [
                replace(card, step=one.step, data=one.data, subject=one.subject_id) for one in turn.openings
            ]
            if isinstance(result, Go):
                data = turn.data if result.data is None else result.data
                opened.append(replace(card, step=result.step, data=data))
            for one in opened:
                await _draw(await _turn(house, session, one))
            raise _Back


async def _draw(turn: Turn) -> None:
    screen = await shown(turn, turn.house.menu.steps[turn.step])
    render(screen, turn.house.words("en", turn.now), revision=2**31 - 1, token="A" * 11)  # noqa: S106


@dataclass(frozen=True)
class Card:
    """A card as it might stand in somebody's chat. `subject` None is the person's own."""

    step: str
    chat_id: int
    data: dict[str, Any]
    subject: str | None = None


async def _turn(house: House, session: AsyncSession, card: Card) -> Turn:
    person = await people.by_telegram_id(session, card.chat_id)
    assert person is not None
    return Turn(
        session=session, house=house, now=house.clock.now(), chat_id=card.chat_id, actor=person,
        roles=await people.roles_of(session, person.id), subject_id=card.subject or person.id, topic="home",
        step=card.step, data=dict(card.data), update_id=1,
    )  # fmt: skip


def _inputs(step: Step, own: list[str]) -> Iterator[Input]:
    """Every value under the codes of the card itself, one of each under those of others."""
    yield from (Tap(code) for code in own)
    for code in dict.fromkeys(code for code in own if code in DYNAMIC):
        yield from (Tap(code, value) for value in VALUES)
    yield from (Tap(code, VALUES[number % len(VALUES)]) for number, code in enumerate(CODES))
    if "text" in step.expects:
        yield from (Said(words) for words in SAID)
    if "file" in step.expects:
        yield from (SentFile(name, size, words, 7) for name, size, words in FILES)
    if "contact" in step.expects:
        yield from (Shared(words) for words in ("", "+", "0" * 40, "abc"))


async def test_no_input_is_a_fault(world: World, chat: Chat, admin: Chat) -> None:
    house = world.app.house
    client = await known(world, chat)
    visit = await booked(world, client, DAY, 10)
    await raised(world, visit, "item_unsure")
    ana, boss = await therapist(world), await lead(world)
    await admin.start()
    await world.app.ticks.stop(3)  # nothing else writes
    async with house.database.transaction() as session:
        hold = next(iter(await holds.open_holds(session, client)))
        task = await tasks.open_task(session, "review", house.clock.now(), client_id=client, hold_id=hold.id)
    whole = {
        "appointment": visit.id, "client": client, "task": task, "hold": hold.id, "day": DAY.isoformat(),
        "when": visit.starts_at, "key": "result.defer", "codes": ["stroke_signs_now"], "typed": "words",
        "phase": "check", "names": ["Kim"], "wanted": visit.starts_at, "treatment": visit.treatment_id,
        "therapist": visit.therapist_id, "choice": "go", "question": "cure", "version": "1", "who": "x",
        "name": "Kim", "roles": ["therapist"], "starts_at": visit.starts_at, "saved": "x",
        "until": "2027-04-01",
    }  # fmt: skip
    faults: dict[str, str] = {}
    tried = 0
    for step in house.menu.steps.values():
        who, subject = chat, None
        if step.roles:
            who = ana if step.roles == frozenset({people.THERAPIST}) else boss
            subject = client if step.name.startswith(("caller.", "door.")) else None
        card = Card(step.name, who.phone.chat_id, whole, subject)
        async with house.database.reading() as session:
            screen = await shown(await _turn(house, session, card), step)
        own = [choice.code.partition(".")[0] for row in screen.rows for choice in row]
        for value in _inputs(step, own):
            tried += 1
            try:
                await _try(house, card, value)
            except Exception as error:
                faults[f"{step.name} {value!r:.90}"] = f"{error!r:.160} at {_where(error)}"
    assert tried > 2000
    assert not faults, "\n".join(f"{where}: {what}" for where, what in faults.items())


def _where(error: BaseException) -> str:
    trace, found = error.__traceback__, ""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if "/site-packages/" not in name and "lib/python" not in name:
            found = f"{name.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
