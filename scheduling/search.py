"""Reads what the clinic is doing and finds the times that are left, ranked for one client."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.clock import to_minutes
from scheduling import ranking
from scheduling.appointments import BOOKED, DONE, Appointment
from scheduling.availability import Calendar, local_day, local_minute, to_utc
from scheduling.clinic import BookingRules, Treatment, rules
from scheduling.intervals import merged
from scheduling.matching import Needs
from scheduling.needs import needs_of
from scheduling.occupancy import clients_own, hours_and_off, may_treat, occupied, room_times
from scheduling.people import Person
from scheduling.ranking import Wishes, window_of
from scheduling.slots import Slot, free_starts, with_rooms


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What is looked for. `therapist_id` None: anyone who may treat the client.

    `not_before`: no start before it (aware). `days`: how many local days from `first_day` (default: today)
    on; None is the whole horizon. `moving`: a visit whose own times count as free. `over_limits`: staff go
    past notice and weekly limit. `needs` adds to what is on file of the client.
    """

    client_id: str | None
    treatment_id: str
    therapist_id: str | None = None
    not_before: datetime | None = None
    first_day: date | None = None
    days: int | None = None
    needs: Needs | None = None
    moving: str | None = None
    over_limits: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    slot: Slot
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    """Free (start, room) pairs by therapist, with what is needed to rank and show them."""

    calendar: Calendar
    free: Mapping[str, Sequence[tuple[int, str]]]
    treatment: Treatment
    cool_rooms: frozenset[str]
    rules: BookingRules
    needs: Needs

    def slot(self, start: int, therapist_id: str, room_id: str) -> Slot:
        return slot_at(start, therapist_id, room_id, self.treatment)

    def slots(self) -> list[Slot]:
        return sorted(self.slot(t, who, room) for who, pairs in self.free.items() for t, room in pairs)


def slot_at(start: int, therapist_id: str, room_id: str, treatment: Treatment) -> Slot:
    end = start + treatment.minutes
    return Slot(start, therapist_id, room_id, treatment.id, end, end + treatment.buffer_minutes)


async def search(session: AsyncSession, query: SearchQuery, now: datetime) -> list[Slot]:
    """All free times, by start. Empty if nobody may treat the client, or the treatment is not offered."""
    found = await find(session, query, now)
    return found.slots() if found else []


def by_day(slots: Sequence[Slot], calendar_rules: BookingRules) -> dict[date, list[Slot]]:
    """Slots under the local day on which they start."""
    out: dict[date, list[Slot]] = {}
    for slot in slots:
        out.setdefault(local_day(slot.starts_at, calendar_rules.tz), []).append(slot)
    return out


async def suggest(
    session: AsyncSession,
    query: SearchQuery,
    now: datetime,
    *,
    n: int = 3,
    good_hours: str | None = None,
    avoid: Collection[Slot] = (),
    like: tuple[int, str] | None = None,
) -> list[Suggestion]:
    """The best `n` times with the reason of each (`reason.<code>` of the catalogue).

    `good_hours`: when Parkinson's tablets work, "morning", "midday", "afternoon". `avoid`: not these starts.
    `like` (starts_at, therapist): the visit that a new time stands in for.
    """
    found = await find(session, query, now)
    if found is None:
        return []
    free = found.free
    if avoid:
        hidden = {slot.starts_at for slot in avoid}
        free = {who: [pair for pair in pairs if pair[0] not in hidden] for who, pairs in free.items()}
    wishes = await wishes_of(session, query.client_id, found.rules, found.needs, good_hours)
    if like is not None:
        minute = local_minute(like[0], found.rules.tz)
        wishes = replace(wishes, last_minute=minute, last_therapist=like[1])
    picks = ranking.rank(found.calendar, free, wishes, cool_rooms=found.cool_rooms, n=n)
    return [Suggestion(found.slot(p.starts_at, p.therapist_id, p.room_id), p.reason) for p in picks]


