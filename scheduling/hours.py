"""Working hours by the day of the week, and how they are written for people and for the one who types them.

Times are wall minutes of the day; a range that ends after 1440 runs into the next day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scheduling.intervals import Interval

DAY = 1440
ENGLISH = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SHORT = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EXAMPLE = "Mon-Fri 9-13"
EVERYONE = "all"

Week = dict[int, tuple[Interval, ...]]
"""Weekday (0 = Monday) -> its ranges; no range means closed. Days that are not named stay as they are."""


@dataclass(frozen=True, slots=True)
class Change:
    """The new hours of the days that one group names. `who`: a name as given, "all", or None if not said."""

    who: str | None
    week: Week


@dataclass
class HoursError(Exception):
    """A line that was not understood; nothing of it counts.

    `code` ends a catalogue key `hours.err.<code>`: day, time, order, overlap, no_end, no_day, step, empty,
    who, unread. `params` hold typed words as text, weekdays and wall minutes as numbers. `fix` is a whole
    line that would be understood.
    """

    code: str
    params: dict[str, str | int] = field(default_factory=dict)
    fix: str | None = None

    def __str__(self) -> str:
        return self.code


def typed(week: Mapping[int, Sequence[Interval]]) -> str:
    """A line that `typed_hours.parse` reads back to the same week."""
    parts = []
    for days, spans in grouped(week):
        names = "/".join(SHORT[day] for day in days)
        times = " + ".join(
            f"{clock(a)}-{clock(b - DAY)} next day" if b > DAY else f"{clock(a)}-{clock(b)}" for a, b in spans
        )
        parts.append(f"{names} {times or 'off'}")
    return ", ".join(parts)


def grouped(week: Mapping[int, Sequence[Interval]]) -> list[tuple[tuple[int, ...], tuple[Interval, ...]]]:
    """Days with the same ranges together, in the order of the week: ((0, 1, 3, 4), ((540, 780),)), ..."""
    by_spans: dict[tuple[Interval, ...], list[int]] = {}
    for day in sorted(week):
        by_spans.setdefault(tuple(week[day]), []).append(day)
    return [(tuple(days), spans) for spans, days in by_spans.items()]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language around written hours, each with its places."""

    days: Sequence[str]
    run: str
    """"{a} to {b}", for three or more days in a row."""
    both: str
    """"{a} and {b}", between two ranges of a day."""
    closed: str
    """"{days} closed"."""
    over: str
    """"{day} {starts} to {next} {ends}", for a range over midnight."""


def written(week: Mapping[int, Sequence[Interval]], words: Words) -> str:
    """The hours for people: "Mon, Tue, Thu, Fri 9:00-13:00; Wed 9:00-13:00 and 15:00-18:00"."""
    parts = []
    for days, spans in grouped(week):
        night = [(a, b) for a, b in spans if b > DAY]
        plain = [(a, b) for a, b in spans if b <= DAY]
        label = _day_list(days, words)
        if not spans:
            parts.append(words.closed.format(days=label))
        if plain:
            times = [f"{clock(a)}-{clock(b)}" for a, b in plain]
            text = times[0]
            for more in times[1:]:
                text = words.both.format(a=text, b=more)
            parts.append(f"{label} {text}")
        parts += [
            words.over.format(
                day=words.days[day], starts=clock(a), next=words.days[(day + 1) % 7], ends=clock(b - DAY)
            )
            for a, b in night
            for day in days
        ]
    return "; ".join(parts)


def _day_list(days: Sequence[int], words: Words) -> str:
    out: list[str] = []
    index = 0
    while index < len(days):
        last = index
        while last + 1 < len(days) and days[last + 1] == days[last] + 1:
            last += 1
        if last - index >= 2:
            out.append(words.run.format(a=words.days[days[index]], b=words.days[days[last]]))
        else:
            out += [words.days[day] for day in days[index : last + 1]]
        index = last + 1
    return ", ".join(out)


def clock(minute: int) -> str:
    """ "9:00" of a wall minute."""
    return f"{minute // 60}:{minute % 60:02}"
