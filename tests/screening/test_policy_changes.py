"""Each difference of two policies has its name and is judged; one without a name counts as laxer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest

from screening import files, policy, policy_changes
from screening.judged import Judged
from screening.policy import (
    Card,
    Case,
    Effect,
    Group,
    Implied,
    LiftBy,
    Outcome,
    Policy,
    Slot,
    Tier,
    Together,
    When,
)
from screening.policy_changes import Change, compare, digest, laxer, plain
from tests.screening.changed_policy import with_card, with_finding, with_rows
from tests.screening.rounds_of_taps import shipped

SOMEBODY = When(any_of=("epilepsy",))
MILD = Effect(gives=("conditions_on_file",))


def test_a_policy_differs_in_nothing_from_itself() -> None:
    assert compare(shipped(), shipped()) == ()
    texts = {name: f"# read again\n{text}" for name, text in files.shipped().items()}
    again = policy.load(texts)
    assert again.content_hash != shipped().content_hash
    assert compare(shipped(), again) == ()
    assert digest(laxer(shipped(), again)) == ""


# --- no field is overlooked ---

UNSEEN = {
    ("Policy", "content_hash"),
    ("Policy", "files"),
    ("Policy", "required_keys"),
    ("FindingRow", "code"),
    ("Group", "id"),
}


def another(value: Any) -> Any:
    """A value of the same kind that is not the same."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, Enum):
        return next(one for one in type(value) if one is not value)
    if isinstance(value, tuple):
        return value[:-1] if value else ("other",)
    if isinstance(value, frozenset):
        return value | {"other"}
    if isinstance(value, MappingProxyType):
        return MappingProxyType({**value, "other": 999})
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    return SOMEBODY if isinstance(value, When) else MILD if isinstance(value, Effect) else None


EXAMPLES: tuple[tuple[Any, Callable[[Any], Policy]], ...] = (
    (shipped().findings["relapse_current"], lambda row: with_rows("findings", relapse_current=row)),
    (shipped().findings["hypo_severe"], lambda row: with_rows("findings", hypo_severe=row)),
    (shipped().findings["foot_ulcer"], lambda row: with_rows("findings", foot_ulcer=row)),
    (shipped().items["N1"], lambda row: with_rows("items", N1=row)),
    (shipped().phases["check"], lambda row: with_rows("phases", check=row)),
    (shipped().cards["D"], lambda row: with_rows("cards", D=row)),
    (shipped().cards["DSEEN"], lambda row: with_rows("cards", DSEEN=row)),
    (
        shipped().lines["C10"],
        lambda row: with_card(
            shipped().cards["C"],
            lines=tuple(row if one.id == "C10" else one for one in shipped().cards["C"].lines),
        ),
    ),
    (
        shipped().cards["DLIMB"].choices[1],
        lambda row: with_card(
            shipped().cards["DLIMB"],
            choices=(shipped().cards["DLIMB"].choices[0], row, *shipped().cards["DLIMB"].choices[2:]),
        ),
    ),
    (
        shipped().cards["DLIMB"].choices[1].cases[0],
        lambda row: with_card(
            shipped().cards["DLIMB"],
            choices=(
                shipped().cards["DLIMB"].choices[0],
                replace(shipped().cards["DLIMB"].choices[1], cases=(row,)),
                *shipped().cards["DLIMB"].choices[2:],
            ),
        ),
    ),
    (
        shipped().groups["relapse"],
        lambda row: with_rows(
            "findings", relapse_current=replace(shipped().row("relapse_current"), group=row)
        ),
    ),
    (shipped(), lambda row: replace(row, content_hash="other")),
)
FIELDS = [
    pytest.param(row, field.name, put, id=f"{type(row).__name__}.{field.name}-{place}")
    for place, (row, put) in enumerate(EXAMPLES)
    for field in fields(row)
    if (type(row).__name__, field.name) not in UNSEEN
    and not (type(row) is Policy and isinstance(getattr(row, field.name), MappingProxyType))
    and another(getattr(row, field.name)) is not None
    and (getattr(row, field.name) != () or field.name not in ("choices", "still_cases", "cases"))
    and not (type(row) is Card and field.name == "lines")
]


