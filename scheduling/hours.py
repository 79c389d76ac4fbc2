"""Working hours as people type them, "Mon-Fri 9-13, Wed 15-18", read without guessing and written back.

    line  := group { (";" | newline) group }          group := [who] part { "," part }
    part  := days times | days "off" | times           times alone: for the days of the part before it
    days  := day | day "-" day | day { "/" day } | day { "," day } | "daily" | "weekdays"
    times := range { ("+" | "and") range }             range := time "-" time [ "next day" ]

Times are wall minutes of the day; a range that ends after 1440 runs into the next day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import pairwise

from scheduling.intervals import Interval, merged

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


_TIME = r"\d{1,2}[:.]\d{1,2}|\d{1,4}"
_TOKENS = re.compile(
    rf"(?P<time>(?:{_TIME})(?:\s?[ap]\.?m\b\.?)?)|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?\.?)|(?P<sign>[-,/+;\n])|(?P<space>[^\S\n]+)|(?P<odd>.)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def parse(line: str, names: Sequence[str] = (), days: Mapping[str, int] | None = None) -> tuple[Change, ...]:
    """The changes that a typed line asks for.

    `names` are the people whose hours can be set; `days` adds day names of another language (any case) to the
    English ones. Raises: HoursError.
    """
    reader = _Reader(line, names, days or {})
    return reader.read()


class _Reader:
    def __init__(self, line: str, names: Sequence[str], days: Mapping[str, int]) -> None:
        self.line = re.sub(r"[–—−‐‑]", "-", line).rstrip(" .")
        self.names = sorted(names, key=len, reverse=True)
        self.given = list(names)
        self.days = {name.casefold().rstrip("."): day for name, day in days.items()}
        self.tokens: list[_Token] = []
        self.at = 0

    def read(self) -> tuple[Change, ...]:
        groups: list[tuple[str | None, list[tuple[list[int], list[Interval] | None]]]] = []
        who: str | None = None
        start = 0
        for match in re.finditer(r"[;\n]|\Z", self.line):
            if self.line[start : match.start()].strip():
                who, parts = self._group(start, match.start(), who)
                groups.append((who, parts))
            start = match.end()
        if not groups:
            raise self._unread()
        changes = [Change(who, self._week(parts, who, groups)) for who, parts in groups]
        return tuple(changes)

    def _group(
        self, start: int, end: int, who: str | None
    ) -> tuple[str | None, list[tuple[list[int], list[Interval] | None]]]:
        self.tokens = self._lex(start, end)
        self.at = 0
        named = self._who()
        parts: list[tuple[list[int], list[Interval] | None]] = []
        days: list[int] = []
        while self._peek() is not None:
            if parts and not self._sign(","):
                raise self._unread()
            began = self.at
            new_days = self._days()
            days = new_days or days
            if not days:
                raise HoursError("no_day", {"text": self._text(began)})
            if new_days and self._word("off"):
                parts.append((days, None))
                continue
            parts.append((days, self._times(days, began)))
        if not parts:
            raise self._unread()
        return named or who, parts

    def _lex(self, start: int, end: int) -> list[_Token]:
        out = []
        for match in _TOKENS.finditer(self.line, start, end):
            kind = match.lastgroup or "odd"
            if kind == "odd":
                raise self._unread()
            text = match.group()
            if kind == "word" and text.casefold() == "to":
                kind, text = "sign", "-"
            elif kind == "word" and text.casefold() == "and":
                kind, text = "sign", "+"
            if kind != "space":
                out.append(_Token(kind, text, match.start(), match.end()))
        return out

    def _who(self) -> str | None:
        token = self._peek()
        if token is None:
            return None
        rest = self.line[token.start :]
        for name in (*self.names, EVERYONE):
            follows = rest[len(name) : len(name) + 1]
            if rest.casefold().startswith(name.casefold()) and not follows.isalpha():
                while (following := self._peek()) is not None and following.start < token.start + len(name):
                    self.at += 1
                return name
        if token.kind == "word" and not self._known(token.text):
            following = self.tokens[self.at + 1] if len(self.tokens) > self.at + 1 else None
            if following is not None and following.kind == "word" and self._known(following.text):
                raise self._stranger(token)
        return None

    def _stranger(self, token: _Token) -> HoursError:
        near = _closest(token.text, self.given)
        fix = None if near is None else self.line[: token.start] + near + self.line[token.end :]
        params: dict[str, str | int] = {"text": token.text, "names": ", ".join(self.given)}
        if near is not None:
            params["name"] = near
        return HoursError("who", params, fix)

    def _days(self) -> list[int]:
        out: list[int] = []
        while (token := self._peek()) is not None and token.kind == "word":
            word = token.text.casefold().rstrip(".")
            if not out and word in ("daily", "weekdays"):
                self.at += 1
                return list(range(7 if word == "daily" else 5))
            if word == "off":
                break
            first = self._day()
            last = first
            if self._sign("-"):
                last = self._day()
            out += [(first + k) % 7 for k in range((last - first) % 7 + 1)]
            following = self.tokens[self.at + 1] if len(self.tokens) > self.at + 1 else None
            if following is None or following.kind != "word" or not (self._sign("/") or self._sign(",")):
                break
        return list(dict.fromkeys(out))

    def _day(self) -> int:
        token = self._peek()
        if token is None or token.kind != "word":
            raise self._unread()
        day = self._weekday(token.text)
        if day is None:
            if not re.search(r"\d", self.line):
                raise self._unread()
            raise HoursError("day", {"text": token.text})
        self.at += 1
        return day

    def _weekday(self, text: str) -> int | None:
        word = text.casefold().rstrip(".")
        if word in self.days:
            return self.days[word]
        if len(word) >= 2:
            for day, name in enumerate(ENGLISH):
                if name.startswith(word):
                    return day
        return None

    def _known(self, text: str) -> bool:
        return self._weekday(text) is not None or text.casefold() in ("daily", "weekdays")

    def _times(self, days: list[int], began: int) -> list[Interval]:
        out: list[Interval] = []
        while True:
            out.append(self._range(days, began))
            if not self._sign("+") and not self._at_time():
                return out

    def _at_time(self) -> bool:
        token = self._peek()
        return token is not None and token.kind == "time"

    def _range(self, days: list[int], began: int) -> Interval:
        first = self._peek()
        if first is None or first.kind != "time":
            raise self._unread()
        self.at += 1
        dash = self._sign("-")
        last = self._peek()
        if not dash or last is None or last.kind != "time":
            raise HoursError("no_end", {"text": self._text(began).rstrip("-, "), "day": days[0]})
        self.at += 1
        starts, ends = _minute(first.text), _minute(last.text)
        if _half(last.text) == "p" and _half(first.text) is None and starts + 720 < ends:
            starts += 720
        for token, minute in ((first, starts), (last, ends)):
            if minute % 5:
                raise HoursError(
                    "step", {"text": token.text, "before": minute // 5 * 5, "after": minute // 5 * 5 + 5}
                )
        if self._word("next"):
            if not self._word("day"):
                raise self._unread()
            ends += DAY
            if ends - starts > DAY or starts >= DAY:
                raise self._unread()
        if starts == ends:
            raise HoursError("empty", {"day": days[0], "at": starts})
        if ends < starts:
            fix = None
            if starts < ends + 720 <= DAY:
                fix = self.line[: last.start] + clock(ends + 720) + self.line[last.end :]
            raise HoursError("order", {"day": days[0], "starts": starts, "ends": ends}, fix)
        return starts, ends

    def _week(
        self,
        parts: list[tuple[list[int], list[Interval] | None]],
        who: str | None,
        groups: list[tuple[str | None, list[tuple[list[int], list[Interval] | None]]]],
    ) -> Week:
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

    def _peek(self) -> _Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _sign(self, sign: str) -> bool:
        token = self._peek()
        if token is not None and token.kind == "sign" and token.text == sign:
            self.at += 1
            return True
        return False

    def _word(self, word: str) -> bool:
        token = self._peek()
        if token is not None and token.kind == "word" and token.text.casefold() == word:
            self.at += 1
            return True
        return False

    def _text(self, began: int) -> str:
        """What was typed from a token on, to the end of its part."""
        first = self.tokens[began]
        end = first.end
        for token in self.tokens[began:]:
            if token.kind == "sign" and token.text == ",":
                break
            end = token.end
        return self.line[first.start : end]

    def _unread(self) -> HoursError:
        return HoursError("unread", {"text": self.line.strip()}, EXAMPLE)


def _half(text: str) -> str | None:
    match = re.search(r"[ap]", text, re.IGNORECASE)
    return match.group().lower() if match else None


def _minute(text: str) -> int:
    """Wall minute of a typed time. Raises: HoursError `time`."""
    half = _half(text)
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


def _closest(word: str, names: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def _fixed(groups: list[tuple[str | None, list[tuple[list[int], list[Interval] | None]]]]) -> str:
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


def typed(week: Mapping[int, Sequence[Interval]]) -> str:
    """A line that `parse` reads back to the same week."""
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
