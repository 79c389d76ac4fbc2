"""Which way a change goes, as tables: what is called laxer, stricter, neither or in doubt, and its mirror."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from screening import judged
from screening.effect_changes import Taps, rows
from screening.judged import Judged
from screening.policy import Case, Choice, Effect, LiftBy, Line, Outcome, Slot, Tier, When
from tests.screening.rounds_of_taps import shipped

L, D, S, N = Judged.LAXER, Judged.DOUBTFUL, Judged.STRICTER, Judged.NEUTRAL
TAPS = Taps(shipped(), shipped())
NO = Effect()


def gives(*codes: str, **more: Any) -> Effect:
    return Effect(gives=codes, **more)


def asks(*cards: str, **more: Any) -> Effect:
    return Effect(next=cards, **more)


VALUES: list[tuple[Callable[[Any, Any], Judged], Any, Any, Judged]] = [
    (judged.neutral, 1, 2, N),
    (judged.doubtful, 1, 1, N),
    (judged.doubtful, 1, 2, D),
    (judged.more, 3, 3, N),
    (judged.more, 7, 5, L),
    (judged.more, None, 0, S),
    (judged.more, Outcome.CAUTION, Outcome.DEFER, S),
    (judged.less, False, True, L),
    (judged.least_is_none, 30, None, L),
    (judged.least_is_none, 30, 180, L),
    (judged.least_is_none, None, None, N),
    (judged.most_is_none, Outcome.DEFER, None, S),
    (judged.most_is_none, Outcome.DEFER, Outcome.URGENT, S),
    (judged.covers, ("a", "b"), ("b", "a"), N),
    (judged.covers, ("a", "b"), ("a",), L),
    (judged.covers, ("a",), ("b",), D),
    (judged.fewer, ("a", "b"), ("a",), S),
    (judged.audience, (), ("ms",), L),
    (judged.audience, ("ms",), ("ms", "stroke"), S),
    (judged.audience, ("ms",), ("stroke",), D),
    (judged.audience, (), (), N),
    (judged.text, None, "a", S),
    (judged.text, "a", None, L),
    (judged.text, "a", "b", D),
    (judged.text, "a", "a", N),
    (judged.numbers, {"ms": 30}, {}, L),
    (judged.numbers, {"ms": 30}, {"ms": 40}, S),
    (judged.numbers, {"ms": 30}, {"stroke": 30}, D),
    (judged.texts, {"ms": "a"}, {"ms": "b"}, D),
    (judged.texts, {}, {"ms": "b"}, S),
    (judged.tier, Tier.E, Tier.D, L),
    (judged.tier, Tier.D, Tier.E, S),
    (judged.tier, Tier.C, Tier.E, D),
    (judged.tier, Tier.C, Tier.D, D),
    (judged.tier, None, Tier.D, S),
    (judged.slot, Slot.PROVISIONAL, Slot.MOVED, L),
    (judged.slot, Slot.MOVED, Slot.FREED, S),
    (judged.slot, Slot.MOVED, Slot.WAITS, S),
    (judged.slot, Slot.MOVED, Slot.REVIEW, D),
    (judged.slot, Slot.MOVED, Slot.KEPT, D),
    (judged.slot, Slot.FREED, Slot.REVIEW, L),
    (judged.slot, Slot.CANCELLED, Slot.WAITS, L),
    (judged.slot, Slot.CANCELLED, Slot.PROVISIONAL, D),
    (judged.slot, Slot.STAYS, Slot.KEPT, S),
    (judged.slot, Slot.WAITS, Slot.WAITS, N),
    (judged.lift_by, LiftBy.LEAD, LiftBy.STAFF, L),
    (judged.lift_by, LiftBy.STAFF, LiftBy.FULL_CHECK, L),
    (judged.lift_by, LiftBy.FULL_CHECK, LiftBy.ANSWER, L),
    (judged.lift_by, LiftBy.ANSWER, LiftBy.NOBODY, L),
    (judged.when_asked, "BS", "B", L),
    (judged.when_asked, "B", "S", D),
    (judged.when_asked, "any", "BS", L),
    (judged.when_asked, "after", "any", S),
    (judged.when, When(any_of=("ms",)), When(), S),
    (judged.when, When(known=("ms",)), When(known=("ms", "stroke")), S),
    (judged.when, When(), When(unless=("ms",)), L),
    (judged.when, When(unless_known=("ms",)), When(), S),
    (judged.when, When(any_of=("ms",)), When(unless=("ms",)), D),
    (judged.order, ("A", "B"), ("B", "A"), D),
    (judged.order, ("A", "B"), ("A", "B", "C"), S),
    (judged.order, ("A", "B"), ("B",), L),
    (judged.order, ("A", "B"), ("C", "B", "A"), D),
]


@pytest.mark.parametrize(("judge", "old", "new", "found"), VALUES)
def test_values(judge: Callable[[Any, Any], Judged], old: Any, new: Any, found: Judged) -> None:
    assert judge(old, new) is found
    assert judge(new, old) is found.mirrored


def test_two_ways_at_once_leave_it_in_doubt() -> None:
    assert judged.together([]) is N
    assert judged.together([N, S, S]) is S
    assert judged.together([L, N]) is L
    assert judged.together([L, S]) is D
    assert judged.together([D, S]) is D


def test_what_a_lead_signs() -> None:
    assert [one for one in Judged if one.lowers] == [L, D]
    assert [one.mirrored for one in (L, S, D, N)] == [S, L, D, N]


PAIRS = [
    # rank decides where one is urgent, or no hold at all
    ("chest_pain_now", "fever_or_infection", L),
    ("chest_pain_now", "doctor_ok_missing", L),
    ("ache_everyday", "fever_or_infection", S),
    ("fatigue_usual", "ache_everyday", S),
    # of two holds everything counts: days, who lifts, what is asked
    ("fever_or_infection", "unwell_today", D),  # 7 days, 24 hours
    ("contagious_illness", "new_medicine_side_effect", D),  # 5 days and the clinic's, 7 days
    ("relapse_current", "fever_or_infection", L),
    ("relapse_current", "doctor_ok_missing", D),  # no date, no steady days, and yet a higher rank
    ("stroke_tia_under_3m", "lump_unchecked", L),  # a letter, 30 days, none of them
    ("foot_ulcer", "skin_contagious", N),
    ("faint_unexplained_24h", "chest_pain_now", S),  # tier D, tier E
    ("stroke_tia_under_3m", "stroke_tia_under_3m", N),
    ("suicidal_thoughts", "chest_pain_now", D),  # tier C has its own words
]


@pytest.mark.parametrize(("old", "new", "found"), PAIRS)
def test_one_finding_in_place_of_another(old: str, new: str, found: Judged) -> None:
    before, after = shipped().row(old), shipped().row(new)
    assert rows(before, after) is found
    assert rows(after, before) is found.mirrored


FACETS: list[tuple[str, Any, Judged]] = [
    ("hours", 3, S),
    ("days", 6, L),
    ("days_for", {"ms": 30}, S),
    ("clinic_days", "contagious_days", S),
    ("next_midnight", True, L),
    ("needs_letter", True, S),
    ("letter_answers", True, L),
    ("letter_after_days", 30, S),
    ("voids_ok", True, S),
]


@pytest.mark.parametrize(("field", "value", "found"), FACETS)
def test_of_two_holds_every_facet_counts(field: str, value: Any, found: Judged) -> None:
    row = shipped().row("fever_or_infection")
    assert rows(row, replace(row, **{field: value})) is found


EFFECTS = [
    (gives("chest_pain_now"), gives("unwell_today"), L),
    (gives("chest_pain_now"), NO, L),
    (gives("unwell_today"), gives("unwell_today", "ache_everyday"), S),
    (gives("foot_ulcer"), gives("skin_contagious"), D),  # as severe, and yet another text
    (gives("chest_pain_now", "foot_ulcer"), gives("foot_ulcer"), L),
    (gives("unwell_today"), gives("ache_everyday", "chest_pain_now"), S),
    (gives("one_limb_swollen_hot", tier=Tier.E), gives("one_limb_swollen_hot", tier=Tier.D), L),
    (gives("one_limb_swollen_hot"), gives("one_limb_swollen_hot", tier=Tier.D), N),  # D is the row's own
    (gives("foot_ulcer"), gives("foot_ulcer", tier=Tier.E), N),  # not urgent: no tier
    (gives("hypo_severe"), gives("hypo_severe", tier=Tier.D), L),  # E is the row's own
    (gives("$line"), gives("red_flag_unsure"), D),
    (gives("$line", tier=Tier.E), gives("chest_pain_now", tier=Tier.D), D),  # nobody knows what the line is
    (gives("$line", tier=Tier.E), gives("$line", tier=Tier.D), L),
    (NO, gives("doctor_ok_valid"), L),  # it frees
    (gives("doctor_ok_valid"), gives("doctor_ok_missing"), S),
    (gives("doctor_ok_valid"), gives("doctor_ok_valid", "unwell_today"), S),
    (NO, gives("doctor_ok_valid", "unwell_today"), D),
    (gives("nobody_knows"), gives("item_unsure"), D),  # a code that is not there is item_unsure
    (Effect(ok_else=("cancer_active_ok", "cancer_active_no_ok")), gives("cancer_active_ok"), L),
    (Effect(ok_else=("cancer_active_ok", "cancer_active_no_ok")), gives("cancer_active_no_ok"), S),
    (
        Effect(ok_else=("relapse_over_6m", "relapse_after_clearance"), event_days=30),
        Effect(ok_else=("relapse_over_6m", "relapse_after_clearance"), event_days=180),
        L,
    ),
    (Effect(event_days=30), Effect(event_days=180), N),  # no OK is looked for
    (Effect(ok_else=("ache_everyday", "chest_pain_now"), event_days=30), gives("chest_pain_now"), S),
    (asks("DHEAD"), NO, L),
    (asks("DHEAD"), asks("DHEAD", "DFEV"), S),
    (asks("DHEAD", "DFEV"), asks("DFEV", "DHEAD"), N),
    (asks("DHEAD"), gives("unwell_today"), D),
    (Effect(later=("B",)), NO, L),
    (Effect(says=("detail.no_wait",)), NO, L),
    (NO, Effect(sets=("no_sugar_testing",)), D),
    (Effect(sets=("ms", "stroke")), Effect(sets=("stroke", "ms")), N),
]


@pytest.mark.parametrize(("old", "new", "found"), EFFECTS)
def test_effects(old: Effect, new: Effect, found: Judged) -> None:
    assert TAPS.effect(old, new) is found
    assert TAPS.effect(new, old) is found.mirrored
    assert TAPS.effect(old, old) is N


def test_a_row_that_changed_is_told_where_it_stands() -> None:
    longer = replace(shipped().row("hypo_severe"), hours=1)
    new = replace(shipped(), findings={**shipped().findings, "hypo_severe": longer})
    taps = Taps(shipped(), new)
    assert taps.effect(gives("hypo_severe"), gives("hypo_severe", tier=Tier.D)) is L


LINES = [
    (asks("DSEEN", gives=("meningitis_signs",)), asks("DSEEN", gives=("unwell_today",)), L),
    (asks("DSEEN", gives=("meningitis_signs",)), asks("DSEEN"), L),  # nothing for the card to give
    (gives("meningitis_signs"), asks("DSEEN", gives=("meningitis_signs",)), D),  # asked first, not given
    (NO, gives("unwell_today"), D),  # an empty line goes to a person
    (NO, gives("item_unsure"), N),
    (gives("ache_everyday"), NO, S),
    (asks("DSTR"), asks("DALC"), D),
    (asks("DSEEN"), asks("DSEEN", gives=("doctor_ok_valid",)), L),  # the card would free
    (asks("DSEEN", gives=("new_confusion", "unwell_today")), asks("DSEEN", gives=("new_confusion",)), N),
    (Effect(ok_else=("ache_everyday", "chest_pain_now")), gives("item_unsure"), D),
]


@pytest.mark.parametrize(("old", "new", "found"), LINES)
def test_lines(old: Effect, new: Effect, found: Judged) -> None:
    assert TAPS.line(old, new) is found
    assert TAPS.line(new, old) is found.mirrored


def option(effect: Effect, *cases: Case, name: str = "o", when: When | None = None) -> Choice:
    return Choice(name, None, f"{name}.b", name, None, when or When(), effect, cases)


def case(effect: Effect, when: When | None = None, **more: Any) -> Case:
    return Case(when or When(any_of=("ms",)), more.get("via_unsure"), more.get("tapped", ()), effect)


MILD, SEVERE, FREE = gives("unwell_today"), gives("chest_pain_now"), gives("doctor_ok_valid")
MS, ALL, STROKE = When(any_of=("ms",)), When(), When(any_of=("ms", "stroke"))
EXCEPTIONS = [
    # an exception comes or goes: it is as strict as it is against what stands without it
    (option(SEVERE), option(SEVERE, case(MILD)), [L]),
    (option(MILD), option(MILD, case(SEVERE)), [S]),
    (option(MILD), option(MILD, case(MILD)), [N]),
    (option(MILD, case(SEVERE)), option(MILD, case(gives("foot_ulcer"))), [L]),
    # a second exception that fits stands in its place, and counts as well
    (option(MILD, case(SEVERE), case(MILD, ALL)), option(MILD, case(MILD, ALL)), [L]),
    (option(SEVERE, case(MILD), case(SEVERE, ALL)), option(SEVERE, case(SEVERE, ALL)), [S]),
    (option(NO, case(SEVERE), case(FREE, ALL)), option(NO, case(FREE, ALL)), [L]),
    (option(MILD, case(gives("foot_ulcer"))), option(MILD), [D]),
    (option(NO, case(MILD), case(SEVERE, ALL)), option(NO, case(SEVERE, ALL)), [D]),
    (option(NO, case(SEVERE, STROKE), case(MILD)), option(NO, case(SEVERE, STROKE)), [L]),
    (option(gives("ache_everyday")), option(gives("ache_everyday"), case(NO)), [L]),
    # for more people, or fewer
    (option(SEVERE, case(MILD, MS)), option(SEVERE, case(MILD, STROKE)), [L]),
    (option(MILD, case(SEVERE, MS)), option(MILD, case(SEVERE, STROKE)), [S]),
    (option(MILD, case(SEVERE, ALL)), option(MILD, case(SEVERE, MS)), [L]),
    (option(MILD, case(asks("DHEAD"), MS)), option(MILD, case(asks("DHEAD"), STROKE)), [D]),
    (option(MILD, case(MILD, MS)), option(MILD, case(MILD, STROKE)), [N]),
    (
        option(MILD, replace(case(SEVERE, MS), words="w")),
        option(MILD, replace(case(SEVERE, STROKE), words="w")),
        [S],
    ),
    # by [Not sure], or with a line tapped as well
    (option(SEVERE, case(MILD, via_unsure=True)), option(SEVERE, case(MILD)), [L]),
    (option(SEVERE, case(MILD, via_unsure=True)), option(SEVERE, case(MILD, via_unsure=False)), [D]),
    (option(MILD, case(SEVERE, tapped=("B1",))), option(MILD, case(SEVERE, tapped=("B1", "B2"))), [S]),
    # the first that fits counts, so their order does
    (option(NO, case(MILD), case(SEVERE, ALL)), option(NO, case(SEVERE, ALL), case(MILD)), [D]),
    (option(MILD, case(SEVERE)), option(MILD, replace(case(SEVERE), words="other")), [D]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "found"), EXCEPTIONS)
def test_exceptions(old: Choice, new: Choice, found: list[Judged]) -> None:
    assert [one for _, _, one in TAPS.cases(old, new)] == found
    assert [one for _, _, one in TAPS.cases(new, old)] == [one.mirrored for one in found]


def test_exceptions_of_a_line_read_it_as_a_line() -> None:
    line = Line("X1", "A", "check.a.1", When(), None, gives("ache_everyday"), ())
    with_case = replace(line, cases=(case(NO),))  # which goes to a person
    assert [one for _, _, one in TAPS.cases(line, with_case)] == [S]


def test_what_is_added_beside_an_effect() -> None:
    found = [one for _, _, one in TAPS.added((case(MILD),), ())]
    assert found == [L]
    assert [one for _, _, one in TAPS.added((), (case(MILD),))] == [S]
    assert [one for _, _, one in TAPS.added((case(MILD),), (case(SEVERE),))] == [S]
    assert list(TAPS.added((case(MILD),), (case(MILD),))) == []


def card(*choices: Choice, multi: bool = False) -> Any:
    return replace(shipped().cards["DSTR"], choices=choices, multi=multi)


SEVERE_ONE, MILD_ONE = option(SEVERE, name="a"), option(MILD, name="b")
NOTHING_ONE = option(NO, name="c")


def test_an_option_that_goes_leaves_the_others() -> None:
    assert TAPS.without(SEVERE_ONE, card(MILD_ONE, NOTHING_ONE)) is L
    assert TAPS.without(NOTHING_ONE, card(MILD_ONE, SEVERE_ONE)) is S
    assert TAPS.without(MILD_ONE, card(SEVERE_ONE, NOTHING_ONE)) is D
    assert TAPS.without(SEVERE_ONE, card(SEVERE_ONE, option(SEVERE, name="d"))) is N
    assert TAPS.without(option(NO, case(SEVERE), name="e"), card(MILD_ONE)) is D
    # where several can be tapped, the others tell nothing of this one
    assert TAPS.without(MILD_ONE, card(SEVERE_ONE, multi=True)) is L


def test_an_option_for_some_only() -> None:
    some = replace(NOTHING_ONE, when=MS)
    before, after = card(SEVERE_ONE, NOTHING_ONE), card(SEVERE_ONE, some)
    assert TAPS.offered(NOTHING_ONE, some, before, after) is S
    assert TAPS.offered(some, NOTHING_ONE, after, before) is L
    assert TAPS.offered(some, some, after, after) is N
    harsh = replace(SEVERE_ONE, when=MS)
    before, after = card(SEVERE_ONE, NOTHING_ONE), card(harsh, NOTHING_ONE)
    assert TAPS.offered(SEVERE_ONE, harsh, before, after) is L
