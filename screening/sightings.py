"""Where each concept of the lexicon stands in one text, numbers that mean something among them. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter

from screening.lexicon import Lexicon, Measure
from screening.typed_words import Token, tokens_of

_FEW = 6


@dataclass(frozen=True, slots=True, order=True)
class Span:
    first: int
    last: int
    parts: tuple[tuple[int, int], ...] = ()

    def meets(self, other: Span) -> bool:
        return self.first <= other.last and other.first <= self.last


class Sightings:
    """One text, cut into words, with the spans of every concept found in it.

    `spans`: by concept, in order; `places`: of each word, see `Token`.
    """

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.tokens = tokens_of(text, lexicon)
        self.places = [token.place for token in self.tokens]
        self.spans: dict[str, list[Span]] = {}
        self._by_place: dict[str, dict[tuple[str, int], list[Span]]] = {}
        self._find_concepts()
        self._find_measures()

    def keep(self, name: str, spans: Iterable[Span]) -> None:
        if ordered := sorted(set(spans)):
            self.spans[name] = ordered

    def _find_concepts(self) -> None:
        found: dict[str, set[tuple[int, int]]] = {}
        tokens, openings = self.tokens, self._lexicon.phrases
        for at, token in enumerate(tokens):
            following = [other for other in tokens[at + 1 : at + 2] if other.sentence == token.sentence]
            seconds = [form for other in following for form in (*other.forms, "?")]
            for opening in filter(None, map(openings.get, token.forms)):
                for concept in opening.alone:
                    found.setdefault(concept, set()).add((at, at))
                for second in seconds:
                    for concept, rest in opening.longer.get(second, ()):
                        if _fits(tokens, at + 2, rest, token.sentence):
                            found.setdefault(concept, set()).add((at, at + 1 + len(rest)))
        cover: dict[int, tuple[int, int]] = {}
        for first, last in sorted(found.pop("everyday", ())):
            cover |= dict.fromkeys(range(first, last + 1), (first, last))
        for concept, spans in found.items():
            free = (
                span
                for span in spans
                if not any(at in cover and _hides(cover[at], span) for at in range(span[0], span[1] + 1))
            )
            self.keep(concept, (Span(first, last, ((first, last),)) for first, last in free))

    def _find_measures(self) -> None:
        for measure in self._lexicon.measures:
            hits = [
                Span(at, at, ((at, at),))
                for at, token in enumerate(self.tokens)
                if self._counts(measure, at, token)
            ]
            self.keep(measure.concept, [*self.spans.get(measure.concept, ()), *hits])

    def _counts(self, measure: Measure, at: int, token: Token) -> bool:
        if measure.bottom is not None:
            if token.pair is None:
                return False
            top, bottom = token.pair
            sane = bottom < top <= 300 and bottom >= 30
            if not (sane and (top >= measure.lowest or bottom >= measure.bottom)):
                return False
        elif token.number is None or not measure.lowest <= token.number <= measure.highest:
            return False
        if measure.after:
            following = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
            if following is None or not any(word in following.forms for word in measure.after):
                return False
        return not measure.near or any(self._close(name, at, 6) for name in measure.near)

    def _close(self, name: str, at: int, most: int) -> bool:
        return any(
            min(abs(self.places[at] - self.places[s.first]), abs(self.places[at] - self.places[s.last]))
            <= most
            for s in self.near(name, at)
        )

    def near(self, name: str, at: int) -> list[Span]:
        """The few spans of a concept that stand closest to a word."""
        return around(self.spans.get(name, []), at)

    def places_of(self, name: str) -> dict[tuple[str, int], list[Span]]:
        """Where a concept stands, by sentence and by clause."""
        if name not in self._by_place:
            found: dict[tuple[str, int], list[Span]] = {}
            for span in self.spans.get(name, ()):
                token = self.tokens[span.first]
                found.setdefault(("sentence", token.sentence), []).append(span)
                found.setdefault(("clause", token.clause), []).append(span)
            self._by_place[name] = found
        return self._by_place[name]


def since(spans: Sequence[Span], word: int) -> int:
    """The number of the first span, of ordered ones, that does not begin before this word."""
    return bisect_left(spans, word, key=attrgetter("first"))


def around(spans: list[Span], word: int) -> list[Span]:
    """The few spans closest to a word, of ordered ones: where one is said over and over they tell enough."""
    middle = since(spans, word)
    return spans[max(0, middle - _FEW) : middle + _FEW]


def _fits(tokens: Sequence[Token], at: int, rest: tuple[str, ...], sentence: int) -> bool:
    """Whether the words from `at` on, in the same sentence, are those of `rest`."""
    return all(
        n < len(tokens) and tokens[n].sentence == sentence and (wanted == "?" or wanted in tokens[n].forms)
        for n, wanted in enumerate(rest, at)
    )


def _hides(everyday: tuple[int, int], span: tuple[int, int]) -> bool:
    """An everyday sense hides what it covers or cuts, not a longer phrase around it."""
    longer = span[0] <= everyday[0] and span[1] >= everyday[1] and span != everyday
    return not longer
