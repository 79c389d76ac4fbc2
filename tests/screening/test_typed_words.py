"""A message cut into words: how it was typed, what ends a sentence or a clause, which numbers count."""

import pytest

from screening.lexicon_file import parse
from screening.typed_words import Token, as_one, plain, tokens_of

LEXICON = """
clause_words = ["but", "and"]
[one_word]
"can not" = "cant"
"2day" = "today"
gonna = "going to"
[concepts]
pain = ["pain"]
cannot = ["cant"]
level = ["tlevel"]
[codes.pain]
tier = "E"
ask = ["pain"]
"""


def words(text: str) -> list[Token]:
    return tokens_of(text, parse(LEXICON))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("CHEST Pain", "chest pain"),
        ("ca\N{COMBINING ACUTE ACCENT}ncer cáncer ÇA", "cancer cancer ca"),
        ("Straße ﬁne ℌelp", "strasse fine help"),
        ("can't can’t can‘t can`t can´t canʼt can＇t", "cant cant cant cant cant cant cant"),
        ("it´s i'm", "its im"),
        ("can t breathe, won t, don t", "cant breathe, wont, dont"),
        ("isn t shouldn t", "isnt shouldnt"),
        ("pain t5, don tell, on t, condition t", "pain t5, don tell, on t, condition t"),
        ("too   wide\tand\N{NO-BREAK SPACE}wide", "too wide and wide"),
        ("line\n\nline\rline", "line\n\nline\rline"),
    ],
)
def test_plain(text: str, read: str) -> None:
    assert plain(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("i can not breathe", "i cant breathe"),
        ("gonna faint 2day", "going to faint today"),
        ("pecan notes and 12day", "pecan notes and 12day"),
    ],
)
def test_as_one(text: str, read: str) -> None:
    assert as_one(text, {"can not": "cant", "gonna": "going to", "2day": "today"}) == read
    assert as_one(text, {}) == text


def test_a_dot_in_a_lexicon_is_a_dot() -> None:
    assert as_one("a.m amm", {"a.m": "morning"}) == "morning amm"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ... ", []),
        ("chest pain", ["chest", "pain"]),
        ("chest-pain / pain_now", ["chest", "pain", "pain", "now"]),
        ("CAN NOT move", ["cant", "move"]),
        ("can\N{NO-BREAK SPACE} not move", ["cant", "move"]),
        ("😰 pain😰pain", ["pain", "pain"]),
        ("bp 190/120", ["bp", "190/120"]),
        ("t5 injury", ["tlevel", "injury"]),
        ("T 12 and c-7 and l1", ["tlevel", "and", "clevel", "and", "llevel"]),
        ("t1 t0 t13 t123", ["tlevel", "t", "0", "t", "13", "t", "123"]),
        ("x5 at5", ["x", "5", "at", "5"]),
    ],
)
def test_the_words_of_a_message(text: str, found: list[str]) -> None:
    assert [token.word for token in words(text)] == found


def test_a_word_knows_what_it_may_stand_for() -> None:
    paint, cant, again = words("paim CANT paim")
    assert paint.forms == again.forms == {"paim"}
    assert cant.forms == {"cant"}
    assert words("pains")[0].forms == {"pains", "pain"}
    assert words("t4")[0].forms == {"tlevel"}


@pytest.mark.parametrize(
    ("text", "number", "pair"),
    [
        ("39", 39.0, None),
        ("38.5", 38.5, None),
        ("38,5", 38.5, None),
        ("1234567890", 123456789.0, None),
        ("190/120", 190.0, (190.0, 120.0)),
        ("190 / 120", 190.0, (190.0, 120.0)),
        ("190 over 95", 190.0, (190.0, 95.0)),
        ("190on95", 190.0, (190.0, 95.0)),
        ("85 by 50", 85.0, (85.0, 50.0)),
        ("9/10", 9.0, None),
        ("190/1200", 190.0, None),
        ("190 - 95", 190.0, None),
        ("190 and 95", 190.0, None),
        ("pain", None, None),
    ],
)
def test_numbers_and_pairs(text: str, number: float | None, pair: tuple[float, float] | None) -> None:
    first = words(text)[0]
    assert (first.number, first.pair) == (number, pair)
    if pair:
        assert first.forms == {"#"}
    elif number is not None:
        assert first.forms == {"#", first.word}


@pytest.mark.parametrize(
    ("text", "places", "sentences", "clauses"),
    [
        ("a b 3 4/5 60/70 c", "0 1 2 3 4 5 6", "0 0 0 0 0 0 0", "0 0 0 0 0 0 0"),
        ("a. b", "0 7", "0 1", "0 1"),
        ("a! b? c; d", "0 7 14 21", "0 1 2 3", "0 1 2 3"),
        ("a\nb\rc… d", "0 7 14 21", "0 1 2 3", "0 1 2 3"),
        ("a b... c", "0 1 8", "0 0 1", "0 0 1"),
        ("a . . ! b", "0 7", "0 1", "0 1"),
        ("... a", "0", "0", "0"),
        ("a, b: c (d) e", "0 1 2 3 4", "0 0 0 0 0", "0 1 2 3 4"),
        ("a - b -- c – d — e", "0 1 2 3 4", "0 0 0 0 0", "0 1 2 3 4"),
        ("a-b", "0 1", "0 0", "0 0"),
        ("a but b and c", "0 1 2 3 4", "0 0 0 0 0", "0 1 1 2 2"),
        ("a, but b", "0 1 2", "0 0 0", "0 2 2"),
        ("a, b. c, d", "0 1 8 9", "0 0 1 1", "0 1 2 3"),
    ],
)
def test_sentences_and_clauses(text: str, places: str, sentences: str, clauses: str) -> None:
    """The end of a sentence is six words wide."""
    found = words(text)
    assert [token.place for token in found] == [int(n) for n in places.split()]
    assert [token.sentence for token in found] == [int(n) for n in sentences.split()]
    assert [token.clause for token in found] == [int(n) for n in clauses.split()]
