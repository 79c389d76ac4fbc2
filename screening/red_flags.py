"""Typed words can only raise: find red-flag words in free text, to act now or to ask, never to reassure.

Pure. Everything that knows a language is data (`config/policy/lexicon/<lang>.toml`); here are only the rules
of reading:

* Words are compared without case, accents, apostrophes and stretched letters; a word that neither the lexicon
  nor its list of everyday words knows is also tried with a small edit distance and by sound.
* A concept is a list of phrases (`word`, `stem*`, `(one/other)`, `?` any word, `#` any number).
* A pattern joins concepts: `a|b` either, `a > b` b within a few words after a, `a >> b` farther after it,
  `a + b` both near in any order, `! c` not with c in the same sentence, `~ 8` within 8 words. The first group
  is what the pattern is about: tense and negation are looked for there.
* A sign is a list of patterns that others may use like a concept.
* A modifier (negation, long ago, as usual, joking) lowers a match by one step, act_now to ask, ask to
  nothing, and only within its own sentence: more text never lowers what stands already.
"""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Literal

Action = Literal["act_now", "ask"]
TIERS = ("E", "C", "D")
_REACH, _FAR, _WINDOW, _BREAK, _SOME = 3, 9, 16, 6, 6
_PLACES = ("before", "clause", "sentence")
_TOKEN = re.compile(
    r"(?P<pair>\d{2,3}\s{0,2}(?:/|over|on)\s{0,2}\d{2,3}(?!\d))|(?P<number>\d{1,9}(?:[.,]\d{1,3})?)"
    r"|(?P<word>[^\W\d_]+)|(?P<stop>[.!?;\n\r…]+)|(?P<pause>[,:()]|\s-+\s|[–—])"
)
_LEVEL = re.compile(r"\b([ctl])[ -]?(\d{1,2})\b")
_TEXT = re.compile(r"[a-z]+")


class LexiconError(ValueError):
    """The lexicon cannot be used; `problems` are sentences that say what to change."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words ask for. `codes` belong to `action`, most urgent first; `maybe`: only to be asked about;
    `raised`: softer codes for staff, never urgent. Holds no word of the client's."""

    action: Action | None
    codes: tuple[str, ...] = ()
    maybe: tuple[str, ...] = ()
    raised: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """Elements in order; `gaps[i]` is the most words allowed before element i."""

    elements: tuple[tuple[str, ...], ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    groups: tuple[_Group, ...]
    without: tuple[str, ...]
    windows: tuple[int, ...]  # of each group, in words from the first; the last one stands for those without

    def names(self) -> Iterator[str]:
        for group in self.groups:
            for element in group.elements:
                yield from element
        yield from self.without


@dataclass(frozen=True, slots=True)
class _Code:
    tier: str | None
    always: bool
    ignores: frozenset[str]
    act_now: tuple[_Pattern, ...]
    ask: tuple[_Pattern, ...]


@dataclass(frozen=True, slots=True)
class _Modifier:
    words: str
    where: str
    unless: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Measure:
    """Numbers that mean something: `lowest`..`highest`, within 5 words of one of `near` (empty: anywhere)."""

    concept: str
    near: tuple[str, ...]
    lowest: float
    highest: float
    bottom: float | None  # a pair such as 190/120: either number from its limit on
    after: tuple[str, ...]  # the word right after the number


@dataclass(frozen=True, slots=True)
class _Opening:
    """What a first word may begin: a concept of its own, or by the second word (concept, other words)."""

    alone: tuple[str, ...]
    longer: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]


