"""Typed words can only raise: find red-flag words in free text, to act now or to ask, never to reassure.

Pure. Everything that knows a language is data (`config/policy/lexicon/<lang>.toml`, read by `lexicon_file`).
Words are compared without case, accents and apostrophes (`typed_words`) and forgive spelling (`spelling`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal

from screening.lexicon import TIERS, Code, Lexicon, Pattern
from screening.modifiers import Modifiers
from screening.patterns import Matcher, stands_for
from screening.sightings import Sightings, Span
from screening.word_weights import ANY

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
    for name in lexicon.codes:
        level = page.level(name)
        if level:
            (act if level == 2 else ask).append(name)
    if not act and not ask and page.evidence[ANY] >= lexicon.limits.asks:
        likeliest = page.likeliest()
        (act if lexicon.codes[likeliest].always else ask).append(likeliest)
    raised = tuple(name for name, patterns in lexicon.raised.items() if page.raises(patterns))

    def ordered(names: list[str]) -> tuple[str, ...]:
        return tuple(sorted(names, key=lambda name: TIERS.index(lexicon.codes[name].tier)))

    if act:
        return Reading("act_now", ordered(act), ordered(ask), raised)
    return Reading("ask" if ask else None, ordered(ask), (), raised)


class _Page:
    """One text with every concept and sign found in it."""

    def __init__(self, text: str, lexicon: Lexicon, conditions: frozenset[str]) -> None:
        self._given = {name for name, known in lexicon.conditions.items() if known & conditions}
        self._codes, self._limits = lexicon.codes, lexicon.limits
        seen = Sightings(text, lexicon)
        # before the matcher adds signs, as the weights were learned without them
        self.evidence = lexicon.weights.evidence(seen)
        self._modifiers = Modifiers(lexicon, seen)
        self._matches = Matcher(lexicon, seen, self._modifiers).matches

    def level(self, name: str) -> int:
        """2 = act now, 1 = ask, 0 = nothing: what the patterns say, weighed by all the words together."""
        code, own = self._codes[name], self.evidence.get(name, -inf)
        if code.always:
            hinted = own >= self._limits.hints and any(self._matches(p) for p in code.ask)
            return 2 if hinted or own >= self._limits.harms or self._acts(code) == 2 else 0
        return max(self._weighed(code), int(own >= self._limits.names))

    def _weighed(self, code: Code) -> int:
        acts, danger = self._acts(code), self.evidence[ANY]
        if acts == 2:
            return 1 if danger < self._limits.doubtful else 2
        if not any(not self._lowered(s, code) for p in code.ask for s in self._matches(p)):
            return acts
        if danger >= self._limits.sure:
            return 2
        return 1 if danger >= self._limits.vague else acts

    def likeliest(self) -> str:
        """Which danger the words together speak for."""
        return max(self._codes, key=lambda name: self.evidence[name])

    def _acts(self, code: Code) -> int:
        """2; 1 where tense or denial lowers it or the file completes it; 0 if no pattern that acts is met."""
        best = 0
        for pattern in code.act_now:
            for span in self._matches(pattern):
                if code.always or not self._lowered(span, code):
                    return 2
                best = 1
            if self._given and not best and self._completed_by_file(pattern):
                found = self._matches(pattern, self._given)
                best = int(any(not self._lowered(span, code) for span in found))
        return best

    def _lowered(self, span: Span, code: Code) -> bool:
        return self._modifiers.lowered(span, code.ignores)

    def _completed_by_file(self, pattern: Pattern) -> bool:
        return any(stands_for(group, self._given) for group in pattern.groups[1:])

    def raises(self, patterns: Iterable[Pattern]) -> bool:
        return any(
            not self._modifiers.lowered(span, frozenset()) for p in patterns for span in self._matches(p)
        )
