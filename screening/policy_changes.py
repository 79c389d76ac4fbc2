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
from screening.policy import Card, Choice, FindingRow, Implied, Line, Policy, Together

Judge = Callable[[Any, Any], Judged]
Ways = frozenset[frozenset[str]]  # each way to something: facts that must not be known
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
POLICY: Mapping[str, Judge] = {
    "version": judged.neutral,
    "review": judged.neutral,  # who looked at it and when
    "facts": judged.neutral,  # a new one changes nothing until a row asks for it
}


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


class Spot:
    """A row of a policy, in which changes are found."""

    def __init__(self, where: str, kind: str, name: str) -> None:
        self.where, self.kind, self.name = where, kind, name

    def field(self, what: str, old: Any, new: Any, judge: Judge) -> Iterator[Change]:
        """The change of a field, if it is one."""
        if old != new:
            yield Change(self.where, self.kind, self.name, what, old, new, judge(old, new))

    def fields(self, old: Any, new: Any, judges: Mapping[str, Judge], *apart: str) -> Iterator[Change]:
        """The changes of every field but those that are looked at `apart`."""
        for name in (field.name for field in fields(old) if field.name not in apart):
            judge = judges.get(name, judged.doubtful)
            yield from self.field(name, getattr(old, name), getattr(new, name), judge)

    def cases(self, pairs: Iterable[Pair]) -> Iterator[Change]:
        """The changes of its exceptions."""
        for old, new, found in pairs:
            yield Change(self.where, self.kind, self.name, "case", old, new, found)

    def order(self, what: str, old: Iterable[str], new: Iterable[str]) -> Iterator[Change]:
        """The change of an order that only sorts what is seen."""
        before, after = tuple(old), tuple(new)
        if [name for name in before if name in after] != [name for name in after if name in before]:
            yield from self.field(what, before, after, judged.neutral)


