"""What a client is shown of a visit: its rows, its names, and which state of the card it is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.flow import Day, Line, Raw, Text, Turn, Until, Value, When, text
from config.clock import from_minutes, to_minutes
from scheduling import clinic
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    DONE,
    HELD,
    LIVE,
    NO_SHOW,
    ON_HOLD,
    RELEASED,
    STOPPED,
    TENTATIVE,
    WAITING,
    Appointment,
    AppointmentMove,
)
from scheduling.clinic import BookingRules, Room, Therapist, Treatment
from scheduling.reminders import Moments, Timing, check_counts, moments
from screening import explain, holds, sign_off
from screening.policy import Slot

OVER = {
    CANCELLED: "visit.cancelled",
    RELEASED: "visit.cancelled",
    DONE: "visit.done",
    NO_SHOW: "visit.no_show",
}
WHY = {
    "clinic": "why.cancelled.clinic",
    "health": "why.cancelled.health",
    "unanswered": "why.cancelled.released",
}


@dataclass(frozen=True)
class Visit:
    """A visit with all that its card says."""

    row: Appointment
    therapist: Therapist
    treatment: Treatment
    room: Room
    rules: BookingRules
    moments: Moments
    moved_from: int | None
    """Where it was before the last move that was not the client's own choice; UTC minutes."""
    danger: bool = False
    """Something urgent was told and no person has settled it: nothing takes place, no time is offered."""
    relapse: bool = False
    """Not firm until a lead has lifted the hold, for which the client's own dated answer is needed."""
    needs_ok: bool = False
    held: bool = False
    """There is something to explain: an open hold that may be shown on a screen."""

    @property
    def id(self) -> str:
        return self.row.id

    def params(self) -> dict[str, Value]:
        """Placeholders that any text about a visit may use."""
        return {
            "when": When(self.row.starts_at),
            "therapist": Raw(self.therapist.first_name),
            "treatment": Raw(self.treatment.name),
            "minutes": self.row.ends_at - self.row.starts_at,
        }


async def load(session: AsyncSession, appointment_id: str, now: datetime) -> Visit | None:
    found = (
        await session.execute(
            select(Appointment, Therapist, Treatment, Room)
            .join(Therapist, Therapist.id == Appointment.therapist_id)
            .join(Treatment, Treatment.id == Appointment.treatment_id)
            .join(Room, Room.id == Appointment.room_id)
            .where(Appointment.id == appointment_id)
        )
    ).one_or_none()
    if found is None:
        return None
    row, therapist, treatment, room = found
    rules = await clinic.rules(session)
    booked = row.booked_at or row.held_at or now
    moved = await session.scalar(
        select(AppointmentMove.from_starts_at)
        .where(
            AppointmentMove.appointment_id == row.id,
            AppointmentMove.version == row.version,
            AppointmentMove.undone_at.is_(None),
            AppointmentMove.reason.in_(("health", "clinic")),
            AppointmentMove.from_starts_at != row.starts_at,
        )
        .limit(1)
    )
    at = moments(row.starts_at, to_minutes(booked), Timing.of(rules))
    urgent = row.state in (HELD, *LIVE, WAITING, STOPPED) and await in_danger(session, row.client_id)
    gate = await holds.gate(session, row.client_id, now) if row.provisional and row.state in LIVE else None
    relapse = gate is not None and gate.provisional
    needs_ok = gate is not None and gate.needs_ok
    held = not row.hidden_hold and any(
        not because.private for because in await explain.for_client(session, row.client_id)
    )
    return Visit(row, therapist, treatment, room, rules, at, moved, urgent, relapse, needs_ok, held)


async def in_danger(session: AsyncSession, client_id: str) -> bool:
    """Is an act-now answer open? Not being hurt: that one is kept out of sight."""
    found = [hold for hold in await holds.open_holds(session, client_id) if hold.slot is Slot.CANCELLED]
    if not found:
        return False
    rows = (await sign_off.for_use(session)).findings
    return any(hold.code not in rows or rows[hold.code].urgent_text != "c_hurt" for hold in found)


async def own(turn: Turn, appointment_id: object) -> Visit | None:
    """The visit, if it is the subject's: a button can be forged."""
    visit = await load(turn.session, str(appointment_id), turn.now)
    return visit if visit is not None and visit.row.client_id == turn.subject_id else None


