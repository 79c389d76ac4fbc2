"""Typed words only raise: how well the English lexicon finds danger, and what it must never do."""

import time
import tomllib
import unicodedata
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.lexicon import Lexicon
from screening.lexicon_file import parse
from screening.red_flags import Reading, read
from screening.typed_words import plain
from screening.word_weights import ANY
from tests.screening.rounds_of_taps import shipped
from tests.screening.weigh_words import learned

HERE = Path(__file__).parent / "red_flag_messages"
FILES = Path(__file__).parents[2] / "config" / "policy" / "lexicon"
RANK = {None: 0, "ask": 1, "act_now": 2}
TIER_D = {
    "faint_unexplained_24h",
    "cancer_new_spine_pain",
    "one_limb_swollen_hot",
    "foot_hot_red_swollen",
    "spreading_skin_infection",
    "suspected_fracture",
    "bp_crisis_no_symptoms",
    "headache_new_danger",
    "very_ill_no_fever",
    "thinner_bleeding",
    "ac_dark_urine",
}
TIER_C = {"suicidal_thoughts", "abuse_disclosed"}
NO_QUESTION = TIER_C | {"bleeding_wont_stop"}


@cache
def english() -> Lexicon:
    return parse((FILES / "en.toml").read_text("utf-8"), (FILES / "en.weights.tsv").read_text("utf-8"))


@cache
def heard(text: str, *conditions: str) -> Reading:
    """Each message of the sets is read once for all tests."""
    return read(text, english(), conditions=frozenset(conditions))


def messages(half: str) -> list[tuple[str, str]]:
    lines = (HERE / f"{half}.tsv").read_text("utf-8").splitlines()
    return [(code, text) for code, text in (line.split("\t") for line in lines)]


# --- the figures: tuned on tune.tsv alone; no word of kept.tsv was looked at for lexicon or weights ---


@pytest.mark.parametrize(("half", "acts", "names"), [("tune", 0.95, 0.95), ("kept", 0.90, 0.90)])
def test_danger_is_found_and_everyday_talk_is_left_alone(half: str, acts: float, names: float) -> None:
    danger: Counter[str | None] = Counter()
    everyday: Counter[str | None] = Counter()
    named = 0
    for code, text in messages(half):
        reading = heard(text)
        if code == "none":
            everyday[reading.action] += 1
        else:
            danger[reading.action] += 1
            named += code in reading.codes + reading.maybe
    assert 1 - danger[None] / danger.total() >= 0.95
    assert danger["act_now"] / danger.total() >= acts
    assert named / danger.total() >= names, "danger is found, but under another name"
    assert everyday["act_now"] / everyday.total() <= 0.10
    assert everyday["ask"] / everyday.total() <= 0.25


def test_the_halves_share_no_message_and_name_every_code() -> None:
    tune, kept = messages("tune"), messages("kept")
    assert not {text for _, text in tune} & {text for _, text in kept}
    codes = set(english().codes)
    for half in (tune, kept):
        counted = Counter(code for code, _ in half)
        assert set(counted) - {"none"} == codes
        assert min(counted.values()) >= 3
        assert counted["none"] >= 60


def test_a_message_of_everyday_talk_never_hides_one_of_danger() -> None:
    tune = messages("tune")
    everyday = [text for code, text in tune if code == "none"]
    for number, (code, text) in enumerate(tune[::9]):
        other = everyday[number % len(everyday)]
        alone, beside = heard(text), heard(other)
        for together in (heard(f"{text}. {other}"), heard(f"{other}\n{text}")):
            assert RANK[together.action] >= max(RANK[alone.action], RANK[beside.action]), (code, text, other)
            if alone.action == "act_now":
                assert set(alone.codes) <= set(together.codes), (text, other)


# --- now, gone, denied, long ago: these choose between acting and asking, never silence ---


