"""Reads a typed line about a doctor's OK: who, on which day, and any limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from babel import Locale, UnknownLocaleError

NUMBERS = re.compile(r"\b(\d{1,4})\s*[./-]\s*(\d{1,2})(?:\s*[./-]\s*(\d{2,4}))?\b")
WORDS = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|\.)?\s+([^\W\d_]{3,})\.?(?:\s*,?\s*(\d{4}))?\b")
WORDS_FIRST = re.compile(r"\b([^\W\d_]{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:\s*,?\s*(\d{4}))?\b")


@dataclass(frozen=True)
class TypedOk:
    """`given_on` None: no day could be read. The words stay as typed."""

    who: str
    given_on: date | None
    limits: str


def read(line: str, today: date, language: str = "en") -> TypedOk:
    """ "Dr Novak, 3 Feb 2026, no heat on the feet". A day without a year is the last one that there was."""
    clean = " ".join(line.split())
    found = _day(clean, today, language)
    if found is None:
        return TypedOk(clean, None, "")
    given_on, (start, end) = found
    before, after = clean[:start], clean[end:]
    who = before.strip(" ,;:-").removesuffix(" on").strip(" ,;:-")
    limits = after.strip(" ,;:-.")
    if not who and "," in limits:
        who, _, limits = (part.strip() for part in limits.partition(","))
    return TypedOk(who, given_on, limits)


def day(line: str, today: date, language: str = "en") -> date | None:
    """The day that a line names; one without a year is the last one that there was."""
    found = _day(" ".join(line.split()), today, language)
    return found[0] if found is not None else None


def _day(line: str, today: date, language: str) -> tuple[date, tuple[int, int]] | None:
    for match in NUMBERS.finditer(line):
        first, second, third = match.groups()
        if len(first) == 4 and third is not None:
            made = _make(int(first), int(second), int(third))
        else:
            made = _with_year(int(first), int(second), third, today)
            if made is None and int(first) <= 12:
                made = _with_year(int(second), int(first), third, today)
        if made is not None:
            return made, match.span()
    months = _months(language)
    for pattern, day_at, month_at in ((WORDS, 1, 2), (WORDS_FIRST, 2, 1)):
        for match in pattern.finditer(line):
            month = months.get(match[month_at].casefold()[:3])
            if month is not None:
                made = _with_year(int(match[day_at]), month, match[3], today)
                if made is not None:
                    return made, match.span()
    for word, ago in (("today", 0), ("yesterday", 1)):
        at = line.casefold().find(word)
        if at >= 0:
            return today - timedelta(days=ago), (at, at + len(word))
    return None


def _with_year(day: int, month: int, year: str | None, today: date) -> date | None:
    if year is not None:
        return _make(int(year) + (2000 if len(year) == 2 else 0), month, day)
    made = _make(today.year, month, day)
    return _make(today.year - 1, month, day) if made is not None and made > today else made


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _months(language: str) -> dict[str, int]:
    """First three letters of each month, in the language and in English."""
    out: dict[str, int] = {}
    for code in ("en", language):
        try:
            names = Locale.parse(code, sep="-" if "-" in code else "_").months["format"]["wide"]
        except (UnknownLocaleError, ValueError):
            continue
        out.update({str(name).casefold()[:3]: number for number, name in names.items()})
    return out
