"""A message as words, each with its place, sentence and clause, so that near can be counted. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from screening.lexicon import Lexicon

_BREAK = 6
_TOKEN = re.compile(
    r"(?P<pair>\d{2,3}\s{0,2}(?:/|over|on|by)\s{0,2}\d{2,3}(?!\d))|(?P<number>\d{1,9}(?:[.,]\d{1,3})?)"
    r"|(?P<word>[^\W\d_]+)|(?P<stop>[.!?;\n\r…]+)|(?P<pause>[,:()]|\s-+\s|[–—])"
)
_LEVEL = re.compile(r"\b([ctl])[ -]?(\d{1,2})\b")


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    forms: frozenset[str]
    place: int  # words from the start; each sentence end adds a gap
    sentence: int
    clause: int
    number: float | None = None
    pair: tuple[float, float] | None = None


def plain(text: str) -> str:
    """Lower case, no accents, no apostrophes: what a phone keyboard and a hurry leave out anyway."""
    bare = unicodedata.normalize("NFKD", re.sub(r"['’‘`´ʼ＇]", "", text))
    bare = "".join(c for c in bare if not unicodedata.combining(c)).casefold()
    bare = re.sub(r"[^\S\n\r]+", " ", bare)
    return re.sub(r"\b([a-z]{2,7}n) t\b", r"\1t", bare)


def tokens_of(text: str, lexicon: Lexicon) -> list[Token]:
    known: dict[str, frozenset[str]] = {}
    tokens: list[Token] = []
    place = sentence = clause = 0
    for match in _TOKEN.finditer(as_one(_LEVEL.sub(_spell_level, plain(text)), lexicon.one_word)):
        kind, raw = match.lastgroup, match.group()
        if kind == "stop":
            if tokens and tokens[-1].sentence == sentence:
                sentence, clause, place = sentence + 1, clause + 1, place + _BREAK
            continue
        if kind == "pause":
            clause += 1
            continue
        if kind == "word":
            if raw in lexicon.breaks:
                clause += 1
            if raw not in known:
                known[raw] = lexicon.spelling.forms(raw)
            tokens.append(Token(raw, known[raw], place, sentence, clause))
        elif kind == "pair":
            top, bottom = (float(part) for part in re.findall(r"\d+", raw))
            tokens.append(Token(raw, frozenset("#"), place, sentence, clause, top, (top, bottom)))
        else:
            number = float(raw.replace(",", "."))
            tokens.append(Token(raw, frozenset(("#", raw)), place, sentence, clause, number))
        place += 1
    return tokens


def as_one(text: str, one_word: Mapping[str, str]) -> str:
    if not one_word:
        return text
    return _any_of(tuple(one_word)).sub(lambda match: one_word[match[0]], text)


@cache
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b")


def _spell_level(match: re.Match[str]) -> str:
    """Levels of the spine ("t5") are words, not numbers."""
    return f"{match[1]}level " if 0 < int(match[2]) <= 12 else match[0]
