"""What a round opened with is read back as it was written, by every later version of the program."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from screening.questionnaire import Facts, Letter, Ok
from screening.saved_facts import plain, read

TODAY, SINCE = date(2027, 3, 9), date(2027, 2, 7)
NOTHING: dict[str, Any] = {
    "today": "2027-03-09",
    "since": "2027-02-07",
    "session_day": None,
    "conditions": None,
    "named": [],
    "noted": [],
    "on_file": [],
    "ok": None,
    "ok_said": False,
    "letters": [],
    "settled": {},
}
ROUNDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"session_day": date(2027, 3, 11)}, {"session_day": "2027-03-11"}),
    # no condition at all is not the same as conditions that nobody knows
    ({"conditions": frozenset()}, {"conditions": []}),
    ({"conditions": frozenset({"stroke", "ms"})}, {"conditions": ["ms", "stroke"]}),
    ({"named": frozenset({"stroke", "ms"})}, {"named": ["ms", "stroke"]}),
    ({"noted": frozenset({"pregnant", "no_insulin"})}, {"noted": ["no_insulin", "pregnant"]}),
    ({"on_file": frozenset({"b", "a"})}, {"on_file": ["a", "b"]}),
    ({"ok": Ok(None, date(2027, 9, 1))}, {"ok": [None, "2027-09-01", False, None]}),
    (
        {"ok": Ok(date(2027, 1, 2), date(2028, 1, 2), True, date(2027, 1, 3))},
        {"ok": ["2027-01-02", "2028-01-02", True, "2027-01-03"]},
    ),
    ({"ok_said": True}, {"ok_said": True}),
    (
        {
            "letters": (
                Letter("dvt", date(2027, 1, 2), date(2028, 1, 2)),
                Letter("stroke_tia", date(2027, 2, 2), date(2028, 2, 2), date(2026, 12, 30)),
            )
        },
        {
            "letters": [
                ["dvt", "2027-01-02", "2028-01-02", None],
                ["stroke_tia", "2027-02-02", "2028-02-02", "2026-12-30"],
            ]
        },
    ),
    ({"settled": {"check.a.1": date(2027, 3, 1)}}, {"settled": {"check.a.1": "2027-03-01"}}),
]


@pytest.mark.parametrize(("told", "kept"), ROUNDS)
def test_facts_are_kept_as_json(told: dict[str, Any], kept: dict[str, Any]) -> None:
    facts = Facts(today=TODAY, since=SINCE, **told)
    written = plain(facts)
    assert written == json.loads(json.dumps(written)) == {**NOTHING, **kept}
    assert read(written) == facts