async def nearest(
    session: AsyncSession,
    slot: Slot,
    client_id: str,
    now: datetime,
    *,
    needs: Needs | None = None,
    n: int = 3,
) -> list[Suggestion]:
    """Free times closest to one that is gone, within a fortnight of it."""
    zone = (await rules(session)).tz
    first = max(local_day(to_minutes(now), zone), local_day(slot.starts_at, zone) - timedelta(7))
    query = SearchQuery(client_id, slot.treatment_id, first_day=first, days=21, needs=needs)
    found = await find(session, query, now)
    if found is None:
        return []
    picks = ranking.nearest(found.free, slot.starts_at, slot.therapist_id, n)
    return [Suggestion(found.slot(p.starts_at, p.therapist_id, p.room_id), p.reason) for p in picks]


async def wishes_of(
    session: AsyncSession,
    client_id: str | None,
    booking_rules: BookingRules,
    needs: Needs,
    good_hours: str | None,
) -> Wishes:
    wishes = Wishes(
        booking_rules.morning, good_hours=window_of(good_hours, booking_rules.morning), cool=needs.cool
    )
    if client_id is None:
        return wishes
    best = await session.scalar(select(Person.best_time).where(Person.id == client_id))
    last = await last_visit(session, client_id)
    return replace(
        wishes,
        best=window_of(best, booking_rules.morning),
        last_minute=local_minute(last[0], booking_rules.tz) if last else None,
        last_therapist=last[1] if last else None,
    )


async def last_visit(session: AsyncSession, client_id: str) -> tuple[int, str, str] | None:
    """(starts_at, therapist, treatment) of the latest visit done or booked."""
    row = (
        await session.execute(
            select(Appointment.starts_at, Appointment.therapist_id, Appointment.treatment_id)
            .where(Appointment.client_id == client_id, Appointment.state.in_((DONE, BOOKED)))
            .order_by(Appointment.starts_at.desc())
            .limit(1)
        )
    ).first()
    return None if row is None else (row[0], row[1], row[2])


async def find(session: AsyncSession, query: SearchQuery, now: datetime) -> Found | None:
    """Everything free for a query, or None if the treatment is not offered or nobody may treat the client."""
    booking_rules = await rules(session)
    treatment = await session.get(Treatment, query.treatment_id)
    needs = await needs_of(session, query.client_id, query.needs)
    who = await may_treat(session, needs, query.therapist_id)
    if treatment is None or not treatment.active or not who:
        return None
    zone, minute = booking_rules.tz, to_minutes(now + timedelta(seconds=59))
    today = local_day(minute, zone)
    first = max(query.first_day or today, today)
    last = today + timedelta(booking_rules.horizon_days)
    if query.days is not None:
        last = min(last, first + timedelta(query.days - 1))
    since = minute if query.over_limits else minute + booking_rules.notice_hours * 60
    since = max(since, to_utc(first, 0, zone))
    if query.not_before is not None:
        since = max(since, to_minutes(query.not_before + timedelta(seconds=59)))
    until = to_utc(last, 1440, zone)
    calendar = Calendar.between(zone, since, max(since + 1, until))

    hours, off = await hours_and_off(session, calendar, who)
    busy, in_rooms = await occupied(session, calendar, now, query.moving)
    rooms = await room_times(session, needs, in_rooms)
    visits, full_weeks = await clients_own(
        session, query.client_id, calendar, booking_rules, now, query.moving
    )
    if query.over_limits:
        full_weeks = []
    span = treatment.minutes + treatment.buffer_minutes
    free: dict[str, list[tuple[int, str]]] = {}
    for therapist in who:
        starts = free_starts(
            calendar,
            hours[therapist],
            sorted([*busy.get(therapist, []), *visits]) if visits else busy.get(therapist, []),
            merged([*off[therapist], *full_weeks]) if full_weeks else off[therapist],
            duration=treatment.minutes,
            step=booking_rules.grid_minutes,
            before=treatment.buffer_minutes,
            not_before=since,
        )
        while starts and starts[-1] >= until:
            starts.pop()
        free[therapist] = with_rooms(starts, span, rooms)
    return Found(calendar, free, treatment, frozenset(r.id for r in rooms if r.cool), booking_rules, needs)
