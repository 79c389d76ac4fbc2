"""The facts that a round opened with as JSON values: what was written is read back years later. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from screening.questionnaire import Facts, Letter, Ok


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def plain(facts: Facts) -> dict[str, Any]:
    """Facts as JSON values."""
    ok = facts.ok
    return {
        "today": facts.today.isoformat(),
        "since": facts.since.isoformat(),
        "session_day": _day(facts.session_day),
        "conditions": None if facts.conditions is None else sorted(facts.conditions),
        "named": sorted(facts.named),
        "noted": sorted(facts.noted),
        "on_file": sorted(facts.on_file),
        "ok": None
        if ok is None
        else [_day(ok.given_on), ok.valid_until.isoformat(), ok.voided, _day(ok.covers_until)],
        "ok_said": facts.ok_said,
        "letters": [
            [letter.code, letter.given_on.isoformat(), letter.valid_until.isoformat(), _day(letter.event_on)]
            for letter in facts.letters
        ],
        "settled": {line: day.isoformat() for line, day in facts.settled.items()},
    }


def read(saved: Mapping[str, Any]) -> Facts:
    """The facts that `plain` wrote."""
    ok = saved["ok"]
    return Facts(
        today=date.fromisoformat(saved["today"]),
        since=date.fromisoformat(saved["since"]),
        session_day=_date(saved["session_day"]),
        conditions=None if saved["conditions"] is None else frozenset(saved["conditions"]),
        named=frozenset(saved["named"]),
        noted=frozenset(saved["noted"]),
        on_file=frozenset(saved["on_file"]),
        ok=None if ok is None else Ok(_date(ok[0]), date.fromisoformat(ok[1]), ok[2], _date(ok[3])),
        ok_said=saved["ok_said"],
        letters=tuple(
            Letter(code, date.fromisoformat(given), date.fromisoformat(until), _date(event))
            for code, given, until, event in saved["letters"]
        ),
        settled={line: date.fromisoformat(day) for line, day in saved["settled"].items()},
    )
