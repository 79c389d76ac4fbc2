"""Which free times to show first, and why: the client's own best time wins, then the clinic's morning.

A start's cost is counted in days: one a day of waiting, a few for what does not fit. Being outside the wanted
window costs more than any wait, so such times come only when the window has too few.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling.availability import Calendar, local_minute
from scheduling.intervals import Interval

BEST_TIME = "best_time"
GOOD_HOURS = "good_hours"
SAME_HOUR = "same_hour"
COOL_MORNING = "cool_morning"
COOL_ROOM = "cool_room"
SAME_THERAPIST = "same_therapist"
SOONEST = "soonest"

WINDOWS: Mapping[str, Interval] = {"midday": (660, 840), "afternoon": (840, 1140)}
"""Times of day that a client may prefer, in wall minutes; "morning" is the clinic's own window."""

_OUTSIDE = 100_000
_OTHER_THERAPIST = 3
_OTHER_HOUR = 2
_WARM_ROOM = 3
_NEAR = 15
_APART = 60


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is known of the client, in wall minutes of the day."""

    morning: Interval
    best: Interval | None = None
    good_hours: Interval | None = None
    """Parkinson's: when the tablets work."""
    last_minute: int | None = None
    last_therapist: str | None = None
    cool: bool = False

    @property
    def window(self) -> Interval:
        return self.best or self.good_hours or self.morning


@dataclass(frozen=True, slots=True)
class Pick:
    starts_at: int
    therapist_id: str
    room_id: str
    reason: str


def window_of(preference: str | None, morning: Interval) -> Interval | None:
    """The wall-minute window of a stored preference; None if there is none or it varies."""
    return morning if preference == "morning" else WINDOWS.get(preference or "")


def rank(
    calendar: Calendar,
    free: Mapping[str, Sequence[tuple[int, str]]],
    wishes: Wishes,
    *,
    cool_rooms: frozenset[str] = frozenset(),
    n: int = 3,
) -> list[Pick]:
    """The best `n` of the free (start, room) pairs of each therapist, each on its own day if possible.

    `free` is sorted by start, in UTC minutes inside the calendar.
    """
    best: dict[int, tuple[int, int, str, str]] = {}
    stretches = calendar.offsets()
    for therapist, pairs in free.items():
        table = _costs(wishes, therapist)
        for since, until, offset in stretches:
            for start, room in pairs[bisect_left(pairs, (since, "")) : bisect_left(pairs, (until, ""))]:
                wall = start + offset
                cost = table[wall % 1440 // 5]
                if wishes.cool and room not in cool_rooms:
                    cost += _WARM_ROOM
                day = wall // 1440
                held = best.get(day)
                if held is None or cost < held[0] or (cost == held[0] and start < held[1]):
                    best[day] = (cost, start, therapist, room)
    order = sorted(
        (cost + day, start, therapist, room) for day, (cost, start, therapist, room) in best.items()
    )
    chosen = order[:n]
    if len(chosen) < n:
        chosen += _more(free, chosen, n - len(chosen))
    soonest = min((pairs[0][0] for pairs in free.values() if pairs), default=0)
    return [
        Pick(
            start,
            therapist,
            room,
            _reason(
                wishes,
                local_minute(start, calendar.zone),
                therapist,
                cool_room=room in cool_rooms,
                soonest=start == soonest,
            ),
        )
        for _, start, therapist, room in chosen
    ]


def nearest(
    free: Mapping[str, Sequence[tuple[int, str]]], wanted: int, therapist: str, n: int = 3
) -> list[Pick]:
    """The free times closest to a start that somebody else took; the same therapist first when equal."""
    flat = [
        (abs(start - wanted), who != therapist, start, who, room)
        for who, pairs in free.items()
        for start, room in pairs
    ]
    out: list[Pick] = []
    for _, _, start, who, room in sorted(flat):
        if all(start != pick.starts_at for pick in out):
            out.append(Pick(start, who, room, SOONEST))
        if len(out) == n:
            break
    return out


def _costs(wishes: Wishes, therapist: str) -> list[int]:
    first, last = wishes.window
    other = _OTHER_THERAPIST if wishes.last_therapist not in (None, therapist) else 0
    out = []
    for minute in range(0, 1440, 5):
        cost = other + (0 if first <= minute < last else _OUTSIDE)
        if wishes.last_minute is not None and abs(minute - wishes.last_minute) > _NEAR:
            cost += _OTHER_HOUR
        out.append(cost)
    return out


def _more(
    free: Mapping[str, Sequence[tuple[int, str]]], chosen: Sequence[tuple[int, int, str, str]], n: int
) -> list[tuple[int, int, str, str]]:
    """The soonest other times, an hour from each shown one, when there are fewer days than wanted."""
    out: list[tuple[int, int, str, str]] = []
    taken = [start for _, start, _, _ in chosen]
    for start, therapist, room in sorted((s, who, room) for who, pairs in free.items() for s, room in pairs):
        if len(out) == n:
            break
        if all(abs(start - other) >= _APART for other in taken):
            taken.append(start)
            out.append((_OUTSIDE, start, therapist, room))
    return out


def _reason(wishes: Wishes, minute: int, therapist: str, *, cool_room: bool, soonest: bool) -> str:
    inside = wishes.window[0] <= minute < wishes.window[1]
    if inside and wishes.best is not None:
        return BEST_TIME
    if inside and wishes.good_hours is not None:
        return GOOD_HOURS
    if wishes.last_minute is not None and abs(minute - wishes.last_minute) <= _NEAR:
        return SAME_HOUR
    if inside:
        return COOL_MORNING
    if soonest:
        return SOONEST
    if wishes.cool and cool_room:
        return COOL_ROOM
    return SAME_THERAPIST if therapist == wishes.last_therapist else SOONEST
