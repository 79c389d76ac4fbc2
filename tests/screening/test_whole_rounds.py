"""Whole rounds by property: more told is never milder, less answered is never clear, and each one ends."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from screening.policy import Outcome, Slot
from screening.questionnaire import Answer, replay, take
from tests.screening.rounds_of_taps import about, shipped
from tests.screening.test_every_answer import FIRST_NUMBER, Who, check, decision, single
from tests.screening.walks import Told

MANY: tuple[Who, ...] = (
    ("ms",),
    ("neuropathy_diabetes", "high_blood_pressure"),
    ("cancer_now", "epilepsy", "pump_or_baclofen"),
    ("stroke", "blood_thinner", "pregnancy_possible"),
    None,
)
LONGEST = 220  # taps; "all ticked" of the table of cards is 147 before a session, 36 more at first booking
told_of = st.tuples(st.sampled_from(MANY), st.sampled_from(("check", "recheck")), st.randoms())


def some(who: Who, phase: str, chance: random.Random, most: int = 5) -> list[Told]:
    """A few answers that can be given in one round, one of a line, one line of a question."""
    all_told = [told for told, outcome in single(phase, who)[1] if outcome is not None]
    chance.shuffle(all_told)
    kept: list[Told] = []
    for told in all_told:
        cards = {one.way.card: one for one in kept}
        other = cards.get(told.way.card)
        lines = {one.way.line for one in kept if one.way.card == told.way.card}
        if other is None or (None not in lines and told.way.line not in {None, *lines}):
            kept.append(told)
        if len(kept) == most:
            break
    return kept


@settings(max_examples=100, deadline=None)
@given(told_of)
def test_one_more_answer_never_lowers(drawn: tuple[Who, str, random.Random]) -> None:
    who, phase, chance = drawn
    rounds, _ = single(phase, who)
    told = some(who, phase, chance)
    ends = [rounds.whole(*told[:n]) for n in range(len(told) + 1)]
    for n, (less, more) in enumerate(pairwise(ends)):
        if less is None or more is None:
            continue
        result = check(phase, rounds.facts, more, tuple(told[: n + 1]))
        if more.stop != "red_unsure" and not _closes_p0(told[n], who):
            assert result.outcome >= decision(phase, rounds.facts, less).outcome


def _closes_p0(told: Told, who: Who) -> bool:
    return who is None and shipped().cards[told.way.card].p0


@settings(max_examples=100, deadline=None)
@given(told_of)
def test_red_lines_may_be_told_in_any_order(drawn: tuple[Who, str, random.Random]) -> None:
    who, _, chance = drawn
    rounds, all_told = single("check", who)
    red = [told for told, _ in all_told if told.open_list]
    card = chance.choice(sorted({told.way.card for told in red}))
    by_line = {told.way.line: told for told in chance.sample(red, len(red)) if told.way.card == card}
    told = list(by_line.values())[:4]
    one, other = rounds.whole(*told), rounds.whole(*chance.sample(told, len(told)))
    if one is not None and other is not None:
        first, second = (decision("check", rounds.facts, progress) for progress in (one, other))
        assert first.outcome == second.outcome
        if first.outcome < Outcome.URGENT:
            assert (first.slot, first.earliest) == (second.slot, second.earliest)
            assert {hold.code for hold in first.holds} == {hold.code for hold in second.holds}


@settings(max_examples=100, deadline=None)
@given(told_of)
def test_a_dropped_answer_never_clears(drawn: tuple[Who, str, random.Random]) -> None:
    who, phase, chance = drawn
    rounds, _ = single(phase, who)
    progress = rounds.whole(*some(who, phase, chance, most=3))
    if progress is None:
        return
    answers = progress.answers
    for at in range(len(answers)):
        gate = (answers[at].card, answers[at].about)
        without = [one for one in answers if (one.card, one.about) != gate]
        for fewer in (answers[:at], without):
            left = rounds.after(fewer)
            result = decision(phase, rounds.facts, left)
            assert not left.complete
            assert result.outcome >= Outcome.DEFER
            assert result.slot is not Slot.STAYS
            assert result.lifted == ()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(list(shipped().phases)),
    st.one_of(st.none(), st.frozensets(st.sampled_from(shipped().conditions), max_size=6)),
    st.randoms(),
)
def test_every_round_ends(phase: str, who: frozenset[str] | None, chance: random.Random) -> None:
    """Somebody who ticks nearly everything, and is not sure of the rest."""
    facts, taps = about(who), 0
    answers: tuple[Answer, ...] = ()
    while (progress := replay(shipped(), phase, facts, answers)).prompt is not None:
        options = [one for one in progress.prompt.options if not one.chosen]
        names = [one.name for one in options if one.name not in ("person", "change")]
        more = [name for name in names if name not in ("none", "noothers", "nothing", "thatsall", "still")]
        name = chance.choice(more or names) if chance.random() < 0.8 else chance.choice(names)
        answers = take(shipped(), phase, facts, answers, name)
        taps += 1
        assert taps <= LONGEST
    assert progress.stop in {"complete", "urgent", "red_unsure"}
    result = decision(phase, facts, progress)
    if progress.stop == "urgent":
        assert result.urgent is not None
        assert result.urgent.text in FIRST_NUMBER
