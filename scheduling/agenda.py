"""The therapist's day: who comes when, and one word on whether it is safe to begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import from_minutes, to_minutes
from scheduling import notifications
from scheduling.appointments import (
    BOOKED,
    CANCELLED,
    DONE,
    HELD,
    NO_SHOW,
    ON_HOLD,
    RELEASED,
    STOPPED,
    TENTATIVE,
    WAITING,
    Appointment,
    AppointmentMove,
)
from scheduling.availability import Calendar, to_utc, working_time
from scheduling.clinic import BookingRules, Room, Therapist, Treatment, rules
from scheduling.intervals import subtracted
from scheduling.occupancy import hours_and_off
from scheduling.people import Person
from scheduling.reminders import check_counts

CLEARED, PENDING, IN_REVIEW, MOVED = "cleared", "pending", "in_review", "moved"
NEEDS_OK, STATUS_DONE, STATUS_NO_SHOW, STATUS_CANCELLED = "needs_ok", "done", "no_show", "cancelled"
GAP = 30


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a day. Times in UTC minutes.

    status: cleared | pending | in_review | moved | needs_ok | done | no_show | cancelled. `detail`:
    not_answered, door (ask there), asked (kept time, no word yet), ok_by, provisional, waiting, stopped.
    `moved_to`: the new start, None while there is none. `new`: changed since the therapist last looked.
    """

    appointment_id: str
    client_id: str
    starts_at: int
    ends_at: int
    name: str
    treatment: str
    minutes: int
    room: str
    status: str
    detail: str | None = None
    moved_to: int | None = None
    moved_therapist_id: str | None = None
    ok_by: datetime | None = None
    outcome: int | None = None
    late_minutes: int = 0
    first_visit: bool = False
    new: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True)
class Day:
    """A therapist's day: rows by start, and the free stretches of working time (UTC minutes)."""

    day: date
    rows: tuple[Row, ...]
    free: tuple[tuple[int, int], ...]

    @property
    def visits(self) -> int:
        return sum(row.status not in (MOVED, STATUS_CANCELLED) for row in self.rows)


@dataclass(frozen=True, slots=True)
class DayLine:
    """One line of a week."""

    day: date
    visits: int
    first: int | None
    last: int | None
    pending: int


def status_of(appointment: Appointment, now: datetime) -> tuple[str, str | None]:
    """(status word, detail) of a visit at its time. A cancel that can still be undone does not show."""
    state = appointment.state
    if state == CANCELLED and appointment.undo_until is not None and now < appointment.undo_until:
        state = BOOKED
    if state == DONE:
        return STATUS_DONE, None
    if state == NO_SHOW:
        return STATUS_NO_SHOW, None
    if state == STOPPED:
        return STATUS_CANCELLED, "stopped"
    if state in (CANCELLED, RELEASED):
        return STATUS_CANCELLED, None
    if state == WAITING:
        return MOVED, "waiting"
    if appointment.hidden_hold:
        return IN_REVIEW, None
    if state == ON_HOLD:
        return {
            "review": (IN_REVIEW, None),
            "clearance": (NEEDS_OK, "ok_by"),
            "error": (PENDING, "not_answered"),
        }.get(appointment.hold_reason or "", (PENDING, "not_answered"))
    if state == TENTATIVE:
        return PENDING, "provisional" if appointment.keep_until is None else "asked"
    if appointment.provisional and appointment.ok_by is not None:
        return NEEDS_OK, "ok_by"
    if not check_counts(appointment.cleared_at, appointment.starts_at):
        return PENDING, None
    if appointment.rechecked_at is None and from_minutes(appointment.starts_at) <= now:
        return PENDING, "door"
    if appointment.provisional:
        return PENDING, "provisional"
    return CLEARED, None


async def day(session: AsyncSession, therapist_id: str, on: date, now: datetime) -> Day:
    """The therapist's local day `on`, as it stands."""
    booking_rules = await rules(session)
    zone = booking_rules.tz
    start, end = to_utc(on, 0, zone), to_utc(on, 1440, zone)
    therapist = await session.get(Therapist, therapist_id)
    seen = therapist.seen_at if therapist is not None else None
    found = (
        await session.execute(
            select(Appointment, Person.name, Treatment.name, Treatment.minutes, Room.name)
            .join(Person, Person.id == Appointment.client_id)
            .join(Treatment, Treatment.id == Appointment.treatment_id)
            .join(Room, Room.id == Appointment.room_id)
            .where(
                Appointment.therapist_id == therapist_id,
                Appointment.starts_at >= start,
                Appointment.starts_at < end,
                Appointment.state != HELD,
                or_(Appointment.booked_at.is_not(None), Appointment.state.in_((TENTATIVE, ON_HOLD))),
            )
            .order_by(Appointment.starts_at)
        )
    ).all()
    gone = await _moved_away(session, therapist_id, start, end, {row[0].id for row in found})
    names = short_names(
        [*((row[0].client_id, row[1]) for row in found), *((row[0].client_id, row[1]) for row in gone)]
    )
    rows = []
    for visit, _, treatment, minutes, room in found:
        status, detail = status_of(visit, now)
        rows.append(
            Row(
                visit.id,
                visit.client_id,
                visit.starts_at,
                visit.ends_at,
                names[visit.client_id],
                treatment,
                minutes,
                room,
                status,
                detail,
                ok_by=visit.ok_by,
                outcome=visit.outcome,
                late_minutes=visit.late_minutes,
                first_visit=visit.first_visit,
                new=seen is not None and visit.changed_at > seen,
                version=visit.version,
            )
        )
    for visit, _, treatment, minutes, room, move in gone:
        there = visit.state not in (WAITING, CANCELLED, RELEASED, STOPPED)
        rows.append(
            Row(
                visit.id,
                visit.client_id,
                move.from_starts_at,
                move.from_ends_at,
                names[visit.client_id],
                treatment,
                minutes,
                room,
                STATUS_CANCELLED if visit.state in (CANCELLED, RELEASED, STOPPED) else MOVED,
                None if there else "waiting",
                moved_to=visit.starts_at if there else None,
                moved_therapist_id=visit.therapist_id if there else None,
                new=seen is not None and move.at > seen,
                version=visit.version,
            )
        )
    rows.sort(key=lambda row: (row.starts_at, row.name))
    return Day(on, tuple(rows), tuple(await _free(session, therapist_id, on, rows, booking_rules)))


