"""The shipped policy with one thing changed."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from screening.policy import Card, FindingRow, Policy
from tests.screening.rounds_of_taps import shipped

Changed = tuple[str, Policy]


def with_rows(kind: str, **rows: Any) -> Policy:
    """The policy with these rows in place of its own; None = without the row."""
    table = dict(getattr(shipped(), kind))
    for name, row in rows.items():
        table.pop(name, None)
        if row is not None:
            table[name] = row
    return replace(shipped(), content_hash="other", **{kind: MappingProxyType(table)})


def with_finding(row: FindingRow, **changed: Any) -> Changed:
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
