"""Typed words can only raise: find red-flag words in free text, to act now or to ask, never to reassure.

Pure. Everything that knows a language is data (`config/policy/lexicon/<lang>.toml`, read by `lexicon_file`).
Words are compared without case, accents and apostrophes (`typed_words`) and forgive spelling (`spelling`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from screening.lexicon import TIERS, Code, Lexicon, Pattern
from screening.modifiers import Modifiers
from screening.patterns import Matcher, stands_for
from screening.sightings import Sightings

Action = Literal["act_now", "ask"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words ask for. `codes` belong to `action`, most urgent first; `maybe`: only to be asked about;
    `raised`: softer codes for staff, never urgent. Holds no word of the client's."""

    action: Action | None
    codes: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()


def read(text: str, lexicon: Lexicon, *, conditions: frozenset[str] = frozenset()) -> Reading:
    """What `text` asks for. `conditions` on file (the policy's names) may complete a pattern, only to ask."""
    page = _Page(text, lexicon, conditions)
    act: list[str] = []
    ask: list[str] = []
    for name, code in lexicon.codes.items():
        level = page.level(code)
        if level:
            (act if level == 2 else ask).append(name)
    if not act and not ask:
        ask = [name for name, patterns in lexicon.nets.items() if page.raises(patterns)]
    raised = tuple(name for name, patterns in lexicon.raised.items() if page.raises(patterns))

    def ordered(names: list[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=lambda name: TIERS.index(lexicon.codes[name].tier or TIERS[-1])))

    if act:
        return Reading("act_now", ordered(act), ordered(ask), raised)
    return Reading("ask" if ask else None, ordered(ask), (), raised)


class _Page:
    """One text with every concept and sign found in it."""

    def __init__(self, text: str, lexicon: Lexicon, conditions: frozenset[str]) -> None:
        self._given = {name for name, known in lexicon.conditions.items() if known & conditions}
        seen = Sightings(text, lexicon)
        self._modifiers = Modifiers(lexicon, seen)
        self._matches = Matcher(lexicon, seen, self._modifiers).matches

    def level(self, code: Code) -> int:
        """2 = act now, 1 = ask, 0 = nothing. What only the file adds is one step lower than what is typed."""
        best = 0
        for base, patterns in ((2, code.act_now), (1, code.ask)):
            for pattern in patterns:
                for span in self._matches(pattern):
                    lowered = not code.always and self._modifiers.lowered(span, code.ignores)
                    best = max(best, base - 1 if lowered else base)
                if best < base - 1 and self._completed_by_file(pattern):
                    found = self._matches(pattern, self._given)
                    best = max(
                        best,
                        base - 1 if any(not self._modifiers.lowered(s, code.ignores) for s in found) else 0,
                    )
                if best >= base:
                    return best
        return best

    def _completed_by_file(self, pattern: Pattern) -> bool:
        return any(stands_for(group, self._given) for group in pattern.groups[1:])

    def raises(self, patterns: Iterable[Pattern]) -> bool:
        return any(
            not self._modifiers.lowered(span, frozenset()) for p in patterns for span in self._matches(p)
        )
