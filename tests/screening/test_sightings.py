"""Where concepts stand in a text, as tables of (first word, last word): phrases, everyday senses, numbers."""

import pytest

from screening.lexicon_file import parse
from screening.sightings import Sightings, Span, around, since

LEXICON = """
clause_words = ["but"]
[concepts]
chest = ["chest", "breast bone"]
pain = ["pain*", "hurts"]
numb = ["numb", "cant feel", "cant feel ? thing", "no feeling at all"]
kick = ["feel ? kick"]
ache = ["it hurts", "numb skull bone", "leg it out now", "broke leg it"]
hot = ["hot", "burning up"]
leg = ["leg"]
temp = ["temp", "how hot"]
degrees = ["# degrees"]
everyday = ["hot chocolate", "numb skull", "leg it", "leg it out", "out", "it out cold"]
[[measures]]
concept = "fever"
near = ["temp", "degrees"]
lowest = 37.5
highest = 42.9
[[measures]]
concept = "fever"
lowest = 104
highest = 108
[[measures]]
concept = "chest"
lowest = 500
[[measures]]
concept = "pressure"
lowest = 180
bottom = 120
[[measures]]
concept = "weeks"
lowest = 20
highest = 42
after = ["weeks", "wks"]
[codes.pain]
tier = "E"
ask = ["pain"]
"""


def seen(text: str) -> Sightings:
    return Sightings(text, parse(LEXICON))


def spans(text: str) -> dict[str, list[tuple[int, int]]]:
    found = seen(text).spans
    for places in found.values():
        assert all(span.parts == ((span.first, span.last),) for span in places)
    return {name: [(span.first, span.last) for span in places] for name, places in found.items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        ("see you soon", {}),
        ("chest hurts", {"chest": [(0, 0)], "pain": [(1, 1)]}),
        ("my chets is painful", {"chest": [(1, 1)], "pain": [(3, 3)]}),
        ("pain my pain hurts", {"pain": [(0, 0), (2, 2), (3, 3)]}),
        ("breast bone", {"chest": [(0, 1)]}),
        ("breast, but bone chest", {"chest": [(3, 3)]}),
        ("breast. bone", {}),
        ("the breast", {}),
        ("breast of bone", {}),
        ("cant feel it", {"numb": [(0, 1)]}),
        ("cant feel a thing", {"numb": [(0, 1), (0, 3)]}),
        ("cant feel a", {"numb": [(0, 1)]}),
        ("cant feel a. thing", {"numb": [(0, 1)]}),
        ("cant feel a big thing", {"numb": [(0, 1)]}),
        ("feel a kick", {"kick": [(0, 2)]}),
        ("feel kick", {}),
        ("feel. a kick", {}),
        ("no feeling at all", {"numb": [(0, 3)]}),
        ("no feeling at. all", {}),
        ("no feeling of all", {}),
        ("no feeling at", {}),
        ("37 degrees", {"degrees": [(0, 1)]}),
        # what an everyday sense covers or cuts is hidden, a longer phrase around it is not
        ("hot", {"hot": [(0, 0)]}),
        ("hot chocolate", {}),
        ("hurts hot chocolate hurts", {"pain": [(0, 0), (3, 3)]}),
        ("hot chocolate but hot", {"hot": [(3, 3)]}),
        ("hot and hot chocolate", {"hot": [(0, 0)]}),
        ("numb skull", {}),
        ("numb skull bone", {"ache": [(0, 2)]}),
        ("it hurts", {"ache": [(0, 1)], "pain": [(1, 1)]}),
        ("leg it hurts", {"pain": [(2, 2)]}),
        ("leg it out", {}),
        ("leg it out now", {"ache": [(0, 3)]}),
        ("broke leg it", {"ache": [(0, 2)]}),
        ("it out cold leg", {"leg": [(3, 3)]}),
    ],
)
def test_concepts(text: str, found: dict[str, list[tuple[int, int]]]) -> None:
    assert spans(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("temp 37.4", []),
        ("temp 37.5", [(1, 1)]),
        ("temp 42.9", [(1, 1)]),
        ("temp 43", []),
        ("38", []),
        ("38 degrees", [(0, 0)]),
        ("38 temp 39", [(0, 0), (2, 2)]),
        ("temp a b c d e 38", [(6, 6)]),
        ("temp a b c d e f 38", []),
        ("temp. 38", []),
        ("how hot a b c d e 38", [(7, 7)]),
        ("38 a b c d e how hot", [(0, 0)]),
        ("so 38 a b c d e how hot", [(1, 1)]),
        ("so 38 a b c d e f how hot", []),
        ("38/36 temp", [(0, 0)]),
        ("temp temp 38", [(2, 2)]),
        ("103.9 104 108 108.1", [(1, 1), (2, 2)]),
        ("104 temp 38", [(0, 0), (2, 2)]),
    ],
)
def test_a_number_between_its_limits_near_its_word(text: str, found: list[tuple[int, int]]) -> None:
    assert spans(text).get("fever", []) == found


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("180/90", True),
        ("179/90", False),
        ("140/120", True),
        ("140/119", False),
        ("300/90", True),
        ("301/90", False),
        ("180/30", True),
        ("180/29", False),
        ("120/180", False),
        ("200/200", False),
        ("190", False),
    ],
)
def test_a_pair_counts_by_either_number_if_it_may_be_a_pressure(text: str, counts: bool) -> None:
    assert spans(text).get("pressure", []) == ([(0, 0)] if counts else [])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("20 weeks", [(0, 0)]),
        ("im 30 wks", [(1, 1)]),
        ("19 weeks", []),
        ("43 weeks", []),
        ("20", []),
        ("20 days", []),
        ("weeks 20", []),
        ("20 long weeks", []),
    ],
)
def test_a_number_by_the_word_right_after_it(text: str, found: list[tuple[int, int]]) -> None:
    assert spans(text).get("weeks", []) == found


