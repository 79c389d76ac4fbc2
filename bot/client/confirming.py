"""The held time: a few questions first, the number once, Confirm, and the clock that ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import phonenumbers

from bot import conversation, offers, visit_facts
from bot.client import asking, booking, choosing
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HELP,
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Result,
    Said,
    Screen,
    Shared,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    rows,
    text,
)
from scheduling import booking as scheduled
from scheduling import holding, people
from scheduling.admission import slot_of
from scheduling.appointments import HELD, RELEASED, Appointment
from scheduling.search import search


class Provisional(Step):
    """First booking: the time is kept, a few questions make it firm."""

    name = "result.provisional"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or not _is_held(visit.row, turn.now):
            return await _hold_ended(turn, visit)
        assert visit.row.hold_until is not None
        lines = (
            Text("result.provisional", visit.params()),
            text("result.provisional.time", hold_until=Until(visit.row.hold_until)),
        )
        return Screen("result.provisional", lines, rows(Choice("goon"), Choice("later")) + HELP)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "goon":
            row = await _own_held(turn)
            if row is None:
                return Again(text("old.changed"))
            return await asking.begin(turn, row.id, str(turn.data.get("then", "book.confirm")))
        if isinstance(value, Tap) and value.code == "later":
            return Go("book.home", {}, forget=True)
        return await _ended_taps(turn, value)


class Phone(Step):
    """Which number to call, asked once; "no phone" is an answer that staff see."""

    name = "book.phone"
    expects = frozenset({"contact", "text"})
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        return Screen(
            "book.phone",
            (text("book.phone"),),
            rows(Choice("share", contact=True), Choice("nophone")),
            silent=True,
            reply_keyboard=True,
            bold=False,
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        number: str | None = None
        if isinstance(value, Shared):
            number = _number("+" + value.phone.lstrip("+"), None)
        elif isinstance(value, Said):
            number = _number(value.text, turn.house.clinic.clinic.country)
        elif not (isinstance(value, Tap) and value.code == "nophone"):
            return Again()
        if number is None and not isinstance(value, Tap):
            return Again(text("odd.phone"))
        await people.set_phone(turn.session, turn.subject_id, number)
        return Go("book.confirm", {"appointment": turn.data.get("appointment")}, forget=True)


def _number(typed: str, country: str | None) -> str | None:
    """The number in E.164, or None if it is none."""
    try:
        parsed = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class Confirm(Step):
    """What, who, where, until when; the clock ends the hold, never the answers."""

    name = "book.confirm"

    async def show(self, turn: Turn) -> Screen:
        visit = await visit_facts.own(turn, turn.data.get("appointment"))
        if visit is None or not _is_held(visit.row, turn.now):
            return await _hold_ended(turn, visit)
        row = visit.row
        assert row.hold_until is not None
        lines: list[Line] = [Text("book.confirm", visit.params())]
        if row.ok_by is not None:
            lines.append(text("book.confirm.ok_missing", answer_by=Until(row.ok_by)))
        if scheduled.is_late(row, visit.rules, turn.now):
            lines.append(text("book.confirm.late", n=visit.rules.free_until_hours))
        else:
            lines.append(text("book.confirm.free", free_until=Until(scheduled.free_until(row, visit.rules))))
        left = -(-int((row.hold_until - turn.now).total_seconds()) // 60)
        lines.append(text("book.confirm.kept", hold_until=Until(row.hold_until), n=left))
        return Screen("book.confirm", tuple(lines), rows(Choice("confirm"), Choice("others")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "confirm":
            row = await _own_held(turn)
            return Again(text("old.changed")) if row is None else await choosing.confirm(turn, row.id)
        return await _ended_taps(turn, value)


def _is_held(row: Appointment, now: datetime) -> bool:
    return row.state == HELD and row.hold_until is not None and row.hold_until > now


async def _own_held(turn: Turn) -> Appointment | None:
    visit = await visit_facts.own(turn, turn.data.get("appointment"))
    return visit.row if visit is not None and _is_held(visit.row, turn.now) else None


async def _hold_ended(turn: Turn, visit: visit_facts.Visit | None) -> Screen:
    """The hold is over; the answers are not."""
    if visit is None or visit.row.state not in {HELD, RELEASED}:
        return Screen("book.hold_ended", (text("old.gone"),), rows(Choice("others")) + NAV)
    slot = slot_of(visit.row)
    query = await offers.query(turn, slot.treatment_id, slot.therapist_id)
    free = any(one.starts_at == slot.starts_at for one in await search(turn.session, query, turn.now))
    key = "book.hold_ended" if free else "book.hold_ended.taken"
    again = (Choice("keepagain"),) if free else ()
    return Screen(
        "book.hold_ended", (Text(key, visit.params()),), rows(*again, Choice("others")) + NAV, silent=True
    )


async def _ended_taps(turn: Turn, value: Input) -> Result:
    """Keep it again, Other times: while it is held and after."""
    if not isinstance(value, Tap):
        return Again()
    visit = await visit_facts.own(turn, turn.data.get("appointment"))
    if value.code == "keepagain" and visit is not None:
        return await choosing.hold(turn, slot_of(visit.row))
    if value.code == "others":
        if visit is None:
            return await booking.from_times(turn, value)
        if _is_held(visit.row, turn.now):
            await holding.let_hold_go(turn.session, visit.id, turn.now)
        return Go("book.days", {"treatment": visit.treatment.id, "therapist": visit.therapist.id})
    return Again()


async def _redraw(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    """A few minutes are left, or none: show the card of the held time anew, silently."""
    row = await turn.session.get(Appointment, str(data.get("appointment")))
    if row is None or row.state not in {HELD, RELEASED}:
        return None
    await choosing.plan_tick(turn, row)
    card = await conversation.find(turn.session, turn.chat_id, HOME_TOPIC)
    if card is None or card.step not in {Confirm.name, Provisional.name}:
        return None
    shown = await conversation.data_of(turn.session, card)
    if shown.get("appointment") != row.id:
        return None
    return Opening(HOME_TOPIC, card.step, shown, card.subject_id, fresh=False)


STEPS: tuple[Step, ...] = (Provisional(), Phone(), Confirm())
NOTICES = (Notice(choosing.HOLD_TICK, _redraw),)
