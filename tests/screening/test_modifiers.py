"""Words that lower what stands near them: "no" before it, "usual" in its clause, "lol" in its sentence."""

import pytest

from screening.lexicon_file import parse
from screening.modifiers import Modifiers
from screening.sightings import Sightings, Span

LEXICON = """
clause_words = ["but"]
[concepts]
pain = ["pain", "feel no", "chest that hurts"]
no = ["no", "not", "no longer"]
unsure = ["not sure", "no idea"]
only = ["only"]
usual = ["usual", "as always"]
joke = ["lol"]
[codes.pain]
tier = "E"
ask = ["pain"]
[modifiers.denied]
words = "no"
where = "before"
unless = ["unsure", "only"]
[modifiers.usual]
words = "usual"
where = "clause"
[modifiers.joking]
words = "joke"
where = "sentence"
"""
NONE: frozenset[str] = frozenset()


def seen(text: str) -> tuple[Modifiers, Span]:
    """The modifiers of a text, and its last pain."""
    lexicon = parse(LEXICON)
    sightings = Sightings(text, lexicon)
    return Modifiers(lexicon, sightings), sightings.spans["pain"][-1]


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("pain", False),
        ("no pain", True),
        ("no a b c pain", True),
        ("no a b c d pain", False),
        ("no longer a b c pain", True),
        ("no longer a b c d pain", False),
        ("no. pain", False),
        ("no, pain", False),
        ("no but pain", False),
        ("pain no", False),
        ("chest that no hurts pain", True),
        ("no chest that hurts", True),
        ("chest that hurts no", False),
        ("feel no", False),
        ("feel no longer", True),
        ("no a b c d no pain", True),
        ("not sure pain", True),
        ("not a, not sure pain", True),
        ("not only pain", False),
        ("no pain only", False),
        ("only but no pain", True),
        ("no, not sure, no pain", True),
        ("no a not sure pain", True),
        ("no longer sure not, no idea pain", True),
        ("no pain not sure", False),
        ("usual pain lol", False),
        ("no no no no no no no no pain", True),
        ("pain no no no no no no no no no", False),
        ("no pain no no no no no no no no no", True),
        ("no no no no no no no no a b c d pain", False),
    ],
)
def test_what_is_denied_is_lowered(text: str, denied: bool) -> None:
    modifiers, pain = seen(text)
    assert modifiers.denied(pain) is denied
    if "usual" not in text:
        assert modifiers.lowered(pain, NONE) is denied


@pytest.mark.parametrize(
    ("text", "lowered"),
    [
        ("usual pain", True),
        ("pain as always", True),
        ("usual a b c d e f pain", True),
        ("pain a b c d e f as always", True),
        ("usual, pain", False),
        ("pain but usual", False),
        ("pain. usual", False),
        ("pain lol", True),
        ("lol, pain", True),
        ("lol a b c d but e f, pain", True),
        ("lol. pain", False),
        ("pain. lol", False),
        ("pain lol only", True),
    ],
)
def test_a_clause_or_a_sentence_may_lower(text: str, lowered: bool) -> None:
    modifiers, pain = seen(text)
    assert modifiers.lowered(pain, NONE) is lowered
    assert modifiers.denied(pain) is False


@pytest.mark.parametrize(
    ("text", "ignores", "lowered"),
    [
        ("no pain", {"denied"}, False),
        ("no pain", {"usual", "joking"}, True),
        ("no usual pain", {"denied"}, True),
        ("no pain lol", {"denied"}, True),
        ("no usual pain lol", {"denied", "usual", "joking"}, False),
    ],
)
def test_a_code_may_ignore_a_modifier(text: str, ignores: set[str], lowered: bool) -> None:
    modifiers, pain = seen(text)
    assert modifiers.lowered(pain, frozenset(ignores)) is lowered


@pytest.mark.parametrize(
    ("first", "last", "parts", "lowered"),
    [
        (1, 1, ((1, 1),), True),
        (0, 1, ((0, 1),), False),
        (0, 0, ((0, 0),), False),
        (0, 1, ((1, 1),), True),
        (1, 1, ((1, 1), (0, 0)), False),
        (1, 1, ((1, 1), (2, 2)), True),
    ],
)
def test_a_word_that_is_part_of_the_danger_does_not_lower_it(
    first: int, last: int, parts: tuple[tuple[int, int], ...], lowered: bool
) -> None:
    """ "no feeling" is no feeling."""
    modifiers, _ = seen("no pain here")
    assert modifiers.lowered(Span(first, last, parts), NONE) is lowered


def test_a_word_said_again_beside_the_danger_lowers_it() -> None:
    modifiers, _ = seen("usual pain usual")
    assert modifiers.lowered(Span(0, 1, ((0, 0), (1, 1))), NONE)


def test_a_sign_found_later_lowers_nothing() -> None:
    lexicon = parse(LEXICON.replace('words = "joke"', 'words = "hint"') + "[signs]\nhint = ['joke']")
    sightings = Sightings("pain lol", lexicon)
    modifiers = Modifiers(lexicon, sightings)
    sightings.keep("hint", sightings.spans["joke"])
    assert not modifiers.lowered(sightings.spans["pain"][0], NONE)