@pytest.mark.parametrize(
    ("text", "action", "code"),
    [
        ("I have chest pain", "act_now", "chest_pain_now"),
        ("I had chest pain this morning", "act_now", "chest_pain_now"),
        ("no chest pain", "ask", "chest_pain_now"),
        ("I do not have chest pain", "ask", "chest_pain_now"),
        ("chest pain ten years ago", "ask", "chest_pain_now"),
        ("chest pain last year, gone since", "ask", "chest_pain_now"),
        ("my chest pain is the same as always", "ask", "chest_pain_now"),
        ("chest pain lol", "ask", "chest_pain_now"),
        ("no fever but chest pain", "act_now", "chest_pain_now"),
        ("not sure if this is chest pain", "act_now", "chest_pain_now"),
        ("mum has chest pain", "act_now", "chest_pain_now"),
        ("my face is drooping", "act_now", "stroke_signs_now"),
        ("my face was drooping yesterday", "act_now", "stroke_signs_now"),
        ("my face is not drooping", "ask", "stroke_signs_now"),
        ("no chest pain but my face is drooping", "act_now", "stroke_signs_now"),
        ("my face drooped but it went away", "act_now", "stroke_signs_resolved_unseen"),
        ("it is just my MS but my arm went numb out of nowhere", "act_now", "stroke_signs_now"),
        ("I am having a seizure", "act_now", "seizure_new_or_long"),
        ("I never had a seizure", "ask", "seizure_new_or_long"),
        ("used to have seizures as a child", "ask", "seizure_new_or_long"),
        ("had a stroke in 2015 and today my speech is slurred again", "act_now", "stroke_signs_now"),
        ("hit my head two weeks ago and still vomiting", "act_now", "head_injury_danger_signs"),
        ("had chemo last week and now shivering", "act_now", "fever_on_chemo"),
        ("i want to die", "act_now", "suicidal_thoughts"),
        ("i do not want to die", "act_now", "suicidal_thoughts"),
        ("kms lol", "act_now", "suicidal_thoughts"),
        ("my husband hits me lol", "act_now", "abuse_disclosed"),
        ("my ex hit me years ago", "act_now", "abuse_disclosed"),
        ("the cut wont stop bleeding haha", "act_now", "bleeding_wont_stop"),
    ],
)
def test_tense_and_negation_choose_between_acting_and_asking(text: str, action: str, code: str) -> None:
    reading = heard(text)
    assert (reading.action, code in reading.codes) == (action, True), reading


@pytest.mark.parametrize(
    "text",
    [
        "the last massage was to die for",
        "my shoulder is killing me",
        "dead tired as usual",
        "lovely long strokes, thank you",
        "a stroke of luck, a slot on monday",
        "bit of a shock at the price",
        "i fit best on mondays",
        "fit as a fiddle",
        "heart set on tuesday morning",
        "blind booking is fine with me",
        "double booked, sorry",
        "can you fit me in",
        "hit me with the next free slot",
        "he hits the gym at 6",
        "whats the point of the deposit",
        "end it at 11 please",
        "the app crashed again",
        "cant see the calendar",
        "no falls no fever no new meds",
        "bp 118/76 today",
        "10/12 works for me",
        "see you in 3 weeks",
        "usual numb toes",
        "no heat on the feet please",
        "not too hot please",
        "no hot stones on my back please",
        "light pressure on the calves",
        "can i have a blanket, my feet get cold",
    ],
)
def test_everyday_senses_are_left_alone(text: str) -> None:
    assert heard(text).action is None


# --- how people type ---


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CAN'T BREATHE", "breathless_sudden"),
        ("can not breathe!!!", "breathless_sudden"),
        ("i can’t breathe", "breathless_sudden"),
        ("cant breeeeathe", "breathless_sudden"),
        ("chets pian", "chest_pain_now"),
        ("chestpain", "chest_pain_now"),
        ("my fase is droping", "stroke_signs_now"),
        ("had a siezure", "seizure_new_or_long"),
        ("seisure this moring", "seizure_new_or_long"),
        ("i feel suicidle", "suicidal_thoughts"),
        ("stif neck and feaver", "meningitis_signs"),
        ("neck is stiff, temp 39", "meningitis_signs"),
        ("fever of 101 and im on chemo", "fever_on_chemo"),
        ("bp 190/125", "bp_crisis_no_symptoms"),
        ("190 over 125", "bp_crisis_no_symptoms"),
        ("glucose 2.1, shaky", "hypo_severe"),
        ("bleeding at 20 weeks", "pregnancy_danger_signs"),
        ("t5 injury, pounding head, sweating", "autonomic_dysreflexia_signs"),
    ],
)
def test_slips_slang_and_numbers_are_read(text: str, code: str) -> None:
    reading = heard(text)
    assert (reading.action, code in reading.codes) == ("act_now", True), reading


def test_case_accents_spaces_and_marks_do_not_matter() -> None:
    for _, text in messages("tune")[::20]:
        plain = heard(text)
        for written in (
            text.upper(),
            text.title(),
            text.replace("a", "á").replace("e", "ê"),
            unicodedata.normalize("NFD", text),
            f"  {text.replace(' ', '   ')} !!!",
            f"“{text}”",
            f"*{text}* 😢",
        ):
            assert heard(written) == plain, written


LETTERS = "abcdefghijklmnopqrstuvwxyz"


