"""Where a pattern of the lexicon is met in one text: its groups near enough, none of them denied. Pure."""

from __future__ import annotations

from collections.abc import Set

from screening.lexicon import Group, Lexicon, Pattern
from screening.modifiers import Modifiers
from screening.sightings import Sightings, Span, around, since


class Matcher:
    """Finds patterns in one text; the signs of the lexicon are found first, as others may use them."""

    def __init__(self, lexicon: Lexicon, seen: Sightings, modifiers: Modifiers) -> None:
        self._seen = seen
        self._modifiers = modifiers
        for name, patterns in lexicon.signs.items():
            seen.keep(name, (span for pattern in patterns for span in self.matches(pattern)))

    def matches(self, pattern: Pattern, given: Set[str] = frozenset()) -> list[Span]:
        """The spans of its first group where all of it is met, but for what is `given`."""
        key, *others = pattern.groups
        keys = self._chains(key)
        if not keys:
            return []  # as with most patterns
        beside = [
            ([chain for chain in self._chains(group) if not self._modifiers.denied(chain)], group.window)
            for group in others
            if not stands_for(group, given)
        ]
        found = []
        for chain in keys:
            used = [chain]
            for chains, window in beside:
                best = self._closest(chains, used, window)
                if best is None:
                    break
                used.append(best)
            else:
                if not self._excluded(pattern, used):
                    parts = tuple(part for span in used for part in span.parts)
                    found.append(Span(chain.first, chain.last, parts))
        return found

    def _chains(self, group: Group) -> list[Span]:
        if self._seen.spans.keys().isdisjoint(group.first):
            return []
        chains = sorted({span for name in group.first for span in self._seen.spans.get(name, ())})
        for gap, names in group.then:
            longer = []
            for chain in chains:
                follow = self._next(names, chain, gap)
                if follow is not None:
                    longer.append(Span(chain.first, follow.last, chain.parts + follow.parts))
            chains = longer
        return chains

    def _next(self, names: tuple[str, ...], chain: Span, gap: int) -> Span | None:
        best: Span | None = None
        for name in names:
            spans = self._seen.spans.get(name, [])
            at = since(spans, chain.last + 1)
            if at == len(spans):
                continue
            between = self._seen.places[spans[at].first] - self._seen.places[chain.last] - 1
            if between <= gap and (best is None or spans[at].first < best.first):
                best = spans[at]
        return best

    def _closest(self, chain: list[Span], used: list[Span], window: int) -> Span | None:
        key = used[0]
        best, least = None, window + 1
        for span in around(chain, key.first):
            if any(span.meets(other) for other in used):
                continue
            distance = max(
                self._seen.places[span.first] - self._seen.places[key.last],
                self._seen.places[key.first] - self._seen.places[span.last],
            )
            if distance < least:
                best, least = span, distance
        return best

    def _excluded(self, pattern: Pattern, used: list[Span]) -> bool:
        sentences = {self._seen.tokens[span.first].sentence for span in used}
        return any(
            self._seen.tokens[span.first].sentence in sentences
            and not any(span.meets(other) for other in used)
            for name in pattern.without
            for key in used
            for span in self._seen.near(name, key.first)
        )


def stands_for(group: Group, given: Set[str]) -> bool:
    return not group.then and not given.isdisjoint(group.first)
