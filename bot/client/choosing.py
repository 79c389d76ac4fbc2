"""A time was tapped: it is held for a new visit, or the visit moves there; else why not, kindly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bot import about, offers
from bot.client import asking
from bot.flow import Again, Done, Go, Line, Result, Tap, Turn, When, text
from config.clock import from_minutes
from scheduling import booking, clinic, holding, moving, notifications
from scheduling.admission import slot_of
from scheduling.appointments import Appointment
from scheduling.availability import local_day, local_minute, to_utc
from scheduling.people import get_person, phone_of
from scheduling.refusals import (
    CannotBook,
    HoldEnded,
    NeedsCheck,
    NeedsOk,
    NoticeTooShort,
    NotNow,
    NotOpen,
    NotSuitable,
    OnHold,
    OwnOverlap,
    SlotTaken,
    TooFarAhead,
    WeeklyLimit,
)
from scheduling.search import slot_at
from scheduling.slots import Slot

HOLD_TICK, SETTLED = "hold.redraw", "visit.settled"
REDRAWN_AT = (timedelta(minutes=5), timedelta(minutes=2), timedelta())


async def tapped(turn: Turn, tap: Tap) -> Result:
    """A time on a button. The flow's data says which treatment is looked for, and which visit moves."""
    treatment = turn.data.get("treatment")
    if treatment is None:
        usual, _ = await offers.usual(turn.session, turn.subject_id)
        treatment = usual.id if usual is not None else ""
    slot = await offers.tapped(turn, tap, str(treatment))
    if slot is None:
        return Again(text("old.changed"))
    if turn.data.get("moving"):
        return await move(turn, str(turn.data["moving"]), slot)
    return await hold(turn, slot)


async def hold(turn: Turn, slot: Slot, *, over_limits: bool = False) -> Result:
    """Keep the time, and go to what stands before Confirm. Staff may go past the clinic's own limits."""
    try:
        row = await holding.hold(
            turn.session,
            turn.subject_id,
            slot,
            turn.now,
            actor=turn.actor.id,
            needs=await about.needs(turn.session, turn.subject_id),
            over_limits=over_limits,
        )
    except CannotBook as refusal:
        return _past_limit(turn, refusal, slot) or _refused(turn, refusal, slot)
    await plan_tick(turn, row)
    return await before_confirm(turn, row.id)


def _past_limit(turn: Turn, refusal: CannotBook, slot: Slot) -> Go | None:
    """Staff are asked once more where only the clinic's own limits stand in the way."""
    data = {**turn.data, "slot": [slot.starts_at, slot.therapist_id, slot.room_id, slot.treatment_id]}
    if turn.for_other and isinstance(refusal, WeeklyLimit):
        return Go("caller.over", {**data, "why": "week", "n": refusal.limit})
    if turn.for_other and isinstance(refusal, NoticeTooShort):
        return Go("caller.over", {**data, "why": "notice", "n": refusal.hours})
    return None


async def before_confirm(turn: Turn, appointment_id: str) -> Go:
    """The questions that this time asks for, the number once, then Confirm."""
    data = {"appointment": appointment_id}
    then = "book.confirm" if await has_phone(turn) else "book.phone"
    row = await turn.session.get(Appointment, appointment_id)
    if row is not None and await asking.due(turn, row) in asking.FIRST:
        return Go("result.provisional", {**data, "then": then})
    return await asking.begin(turn, appointment_id, then)


async def confirm(turn: Turn, appointment_id: str) -> Result:
    """Book the held time; its card comes as a message of its own."""
    try:
        row = await booking.confirm(turn.session, appointment_id, turn.now, actor=turn.actor.id)
    except HoldEnded:
        return Again(text("old.changed"))
    except NeedsCheck:
        return await asking.begin(turn, appointment_id, "book.confirm")
    except NeedsOk as refusal:
        return Go("book.need_ok" if refusal.days else "book.on_hold", {"days": refusal.days})
    except OnHold:
        return Go("book.on_hold", {})
    except NotOpen:
        return Go("book.closed", {})
    except CannotBook:
        return Again(text("old.changed"))
    session = turn.session
    await notifications.void(session, row.id, kinds=(HOLD_TICK,))
    await notifications.plan(
        session,
        row.client_id,
        "visit.card",
        turn.now,
        appointment=(row.id, row.version),
        priority=notifications.NOW,
        data={"appointment": row.id},
    )
    await plan_settled(turn, row)
    said = "visit.booked_new" if row.ok_by is None else "visit.provisional"
    return Done(toast=text(said, when=When(row.starts_at)), remove=True)


