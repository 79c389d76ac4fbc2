"""What a reading asks for, on a lexicon of a few words: act, ask, raise, by pattern and by weight."""

import pytest

from screening.lexicon_file import parse
from screening.red_flags import Reading, read

LEXICON = """
[concepts]
face = ["face"]
droop = ["droops"]
funny = ["funny"]
shiver = ["shivers"]
chemo = ["chemo"]
die = ["die"]
gone = ["hopeless"]
faint = ["fainted"]
wobble = ["wobbly"]
relapse = ["relapse"]
no = ["no"]
past = ["ago"]
[conditions]
chemo = ["cancer_now", "leukaemia"]
[codes.faint]
tier = "D"
ignores = ["past"]
act_now = ["faint"]
[codes.hopeless]
tier = "C"
always = true
act_now = ["die"]
ask = ["gone"]
[codes.stroke]
tier = "E"
act_now = ["face > droop"]
ask = ["face > funny", "droop"]
[codes.fever_on_chemo]
tier = "E"
act_now = ["relapse > shiver", "shiver + chemo"]
[raised]
relapse = ["relapse"]
wobbly = ["gone", "wobble"]
[modifiers.denied]
words = "no"
where = "before"
[modifiers.past]
words = "past"
where = "clause"
[limits]
asks = 2
sure = 6
doubtful = -3
vague = -1
names = 3
hints = 1
harms = 5
"""
# A word of each weight. Those that end in "ish" weigh a little less.
WEIGHTS = """danger	*	0
danger	askable	2
danger	askish	1.9
danger	surely	6
danger	surish	5.9
danger	doubtful	-3
danger	doubtish	-3.1
danger	vague	-1
danger	vaguish	-1.1
faint	*	-1
faint	giddy	2
fever_on_chemo	*	0
hopeless	*	-1
hopeless	hinted	2
hopeless	hintish	1.9
hopeless	harmed	6
hopeless	harmish	5.9
stroke	*	0
stroke	named	3
stroke	namish	2.9
"""


def heard(text: str, *conditions: str) -> Reading:
    return read(text, parse(LEXICON, WEIGHTS), conditions=frozenset(conditions))


ACT, ASK, NOTHING = "act_now", "ask", None


@pytest.mark.parametrize(
    ("text", "action", "codes"),
    [
        ("", NOTHING, ()),
        ("see you soon", NOTHING, ()),
        # a pattern that acts is lowered by one step, never to silence
        ("face droops", ACT, ("stroke",)),
        ("no face droops", ASK, ("stroke",)),
        ("face droops ago", ASK, ("stroke",)),
        ("no face droops vaguish", ASK, ("stroke",)),
        ("no face droops. face droops", ACT, ("stroke",)),
        ("no face droops surely", ASK, ("stroke",)),
        ("face droops doubtful", ACT, ("stroke",)),
        ("face droops doubtish", ASK, ("stroke",)),
        ("no fainted", ASK, ("faint",)),
        ("fainted ago", ACT, ("faint",)),
        ("no fainted doubtish", ASK, ("faint",)),
        # one that asks
        ("face funny", ASK, ("stroke",)),
        ("no face funny", NOTHING, ()),
        ("droops", ASK, ("stroke",)),
        ("no droops", NOTHING, ()),
        ("no face funny, droops", ASK, ("stroke",)),
        ("face funny surely", ACT, ("stroke",)),
        ("face funny surish", ASK, ("stroke",)),
        ("no face droops. droops surely", ACT, ("stroke",)),
        ("face funny vague", ASK, ("stroke",)),
        ("face funny vaguish", NOTHING, ()),
        ("no face droops, droops vaguish", ASK, ("stroke",)),
        # a code that always acts
        ("die", ACT, ("hopeless",)),
        ("no die ago", ACT, ("hopeless",)),
        ("die doubtish", ACT, ("hopeless",)),
    ],
)
def test_patterns_choose_and_weights_agree(text: str, action: str | None, codes: tuple[str, ...]) -> None:
    reading = heard(text)
    assert (reading.action, reading.codes, reading.maybe) == (action, codes, ())