def slipped(word: str, chance: Random) -> str:
    """The word with one slip of the finger: a letter left out, doubled, swapped with the next, or another."""
    at = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + chance.choice(LETTERS) + word[at + 1 :],
        )
    )


def test_a_slip_in_a_long_word_hides_danger_seldom() -> None:
    chance = Random(7)
    found: Counter[bool] = Counter()
    for code, text in messages("tune")[::3]:
        words = text.split(" ")
        long = [at for at, word in enumerate(words) if len(word) >= 6 and word.isascii() and word.isalpha()]
        if code != "none" and long:
            at = chance.choice(long)
            words[at] = slipped(words[at], chance)
            found[heard(" ".join(words)).action is not None] += 1
    assert found.total() > 300
    assert found[True] / found.total() >= 0.97


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("im not able to breathe proply 😰😰", "breathless_sudden"),
        ("my face is drooping 😢 on the left and i cant feel it", "stroke_signs_now"),
        ("on the left my face droops", "stroke_signs_now"),
        ("breathe i cannot", "breathless_sudden"),
        ("i dont wanna be here any more", "suicidal_thoughts"),
        ("chst pain sinc this mornin", "chest_pain_now"),
    ],
)
def test_slang_order_and_signs_of_feeling_do_not_matter(typed: str, meant: str) -> None:
    reading = heard(typed)
    assert meant in reading.codes + reading.maybe


# --- what comes out ---


def test_the_most_urgent_code_comes_first_and_the_crisis_code_is_kept() -> None:
    reading = heard("I fainted today. I want to die. My face is drooping.")
    assert reading.action == "act_now"
    tiers = ["E" if c not in TIER_C | TIER_D else "C" if c in TIER_C else "D" for c in reading.codes]
    assert tiers == sorted(tiers, key="ECD".index)
    assert {"stroke_signs_now", "suicidal_thoughts", "faint_unexplained_24h"} <= set(reading.codes)


def test_tiers_are_those_of_the_reference() -> None:
    tiers = {name: code.tier for name, code in english().codes.items()}
    assert {name for name, tier in tiers.items() if tier == "C"} == TIER_C
    assert {name for name, tier in tiers.items() if tier == "D"} == TIER_D


def test_codes_that_skip_the_question_are_never_asked_about() -> None:
    for _, text in messages("tune"):
        reading = heard(text)
        asked = set(reading.maybe) | (set(reading.codes) if reading.action == "ask" else set())
        assert not asked & NO_QUESTION, text


def test_a_condition_on_file_only_raises() -> None:
    assert heard("a bit shivery").action is None
    assert heard("a bit shivery", "cancer_now") == Reading("ask", ("fever_on_chemo",))
    assert heard("a bit shivery, on chemo", "cancer_now").action == "act_now"
    known = (
        "cancer_now",
        "blood_thinner",
        "pregnancy_possible",
        "spinal_cord",
        "parkinsons",
        "pump_or_baclofen",
    )
    for _, text in messages("tune")[::9]:
        assert RANK[heard(text, *known).action] >= RANK[heard(text).action], text


def test_softer_words_are_raised_for_staff_without_alarm() -> None:
    assert heard("I think my relapse started") == Reading(None, (), (), ("relapse_unsure",))
    assert heard("i have a fever").raised == ("fever_or_infection",)
    assert heard("i had a fall").raised == ("item_unsure",)
    assert heard("see you on friday") == Reading(None)


@pytest.mark.parametrize(
    "text",
    [
        "i am having a stroke",
        "i am having a heart attack",
        "heart attack",
        "sepsis",
        "meningitis",
        "anaphylaxis",
        "having a seizure",
        "i cant breathe",
        "choking",
        "overdose",
        "suicide",
        "i need help now",
        "he raped me",
        "i cant go on",
        "i dont feel safe at home",
        "abuse",
    ],
)
def test_a_danger_that_is_named_alone_acts(text: str) -> None:
    """So few words weigh little: they must not be taken for everyday talk."""
    assert heard(text).action == "act_now"


def test_softer_codes_are_findings_of_the_policy() -> None:
    assert set(english().raised) <= set(shipped().findings)