@pytest.mark.parametrize(("row", "field", "put"), FIELDS)
def test_no_field_is_overlooked(row: Any, field: str, put: Callable[[Any], Policy]) -> None:
    assert compare(shipped(), put(replace(row, **{field: another(getattr(row, field))})))


# --- how some are judged ---


def judged_as(changed: Policy) -> set[Judged]:
    return {change.judged for change in compare(shipped(), changed)}


def test_a_clinic_may_be_stricter_by_the_usual_signature() -> None:
    row = shipped().row("fever_or_infection")
    longer = with_rows("findings", fever_or_infection=replace(row, days=10))
    assert judged_as(longer) == {Judged.STRICTER}
    by_lead = Group("dated_lead", Slot.PROVISIONAL, LiftBy.LEAD, (*row.group.needs, "ok_after_began"), True)
    harder = with_rows("findings", fever_or_infection=replace(row, group=by_lead))
    assert judged_as(harder) == {Judged.STRICTER}
    asked = with_rows("items", N1=replace(shipped().items["N1"], applies_to=()))
    assert judged_as(asked) == {Judged.STRICTER}


def test_a_new_question_is_stricter() -> None:
    texts = files.shipped()
    texts["z_sunburn.toml"] = """
[[item]]
id = "Z1"
section = "E"
when = "S"
findings = [{ code = "sunburn_bad", outcome = "defer", group = "dated", days = 3 }]

[[line]]
id = "E99"
card = "E"
n = "99"
gives = ["sunburn_bad"]
"""
    changes = compare(shipped(), policy.load(texts))
    assert {(change.kind, change.name, change.what) for change in changes} == {
        ("item", "Z1", "new"),
        ("finding", "sunburn_bad", "new"),
        ("line", "E99", "new"),
    }
    assert {change.judged for change in changes} == {Judged.STRICTER}


def test_what_only_names_or_sorts_is_neutral() -> None:
    texts = files.shipped()
    texts["policy.toml"] = texts["policy.toml"].replace('"1.0.2"', '"1.0.3"')
    texts["b_nerve.toml"] = texts["b_nerve.toml"].replace('sources = "S13"', 'sources = "S13, S62"')
    assert judged_as(policy.load(texts)) == {Judged.NEUTRAL}


def test_an_option_that_frees_may_not_be_offered_to_more() -> None:
    """[It is my usual hug] is for people known to have MS; for others the same words are chest pain."""
    card = shipped().cards["DCHEST"]
    wide = tuple(replace(c, when=When()) for c in card.choices)
    assert judged_as(with_card(card, choices=wide)) & {Judged.LAXER, Judged.DOUBTFUL}


def test_a_code_that_says_an_ok_is_there_frees() -> None:
    card = shipped().cards["FC5"]
    first = replace(card.choices[1], effect=Effect(gives=("doctor_ok_missing", "doctor_ok_valid")))
    changed = with_card(card, choices=(card.choices[0], first, *card.choices[2:]))
    assert judged_as(changed) == {Judged.LAXER}


def test_the_digest_names_exactly_these_differences() -> None:
    row = shipped().row("fever_or_infection")
    six, five = (with_rows("findings", fever_or_infection=replace(row, days=days)) for days in (6, 5))
    again = with_rows("findings", fever_or_infection=replace(row, days=6, sources="S62"))
    assert digest(laxer(shipped(), six)) == digest(laxer(shipped(), again)) != ""
    assert digest(laxer(shipped(), six)) != digest(laxer(shipped(), five))
    longer = with_rows("findings", fever_or_infection=replace(row, days=10))
    assert digest(laxer(shipped(), longer)) == ""