@dataclass(frozen=True, slots=True)
class _Token:
    word: str
    forms: frozenset[str]
    place: int  # words from the start; each sentence end adds a gap
    sentence: int
    clause: int
    number: float | None = None
    pair: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    first: int
    last: int
    parts: tuple[tuple[int, int], ...] = ()

    def meets(self, other: _Span) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Lexicon:
    """One language's words, checked. Build it with `Lexicon.parse`."""

    language: str
    codes: Mapping[str, _Code]
    nets: Mapping[str, tuple[_Pattern, ...]]
    raised: Mapping[str, tuple[_Pattern, ...]]
    phrases: Mapping[str, _Opening]  # by the first word
    signs: Mapping[str, tuple[_Pattern, ...]]
    modifiers: Mapping[str, _Modifier]
    measures: tuple[_Measure, ...]
    conditions: Mapping[str, frozenset[str]]  # concept -> conditions on file that stand for it
    breaks: frozenset[str]
    one_word: Mapping[str, str]
    spelling: _Spelling = field(repr=False)

    @classmethod
    def parse(cls, toml_text: str) -> Lexicon:
        """Raises LexiconError with one sentence for each thing that is wrong."""
        return _Parser(toml_text).lexicon()


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
    """One text, cut into words, with every concept and sign found in it."""

    def __init__(self, text: str, lexicon: Lexicon, conditions: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._tokens = _tokens(text, lexicon)
        self._places = [token.place for token in self._tokens]
        self._given = {name for name, known in lexicon.conditions.items() if known & conditions}
        self._spans: dict[str, list[_Span]] = {}
        self._firsts: dict[str, list[int]] = {}
        self._by_place: dict[str, dict[tuple[str, int], list[_Span]]] = {}
        self._find_concepts()
        self._find_measures()
        self._marks = {name: self._places_of(modifier.words) for name, modifier in lexicon.modifiers.items()}
        for name, patterns in lexicon.signs.items():
            self._keep(name, (span for pattern in patterns for span in self._matches(pattern)))

    def level(self, code: _Code) -> int:
        """2 = act now, 1 = ask, 0 = nothing. What only the file adds is one step lower than what is typed."""
        best = 0
        for base, patterns in ((2, code.act_now), (1, code.ask)):
            for pattern in patterns:
                for span in self._matches(pattern):
                    lowered = not code.always and self._lowered(span, code.ignores)
                    best = max(best, base - 1 if lowered else base)
                if best < base - 1 and self._completed_by_file(pattern):
                    found = self._matches(pattern, self._given)
                    best = max(
                        best, base - 1 if any(not self._lowered(s, code.ignores) for s in found) else 0
                    )
                if best >= base:
                    return best
        return best

    def _completed_by_file(self, pattern: _Pattern) -> bool:
        return any(_stands_for(group, self._given) for group in pattern.groups[1:])

    def raises(self, patterns: Iterable[_Pattern]) -> bool:
        return any(not self._lowered(span, frozenset()) for p in patterns for span in self._matches(p))

    # -- concepts ---

    def _keep(self, name: str, spans: Iterable[_Span]) -> None:
        ordered = sorted(set(spans))
        if ordered:
            self._spans[name] = ordered
            self._firsts[name] = [span.first for span in ordered]

    def _find_concepts(self) -> None:
        found: dict[str, set[tuple[int, int]]] = {}
        tokens, openings = self._tokens, self._lexicon.phrases
        for at, token in enumerate(tokens):
            following = tokens[at + 1] if at + 1 < len(tokens) else None
            if following is not None and following.sentence != token.sentence:
                following = None
            for form in token.forms:
                opening = openings.get(form)
                if opening is None:
                    continue
                for concept in opening.alone:
                    found.setdefault(concept, set()).add((at, at))
                if following is None or not opening.longer:
                    continue
                for second in (*following.forms, "?"):
                    for concept, rest in opening.longer.get(second, ()):
                        if _fits(tokens, at + 2, rest, token.sentence):
                            found.setdefault(concept, set()).add((at, at + 1 + len(rest)))
        everyday = sorted(found.pop("everyday", ()))
        cover = [-1] * len(tokens)
        for number, (first, last) in enumerate(everyday):
            for at in range(first, last + 1):
                cover[at] = number
        for concept, spans in found.items():
            free = (
                span
                for span in spans
                if not any(
                    _hides(everyday[cover[at]], span) for at in range(span[0], span[1] + 1) if cover[at] >= 0
                )
            )
            self._keep(concept, (_Span(first, last, ((first, last),)) for first, last in free))

    def _find_measures(self) -> None:
        for measure in self._lexicon.measures:
            hits = [
                _Span(at, at, ((at, at),))
                for at, token in enumerate(self._tokens)
                if self._counts(measure, at, token)
            ]
            self._keep(measure.concept, [*self._spans.get(measure.concept, ()), *hits])

    def _counts(self, measure: _Measure, at: int, token: _Token) -> bool:
        if measure.bottom is not None:
            if token.pair is None:
                return False
            top, bottom = token.pair
            sane = bottom < top <= 300 and bottom >= 30
            if not (sane and (top >= measure.lowest or bottom >= measure.bottom)):
                return False
        elif token.number is None or not measure.lowest <= token.number <= measure.highest:
            return False
        if measure.after:
            following = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
            if following is None or not any(word in following.forms for word in measure.after):
                return False
        return not measure.near or any(self._close(name, at, 6) for name in measure.near)

    def _close(self, name: str, at: int, most: int) -> bool:
        return any(
            min(abs(self._places[at] - self._places[s.first]), abs(self._places[at] - self._places[s.last]))
            <= most
            for s in self._near(name, at)
        )

    def _near(self, name: str, at: int) -> list[_Span]:
        """The few spans of a concept that stand closest to a word."""
        spans = self._spans.get(name, [])
        middle = bisect_left(self._firsts.get(name, []), at)
        return spans[max(0, middle - 3) : middle + 3]

    # -- patterns ---

    def _matches(self, pattern: _Pattern, given: Set[str] = frozenset()) -> list[_Span]:
        needed = [n for n, group in enumerate(pattern.groups) if n == 0 or not _stands_for(group, given)]
        groups, windows = [pattern.groups[n] for n in needed], [pattern.windows[n] for n in needed[1:]]
        if not all(any(name in self._spans for name in element) for g in groups for element in g.elements):
            return []
        chains = [self._chains(group) for group in groups]
        if not all(chains):
            return []
        keys, others = chains[0], [[c for c in chain if not self._denied(c)] for chain in chains[1:]]
        found = []
        for key in keys:
            parts, used = list(key.parts), [key]
            for other, window in zip(others, windows, strict=True):
                best = self._closest(other, used, window)
                if best is None:
                    break
                used.append(best)
                parts.extend(best.parts)
            else:
                if not self._excluded(pattern, used):
                    found.append(_Span(key.first, key.last, tuple(parts)))
        return found

    def _chains(self, group: _Group) -> list[_Span]:
        heads = sorted({span for name in group.elements[0] for span in self._spans.get(name, ())})
        chains = heads
        for element, gap in zip(group.elements[1:], group.gaps[1:], strict=True):
            longer = []
            for chain in chains:
                follow = self._next(element, chain, gap)
                if follow is not None:
                    longer.append(_Span(chain.first, follow.last, chain.parts + follow.parts))
            chains = longer
        return chains

    def _next(self, element: tuple[str, ...], chain: _Span, gap: int) -> _Span | None:
        best: _Span | None = None
        for name in element:
            spans = self._spans.get(name)
            if not spans:
                continue
            at = bisect_left(self._firsts[name], chain.last + 1)
            if at < len(spans):
                span = spans[at]
                distance = self._places[span.first] - self._places[chain.last] - 1
                if distance <= gap and (best is None or span.first < best.first):
                    best = span
        return best

    def _closest(self, chain: list[_Span], used: list[_Span], window: int) -> _Span | None:
        key = used[0]
        middle = bisect_left(chain, key)
        best, least = None, window + 1
        for span in chain[max(0, middle - 4) : middle + 4]:
            if any(span.meets(other) for other in used):
                continue
            distance = max(
                self._places[span.first] - self._places[key.last],
                self._places[key.first] - self._places[span.last],
            )
            if distance < least:
                best, least = span, distance
        return best

    def _excluded(self, pattern: _Pattern, used: list[_Span]) -> bool:
        if not pattern.without:
            return False
        sentences = {self._tokens[span.first].sentence for span in used}
        return any(
            self._tokens[span.first].sentence in sentences and not any(span.meets(other) for other in used)
            for name in pattern.without
            for key in used
            for span in self._near(name, key.first)
        )

    # -- modifiers ---

    def _denied(self, span: _Span) -> bool:
        """A group beside the main one is left out where it is denied ("stiff neck, no fever")."""
        return any(
            modifier.where == "before" and self._applies(name, modifier, span)
            for name, modifier in self._lexicon.modifiers.items()
        )

    def _lowered(self, span: _Span, ignores: frozenset[str]) -> bool:
        return any(
            self._applies(name, modifier, span)
            for name, modifier in self._lexicon.modifiers.items()
            if name not in ignores
        )

    def _applies(self, name: str, modifier: _Modifier, span: _Span) -> bool:
        start = self._tokens[span.first]
        for words in self._around(name, modifier, span, start):
            if any(first <= words.first and words.last <= last for first, last in span.parts):
                continue
            if modifier.where == "before" and not self._before(words, span):
                continue
            if not any(self._cancels(other, words, start) for other in modifier.unless):
                return True
        return False

    def _around(self, name: str, modifier: _Modifier, span: _Span, start: _Token) -> list[_Span]:
        """The modifier's words in reach: of a long list the nearest few decide as well as all."""
        marks = self._marks[name]
        if modifier.where == "sentence":
            return marks.get(("sentence", start.sentence), [])[:_SOME]
        inside = marks.get(("clause", start.clause), [])
        middle = bisect_left(inside, span)
        return inside[max(0, middle - _SOME) : middle + _SOME]

    def _before(self, words: _Span, span: _Span) -> bool:
        return words.first <= span.last and self._places[span.first] - self._places[words.last] - 1 <= _REACH

    def _cancels(self, name: str, words: _Span, start: _Token) -> bool:
        inside = self._places_of(name).get(("clause", start.clause), [])
        return any(not span.meets(words) for span in inside[:_SOME])

    def _places_of(self, name: str) -> dict[tuple[str, int], list[_Span]]:
        """Where a concept stands, by sentence and by clause."""
        if name not in self._by_place:
            found: dict[tuple[str, int], list[_Span]] = {}
            for span in self._spans.get(name, ()):
                token = self._tokens[span.first]
                found.setdefault(("sentence", token.sentence), []).append(span)
                found.setdefault(("clause", token.clause), []).append(span)
            self._by_place[name] = found
        return self._by_place[name]


def _stands_for(group: _Group, given: Set[str]) -> bool:
    return len(group.elements) == 1 and any(name in given for name in group.elements[0])


def _fits(tokens: Sequence[_Token], at: int, rest: tuple[str, ...], sentence: int) -> bool:
    """Whether the words from `at` on, in the same sentence, are those of `rest`."""
    if at + len(rest) > len(tokens):
        return False
    return all(
        token.sentence == sentence and (wanted == "?" or wanted in token.forms)
        for token, wanted in zip(tokens[at : at + len(rest)], rest, strict=True)
    )


def _hides(everyday: tuple[int, int], span: tuple[int, int]) -> bool:
    """An everyday sense hides what it covers or cuts, not a longer phrase around it."""
    longer = span[0] <= everyday[0] and span[1] >= everyday[1] and span != everyday
    return not longer


# -- words ---


def plain(text: str) -> str:
    """Lower case, no accents, no apostrophes: what a phone keyboard and a hurry leave out anyway."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    bare = re.sub(r"['’‘`´ʼ]", "", bare.casefold())
    bare = re.sub(r"[^\S\n\r]+", " ", bare)
    return re.sub(r"\b([a-z]{2,7}n) t\b", r"\1t", bare)


def _tokens(text: str, lexicon: Lexicon) -> list[_Token]:
    known: dict[str, frozenset[str]] = {}
    tokens: list[_Token] = []
    place = sentence = clause = 0
    for match in _TOKEN.finditer(_as_one(_LEVEL.sub(_spell_level, plain(text)), lexicon.one_word)):
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
            tokens.append(_Token(raw, known[raw], place, sentence, clause))
        elif kind == "pair":
            top, bottom = (float(part) for part in re.findall(r"\d+", raw))
            tokens.append(_Token(raw, frozenset("#"), place, sentence, clause, top, (top, bottom)))
        else:
            number = float(raw.replace(",", "."))
            tokens.append(_Token(raw, frozenset(("#", raw)), place, sentence, clause, number))
        place += 1
    return tokens


def _as_one(text: str, one_word: Mapping[str, str]) -> str:
    if not one_word:
        return text
    ways = "|".join(re.escape(words).replace("\\ ", " +") for words in one_word)
    return re.sub(rf"\b(?:{ways})\b", lambda match: one_word[" ".join(match[0].split())], text)


def _spell_level(match: re.Match[str]) -> str:
    """Levels of the spine ("t5") are words, not numbers."""
    return f"{match[1]}level " if 0 < int(match[2]) <= 12 else match[0]


class _Spelling:
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
            word = entry.rstrip("*")
            if len(word) < 4:
                continue
            for cut in _cuts(word, 2 if len(word) >= 8 else 1):
                self._near.setdefault(cut, []).append(entry)
            if len(_sound(word)) >= 3:
                self._sounds.setdefault(_sound(word), []).append(entry)

    def forms(self, word: str) -> frozenset[str]:
        forms = self._exact(word)
        if not forms and word not in self._everyday:
            short = re.sub(r"(.)\1{2,}", r"\1\1", word)
            single = re.sub(r"(.)\1+", r"\1", short)
            forms = self._exact(short) or self._exact(single) or self._joined(short)
            if not forms and 4 <= len(short) <= 24:
                forms = self._alike(short)
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
        for cut in range(4, min(len(word), 20) - 3):
            if word[:cut] in self._words and word[cut:] in self._words:
                return {word[:cut], word[cut:]}
        return set()

    def _alike(self, word: str) -> set[str]:
        found: set[str] = set()
        endings = [e for e in ("s", "ed", "ing", "ness", "y") if word.endswith(e)]
        for typed in {word, *(word[: -len(ending)] for ending in endings)}:
            if len(typed) < 4 or typed in self._everyday:
                continue
            for cut in _cuts(typed, 2 if len(typed) >= 7 else 1):
                found.update(
                    e for e in self._near.get(cut, ()) if e not in found and _typo(typed, e.rstrip("*"))
                )
            found.update(self._sounds.get(_sound(typed), ()))
        return found


def _cuts(word: str, most: int) -> set[str]:
    """The word with up to `most` letters left out."""
    cuts = {word}
    for count in range(1, most + 1):
        cuts.update("".join(left) for left in itertools.combinations(word, len(word) - count))
    return cuts


def _typo(typed: str, word: str) -> bool:
    if abs(len(typed) - len(word)) > 2 or (typed[0] != word[0] and typed[:2] != word[1::-1]):
        return False
    if min(len(typed), len(word)) == 4:  # too short to guess: swapped letters, or one of a pair left out
        return sorted(typed) == sorted(word) or typed == re.sub(r"(.)\1", r"\1", word)
    return _distance(typed, word) <= (2 if len(word) >= 8 else 1)


def _distance(a: str, b: str) -> int:
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


def _sound(word: str) -> str:
    sound = re.sub(r"c(?=[eiy])", "s", word.replace("ph", "f").replace("ch", "k"))
    sound = sound.replace("ck", "k").replace("c", "k").replace("gh", "")
    sound = re.sub(r"(.)\1+", r"\1", sound.replace("z", "s"))
    return re.sub(r"([aeiouy])[aeiouy]+", r"\1", sound).rstrip("aeiouy")


# -- the file ---


class _Parser:
    def __init__(self, text: str) -> None:
        self.problems: list[str] = []
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LexiconError([f"The lexicon is not valid TOML: {error}."]) from None
        self.names: set[str] = set()

    def lexicon(self) -> Lexicon:
        alone: dict[str, list[str]] = {}
        longer: dict[str, dict[str, list[tuple[str, tuple[str, ...]]]]] = {}
        vocabulary: set[str] = set()
        for concept, written in self._table("concepts").items():
            self.names.add(concept)
            for phrase in self._phrases(concept, written):
                first, *rest = phrase
                if rest:
                    longer.setdefault(first, {}).setdefault(rest[0], []).append((concept, tuple(rest[1:])))
                else:
                    alone.setdefault(first, []).append(concept)
                vocabulary.update(phrase)
        measures = tuple(self._measures())
        self.names.update(self._table("conditions"))
        signs: dict[str, tuple[_Pattern, ...]] = {}
        for name, written in self._table("signs").items():
            if name in self.names:
                self.problems.append(f"signs.{name}: the name is used twice.")
            signs[name] = self._patterns(f"signs.{name}", written)
            self.names.add(name)
        codes = {name: self._code(name, table) for name, table in self._table("codes").items()}
        nets = {name: self._patterns(f"nets.{name}", ways) for name, ways in self._table("nets").items()}
        raised = {
            name: self._patterns(f"raised.{name}", ways) for name, ways in self._table("raised").items()
        }
        for name in nets:
            if name not in codes or codes[name].always:
                self.problems.append(f"nets.{name}: this must be a code that may ask.")
        modifiers = {name: self._modifier(name, table) for name, table in self._table("modifiers").items()}
        if not codes:
            self.problems.append("codes: at least one code is needed.")
        if self.problems:
            raise LexiconError(self.problems)
        return Lexicon(
            language=str(self.data.get("language", "")),
            codes=codes,
            nets=nets,
            raised=raised,
            phrases={
                first: _Opening(
                    tuple(alone.get(first, ())),
                    {second: tuple(dict.fromkeys(ways)) for second, ways in longer.get(first, {}).items()},
                )
                for first in sorted({*alone, *longer})
            },
            signs=signs,
            modifiers=modifiers,
            measures=measures,
            conditions={name: frozenset(known) for name, known in self._table("conditions").items()},
            breaks=frozenset(self.data.get("clause_words", ())),
            one_word=self._one_word(),
            spelling=_Spelling(vocabulary, str(self.data.get("everyday_words", "")).split()),
        )

    def _table(self, name: str) -> dict[str, Any]:
        table = self.data.get(name, {})
        if isinstance(table, dict):
            return table
        self.problems.append(f"{name}: this must be a table.")
        self.data[name] = {}
        return {}

    def _strings(self, where: str, written: Any) -> list[str]:
        if not isinstance(written, list) or not all(isinstance(entry, str) for entry in written):
            self.problems.append(f"{where}: this must be a list of texts.")
            return []
        if not written:
            self.problems.append(f"{where}: the list is empty.")
        for entry in sorted({entry for entry in written if written.count(entry) > 1}):
            self.problems.append(f"{where}: {entry!r} stands there twice.")
        return written

    def _phrases(self, concept: str, written: Any) -> Iterator[tuple[str, ...]]:
        for entry in self._strings(f"concepts.{concept}", written):
            phrases = _spread(_as_one(entry, self._one_word()))
            if not phrases or any(not words or not all(map(_word, words)) for words in phrases):
                self.problems.append(f"concepts.{concept}: {entry!r} is not a phrase of plain small letters.")
            elif any(words[0] == "?" for words in phrases):
                self.problems.append(f"concepts.{concept}: {entry!r} begins with an open place.")
            else:
                yield from phrases

    def _one_word(self) -> dict[str, str]:
        return {str(words): str(word) for words, word in self._table("one_word").items()}

    def _patterns(self, where: str, written: Any) -> tuple[_Pattern, ...]:
        found = []
        for entry in self._strings(where, written):
            pattern = self._pattern(where, entry)
            if pattern is not None:
                found.append(pattern)
        return tuple(found)

    def _pattern(self, where: str, entry: str) -> _Pattern | None:
        body, *without = entry.split("!")
        groups, windows = [], []
        for part in body.split("+"):
            chain, _, window = part.partition("~")
            if window and not window.strip().isdigit():
                self.problems.append(f"{where}: {entry!r}: after ~ stands a number of words.")
                return None
            windows.append(int(window) if window else None)
            pieces = re.split(r"(>>?)", chain)
            elements = tuple(tuple(n.strip() for n in piece.split("|")) for piece in pieces[::2])
            gaps = (0, *(_FAR if sign == ">>" else _REACH for sign in pieces[1::2]))
            groups.append(_Group(elements, gaps))
        names = tuple(name.strip() for part in without for name in part.split("|"))
        usual = windows[-1] or _WINDOW
        pattern = _Pattern(tuple(groups), names, tuple(window or usual for window in windows))
        if any(not name for name in pattern.names()):
            self.problems.append(f"{where}: the pattern {entry!r} is empty somewhere.")
            return None
        unknown = sorted({name for name in pattern.names() if name not in self.names})
        self.problems.extend(f"{where}: {entry!r} names {name!r}, which is no concept." for name in unknown)
        return None if unknown else pattern

    def _code(self, name: str, table: Any) -> _Code:
        where = f"codes.{name}"
        if not isinstance(table, dict):
            self.problems.append(f"{where}: this must be a table.")
            table = {}
        for key in sorted(set(table) - {"tier", "always", "ignores", "act_now", "ask"}):
            self.problems.append(f"{where}: {key!r} is no action; use act_now or ask.")
        if table.get("tier") not in TIERS:
            self.problems.append(f"{where}: the tier must be E, C or D.")
        if not table.get("act_now") and not table.get("ask"):
            self.problems.append(f"{where}: it has no pattern.")
        if table.get("always") and table.get("ask"):
            self.problems.append(f"{where}: a code that always acts has nothing to ask.")
        ignores = frozenset(table.get("ignores", ()))
        for modifier in sorted(ignores - set(self._table("modifiers"))):
            self.problems.append(f"{where}: {modifier!r} is no modifier.")
        return _Code(
            tier=table.get("tier"),
            always=bool(table.get("always", False)),
            ignores=ignores,
            act_now=self._patterns(f"{where}.act_now", table["act_now"]) if "act_now" in table else (),
            ask=self._patterns(f"{where}.ask", table["ask"]) if "ask" in table else (),
        )

    def _modifier(self, name: str, table: Any) -> _Modifier:
        words, where = table.get("words"), table.get("where")
        unless = tuple(table.get("unless", ()))
        for concept in (words, *unless):
            if concept not in self.names:
                self.problems.append(f"modifiers.{name}: {concept!r} is no concept.")
        if where not in _PLACES:
            self.problems.append(f"modifiers.{name}: where must be one of {', '.join(_PLACES)}.")
        return _Modifier(str(words), str(where), unless)

    def _measures(self) -> Iterator[_Measure]:
        for entry in self.data.get("measures", ()):
            concept = str(entry.get("concept", ""))
            if not concept or "lowest" not in entry:
                self.problems.append("measures: each needs a concept and its lowest number.")
                continue
            self.names.add(concept)
            near = tuple(entry.get("near", ()))
            for name in near:
                if name not in self.names:
                    self.problems.append(f"measures: {name!r} is no concept.")
            yield _Measure(
                concept=concept,
                near=near,
                lowest=float(entry["lowest"]),
                highest=float(entry.get("highest", "inf")),
                bottom=float(entry["bottom"]) if "bottom" in entry else None,
                after=tuple(entry.get("after", ())),
            )


def _spread(entry: str) -> list[tuple[str, ...]]:
    """Every phrase that a written one stands for: `lost (power/use)` is two. Empty if a bracket is open."""
    pieces = re.findall(r"[()/]|[^\s()/]+", entry)
    phrases, place = _sequence(pieces, 0)
    return phrases if place == len(pieces) else []


def _sequence(pieces: list[str], place: int) -> tuple[list[tuple[str, ...]], int]:
    """The phrases from `place` up to a `/`, a `)` or the end, and where that is."""
    phrases: list[tuple[str, ...]] = [()]
    while place < len(pieces) and pieces[place] not in "/)":
        if pieces[place] == "(":
            ways: list[tuple[str, ...]] = []
            while pieces[place] != ")":
                some, place = _sequence(pieces, place + 1)
                ways += some
                if place >= len(pieces):
                    return [], place + 1
        else:
            ways = [(pieces[place],)]
        phrases = [before + after for before in phrases for after in ways]
        place += 1
    return phrases, place


def _word(word: str) -> bool:
    return word in ("?", "#") or bool(_TEXT.fullmatch(word.removesuffix("*")))