def test_what_no_pattern_foresaw_is_found_and_named_by_the_weight_of_the_words() -> None:
    codes = {name: replace(code, act_now=(), ask=()) for name, code in english().codes.items()}
    bare = replace(english(), codes=codes)
    found: Counter[tuple[bool, bool]] = Counter()
    named: Counter[bool] = Counter()
    for code, text in messages("kept"):
        reading = read(text, bare)
        found[code != "none", reading.action is not None] += 1
        if code != "none":
            named[code in reading.codes + reading.maybe] += 1
    assert found[True, True] / (found[True, True] + found[True, False]) >= 0.90
    assert found[False, True] / (found[False, True] + found[False, False]) <= 0.25
    assert named[True] / named.total() >= 0.75


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("everyone would be better off without me", "suicidal_thoughts"),
        ("I've been saving my pills", "suicidal_thoughts"),
        ("no point in going on", "suicidal_thoughts"),
        ("said goodbye to my dog, i wont be here tomorrow", "suicidal_thoughts"),
        ("can't do this any more, want it to stop", "suicidal_thoughts"),
        ("he won't let me leave the house", "abuse_disclosed"),
        ("she takes my money and hides my phone", "abuse_disclosed"),
        ("I'm scared to go home", "abuse_disclosed"),
        ("he grabs my arm", "abuse_disclosed"),
    ],
)
def test_harm_that_is_only_hinted_at_has_its_own_path(text: str, code: str) -> None:
    reading = heard(text)
    assert (reading.action, code in reading.codes) == ("act_now", True)


@pytest.mark.parametrize(
    "text",
    [
        "this traffic is killing me",
        "dying for a massage",
        "could murder a cup of tea",
        "my husband will kill me if I'm late",
        "my husband wont let me carry the bags",
        "no point coming if ana is away",
        "i wont be here on tuesday",
        "cant do this any more with the app",
        "said goodbye to my old therapist, now i need a new one",
        "i am saving up for the ten pack",
    ],
)
def test_ways_of_speaking_are_no_harm(text: str) -> None:
    assert heard(text).action is None


def test_a_hint_of_harm_acts_only_where_all_the_words_agree() -> None:
    assert heard("i see no way out, i cant go on like this any more").action == "act_now"
    assert heard("is there another way out of the car park").action is None


def test_every_weight_is_of_a_plain_word_or_of_a_concept() -> None:
    concepts = set(tomllib.loads((FILES / "en.toml").read_text("utf-8"))["concepts"])
    measured = {measure.concept for measure in english().measures}
    for trait in english().weights.each:
        assert trait[1:] in concepts | measured if trait.startswith("=") else trait == plain(trait), trait


def test_a_reading_holds_codes_and_never_the_words() -> None:
    known = {*english().codes, *english().raised}
    for _, text in messages("tune"):
        reading = heard(text)
        assert set(reading.codes + reading.maybe + reading.raised) <= known


# --- whatever is typed ---

DANGER = st.sampled_from([text for code, text in messages("tune") if code != "none"])
ANYTHING = st.text(max_size=120)


@given(st.text(max_size=400))
@settings(max_examples=150, deadline=None)
def test_nothing_typed_is_an_error(text: str) -> None:
    assert heard(text).action in RANK


@given(DANGER, ANYTHING)
@settings(max_examples=150, deadline=None)
def test_more_text_never_lowers(danger: str, more: str) -> None:
    alone = heard(danger)
    for together in (heard(f"{danger}.\n{more}"), heard(f"{more}.\n{danger}")):
        assert RANK[together.action] >= RANK[alone.action]
        if alone.action == "act_now":
            assert set(alone.codes) <= set(together.codes)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 5_000,
        "no chest pain " * 360,
        "arm numb " * 560,
        "190/120 " * 620,
        "((((((((" * 625,
        "cnat braethe xqzv " * 280,
        " " * 5_000,
        "😵" * 5_000,
        ". ".join(text for _, text in messages("tune"))[:5_000],
    ],
)
def test_long_texts_are_read_fast(text: str) -> None:
    """Meant: under 50 ms. Asked: ten times that, of the process's own time, best of three."""
    lexicon = english()
    taken = []
    for _ in range(3):
        begin = time.process_time()
        read(text, lexicon)
        taken.append(time.process_time() - begin)
    assert min(taken) < 0.5


def test_the_weights_are_those_of_the_lexicon_and_its_messages() -> None:
    """`make weights` after a change of either: some are learned anew here. Machines may round differently."""
    of = (ANY, *sorted(TIER_C))
    found = learned(messages("tune"), (FILES / "en.toml").read_text("utf-8"), of)
    for code in of:
        now = {trait: each[code] for trait, each in found.each.items() if code in each}
        kept = {trait: each[code] for trait, each in english().weights.each.items() if code in each}
        assert found.start[code] == pytest.approx(english().weights.start[code], abs=0.06)
        apart = {trait for trait in {*now, *kept} if abs(now.get(trait, 0.0) - kept.get(trait, 0.0)) > 0.11}
        assert apart == set()
