"""Every word the product sends, by key and language: loaded once, refused if two languages do not fit.

The catalogues are the `.po` files of `bot/locales/<language>/`, read at start, so that a changed word needs
no build step. A `msgid` is a key; values are plain text (the sender escapes). English is the measure.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import PoFileError, read_po

LOCALES: Final = Path(__file__).parent / "locales"
SOURCE: Final = "en"
PSEUDO: Final = "qps"

# A clinic may have no such line: then the sentence that names it is left out.
OPTIONAL_NUMBERS: Final = frozenset({"cancer_line", "maternity_line"})

_PLACEHOLDER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_KEY: Final = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+)+")
_MSGID: Final = re.compile(r'^msgid "(.+)"$', re.MULTILINE)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。؟])\s+")


class TextsError(Exception):
    """Catalogues that cannot be used; each sentence says what to mend."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


class MissingText(LookupError):
    """A key or placeholder that is not there. Names the key only: values may be about health."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language: the forms of each key (one, or one a plural), and which form a number takes."""

    forms: Mapping[str, tuple[str, ...]]
    form_of: Callable[[int], int]


class Catalogue:
    """All languages. Immutable; safe to share between workers."""

    def __init__(self, languages: Mapping[str, Words]) -> None:
        self._languages = dict(languages)
        self._known = {_folded(code): code for code in self._languages}

    @classmethod
    def load(cls, folder: Path = LOCALES, own: Path | None = None) -> Catalogue:
        """Read each folder's `*.po`. Raises: TextsError with a sentence a fault, in all files at once.

        own: a clinic's folder with more texts, `<language>/*.po`, of keys that do not ship.
        """
        faults: list[str] = []
        languages = {
            path.name: _read(path, faults)
            for path in sorted(folder.iterdir())
            if path.is_dir() and any(path.glob("*.po"))
        }
        if own is not None:
            faults += [
                f"{path} holds words of a language that the program does not have."
                for path in sorted(own.iterdir())
                if path.is_dir() and path.name not in languages and any(path.glob("*.po"))
            ]
            languages = {code: _with_own(words, own / code, faults) for code, words in languages.items()}
        if SOURCE not in languages:
            faults.append(f"{folder} has no catalogue in English ({SOURCE}).")
        else:
            faults += _differences(languages)
        if faults:
            raise TextsError(faults)
        return cls(languages)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes, English first."""
        others = sorted(code for code in self._languages if code != SOURCE)
        return (SOURCE, *others)

    def best(self, code: str | None) -> str:
        """The language to write in for an app's language code ("de-AT" -> "de"), else English."""
        folded = _folded(code or SOURCE)
        base = folded.partition("_")[0]
        if found := self._known.get(folded) or self._known.get(base):
            return found
        return next((known for key, known in self._known.items() if key.startswith(base + "_")), SOURCE)

    def name(self, language: str) -> str:
        """The language in its own words, "Deutsch"."""
        try:
            own = Locale.parse(language, sep="-" if "-" in language else "_").get_display_name()
        except (UnknownLocaleError, ValueError):
            own = None
        return own[:1].upper() + own[1:] if own else language

    def has(self, key: str) -> bool:
        return key in self._languages[SOURCE].forms

    def keys(self) -> frozenset[str]:
        return frozenset(self._languages[SOURCE].forms)

    def forms(self, key: str, language: str = SOURCE) -> tuple[str, ...]:
        """The entry as it stands, one text or one a plural form. Raises: MissingText."""
        forms = self._languages[self.best(language)].forms.get(key)
        if forms is None:
            raise MissingText(f"{key}: no words in {self.best(language)}")
        return forms

    def placeholders(self, key: str) -> frozenset[str]:
        """What `say` must be given (with `n` for a plural). Raises: MissingText."""
        forms = self.forms(key)
        return _placeholders(forms) | ({"n"} if len(forms) > 1 else set())

    def say(self, language: str | None, key: str, /, **params: object) -> str:
        """The words, filled. A plural is chosen by `n`. A language that is not there reads English.

        A sentence whose number the clinic has not set (`OPTIONAL_NUMBERS` None or empty) is left out.
        Raises: MissingText, naming the key.
        """
        code = self.best(language)
        forms = self.forms(key, code)
        template = forms[0]
        if len(forms) > 1:
            n = params.get("n")
            if not isinstance(n, int):
                raise MissingText(f"{key}: a whole number n is needed to choose the form")
            template = forms[self._languages[code].form_of(abs(n))]
        unset = [name for name in OPTIONAL_NUMBERS if f"{{{name}}}" in template and not params.get(name)]
        if unset:
            kept = (s for s in _SENTENCE_END.split(template) if not any(f"{{{name}}}" in s for name in unset))
            template = " ".join(kept)

        def fill(match: re.Match[str]) -> str:
            value = params.get(match[1])
            if value is None:
                raise MissingText(f"{key}: nothing for {{{match[1]}}}")
            said, rest = str(value), template[match.end() :]
            # "Maria K." at the end of a sentence brings its own full stop
            return said[:-1] if said.endswith(".") and rest.startswith(".") and rest[:2] != ".." else said

        return _PLACEHOLDER.sub(fill, template)

    def missing(self, required: Iterable[str] = ()) -> dict[str, list[str]]:
        """By language, the keys it lacks, of those required and of those in English. Empty = complete."""
        wanted = set(required) | self.keys()
        lacks = {code: sorted(wanted - self._languages[code].forms.keys()) for code in self.languages}
        return {code: keys for code, keys in lacks.items() if keys}

    def overlay(self, words: Mapping[str, Mapping[str, str]]) -> Catalogue:
        """The same with other words for some keys, by language: those of the policy as they were signed.

        Plural forms stand with an empty line between them; a number of forms that does not fit is left out.
        A key that this catalogue does not have is taken over: a signed policy counts without its files too.
        """
        languages = dict(self._languages)
        for code, signed in words.items():
            own = self._languages.get(code)
            if own is None:
                continue
            forms = dict(own.forms)
            for key, text in signed.items():
                told = tuple(text.split("\n\n")) if len(forms.get(key, ())) > 1 else (text,)
                if len(told) == len(forms.get(key, told)) and all(told):
                    forms[key] = told
            languages[code] = Words(forms, own.form_of)
        return Catalogue(languages)

    def with_pseudo(self) -> Catalogue:
        """The same with a made language "qps": plain English on a screen is then a word from code."""
        english = self._languages[SOURCE]
        forms = {key: _pseudo_forms(key, texts) for key, texts in english.forms.items()}
        return Catalogue({**self._languages, PSEUDO: Words(forms, english.form_of)})


