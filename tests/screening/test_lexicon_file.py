"""A lexicon file as values, and the sentence with which each thing that is wrong in one is refused."""

from math import inf

import pytest

from screening.lexicon import (
    Code,
    Group,
    LexiconError,
    Limits,
    Measure,
    Modifier,
    Opening,
    Pattern,
)
from screening.lexicon_file import parse

SMALL = """
language = "en"
clause_words = ["but"]
everyday_words = "cheat toddy"
[one_word]
"can not" = "cant"
[concepts]
chest = ["chest", "breast bone"]
pain = ["pain", "hurts"]
upset = ["=pain", "can not (cope/go on)", "cope ? no"]
negator = ["no"]
today = ["today"]
[conditions]
heart = ["heart_event", "stroke"]
[[measures]]
concept = "fever"
near = ["chest"]
lowest = 38
[[measures]]
concept = "pressure"
lowest = 180
highest = 300
bottom = 120
after = ["mmhg"]
[signs]
sore = ["chest > pain"]
[codes.chest_pain]
tier = "E"
ignores = ["negated"]
act_now = ["chest > pain"]
ask = ["sore + heart ! upset"]
[codes.low]
tier = "C"
always = true
ask = ["upset"]
[raised]
unsure = ["upset"]
[modifiers.negated]
words = "negator"
where = "before"
[modifiers.past]
words = "today"
where = "sentence"
unless = ["negator"]
[limits]
asks = 1.5
sure = 3
doubtful = -1
vague = -2.5
names = 0
hints = 0.5
harms = 4
"""
WEIGHTS = "danger\t*\t-1\ndanger\tpain\t2\nchest_pain\t*\t-3\nlow\t*\t-4\n"


def only(*names: str) -> Pattern:
    """A pattern of one group."""
    return Pattern((Group(names),))


CHEST_PAIN = Pattern((Group(("chest",), ((3, ("pain",)),)),))


def test_a_lexicon_as_values() -> None:
    lexicon = parse(SMALL, WEIGHTS)
    assert lexicon.language == "en"
    assert lexicon.codes == {
        "chest_pain": Code(
            tier="E",
            always=False,
            ignores=frozenset({"negated"}),
            act_now=(CHEST_PAIN,),
            ask=(Pattern((Group(("sore",)), Group(("heart",))), ("upset",)),),
        ),
        "low": Code("C", always=True, ignores=frozenset(), act_now=(), ask=(only("upset"),)),
    }
    assert lexicon.raised == {"unsure": (only("upset"),)}
    assert lexicon.signs == {"sore": (CHEST_PAIN,)}
    assert lexicon.modifiers == {
        "negated": Modifier("negator", "before", ()),
        "past": Modifier("today", "sentence", ("negator",)),
    }
    assert lexicon.measures == (
        Measure("fever", ("chest",), 38.0, inf, None, ()),
        Measure("pressure", (), 180.0, 300.0, 120.0, ("mmhg",)),
    )
    assert lexicon.conditions == {"heart": frozenset({"heart_event", "stroke"})}
    assert lexicon.breaks == {"but"}
    assert lexicon.one_word == {"can not": "cant"}
    assert lexicon.weights.start == {"danger": -1.0, "chest_pain": -3.0, "low": -4.0}
    assert lexicon.weights.each == {"pain": {"danger": 2.0}}
    assert lexicon.limits == Limits(1.5, 3.0, -1.0, -2.5, names=0.0, hints=0.5, harms=4.0)


def test_phrases_by_their_first_word() -> None:
    assert parse(SMALL).phrases == {
        "breast": Opening((), {"bone": (("chest", ()),)}),
        "cant": Opening((), {"cope": (("upset", ()),), "go": (("upset", ("on",)),)}),
        "chest": Opening(("chest",), {}),
        "cope": Opening((), {"?": (("upset", ("no",)),)}),
        "hurts": Opening(("pain", "upset"), {}),
        "no": Opening(("negator",), {}),
        "pain": Opening(("pain", "upset"), {}),
        "today": Opening(("today",), {}),
    }
    assert list(parse(SMALL).phrases) == sorted(parse(SMALL).phrases)