def test_a_change_that_has_no_words_counts_as_laxer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_changes, "_head", lambda _old, _new: ())
    changed = replace(shipped(), content_hash="other", conditions=shipped().conditions[1:])
    assert named(laxer(shipped(), changed)) == [("", "policy", "", "other", D)]


# --- each by its name ---

ONE = shipped().cards["DLIMB"].choices[1]
LIMB = shipped().cards["DLIMB"]
FEVER = shipped().row("fever_or_infection")


def limb(**changed: Any) -> Policy:
    return with_card(LIMB, choices=(LIMB.choices[0], replace(ONE, **changed), *LIMB.choices[2:]))


def lined(**changed: Any) -> Policy:
    card = shipped().cards["C"]
    lines = tuple(replace(one, **changed) if one.id == "C10" else one for one in card.lines)
    return with_card(card, lines=lines)


def head(**changed: Any) -> Policy:
    return replace(shipped(), **{"content_hash": "other", **changed})


L, D, S, N = Judged.LAXER, Judged.DOUBTFUL, Judged.STRICTER, Judged.NEUTRAL
RULES = shipped().together[0]
MS_NERVES = Implied(("ms",), (), "neuropathy")
CHEST = shipped().cards["DCHEST"]
C10 = shipped().lines["C10"]
MS = shipped().conditions[0]
NAMED: list[tuple[Policy, tuple[str, str, str, str, Judged]]] = [
    (with_rows("items", N1=None), ("N1", "item", "N1", "gone", L)),
    (with_rows("items", N1=replace(shipped().items["N1"], wording=2)), ("N1", "item", "N1", "wording", N)),
    (with_rows("findings", fever_or_infection=None), ("I1", "finding", FEVER.code, "gone", L)),
    (with_finding(FEVER, days=6)[1], ("I1", "finding", FEVER.code, "days", L)),
    (with_finding(FEVER, lift_by=LiftBy.LEAD)[1], ("I1", "finding", FEVER.code, "lift_by", S)),
    (
        with_rows("findings", fever_or_infection=replace(FEVER, group=replace(FEVER.group, id="other"))),
        ("I1", "finding", FEVER.code, "group", N),
    ),
    (with_rows("cards", DLIMB=None), ("R6", "card", "DLIMB", "gone", L)),
    (with_card(LIMB, above=()), ("R6", "card", "DLIMB", "above", L)),
    (with_card(LIMB, key="detail.other"), ("R6", "card", "DLIMB", "key", D)),
    (with_card(shipped().cards["A"], still=Effect()), ("A", "card", "A", "still", L)),
    (with_card(shipped().cards["P0a"], none=Effect()), ("P0", "card", "P0a", "none", L)),
    (with_card(shipped().cards["D"], still_cases=()), ("N2", "card", "D", "case", L)),
    (with_card(LIMB, choices=LIMB.choices[::-1]), ("R6", "card", "DLIMB", "choices", N)),
    (with_card(LIMB, choices=LIMB.choices[1:]), ("R6", "option", "DLIMB/detail.dlimb.1", "gone", L)),
    (limb(effect=Effect()), ("R6", "option", "DLIMB/detail.dlimb.2", "effect", L)),
    (limb(cases=()), ("R6", "option", "DLIMB/detail.dlimb.2", "case", L)),
    (limb(alias="other"), ("R6", "option", "DLIMB/detail.dlimb.2", "alias", N)),
    (limb(words="detail.other"), ("R6", "option", "DLIMB/detail.dlimb.2", "words", D)),
    (limb(when=SOMEBODY), ("R6", "option", "DLIMB/detail.dlimb.2", "when", D)),
    (lined(block=None), ("C", "line", "C10", "block", N)),
    (lined(when=When()), ("C", "line", "C10", "when", S)),
    (lined(effect=MILD), ("C", "line", "C10", "effect", D)),
    (lined(effect=replace(C10.effect, gives=())), ("C", "line", "C10", "effect", L)),
    (lined(cases=(Case(SOMEBODY, None, (), C10.effect),)), ("C", "line", "C10", "case", N)),
    (
        with_card(shipped().cards["C"], lines=shipped().cards["C"].lines[::-1]),
        ("C", "card", "C", "lines", N),
    ),
    (with_rows("lines", X9=replace(C10, card="DLIMB")), ("R6", "line", "X9", "new", S)),
    (with_rows("lines", X9=replace(C10, card="NEW")), ("NEW", "line", "X9", "new", S)),
    (with_rows("cards", DZZ=replace(LIMB, id="DZZ")), ("R6", "card", "DZZ", "new", S)),
    (with_rows("cards", DZZ=replace(LIMB, id="DZZ", item="nowhere")), ("DZZ", "card", "DZZ", "new", S)),
    (
        with_card(CHEST, choices=tuple(replace(one, when=When()) for one in CHEST.choices)),
        (CHEST.item, "option", "DCHEST/detail.dchest.4", "when", L),
    ),
    (
        with_card(CHEST, choices=tuple(one for one in CHEST.choices if one.name != "detail.dchest.4")),
        (CHEST.item, "option", "DCHEST/detail.dchest.4", "gone", S),
    ),
    (
        with_card(CHEST, choices=(*CHEST.choices, replace(CHEST.choices[3], name="usual", when=When()))),
        (CHEST.item, "option", "DCHEST/usual", "new", L),
    ),
    (with_rows("phases", check=None), ("check", "round", "check", "gone", L)),
    (
        with_rows("phases", check=replace(shipped().phases["check"], needs_ok=False)),
        ("check", "round", "check", "needs_ok", L),
    ),
    (head(implied=(*shipped().implied, MS_NERVES)), ("", "fact", "neuropathy/ms", "new", D)),
    (head(assumed=shipped().assumed[1:]), ("", "note", "heat_cold_sensitive/ms", "gone", L)),
    (
        head(together=shipped().together[1:]),
        ("", "together", f"{RULES.gives}/{RULES.codes[0]}", "gone", L),
    ),
    (head(version="2"), ("", "policy", "", "version", N)),
    (head(review=replace(shipped().review, status="reviewed")), ("", "policy", "", "review", N)),
    (head(conditions=shipped().conditions[1:]), ("", "policy", "", "conditions", L)),
    (head(not_yet=frozenset(shipped().conditions)), ("", "policy", "", "not_yet", S)),
    (head(not_yet=frozenset({"ms"})), ("", "policy", "", "not_yet", S)),
    (head(not_yet=frozenset({"DREL"})), ("", "policy", "", "not_yet", D)),
    (head(facts=shipped().facts | {"new"}), ("", "policy", "", "facts", N)),
    (head(sure_facts=shipped().sure_facts | {"ms"}), ("", "policy", "", "sure_facts", D)),
    (head(groups={}), ("", "policy", "", "groups", N)),
    (head(conditions=shipped().conditions[::-1]), ("", "policy", "", "other", D)),
]


