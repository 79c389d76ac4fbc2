"""What the clinic has: therapists, rooms, treatments, hours, rules of booking; seeded once from its file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config import audit
from config.clinic import ClinicFile, parse_range
from config.database import Base, UtcDateTime, new_id

LONGEST = 240
"""Minutes that a visit and its break can take at most; the checks below hold it, searches rely on it."""
RULES = 1


class Therapist(Base):
    """Somebody who treats; bookable before joining the chat. `trained_by`: who checked, empty is nobody."""

    __tablename__ = "therapist"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), unique=True)
    trained_by: Mapped[str] = mapped_column(String(80), default="")
    trained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    oncology: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # last look at the day

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]


class Room(Base):
    __tablename__ = "room"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(40))
    cool: Mapped[bool] = mapped_column(Boolean, default=False)
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    position: Mapped[int] = mapped_column(Integer, default=0)


class Treatment(Base):
    """What can be booked. After `minutes` the therapist and the room stay occupied for `buffer_minutes`."""

    __tablename__ = "treatment"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 5 AND 180 AND minutes % 5 = 0", name="minutes"),
        CheckConstraint("buffer_minutes BETWEEN 0 AND 60 AND buffer_minutes % 5 = 0", name="buffer"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    minutes: Mapped[int] = mapped_column(Integer)
    buffer_minutes: Mapped[int] = mapped_column(Integer, default=15)
    price: Mapped[str] = mapped_column(String(20), default="")
    first_visit: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class WorkingHours(Base):
    """A weekday's hours (0 = Monday) in wall minutes; `ends` past 1440 is the next day.

    In force from `valid_from` to before `valid_until`; nothing is overwritten, so the past stays true.
    """

    __tablename__ = "working_hours"
    __table_args__ = (
        Index("ix_working_hours_therapist_id_weekday", "therapist_id", "weekday"),
        CheckConstraint("starts >= 0 AND starts < 1440 AND ends > starts AND ends <= 2880", name="range"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    therapist_id: Mapped[str] = mapped_column(ForeignKey("therapist.id"))
    weekday: Mapped[int] = mapped_column(Integer)
    starts: Mapped[int] = mapped_column(Integer)
    ends: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[date | None] = mapped_column(Date)
    valid_until: Mapped[date | None] = mapped_column(Date)
    made_by: Mapped[str | None] = mapped_column(String(32))  # the change that added it
    ended_by: Mapped[str | None] = mapped_column(String(32))  # the change that ended it
    until_before: Mapped[date | None] = mapped_column(Date)  # its end before that change


class HoursChange(Base):
    """One saved line of hours, so that it can be undone and a second admin sees the first one's."""

    __tablename__ = "hours_change"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    therapist_ids: Mapped[list[str]] = mapped_column(JSON)
    by: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    undo_until: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DayHours(Base):
    """The hours of one date in place of the weekday's; no range means closed."""

    __tablename__ = "day_hours"

    therapist_id: Mapped[str] = mapped_column(ForeignKey("therapist.id"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    ranges: Mapped[list[list[int]]] = mapped_column(JSON)


class TimeOff(Base):
    """Days away, both ends included, or a block of one day in wall minutes. No therapist: everyone."""

    __tablename__ = "time_off"
    __table_args__ = (Index("ix_time_off_last_day", "last_day"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    therapist_id: Mapped[str | None] = mapped_column(ForeignKey("therapist.id"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    starts: Mapped[int | None] = mapped_column(Integer)
    ends: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(20), default="off")  # off | sick | block | closed
    mode: Mapped[str] = mapped_column(String(10), default="keep")  # reoffer | each | keep
    by: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # people were told
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BookingRules(Base):
    """The clinic's rules: one row, seeded from its file, then changed in the product."""

    __tablename__ = "booking_rules"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, default=RULES)
    grid_minutes: Mapped[int] = mapped_column(Integer)
    notice_hours: Mapped[int] = mapped_column(Integer)
    horizon_days: Mapped[int] = mapped_column(Integer)
    book_without_ok: Mapped[bool] = mapped_column(Boolean)
    lead_days_without_ok: Mapped[int] = mapped_column(Integer)
    weekly_limit: Mapped[int] = mapped_column(Integer)
    free_until_hours: Mapped[int] = mapped_column(Integer)
    late_rule: Mapped[str] = mapped_column(String(80))
    morning_starts: Mapped[int] = mapped_column(Integer)  # wall minutes
    morning_ends: Mapped[int] = mapped_column(Integer)
    quiet_starts: Mapped[int] = mapped_column(Integer)
    quiet_ends: Mapped[int] = mapped_column(Integer)
    hold_minutes: Mapped[int] = mapped_column(Integer)
    check_hours: Mapped[int] = mapped_column(Integer)
    cutoff_hours: Mapped[int] = mapped_column(Integer)
    release_hours: Mapped[int] = mapped_column(Integer)
    recheck_hours: Mapped[int] = mapped_column(Integer)
    keep_hours: Mapped[int] = mapped_column(Integer)
    contagious_days: Mapped[int] = mapped_column(Integer)
    arrive_early_minutes: Mapped[int] = mapped_column(Integer)
    opening: Mapped[dict[str, Any]] = mapped_column(JSON)  # weekday -> [[starts, ends], ...]
    emergency_minutes: Mapped[int] = mapped_column(Integer)
    urgent_minutes: Mapped[int] = mapped_column(Integer)
    retention_years: Mapped[int] = mapped_column(Integer)
    update_ids_days: Mapped[int] = mapped_column(Integer)
    by_law: Mapped[str] = mapped_column(String(120))
    by_law_years: Mapped[int] = mapped_column(Integer)
    zone: Mapped[str] = mapped_column(String(64))  # as at the last start: kept so that use cases need no file
    name: Mapped[str] = mapped_column(String(60))

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def morning(self) -> tuple[int, int]:
        return self.morning_starts, self.morning_ends

    @property
    def opening_hours(self) -> dict[int, list[tuple[int, int]]]:
        return {int(day): [(a, b) for a, b in spans] for day, spans in self.opening.items()}


async def rules(session: AsyncSession) -> BookingRules:
    """The rules in force. Raises: LookupError before the clinic was seeded."""
    row = await session.get(BookingRules, RULES)
    if row is None:
        raise LookupError("the clinic has not been seeded")
    return row


async def own_days(session: AsyncSession) -> dict[str, int]:
    """The clinic's own day counts by the name that the policy knows; they only lengthen a hold."""
    return {"contagious_days": (await rules(session)).contagious_days}


async def seed(session: AsyncSession, clinic: ClinicFile, now: datetime) -> bool:
    """Fill an empty database from the clinic's file. True if it was empty.

    A filled one only takes over the identity that stands in the file: name and zone.
    """
    there = await session.get(BookingRules, RULES)
    if there is not None:
        there.zone, there.name = clinic.clinic.zone, clinic.clinic.name
        return False
    session.add(_rules_row(clinic))
    session.add_all(
        Treatment(
            code=one.code,
            name=one.name,
            minutes=one.minutes,
            buffer_minutes=one.buffer_minutes,
            price=one.price,
            first_visit=one.first_visit,
            position=place,
        )
        for place, one in enumerate(clinic.treatments)
    )
    session.add_all(Room(name=r.name, cool=r.cool, position=place) for place, r in enumerate(clinic.rooms))
    for place, one in enumerate(clinic.therapists):
        therapist = Therapist(
            id=new_id(),
            name=one.name,
            trained_by=one.trained_by,
            trained_at=now if one.trained_by else None,
            oncology=one.oncology,
            position=place,
        )
        session.add(therapist)
        await session.flush()
        session.add_all(
            WorkingHours(therapist_id=therapist.id, weekday=weekday, starts=starts, ends=ends)
            for weekday, ranges in one.hours.by_weekday().items()
            for starts, ends in ranges
        )
    session.add_all(
        TimeOff(first_day=c.first, last_day=c.last, reason="closed", at=now, applied_at=now)
        for c in clinic.closed
    )
    await session.flush()
    audit.record(session, now=now, actor=None, subject=None, action="clinic.seeded")
    return True


def _rules_row(clinic: ClinicFile) -> BookingRules:
    given = clinic.rules
    morning, quiet = parse_range(given.morning), _over_midnight(given.quiet)
    opening = {str(day): [list(r) for r in spans] for day, spans in clinic.opening.by_weekday().items()}
    return BookingRules(
        id=RULES,
        grid_minutes=given.grid_minutes,
        notice_hours=given.notice_hours,
        horizon_days=given.horizon_days,
        book_without_ok=given.book_without_ok,
        lead_days_without_ok=given.lead_days_without_ok,
        weekly_limit=given.weekly_limit,
        free_until_hours=given.free_until_hours,
        late_rule=given.late_rule,
        morning_starts=morning[0],
        morning_ends=morning[1],
        quiet_starts=quiet[0],
        quiet_ends=quiet[1],
        hold_minutes=given.hold_minutes,
        check_hours=given.check_hours,
        cutoff_hours=given.cutoff_hours,
        release_hours=given.release_hours,
        recheck_hours=given.recheck_hours,
        keep_hours=given.keep_hours,
        contagious_days=given.contagious_days,
        arrive_early_minutes=given.arrive_early_minutes,
        opening=opening,
        emergency_minutes=clinic.calls.emergency_minutes,
        urgent_minutes=clinic.calls.urgent_minutes,
        retention_years=clinic.retention.years_after_last_visit,
        update_ids_days=clinic.retention.update_ids_days,
        by_law=clinic.retention.by_law,
        by_law_years=clinic.retention.by_law_years,
        zone=clinic.clinic.zone,
        name=clinic.clinic.name,
    )


def _over_midnight(text: str) -> tuple[int, int]:
    """ "21:00-7:00" -> (1260, 420)."""
    starts, ends = (part.split(":") for part in text.split("-"))
    return int(starts[0]) * 60 + int(starts[1]), int(ends[0]) * 60 + int(ends[1])


async def therapists(session: AsyncSession) -> list[Therapist]:
    """All who are active, in the clinic's order."""
    return list(
        await session.scalars(
            select(Therapist).where(Therapist.active).order_by(Therapist.position, Therapist.name)
        )
    )


async def treatments(session: AsyncSession) -> list[Treatment]:
    return list(
        await session.scalars(
            select(Treatment).where(Treatment.active).order_by(Treatment.position, Treatment.name)
        )
    )


async def rooms(session: AsyncSession) -> list[Room]:
    return list(await session.scalars(select(Room).where(Room.active).order_by(Room.position, Room.name)))


async def therapist_of(session: AsyncSession, person_id: str) -> Therapist | None:
    """The therapist that a person is, or None."""
    return (
        await session.scalars(select(Therapist).where(Therapist.person_id == person_id, Therapist.active))
    ).one_or_none()


async def is_open(session: AsyncSession) -> bool:
    """Is there a trained therapist with hours, a room and a treatment, so that somebody could be booked?"""
    hours = (
        select(WorkingHours.id)
        .join(Therapist, Therapist.id == WorkingHours.therapist_id)
        .where(Therapist.active, Therapist.trained_by != "")
    )
    for query in (hours, select(Room.id).where(Room.active), select(Treatment.id).where(Treatment.active)):
        if (await session.execute(query.limit(1))).first() is None:
            return False
    return True
