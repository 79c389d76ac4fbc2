"""What differs between two policies, a change a row, each judged: only a lead may make a rule laxer. Pure.

A field that has no judge here is in doubt, and what is in doubt counts as laxer, so that a new kind of rule
cannot slip through.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from screening import judged
from screening.effect_changes import Pair, Taps
from screening.judged import Judged
from screening.policy import Card, Choice, FindingRow, Implied, Line, Policy, Together, When

Judge = Callable[[Any, Any], Judged]
NEW, GONE = "new", "gone"
OTHER = "other"

ITEM: Mapping[str, Judge] = {
    "when_asked": judged.when_asked,
    "applies_to": judged.audience,
    "sources": judged.neutral,
    "wording": judged.neutral,
}
FINDING: Mapping[str, Judge] = {
    "outcome": judged.more,
    "tier": judged.tier,
    "slot": judged.slot,
    "lift_by": judged.lift_by,
    "needs": judged.covers,
    "relapse": judged.more,
    "hours": judged.more,
    "days": judged.more,
    "days_for": judged.numbers,
    "clinic_days": judged.text,
    "next_midnight": judged.less,
    "note": judged.covers,
    "no_note": judged.less,
    "needs_letter": judged.more,
    "letter_answers": judged.less,
    "letter_after_days": judged.more,
    "voids_ok": judged.more,
    "system": judged.less,
    "added": judged.text,
    "added_tier": lambda old, new: judged.text(old, new).mirrored,  # none: with every tier
    "who_first": judged.text,
    "who_first_for": judged.texts,
    "who_ok": judged.text,
    "adapt": judged.text,
    "says": judged.covers,
    "sources": judged.neutral,
}
CARD: Mapping[str, Judge] = {
    "red": judged.more,
    "at_once": judged.more,
    "when": judged.when,
    "above": judged.covers,
    "multi": judged.more,
    "once": judged.less,
}
LINE: Mapping[str, Judge] = {"when": judged.when, "block": judged.neutral}
CHOICE: Mapping[str, Judge] = {"alias": judged.neutral}
PHASE: Mapping[str, Judge] = {
    "cards": judged.order,
    "when_unknown": judged.order,
    "stop_at": judged.most_is_none,
    "full": judged.less,
    "needs_ok": judged.more,
}
REVIEW = ("version", "review")  # say who looked at it and when


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `where`: id of the item that it belongs to, of a card or round without one, or "".

    kind: item | finding | card | line | option | round | fact | note | together | policy. `what`: the field,
    or "new", "gone", or "case" for an exception of a line or an option. `old` and `new` are values of
    `screening.policy`.
    """

    where: str
    kind: str
    name: str
    what: str
    old: Any
    new: Any
    judged: Judged

    @property
    def mirrored(self) -> Change:
        """The same difference the other way round."""
        what = {NEW: GONE, GONE: NEW}.get(self.what, self.what)
        return replace(self, what=what, old=self.new, new=self.old, judged=self.judged.mirrored)


