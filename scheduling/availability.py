"""When somebody works: wall-clock rules of the clinic's zone as UTC minutes, with every change of the clock.

Rules are written in the minutes of a local day; a range that ends after 1440 runs into the next day. A wall
time that a change skips counts as the moment of the change; one that comes twice is its first coming.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.intervals import Interval, merged, subtracted

DAY = 1440


def _minutes(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def to_utc(day: date, minute: int, zone: ZoneInfo) -> int:
    """UTC minute of wall `minute` (0 to 2880, after 1440 the next day) on the local date `day`."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    moment = _minutes(wall.replace(tzinfo=zone))
    if local(moment, zone).replace(tzinfo=None) == wall:
        return moment
    # The wall time is skipped: find the change, which lies between its two readings.
    return _change(_minutes(wall.replace(tzinfo=zone, fold=1)), moment, zone)


def _change(early: int, late: int, zone: ZoneInfo) -> int:
    """The first UTC minute in (early, late] whose offset is not that of `early`."""
    before = offset_at(early, zone)
    while late - early > 1:
        middle = (early + late) // 2
        if offset_at(middle, zone) == before:
            early = middle
        else:
            late = middle
    return late


def offset_at(minute: int, zone: ZoneInfo) -> int:
    """Minutes that the zone's wall clock is ahead of UTC."""
    offset = local(minute, zone).utcoffset()
    return int(offset.total_seconds()) // 60 if offset else 0


def local(minute: int, zone: ZoneInfo) -> datetime:
    """The wall clock of the zone at a UTC minute."""
    return datetime.fromtimestamp(minute * 60, UTC).astimezone(zone)


def local_day(minute: int, zone: ZoneInfo) -> date:
    return local(minute, zone).date()


def local_minute(minute: int, zone: ZoneInfo) -> int:
    """Wall-clock minutes since midnight (0 to 1439) at a UTC minute."""
    wall = local(minute, zone)
    return wall.hour * 60 + wall.minute


class Calendar:
    """The midnights of a run of local days, made once a search and shared by everybody in it."""

    def __init__(self, zone: ZoneInfo, first: date, days: int) -> None:
        self.zone = zone
        self.first = first
        self.days = days
        self.dates = [first + timedelta(k) for k in range(days)]
        midnight = datetime(first.year, first.month, first.day, tzinfo=zone)
        self.midnights = [_minutes(midnight + timedelta(k)) for k in range(days + 2)]
        for k in range(days + 2):  # a midnight that the change itself skips is rare and costs more to find
            before = self.midnights[k] - self.midnights[k - 1] if k else 0
            after = self.midnights[k + 1] - self.midnights[k] if k <= days else 0
            if before != DAY or after != DAY:
                self.midnights[k] = to_utc(first + timedelta(k), 0, zone)
        self.uneven = [self.midnights[k + 1] - self.midnights[k] != DAY for k in range(days + 1)]

    @classmethod
    def between(cls, zone: ZoneInfo, start: int, end: int) -> Calendar:
        """The local days that [start, end) touches, and the one before, for ranges over midnight."""
        first = local_day(start, zone) - timedelta(1)
        return cls(zone, first, (local_day(max(start, end - 1), zone) - first).days + 1)

    def span(self, index: int, starts: int, ends: int) -> Interval:
        """[starts, ends) of the wall clock on day `index`, in UTC minutes."""
        if self.uneven[index] or (ends > DAY and self.uneven[index + 1]):
            day = self.dates[index]
            return to_utc(day, starts, self.zone), to_utc(day, ends, self.zone)
        midnight = self.midnights[index]
        return midnight + starts, midnight + ends

    def offsets(self) -> list[tuple[int, int, int]]:
        """(since, until, offset): UTC minutes, to a day past the end, where wall = UTC + offset."""
        out: list[tuple[int, int, int]] = []
        since = self.midnights[0]
        for k in range(self.days + 1):
            midnight, following = self.midnights[k], self.midnights[k + 1]
            if self.uneven[k]:
                change = _change(midnight, following, self.zone)
                out.append((since, change, offset_at(midnight, self.zone)))
                since = change
        out.append((since, self.midnights[self.days + 1], offset_at(since, self.zone)))
        return out


@dataclass(frozen=True, slots=True)
class WeeklyRule:
    """Hours of one weekday (0 = Monday) in wall minutes, from `valid_from` to before `valid_until`."""

    weekday: int
    starts: int
    ends: int
    valid_from: date | None = None
    valid_until: date | None = None

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Whole local days away, both ends included; or, with minutes, one block of the first day."""

    first_day: date
    last_day: date
    starts: int | None = None
    ends: int | None = None


Hours = Sequence[tuple[int, int]]
"""Wall-minute ranges of one local day."""


def hours_by_day(
    calendar: Calendar, rules: Iterable[WeeklyRule], overrides: Mapping[date, Hours] | None = None
) -> list[Hours]:
    """The wall-minute ranges of every day, sorted; an override replaces the rules of its date."""
    by_weekday: list[list[WeeklyRule]] = [[] for _ in range(7)]
    dated = False
    for rule in rules:
        by_weekday[rule.weekday].append(rule)
        dated = dated or rule.valid_from is not None or rule.valid_until is not None
    plain: list[Hours] = [merged((r.starts, r.ends) for r in day) for day in by_weekday]
    start = calendar.first.weekday()
    if not dated:
        out = [plain[(start + k) % 7] for k in range(calendar.days)]
    else:
        out = [
            merged((r.starts, r.ends) for r in by_weekday[day.weekday()] if r.holds_on(day))
            for day in calendar.dates
        ]
    for day, ranges in (overrides or {}).items():
        index = (day - calendar.first).days
        if 0 <= index < calendar.days:
            out[index] = merged(ranges)
    return out


def off_spans(calendar: Calendar, off: Iterable[DaysOff]) -> list[Interval]:
    """Time off as UTC minutes, cut to the calendar; whole days are as long as that day is."""
    out: list[Interval] = []
    for block in off:
        first = (block.first_day - calendar.first).days
        last = (block.last_day - calendar.first).days
        if last < 0 or first >= calendar.days:
            continue
        if block.starts is not None and block.ends is not None:
            if first >= 0:
                out.append(calendar.span(first, block.starts, block.ends))
        else:
            out.append(
                (calendar.midnights[max(first, 0)], calendar.midnights[min(last, calendar.days - 1) + 1])
            )
    return merged(out)


def working_time(calendar: Calendar, hours: Sequence[Hours], off: Iterable[Interval] = ()) -> list[Interval]:
    """UTC minutes of work: the hours of every day less time off, ranges that touch made one."""
    spans = [calendar.span(k, a, b) for k, ranges in enumerate(hours) for a, b in ranges]
    return subtracted(spans, off)
