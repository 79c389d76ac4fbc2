"""What is known about a client, in three values, and which OK on file answers which event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from screening.known import Known, ok_in_force, visit_day
from screening.policy import When
from screening.questionnaire import Facts, Letter, Ok
from tests.screening.rounds_of_taps import OK, TODAY, VISIT, about, day, shipped

MONTH = 30
THE_DAY = VISIT.date()


def knows(facts: Facts, *found: str, round_facts: tuple[str, ...] = ()) -> Known:
    known = Known(shipped(), facts, round_facts)
    for code in found:
        known.found(code)
    return known


def known_of(*conditions: str, **more: object) -> Known:
    return knows(about(conditions, **more))


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        # one fact leads to the next, whatever the order of the rules
        ("neuropathy_diabetes", "neuropathy diabetes numb_feet"),
        ("neuropathy_chemo", "neuropathy cancer_past numb_feet"),
        ("ms", ""),
        ("neuropathy_other numb_feet_no", "neuropathy"),
        ("pregnant", "pregnancy_possible"),
    ],
)
def test_some_facts_follow_from_others(given: str, follows: str) -> None:
    known = knows(about(()))
    known.tell(given.split())
    told = set(given.split()) | set(follows.split())
    assert {name for name in shipped().facts if known.has(name)} == told
    assert known.learned == set(given.split())
    assert known.conditions == told & set(shipped().conditions)


def test_facts_follow_from_what_was_found_in_the_round_or_before() -> None:
    assert known_of("ms").has("pregnant") is False
    assert known_of("ms", on_file=frozenset({"pregnancy_no_ok"})).has("pregnancy_possible") is True
    found = knows(about(("ms",)), "pregnancy_no_ok")
    assert (found.has("pregnant"), found.has("pregnancy_possible")) == (True, True)
    assert found.learned == set()


@pytest.mark.parametrize(
    "facts",
    [
        about(("ms",), named=frozenset({"stroke"})),
        about(("ms",), noted=frozenset({"stroke"})),
        about(("ms", "stroke")),
    ],
)
def test_what_was_named_or_noted_or_ticked_is_known(facts: Facts) -> None:
    assert knows(facts).has("stroke") is True
    assert knows(facts).conditions == {"ms", "stroke"}


def test_facts_of_the_round_and_of_the_ok_are_known() -> None:
    assert knows(about(), round_facts=("at_once",)).has("at_once") is True
    assert known_of("ms").has("at_once") is False
    assert (known_of("ms").has("ok_needed"), known_of("ms").has("ok_said")) == (False, False)
    none = known_of("ms", ok=None, ok_said=True)
    assert (none.has("ok_needed"), none.has("ok_said")) == (True, True)


def test_while_p0_is_open_a_condition_may_be_there_and_what_the_program_sets_may_not() -> None:
    unknown = knows(about(None))
    assert (unknown.has("stroke"), unknown.has("at_once"), unknown.conditions) == (None, False, None)
    named = knows(about(None, named=frozenset({"ms"})))
    assert (named.has("ms"), named.conditions) == (True, None)


def rows(there: str) -> When:
    return When(**{there: ("ms",)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "there", "not_there", "not_known"),
    [
        ("any_of", True, False, True),
        ("known", True, False, False),
        ("unless", False, True, False),
        ("unless_known", False, True, True),
    ],
)
def test_a_row_stands_by_three_values(field: str, there: bool, not_there: bool, not_known: bool) -> None:
    row = rows(field)
    assert known_of("ms").fits(row) is there
    assert known_of("stroke").fits(row) is not_there
    assert knows(about(None)).fits(row) is not_known


def test_one_of_several_is_enough_and_every_condition_counts() -> None:
    both = ("ms", "stroke")
    assert known_of("ms").fits(When(any_of=both, known=both))
    assert not known_of("ms").fits(When(unless=both))
    assert not known_of("ms").fits(When(unless_known=both))
    assert not known_of("ms").fits(When(any_of=("ms",), known=("stroke",)))
    assert not known_of("ms", "stroke").fits(When(known=("ms",), unless_known=("stroke",)))
    assert known_of("ms").fits(When())


def test_p0_closes_with_its_last_card() -> None:
    known = knows(about(None))
    known.tell(["ms"])
    known.told_p0("P0a", True)
    assert known.conditions is None
    known.told_p0("P0b", True)
    assert known.conditions == {"ms"}


@pytest.mark.parametrize("first", [True, False])
def test_one_not_sure_keeps_p0_open(first: bool) -> None:
    known = knows(about(None))
    known.told_p0("P0a", first)
    known.told_p0("P0b", not first)
    assert known.conditions is None
    known.told_p0("P0a", True)  # asked again later in the round
    assert known.conditions is None


def test_p0_asked_again_opens_only_with_a_not_sure() -> None:
    known = known_of("ms")
    known.told_p0("P0a", True)
    assert known.conditions == {"ms"}
    known.told_p0("P0b", False)
    assert known.conditions is None


# --- the OK ---


def test_an_ok_counts_until_the_day_of_the_visit() -> None:
    booking = about(session_day=None)
    assert (visit_day(about()), visit_day(booking)) == (VISIT.date(), TODAY)

    def counts(until: date, facts: Facts, **more: object) -> bool:
        return ok_in_force(replace(facts, ok=replace(OK, valid_until=until, **more)))  # type: ignore[arg-type]

    assert counts(VISIT.date(), about())
    assert not counts(TODAY, about())
    assert counts(TODAY, booking)
    assert not counts(day(300), about(), voided=True)
    assert not ok_in_force(about(ok=None))


@pytest.mark.parametrize(
    ("found", "on_file", "ok", "never"),
    [
        ("doctor_ok_missing", "", None, True),
        ("", "doctor_ok_missing", None, True),
        ("", "", None, False),  # nobody asked yet
        ("doctor_ok_missing", "", OK, False),
        ("", "", OK, False),
        *(
            (f"doctor_ok_missing {ended}", "", None, False)
            for ended in ("doctor_advised_against", "clearance_void_changed", "clearance_expired")
        ),
        *(
            ("doctor_ok_missing", ended, None, False)
            for ended in ("doctor_advised_against", "clearance_void_changed", "clearance_expired")
        ),
        ("clearance_expired", "", None, False),
    ],
)
def test_an_ok_that_was_never_given_cannot_be_older_than_a_relapse(
    found: str, on_file: str, ok: Ok | None, never: bool
) -> None:
    known = knows(about(ok=ok, on_file=frozenset(on_file.split())), *found.split())
    assert known.never_an_ok() is never


RELAPSE = "relapse_after_clearance"  # any OK newer than the event
CLOT = "clot_under_6m"  # rule 9: a letter


def given(days_ago: int | None, until: date = THE_DAY, **more: object) -> Ok:
    return Ok(None if days_ago is None else day(-days_ago), until, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ok", "event", "answers"),
    [
        (given(30), 30, True),  # on the first day that the event can have been
        (given(31), 30, False),
        (given(29), 30, True),
        (given(400), None, True),  # no event: any that counts
        (given(5, TODAY), None, False),  # out before the visit
        (given(5, TODAY), 30, False),
        (given(5, voided=True), 30, False),
        (given(None), 30, False),  # on no known day
        (given(None), None, True),
        (given(90, covers_until=day(-30)), 30, True),  # nothing new since, said on that day
        (given(90, covers_until=day(-31)), 30, False),
        (given(None, covers_until=day(-2)), 30, True),
        (None, 30, False),
        (None, None, False),
    ],
)
def test_an_ok_answers_an_event_that_is_older(ok: Ok | None, event: int | None, answers: bool) -> None:
    assert knows(about(ok=ok)).ok_answers(RELAPSE, event) is answers


@pytest.mark.parametrize(
    ("found", "ok", "answers"),
    [
        ("doctor_ok_valid", None, True),  # told in this round, with nothing new since
        ("doctor_ok_valid doctor_ok_missing", None, False),
        ("doctor_ok_valid doctor_advised_against", None, False),
        ("doctor_ok_valid clearance_void_changed", None, False),
        ("doctor_ok_missing", given(1), False),
        ("doctor_advised_against", given(1), False),
        ("clearance_void_changed", given(1), False),
        ("stomach_bug", given(1), True),
    ],
)
def test_what_the_round_says_of_the_ok_comes_first(found: str, ok: Ok | None, answers: bool) -> None:
    assert knows(about(ok=ok), *found.split()).ok_answers(RELAPSE, MONTH) is answers


def letter(code: str, days_ago: int, until: date = THE_DAY) -> Letter:
    return Letter(code, day(-days_ago), until)


@pytest.mark.parametrize(
    ("letters", "event", "answers"),
    [
        ((), None, False),
        ((letter(CLOT, 200),), None, True),
        ((letter(CLOT, 30),), 30, True),
        ((letter(CLOT, 31),), 30, False),
        ((letter(CLOT, 5, TODAY),), None, False),
        ((letter("fracture_recent", 5),), None, False),
        ((letter("fracture_recent", 5), letter(CLOT, 5)), 30, True),
        ((letter(CLOT, 31), letter(CLOT, 29)), 30, True),
    ],
)
def test_where_rule_9_asks_for_a_letter_only_that_letter_answers(
    letters: tuple[Letter, ...], event: int | None, answers: bool
) -> None:
    assert knows(about(letters=letters), "doctor_ok_valid").ok_answers(CLOT, event) is answers


def test_a_letter_counts_today_where_no_visit_is_held() -> None:
    facts = about(session_day=None, letters=(letter(CLOT, 5, TODAY),))
    assert knows(facts).ok_answers(CLOT, None)


def test_no_ok_answers_a_code_that_the_policy_lacks() -> None:
    assert knows(about()).ok_answers(RELAPSE, None)
    assert not knows(about()).ok_answers("of_a_later_policy", None)
