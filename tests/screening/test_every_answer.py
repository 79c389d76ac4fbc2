"""Every single answer and every pair of answers, played as whole rounds: each ends, none is taken lightly."""

from __future__ import annotations

import random
from functools import cache
from itertools import combinations, product

import pytest

from bot.texts import Catalogue
from screening.decision import Decision, History, decide
from screening.policy import Outcome, Slot, Tier
from screening.questionnaire import Facts, Finding, Progress
from tests.screening.rounds_of_taps import AT, OK, VISIT, about, shipped
from tests.screening.walks import Rounds, Told

CONDITIONS = [*((name,) for name in shipped().conditions), (), None]
IDS = [" ".join(who) if who else "none" if who == () else "open" for who in CONDITIONS]
BEFORE = ("check", "recheck")
AFTER = tuple(name for name in shipped().phases if name.startswith("aftercare"))
OTHERS = ("contact", "profile", "first", "first_full", "window", "door", "door_red")
PAIRS = 120  # of each client in every run; all of them under stress
# line 1 of an urgent text names the number to call, before anything else is said
FIRST_NUMBER = {
    "urgent.e": {"emergency_number"},
    "urgent.d": {"urgent_number", "emergency_number"},
    "urgent.c_self": {"crisis_line", "emergency_number"},
    "urgent.c_hurt": {"emergency_number", "crisis_line"},
}

Who = tuple[str, ...] | None


def decision(phase: str, facts: Facts, progress: Progress) -> Decision:
    history = History(conditions=progress.conditions, noted=facts.noted | progress.learned, ok=facts.ok)
    return decide(
        shipped(),
        progress.findings,
        history,
        at=AT,
        phase=phase,
        session_at=VISIT,
        complete=progress.complete,
        stop=progress.stop,
    )


def check(phase: str, facts: Facts, progress: Progress, told: tuple[Told, ...]) -> Decision:
    """What holds for any round that came to its end."""
    assert progress.prompt is None
    assert progress.complete == (progress.stop == "complete")
    assert progress.stop in {"complete", "urgent", "red_unsure"}
    result = decision(phase, facts, progress)
    assert result.outcome >= max((shipped().row(one.code).outcome for one in progress.findings), default=0)
    if progress.stop == "urgent":
        assert result.urgent is not None
        assert (result.outcome, result.slot, result.result) == (
            Outcome.URGENT,
            Slot.CANCELLED,
            result.urgent.text,
        )
        assert result.urgent.text in FIRST_NUMBER
    elif any(one.way.unsure for one in told) or progress.stop == "red_unsure":
        assert result.outcome > Outcome.CLEAR
    if progress.stop == "red_unsure":
        assert result.outcome >= Outcome.DEFER
        assert result.slot is not Slot.STAYS
    return result


@cache
def single(phase: str, who: Who) -> tuple[Rounds, tuple[tuple[Told, Outcome | None], ...]]:
    """Every single answer, checked, with its outcome (None: only with another answer); alike lines once."""
    facts = about(who)
    rounds = Rounds(phase, facts)
    found: dict[object, tuple[Told, Outcome | None]] = {}
    for told in rounds.told():
        if told.effect not in found:
            progress = rounds.whole(told)
            outcome = None if progress is None else check(phase, facts, progress, (told,)).outcome
            found[told.effect] = told, outcome
    return rounds, tuple(found.values())


def pairs(phase: str, who: Who, *, most: int | None = None) -> int:
    """Every pair of answers, or `most` of them: the worse of two stands, and red lines come in any order."""
    rounds, all_told = single(phase, who)
    both = [pair for pair in combinations(all_told, 2) if _can_be(pair[0][0], pair[1][0])]
    if most is not None:
        both = random.Random(f"{phase} {who}").sample(both, min(most, len(both)))
    played = 0
    for (one, lower), (other, upper) in both:
        progress = rounds.whole(one, other)
        if progress is None:
            continue
        played += 1
        result = check(phase, rounds.facts, progress, (one, other))
        if progress.stop != "red_unsure":  # the rest is asked again when a person has called
            assert result.outcome >= max(lower or 0, upper or 0), (one.answers, other.answers)
        if one.open_list and other.open_list and one.way.card == other.way.card:
            turned = rounds.whole(other, one)
            assert turned is not None
            _same(result, decision(phase, rounds.facts, turned))
    return played


