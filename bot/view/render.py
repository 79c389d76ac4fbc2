"""A screen in a person's language: HTML text and buttons, within Telegram's limits."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot import formatting
from bot.flow import Choice, Day, Hour, Joined, Line, Raw, Screen, Text, Until, Value, When
from bot.texts import Catalogue
from config.clinic import ClinicFile
from config.clock import from_minutes

MAX_TEXT = 4096
MAX_DATA = 64
LONG_HEAD, SHORTEST = 90, 200
SENTENCE_END = re.compile(r"(?<=[.?!]) (?=\S)")


@dataclass(frozen=True)
class Button:
    label: str
    data: str
    contact: bool = False


@dataclass(frozen=True)
class Rendered:
    """Ready to send. `push` is what goes out alone first; None sends `text` whole."""

    key: str
    text: str
    rows: tuple[tuple[Button, ...], ...]
    push: str | None = None
    silent: bool = False
    reply_keyboard: bool = False
    pinned: bool = False
    alone: bool = False


class Words:
    """Puts lines into one language, with the clinic's own facts always at hand."""

    def __init__(
        self, catalogue: Catalogue, clinic: ClinicFile, language: str, now: datetime, *, bot_name: str = ""
    ) -> None:
        """`now`: aware, for dates that leave out what is near. `bot_name`: its user name at Telegram."""
        self.catalogue, self.zone, self.language, self.now = catalogue, clinic.zone, language, now
        self.standing = standing_facts(clinic, bot_name)

    def line(self, line: Line) -> str:
        return self.value(line)

    def value(self, value: Value) -> str:
        if isinstance(value, Text):
            params: dict[str, object] = {**self.standing}
            for common in ("call", "notice"):
                key = {"call": "common.footer", "notice": "common.result_end"}[common]
                params[common] = self.catalogue.say(self.language, key, **self.standing)
            for name, part in value.params.items():
                params[name] = part if isinstance(part, int) else self.value(part)
            return self.catalogue.say(self.language, value.key, **params)
        if isinstance(value, Raw):
            return value.text
        if isinstance(value, Joined):
            return value.separator.join(self.value(part) for part in value.parts)
        return self.moment(value)

    def moment(self, value: When | Hour | Until | Day | str | int) -> str:
        zone, language = self.zone, self.language
        if isinstance(value, When):
            return formatting.when(from_minutes(value.minutes), zone, language, self.now)
        if isinstance(value, Hour):
            return formatting.time(from_minutes(value.minutes), zone, language)
        if isinstance(value, Until):
            return formatting.until(value.moment, zone, language, self.now)
        if isinstance(value, Day):
            if value.full:
                return formatting.date(value.day, language)
            if value.short:
                return formatting.short_day(value.day, language)
            return formatting.day(value.day, language, self.now.astimezone(zone).date())
        return str(value)

    def label(self, choice: Choice) -> str:
        return self.value(choice.words())


def _bold_head(line: str) -> str:
    """The first line in bold; of a long one only the first sentence, as a bold paragraph tires the eye."""
    head, feed, rest = line.partition("\n")
    if len(head) > LONG_HEAD and (end := SENTENCE_END.search(head)):
        return f"<b>{head[: end.start()]}</b>{head[end.start() :]}{feed}{rest}"
    return f"<b>{head}</b>{feed}{rest}"


def standing_facts(file: ClinicFile, bot_name: str) -> Mapping[str, object]:
    """Placeholders that every text may use: the clinic's name, place and numbers."""
    clinic, numbers = file.clinic, file.numbers
    return {
        "clinic": clinic.name,
        "place": clinic.address,
        "clinic_phone": clinic.phone,
        "emergency_number": numbers.emergency,
        "urgent_number": numbers.urgent,
        "crisis_line": numbers.crisis,
        "cancer_line": numbers.cancer or "",
        "maternity_line": numbers.maternity or "",
        "late_rule": file.rules.late_rule,
        "bot": bot_name,
    }


def fitting(lines: list[str]) -> list[str]:
    """The same within what one message holds. Of the longest lines the end is left out, and "..." says so."""
    lines = list(lines)
    while (over := _length("\n".join(lines)) - MAX_TEXT) > 0:
        at = max(range(len(lines)), key=lambda place: len(lines[place]))
        kept = max(len(lines[at]) - (over + 1) // 2 - 3, SHORTEST)
        if kept + 3 >= len(lines[at]):  # very many short ones: the last are left out
            lines = [*lines[:-2], "..."]
        else:
            lines[at] = lines[at][:kept].rstrip() + "..."
    return lines


def _length(text: str) -> int:
    """As Telegram counts at its strictest: letters beyond the first plane are two."""
    return len(text.encode("utf-16-le")) // 2


def render(screen: Screen, words: Words, *, revision: int, token: str) -> Rendered:
    """Raises: ValueError if a button breaks a limit of Telegram; that is a defect of the screen."""
    said = fitting([line for line in map(words.line, screen.lines) if line])
    lines = [html.escape(line, quote=False) for line in said]
    if screen.bold and lines:
        lines[0] = _bold_head(lines[0])
    prefix = f"c:{token}:" if screen.durable else f"f:{revision}:"
    buttons = tuple(
        tuple(Button(words.label(choice), prefix + choice.code, choice.contact) for choice in row)
        for row in screen.rows
    )
    text = "\n".join(lines)
    for row in buttons:
        for button in row:
            if len(button.data.encode()) > MAX_DATA:
                raise ValueError(f"{screen.key}: callback data is too long")
    push = "\n".join(lines[: screen.push]) if screen.push and screen.push < len(lines) else None
    if screen.push and push is None and buttons:
        push = text
    return Rendered(
        screen.key,
        text,
        buttons,
        push,
        silent=screen.silent,
        reply_keyboard=screen.reply_keyboard,
        pinned=screen.pinned,
        alone=screen.alone,
    )
