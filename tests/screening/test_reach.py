"""Every finding that the reference asks of a client is behind a yes or a not sure, walked for every pair."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from itertools import combinations

import pytest

from screening.known import Known
from screening.questionnaire import Facts, Letter
from tests.screening.rounds_of_taps import OLD_OK, TODAY, about, day, shipped, walk
from tests.screening.test_questionnaire import PROFILES
from tests.screening.test_reference_rows import ROWS
from tests.screening.walks import given

# narrower, or wider, than the row's own "applies to", in the words of the row
ONLY_FOR = {
    "heat_flare_settled": {"ms"},
    "pd_missed_meds_fever_rigid": {"parkinsons"},
    "baclofen_pump_alarm_or_withdrawal": {"pump_or_baclofen"},
    "thinner_bleeding": {"blood_thinner"},
    "pregnancy_danger_signs": {"pregnancy_possible"},
}
NOT_WITH = {"slow_change_known": "cancer_now"}
# no tap, by nature: a date on file
NO_TAP = {"clearance_expired"}
OPEN = "P0 not answered (every row applies)"
WHO: dict[str, tuple[str, ...] | None] = {name: row[0] for name, row in PROFILES.items()} | {OPEN: None}
# while the conditions are open a milder option that one of them takes away is taken away
NOT_WHILE_OPEN = {"heat_flare_settled", "slow_change_known", "headache_new_danger"}
# codes of gates.md section 10 that are asked before each session, and at first booking
COUNTS = {
    "MS": (81, 93),
    "MS, numb feet": (85, 97),
    "MS with pump": (82, 94),
    "MS with pump, numb feet": (86, 98),
    "Diabetic neuropathy": (79, 92),
    "Neuropathy after chemo, cancer active": (82, 95),
    "Neuropathy after chemo, cancer past": (83, 96),
    "Other neuropathy": (72, 85),
    "Autoimmune neuropathy": (74, 87),
    "Parkinson's": (69, 84),
    "Stroke": (72, 84),
    "Spinal cord injury": (72, 84),
    "MS, pregnancy possible": (86, 98),
    "MS + epilepsy": (83, 95),
    "MS + diabetes": (92, 104),
    "MS + cancer active": (91, 103),
    "Stroke + high blood pressure + thinner": (78, 90),
    "Diabetic neuropathy + high blood pressure": (84, 97),
    "Parkinson's + diabetes + high blood pressure": (85, 100),
    "Chemo neuropathy, cancer active, diabetes, high blood pressure": (94, 107),
    OPEN: (118, 134),
}
LETTERS = (Letter("cancer_active_no_ok", TODAY - timedelta(days=5), day(200)),)


@cache
def applies(conditions: frozenset[str] | None) -> frozenset[str] | None:
    return Known(shipped(), about(conditions), ()).conditions


def asked(conditions: Iterable[str] | None, when: str) -> set[str]:
    """Codes of the reference that are asked S or B of this client; None = P0 not answered."""
    who = applies(None if conditions is None else frozenset(conditions))
    found = set()
    for row in ROWS:
        item = shipped().items[row.item]
        if row.item == "U" or when not in item.when_asked or item.when_asked == "after":
            continue
        needs = ONLY_FOR.get(row.code, row.who)
        if who is not None and ((needs and not needs & who) or NOT_WITH.get(row.code) in who):
            continue
        found.add(row.code)
    return found


def behind(phase: str, facts: Facts) -> set[str]:
    """Every code behind the cards of this round, as the machine shows them to this client."""
    return {code for card in shipped().phases[phase].cards for code in given(phase, card, facts)}


def reached(conditions: Iterable[str] | None, *, first: bool = False) -> set[str]:
    """Codes that some tap gives to this client: with the OK and the letters on file, and without."""
    facts = about(conditions, letters=LETTERS)
    found = behind("check", facts) | behind("recheck", facts) | behind("check", about(conditions, ok=OLD_OK))
    if first:
        found |= behind("first_full", about(conditions))
        found |= behind("first_full", about(conditions, ok=None, ok_said=True))
        found |= behind("contact", about(None, ok=None))
    return found


@pytest.mark.parametrize("profile", WHO)
def test_the_codes_of_the_table_are_asked_and_reached(profile: str) -> None:
    conditions = WHO[profile]
    before, first = asked(conditions, "S"), asked(conditions, "B")
    assert (len(before), len(first)) == COUNTS[profile]
    away = NO_TAP | NOT_WHILE_OPEN if conditions is None else NO_TAP
    assert not before - away - reached(conditions)
    assert not first - away - reached(conditions, first=True)


@pytest.mark.parametrize("condition", shipped().conditions)
def test_each_pair_of_conditions_reaches_every_code(condition: str) -> None:
    others = [None, *(name for one, name in combinations(shipped().conditions, 2) if one == condition)]
    for other in others:
        who = {condition, *([other] if other else [])}
        assert not asked(who, "S") - NO_TAP - reached(who), who
        assert not asked(who, "B") - reached(who, first=True), who


def test_with_no_condition_every_code_for_all_is_reached() -> None:
    assert not asked((), "S") - NO_TAP - reached(())
    assert not asked((), "B") - reached((), first=True)


@pytest.mark.parametrize("profile", PROFILES)
def test_each_card_that_is_walked_is_shown(profile: str) -> None:
    """What is walked card by card above is what a round really shows, one card after the other."""
    conditions = PROFILES[profile][0]
    shown = walk("check", about(conditions, ok=OLD_OK), {"F": "check.f.4", "K": "check.k.2"}).cards
    known = Known(shipped(), about(conditions, ok=OLD_OK), ())
    for name in shipped().phases["check"].cards:
        card = shipped().cards[name]
        pages = [lines for page, lines in shown if page in (name, card.overflow)]
        assert bool(pages) == known.fits(card.when)
        wanted = [line.key for line in card.lines if known.fits(line.when)]
        assert [line for lines in pages for line in lines] == wanted