def _can_be(one: Told, other: Told) -> bool:
    """A question has one answer, [Still not sure] ends a list, and two answers of P0 end its "not sure"."""
    if all(shipped().cards[told.way.card].p0 for told in (one, other)):
        return False
    return one.way.card != other.way.card or (
        one.way.line is not None and other.way.line is not None and one.way.line != other.way.line
    )


def _same(one: Decision, other: Decision) -> None:
    assert one.outcome == other.outcome
    if one.outcome < Outcome.URGENT:
        assert {hold.code for hold in one.holds} == {hold.code for hold in other.holds}
        assert (one.slot, one.earliest, set(one.notes)) == (other.slot, other.earliest, set(other.notes))


@pytest.mark.parametrize("who", CONDITIONS, ids=IDS)
def test_every_single_answer_before_a_visit(who: Who) -> None:
    for phase, least in (("check", 100), ("recheck", 50)):
        assert sum(outcome is not None for _, outcome in single(phase, who)[1]) > least


@pytest.mark.parametrize("phase", [*AFTER, *OTHERS])
@pytest.mark.parametrize("who", [("ms",), ("cancer_now", "blood_thinner")], ids=str)
def test_every_single_answer_of_the_other_rounds(phase: str, who: Who) -> None:
    assert all(outcome is not None for _, outcome in single(phase, who)[1])


@pytest.mark.parametrize("who", CONDITIONS, ids=IDS)
def test_pairs_of_answers(who: Who) -> None:
    assert pairs("check", who, most=PAIRS) > PAIRS / 2


@pytest.mark.stress
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("phase", BEFORE)
@pytest.mark.parametrize("who", CONDITIONS, ids=IDS)
def test_every_pair_of_answers(who: Who, phase: str) -> None:
    assert pairs(phase, who) > 1000


@pytest.mark.stress
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("who", CONDITIONS, ids=IDS)
def test_every_single_answer_of_a_first_booking(who: Who) -> None:
    assert sum(outcome is not None for _, outcome in single("first_full", who)[1]) > 150


@pytest.mark.parametrize("who", [("ms",), ("stroke", "diabetes"), None], ids=str)
def test_every_pair_of_codes(who: Who) -> None:
    """The rules alone: whatever two things are told, the worse of them stands."""
    rows = shipped().findings.values()
    history = History(conditions=None if who is None else frozenset(who), ok=OK)

    def of(*codes: str) -> Decision:
        findings = [Finding(code, shipped().row(code).item) for code in codes]
        return decide(shipped(), findings, history, at=AT, phase="check", session_at=VISIT)

    alone = {row.code: of(row.code) for row in rows}
    for one, other in combinations(alone, 2):
        both = of(one, other)
        assert both.outcome >= max(alone[one].outcome, alone[other].outcome)
        assert {hold.code for hold in both.holds} >= {
            hold.code for code in (one, other) for hold in alone[code].holds
        }
        if both.tier is not None:
            assert both.urgent is not None
            assert both.tier in {Tier.E, alone[one].tier, alone[other].tier}


def test_each_urgent_text_begins_with_the_number_to_call() -> None:
    words = Catalogue.load()
    for key, numbers in FIRST_NUMBER.items():
        for language in words.languages:
            first = words.forms(f"{key}.1", language)[0]
            assert (
                any(f"{{{number}}}" in first.split(". ")[0] + "." for number in numbers) or key == "urgent.d"
            )
            assert numbers <= words.placeholders(f"{key}.1")
    urgent = [row for row in shipped().findings.values() if row.outcome is Outcome.URGENT]
    texts = set()
    for row, tier in product(urgent, (Tier.E, Tier.D)):
        told = Finding(row.code, row.item, tier=None if row.tier is Tier.C else tier)
        result = decide(shipped(), [told], History(ok=OK), at=AT, phase="text", session_at=VISIT)
        assert result.urgent is not None
        texts.add(result.urgent.text)
        assert result.result == result.urgent.text
    assert texts == set(FIRST_NUMBER)
