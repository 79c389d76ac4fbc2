"""The words of one language that mean danger, as values: what a lexicon file says once it was checked. Pure.

* A concept is a list of phrases (`word`, `stem*`, `(one/other)`, `?` any word, `#` any number, `=concept` all
  the phrases of a concept above it).
* A pattern joins concepts: `a|b` either, `a > b` b within a few words after a, `a >> b` farther after it,
  `a + b` both near in any order, `! c` not with c in the same sentence, `~ 8` within 8 words. The first group
  is what the pattern is about: tense and negation are looked for there.
* A sign is a list of patterns that others may use like a concept.
* A modifier (negation, long ago, as usual, joking) lowers a match by one step, act_now to ask, ask to
  nothing, and only within its own sentence: more text never lowers what stands already.
* A code that always acts has no question and is never lowered: its `ask` are hints, which act where its own
  weight of all the words agrees (`word_weights`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from screening.spelling import Spelling
from screening.word_weights import Weights

TIERS = ("E", "C", "D")
WINDOW = 16  # words between things that stand near each other, where a pattern does not say
REACH = 3  # words between a thing and what belongs right after it, or what denies it


class LexiconError(ValueError):
    """The lexicon cannot be used; `problems` are sentences that say what to change."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Group:
    """What it begins with, and what follows in order: the most words between, and what."""

    first: tuple[str, ...]
    then: tuple[tuple[int, tuple[str, ...]], ...] = ()
    window: int = WINDOW  # the most words from the first group of its pattern

    def elements(self) -> Iterator[tuple[str, ...]]:
        yield self.first
        for _, names in self.then:
            yield names


@dataclass(frozen=True, slots=True)
class Pattern:
    groups: tuple[Group, ...]
    without: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        for group in self.groups:
            for element in group.elements():
                yield from element
        yield from self.without


@dataclass(frozen=True, slots=True)
class Code:
    tier: str
    always: bool
    ignores: frozenset[str]
    act_now: tuple[Pattern, ...]
    ask: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Modifier:
    words: str
    where: str
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """Numbers that mean something: `lowest`..`highest`, within 5 words of one of `near` (empty: anywhere)."""

    concept: str
    near: tuple[str, ...]
    lowest: float
    highest: float
    bottom: float | None  # a pair such as 190/120: either number from its limit on
    after: tuple[str, ...]  # the word right after the number


@dataclass(frozen=True, slots=True)
class Opening:
    """What a first word may begin: a concept of its own, or by the second word (concept, other words)."""

    alone: tuple[str, ...]
    longer: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class Limits:
    """Log-odds, of all the words together, from which they count; without weights they never do."""

    asks: float = inf  # of danger: from here on they ask, though no pattern is met
    sure: float = inf  # from here on a pattern that asks, acts
    doubtful: float = -inf  # below this a pattern that acts, asks
    vague: float = -inf  # below this a pattern that asks says nothing; one that acts is never silenced
    names: float = inf  # of one code: from here on it is asked about, whatever else was found
    hints: float = inf  # of a code that always acts: from here on a hint of it acts
    harms: float = inf  # the same: from here on it acts with no pattern met


@dataclass(frozen=True)
class Lexicon:
    """One language's words, checked. `lexicon_file.parse` builds it."""

    language: str
    codes: Mapping[str, Code]
    weights: Weights
    limits: Limits
    raised: Mapping[str, tuple[Pattern, ...]]
    phrases: Mapping[str, Opening]  # by the first word
    signs: Mapping[str, tuple[Pattern, ...]]
    modifiers: Mapping[str, Modifier]
    measures: tuple[Measure, ...]
    conditions: Mapping[str, frozenset[str]]  # concept -> conditions on file that stand for it
    breaks: frozenset[str]
    one_word: Mapping[str, str]
    spelling: Spelling = field(repr=False)
