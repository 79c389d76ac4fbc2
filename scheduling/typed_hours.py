"""Working hours as people type them, "Mon-Fri 9-13, Wed 15-18", read without guessing. Pure.

    line  := group { (";" | newline) group }          group := [who] part { "," part }
    part  := days times | days "off" | times           times alone: for the days of the part before it
    days  := day | day "-" day | day { "/" day } | day { "," day } | "daily" | "weekdays"
    times := range { ("+" | "and") range }             range := time "-" time [ "next day" ]

Times are wall minutes of the day; a range that ends after 1440 runs into the next day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from scheduling.hours import DAY, ENGLISH, EVERYONE, EXAMPLE, Change, HoursError, clock
from scheduling.intervals import Interval
from scheduling.typed_times import Token, half_of, minute_of, tokens_of
from scheduling.typed_week import Group, Parts, week_of


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
        self.tokens: list[Token] = []
        self.at = 0

    def read(self) -> tuple[Change, ...]:
        groups: list[Group] = []
        who: str | None = None
        start = 0
        for match in re.finditer(r"[;\n]|\Z", self.line):
            if self.line[start : match.start()].strip():
                who, parts = self._group(start, match.start(), who)
                groups.append((who, parts))
            start = match.end()
        if not groups:
            raise self._unread()
        changes = [Change(who, week_of(parts, groups)) for who, parts in groups]
        return tuple(changes)

    def _group(self, start: int, end: int, who: str | None) -> tuple[str | None, Parts]:
        self.tokens = self._tokens(start, end)
        self.at = 0
        named = self._who()
        parts: Parts = []
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

    def _tokens(self, start: int, end: int) -> list[Token]:
        tokens = tokens_of(self.line, start, end)
        if tokens is None:
            raise self._unread()
        return tokens

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

    def _stranger(self, token: Token) -> HoursError:
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
        starts, ends = minute_of(first.text), minute_of(last.text)
        if half_of(last.text) == "p" and half_of(first.text) is None and starts + 720 < ends:
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

    def _peek(self) -> Token | None:
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


def _closest(word: str, names: Sequence[str]) -> str | None:
    folded = {name.casefold(): name for name in names}
    near = get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None