@pytest.mark.parametrize(("changed", "wanted"), NAMED, ids=["/".join(row[1][1:4]) for row in NAMED])
def test_each_difference_has_its_name(changed: Policy, wanted: tuple[str, str, str, str, Judged]) -> None:
    assert named(compare(shipped(), changed)) == [wanted]


def named(changes: Iterable[Change]) -> list[tuple[str, str, str, str, Judged]]:
    return [(one.where, one.kind, one.name, one.what, one.judged) for one in changes]


def test_a_change_holds_what_was_and_what_is() -> None:
    (found,) = compare(shipped(), limb(cases=()))
    assert (found.old, found.new) == (ONE.cases[0], None)
    (found,) = compare(limb(cases=()), shipped())
    assert (found.old, found.new) == (None, ONE.cases[0])
    (found,) = compare(shipped(), with_card(LIMB, choices=LIMB.choices[::-1]))
    names = tuple(choice.name for choice in LIMB.choices)
    assert (found.old, found.new) == (names, names[::-1])


def test_a_line_that_moved_belongs_to_its_old_card() -> None:
    moved = with_rows("lines", C10=replace(C10, card="A"))
    assert named(compare(shipped(), moved)) == [("C", "line", "C10", "card", D)]
    assert named(compare(moved, shipped())) == [("A", "line", "C10", "card", D)]