async def has_phone(turn: Turn) -> bool:
    """Has the person said which number, or that there is none?"""
    person = await get_person(turn.session, turn.subject_id)
    if person is None or person.no_phone:
        return True
    return await phone_of(turn.session, turn.subject_id) is not None


async def move(turn: Turn, appointment_id: str, slot: Slot) -> Result:
    """Move the visit at once; Undo mends."""
    try:
        row = await moving.move(
            turn.session,
            appointment_id,
            slot,
            turn.now,
            actor=turn.actor.id,
            needs=await about.needs(turn.session, turn.subject_id),
        )
    except CannotBook as refusal:
        return _refused(turn, refusal, slot)
    await plan_settled(turn, row)
    about.follow(turn, appointment_id)
    return Go("move.done", {"appointment": appointment_id}, forget=True)


async def rebook(turn: Turn, row: Appointment) -> Result:
    """The same time next week, booked at once, with Undo; every hold and limit still counts."""
    zone = turn.house.zone
    slot = slot_of(row)
    treatments = [one for one in await clinic.treatments(turn.session) if not one.first_visit]
    same = await turn.session.get(clinic.Treatment, slot.treatment_id)
    if same is not None and same.first_visit and treatments:
        same = treatments[0]  # a first visit comes once
    rules = await clinic.rules(turn.session)
    soonest = turn.now + timedelta(hours=rules.notice_hours)
    day, minute = local_day(slot.starts_at, zone), local_minute(slot.starts_at, zone)
    start = slot.starts_at
    while start == slot.starts_at or from_minutes(start) < soonest:
        day += timedelta(days=7)
        start = to_utc(day, minute, zone)
    if same is None:
        return Again(text("old.changed"))
    held = await hold(turn, slot_at(start, slot.therapist_id, slot.room_id, same))
    if isinstance(held, Go) and held.step == "book.confirm" and held.data is not None:
        done = await confirm(turn, str(held.data["appointment"]))
        return Again(done.toast) if isinstance(done, Done) else done
    return held


def _refused(turn: Turn, refusal: CannotBook, slot: Slot) -> Result:
    keep: dict[str, Any] = {
        name: turn.data[name] for name in ("treatment", "therapist", "moving") if name in turn.data
    }
    if isinstance(refusal, SlotTaken):
        near = [[one.slot.starts_at, one.slot.therapist_id, one.slot.room_id] for one in refusal.nearest]
        keep["treatment"] = slot.treatment_id
        return Go("book.taken", {**keep, "wanted": slot.starts_at, "near": near})
    if isinstance(refusal, OnHold):
        return Go("book.on_hold", keep)
    if isinstance(refusal, NeedsOk):
        return Go("book.need_ok" if refusal.days else "book.on_hold", {**keep, "days": refusal.days})
    if isinstance(refusal, NotOpen):
        return Go("book.closed", {})
    return Again(_toast(refusal))


def _toast(refusal: CannotBook) -> Line:
    if isinstance(refusal, OwnOverlap):
        return text("book.own_overlap")
    if isinstance(refusal, WeeklyLimit):
        return text("book.weekly_limit", n=refusal.limit)
    if isinstance(refusal, NoticeTooShort):
        return text("book.too_late", n=refusal.hours)
    if isinstance(refusal, TooFarAhead):
        return text("why.horizon", n=refusal.days)
    if isinstance(refusal, NotSuitable):
        return text("why.training")
    assert isinstance(refusal, NotNow | CannotBook)
    return text("old.changed")


async def plan_tick(turn: Turn, row: Appointment) -> None:
    """The next silent redraw of a held time: at five and two minutes left, and at its end."""
    if row.hold_until is None:
        return
    due = next((row.hold_until - left for left in REDRAWN_AT if row.hold_until - left > turn.now), None)
    if due is None:
        return
    await notifications.plan(
        turn.session,
        turn.subject_id,
        HOLD_TICK,
        due,
        appointment=(row.id, row.version),
        key=f"{row.id}:{HOLD_TICK}:{int(due.timestamp())}",
        expires_at=due + timedelta(minutes=15),
        at_least_once=False,
        silent=True,
        data={"appointment": row.id},
    )


async def plan_settled(turn: Turn, row: Appointment) -> None:
    """When a change can no longer be undone, its card says how things stand."""
    due: datetime = row.undo_until or turn.now
    await notifications.plan(
        turn.session,
        row.client_id,
        SETTLED,
        due,
        appointment=(row.id, row.version),
        expires_at=from_minutes(row.ends_at) + timedelta(days=1),
        at_least_once=False,
        silent=True,
        data={"appointment": row.id},
    )
