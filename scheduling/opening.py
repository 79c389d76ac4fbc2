"""When the house is open and when it is quiet: until when staff call, and when a message may ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from scheduling.availability import DAY, local_day, local_minute, to_utc
from scheduling.intervals import Interval

Opening = Mapping[int, Sequence[Interval]]
"""Weekday (0 = Monday) -> wall-minute ranges."""


def open_after(now: int, minutes: int, opening: Opening, zone: ZoneInfo) -> int:
    """The UTC minute at which `minutes` of opening hours have passed since `now`.

    A clinic without opening hours has no better answer than the plain sum.
    """
    left = minutes
    day = local_day(now, zone)
    for _ in range(60):
        for starts, ends in sorted(opening.get(day.weekday(), ())):
            start, end = max(now, to_utc(day, starts, zone)), to_utc(day, ends, zone)
            if end - start >= left:
                return start + left
            left -= max(0, end - start)
        day += timedelta(1)
    return now + minutes


def is_quiet(minute: int, quiet: Interval, zone: ZoneInfo) -> bool:
    """Is the UTC minute inside the quiet hours, given in wall minutes and usually over midnight?"""
    wall = local_minute(minute, zone)
    starts, ends = quiet
    return starts <= wall < ends if starts <= ends else wall >= starts or wall < ends


def after_quiet(minute: int, quiet: Interval, zone: ZoneInfo) -> int:
    """The UTC minute itself, or the end of the quiet hours it lies in."""
    if not is_quiet(minute, quiet, zone):
        return minute
    day = local_day(minute, zone)
    end = to_utc(day, quiet[1], zone)
    return end if end > minute else to_utc(day, DAY + quiet[1], zone)


def before_quiet(minute: int, quiet: Interval, zone: ZoneInfo, margin: int = 15) -> int:
    """The UTC minute itself, or `margin` minutes before the quiet hours that it lies in."""
    if not is_quiet(minute, quiet, zone):
        return minute
    day = local_day(minute, zone)
    start = to_utc(day, quiet[0], zone)
    if start > minute:
        start = to_utc(day - timedelta(1), quiet[0], zone)
    return start - margin
