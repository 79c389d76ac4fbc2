"""By when a person of the clinic will be in touch, as a screen may promise it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.clock import from_minutes, to_minutes
from scheduling.availability import local_day, to_utc
from scheduling.opening import Opening, open_after

ENOUGH = 60
"""Open minutes that must be left of a day for "today" to be a promise."""
WORKING_DAY = 8 * 60
"""Open minutes within which a person looks or calls where nothing is urgent."""


def within(opening: Opening, zone: ZoneInfo, now: datetime, minutes: int) -> datetime:
    """When `minutes` of open time have passed."""
    return from_minutes(open_after(to_minutes(now), minutes, opening, zone))


def by_end_of_day(opening: Opening, zone: ZoneInfo, now: datetime) -> datetime:
    """The end of today's hours, or of the next open day's if little of today is left."""
    start = to_minutes(now)
    first = local_day(start, zone)
    for day in (first + timedelta(days=k) for k in range(60)):
        spans = [(to_utc(day, a, zone), to_utc(day, b, zone)) for a, b in opening.get(day.weekday(), ())]
        if sum(max(0, end - max(start, begin)) for begin, end in spans) >= ENOUGH:
            return from_minutes(max(end for _, end in spans))
    return now + timedelta(days=1)