def test_a_condition_that_goes_while_its_rows_are_awaited() -> None:
    waits = head(conditions=shipped().conditions[1:], not_yet=frozenset({MS}))
    assert named(compare(shipped(), waits)) == [
        ("", "policy", "", "conditions", L),
        ("", "policy", "", "not_yet", S),
    ]


def test_a_group_that_no_finding_has_changes_nothing() -> None:
    spare = Group("spare", Slot.MOVED, LiftBy.STAFF)
    one, other = (
        head(content_hash=by.value, groups={**shipped().groups, "spare": replace(spare, lift_by=by)})
        for by in (LiftBy.STAFF, LiftBy.LEAD)
    )
    assert compare(one, other) == ()


def test_a_new_fact_that_is_sure_settles_nothing_that_was_open() -> None:
    sure = head(facts=shipped().facts | {"new"}, sure_facts=shipped().sure_facts | {"new"})
    assert named(compare(shipped(), sure)) == [
        ("", "policy", "", "facts", N),
        ("", "policy", "", "sure_facts", N),
    ]


def way(*unless: str, given: tuple[str, ...] = ("ms",)) -> Implied:
    return Implied(given, unless, "fatigue_usual")


WAYS: list[tuple[tuple[Implied, ...], tuple[Implied, ...], list[tuple[str, str, Judged]]]] = [
    ((way(),), (), [("fatigue_usual/ms", "gone", L)]),
    ((way(),), (way("epilepsy"),), [("fatigue_usual/ms", "unless", L)]),
    ((way("epilepsy"),), (way("stroke"),), [("fatigue_usual/ms", "unless", D)]),
    # a second way to the same: which is wider depends on both
    ((way("epilepsy"),), (way("epilepsy"), way("stroke")), [("fatigue_usual/ms", "unless", D)]),
    ((way("a"), way("b")), (way("a"), way("c")), [("fatigue_usual/ms", "unless", D)]),
    ((way("a"), way("b")), (way("a"), way()), [("fatigue_usual/ms", "unless", D)]),
    # the same, written otherwise
    ((way(), way(given=("stroke",))), (way(given=("stroke", "ms")),), [("", "other", D)]),
    ((way(),), (way(given=("stroke", "ms")),), [("fatigue_usual/stroke", "new", S)]),
]


@pytest.mark.parametrize(("old", "new", "found"), WAYS)
def test_rules_of_what_follows(
    old: tuple[Implied, ...], new: tuple[Implied, ...], found: list[tuple[str, str, Judged]]
) -> None:
    one, other = (head(content_hash=str(place), assumed=rules) for place, rules in enumerate((old, new)))
    assert [(change.name, change.what, change.judged) for change in compare(one, other)] == found
    back = [(change.name, change.what, change.judged) for change in compare(other, one)]
    assert back == [
        (name, {"gone": "new", "new": "gone"}.get(what, what), judged.mirrored)
        for name, what, judged in found
    ]


def test_a_fact_that_takes_no_question_away_is_laxer_when_it_goes() -> None:
    one = head(content_hash="one", implied=(Implied(("ms",), (), "of_no_row"),))
    other = head(content_hash="other", implied=())
    assert named(compare(one, other)) == [("", "fact", "of_no_row/ms", "gone", L)]


def beside(*codes: str, **more: Any) -> Together:
    empty: dict[str, Any] = {"beside": (), "known": (), "unless_known": (), "tier": None}
    return Together(codes or ("ache_everyday",), gives="chest_pain_now", **{**empty, **more})


