"""What a card asks about: the codes that it could have given, and the items that it stands for.

Only such codes were answered again by an answer to it (rule 7).
"""

from __future__ import annotations

from collections.abc import Iterable

from screening.policy import Policy
from screening.policy_faults import effects


def codes(policy: Policy, cards: Iterable[str]) -> frozenset[str]:
    """Every finding code that some path through these cards gives."""
    found: set[str] = set()
    seen: set[str] = set()
    ahead = [card for card in cards if card in policy.cards]
    while ahead:
        card = policy.cards[ahead.pop()]
        if card.id in seen:
            continue
        seen.add(card.id)
        for _, effect in effects(card):
            found.update(effect.gives)
            found.update(effect.ok_else or ())
            ahead += [name for name in (*effect.next, *effect.later) if name in policy.cards]
        if card.overflow is not None:
            ahead.append(card.overflow)
    return frozenset(code for code in found if code in policy.findings)


def items(policy: Policy, card_id: str, lines: Iterable[str]) -> tuple[str, ...]:
    """The items that a card asks about: its own, or those that the shown lines (keys) of a list name."""
    card = policy.cards.get(card_id)
    if card is None:
        return ()
    shown = set(lines)
    named: list[str] = []
    for line in card.lines:
        if line.key not in shown:
            continue
        of_line: list[str] = []
        for effect in (line.effect, *(case.effect for case in line.cases)):
            given = (*effect.gives, *(effect.ok_else or ()))
            of_line += [policy.row(code).item for code in given]
            of_line += [policy.cards[name].item for name in effect.next if name in policy.cards]
        named += of_line or card.items
    return tuple(dict.fromkeys(named)) or card.items
