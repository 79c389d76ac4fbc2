"""The policy that ships against the clinical reference, row by row: nothing is laxer, nothing is missing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from screening.policy import FindingRow, Outcome, Tier
from tests.screening.rounds_of_taps import shipped

GROUPS = {
    "-": "none",
    "urgent": "urgent",
    "clearance": "clearance",
    "relapse": "relapse",
    "lead": "review_lead",
    "staff": "review",
    "staff_call": "review_call",
    "answer": "answer",
    "dated": "dated",
    "word": "dated_staff",
    "no_date": "no_date",
}
# where the data says more than the row does
ASKED_MORE = {"spasticity_known": "BS"}  # stands on the line of the sudden increase
MS_RELAPSE = {
    *("relapse_current", "relapse_unsure", "new_or_worse_symptom_over_24h"),
    *("visual_blur_over_days", "falls_increasing"),
}


@dataclass(frozen=True)
class Row:
    item: str
    when: str
    who: frozenset[str]
    code: str
    outcome: Outcome
    tier: Tier | None
    hold: str | None
    lift: str
    marks: frozenset[str]


def _row(line: str) -> Row:
    item, when, who, code, outcome, tier, hold, lift, marks = line.split()
    return Row(
        item,
        when,
        frozenset(who.split(",")) - {"-"},
        code,
        Outcome[outcome.upper()],
        None if tier == "-" else Tier(tier),
        None if hold == "-" else hold,
        lift,
        frozenset(marks.split(",")) - {"-"},
    )


TEXT = (Path(__file__).parent / "reference_rows.txt").read_text(encoding="utf-8")
ROWS = [_row(line) for line in TEXT.splitlines() if not line.startswith("#")]


def hold_of(row: FindingRow) -> str | None:
    if row.days is not None:
        return f"{row.days}d"
    return None if row.hours is None else f"{row.hours}h"


def test_the_policy_has_the_codes_of_the_reference_and_no_other() -> None:
    assert len(ROWS) == len({row.code for row in ROWS}) == 153
    assert {row.code for row in ROWS} == set(shipped().findings)
    assert shipped().not_yet == frozenset()


@pytest.mark.parametrize("row", ROWS, ids=[row.code for row in ROWS])
def test_a_row_of_the_reference(row: Row) -> None:
    mine = shipped().findings[row.code]
    item = shipped().items[mine.item]
    assert (mine.item, item.when_asked) == (row.item, ASKED_MORE.get(row.code, row.when))
    assert set(item.applies_to) == row.who
    assert (mine.outcome, mine.tier) == (row.outcome, row.tier)
    assert (hold_of(mine), mine.group.id) == (row.hold, GROUPS[row.lift])
    assert (mine.needs_letter, mine.standing) == ("letter" in row.marks, "standing" in row.marks)
    assert dict(mine.days_for) == ({"ms": 30} if row.code in MS_RELAPSE else {})


def test_a_caution_comes_with_a_note_for_the_therapist() -> None:
    for row in ROWS:
        mine = shipped().findings[row.code]
        assert bool(mine.note) == (row.outcome is Outcome.CAUTION or row.code == "fatigue_usual"), row.code
        assert mine.no_note is False


def test_the_letter_does_not_answer_every_finding() -> None:
    never = {"blood_counts_low", "seizure_uncontrolled"}
    assert not any(shipped().findings[code].letter_answers for code in never)
    assert shipped().findings["stroke_tia_under_3m"].letter_after_days == 30
