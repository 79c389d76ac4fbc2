"""Which words of a vocabulary a typed one may stand for: exact, stretched, joined, slipped, by sound."""

import pytest

from screening.spelling import Spelling, distance, sound

VOCABULARY = (
    *("arm", "arms", "bag", "blood", "bone", "breath*", "cyst", "droopy", "dying", "face", "fall", "fell"),
    *("fever", "fit", "gas", "glass", "heart", "hurt", "jaundice", "leg", "meningitis", "numb", "pains"),
    *("palsy", "seizure*", "sick", "sleep", "stomach", "stroke", "sugar", "throat", "unconscious*", "?", "#"),
    *("electroencephalographies", "electroencephalographical", "swollen", "vomit*", "weakness", "ear"),
    *("knee", "mi", "rash", "sob*"),
)
EVERYDAY = ("feather", "fewer", "stoke", "sleety", "swell")


def meant(typed: str) -> str:
    """The entries that a typed word may stand for, beside itself."""
    forms = Spelling(VOCABULARY, EVERYDAY).forms(typed)
    assert typed in forms
    return " ".join(sorted(forms - {typed}))


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        ("hello", ""),
        ("fever", ""),
        ("breath", "breath*"),
        ("breathing", "breath*"),
        ("breat", "breath*"),
        ("fevers", "fever"),
        ("bones", "bone"),
        ("glasses", "glass"),
        ("strokees", "stroke"),
        ("legs", "leg"),
        ("gases", "gas"),
        ("rashs", "rash"),
        ("mis", ""),
        ("sobbing", "sob*"),
        ("so", ""),
        ("gass", "gas"),
        ("ears", "ear"),
        ("arms", "arm"),
        ("arm", ""),
        ("pain", ""),
        ("bagged", ""),
    ],
)
def test_words_stems_and_plurals(typed: str, entries: str) -> None:
    assert meant(typed) == entries


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        ("feeever", "fever"),
        ("feeeeveeerrr", "fever"),
        ("sleeeeep", "sleep"),
        ("sleeeeeeeeeeeeeeeeeeeeeeeep", "sleep"),
        ("kneeeee", "knee"),
        ("faaalll", "fall"),
        ("faall", "fall"),
        ("nuuumb", "numb"),
        ("breeeathe", "breath*"),
        ("feell", "fell"),
        ("armm", "arm"),
    ],
)
def test_stretched_letters(typed: str, entries: str) -> None:
    assert meant(typed) == entries


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        ("bloodsugar", "blood sugar"),
        ("facenumb", "face numb"),
        ("heartstroke", "heart stroke"),
        ("bloodarm", ""),
        ("armblood", ""),
        ("bloodmeter", ""),
        ("meterblood", ""),
    ],
)
def test_two_words_run_together(typed: str, entries: str) -> None:
    assert meant(typed) == entries


@pytest.mark.parametrize(
    ("typed", "entries"),
    [
        # one slip in a word of five letters or more, two in one of eight or more
        ("feber", "fever"),
        ("fevre", "fever"),
        ("fevver", "fever"),
        ("fegvre", ""),
        ("strke", "stroke"),
        ("sroke", "stroke"),
        ("tsroke", "stroke"),
        ("troke", ""),
        ("xtroke", ""),
        ("swlolen", "swollen"),
        ("swlolne", ""),
        ("weaknes", "weakness"),
        ("waeknss", "weakness"),
        ("wekness", "weakness"),
        ("waeknsse", ""),
        ("meningits", "meningitis"),
        ("meninigitus", "meningitis"),
        ("menigtis", "meningitis"),
        ("unconcious", "unconscious*"),
        ("unconshus", ""),
        ("juandice", "jaundice"),
        ("jaudnise", "jaundice"),
        ("jauduse", ""),
        ("jaundy", ""),
        # a word of four: its letters swapped, or one of five with a vowel or half of a pair left out
        ("hrut", "hurt"),
        ("hurd", ""),
        ("hutr", "hurt"),
        ("htru", ""),
        ("hert", "heart"),
        ("herts", "heart"),
        ("slep", "sleep"),
        ("hart", "heart"),
        ("fevr", "fever"),
        ("hear", ""),
        ("glas", "glass"),
        ("gass", "gas"),
        ("yfal", ""),
        ("afll", "fall"),
        ("nmb", ""),
        ("ftt", ""),
        # the ending of another form
        ("siezure", "seizure*"),
        ("feverring", "fever"),
        ("strokked", "stroke"),
        ("numbness", "numb"),
        ("numness", ""),
        ("numbbed", "numb"),
        ("sleepyness", "sleep"),
        ("thropty", "throat"),
        ("fevvery", "fever"),
        ("fevvers", "fever"),
        ("huring", ""),
        # what everyday words are is no slip, in another form neither
        ("stoke", ""),
        ("stokes", ""),
        ("stoked", ""),
        ("feather", ""),
        ("fewer", ""),
        ("sleety", ""),
        ("fewers", ""),
        ("swelled", ""),
        # by sound
        ("seesure", "seizure*"),
        ("stummock", ""),
        ("stomack", "stomach"),
        ("psick", ""),
        ("syck", ""),
        ("thrott", "throat"),
        # long
        ("electroencephalogarphies", "electroencephalographies"),
        ("electroencephalogarphical", ""),
    ],
)
def test_slips(typed: str, entries: str) -> None:
    assert meant(typed) == entries


@pytest.mark.parametrize(
    ("one", "other", "edits"),
    [
        ("", "", 0),
        ("fever", "fever", 0),
        ("fever", "", 5),
        ("", "fever", 5),
        ("fever", "fevers", 1),
        ("fever", "ever", 1),
        ("fever", "fewer", 1),
        ("fever", "efver", 1),
        ("fever", "fevre", 1),
        ("ab", "ba", 1),
        ("ab", "cb", 1),
        ("fever", "fvere", 2),
        ("fever", "efvre", 2),
        ("ca", "abc", 3),
        ("kitten", "sitting", 3),
        ("abcdef", "badcfe", 3),
        ("aaa", "a", 2),
        ("aab", "b", 2),
        ("ba", "a", 1),
        ("bxa", "ab", 3),
        ("xya", "ay", 2),
        ("aba", "ab", 1),
    ],
)
def test_edits_between_two_words(one: str, other: str, edits: int) -> None:
    assert distance(one, other) == edits
    assert distance(other, one) == edits


@pytest.mark.parametrize(
    ("word", "heard"),
    [
        ("seizure", "sesur"),
        ("seezure", "sesur"),
        ("phase", "fas"),
        ("stomach", "stomak"),
        ("sick", "sik"),
        ("accent", "aksent"),
        ("city", "sit"),
        ("cyst", "syst"),
        ("cold", "kold"),
        ("night", "nit"),
        ("naught", "nat"),
        ("swollen", "swolen"),
        ("piece", "pis"),
        ("tummy", "tum"),
        ("aaa", ""),
    ],
)
def test_the_sound_of_a_word(word: str, heard: str) -> None:
    assert sound(word) == heard
