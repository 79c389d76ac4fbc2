"""A lead signs what becomes laxer, so nothing laxer may go unseen: every row is lowered once here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening import files, judged, policy
from screening.decision import History, decide
from screening.judged import Judged
from screening.policy import (
    Card,
    Effect,
    FindingRow,
    Group,
    LiftBy,
    Outcome,
    Policy,
    Slot,
    Tier,
    Together,
    When,
)
from screening.policy_changes import Change, compare, digest, laxer, plain
from screening.questionnaire import Finding
from tests.screening.rounds_of_taps import AT, OK, VISIT, shipped

Mutation = tuple[str, Policy]
SOMEBODY = When(any_of=("epilepsy",))
MILD = Effect(gives=("conditions_on_file",))


def with_rows(kind: str, **rows: Any) -> Policy:
    """The policy with these rows in place of its own; None = without the row."""
    table = dict(getattr(shipped(), kind))
    for name, row in rows.items():
        table.pop(name, None)
        if row is not None:
            table[name] = row
    return replace(shipped(), content_hash="other", **{kind: MappingProxyType(table)})


def with_finding(row: FindingRow, **changed: Any) -> Mutation:
    group = {name: changed.pop(name) for name in ("slot", "lift_by", "needs", "relapse") if name in changed}
    new = replace(row, group=replace(row.group, **group), **changed)
    return f"{row.code}: {changed} {group}", with_rows("findings", **{row.code: new})


def with_card(card: Card, **changed: Any) -> Policy:
    new = replace(card, **changed)
    cards = dict(shipped().cards) | {card.id: new}
    gone = {line.id for line in card.lines}
    lines = {name: line for name, line in shipped().lines.items() if name not in gone}
    lines |= {line.id: line for line in new.lines}
    return replace(
        shipped(), content_hash="other", cards=MappingProxyType(cards), lines=MappingProxyType(lines)
    )


def lowered_findings() -> Iterator[Mutation]:
    for row in shipped().findings.values():
        yield f"{row.code} removed", with_rows("findings", **{row.code: None})
        yield from (with_finding(row, outcome=rank) for rank in Outcome if rank < row.outcome)
        for number in ("hours", "days", "letter_after_days"):
            least = getattr(row, number)
            if least:
                yield from (with_finding(row, **{number: less}) for less in (least - 1, 0, None))
        for kept in ("note", "says"):
            yield from (
                with_finding(row, **{kept: tuple(one for one in getattr(row, kept) if one != gone)})
                for gone in getattr(row, kept)
            )
        for fact in ("standing", "needs_letter", "voids_ok"):
            if getattr(row, fact):
                yield with_finding(row, **{fact: False})
        for fact in ("letter_answers", "next_midnight", "system", "no_note"):
            if not getattr(row, fact):
                yield with_finding(row, **{fact: True})
        for words in ("tier", "clinic_days", "added", "who_first", "who_ok", "adapt"):
            if getattr(row, words) is not None:
                yield with_finding(row, **{words: None})
        if row.added is not None and row.added_tier is None:
            yield with_finding(row, added_tier=Tier.C)
        for table in ("days_for", "who_first_for"):
            if getattr(row, table):
                yield with_finding(row, **{table: MappingProxyType({})})
        if row.days_for:
            yield with_finding(row, days_for=MappingProxyType({"ms": 1}))
        if row.tier is Tier.E:
            yield with_finding(row, tier=Tier.D)
        yield from (
            with_finding(row, slot=slot) for slot in Slot if judged.ASKS[slot] < judged.ASKS[row.slot]
        )
        before = judged.LIFTS[: judged.LIFTS.index(row.lift_by)]
        yield from (with_finding(row, lift_by=by) for by in before)
        yield from (
            with_finding(row, needs=tuple(n for n in row.group.needs if n != gone))
            for gone in row.group.needs
        )
        if row.relapse:
            yield with_finding(row, relapse=False)


def lowered_items() -> Iterator[Mutation]:
    asked = {"BS": ("B", "S", "L"), "B": ("L",), "S": ("L",), "any": ("B", "S", "BS", "after")}
    for item in shipped().items.values():
        yield f"{item.id} removed", with_rows("items", **{item.id: None})
        for less in asked.get(item.when_asked, ()):
            yield f"{item.id} {less}", with_rows("items", **{item.id: replace(item, when_asked=less)})
        some = [tuple(n for n in item.applies_to if n != gone) for gone in item.applies_to]
        for applies in filter(None, some) if item.applies_to else [("ms",)]:
            yield f"{item.id} {applies}", with_rows("items", **{item.id: replace(item, applies_to=applies)})


def narrower(when: When) -> Iterator[When]:
    for name in ("any_of", "known"):
        names = getattr(when, name)
        if not names:
            yield replace(when, **{name: ("epilepsy",)})
        elif len(names) > 1:
            yield from (replace(when, **{name: tuple(n for n in names if n != gone)}) for gone in names)
    for name in ("unless", "unless_known"):
        yield replace(when, **{name: (*getattr(when, name), "numb_feet_no")})


def lowered_cards() -> Iterator[Mutation]:
    for card in shipped().cards.values():
        yield f"{card.id} removed", with_rows("cards", **{card.id: None})
        yield from ((f"{card.id} for {when}", with_card(card, when=when)) for when in narrower(card.when))
        for fact in ("red", "at_once", "multi"):
            if getattr(card, fact):
                yield f"{card.id} not {fact}", with_card(card, **{fact: False})
        if not card.once:
            yield f"{card.id} once", with_card(card, once=True)
        if card.above:
            yield f"{card.id} without words above", with_card(card, above=())
        if card.overflow:
            yield f"{card.id} without overflow", with_card(card, overflow=None)
        if worst(card.still) >= Outcome.CAUTION:
            yield f"{card.id} still nothing", with_card(card, still=Effect())
            yield f"{card.id} still mild", with_card(card, still=MILD)
        for case in card.still_cases:
            left = tuple(one for one in card.still_cases if one != case)
            yield f"{card.id} still_also", with_card(card, still_cases=left)


def lowered_lines() -> Iterator[Mutation]:
    for card in shipped().cards.values():
        for line in card.lines:
            others = tuple(one for one in card.lines if one is not line)

            def put(home: Card = card, others: Any = others, old: Any = line, **changed: Any) -> Policy:
                return with_card(home, lines=(*others, replace(old, **changed)))

            yield f"{line.id} removed", with_card(card, lines=others)
            yield f"{line.id} moved", put(card="A" if card.id == "E" else "E")
            yield f"{line.id} other words", put(key="check.other")
            yield from ((f"{line.id} for {when}", put(when=when)) for when in narrower(line.when))
            yield f"{line.id} mild", put(effect=MILD)
            if line.effect.next and line.effect.next != ("DALC",):
                yield f"{line.id} mild card", put(effect=replace(line.effect, next=("DALC",)))
                yield f"{line.id} goes to a person", put(effect=Effect())
            for case in line.cases:
                if line.effect.gives:
                    mild = replace(case, effect=MILD)
                    yield f"{line.id} mild case", put(cases=(mild,))


def worst(effect: Effect) -> Outcome:
    codes = (*effect.gives, *(effect.ok_else or ()))
    deeper = Outcome.DEFER if effect.next or "$line" in codes else Outcome.CLEAR
    return max((shipped().row(code).outcome for code in codes if code != "$line"), default=deeper)


def lowered_options() -> Iterator[Mutation]:
    for card in shipped().cards.values():
        for choice in card.choices:

            def put(card: Card = card, choice: Any = choice, **changed: Any) -> Policy:
                new = tuple(replace(c, **changed) if c is choice else c for c in card.choices)
                return with_card(card, choices=new)

            name = f"{card.id}/{choice.name}"
            others = [worst(other.effect) for other in card.choices if other is not choice]
            rank = worst(choice.effect)
            if rank >= Outcome.CAUTION:
                yield f"{name} nothing", put(effect=Effect())
                yield f"{name} mild", put(effect=MILD)
                if min(others, default=rank) < rank:
                    left = tuple(one for one in card.choices if one is not choice)
                    yield f"{name} removed", with_card(card, choices=left)
                    yield f"{name} for some", put(when=SOMEBODY)
            elif max(others, default=rank) > rank and choice.when != When():
                yield f"{name} for all", put(when=When())
            if choice.effect.next:
                yield f"{name} opens nothing", put(effect=replace(choice.effect, next=()))
            if choice.effect.ok_else:
                first, _ = choice.effect.ok_else
                always = replace(choice.effect, ok_else=(first, first))
                yield f"{name} without asking for an OK", put(effect=always)
                if choice.effect.event_days is not None:
                    yield f"{name} an older OK", put(effect=replace(choice.effect, event_days=400))
                    yield f"{name} any OK", put(effect=replace(choice.effect, event_days=None))
            if choice.effect.tier is Tier.E:
                yield f"{name} tier D", put(effect=replace(choice.effect, tier=Tier.D))
            for place, case in enumerate(choice.cases):
                if worst(case.effect) >= Outcome.CAUTION:
                    cases = list(choice.cases)
                    cases[place] = replace(case, effect=MILD)
                    yield f"{name} case mild", put(cases=tuple(cases))
                if worst(case.effect) > rank:
                    yield f"{name} without its case", put(cases=())


def lowered_rounds() -> Iterator[Mutation]:
    for phase in shipped().phases.values():
        yield f"{phase.id} removed", with_rows("phases", **{phase.id: None})
        for gone in phase.cards:
            left = tuple(card for card in phase.cards if card != gone)
            yield f"{phase.id} without {gone}", with_rows("phases", **{phase.id: replace(phase, cards=left)})
        if len(phase.cards) > 1:
            turned = replace(phase, cards=(*phase.cards[1:], phase.cards[0]))
            yield f"{phase.id} in another order", with_rows("phases", **{phase.id: turned})
        changed: list[dict[str, Any]] = [{"when_unknown": ()}] if phase.when_unknown else []
        changed += [] if phase.full else [{"full": True}]
        changed += [{"needs_ok": False}] if phase.needs_ok else []
        changed += [
            {"stop_at": Outcome.CAUTION},
            {"confirm": not phase.confirm},
            {"facts": ("at_once", "ms")},
        ]
        for one in changed:
            yield f"{phase.id} {one}", with_rows("phases", **{phase.id: replace(phase, **one)})


def lowered_rules() -> Iterator[Mutation]:
    for kind in ("implied", "assumed"):
        rules = getattr(shipped(), kind)
        for rule in rules:
            left = tuple(one for one in rules if one is not rule)
            yield f"{rule.gives} not {kind}", replace(shipped(), content_hash="o", **{kind: left})
            for gone in rule.given if len(rule.given) > 1 else ():
                less = replace(rule, given=tuple(name for name in rule.given if name != gone))
                yield f"{rule.gives}, {gone}", replace(shipped(), content_hash="o", **{kind: (*left, less)})
            fewer = replace(rule, unless=(*rule.unless, "epilepsy"))
            yield f"{rule.gives} unless", replace(shipped(), content_hash="o", **{kind: (*left, fewer)})


def lowered_together() -> Iterator[Mutation]:
    rules = shipped().together

    def put(old: Together, *new: Together) -> Policy:
        left = tuple(one for one in rules if one is not old)
        return replace(shipped(), content_hash="o", together=(*left, *new))

    for rule in rules:
        yield f"{rule.codes} not together", put(rule)
        for gone in rule.codes:
            left = tuple(code for code in rule.codes if code != gone)
            yield f"{gone} not together", put(rule, replace(rule, codes=left))
        for name in ("beside", "known"):
            names = getattr(rule, name)
            less = [tuple(n for n in names if n != gone) for gone in names] if names else [("ms",)]
            for narrow in filter(None, less):
                yield f"{rule.gives} {name} {narrow}", put(rule, replace(rule, **{name: narrow}))
        unless = (*rule.unless_known, "epilepsy")
        yield f"{rule.gives} unless", put(rule, replace(rule, unless_known=unless))
        if shipped().row(rule.gives).outcome is Outcome.URGENT:
            yield f"{rule.gives} D", put(rule, replace(rule, tier=Tier.D))


def lowered_head() -> Iterator[Mutation]:
    base = replace(shipped(), content_hash="o")
    for gone in base.conditions:
        left = tuple(name for name in base.conditions if name != gone)
        yield f"no {gone}", replace(base, conditions=left)
    yield "a code that is not there yet", replace(base, not_yet=frozenset({"relapse_current"}))
    yield "a condition taken as known", replace(base, sure_facts=base.sure_facts | {"ms"})


SOURCES: tuple[Callable[[], Iterator[Mutation]], ...] = (
    lowered_findings,
    lowered_items,
    lowered_cards,
    lowered_lines,
    lowered_options,
    lowered_rounds,
    lowered_rules,
    lowered_together,
    lowered_head,
)
LOWERED = [mutation for source in SOURCES for mutation in source()]


def test_whatever_is_lowered_is_laxer() -> None:
    assert len(LOWERED) > 2500
    assert [name for name, changed in LOWERED if not laxer(shipped(), changed)] == []


def test_laxer_one_way_is_stricter_the_other() -> None:
    for name, changed in LOWERED:
        there, back = compare(shipped(), changed), compare(changed, shipped())
        assert in_order(there) == in_order(tuple(change.mirrored for change in back)), name


def in_order(changes: tuple[Change, ...]) -> list[str]:
    """Told alike whatever stands first; a line that moved belongs to the old card in both."""
    return sorted(repr(replace(change, where="")) for change in changes)


def test_a_policy_differs_in_nothing_from_itself() -> None:
    assert compare(shipped(), shipped()) == ()
    texts = {name: f"# read again\n{text}" for name, text in files.shipped().items()}
    again = policy.load(texts)
    assert again.content_hash != shipped().content_hash
    assert compare(shipped(), again) == ()
    assert digest(laxer(shipped(), again)) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([name for name, _ in LOWERED]), min_size=2, max_size=2, unique=True))
def test_two_changed_policies_mirror_each_other(names: list[str]) -> None:
    one, other = (dict(LOWERED)[name] for name in names)
    one, other = replace(one, content_hash="one"), replace(other, content_hash="other")
    there, back = compare(one, other), compare(other, one)
    assert in_order(there) == in_order(tuple(change.mirrored for change in back))


CLEARLY = [
    changed
    for _, changed in lowered_findings()
    if {change.judged for change in compare(shipped(), changed)} == {Judged.LAXER}
    and changed.findings.keys() == shipped().findings.keys()
]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(CLEARLY),
    st.lists(st.sampled_from(sorted(shipped().findings)), min_size=1, max_size=4, unique=True),
    st.booleans(),
)
def test_what_is_called_laxer_never_decides_more_strictly(
    laxer_one: Policy, told: list[str], ok: bool
) -> None:
    findings = [Finding(code, shipped().row(code).item) for code in told]
    history = History(conditions=frozenset({"ms"}), ok=OK if ok else None)
    here, there = (
        decide(rules, findings, history, at=AT, phase="check", session_at=VISIT)
        for rules in (shipped(), laxer_one)
    )
    assert there.outcome <= here.outcome
    assert len(there.holds) <= len(here.holds)
    for hold in there.holds:
        same = next(one for one in here.holds if one.code == hold.code)
        assert (hold.not_before or AT) <= (same.not_before or AT)


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
    from screening import policy_changes

    monkeypatch.setattr(policy_changes, "_head", lambda _old, _new: ())
    changed = replace(shipped(), content_hash="other", conditions=shipped().conditions[1:])
    assert [(change.kind, change.what) for change in laxer(shipped(), changed)] == [("policy", "other")]


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
    return replace(shipped(), content_hash="other", **changed)


L, D, S, N = Judged.LAXER, Judged.DOUBTFUL, Judged.STRICTER, Judged.NEUTRAL
RULES = shipped().together[0]
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
    (with_rows("phases", check=None), ("check", "round", "check", "gone", L)),
    (
        with_rows("phases", check=replace(shipped().phases["check"], needs_ok=False)),
        ("check", "round", "check", "needs_ok", L),
    ),
    (head(implied=shipped().implied[1:]), ("", "fact", "neuropathy/neuropathy_diabetes", "gone", D)),
    (head(assumed=shipped().assumed[1:]), ("", "note", "heat_cold_sensitive/ms", "gone", L)),
    (
        head(together=shipped().together[1:]),
        ("", "together", f"{RULES.gives}/{RULES.codes[0]}", "gone", L),
    ),
    (head(version="2"), ("", "policy", "", "version", N)),
    (head(review=replace(shipped().review, status="reviewed")), ("", "policy", "", "review", N)),
    (head(conditions=shipped().conditions[1:]), ("", "policy", "", "conditions", L)),
    (head(not_yet=frozenset({"ms"})), ("", "policy", "", "not_yet", S)),
    (head(not_yet=frozenset({"DREL"})), ("", "policy", "", "not_yet", D)),
    (head(facts=shipped().facts | {"new"}), ("", "policy", "", "facts", N)),
    (head(sure_facts=shipped().sure_facts | {"ms"}), ("", "policy", "", "sure_facts", D)),
    (head(groups={}), ("", "policy", "", "groups", N)),
]


@pytest.mark.parametrize(("changed", "wanted"), NAMED, ids=["/".join(row[1][1:4]) for row in NAMED])
def test_each_difference_has_its_name(changed: Policy, wanted: tuple[str, str, str, str, Judged]) -> None:
    found = [(one.where, one.kind, one.name, one.what, one.judged) for one in compare(shipped(), changed)]
    assert wanted in found
    if wanted[1] != "fact":  # a rule from several facts is one difference each
        assert {one[2] for one in found if one[1] == wanted[1]} == {wanted[2]}


def test_values_of_a_change_are_plain_json() -> None:
    _, changed = with_finding(FEVER, days_for=MappingProxyType({"ms": 9}), needs=("b", "a"))
    found = {one.what: plain(one) for one in laxer(changed, shipped())}
    assert (found["days_for"]["old"], found["days_for"]["new"]) == ({"ms": 9}, {})
    assert (found["needs"]["old"], found["needs"]["judged"]) == (["b", "a"], "doubtful")
    assert plain(frozenset({"b", "a"})) == ["a", "b"]
    assert plain(Outcome.DEFER) == "defer"
