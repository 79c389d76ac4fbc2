"""Dates, hours, lists and names as people read them: one place, so that a visit looks alike on every screen.

Instants come in as aware datetimes and are shown in the clinic's zone; `language` decides order, names and
the clock of 12 or 24 hours. English is written "Tue 3 Mar, 9:30".
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import DateTimePattern, parse_pattern
from babel.lists import format_list

NAME_LENGTH: Final = 40
NAME_LENGTH_BESIDE_TIME: Final = 8

# English as the screens are written; other languages take their own order from the CLDR.
_ENGLISH: Final = {
    "MMMEd": "EEE d MMM",
    "yMMMEd": "EEE d MMM y",
    "yMMMd": "d MMM y",
    "Ed": "EEE d",
    "MMM": "MMM",
}


def when(moment: dt.datetime, zone: ZoneInfo, language: str, now: dt.datetime) -> str:
    """ "Tue 3 Mar, 9:30"; with the year if it is not this one. Both instants aware."""
    local = moment.astimezone(zone)
    return f"{day(local.date(), language, now.astimezone(zone).date())}, {time(moment, zone, language)}"


def time(moment: dt.datetime, zone: ZoneInfo, language: str) -> str:
    """ "9:30". An hour that comes twice, as clocks go back, says which one it is: "2:30 (CET)"."""
    local = moment.astimezone(zone)
    words = _clock(local.time(), language)
    other = local.replace(fold=1 - local.fold)
    if other.utcoffset() != local.utcoffset() and other.astimezone(dt.UTC).astimezone(zone) == other:
        words += f" ({_zone_name(local)})"
    return words


def until(moment: dt.datetime, zone: ZoneInfo, language: str, now: dt.datetime) -> str:
    """A deadline: the hour alone if it is today, else day and hour."""
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return time(moment, zone, language)
    return when(moment, zone, language, now)


def day(value: dt.date, language: str, today: dt.date) -> str:
    """ "Tue 3 Mar"; "Tue 3 Mar 2027" in another year than `today`."""
    return _apply("MMMEd" if value.year == today.year else "yMMMEd", value, language)


def date(value: dt.date, language: str) -> str:
    """ "3 Mar 2026"."""
    return _apply("yMMMd", value, language)


def short_day(value: dt.date, language: str) -> str:
    """ "Tue 3", for pickers."""
    return _apply("Ed", value, language)


def month(value: dt.date, language: str) -> str:
    """ "Mar", for pickers."""
    return _apply("MMM", value, language)


def weekday(number: int, language: str) -> str:
    """Short name of a weekday, 0 = Monday: "Mon"."""
    return str(_locale(language).days["stand-alone"]["abbreviated"][number])


def weekday_names(language: str) -> dict[str, int]:
    """Every way to write a weekday in this language, for typed lines: short and full name -> 0 = Monday."""
    days = _locale(language).days
    return {
        str(days[context][width][number]).rstrip("."): number
        for context in ("format", "stand-alone")
        for width in ("abbreviated", "wide")
        for number in range(7)
    }


def clock(minutes: int, language: str) -> str:
    """Wall minutes of a day as an hour: 570 -> "9:30", 1440 -> "24:00"; more runs into the next day."""
    if minutes == 1440 and not _twelve_hours(language):
        return "24:00"
    hour, minute = divmod(minutes % 1440, 60)
    return _clock(dt.time(hour, minute), language)


def listed(items: Iterable[str], language: str) -> str:
    """ "Ana, Marek and Sara" as the language joins them."""
    parts = list(items)
    if _english(language) and len(parts) > 1:
        return f"{', '.join(parts[:-1])} and {parts[-1]}"
    return format_list(parts, locale=_locale(language))


def cut(text: str, length: int = NAME_LENGTH) -> str:
    """At most `length` characters, the last three "..." if something was cut; never inside a letter."""
    clean = " ".join(text.split())
    return clean if len(clean) <= length else _whole(clean, length - 3).rstrip() + "..."


def beside_time(name: str) -> str:
    """A name for a small button that also has an hour: 8 characters at most, cut with a dot."""
    first = name.split()[0] if name.split() else ""
    if len(first) <= NAME_LENGTH_BESIDE_TIME:
        return first
    return _whole(first, NAME_LENGTH_BESIDE_TIME - 1) + "."


def short_name(name: str, letters: int = 1) -> str:
    """First name and initial, "Maria K."; a single name stays."""
    parts = name.split()
    if len(parts) < 2:
        return cut(name)
    return f"{cut(parts[0], 20)} {_whole(parts[-1], letters)}."


def short_names(names: Sequence[str]) -> list[str]:
    """Short names of people in one list; where two are alike, a letter more ("Maria K.", "Maria Ko.")."""
    out = [short_name(name) for name in names]
    for letters in (2, 3, 4):
        twice = {short for short in out if out.count(short) > 1}
        firsts = {short: out.index(short) for short in twice}
        for index, name in enumerate(names):
            if out[index] in twice and index != firsts[out[index]] and name != names[firsts[out[index]]]:
                out[index] = short_name(name, letters)
    return out


@lru_cache
def _locale(language: str) -> Locale:
    for code in (language.replace("-", "_"), language.replace("-", "_").partition("_")[0]):
        try:
            return Locale.parse(code)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _english(language: str) -> bool:
    return _locale(language).language == "en"


@lru_cache
def _pattern(skeleton: str, language: str) -> DateTimePattern:
    if _english(language):
        return parse_pattern(_ENGLISH[skeleton])
    found = _locale(language).datetime_skeletons.get(skeleton)
    return found if found is not None else parse_pattern(_ENGLISH[skeleton])


def _apply(skeleton: str, value: dt.date, language: str) -> str:
    return str(_pattern(skeleton, language).apply(value, _locale(language)))


@lru_cache
def _time_pattern(language: str) -> DateTimePattern:
    if _english(language):
        return parse_pattern("H:mm")
    pattern: DateTimePattern = _locale(language).time_formats["short"]
    return pattern


def _clock(value: dt.time, language: str) -> str:
    return str(_time_pattern(language).apply(value, _locale(language)))


def _twelve_hours(language: str) -> bool:
    return "a" in _time_pattern(language).pattern


def _zone_name(local: dt.datetime) -> str:
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{name[:3]}"


def _whole(text: str, length: int) -> str:
    """The first letters, with the marks that belong to the last of them."""
    while length < len(text) and (unicodedata.combining(text[length]) or text[length] == "\u200d"):
        length += 1
    return text[:length]