def compare(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every difference of `new` from `old`; empty only where both say the same."""
    if old.content_hash == new.content_hash:
        return ()
    taps = Taps(old, new)
    found = (
        *_rows("item", old.items, new.items, lambda row: row.id, ITEM),
        *_findings(old, new),
        *_cards(old, new, taps),
        *_lines(old, new, taps),
        *_rows("round", old.phases, new.phases, lambda row: row.id, PHASE),
        *_rules("fact", old.implied, new.implied, lambda name: name not in _narrowing(old, new)),
        *_rules("note", old.assumed, new.assumed, lambda _name: True),
        *_together(old, new),
        *_head(old, new),
    )
    if not found and _plain_policy(old) != _plain_policy(new):
        return (Change("", "policy", "", OTHER, None, None, Judged.DOUBTFUL),)
    return found


def laxer(baseline: Policy, policy: Policy) -> tuple[Change, ...]:
    """What a lead must sign one by one: where `policy` asks less than `baseline`, or may do so."""
    return tuple(change for change in compare(baseline, policy) if change.judged.lowers)


def plain(value: Any) -> Any:
    """A value of a change as JSON, always written alike."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value)}
    if isinstance(value, frozenset):
        return sorted(plain(one) for one in value)
    if isinstance(value, tuple):
        return [plain(one) for one in value]
    return value


def digest(changes: Iterable[Change]) -> str:
    """SHA-256 of a set of differences, in whatever order they were found; "" for none."""
    rows = sorted(json.dumps(plain(change), sort_keys=True, ensure_ascii=False) for change in changes)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest() if rows else ""


def _fields(
    where: str, kind: str, name: str, old: Any, new: Any, judges: Mapping[str, Judge], *skip: str
) -> Iterator[Change]:
    for field in fields(old):
        a, b = getattr(old, field.name), getattr(new, field.name)
        if field.name not in skip and a != b:
            judge = judges.get(field.name, judged.doubtful)
            yield Change(where, kind, name, field.name, a, b, judge(a, b))


def _come_and_gone(
    kind: str, old: Mapping[str, Any], new: Mapping[str, Any], where: Callable[[Any], str]
) -> Iterator[Change]:
    for name, row in old.items():
        if name not in new:
            yield Change(where(row), kind, name, GONE, row, None, Judged.LAXER)
    for name, row in new.items():
        if name not in old:
            yield Change(where(row), kind, name, NEW, None, row, Judged.STRICTER)


def _both(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, row in old.items():
        other = new.get(name)
        if other is not None and other is not row and other != row:
            yield name, row, other


def _rows(
    kind: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    where: Callable[[Any], str],
    judges: Mapping[str, Judge],
) -> Iterator[Change]:
    yield from _come_and_gone(kind, old, new, where)
    for name, a, b in _both(old, new):
        yield from _fields(where(a), kind, name, a, b, judges)


def _findings(old: Policy, new: Policy) -> Iterator[Change]:
    yield from _come_and_gone("finding", old.findings, new.findings, lambda row: row.item)
    for name, a, b in _both(old.findings, new.findings):
        yield from _fields(a.item, "finding", name, a, b, FINDING, "group")
        yield from _group(a, b)


def _group(old: FindingRow, new: FindingRow) -> Iterator[Change]:
    """What rule 16 says of this finding."""
    found = list(_fields(old.item, "finding", old.code, old.group, new.group, FINDING, "id"))
    yield from found
    if old.group.id != new.group.id and not found:
        yield Change(old.item, "finding", old.code, "group", old.group.id, new.group.id, Judged.NEUTRAL)


def _cards(old: Policy, new: Policy, taps: Taps) -> Iterator[Change]:
    def where(card: Card) -> str:
        return card.item if card.item in old.items or card.item in new.items else card.id

    yield from _come_and_gone("card", old.cards, new.cards, where)
    for name, a, b in _both(old.cards, new.cards):
        apart = ("still", "still_cases", "none", "choices", "lines")
        yield from _fields(where(a), "card", name, a, b, CARD, *apart)
        for what in ("still", "none"):
            effects = getattr(a, what), getattr(b, what)
            if effects[0] != effects[1]:
                yield Change(where(a), "card", name, what, *effects, taps.effect(*effects))
        yield from _pairs(where(a), "card", name, taps.added(a.still_cases, b.still_cases))
        yield from _choices(where(a), a, b, taps)
        ids, others = tuple(line.id for line in a.lines), tuple(line.id for line in b.lines)
        if ids != others and sorted(ids) == sorted(others):
            yield Change(where(a), "card", name, "lines", ids, others, Judged.NEUTRAL)


def _choices(where: str, old: Card, new: Card, taps: Taps) -> Iterator[Change]:
    before, after = ({choice.name: choice for choice in card.choices} for card in (old, new))
    back = Taps(new=taps.old, old=taps.new)
    for name, a in before.items():
        label = f"{old.id}/{name}"
        b = after.get(name)
        if b is None:
            yield Change(where, "option", label, GONE, a, None, taps.without(a, new))
        elif a != b:
            yield from _choice(where, label, a, b, taps)
            if a.when != b.when:
                yield Change(where, "option", label, "when", a.when, b.when, taps.offered(a, b, old, new))
    for name, b in after.items():
        if name not in before:
            found = back.without(b, old).mirrored
            yield Change(where, "option", f"{old.id}/{name}", NEW, None, b, found)
    same = [name for name in before if name in after]
    if same != [name for name in after if name in before]:
        yield Change(where, "card", old.id, "choices", tuple(before), tuple(after), Judged.NEUTRAL)


def _choice(where: str, label: str, old: Choice, new: Choice, taps: Taps) -> Iterator[Change]:
    yield from _fields(where, "option", label, old, new, CHOICE, "when", "effect", "cases")
    if old.effect != new.effect:
        yield Change(
            where, "option", label, "effect", old.effect, new.effect, taps.effect(old.effect, new.effect)
        )
    yield from _pairs(where, "option", label, taps.cases(old, new))


def _lines(old: Policy, new: Policy, taps: Taps) -> Iterator[Change]:
    def where(line: Line) -> str:
        card = old.cards.get(line.card) or new.cards.get(line.card)
        return card.item if card and (card.item in old.items or card.item in new.items) else line.card

    yield from _come_and_gone("line", old.lines, new.lines, where)
    for name, a, b in _both(old.lines, new.lines):
        yield from _fields(where(a), "line", name, a, b, LINE, "effect", "cases")
        if a.effect != b.effect:
            found = taps.line(a.effect, b.effect)
            yield Change(where(a), "line", name, "effect", a.effect, b.effect, found)
        yield from _pairs(where(a), "line", name, taps.cases(a, b))


def _pairs(where: str, kind: str, name: str, pairs: Iterable[Pair]) -> Iterator[Change]:
    for old, new, found in pairs:
        yield Change(where, kind, name, "case", old, new, found)


def _narrowing(*policies: Policy) -> set[str]:
    """Facts that take a question away, or bring a milder option: of these nobody knows what is laxer."""
    found: set[str] = set()
    for policy in policies:
        for when in _whens(policy):
            found |= {*when.unless, *when.unless_known}
        for card in policy.cards.values():
            for choice in card.choices:
                for when in (choice.when, *(case.when for case in choice.cases)):
                    found |= set(when.names())
    return found


def _whens(policy: Policy) -> Iterator[When]:
    for card in policy.cards.values():
        yield card.when
    for line in policy.lines.values():
        yield line.when
        yield from (case.when for case in line.cases)


def _rules(
    kind: str, old: Iterable[Implied], new: Iterable[Implied], widens: Callable[[str], bool]
) -> Iterator[Change]:
    before, after = _by_given(old), _by_given(new)
    for key in dict.fromkeys((*before, *after)):
        a, b = before.get(key), after.get(key)
        if a == b:
            continue
        given, gives = key
        if a is None or b is None:
            found = Judged.STRICTER if a is None else Judged.LAXER
        else:
            one = len(a) == len(b) == 1
            found = judged.fewer(next(iter(a)), next(iter(b))) if one else Judged.DOUBTFUL
        name = f"{gives}/{given}"
        what = NEW if a is None else GONE if b is None else "unless"
        yield Change("", kind, name, what, a, b, found if widens(gives) else Judged.DOUBTFUL)


def _by_given(rules: Iterable[Implied]) -> dict[tuple[str, str], frozenset[frozenset[str]]]:
    found: dict[tuple[str, str], frozenset[frozenset[str]]] = {}
    for rule in rules:
        for given in rule.given:
            key = (given, rule.gives)
            found[key] = found.get(key, frozenset()) | {frozenset(rule.unless)}
    return found


def _together(old: Policy, new: Policy) -> Iterator[Change]:
    if old.together == new.together:
        return
    before, after = _by_code(old), _by_code(new)
    for key in dict.fromkeys((*before, *after)):
        a, b = before.get(key), after.get(key)
        if a == b:
            continue
        name = "/".join(reversed(key))
        if a is None or b is None:
            found = Judged.STRICTER if a is None else Judged.LAXER
            yield Change("", "together", name, NEW if a is None else GONE, a, b, found)
        else:
            one = len(a) == len(b) == 1
            found = _one_together(old, new, a[0], b[0]) if one else judged.covers(a, b)
            yield Change("", "together", name, "when", a, b, found)


def _one_together(old: Policy, new: Policy, a: Together, b: Together) -> Judged:
    return judged.together(
        (
            judged.audience(a.beside, b.beside),
            judged.audience(a.known, b.known),
            judged.fewer(a.unless_known, b.unless_known),
            judged.tier(a.tier or old.row(a.gives).tier, b.tier or new.row(b.gives).tier),
        )
    )


def _by_code(policy: Policy) -> dict[tuple[str, str], tuple[Together, ...]]:
    """The rules of findings together by each code that they start from: they only add."""
    found: dict[tuple[str, str], tuple[Together, ...]] = {}
    for rule in policy.together:
        for code in rule.codes:
            key = (code, rule.gives)
            found[key] = (*found.get(key, ()), replace(rule, codes=(code,)))
    return found


def _head(old: Policy, new: Policy) -> Iterator[Change]:
    for what in REVIEW:
        a, b = getattr(old, what), getattr(new, what)
        if a != b:
            yield Change("", "policy", "", what, a, b, Judged.NEUTRAL)
    a, b = frozenset(old.conditions), frozenset(new.conditions)
    if a != b:
        yield Change("", "policy", "", "conditions", a, b, judged.covers(a, b))
    if old.not_yet != new.not_yet:
        moved = old.not_yet ^ new.not_yet
        # a condition that waits for its rows goes to a person; a code or a card may only be missing
        known = moved <= (a | b)
        found = judged.covers(old.not_yet, new.not_yet) if known else Judged.DOUBTFUL
        yield Change("", "policy", "", "not_yet", old.not_yet, new.not_yet, found)
    if old.facts != new.facts:
        yield Change("", "policy", "", "facts", old.facts, new.facts, Judged.NEUTRAL)
    if old.sure_facts != new.sure_facts:
        both = old.facts & new.facts
        same = old.sure_facts & both == new.sure_facts & both
        found = Judged.NEUTRAL if same else Judged.DOUBTFUL
        yield Change("", "policy", "", "sure_facts", old.sure_facts, new.sure_facts, found)
    a, b = frozenset(old.groups), frozenset(new.groups)
    if a != b:
        yield Change("", "policy", "", "groups", a, b, Judged.NEUTRAL)


def _plain_policy(policy: Policy) -> Any:
    names = [field.name for field in fields(policy)]
    apart = ("content_hash", "files", "required_keys", "groups")
    return plain({name: getattr(policy, name) for name in names if name not in apart})
