"""Cut a typed line of working hours into days, times and signs, and read a time as people write it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from scheduling.hours import DAY, HoursError

_TIME = r"\d{1,2}[:.]\d{1,2}|\d{1,4}"
_TOKENS = re.compile(
    rf"(?P<time>(?:{_TIME})(?:\s?[ap]\.?m\b\.?)?)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?\.?)|(?P<sign>[-,/+;\n])|(?P<space>[^\S\n]+)|(?P<odd>.)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    start: int
    end: int


def tokens_of(line: str, start: int, end: int) -> list[Token] | None:
    """The tokens of a part of the line; None if a sign in it means nothing."""
    out = []
    for match in _TOKENS.finditer(line, start, end):
        kind = match.lastgroup or "odd"
        if kind == "odd":
            return None
        text = match.group()
        if kind == "word" and text.casefold() == "to":
            kind, text = "sign", "-"
        elif kind == "word" and text.casefold() == "and":
            kind, text = "sign", "+"
        if kind != "space":
            out.append(Token(kind, text, match.start(), match.end()))
    return out


def half_of(text: str) -> str | None:
    match = re.search(r"[ap]", text, re.IGNORECASE)
    return match.group().lower() if match else None


def minute_of(text: str) -> int:
    """Wall minute of a typed time. Raises: HoursError `time`."""
    half = half_of(text)
    digits = re.sub(r"[^\d:.]", "", text).rstrip(".")
    if ":" in digits or "." in digits:
        hour_text, minute_text = re.split(r"[:.]", digits, maxsplit=1)
    elif len(digits) > 2:
        hour_text, minute_text = digits[:-2], digits[-2:]
    else:
        hour_text, minute_text = digits, "00"
    hour, minute = int(hour_text), int(minute_text)
    wrong = minute > 59 or len(minute_text) != 2
    if half is not None:
        wrong = wrong or not 1 <= hour <= 12
        hour = hour % 12 + (12 if half == "p" else 0)
    if wrong or hour * 60 + minute > DAY:
        raise HoursError("time", {"text": text})
    return hour * 60 + minute
