"""From a good time to a booked visit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import phonenumbers

from bot import conversation, offers, visit_facts
from bot.client import checking, choosing
from bot.conversation import HOME_TOPIC
from bot.flow import (
    HELP,
    HOME,
    NAV,
    PERSON,
    Again,
    Choice,
    Command,
    Day,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Raw,
    Result,
    Said,
    Screen,
    Shared,
    Step,
    Tap,
    Text,
    Turn,
    Until,
    When,
    rows,
    text,
)
from bot.formatting import cut
from config.clock import from_minutes
from scheduling import booking, clinic, people
from scheduling.appointments import HELD, RELEASED, Appointment
from scheduling.booking import Suggestion
from scheduling.search import slot_at
from screening import holds, sign_off

MORE = (Choice("times"), Choice("visits"))


class Home(Step):
    """Good times at once, each with its reason; where first contact is open, the way back into it."""

    name = "book.home"

    async def show(self, turn: Turn) -> Screen:
        person = await people.get_person(turn.session, turn.subject_id)
        lines: list[Line] = [text("book.home", name=Raw(cut(person.name if person else "")))]
        if person is None or person.first_contact_at is None:
            return Screen("book.home", tuple(lines), rows(Choice("goon"), Choice("visits")))
        coming = await visit_facts.next_visit(turn.session, turn.subject_id, turn.now)
        if coming is not None:
            visit = await visit_facts.load(turn.session, coming.id, turn.now)
            assert visit is not None
            lines.append(Text("book.home.next", visit.params()))
        if await sign_off.in_force(turn.session) is None:
            return await _closed(turn)
        gate = await holds.gate(turn.session, turn.subject_id, turn.now)
        if not gate.may_book:
            return on_hold(gate, head=tuple(lines), rows_before=((Choice("visits"),),))
        return await self._times(turn, lines)

    async def _times(self, turn: Turn, lines: list[Line]) -> Screen:
        treatment, therapist_id, found = await _good_times(turn)
        who = await offers.names(turn.session)
        if treatment is None or not found:
            return Screen("book.home", (*lines, text("book.home.none")), rows(MORE))
        name = Raw(who[therapist_id].first_name) if therapist_id else text("book.any_therapist")
        good = text(
            "book.home.good", treatment=Raw(treatment.name), minutes=treatment.minutes, therapist=name
        )
        lines += [good, *offers.slot_lines("book.home.slot", found, who)]
        return Screen("book.home", tuple(lines), rows(*offers.slot_choices(found), MORE))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _from_times(turn, value)


class First(Step):
    """The sixth screen of a stranger: three times for a first visit."""

    name = "book.first"

    async def show(self, turn: Turn) -> Screen:
        treatment, _, found = await _good_times(turn)
        who = await offers.names(turn.session)
        if treatment is None or not found:
            return Screen("book.first", (text("book.home.none"),), rows(MORE))
        lines: list[Line] = [
            text("book.first" if len(found) == 3 else "book.first.few", minutes=treatment.minutes),
            *offers.slot_lines("book.first.slot", found, who),
        ]
        gate = await holds.gate(turn.session, turn.subject_id, turn.now)
        if gate.needs_ok:
            lead = timedelta(days=(await clinic.rules(turn.session)).lead_days_without_ok)
            answer_by = from_minutes(min(one.slot.starts_at for one in found)) - lead
            lines.append(text("book.first.ok_missing", answer_by=Until(answer_by)))
        return Screen("book.first", tuple(lines), rows(*offers.slot_choices(found), MORE))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _from_times(turn, value)


async def _from_times(turn: Turn, value: Input) -> Result:
    if not isinstance(value, Tap):
        return Again()
    if value.code == "goon":
        return Go("first.contact", {"resumed": True}, forget=True)
    if value.code in {"times", "others"}:
        treatment, therapist_id, _ = await _usual(turn)
        return Go("book.days", {"treatment": treatment.id if treatment else None, "therapist": therapist_id})
    if value.code == "visits":
        return Go("visits.list", {})
    if offers.is_slot(value):
        return await choosing.tapped(turn, value)
    return await way_out(value)


async def way_out(value: Tap) -> Result:
    """Buttons of the screens that cannot book yet."""
    where = {"sendok": "ok.how", "wellnow": "moved.well", "visits": "visits.list", "book": "book.home"}
    return Go(where[value.code], {}) if value.code in where else Again()


async def _usual(turn: Turn) -> tuple[clinic.Treatment | None, str | None, bool]:
    """(treatment, therapist, chosen by a link): the last ones, or the therapist whose link brought them."""
    treatment, therapist_id = await offers.usual(turn.session, turn.subject_id)
    if therapist_id is not None:
        return treatment, therapist_id, False
    person = await people.get_person(turn.session, turn.subject_id)
    linked = person.from_therapist_id if person is not None else None
    return treatment, linked, linked is not None


async def _good_times(turn: Turn) -> tuple[clinic.Treatment | None, str | None, list[Suggestion]]:
    """The usual treatment with the usual therapist, or with anyone who suits where they have no time."""
    treatment, therapist_id, _ = await _usual(turn)
    if treatment is None:
        return None, None, []
    good = await offers.good_hours(turn.session, turn.subject_id)
    for who in dict.fromkeys((therapist_id, None)):
        query = await offers.query(turn, treatment.id, who)
        found = await booking.suggest(turn.session, query, turn.now, good_hours=good)
        if found:
            return treatment, who, found
    return treatment, None, []


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
            return await checking.begin(turn, row.id, str(turn.data.get("then", "book.confirm")))
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
        if booking.is_late(row, visit.rules, turn.now):
            lines.append(text("book.confirm.late", n=visit.rules.free_until_hours))
        else:
            lines.append(text("book.confirm.free", free_until=Until(booking.free_until(row, visit.rules))))
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
    slot = booking.slot_of(visit.row)
    query = await offers.query(turn, slot.treatment_id, slot.therapist_id)
    free = any(one.starts_at == slot.starts_at for one in await booking.search(turn.session, query, turn.now))
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
        return await choosing.hold(turn, booking.slot_of(visit.row))
    if value.code == "others":
        if visit is None:
            return await _from_times(turn, value)
        if _is_held(visit.row, turn.now):
            await booking.let_hold_go(turn.session, visit.id, turn.now)
        return Go("book.days", {"treatment": visit.treatment.id, "therapist": visit.therapist.id})
    return Again()


class Taken(Step):
    """Somebody was faster: the nearest free times."""

    name = "book.taken"

    async def show(self, turn: Turn) -> Screen:
        found = await _near(turn)
        wanted = When(int(turn.data["wanted"]))
        who = await offers.names(turn.session)
        key = "book.taken" if found else "book.taken.none"
        lines = (
            text(key, when=wanted),
            *offers.slot_lines("book.taken.slot", found, who, reasons=False),
        )
        return Screen("book.taken", lines, rows(*offers.slot_choices(found), Choice("times")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code == "times":
            keep = ("treatment", "therapist", "moving")
            return Go("book.days", {name: turn.data[name] for name in keep if name in turn.data})
        if isinstance(value, Tap) and offers.is_slot(value):
            return await choosing.tapped(turn, value)
        return Again()


async def _near(turn: Turn) -> list[Suggestion]:
    treatment = await turn.session.get(clinic.Treatment, str(turn.data["treatment"]))
    if treatment is None:
        return []
    near = turn.data.get("near", [])
    return [Suggestion(slot_at(int(t), str(who), str(room), treatment), "soonest") for t, who, room in near]


class NeedOk(Step):
    name = "book.need_ok"

    async def show(self, turn: Turn) -> Screen:
        line = text("book.need_ok", n=int(turn.data.get("days", 0)))
        return Screen("book.need_ok", (line,), rows(Choice("sendok"), Choice("others")) + HELP)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap):
            return Again()
        if value.code == "others" and turn.data.get("treatment"):
            return Go("book.days", {**turn.data}, forget=True)
        return await _from_times(turn, value)


class Held(Step):
    """Any path to book while a safety hold is open."""

    name = "book.on_hold"

    async def show(self, turn: Turn) -> Screen:
        return on_hold(await holds.gate(turn.session, turn.subject_id, turn.now))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await way_out(value) if isinstance(value, Tap) else Again()


def on_hold(
    gate: holds.Gate,
    head: tuple[Line, ...] = (),
    rows_before: tuple[tuple[Choice, ...], ...] = (),
) -> Screen:
    code = gate.holds[0].code if gate.holds else ""
    why: dict[str, Any] = {"who_ok": text("who_ok.doctor")}
    if gate.why == "why.hold.dated" and gate.earliest is not None:
        why["day"] = Day(gate.earliest)
    reason = Text(gate.why or "why.hold.review", why)
    choices = [
        Choice(name) for name, there in (("wellnow", gate.well_again), ("sendok", gate.send_ok)) if there
    ]
    lines = (*head, text("book.on_hold", why=reason))
    below = ((PERSON,), (HOME,)) if head else HELP
    return Screen("book.on_hold", lines, rows_before + rows(*choices) + (below if code or not head else HELP))


async def _closed(turn: Turn) -> Screen:
    name = Raw(cut(turn.actor.name))
    return Screen("book.closed", (text("book.closed", name=name),), rows(PERSON, HOME))


async def _tick(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
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


STEPS: tuple[Step, ...] = (Home(), First(), Provisional(), Phone(), Confirm(), Taken(), NeedOk(), Held())
NOTICES = (Notice(choosing.HOLD_TICK, _tick),)
COMMANDS = (Command("book", HOME_TOPIC, "book.home"),)
