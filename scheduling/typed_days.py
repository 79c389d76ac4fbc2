"""Days as people type them: "3 Mar", "3-7 Mar", "28 Feb - 3 Mar", "today". Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
LONG_PAST = timedelta(days=120)
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_DAY = re.compile(r"^(\d{1,2})\.?\s*([^\W\d_]+)?\.?\s*(\d{4})?$")
_AMERICAN = re.compile(r"^([^\W\d_]+)\.?\s+(\d{1,2})$")
_RANGE = re.compile(r"\s*(?:-|–|—|\bto\b)\s*")


class NotADay(ValueError):
    """The words do not name a day, or one that no calendar has."""


@dataclass(frozen=True, slots=True)
class Days:
    """Both ends included."""

    first: date
    last: date


def parse(line: str, today: date, months: Mapping[str, int] | None = None) -> Days:
    """The days that a line names. Without a year it is the one to come, or just over.

    `months` adds names of another language (any case, 1 = January). Raises: NotADay.
    """
    words = line.strip().rstrip(".")
    if not words:
        raise NotADay
    named = {name.casefold().rstrip("."): number for name, number in (months or {}).items()}
    near = {"today": today, "tomorrow": today + timedelta(days=1)}
    if words.casefold() in near:
        return Days(near[words.casefold()], near[words.casefold()])
    if _ISO.match(words):
        return Days(*(_iso(words),) * 2)
    parts = _RANGE.split(words)
    if len(parts) > 2:
        raise NotADay
    last = _read(parts[-1], named)
    if last[1] is None:
        raise NotADay
    last_day = _with_year(last[0], last[1], last[2], today)
    if len(parts) == 1:
        return Days(last_day, last_day)
    number, month, year = _read(parts[0], named)
    first_day = _date(last_day.year if year is None else year, month or last_day.month, number)
    if first_day > last_day and month is not None and year is None:
        first_day = _date(last_day.year - 1, month, number)
    if first_day > last_day:
        raise NotADay
    return Days(first_day, last_day)


def _iso(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise NotADay from None


def _read(part: str, named: Mapping[str, int]) -> tuple[int, int | None, int | None]:
    """(day, month, year) of "3 Mar", "Mar 3", "3" or "3 Mar 2027"."""
    part = part.strip()
    american = _AMERICAN.match(part)
    if american:
        return int(american[2]), _month(american[1], named), None
    found = _DAY.match(part)
    if found is None:
        raise NotADay
    month = _month(found[2], named) if found[2] else None
    return int(found[1]), month, int(found[3]) if found[3] else None


def _month(word: str, named: Mapping[str, int]) -> int:
    key = word.casefold()
    if key in named:
        return named[key]
    if len(key) >= 3:
        for number, name in enumerate(MONTHS, 1):
            if name.startswith(key):
                return number
    raise NotADay


def _date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise NotADay from None


def _with_year(day: int, month: int, year: int | None, today: date) -> date:
    if year is not None:
        return _date(year, month, day)
    if (month, day) == (2, 29):
        for ahead in range(5):
            leap = today.year + ahead
            if leap % 4 == 0 and (leap % 100 or leap % 400 == 0):
                return date(leap, 2, 29)
    this_year = _date(today.year, month, day)
    return this_year if this_year >= today - LONG_PAST else _date(today.year + 1, month, day)
