"""How much the words of a text together speak for danger, and for which: what no pattern foresaw. Pure.

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

ANY = "danger"  # what the words may speak for beside a single code
START = "*"  # what a text weighs before its first word
CONCEPT = "="


@dataclass(frozen=True, slots=True)
class Weights:
    """By code, or for `ANY`: of a text before its first word, and of each trait (a word, or `=concept`)."""

    start: Mapping[str, float]
    each: Mapping[str, Mapping[str, float]]  # by trait

    def evidence(self, seen: Sightings) -> Mapping[str, float]:
        """Log-odds of danger and of each code, for its weightiest sentence or two that follow each other."""
        traits = traits_by_sentence(seen)
        found: dict[str, float] = {}
        for some in chain(traits, (one | other for one, other in pairwise(traits))):
            for code, odds in self._sums(some).items():
                found[code] = max(odds, found.get(code, odds))
        return found or self.start

    def _sums(self, traits: Iterable[str]) -> Mapping[str, float]:
        sums = dict(self.start)
        for trait in sorted(traits):  # the last digit of a sum depends on its order, and may decide
            for code, weight in self.each.get(trait, {}).items():
                sums[code] += weight
        return sums


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
    """Lines of a code, a trait and its weight, with tabs; a code begins with its start. Raises ValueError."""
    start: dict[str, float] = {}
    each: dict[str, dict[str, float]] = {}
    for line in text.splitlines():
        code, trait, weight = line.split("\t")
        if trait == START:
            start[code] = float(weight)
        elif code in start:
            each.setdefault(trait, {})[code] = float(weight)
        else:
            raise ValueError(f"{code} has no start above {trait}")
    return Weights(start, each)


def written(weights: Weights) -> str:
    """By code, from what speaks most for it to what speaks most against it."""
    rows = []
    for code, start in sorted(weights.start.items()):
        heaviest = sorted((-of[code], trait) for trait, of in weights.each.items() if code in of)
        rows += [(code, START, start), *((code, trait, -weight) for weight, trait in heaviest)]
    return "".join(f"{code}\t{trait}\t{weight:.2f}\n" for code, trait, weight in rows)
