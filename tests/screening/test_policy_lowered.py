"""A lead signs what becomes laxer, so nothing laxer may go unseen: every row is lowered once here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from screening import judged
from screening.decision import History, decide
from screening.judged import Judged
from screening.policy import Card, Effect, Outcome, Policy, Slot, Tier, Together, When
from screening.policy_changes import Change, compare, laxer
from screening.questionnaire import Finding
from tests.screening.changed_policy import Changed, with_card, with_finding, with_rows
from tests.screening.rounds_of_taps import AT, OK, VISIT, shipped

SOMEBODY = When(any_of=("epilepsy",))
MILD = Effect(gives=("conditions_on_file",))


def lowered_findings() -> Iterator[Changed]:
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


def lowered_items() -> Iterator[Changed]:
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


def lowered_cards() -> Iterator[Changed]:
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


def lowered_lines() -> Iterator[Changed]:
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


def lowered_options() -> Iterator[Changed]:
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


def lowered_rounds() -> Iterator[Changed]:
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


def lowered_rules() -> Iterator[Changed]:
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


def lowered_together() -> Iterator[Changed]:
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


def lowered_head() -> Iterator[Changed]:
    base = replace(shipped(), content_hash="o")
    for gone in base.conditions:
        left = tuple(name for name in base.conditions if name != gone)
        yield f"no {gone}", replace(base, conditions=left)
    yield "a code that is not there yet", replace(base, not_yet=frozenset({"relapse_current"}))
    yield "a condition taken as known", replace(base, sure_facts=base.sure_facts | {"ms"})


SOURCES: tuple[Callable[[], Iterator[Changed]], ...] = (
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
