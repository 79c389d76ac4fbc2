"""Brackets in a lexicon, so that one line stands for every phrase that people mix of its words. Pure."""

from __future__ import annotations

import re

_TEXT = re.compile(r"[a-z]+")


def spread(entry: str) -> list[tuple[str, ...]]:
    """Every phrase that a written one stands for: `lost (power/use)` is two. Empty if a bracket is open."""
    pieces = re.findall(r"[()/]|[^\s()/]+", entry)
    phrases, place = _sequence(pieces, 0)
    return phrases if place == len(pieces) else []


def _sequence(pieces: list[str], place: int) -> tuple[list[tuple[str, ...]], int]:
    """The phrases from `place` up to a `/`, a `)` or the end, and where that is."""
    phrases: list[tuple[str, ...]] = [()]
    while place < len(pieces) and pieces[place] not in ("/", ")"):
        if pieces[place] == "(":
            ways: list[tuple[str, ...]] = []
            while pieces[place] != ")":
                some, place = _sequence(pieces, place + 1)
                ways += some
                if place >= len(pieces):
                    return [], place
        else:
            ways = [(pieces[place],)]
        phrases = [before + after for before in phrases for after in ways]
        place += 1
    return phrases, place


def is_word(word: str) -> bool:
    return word in ("?", "#") or bool(_TEXT.fullmatch(word.removesuffix("*")))