def test_one_phrase_written_in_two_ways_stands_there_once() -> None:
    twice = SMALL.replace('"breast bone"', '"breast bone", "(breast/rib) bone"')
    assert parse(twice).phrases["breast"] == Opening((), {"bone": (("chest", ()),)})


def test_the_spelling_knows_every_word_of_a_phrase() -> None:
    spelling = parse(SMALL).spelling
    assert spelling.forms("braest") == {"braest", "breast"}
    assert spelling.forms("chets") == {"chets", "chest"}
    assert spelling.forms("cheat") == {"cheat"}
    assert spelling.forms("toddy") == {"toddy"}
    assert spelling.forms("chesk") == {"chesk", "chest"}


def test_without_weights_there_are_no_limits() -> None:
    lexicon = parse(SMALL)
    assert lexicon.limits == Limits(inf, inf, -inf, -inf, inf, inf, inf)
    assert (lexicon.weights.start, lexicon.weights.each) == ({"danger": 0.0}, {})


LEAST = """
[concepts]
a = ["aa"]
b = ["bb"]
c = ["cc"]
[codes.x]
tier = "D"
act_now = ["a"]
"""


def test_the_least_that_a_lexicon_needs() -> None:
    least = parse(LEAST)
    assert (least.language, least.breaks, least.one_word, least.conditions) == ("", frozenset(), {}, {})
    assert (least.raised, least.signs, least.modifiers, least.measures) == ({}, {}, {}, ())
    assert least.codes == {"x": Code("D", False, frozenset(), (only("a"),), ())}


A, B, C = ("a",), ("b",), ("c",)


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        ("a", Pattern((Group(A, (), 16),))),
        ("a|b", Pattern((Group(("a", "b")),))),
        (" a | b ", Pattern((Group(("a", "b")),))),
        ("a>b", Pattern((Group(A, ((3, B),)),))),
        ("a >> b", Pattern((Group(A, ((9, B),)),))),
        ("a > b >> c|a", Pattern((Group(A, ((3, B), (9, ("c", "a")))),))),
        ("a + b", Pattern((Group(A), Group(B)))),
        ("a + b > c", Pattern((Group(A), Group(B, ((3, C),))))),
        ("a + b ~ 4", Pattern((Group(A, (), 4), Group(B, (), 4)))),
        ("a + b ~ 4 + c ~ 20", Pattern((Group(A, (), 20), Group(B, (), 4), Group(C, (), 20)))),
        ("a + b ~ 4 + c", Pattern((Group(A), Group(B, (), 4), Group(C)))),
        ("a ! b", Pattern((Group(A),), B)),
        ("a + b ~ 4 ! b|c", Pattern((Group(A, (), 4), Group(B, (), 4)), ("b", "c"))),
        ("a ! b ! c", Pattern((Group(A),), ("b", "c"))),
    ],
)
def test_a_pattern_as_values(written: str, pattern: Pattern) -> None:
    assert parse(LEAST.replace('["a"]', f'["{written}"]')).codes["x"].act_now == (pattern,)


def test_the_names_of_a_pattern() -> None:
    code = parse(LEAST.replace('["a"]', '["a > b|c + c ! b"]')).codes["x"]
    assert list(code.act_now[0].names()) == ["a", "b", "c", "c", "b"]


def refused(text: str, weights: str = "") -> list[str]:
    """The sentences with which a lexicon is refused."""
    with pytest.raises(LexiconError) as error:
        parse(text, weights)
    assert str(error.value) == " ".join(error.value.problems)
    return list(error.value.problems)


