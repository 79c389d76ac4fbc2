"""Words that lower what stands near them, "no", "years ago", "as usual", within their reach only. Pure."""

from __future__ import annotations

from screening.lexicon import REACH, Lexicon, Modifier
from screening.sightings import Sightings, Span, around
from screening.typed_words import Token


class Modifiers:
    """The modifiers of one text: which of its spans they lower. Signs lower nothing: they are found later."""

    def __init__(self, lexicon: Lexicon, seen: Sightings) -> None:
        self._modifiers = lexicon.modifiers
        self._seen = seen
        self._marks = {name: seen.places_of(modifier.words) for name, modifier in lexicon.modifiers.items()}

    def denied(self, span: Span) -> bool:
        """A group beside the main one is left out where it is denied ("stiff neck, no fever")."""
        return any(
            modifier.where == "before" and self._applies(name, modifier, span)
            for name, modifier in self._modifiers.items()
        )

    def lowered(self, span: Span, ignores: frozenset[str]) -> bool:
        return any(
            self._applies(name, modifier, span)
            for name, modifier in self._modifiers.items()
            if name not in ignores
        )

    def _applies(self, name: str, modifier: Modifier, span: Span) -> bool:
        start = self._seen.tokens[span.first]
        for words in self._around(name, modifier, span, start):
            if any(first <= words.first and words.last <= last for first, last in span.parts):
                continue
            if modifier.where == "before" and not self._before(words, span):
                continue
            if not any(self._cancels(other, words, start) for other in modifier.unless):
                return True
        return False

    def _around(self, name: str, modifier: Modifier, span: Span, start: Token) -> list[Span]:
        """The modifier's words in reach."""
        within = ("sentence", start.sentence) if modifier.where == "sentence" else ("clause", start.clause)
        return around(self._marks[name].get(within, []), span.first)

    def _before(self, words: Span, span: Span) -> bool:
        return (
            words.first <= span.last
            and self._seen.places[span.first] - self._seen.places[words.last] - 1 <= REACH
        )

    def _cancels(self, name: str, words: Span, start: Token) -> bool:
        inside = self._seen.places_of(name).get(("clause", start.clause), [])
        return any(not span.meets(words) for span in around(inside, words.first))