async def _moved_away(
    session: AsyncSession, therapist_id: str, start: int, end: int, here: set[str]
) -> list[tuple[Appointment, str, str, int, str, AppointmentMove]]:
    """Visits that were on this day and are elsewhere or nowhere now, each once."""
    rows = await session.execute(
        select(Appointment, Person.name, Treatment.name, Treatment.minutes, Room.name, AppointmentMove)
        .join(AppointmentMove, AppointmentMove.appointment_id == Appointment.id)
        .join(Person, Person.id == Appointment.client_id)
        .join(Treatment, Treatment.id == Appointment.treatment_id)
        .join(Room, Room.id == AppointmentMove.from_room_id)
        .where(
            AppointmentMove.from_therapist_id == therapist_id,
            AppointmentMove.from_starts_at >= start,
            AppointmentMove.from_starts_at < end,
            AppointmentMove.undone_at.is_(None),
            AppointmentMove.reason.in_(("client", "health", "clinic")),
            Appointment.booked_at.is_not(None),
        )
        .order_by(AppointmentMove.version.desc())
    )
    out: dict[str, tuple[Appointment, str, str, int, str, AppointmentMove]] = {}
    for visit, name, treatment, minutes, room, move in rows:
        if visit.id not in here and visit.id not in out:
            out[visit.id] = (visit, name, treatment, minutes, room, move)
    return list(out.values())


async def _free(
    session: AsyncSession, therapist_id: str, on: date, rows: Sequence[Row], booking_rules: BookingRules
) -> list[tuple[int, int]]:
    """Working time of the day with nobody in it, half an hour at least."""
    zone = booking_rules.tz
    calendar = Calendar(zone, on, 1)
    hours, off = await hours_and_off(session, calendar, [therapist_id])
    taken = [(r.starts_at, r.ends_at) for r in rows if r.status not in (MOVED, STATUS_CANCELLED)]
    left = subtracted(working_time(calendar, hours[therapist_id], off[therapist_id]), taken)
    return [(a, b) for a, b in left if b - a >= GAP]


async def week(
    session: AsyncSession, therapist_id: str, first: date, now: datetime, *, days: int = 6
) -> list[DayLine]:
    """A line for each of `days` local days from `first` on that has visits or working time."""
    out = []
    for k in range(days):
        that = await day(session, therapist_id, first + timedelta(k), now)
        live = [row for row in that.rows if row.status not in (MOVED, STATUS_CANCELLED)]
        if live or that.free:
            out.append(
                DayLine(
                    that.day,
                    len(live),
                    live[0].starts_at if live else None,
                    max((row.ends_at for row in live), default=None),
                    sum(row.status in (PENDING, IN_REVIEW, NEEDS_OK) for row in live),
                )
            )
    return out


async def seen(session: AsyncSession, therapist_id: str, now: datetime) -> None:
    """The therapist looked at the day: what changed before is no longer new."""
    await session.execute(update(Therapist).where(Therapist.id == therapist_id).values(seen_at=now))


def short_names(people: Iterable[tuple[str, str]]) -> dict[str, str]:
    """First name and as much of the last as tells two apart: "Maria K.", or "Maria Ke." and "Maria Ko."."""
    full = dict(people)
    parts = {who: (*name.split(" ", 1), "")[:2] for who, name in full.items()}
    out = {}
    for who, (first, last) in parts.items():
        rivals = [
            other
            for one, (name, other) in parts.items()
            if one != who and name.casefold() == first.casefold()
        ]
        length = 1
        while length < len(last) and any(
            rival[:length].casefold() == last[:length].casefold() for rival in rivals
        ):
            length += 1
        shown = last[:length] + ("." if length < len(last) else "") if last else ""
        out[who] = f"{first} {shown}".strip()
    return out


async def plan_day_cards(session: AsyncSession, now: datetime) -> int:
    """Plan the cards of the coming days, "day.card" at 18:00 the evening before and at 7:00. Repeatable."""
    booking_rules = await rules(session)
    zone = booking_rules.tz
    today = (from_minutes(to_minutes(now)).astimezone(zone)).date()
    staff = await session.execute(
        select(Therapist.id, Therapist.person_id).where(Therapist.active, Therapist.person_id.is_not(None))
    )
    plans = []
    for therapist_id, person_id in staff.all():
        if person_id is None:
            continue
        for k in range(3):
            that = today + timedelta(k)
            for part, moment in (("evening", to_utc(that, -360, zone)), ("morning", to_utc(that, 420, zone))):
                due = from_minutes(moment)
                if due <= now - timedelta(minutes=30):
                    continue
                plans.append(
                    notifications.Plan(
                        person_id,
                        "day.card",
                        due,
                        key=f"day.card:{therapist_id}:{that.isoformat()}:{part}",
                        expires_at=due + timedelta(hours=5),
                        at_least_once=False,
                        data={"day": that.isoformat(), "part": part, "therapist_id": therapist_id},
                    )
                )
    return await notifications.plan_all(session, plans)