_ACCENTS: Final = str.maketrans("AEIOUYaeiouycdhlnrstzCDHLNRSTZ", "ÀÉÎÖÛÝàéîöûýçďĥļñŕšťžÇĎĤĻÑŔŠŤŽ")
# What must stay as it is: placeholders, and commands that are tapped.
_KEPT: Final = re.compile(r"(\{[a-z0-9_]+\}|(?<!\S)/[a-z]+)")


def pseudo(text: str, label: bool = False) -> str:
    """English made strange but readable, about a third longer; a label keeps its length."""
    accented = "".join(
        part if index % 2 else part.translate(_ACCENTS) for index, part in enumerate(_KEPT.split(text))
    )
    if label:
        return accented
    lines = accented.split("\n")
    return "\n".join(f"[!! {line}{' ~' * (len(line) // 8)} !!]" if line.strip() else line for line in lines)


def _pseudo_forms(key: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    if key.startswith("hours.example"):  # typed back as they stand, so they must be read
        return texts
    return tuple(pseudo(text, _is_label(key)) for text in texts)


def _is_label(key: str) -> bool:
    return key.startswith(("button.", "command.", "bot.")) or key.endswith(".b")


def _folded(code: str) -> str:
    return code.replace("-", "_").lower()


def _placeholders(forms: tuple[str, ...]) -> frozenset[str]:
    return frozenset(name for form in forms for name in _PLACEHOLDER.findall(form))


def _read(folder: Path, faults: list[str]) -> Words:
    language = folder.name
    forms: dict[str, tuple[str, ...]] = {}
    plural = ""
    for path in sorted(folder.glob("*.po")):
        where = f"{language}/{path.name}"
        source = path.read_text(encoding="utf-8")
        try:
            with path.open("rb") as file:
                catalog = read_po(file, abort_invalid=True)
        except (PoFileError, ValueError) as error:
            faults.append(f"{where} cannot be read: {error}")
            continue
        declared = catalog.plural_expr
        if plural and declared != plural:
            faults.append(f"{where} counts plurals in another way than the files before it.")
        plural = plural or declared
        seen: set[str] = set()
        for key in _MSGID.findall(source):
            if key in seen or key in forms:
                faults.append(f"{where}: {key} is there twice.")
            seen.add(key)
        for message in catalog:
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            given = message.string if isinstance(message.string, tuple | list) else (message.string,)
            texts = tuple(text or "" for text in given)
            faults += _faults(f"{where}: {key}", key, texts, message.pluralizable, catalog.num_plurals)
            if all(texts) and not message.fuzzy:
                forms[key] = texts
    return Words(forms, gettext.c2py(plural or "n != 1"))


def _with_own(words: Words, folder: Path, faults: list[str]) -> Words:
    own = _read(folder, faults) if folder.is_dir() else Words({}, words.form_of)
    for key in sorted(own.forms.keys() & words.forms.keys()):
        faults.append(f"{folder}: {key} ships with the program; give a text of your own a key of its own.")
    return Words({**words.forms, **own.forms}, words.form_of)


def _faults(where: str, key: str, texts: tuple[str, ...], plural: bool, wanted: int) -> Iterable[str]:
    if not _KEY.fullmatch(key):
        yield f"{where} is not a key (small letters, digits and _, in parts joined by dots)."
    if plural and any(texts) and (len(texts) != wanted or not all(texts)):
        yield f"{where} needs {wanted} plural forms."
    for text in texts:
        if "{" in _PLACEHOLDER.sub("", text) or "}" in _PLACEHOLDER.sub("", text):
            yield f"{where} has a brace that belongs to no placeholder."


def _differences(languages: Mapping[str, Words]) -> Iterable[str]:
    english = languages[SOURCE].forms
    for code, words in languages.items():
        for key, forms in words.forms.items():
            if key not in english:
                yield f"{code}: {key} is not a key of the English catalogue."
            elif _placeholders(forms) != _placeholders(english[key]):
                yield f"{code}: {key} has other placeholders than in English."
            elif (len(forms) > 1) != (len(english[key]) > 1) and "n" in _placeholders(forms):
                yield f"{code}: {key} has plural forms in one language only."
