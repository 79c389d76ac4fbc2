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
        needed = [n for n, group in enumerate(pattern.groups) if n == 0 or not stands_for(group, given)]
        groups, windows = [pattern.groups[n] for n in needed], [pattern.windows[n] for n in needed[1:]]
        if not all(
            any(name in self._seen.spans for name in element) for g in groups for element in g.elements
        ):
            return []
        chains = [self._chains(group) for group in groups]
        if not all(chains):
            return []
        keys, others = (
            chains[0],
            [[c for c in chain if not self._modifiers.denied(c)] for chain in chains[1:]],
        )
        found = []
        for key in keys:
            parts, used = list(key.parts), [key]
            for other, window in zip(others, windows, strict=True):
                best = self._closest(other, used, window)
                if best is None:
                    break
                used.append(best)
                parts.extend(best.parts)
            else:
                if not self._excluded(pattern, used):
                    found.append(Span(key.first, key.last, tuple(parts)))
        return found

    def _chains(self, group: Group) -> list[Span]:
        heads = sorted({span for name in group.elements[0] for span in self._seen.spans.get(name, ())})
        chains = heads
        for element, gap in zip(group.elements[1:], group.gaps[1:], strict=True):
            longer = []
            for chain in chains:
                follow = self._next(element, chain, gap)
                if follow is not None:
                    longer.append(Span(chain.first, follow.last, chain.parts + follow.parts))
            chains = longer
        return chains

    def _next(self, element: tuple[str, ...], chain: Span, gap: int) -> Span | None:
        best: Span | None = None
        for name in element:
            spans = self._seen.spans.get(name, [])
            at = since(spans, chain.last + 1)
            for span in spans[at : at + 1]:
                between = self._seen.places[span.first] - self._seen.places[chain.last] - 1
                if between <= gap and (best is None or span.first < best.first):
                    best = span
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
        if not pattern.without:
            return False
        sentences = {self._seen.tokens[span.first].sentence for span in used}
        return any(
            self._seen.tokens[span.first].sentence in sentences
            and not any(span.meets(other) for other in used)
            for name in pattern.without
            for key in used
            for span in self._seen.near(name, key.first)
        )


def stands_for(group: Group, given: Set[str]) -> bool:
    return len(group.elements) == 1 and any(name in given for name in group.elements[0])
