"""How hard the English texts are to read, by the Flesch-Kincaid grade: clients may be tired, ill or unwell.

The measure is here in full because libraries for it count syllables by a word list that they fetch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.texts import SOURCE, Catalogue
from screening.policy import Policy

LIMIT = 8
FEWEST = 8  # words; of fewer, one long name decides

_BLANK = re.compile(r"\{[a-z][a-z0-9_]*\}")
_SENTENCE_END = re.compile(r"[.!?:](?:\s|$)|\n")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"[^aeiouyl]e$|[^aeiouytd]ed$|[^aeiouysxzcg]es$")


def syllables(word: str) -> int:
    """At least 1; groups of vowels, without a silent end."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    count = len(_VOWELS.findall(letters)) - bool(_SILENT.search(letters))
    return max(count, 1)


def grade(text: str) -> float:
    """Flesch-Kincaid grade of a text with words; a line of a list ends a sentence."""
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    words = [word for word in text.split() if re.search(r"\w", word)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


def screening_texts(policy: Policy, catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """What people read of this policy: a card with its lines and options, and every other text by its key."""
    own: set[str] = set()
    for card in policy.cards.values():
        lines = [line.key for line in card.lines]
        options = [choice.words or choice.label for choice in card.choices]
        labels = [line.label for line in card.lines] + [choice.label for choice in card.choices]
        own.update((card.key, *lines, *options, *labels))
        yield card.key, "\n".join(_words(catalogue, key) for key in (card.key, *lines, *options))
    for key in sorted(policy.keys() - own):
        yield key, _words(catalogue, key)


def hard(policy: Policy, catalogue: Catalogue) -> Iterator[tuple[str, float]]:
    """Keys of screening texts above the limit, with their grade."""
    for key, text in screening_texts(policy, catalogue):
        if len(text.split()) >= FEWEST and (found := grade(text)) > LIMIT:
            yield key, found


def _words(catalogue: Catalogue, key: str) -> str:
    forms = catalogue.forms(key, SOURCE) if catalogue.has(key) else ()
    return _BLANK.sub("Monday", "\n".join(forms))
