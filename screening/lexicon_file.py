"""Read a lexicon file of one language, or refuse it with a sentence for each thing that is wrong. Pure.

`screening.lexicon` says what its words mean.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from math import inf
from typing import Any

from screening.lexicon import (
    REACH,
    TIERS,
    WINDOW,
    Code,
    Group,
    Lexicon,
    LexiconError,
    Limits,
    Measure,
    Modifier,
    Opening,
    Pattern,
)
from screening.lexicon_phrases import is_word, spread
from screening.spelling import Spelling
from screening.typed_words import as_one
from screening.word_weights import ANY, Weights
from screening.word_weights import parse as parse_weights

_FAR = 9
_PLACES = ("before", "clause", "sentence")


def parse(toml_text: str, weights_text: str = "") -> Lexicon:
    """The weights are the second file of a language; without it only patterns speak.

    Raises LexiconError with one sentence for each thing that is wrong.
    """
    return _Parser(toml_text).lexicon(weights_text)


class _Parser:
    def __init__(self, text: str) -> None:
        self.problems: list[str] = []
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise LexiconError([f"The lexicon is not valid TOML: {error}."]) from None
        self.names: set[str] = set()

    def lexicon(self, weights_text: str) -> Lexicon:
        alone: dict[str, list[str]] = {}
        longer: dict[str, dict[str, list[tuple[str, tuple[str, ...]]]]] = {}
        vocabulary: set[str] = set()
        families: dict[str, tuple[tuple[str, ...], ...]] = {}
        for concept, written in self._table("concepts").items():
            families[concept] = tuple(self._phrases(concept, written, families))
            self.names.add(concept)
            for phrase in families[concept]:
                first, *rest = phrase
                if rest:
                    longer.setdefault(first, {}).setdefault(rest[0], []).append((concept, tuple(rest[1:])))
                else:
                    alone.setdefault(first, []).append(concept)
                vocabulary.update(phrase)
        measures = tuple(self._measures())
        self.names.update(self._table("conditions"))
        signs: dict[str, tuple[Pattern, ...]] = {}
        for name, written in self._table("signs").items():
            if name in self.names:
                self.problems.append(f"signs.{name}: the name is used twice.")
            signs[name] = self._patterns(f"signs.{name}", written)
            self.names.add(name)
        codes = {name: self._code(name, table) for name, table in self._table("codes").items()}
        raised = {
            name: self._patterns(f"raised.{name}", ways) for name, ways in self._table("raised").items()
        }
        modifiers = {name: self._modifier(name, table) for name, table in self._table("modifiers").items()}
        weights = self._weights(weights_text, codes)
        limits = self._limits() if weights_text else Limits()
        language, everyday = self._text("language"), self._text("everyday_words")
        if not codes:
            self.problems.append("codes: at least one code is needed.")
        if self.problems:
            raise LexiconError(self.problems)
        return Lexicon(
            language=language,
            codes=codes,
            weights=weights,
            limits=limits,
            raised=raised,
            phrases={
                first: Opening(
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
            spelling=Spelling(vocabulary, everyday.split()),
        )

    def _text(self, name: str) -> str:
        written = self.data.get(name, "")
        if not isinstance(written, str):
            self.problems.append(f"{name}: this must be a text.")
        return str(written)

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

    def _phrases(
        self, concept: str, written: Any, families: Mapping[str, Iterable[tuple[str, ...]]]
    ) -> Iterator[tuple[str, ...]]:
        for entry in self._strings(f"concepts.{concept}", written):
            if entry.startswith("="):
                if entry[1:] not in families:
                    self.problems.append(f"concepts.{concept}: {entry!r} names no concept above it.")
                yield from families.get(entry[1:], ())
                continue
            phrases = spread(as_one(entry, self._one_word()))
            if not phrases or any(not words or not all(map(is_word, words)) for words in phrases):
                self.problems.append(f"concepts.{concept}: {entry!r} is not a phrase of plain small letters.")
            elif any(words[0] == "?" for words in phrases):
                self.problems.append(f"concepts.{concept}: {entry!r} begins with an open place.")
            else:
                yield from phrases

    def _one_word(self) -> dict[str, str]:
        return {str(words): str(word) for words, word in self._table("one_word").items()}

    def _patterns(self, where: str, written: Any) -> tuple[Pattern, ...]:
        found = []
        for entry in self._strings(where, written):
            pattern = self._pattern(where, entry)
            if pattern is not None:
                found.append(pattern)
        return tuple(found)

    def _pattern(self, where: str, entry: str) -> Pattern | None:
        body, *without = entry.split("!")
        parts = [part.partition("~") for part in body.split("+")]
        if any(sign and not window.strip().isdigit() for _, sign, window in parts):
            self.problems.append(f"{where}: {entry!r}: after ~ stands a number of words.")
            return None
        usual = parts[-1][2] or WINDOW
        groups = tuple(_group(chain, int(window or usual)) for chain, _, window in parts)
        pattern = Pattern(groups, tuple(name for part in without for name in _names(part)))
        if any(not name for name in pattern.names()):
            self.problems.append(f"{where}: the pattern {entry!r} is empty somewhere.")
            return None
        unknown = sorted({name for name in pattern.names() if name not in self.names})
        self.problems.extend(f"{where}: {entry!r} names {name!r}, which is no concept." for name in unknown)
        return pattern

    def _code(self, name: str, table: Any) -> Code:
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
        ignores = frozenset(table.get("ignores", ()))
        for modifier in sorted(ignores - set(self._table("modifiers"))):
            self.problems.append(f"{where}: {modifier!r} is no modifier.")
        return Code(
            tier=str(table.get("tier")),
            always=bool(table.get("always")),
            ignores=ignores,
            act_now=self._patterns(f"{where}.act_now", table["act_now"]) if "act_now" in table else (),
            ask=self._patterns(f"{where}.ask", table["ask"]) if "ask" in table else (),
        )

    def _modifier(self, name: str, table: Any) -> Modifier:
        words, where = table.get("words"), table.get("where")
        unless = tuple(table.get("unless", ()))
        for concept in (words, *unless):
            if concept not in self.names:
                self.problems.append(f"modifiers.{name}: {concept!r} is no concept.")
        if where not in _PLACES:
            self.problems.append(f"modifiers.{name}: where must be one of {', '.join(_PLACES)}.")
        return Modifier(str(words), str(where), unless)

    def _weights(self, text: str, codes: Iterable[str]) -> Weights:
        none = Weights({ANY: 0.0}, {})
        if not text:
            return none
        try:
            weights = parse_weights(text)
        except ValueError as error:
            self.problems.append(f"The weights are not lines of a code, a word and a number: {error}.")
            return none
        for name in sorted({ANY, *codes} ^ set(weights.start)):
            self.problems.append(f"The weights and the codes do not name the same: {name}.")
        return weights

    def _limits(self) -> Limits:
        written = self._table("limits")
        numbers = {}
        for limit in fields(Limits):
            number = written.get(limit.name)
            if isinstance(number, int | float):
                numbers[limit.name] = float(number)
            else:
                self.problems.append(f"limits: {limit.name} must be a number.")
        return Limits(**numbers)

    def _measures(self) -> Iterator[Measure]:
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
            yield Measure(
                concept=concept,
                near=near,
                lowest=float(entry["lowest"]),
                highest=float(entry.get("highest", inf)),
                bottom=float(entry["bottom"]) if "bottom" in entry else None,
                after=tuple(entry.get("after", ())),
            )


def _group(chain: str, window: int) -> Group:
    then = re.findall(r"(>>?)([^>]*)", chain)
    return Group(
        first=_names(chain.partition(">")[0]),
        then=tuple((_FAR if sign == ">>" else REACH, _names(names)) for sign, names in then),
        window=window,
    )


def _names(either: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in either.split("|"))
