"""Which codes an answered card could have given: only those were answered again (rule 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from screening.policy import Card, Effect, Policy


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
        for effect in _effects(card):
            found.update(effect.gives)
            found.update(effect.ok_else or ())
            ahead += [name for name in (*effect.next, *effect.later) if name in policy.cards]
        if card.overflow is not None:
            ahead.append(card.overflow)
    return frozenset(code for code in found if code in policy.findings)


def _effects(card: Card) -> Iterator[Effect]:
    yield card.still
    yield card.none
    yield from (case.effect for case in card.still_cases)
    for line in card.lines:
        yield line.effect
        yield from (case.effect for case in line.cases)
    for choice in card.choices:
        yield choice.effect
        yield from (case.effect for case in choice.cases)