async def next_visit(session: AsyncSession, client_id: str, now: datetime) -> Appointment | None:
    """The next visit that may still take place."""
    return (
        await session.scalars(
            select(Appointment)
            .where(
                Appointment.client_id == client_id,
                Appointment.state.in_(LIVE),
                Appointment.ends_at > to_minutes(now),
            )
            .order_by(Appointment.starts_at)
            .limit(1)
        )
    ).one_or_none()


async def last_visit(session: AsyncSession, client_id: str, now: datetime) -> Appointment | None:
    """The last visit that was to have taken place by now."""
    return (
        await session.scalars(
            select(Appointment)
            .where(
                Appointment.client_id == client_id,
                Appointment.state.in_((DONE, *LIVE)),
                Appointment.starts_at <= to_minutes(now),
            )
            .order_by(Appointment.starts_at.desc())
            .limit(1)
        )
    ).one_or_none()


def state(visit: Visit, now: datetime) -> str:
    """The key of the card's state, `visit.*`."""
    row = visit.row
    if row.hidden_hold or row.state == STOPPED:
        return "visit.stopped" if row.state == STOPPED and not row.hidden_hold else "visit.booked"
    if row.state in OVER:
        return OVER[row.state]
    if visit.danger:
        return "visit.stopped"
    if row.state == HELD:
        return "visit.held" if row.hold_until is not None and row.hold_until > now else "visit.cancelled"
    if row.state == WAITING:
        return "visit.waiting"
    if row.state == TENTATIVE:
        return "visit.moved_ask" if row.keep_until is not None else "visit.provisional"
    if row.state == ON_HOLD:
        on_hold = {"unanswered": "visit.unanswered", "clearance": "visit.provisional"}
        return on_hold.get(row.hold_reason or "", "visit.in_review")
    return _booked(visit, now)


def _booked(visit: Visit, now: datetime) -> str:
    row = visit.row
    answered = check_counts(row.cleared_at, row.starts_at)
    if answered and not row.provisional:
        return "visit.cleared"
    if not answered and visit.moments.check is not None and visit.moments.check <= to_minutes(now):
        return "visit.check_due"
    if row.provisional and (row.ok_by is not None or visit.needs_ok):
        return "visit.provisional"
    if can_undo(visit, now):
        return "visit.booked_new"
    if row.provisional:  # a first visit: nothing to do before its questions come
        return "visit.provisional"
    return "visit.moved" if visit.moved_from is not None else "visit.booked"


def can_undo(visit: Visit, now: datetime) -> bool:
    return visit.row.undo_until is not None and visit.row.undo_until > now


def label(visit: Visit, key: str) -> Line:
    """The card's first line."""
    params = visit.params()
    if key == "visit.stopped" and visit.row.state == WAITING:
        return text("visit.stopped.no_time")
    if key == "visit.held" and visit.row.hold_until is not None:
        return Text(key, {"hold_until": Until(visit.row.hold_until)})
    if key == "visit.moved_ask":
        return text(key, new_when=params["when"])
    if key == "visit.moved":
        return text(key, when=When(visit.moved_from or visit.row.starts_at), new_when=params["when"])
    return Text(key, params)


def words(visit: Visit, key: str) -> Line:
    """The card's last line."""
    row = visit.row
    params = visit.params()
    if key == "visit.provisional":
        return _one_thing(visit)
    if key == "visit.check_due":
        params["answer_by"] = Until(from_minutes(visit.moments.cutoff))
    if key in {"visit.unanswered", "visit.in_review"}:
        release = row.release_at or from_minutes(visit.moments.release)
        params["release_time"] = Until(release)
    if key == "visit.moved_ask" and row.keep_until is not None:
        params["keep_until"] = Until(row.keep_until)
    if key == "visit.waiting":
        if row.ask_on is None:
            return text("visit.waiting.no_day")
        params["day"] = Day(row.ask_on)
    if key == "visit.cancelled":
        because = WHY.get(row.ended_because or "", "why.cancelled.client")
        params["why"] = Text(because, visit.params())
    return Text(f"{key}.text", params)


def _one_thing(visit: Visit) -> Line:
    row = visit.row
    if row.ok_by is not None:
        return text("visit.provisional.ok_missing", answer_by=Until(row.ok_by))
    first = row.first_visit and row.state == BOOKED and visit.moved_from is None and not visit.relapse
    return text("visit.provisional.first" if first else "visit.provisional.relapse")


def in_list(visit: Visit, now: datetime) -> Text:
    """The state in a word or two."""
    key = state(visit, now).removeprefix("visit.")
    return Text("state." + ("booked" if key == "booked_new" else key))