FOUND: list[tuple[tuple[Together, ...], tuple[Together, ...], list[Judged]]] = [
    ((beside(),), (), [L]),
    ((beside("a", "b"),), (beside("b"), beside("a")), [D]),  # the same, written otherwise
    ((beside("a", "b"),), (beside("b"),), [L]),
    ((beside(),), (beside(beside=("stomach_bug",)),), [L]),
    ((beside(),), (beside(known=("ms",)),), [L]),
    ((beside(),), (beside(unless_known=("ms",)),), [L]),
    ((beside(),), (beside(tier=Tier.D),), [L]),  # E is the row's own
    ((beside(tier=Tier.D),), (beside(tier=Tier.E),), [S]),
    ((beside(),), (beside(tier=Tier.E),), [N]),
    ((beside(known=("ms",)),), (beside(beside=("stomach_bug",)),), [D]),
    # several rules from one code to another: each that is there can only add
    ((beside(known=("ms",)),), (beside(known=("ms",)), beside(known=("stroke",))), [S]),
    (
        (beside(known=("ms",)), beside(known=("pregnant",))),
        (beside(known=("ms",)), beside(known=("stroke",))),
        [D],
    ),
]


@pytest.mark.parametrize(("old", "new", "found"), FOUND)
def test_findings_together(old: tuple[Together, ...], new: tuple[Together, ...], found: list[Judged]) -> None:
    one, other = (head(content_hash=str(place), together=rules) for place, rules in enumerate((old, new)))
    there, back = compare(one, other), compare(other, one)
    assert [change.judged for change in there] == found
    assert [change.judged for change in back] == [judged.mirrored for judged in found]


def test_rules_of_one_code_stand_side_by_side_in_a_change() -> None:
    two = (beside("a", "b", known=("ms",)), beside("b", known=("stroke",)))
    one, other = (head(content_hash=str(place), together=rules) for place, rules in enumerate((two[:1], two)))
    (found,) = compare(one, other)
    assert named([found]) == [("", "together", "chest_pain_now/b", "when", S)]
    assert found.old == (beside("b", known=("ms",)),)
    assert found.new == (beside("b", known=("ms",)), beside("b", known=("stroke",)))


def test_a_tier_is_that_of_the_row_of_its_own_policy() -> None:
    row = shipped().row("chest_pain_now")
    one = head(content_hash="one", together=(beside(),))
    other = replace(
        with_rows("findings", chest_pain_now=replace(row, tier=Tier.D)), together=(beside(tier=Tier.E),)
    )
    assert [(change.kind, change.judged) for change in compare(one, other)] == [
        ("finding", L),
        ("together", N),
    ]
    assert [(change.kind, change.judged) for change in compare(other, one)] == [
        ("finding", S),
        ("together", N),
    ]


def test_values_of_a_change_are_plain_json() -> None:
    _, changed = with_finding(FEVER, days_for=MappingProxyType({"ms": 9}), needs=("b", "a"))
    found = {one.what: plain(one) for one in laxer(changed, shipped())}
    assert (found["days_for"]["old"], found["days_for"]["new"]) == ({"ms": 9}, {})
    assert (found["needs"]["old"], found["needs"]["judged"]) == (["b", "a"], "doubtful")
    assert plain(frozenset({"b", "a"})) == ["a", "b"]
    assert plain(Outcome.DEFER) == "defer"


def test_a_digest_that_was_signed_stays_the_same() -> None:
    """The database keeps it: another way of writing would ask every clinic to sign again."""
    _, old = with_finding(FEVER, adapt="Füße", days=8)
    changes = laxer(old, shipped())
    assert [change.what for change in changes] == ["days", "adapt"]
    kept = "8830716a9e7724e6592726270c79fad1acfb0b84fb8830c60cfe58260be8fc60"
    assert digest(changes) == digest(changes[::-1]) == kept
