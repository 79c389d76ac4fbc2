"""What the words of a text weigh together, as tables: within a sentence and the next, never across a text."""

import pytest

from screening.lexicon_file import parse as lexicon_of
from screening.sightings import Sightings
from screening.word_weights import Weights, parse, traits_by_sentence, written

LEXICON = """
[concepts]
arm = ["arm", "left arm"]
numb = ["numb"]
everyday = ["numb skull"]
[[measures]]
concept = "fever"
lowest = 38
[signs]
side = ["arm > numb"]
[codes.side]
tier = "E"
ask = ["side"]
"""


def seen(text: str) -> Sightings:
    return Sightings(text, lexicon_of(LEXICON))


@pytest.mark.parametrize(
    ("text", "traits"),
    [
        ("", []),
        ("hello", [{"hello"}]),
        ("numm arm", [{"numm", "arm", "=arm"}]),
        ("ARMS, numb", [{"arms", "arm", "=arm", "numb", "=numb"}]),
        ("numb skull", [{"numb", "skull"}]),
        ("39 now", [{"#", "39", "now", "=fever"}]),
        ("arm. left arm! numb", [{"arm", "=arm"}, {"left", "arm", "=arm"}, {"numb", "=numb"}]),
    ],
)
def test_the_traits_of_each_sentence(text: str, traits: list[set[str]]) -> None:
    assert traits_by_sentence(seen(text)) == traits


@pytest.mark.parametrize(
    ("text", "odds"),
    [
        ("", -2.0),
        ("hello", -2.0),
        ("numb", 1.5),
        ("numb numb numb", 1.5),
        ("arm", -1.0),
        ("arm numb", 2.5),
        ("arm. numb", 2.5),
        ("arm. hello. numb", 1.5),
        ("arm. hello. hello", -1.0),
        ("please", -7.0),
        ("please numb", -3.5),
        ("please. numb", 1.5),
        ("numb. please. arm", 1.5),
        ("please. please", -7.0),
    ],
)
def test_the_weightiest_sentence_or_two_in_a_row_count(text: str, odds: float) -> None:
    each = {
        "numb": {"stroke": 3.0},
        "=numb": {"stroke": 0.5},
        "=arm": {"stroke": 1.0},
        "please": {"stroke": -5.0},
    }
    assert Weights({"stroke": -2.0}, each).evidence(seen(text)) == {"stroke": odds}


def test_each_code_has_its_own_weightiest_sentence() -> None:
    weights = Weights(
        {"danger": 0.0, "stroke": -1.0}, {"numb": {"danger": 1.0, "stroke": 2.0}, "hot": {"danger": 3.0}}
    )
    assert weights.evidence(seen("")) == {"danger": 0.0, "stroke": -1.0}
    assert weights.evidence(seen("hello")) == {"danger": 0.0, "stroke": -1.0}
    assert weights.evidence(seen("numb. hello. hot")) == {"danger": 3.0, "stroke": 1.0}
    assert weights.start == {"danger": 0.0, "stroke": -1.0}


def test_a_sum_is_the_same_to_its_last_digit_every_time() -> None:
    weights = Weights({"danger": 0.0}, {"aa": {"danger": 0.1}, "bb": {"danger": 0.2}, "cc": {"danger": 0.3}})
    assert weights.evidence(seen("cc aa bb")) == {"danger": 0.1 + 0.2 + 0.3}


WRITTEN = """danger\t*\t-1.25
danger\tnumb\t0.50
danger\t=arm\t0.25
danger\tfine\t-2.00
stroke\t*\t-3.00
stroke\tnumb\t1.00
"""
PARSED = Weights(
    {"danger": -1.25, "stroke": -3.0},
    {"numb": {"danger": 0.5, "stroke": 1.0}, "=arm": {"danger": 0.25}, "fine": {"danger": -2.0}},
)


def test_weights_are_kept_as_lines_from_what_speaks_most_for_a_code() -> None:
    assert parse(WRITTEN) == PARSED
    assert written(PARSED) == WRITTEN
    mixed = Weights({"stroke": -3.0, "danger": -1.25}, dict(reversed(PARSED.each.items())))
    assert written(mixed) == WRITTEN
    assert (
        written(Weights({"a": 0.0}, {"y": {"a": 1.0}, "x": {"a": 1.0}}))
        == "a\t*\t0.00\na\tx\t1.00\na\ty\t1.00\n"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("danger\t1.0", "expected 3"),
        ("danger\t*\tmuch", "could not convert"),
        ("danger\t*\t1\t2", "expected 3"),
        ("danger numb 1", "expected 3"),
        ("\n", "expected 3"),
        ("danger\tnumb\t1.0", "^danger has no start above numb$"),
    ],
)
def test_what_is_no_weight_is_refused(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse(text)