PLAIN = "is not a phrase of plain small letters."
NO_ACTION = "is no action; use act_now or ask."


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        # phrases
        ('"breast bone"', '"Breast bone"', [f"concepts.chest: 'Breast bone' {PLAIN}"]),
        ('"breast bone"', '"breast (bone"', [f"concepts.chest: 'breast (bone' {PLAIN}"]),
        ('"breast bone"', '"breast (bone/5)"', [f"concepts.chest: 'breast (bone/5)' {PLAIN}"]),
        ('"breast bone"', '"(breast/)"', [f"concepts.chest: '(breast/)' {PLAIN}"]),
        ('"breast bone"', '""', [f"concepts.chest: '' {PLAIN}"]),
        ('"breast bone"', '"chest"', ["concepts.chest: 'chest' stands there twice."]),
        ('"breast bone"', '"(big/?) bone"', ["concepts.chest: '(big/?) bone' begins with an open place."]),
        ('"=pain"', '"=today"', ["concepts.upset: '=today' names no concept above it."]),
        ('["no"]', '"no"', ["concepts.negator: this must be a list of texts."]),
        ('["no"]', '["no", 5]', ["concepts.negator: this must be a list of texts."]),
        ('["no"]', "[]", ["concepts.negator: the list is empty."]),
        (
            '["no"]',
            '["no", "X", "no", "X"]',
            [
                "concepts.negator: 'X' stands there twice.",
                "concepts.negator: 'no' stands there twice.",
                f"concepts.negator: 'X' {PLAIN}",
                f"concepts.negator: 'X' {PLAIN}",
            ],
        ),
        # patterns
        ('act_now = ["chest > pain"]', "act_now = []", ["codes.chest_pain.act_now: the list is empty."]),
        (
            'act_now = ["chest > pain"]',
            'act_now = ["chest > "]',
            ["codes.chest_pain.act_now: the pattern 'chest > ' is empty somewhere."],
        ),
        (
            'sore = ["chest > pain"]',
            'sore = ["chest !"]',
            ["signs.sore: the pattern 'chest !' is empty somewhere."],
        ),
        (
            'act_now = ["chest > pain"]',
            'act_now = ["pian + chset"]',
            [
                "codes.chest_pain.act_now: 'pian + chset' names 'chset', which is no concept.",
                "codes.chest_pain.act_now: 'pian + chset' names 'pian', which is no concept.",
            ],
        ),
        (
            'act_now = ["chest > pain"]',
            'act_now = ["chest + pain ~ far"]',
            ["codes.chest_pain.act_now: 'chest + pain ~ far': after ~ stands a number of words."],
        ),
        (
            'ask = ["sore',
            'ask = ["pian", "sore',
            ["codes.chest_pain.ask: 'pian' names 'pian', which is no concept."],
        ),
        (
            'unsure = ["upset"]',
            'unsure = ["pian"]',
            ["raised.unsure: 'pian' names 'pian', which is no concept."],
        ),
        # codes
        (
            'act_now = ["chest > pain"]',
            'shout = "chest"\nbell = 1',
            [
                f"codes.chest_pain: 'bell' {NO_ACTION}",
                f"codes.chest_pain: 'shout' {NO_ACTION}",
            ],
        ),
        ('tier = "E"', 'tier = "F"', ["codes.chest_pain: the tier must be E, C or D."]),
        ('ask = ["upset"]', "", ["codes.low: it has no pattern."]),
        (
            'ignores = ["negated"]',
            'ignores = ["usual", "later"]',
            [
                "codes.chest_pain: 'later' is no modifier.",
                "codes.chest_pain: 'usual' is no modifier.",
            ],
        ),
        # the other tables
        (
            "sore =",
            "chest =",
            [
                "signs.chest: the name is used twice.",
                "codes.chest_pain.ask: 'sore + heart ! upset' names 'sore', which is no concept.",
            ],
        ),
        (
            'where = "before"',
            'where = "behind"',
            ["modifiers.negated: where must be one of before, clause, sentence."],
        ),
        ('words = "negator"', 'words = "nots"', ["modifiers.negated: 'nots' is no concept."]),
        ('words = "negator"\n', "", ["modifiers.negated: None is no concept."]),
        ('unless = ["negator"]', 'unless = ["nots"]', ["modifiers.past: 'nots' is no concept."]),
        (
            'concept = "fever"\n',
            "",
            ["measures: each needs a concept and its lowest number."],
        ),
        ("lowest = 180\n", "", ["measures: each needs a concept and its lowest number."]),
        ('near = ["chest"]', 'near = ["chset"]', ["measures: 'chset' is no concept."]),
    ],
)
def test_what_is_wrong_is_said(old: str, new: str, said: list[str]) -> None:
    assert SMALL.count(old) == 1
    assert refused(SMALL.replace(old, new)) == said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("asks = 1.5\n", "", ["limits: asks must be a number."]),
        ("sure = 3", 'sure = "3"', ["limits: sure must be a number."]),
        ("doubtful = -1\n", "", ["limits: doubtful must be a number."]),
        ("vague = -2.5\n", "", ["limits: vague must be a number."]),
        ("names = 0\n", "", ["limits: names must be a number."]),
        ("hints = 0.5\n", "", ["limits: hints must be a number."]),
        ("harms = 4\n", "", ["limits: harms must be a number."]),
    ],
)
def test_a_wrong_limit_is_said_where_there_are_weights(old: str, new: str, said: list[str]) -> None:
    text = SMALL.replace(old, new)
    assert refused(text, WEIGHTS) == said
    assert parse(text).limits == Limits()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low\t*\t-4\n", "", ["The weights and the codes do not name the same: low."]),
        (
            "danger",
            "dangers",
            [
                "The weights and the codes do not name the same: danger.",
                "The weights and the codes do not name the same: dangers.",
            ],
        ),
        (
            "low",
            "high",
            [
                "The weights and the codes do not name the same: high.",
                "The weights and the codes do not name the same: low.",
            ],
        ),
        (
            "\t-4",
            "",
            [
                "The weights are not lines of a code, a word and a number: "
                "not enough values to unpack (expected 3, got 2)."
            ],
        ),
    ],
)
def test_wrong_weights_are_said(old: str, new: str, said: list[str]) -> None:
    assert refused(SMALL, WEIGHTS.replace(old, new)) == said


