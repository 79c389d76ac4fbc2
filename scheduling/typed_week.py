"""Make one week of the days and times that a line names, and refuse times that overlap. Pure."""

from __future__ import annotations

from itertools import pairwise

from scheduling.hours import DAY, HoursError, Week, typed
from scheduling.intervals import Interval, merged

Parts = list[tuple[list[int], list[Interval] | None]]
"""Days and their ranges, part by part; None instead of ranges: off."""

Group = tuple[str | None, Parts]
"""Whose days they are, if the line says, and its parts."""


def week_of(parts: Parts, groups: list[Group]) -> Week:
    """The ranges of every day named in `parts`; `groups`: the whole line, to say it again mended.

    Raises: HoursError `overlap`.
    """
    ranges: dict[int, list[Interval]] = {}
    closed: set[int] = set()
    for days, times in parts:
        for day in days:
            ranges.setdefault(day, []).extend(times or [])
            if times is None:
                closed.add(day)
    week: Week = {}
    for day in sorted(ranges):
        spans = [] if day in closed else sorted(ranges[day])
        for (a, b), (c, d) in pairwise(spans):
            if c < b:
                params: dict[str, str | int] = {"day": day, "starts": a, "ends": b}
                params |= {"starts2": c, "ends2": d, "starts3": a, "ends3": max(b, d)}
                raise HoursError("overlap", params, _fixed(groups))
        week[day] = tuple(merged(spans))
    for day, spans_of_day in week.items():
        tomorrow = week.get((day + 1) % 7, ())
        over = max((end for _, end in spans_of_day), default=0) - DAY
        if over > 0 and tomorrow and tomorrow[0][0] < over:
            a, b = tomorrow[0]
            params = {"day": (day + 1) % 7, "starts": 0, "ends": over, "starts2": a, "ends2": b}
            raise HoursError("overlap", params | {"starts3": 0, "ends3": max(over, b)})
    return week


def _fixed(groups: list[Group]) -> str:
    """The line again, with times that overlap made one."""
    written = []
    for who, parts in groups:
        ranges: dict[int, list[Interval]] = {}
        closed: set[int] = set()
        for days, times in parts:
            for day in days:
                ranges.setdefault(day, []).extend(times or [])
                if times is None:
                    closed.add(day)
        week = {day: tuple(() if day in closed else merged(spans)) for day, spans in ranges.items()}
        written.append((f"{who} " if who else "") + typed(week))
    return "; ".join(written)
