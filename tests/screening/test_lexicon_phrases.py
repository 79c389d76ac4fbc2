"""Brackets in a lexicon, as a table: every phrase that one line stands for."""

import pytest

from screening.lexicon_phrases import is_word, spread


@pytest.mark.parametrize(
    ("entry", "phrases"),
    [
        ("arm", ["arm"]),
        ("  lost   power ", ["lost power"]),
        ("lost (power/use)", ["lost power", "lost use"]),
        ("(lost/no)power", ["lost power", "no power"]),
        ("(lost/no) (power/use)", ["lost power", "lost use", "no power", "no use"]),
        ("(my) arm", ["my arm"]),
        ("(my /)arm", ["my arm", "arm"]),
        ("(/my) arm", ["arm", "my arm"]),
        ("(/my/the) arm", ["arm", "my arm", "the arm"]),
        ("arm (went dead/is (numb/weak)) now", ["arm went dead now", "arm is numb now", "arm is weak now"]),
        ("((a/b)/c) d", ["a d", "b d", "c d"]),
        ("(a b) c/d", []),
        ("stem* ? #", ["stem* ? #"]),
        ("it's", ["it's"]),
        ("", [""]),
        ("()", [""]),
        ("lost (power", []),
        ("lost (power/", []),
        ("lost (power/(use)", []),
        ("lost power)", []),
        ("lost / power", []),
        (")", []),
        ("(", []),
    ],
)
def test_a_line_stands_for_phrases(entry: str, phrases: list[str]) -> None:
    assert [" ".join(phrase) for phrase in spread(entry)] == phrases


@pytest.mark.parametrize("word", ["arm", "a", "stem*", "?", "#"])
def test_words(word: str) -> None:
    assert is_word(word)


@pytest.mark.parametrize("word", ["", "*", "Arm", "it's", "x5", "arm**", "*arm", "ár", "??", "a-b", "a b"])
def test_no_words(word: str) -> None:
    assert not is_word(word)