def test_a_number_may_mean_what_words_mean() -> None:
    assert spans("chest 500 chest") == {"chest": [(0, 0), (1, 1), (2, 2)]}


def test_what_is_kept_is_in_order_once_and_never_empty() -> None:
    text = seen("pain. pain")
    text.keep("sign", [Span(1, 1), Span(0, 1), Span(0, 0, ((0, 0),)), Span(1, 1), Span(0, 0)])
    text.keep("nothing", [])
    assert text.spans["sign"] == [Span(0, 0), Span(0, 0, ((0, 0),)), Span(0, 1), Span(1, 1)]
    assert set(text.spans) == {"pain", "sign"}
    assert text.places == [0, 7]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ((0, 1), (2, 3), False),
        ((0, 2), (2, 3), True),
        ((0, 5), (2, 3), True),
        ((2, 2), (2, 2), True),
        ((4, 5), (2, 3), False),
    ],
)
def test_spans_meet_in_a_word(one: tuple[int, int], other: tuple[int, int], meet: bool) -> None:
    assert Span(*one).meets(Span(*other)) is meet
    assert Span(*other).meets(Span(*one)) is meet


def test_the_few_spans_around_a_word() -> None:
    every = [Span(at, at + 1) for at in range(0, 40, 2)]
    assert [since(every, word) for word in (0, 1, 2, 20, 39)] == [0, 1, 1, 10, 20]
    assert around(every, 20) == every[4:16]
    assert around(every, 2) == every[:7]
    assert around(every, 38) == every[13:]
    assert around([], 3) == []


def test_a_concept_near_a_word() -> None:
    text = seen("pain " * 20 + "chest")
    assert [span.first for span in text.near("pain", 10)] == [*range(4, 16)]
    assert text.near("chest", 0) == text.spans["chest"]
    assert text.near("leg", 0) == []


def test_places_by_sentence_and_by_clause() -> None:
    text = seen("pain, hurts. pain")
    first, second, third = text.spans["pain"]
    assert text.places_of("pain") == {
        ("sentence", 0): [first, second],
        ("sentence", 1): [third],
        ("clause", 0): [first],
        ("clause", 1): [second],
        ("clause", 2): [third],
    }
    assert text.places_of("chest") == {}
