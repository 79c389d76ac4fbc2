"""How much the words of a text together speak for danger: what no pattern foresaw is asked about. Pure.

The weights are learned from example messages (`tests/screening/weigh_words.py`) and kept as data beside the
lexicon. They add up to log-odds, 0 for as likely as not, within a sentence and the next one: what stands
elsewhere in a long message can neither hide nor feed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screening.sightings import Sightings

START = "*"  # what a text weighs before its first word
CONCEPT = "="


@dataclass(frozen=True, slots=True)
class Weights:
    """Of words as the lexicon spells them and of its concepts (`=name`)."""

    start: float
    each: Mapping[str, float]

    def evidence(self, seen: Sightings) -> float:
        """Log-odds of danger for the weightiest sentence, or two that follow each other."""
        traits = traits_by_sentence(seen)
        pairs = (one | other for one, other in pairwise(traits))
        return max(map(self._sum, chain(traits, pairs)), default=self.start)

    def _sum(self, traits: Iterable[str]) -> float:
        return self.start + sum(self.each.get(trait, 0.0) for trait in traits)


def traits_by_sentence(seen: Sightings) -> list[set[str]]:
    """What may have a weight in each sentence, in order: its words and the concepts that begin in it."""
    found: dict[int, set[str]] = {}
    for token in seen.tokens:
        found.setdefault(token.sentence, set()).update(token.forms)
    for name, spans in seen.spans.items():
        for span in spans:
            found[seen.tokens[span.first].sentence].add(CONCEPT + name)
    return [found[sentence] for sentence in sorted(found)]


def parse(text: str) -> Weights:
    """Lines of a trait, a tab and its weight. Raises ValueError."""
    each = {trait: float(weight) for trait, weight in (line.split("\t") for line in text.splitlines())}
    return Weights(each.pop(START, 0.0), each)


def written(weights: Weights) -> str:
    rows = [(START, weights.start), *sorted(weights.each.items())]
    return "".join(f"{trait}\t{weight:.2f}\n" for trait, weight in rows)