@pytest.mark.parametrize(
    ("text", "action", "codes"),
    [
        ("askish", NOTHING, ()),
        ("askable", ASK, ("stroke",)),
        ("surely", ASK, ("stroke",)),
        ("askable giddy", ASK, ("faint",)),
        ("askable giddy hinted", ASK, ("faint",)),
        ("askable hinted", ACT, ("hopeless",)),
        ("askable no fainted", ASK, ("faint",)),
        ("giddy", NOTHING, ()),
        # the weight of one code names it whatever else was found
        ("named", ASK, ("stroke",)),
        ("namish", NOTHING, ()),
        ("named doubtish", ASK, ("stroke",)),
        ("named giddy askable", ASK, ("stroke",)),
        ("named face droops", ACT, ("stroke",)),
        ("named no fainted", ASK, ("stroke", "faint")),
        # that of a code that always acts makes a hint act, and alone if it is heavy
        ("hopeless", NOTHING, ()),
        ("hopeless hintish", NOTHING, ()),
        ("hopeless hinted", ACT, ("hopeless",)),
        ("no hopeless ago hinted", ACT, ("hopeless",)),
        ("hinted", NOTHING, ()),
        ("harmish", NOTHING, ()),
        ("harmed", ACT, ("hopeless",)),
        ("harmed doubtish", ACT, ("hopeless",)),
    ],
)
def test_what_no_pattern_foresaw_is_weighed(text: str, action: str | None, codes: tuple[str, ...]) -> None:
    reading = heard(text)
    assert (reading.action, reading.codes, reading.maybe) == (action, codes, ())


@pytest.mark.parametrize(
    ("text", "conditions", "action"),
    [
        ("shivers", [], NOTHING),
        ("shivers", ["stroke"], NOTHING),
        ("shivers", ["cancer_now"], ASK),
        ("shivers", ["leukaemia", "stroke"], ASK),
        ("no shivers", ["cancer_now"], NOTHING),
        ("no shivers. shivers", ["cancer_now"], ASK),
        ("chemo", ["cancer_now"], NOTHING),
        ("shivers, chemo", [], ACT),
        ("shivers, chemo", ["cancer_now"], ACT),
        ("shivers, no chemo", [], NOTHING),
        ("no shivers, chemo", [], ASK),
        ("no shivers, chemo", ["cancer_now"], ASK),
        ("no relapse shivers", ["cancer_now"], ASK),
    ],
)
def test_what_is_on_file_only_asks(text: str, conditions: list[str], action: str | None) -> None:
    reading = heard(text, *conditions)
    assert (reading.action, reading.codes) == (action, ("fever_on_chemo",) if action else ())


def test_the_most_urgent_come_first_and_what_is_only_asked_about_apart() -> None:
    every = "fainted. die. face droops. shivers chemo"
    assert heard(every) == Reading(ACT, ("stroke", "fever_on_chemo", "hopeless", "faint"))
    lowered = "no fainted. die. face funny. no shivers, chemo"
    assert heard(lowered) == Reading(ACT, ("hopeless",), ("stroke", "fever_on_chemo", "faint"))
    assert heard("no fainted. face funny") == Reading(ASK, ("stroke", "faint"))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("relapse", Reading(NOTHING, raised=("relapse",))),
        ("no relapse", Reading(NOTHING)),
        ("relapse ago", Reading(NOTHING)),
        ("wobbly relapse", Reading(NOTHING, raised=("relapse", "wobbly"))),
        ("no relapse, wobbly", Reading(NOTHING, raised=("wobbly",))),
        ("relapse. fainted", Reading(ACT, ("faint",), raised=("relapse",))),
        ("relapse. no fainted", Reading(ASK, ("faint",), raised=("relapse",))),
    ],
)
def test_softer_words_are_raised_beside_whatever_is_asked_for(text: str, reading: Reading) -> None:
    assert heard(text) == reading


def test_without_weights_only_patterns_speak() -> None:
    bare = parse(LEXICON)
    assert read("surely askable named harmed", bare) == Reading(NOTHING)
    assert read("face droops doubtish", bare) == Reading(ACT, ("stroke",))
    assert read("face funny vaguish", bare) == Reading(ASK, ("stroke",))
    assert read("no die", bare) == Reading(ACT, ("hopeless",))
    assert read("hopeless", bare) == Reading(NOTHING, raised=("wobbly",))
