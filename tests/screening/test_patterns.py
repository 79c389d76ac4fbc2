"""Where a pattern is met: one thing after another, near another, without a third, completed by the file."""

import pytest

from screening.lexicon import Lexicon, Pattern
from screening.lexicon_file import parse
from screening.modifiers import Modifiers
from screening.patterns import Matcher
from screening.sightings import Sightings, Span

LEXICON = """
clause_words = ["but"]
[concepts]
arm = ["arm", "left arm"]
face = ["face"]
numb = ["numb", "went dead"]
weak = ["weak"]
now = ["now"]
fever = ["fever"]
neck = ["stiff neck"]
tea = ["tea"]
cup = ["numb cup"]
no = ["no"]
usual = ["usual"]
[conditions]
chemo = ["cancer_now"]
[signs]
side = ["arm > numb", "face > weak"]
stroke = ["side + now"]
[modifiers.denied]
words = "no"
where = "before"
[modifiers.usual]
words = "usual"
where = "clause"
[codes.pattern]
tier = "E"
ask = ["PATTERN"]
"""


def both(text: str, pattern: str) -> tuple[Matcher, Pattern]:
    lexicon: Lexicon = parse(LEXICON.replace("PATTERN", pattern))
    seen = Sightings(text, lexicon)
    return Matcher(lexicon, seen, Modifiers(lexicon, seen)), lexicon.codes["pattern"].ask[0]


def met(text: str, pattern: str, *given: str) -> list[tuple[int, int]]:
    matcher, wanted = both(text, pattern)
    return [(span.first, span.last) for span in matcher.matches(wanted, frozenset(given))]


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("arm", "see you", []),
        ("arm", "arm or left arm", [(0, 0), (2, 3), (3, 3)]),
        ("arm|face", "my face my arm", [(1, 1), (3, 3)]),
        ("arm|face", "my face", [(1, 1)]),
        ("arm|arm", "arm", [(0, 0)]),
        # one after the other
        ("arm > numb", "arm numb", [(0, 1)]),
        ("arm > numb", "arm", []),
        ("arm > numb", "numb", []),
        ("arm > numb", "numb arm", []),
        ("arm > numb", "arm a b c numb", [(0, 4)]),
        ("arm > numb", "arm a b c d numb", []),
        ("arm >> numb", "arm a b c d e f g h i numb", [(0, 10)]),
        ("arm >> numb", "arm a b c d e f g h i j numb", []),
        ("arm > numb", "arm. numb", []),
        ("arm >> numb", "arm. numb", [(0, 1)]),
        ("arm > numb", "left arm went dead", [(0, 3), (1, 3)]),
        ("arm > numb", "arm numb, arm numb", [(0, 1), (2, 3)]),
        ("arm > numb", "arm arm numb numb", [(0, 2), (1, 2)]),
        ("arm > numb|weak", "arm weak numb", [(0, 1)]),
        ("arm > weak|numb", "arm weak numb", [(0, 1)]),
        ("arm > weak|numb", "arm numb", [(0, 1)]),
        ("arm > cup|numb", "arm numb cup", [(0, 2)]),
        ("arm > numb|cup", "arm numb cup", [(0, 1)]),
        ("arm > numb > now", "arm numb now", [(0, 2)]),
        ("arm > numb > now", "arm now numb", []),
        ("arm > numb >> now", "arm a b c numb a b c d e now", [(0, 10)]),
        ("arm > numb > now", "arm numb a arm a b now", []),
        ("arm > numb|weak > now", "arm numb weak a b c now", []),
        ("arm|face > numb", "arm x face numb", [(0, 3), (2, 3)]),
    ],
)
def test_one_after_the_other(pattern: str, text: str, found: list[tuple[int, int]]) -> None:
    assert met(text, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("face + fever", "face fever", [(0, 0)]),
        ("face + fever", "fever face", [(1, 1)]),
        ("face + fever", "face", []),
        ("face + fever", "fever", []),
        ("face + fever ~ 3", "face a b fever", [(0, 0)]),
        ("face + fever ~ 3", "face a b c fever", []),
        ("face + fever ~ 3", "fever a b face", [(3, 3)]),
        ("face + fever ~ 3", "fever a b c face", []),
        ("face + fever ~ 7", "face. fever", [(0, 0)]),
        ("face + fever ~ 6", "face. fever", []),
        ("arm + neck ~ 3", "left arm a b stiff neck", [(0, 1), (1, 1)]),
        ("arm + neck ~ 3", "stiff neck a b left arm", [(4, 5)]),
        ("neck + arm ~ 3", "stiff neck a b left arm", [(0, 1)]),
        ("neck + fever ~ 3", "fever a b stiff neck", [(3, 4)]),
        ("neck + fever ~ 3", "stiff neck a b fever", [(0, 1)]),
        ("neck + fever ~ 3", "stiff neck a b c fever", []),
        ("face + fever", "face fever face", [(0, 0), (2, 2)]),
        ("face + fever ~ 3 + now ~ 1", "face now a fever", [(0, 0)]),
        ("face + fever ~ 3 + now ~ 1", "face a now fever", []),
        ("face + fever + now ~ 2", "face now fever", [(0, 0)]),
        ("face + fever + now ~ 2", "face now a fever", []),
        ("face + fever + now ~ 2", "face fever a now", []),
        # words are used once
        ("numb + cup", "numb cup", []),
        ("numb + cup", "numb and a numb cup", [(0, 0)]),
        ("numb + numb", "numb", []),
        ("numb + numb", "numb numb", [(0, 0), (1, 1)]),
        ("face + numb + cup", "face numb cup", []),
        ("face + numb + cup", "numb cup face numb", [(2, 2)]),
        ("face + numb > now", "face a numb now", [(0, 0)]),
        ("face + numb > now", "face now numb", []),
    ],
)
def test_near_each_other(pattern: str, text: str, found: list[tuple[int, int]]) -> None:
    assert met(text, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("face + fever", "face, no fever", []),
        ("face + fever", "face, no fever. fever", [(0, 0)]),
        ("face + fever", "usual face, fever", [(1, 1)]),
        ("face + fever", "face, usual fever", [(0, 0)]),
        ("face + fever", "no face, fever", [(1, 1)]),
        ("face", "no face", [(1, 1)]),
        ("face + no", "no face", [(1, 1)]),
    ],
)
def test_what_stands_beside_must_not_be_denied(pattern: str, text: str, found: list[tuple[int, int]]) -> None:
    """What the pattern is about may be: whether that lowers it is asked later."""
    assert met(text, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("numb ! tea", "numb", [(0, 0)]),
        ("numb ! tea", "numb tea", []),
        ("numb ! tea", "tea, then numb", []),
        ("numb ! tea", "numb. tea", [(0, 0)]),
        ("numb ! tea", "tea. numb. tea", [(1, 1)]),
        ("numb ! tea|face", "face numb", []),
        ("numb ! tea ! face", "tea numb", []),
        ("numb ! tea ! face", "face numb", []),
        ("numb ! cup", "numb cup", [(0, 0)]),
        ("numb ! cup", "numb cup numb cup", []),
        ("face + fever ! tea", "face fever tea", []),
        ("face + fever ! tea", "face. fever tea", []),
        ("face + fever ! tea", "face tea. fever", []),
        ("face + fever ! tea", "face. fever. tea", [(0, 0)]),
        ("arm > numb ! tea", "arm a tea numb", [(0, 3)]),
    ],
)
def test_not_with_another_word_in_the_same_sentence(
    pattern: str, text: str, found: list[tuple[int, int]]
) -> None:
    assert met(text, pattern) == found


