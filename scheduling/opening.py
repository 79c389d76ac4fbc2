"""Until when a person of the clinic does something: deadlines count only the hours when the house is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.clock import from_minutes, to_minutes
from scheduling.availability import local_day, to_utc

Opening = Mapping[int, Sequence[tuple[int, int]]]
"""Weekday (0 = Monday) -> wall-minute ranges."""

ENOUGH = 60
"""Open minutes that must be left of a day for "today" to be a promise."""
_DAYS = 370


def _spans(opening: Opening, zone: ZoneInfo, now: datetime) -> list[list[tuple[int, int]]]:
    """What is left of the open hours, a list a day from today on, in UTC minutes."""
    start = to_minutes(now)
    first = local_day(start, zone)
    days = []
    for k in range(_DAYS):
        day = first + timedelta(days=k)
        spans = [
            (max(start, to_utc(day, a, zone)), to_utc(day, b, zone)) for a, b in opening.get(day.weekday(), ())
        ]
        left = [(a, b) for a, b in spans if b > a]
        if left:
            days.append(left)
        if len(days) == 3:
            break
    return days


def within(opening: Opening, zone: ZoneInfo, now: datetime, minutes: int) -> datetime:
    """When `minutes` of open time have passed. A clinic that is never open is taken to be open always."""
    left = minutes
    for day in _spans(opening, zone, now):
        for start, end in day:
            if left <= end - start:
                return from_minutes(start + left)
            left -= end - start
    return now + timedelta(minutes=minutes)


def by_end_of_day(opening: Opening, zone: ZoneInfo, now: datetime) -> datetime:
    """The end of today's hours, or of the next open day's if little of today is left."""
    for day in _spans(opening, zone, now):
        if sum(end - start for start, end in day) >= ENOUGH:
            return from_minutes(day[-1][1])
    return now + timedelta(days=1)
