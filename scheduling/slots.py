"""Free starts in one sweep over whole minutes: fast, and right on the nights when the clock changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from scheduling.availability import Calendar, Hours
from scheduling.intervals import Interval


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A time that somebody could book. All in UTC minutes; occupied is [starts_at, busy_until)."""

    starts_at: int
    therapist_id: str
    room_id: str
    treatment_id: str
    ends_at: int
    busy_until: int


def free_starts(
    calendar: Calendar,
    hours: Sequence[Hours],
    busy: Sequence[Interval],
    off: Sequence[Interval] = (),
    *,
    duration: int,
    step: int,
    before: int = 0,
    after: int = 0,
    not_before: int = 0,
) -> list[int]:
    """Starts t, sorted, at multiples of `step` minutes since local midnight with t >= `not_before`.

    [t, t + duration) lies inside one range of `hours` less `off` and less every `busy` span widened by
    `before` and `after`. `busy` and `off`: sorted by start, UTC minutes. `hours`: one entry a calendar day.
    """
    if off:
        # Written so that the widening below gives back the time off as it is.
        busy = sorted([*busy, *((start + before, end - after) for start, end in off)])
    out: list[int] = []
    extend = out.extend
    midnights = calendar.midnights
    uneven = calendar.uneven
    seen, count = 0, len(busy)
    blocked = not_before
    done = -1
    for index, ranges in enumerate(hours):
        if not ranges:
            continue
        midnight = midnights[index]
        for starts, ends in ranges:
            if uneven[index] or (ends > 1440 and uneven[index + 1]):
                cursor, end = calendar.span(index, starts, ends)
            else:
                cursor, end = midnight + starts, midnight + ends
            if blocked > cursor:
                cursor = blocked
            if done >= cursor:
                cursor = done + 1  # a range over midnight may overlap the next day's first
            while seen < count:
                start, stop = busy[seen]
                start -= before
                if start >= end:
                    break
                seen += 1
                if start - cursor >= duration:
                    first = cursor + (midnight - cursor) % step
                    if first + duration <= start:
                        extend(range(first, start - duration + 1, step))
                stop += after
                if stop > cursor:
                    cursor = blocked = stop
            if end - cursor >= duration:
                first = cursor + (midnight - cursor) % step
                if first + duration <= end:
                    extend(range(first, end - duration + 1, step))
            if out:
                done = out[-1]
    return out


class Room:
    """The occupied spans of one room, asked for many starts."""

    __slots__ = ("cool", "ends", "id", "starts")

    def __init__(self, room_id: str, busy: Sequence[Interval], *, cool: bool = False) -> None:
        """`busy`: sorted spans that do not overlap each other, UTC minutes."""
        self.id = room_id
        self.cool = cool
        self.starts = [start for start, _ in busy]
        self.ends = [end for _, end in busy]

    def free(self, start: int, busy_until: int) -> bool:
        index = bisect_left(self.starts, busy_until) - 1
        return index < 0 or self.ends[index] <= start


def with_rooms(starts: Sequence[int], span: int, rooms: Sequence[Room]) -> list[tuple[int, str]]:
    """(start, room) for the starts that have a room for `span` minutes: the first free one of `rooms`."""
    out: list[tuple[int, str]] = []
    for start in starts:
        for room in rooms:
            if room.free(start, start + span):
                out.append((start, room.id))
                break
    return out