@pytest.mark.parametrize(
    ("pattern", "text", "given", "found"),
    [
        ("fever + chemo", "fever", [], []),
        ("fever + chemo", "fever", ["chemo"], [(0, 0)]),
        ("fever + chemo", "see you", ["chemo"], []),
        ("fever + chemo|now", "fever", ["chemo"], [(0, 0)]),
        ("chemo + fever", "fever", ["chemo"], []),
        ("fever + chemo > now", "fever now", ["chemo"], []),
        ("fever + chemo + face ~ 2", "fever face", ["chemo"], [(0, 0)]),
        ("fever + chemo ~ 9 + face ~ 1", "fever a face", ["chemo"], []),
        ("fever + chemo ~ 1 + face ~ 2", "fever a face", ["chemo"], [(0, 0)]),
    ],
)
def test_what_is_on_file_stands_for_a_word_beside(
    pattern: str, text: str, given: list[str], found: list[tuple[int, int]]
) -> None:
    assert met(text, pattern, *given) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("side", "my arm is numb", [(1, 3)]),
        ("side", "face weak", [(0, 1)]),
        ("side", "face numb", []),
        ("stroke", "arm numb now", [(0, 1)]),
        ("stroke", "arm numb", []),
        ("stroke + fever", "arm numb now and fever", [(0, 1)]),
    ],
)
def test_a_sign_is_used_like_a_word(pattern: str, text: str, found: list[tuple[int, int]]) -> None:
    assert met(text, pattern) == found


def test_a_match_knows_which_words_it_is_made_of() -> None:
    """So that none of them is taken for one that lowers it."""
    matcher, pattern = both("arm is numb, fever since now", "arm > numb + fever + now")
    assert matcher.matches(pattern) == [Span(0, 2, ((0, 0), (2, 2), (3, 3), (5, 5)))]


def test_the_closest_is_taken() -> None:
    matcher, pattern = both("fever a face fever a a fever", "face + fever")
    assert matcher.matches(pattern) == [Span(2, 2, ((2, 2), (3, 3)))]
    matcher, pattern = both("fever a face a fever", "face + fever")
    assert matcher.matches(pattern) == [Span(2, 2, ((2, 2), (0, 0)))]