def compare(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Every difference of `new` from `old`; empty only where both say the same."""
    if old.content_hash == new.content_hash:
        return ()
    taps = Taps(old, new)
    found = (
        *_rows("item", old.items, new.items, lambda row: row.id, lambda spot, a, b: spot.fields(a, b, ITEM)),
        *_rows("finding", old.findings, new.findings, lambda row: row.item, _finding),
        *_cards(taps),
        *_lines(taps),
        *_rows(
            "round", old.phases, new.phases, lambda row: row.id, lambda spot, a, b: spot.fields(a, b, PHASE)
        ),
        *_facts(old, new),
        *_rules("note", old.assumed, new.assumed),
        *_together(old, new),
        *_head(old, new),
    )
    if not found and replace(new, content_hash=old.content_hash, files=old.files, groups=old.groups) != old:
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


def _rows(
    kind: str,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    where: Callable[[Any], str],
    inside: Callable[[Spot, Any, Any], Iterator[Change]],
    there: Judge = judged.text,
) -> Iterator[Change]:
    """What differs in two tables of rows by name; of a row that is gone or new, `there` has only one."""
    if old == new:
        return
    for name in dict.fromkeys((*old, *new)):
        a, b = old.get(name), new.get(name)
        if a == b:
            continue
        spot = Spot(where(a or b), kind, name)
        if a is None or b is None:
            yield from spot.field(NEW if a is None else GONE, a, b, there)
        else:
            yield from inside(spot, a, b)


def _finding(spot: Spot, old: FindingRow, new: FindingRow) -> Iterator[Change]:
    yield from spot.fields(old, new, FINDING, "group")
    # what rule 16 says of it, or that it says the same under another name
    found = tuple(spot.fields(old.group, new.group, FINDING, "id"))
    yield from found or spot.field("group", old.group.id, new.group.id, judged.neutral)


def _cards(taps: Taps) -> Iterator[Change]:
    judges = {**CARD, "still": taps.effect, "none": taps.effect}

    def inside(spot: Spot, old: Card, new: Card) -> Iterator[Change]:
        yield from spot.fields(old, new, judges, "still_cases", "choices", "lines")
        yield from spot.cases(taps.added(old.still_cases, new.still_cases))
        yield from _choices(spot.where, old, new, taps)
        yield from spot.order("choices", *([choice.name for choice in card.choices] for card in (old, new)))
        yield from spot.order("lines", *([line.id for line in card.lines] for card in (old, new)))

    return _rows("card", taps.old.cards, taps.new.cards, lambda card: _of_card(taps, card.id), inside)


def _of_card(taps: Taps, name: str) -> str:
    """The item that a card asks about; a card without one stands for itself."""
    card = taps.old.cards.get(name) or taps.new.cards.get(name)
    return card.item if card and card.item in (*taps.old.items, *taps.new.items) else name


def _choices(where: str, old: Card, new: Card, taps: Taps) -> Iterator[Change]:
    def inside(spot: Spot, a: Choice, b: Choice) -> Iterator[Change]:
        judges = {**CHOICE, "effect": taps.effect, "when": lambda _a, _b: taps.offered(a, b, old, new)}
        yield from spot.fields(a, b, judges, "cases")
        yield from spot.cases(taps.cases(a, b))

    def there(a: Any, b: Any) -> Judged:
        if a is not None:
            return taps.without(a, new)
        return Taps(taps.new, taps.old).without(b, old).mirrored

    before, after = ({f"{card.id}/{choice.name}": choice for choice in card.choices} for card in (old, new))
    return _rows("option", before, after, lambda _: where, inside, there)


def _lines(taps: Taps) -> Iterator[Change]:
    judges = {**LINE, "effect": taps.line}

    def inside(spot: Spot, old: Line, new: Line) -> Iterator[Change]:
        yield from spot.fields(old, new, judges, "cases")
        yield from spot.cases(taps.cases(old, new))

    return _rows("line", taps.old.lines, taps.new.lines, lambda line: _of_card(taps, line.card), inside)


def _facts(old: Policy, new: Policy) -> Iterator[Change]:
    for change in _rules("fact", old.implied, new.implied):
        gives, _, _ = change.name.partition("/")
        narrows = gives in {*_narrowing(old), *_narrowing(new)}
        yield replace(change, judged=Judged.DOUBTFUL) if narrows else change


def _narrowing(policy: Policy) -> Iterator[str]:
    """Facts that take a question away, or bring a milder option: of these nobody knows what is laxer."""
    for line in policy.lines.values():
        for when in (line.when, *(case.when for case in line.cases)):
            yield from when.unless + when.unless_known
    for card in policy.cards.values():
        yield from card.when.unless + card.when.unless_known
        for choice in card.choices:
            for when in (choice.when, *(case.when for case in choice.cases)):
                yield from when.names()


def _rules(kind: str, old: Iterable[Implied], new: Iterable[Implied]) -> Iterator[Change]:
    """What differs in rules by what they give, and each fact that they start from."""
    return _rows(
        kind, _ways(old), _ways(new), lambda _: "", lambda spot, a, b: spot.field("unless", a, b, _unless)
    )


def _ways(rules: Iterable[Implied]) -> dict[str, Ways]:
    found: dict[str, Ways] = {}
    for rule in rules:
        for given in rule.given:
            name = f"{rule.gives}/{given}"
            found[name] = found.get(name, frozenset()) | {frozenset(rule.unless)}
    return found


def _unless(old: Ways, new: Ways) -> Judged:
    if len(old) == len(new) == 1:
        return judged.fewer(*old, *new)
    return Judged.DOUBTFUL


def _together(old: Policy, new: Policy) -> Iterator[Change]:
    def inside(spot: Spot, a: tuple[Together, ...], b: tuple[Together, ...]) -> Iterator[Change]:
        one = len(a) == len(b) == 1
        found = _one_together(old, new, *a, *b) if one else judged.covers(a, b)
        yield from spot.field("when", a, b, lambda _a, _b: found)

    if old.together != new.together:
        yield from _rows("together", _by_code(old), _by_code(new), lambda _: "", inside)


def _one_together(old: Policy, new: Policy, a: Together, b: Together) -> Judged:
    return judged.together(
        (
            judged.audience(a.beside, b.beside),
            judged.audience(a.known, b.known),
            judged.fewer(a.unless_known, b.unless_known),
            judged.tier(a.tier or old.row(a.gives).tier, b.tier or new.row(b.gives).tier),
        )
    )


def _by_code(policy: Policy) -> dict[str, tuple[Together, ...]]:
    """The rules of findings together by each code that they start from: they only add."""
    found: dict[str, tuple[Together, ...]] = {}
    for rule in policy.together:
        for code in rule.codes:
            name = f"{rule.gives}/{code}"
            found[name] = (*found.get(name, ()), replace(rule, codes=(code,)))
    return found


def _head(old: Policy, new: Policy) -> Iterator[Change]:
    spot = Spot("", "policy", "")
    for what, judge in POLICY.items():
        yield from spot.field(what, getattr(old, what), getattr(new, what), judge)
    before, after = frozenset(old.conditions), frozenset(new.conditions)
    yield from spot.field("conditions", before, after, judged.covers)
    # a condition that waits for its rows goes to a person; a code or a card may only be missing
    waits = old.not_yet ^ new.not_yet <= before | after
    yield from spot.field("not_yet", old.not_yet, new.not_yet, judged.covers if waits else judged.doubtful)
    both = old.facts & new.facts
    same = old.sure_facts & both == new.sure_facts & both
    judge = judged.neutral if same else judged.doubtful
    yield from spot.field("sure_facts", old.sure_facts, new.sure_facts, judge)
    yield from spot.field("groups", frozenset(old.groups), frozenset(new.groups), judged.neutral)
