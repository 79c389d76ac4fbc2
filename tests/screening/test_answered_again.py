"""What an answered card asked about: the codes answered again (rule 7), and the items for the audit."""

from __future__ import annotations

import pytest

from screening import reach
from tests.screening.tiny_policy import load

MORE = """
[phase.more]
cards = ["B", "C", "D", "E", "F", "L"]

[[item]]
id = "X2"
section = "C"
when = "B"
findings = [
  { code = "foot_sore", outcome = "clear" },
  { code = "foot_hot", outcome = "clear" },
  { code = "foot_cold", outcome = "clear" },
]

[[card]]
id = "B"
key = "check.b"
kind = "gate"
item = "X2"
still = { gives = ["red_flag_unsure"] }
still_also = [{ known = ["ms"], gives = ["item_unsure"] }]
none = { gives = ["answers_conflict"] }
overflow = "C"

[[card]]
id = "C"
key = "check.c"
kind = "choice"
item = "X2"
options = [
  { n = "1", gives = ["foot_sore", "later_code"], cases = [{ known = ["ms"], gives = ["foot_hot"] }] },
  { n = "2", next = ["LATER"], later = ["D"] },
]

[[card]]
id = "D"
key = "check.d"
kind = "choice"
item = "U"
options = [{ n = "1", ok_else = ["doctor_ok_valid", "doctor_ok_missing"], next = ["E"] }]

[[card]]
id = "E"
key = "check.e"
kind = "choice"
item = "U"
options = [{ n = "1", next = ["D"], gives = ["foot_cold"] }]

[[card]]
id = "F"
key = "check.f"
kind = "list"
item = "X2"
lines = [{ id = "F1", n = "1", cases = [{ known = ["ms"], gives = ["unanswered"] }], gives = ["$line"] }]

[[card]]
id = "L"
key = "check.l"
kind = "list"
item = "U"
lines = [
  { id = "L1", n = "1", gives = ["sore_skin"] },
  { id = "L2", n = "2", opens = "C" },
  { id = "L3", n = "3", ok_else = ["foot_sore", "item_unsure"], cases = [{ gives = ["sore_skin"] }] },
  { id = "L4", n = "4", sets = ["pregnant"] },
  { id = "L5", n = "5", opens = "LATER" },
]
"""


@pytest.mark.parametrize(
    ("cards", "found"),
    [
        ("", ""),
        ("A", "sore_skin"),
        ("A A", "sore_skin"),
        ("A Z", "sore_skin"),  # a card of an older policy
        ("E", "foot_cold doctor_ok_valid doctor_ok_missing"),  # E and D lead to each other
        ("D", "foot_cold doctor_ok_valid doctor_ok_missing"),
        # what comes at the end of the round, and nothing that a later policy brings
        ("C", "foot_sore foot_hot foot_cold doctor_ok_valid doctor_ok_missing"),
        (
            "B",
            "red_flag_unsure item_unsure answers_conflict"
            " foot_sore foot_hot foot_cold doctor_ok_valid doctor_ok_missing",
        ),
        ("A E", "sore_skin foot_cold doctor_ok_valid doctor_ok_missing"),
        ("F", "unanswered"),
    ],
)
def test_the_codes_that_some_way_through_a_card_gives(cards: str, found: str) -> None:
    assert reach.codes(load(more=MORE), cards.split()) == set(found.split())


@pytest.mark.parametrize(
    ("card", "shown", "items"),
    [
        ("C", "", "X2"),
        ("C", "check.l.1", "X2"),  # no line of this card
        ("Z", "", ""),
        ("L", "", "U"),
        ("L", "check.l.1", "X1"),
        ("L", "check.l.2", "X2"),  # of the card that it opens
        ("L", "check.l.3", "X2 U X1"),
        ("L", "check.l.4", "U"),  # tells a fact: the card's own item
        ("L", "check.l.5", "U"),
        ("L", "check.l.2 check.l.1", "X1 X2"),
        ("L", "check.l.1 check.l.3", "X1 X2 U"),
        ("L", "check.l.1 check.l.4", "X1 U"),
    ],
)
def test_the_items_that_the_shown_lines_stand_for(card: str, shown: str, items: str) -> None:
    assert reach.items(load(more=MORE), card, shown.split()) == tuple(items.split())