@pytest.mark.parametrize("table", ["conditions", "modifiers", "one_word", "raised", "signs"])
def test_a_table_must_be_one(table: str) -> None:
    assert refused(f"{table} = 3\n{LEAST}") == [f"{table}: this must be a table."]


@pytest.mark.parametrize("text", ["language", "everyday_words"])
def test_a_text_must_be_one(text: str) -> None:
    assert refused(f"{text} = ['en']\n{LEAST}") == [f"{text}: this must be a text."]


def test_limits_must_be_a_table() -> None:
    assert refused(f"limits = 3\n{LEAST}", "danger\t*\t0\nx\t*\t0")[0] == "limits: this must be a table."


def test_each_wrong_measure_is_said() -> None:
    said = "measures: each needs a concept and its lowest number."
    assert refused(LEAST + "[[measures]]\nlowest = 3\n" * 2) == [said, said]


def test_a_code_must_be_a_table() -> None:
    assert refused(LEAST.replace("[codes.x]", "[codes]\ny = 3\n[codes.x]")) == [
        "codes.y: this must be a table.",
        "codes.y: the tier must be E, C or D.",
        "codes.y: it has no pattern.",
    ]


def test_no_toml_is_said_alone() -> None:
    (said,) = refused("[concepts")
    assert said.startswith("The lexicon is not valid TOML: ")


def test_an_empty_lexicon_is_refused() -> None:
    assert refused("") == ["codes: at least one code is needed."]
