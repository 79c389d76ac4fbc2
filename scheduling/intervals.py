"""Sums of time: sorted half-open [start, end) spans of integer minutes, the one shape all rules work on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[int, int]


def merged(spans: Iterable[Interval]) -> list[Interval]:
    """Sorted spans in which nothing overlaps or touches; empty ones are dropped."""
    out: list[Interval] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if out and start <= out[-1][1]:
            if end > out[-1][1]:
                out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def subtracted(spans: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """What is left of `spans` once `holes` are cut out; ranges that touch become one."""
    cuts = merged(holes)
    out: list[Interval] = []
    first = 0
    for start, end in merged(spans):
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        cursor = start
        for cut_start, cut_end in cuts[first:]:
            if cut_start >= end:
                break
            if cut_start > cursor:
                out.append((cursor, cut_start))
            cursor = max(cursor, cut_end)
        if cursor < end:
            out.append((cursor, end))
    return out


def total(spans: Iterable[Interval]) -> int:
    """Minutes covered, each counted once."""
    return sum(end - start for start, end in merged(spans))


def covers(spans: Sequence[Interval], start: int, end: int) -> bool:
    """Does one of the sorted `spans` hold all of [start, end)?"""
    return any(a <= start and end <= b for a, b in spans)


def overlaps(left: Interval, right: Interval) -> bool:
    return left[0] < right[1] and right[0] < left[1]
