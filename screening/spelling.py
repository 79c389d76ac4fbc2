"""Hurry and pain misspell: which words of the lexicon a typed word may stand for. Pure.

A word that neither the lexicon nor its list of everyday words knows is also tried without stretched letters,
as two words run together, with a small edit distance and by sound.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

_VOWELS = "aeiou"


class Spelling:
    """Which words of the lexicon a typed word may stand for."""

    def __init__(self, vocabulary: Iterable[str], everyday: Iterable[str]) -> None:
        words = {word for word in vocabulary if word.isalpha()}
        self._words = frozenset(words)
        self._stems = frozenset(word for word in vocabulary if word.endswith("*"))
        self._lengths = sorted({len(stem) - 1 for stem in self._stems})
        self._everyday = frozenset(everyday)
        self._near: dict[str, list[str]] = {}
        self._sounds: dict[str, list[str]] = {}
        for entry in sorted(words | self._stems):
            word = entry.removesuffix("*")
            if len(word) < 4:
                continue
            for cut in _cuts(word, _forgiven(word)):
                self._near.setdefault(cut, []).append(entry)
            if len(sound(word)) >= 3:
                self._sounds.setdefault(sound(word), []).append(entry)

    def forms(self, word: str) -> frozenset[str]:
        """The word itself and each entry, `word` or `stem*`, that it may stand for."""
        forms = self._exact(word)
        if not forms and word not in self._everyday:
            short = re.sub(r"(.)\1{2,}", r"\1\1", word)
            single = re.sub(r"(.)\1+", r"\1", short)
            forms = self._exact(short) or self._exact(single)
            if not forms and 4 <= len(short) <= 24:
                forms = self._joined(short) or self._alike(short)
        return frozenset(forms | {word})

    def _exact(self, word: str) -> set[str]:
        forms = {word[:n] + "*" for n in self._lengths if word[:n] + "*" in self._stems}
        if word in self._words:
            forms.add(word)
        for ending in ("s", "es"):
            if len(word) > 3 and word.endswith(ending) and word[: -len(ending)] in self._words:
                forms.add(word[: -len(ending)])
        return forms

    def _joined(self, word: str) -> set[str]:
        """Two words run together ("bloodsugar") stand for the second; the first is context at most."""
        for cut in range(4, len(word) - 3):
            if word[:cut] in self._words and word[cut:] in self._words:
                return {word[:cut], word[cut:]}
        return set()

    def _alike(self, word: str) -> set[str]:
        found: set[str] = set()
        endings = [e for e in ("s", "ed", "ing", "ness", "y") if word.endswith(e)]
        for typed in {word, *(word[: -len(ending)] for ending in endings)}:
            if len(typed) < 4 or typed in self._everyday:
                continue
            for cut in _cuts(typed, 2):
                found.update(
                    e for e in self._near.get(cut, ()) if e not in found and _typo(typed, e.removesuffix("*"))
                )
            found.update(self._sounds.get(sound(typed), ()))
        return found


def _cuts(word: str, most: int) -> set[str]:
    """The word with up to `most` letters left out."""
    return {
        "".join(left) for count in range(most + 1) for left in itertools.combinations(word, len(word) - count)
    }


def _forgiven(word: str) -> int:
    """How many slips still show which word was meant."""
    return 2 if len(word) >= 8 else 1


def _typo(typed: str, word: str) -> bool:
    if typed[0] != word[0] and typed[:2] != word[1::-1]:
        return False
    if min(len(typed), len(word)) == 4:  # too short for more than letters swapped or a vowel left out
        slips = {word[:n] + word[n + 1 :] for n, letter in enumerate(word) if letter in _VOWELS}
        return sorted(typed) == sorted(word) or typed in slips
    return distance(typed, word) <= _forgiven(word)


def distance(a: str, b: str) -> int:
    """Edits between two words; two neighbours swapped are one edit."""
    older: list[int] = []
    old = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        new = [i]
        for j, y in enumerate(b, 1):
            cost = min(old[j] + 1, new[j - 1] + 1, old[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, older[j - 2] + 1)
            new.append(cost)
        older, old = old, new
    return old[-1]


def sound(word: str) -> str:
    """What the ear keeps of a word: "seezure" and "seizure" are one."""
    heard = re.sub(r"c(?=[eiy])", "s", word.replace("ph", "f").replace("ch", "k"))
    heard = heard.replace("c", "k").replace("gh", "").replace("z", "s")
    heard = re.sub(r"(.)\1+", r"\1", heard)
    heard = re.sub(r"([aeiouy])[aeiouy]+", r"\1", heard)
    return re.sub(r"[aeiouy]$", "", heard)
