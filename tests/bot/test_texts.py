"""The catalogue refuses what would fail on a screen later, and fills what it says."""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot import formatting
from bot.texts import Catalogue, MissingText, TextsError, pseudo

HEADER = 'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Plural-Forms: {plural}\\n"\n\n'
TWO = "nplurals=2; plural=(n != 1);"
POLISH = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"


def entry(key: str, *forms: str) -> str:
    if len(forms) == 1:
        return f'msgid "{key}"\nmsgstr "{forms[0]}"\n\n'
    body = "".join(f'msgstr[{index}] "{form}"\n' for index, form in enumerate(forms))
    return f'msgid "{key}"\nmsgid_plural "{key}"\n{body}\n'


def write(folder: Path, code: str, *entries: str, file: str = "one.po", plural: str = TWO) -> None:
    (folder / code).mkdir(exist_ok=True)
    text = HEADER.format(code=code, plural=plural) + "".join(entries)
    (folder / code / file).write_text(text, encoding="utf-8")


ENGLISH = (entry("a.hello", "Hello {name}."), entry("a.visits", "{n} visit", "{n} visits"))


def test_says_and_fills(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.say("en", "a.hello", name="Maria", unused=3) == "Hello Maria."
    assert catalogue.say("en", "a.visits", n=1) == "1 visit"
    assert catalogue.say("en", "a.visits", n=0) == "0 visits"
    assert catalogue.has("a.hello")
    assert not catalogue.has("a.hell")


def test_plural_forms_are_those_of_the_language(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    polish = (
        entry("a.hello", "Dzień dobry, {name}."),
        entry("a.visits", "{n} wizyta", "{n} wizyty", "{n} wizyt"),
    )
    write(tmp_path, "pl", *polish, plural=POLISH)
    say = Catalogue.load(tmp_path).say
    assert [say("pl", "a.visits", n=n) for n in (1, 3, 5, 22)] == [
        "1 wizyta",
        "3 wizyty",
        "5 wizyt",
        "22 wizyty",
    ]


@pytest.mark.parametrize(
    ("asked", "given"),
    [("de-AT", "de"), ("DE", "de"), ("pt-br", "pt_BR"), ("pt", "pt_BR"), ("fr", "en"), (None, "en")],
)
def test_the_nearest_language_is_written(tmp_path: Path, asked: str | None, given: str) -> None:
    for code in ("en", "de", "pt_BR"):
        write(tmp_path, code, *ENGLISH)
    assert Catalogue.load(tmp_path).best(asked) == given


def test_a_missing_key_or_value_names_the_key_and_no_value(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    say = Catalogue.load(tmp_path).say
    with pytest.raises(MissingText, match=r"a\.nothing: no words in en"):
        say("en", "a.nothing")
    with pytest.raises(MissingText, match=r"a\.hello: nothing for \{name\}"):
        say("en", "a.hello", names="Maria")
    with pytest.raises(MissingText, match=r"a\.visits: a whole number n"):
        say("en", "a.visits", n="six")


@pytest.mark.parametrize(
    ("german", "sentence"),
    [
        (entry("a.hello", "Hallo {nam}."), "a.hello has other placeholders than in English"),
        (entry("a.hello", "Hallo {name}.") * 2, "a.hello is there twice"),
        (entry("a.hullo", "Hallo."), "a.hullo is not a key of the English catalogue"),
        (entry("a.hello", "Hallo {name."), "a brace that belongs to no placeholder"),
        (entry("A Hello", "Hallo {name}."), "A Hello is not a key"),
        (entry("a.visits", "{n} Besuch", ""), "a.visits needs 2 plural forms"),
        (entry("a.visits", "{n} Besuche"), "a.visits has plural forms in one language only"),
    ],
)
def test_languages_that_do_not_fit_are_refused_at_start(tmp_path: Path, german: str, sentence: str) -> None:
    write(tmp_path, "en", *ENGLISH)
    write(tmp_path, "de", german)
    with pytest.raises(TextsError) as refused:
        Catalogue.load(tmp_path)
    assert sentence in str(refused.value)


def test_a_key_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    write(tmp_path, "en", ENGLISH[0], file="two.po")
    with pytest.raises(TextsError, match=r"two\.po: a\.hello is there twice"):
        Catalogue.load(tmp_path)


def test_no_english_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "de", *ENGLISH)
    with pytest.raises(TextsError, match="no catalogue in English"):
        Catalogue.load(tmp_path)


def test_missing_names_the_keys_of_each_language(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    write(tmp_path, "de", entry("a.hello", "Hallo {name}."), entry("a.visits", "", ""))
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.missing(["a.new"]) == {"en": ["a.new"], "de": ["a.new", "a.visits"]}
    write(tmp_path, "de", *ENGLISH)
    assert Catalogue.load(tmp_path).missing(["a.hello"]) == {}


def test_an_unfinished_translation_counts_as_missing(tmp_path: Path) -> None:
    write(tmp_path, "en", *ENGLISH)
    write(tmp_path, "de", "#, fuzzy\n" + entry("a.hello", "Hallo {name}."), ENGLISH[1])
    assert Catalogue.load(tmp_path).missing() == {"de": ["a.hello"]}


def test_a_number_that_the_clinic_has_not_set_takes_its_sentence_along(tmp_path: Path) -> None:
    write(tmp_path, "en", entry("a.call", "Call 112 now. Or call {cancer_line} today. Do not wait."))
    say = Catalogue.load(tmp_path).say
    assert say("en", "a.call", cancer_line="") == "Call 112 now. Do not wait."
    assert say("en", "a.call") == "Call 112 now. Do not wait."
    assert say("en", "a.call", cancer_line="555") == "Call 112 now. Or call 555 today. Do not wait."


def test_an_emergency_number_is_never_left_out() -> None:
    with pytest.raises(MissingText):
        Catalogue.load().say("en", "urgent.e.1")


def test_the_pseudo_language_changes_every_word_and_keeps_what_must_stay() -> None:
    catalogue = Catalogue.load().with_pseudo()
    assert "qps" in catalogue.languages
    said = catalogue.say("qps", "first.consent.keep", retention="3 years")
    assert said.startswith("[!! Wé kéép")
    assert "/privacy" in said
    assert "3 years" in said
    texts = {key: catalogue.forms(key) for key in sorted(catalogue.keys())}
    same = {key for key, forms in texts.items() if catalogue.forms(key, "qps") == forms}
    worded = {key for key in same if re.search(r"[a-z]", re.sub(r"\{[a-z0-9_]+\}", "", "".join(texts[key])))}
    assert worded == {"hours.example", "hours.example_days", "hours.example_off"}  # typed back as they stand


def test_pseudo_labels_keep_their_length() -> None:
    assert pseudo("Move or cancel", label=True) == "Mövé öŕ çàñçéļ"
    longer = pseudo("Please tap one of the buttons, so that I get it right.")
    assert 1.2 < len(longer) / len("Please tap one of the buttons, so that I get it right.") < 1.6


def test_a_language_has_its_own_name() -> None:
    catalogue = Catalogue.load()
    assert [catalogue.name(code) for code in ("en", "de", "es", "fr")] == [
        "English",
        "Deutsch",
        "Español",
        "Français",
    ]


# --- dates, hours, names ---

BERLIN = ZoneInfo("Europe/Berlin")
NOW = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
VISIT = dt.datetime(2026, 3, 3, 8, 30, tzinfo=dt.UTC)


def test_dates_as_the_screens_show_them() -> None:
    assert formatting.when(VISIT, BERLIN, "en", NOW) == "Tue 3 Mar, 9:30"
    assert formatting.day(VISIT.date(), "en", NOW.date()) == "Tue 3 Mar"
    assert formatting.time(VISIT, BERLIN, "en") == "9:30"
    assert formatting.date(VISIT.date(), "en") == "3 Mar 2026"
    assert formatting.short_day(VISIT.date(), "en") == "Tue 3"
    assert formatting.month(VISIT.date(), "en") == "Mar"
    assert formatting.weekday(0, "en") == "Mon"


def test_another_year_is_added() -> None:
    later = dt.datetime(2027, 1, 4, 8, 30, tzinfo=dt.UTC)
    assert formatting.when(later, BERLIN, "en", NOW) == "Mon 4 Jan 2027, 9:30"


def test_the_year_and_today_are_those_of_the_clinic() -> None:
    new_year = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert formatting.when(new_year, BERLIN, "en", new_year) == "Fri 1 Jan, 0:30"


def test_a_deadline_today_is_the_hour_alone() -> None:
    assert formatting.until(NOW + dt.timedelta(hours=1), BERLIN, "en", NOW) == "10:00"
    assert formatting.until(VISIT, BERLIN, "en", NOW) == "Tue 3 Mar, 9:30"


def test_the_hour_that_comes_twice_says_which_one() -> None:
    twice = [dt.datetime(2026, 10, 25, hour, 30, tzinfo=dt.UTC) for hour in (0, 1, 2)]
    assert [formatting.time(moment, BERLIN, "en") for moment in twice] == [
        "2:30 (CEST)",
        "2:30 (CET)",
        "3:30",
    ]


def test_the_hour_that_does_not_come_confuses_nothing() -> None:
    spring = [dt.datetime(2026, 3, 29, hour, 30, tzinfo=dt.UTC) for hour in (0, 1)]
    assert [formatting.time(moment, BERLIN, "en") for moment in spring] == ["1:30", "3:30"]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Di., 3. März, 09:30"),
        ("es", "mar, 3 mar, 9:30"),
        ("hi", "मंगल, 3 मार्च, 9:30 am"),
        ("de-AT", "Di., 3. März, 09:30"),
        ("qps", "Tue 3 Mar, 9:30"),
    ],
)
def test_other_languages_write_their_own_way(language: str, expected: str) -> None:
    assert formatting.when(VISIT, BERLIN, language, NOW) == expected


def test_wall_minutes() -> None:
    assert [formatting.clock(m, "en") for m in (0, 570, 1440, 1560)] == ["0:00", "9:30", "24:00", "2:00"]


def test_weekday_names_for_typed_lines() -> None:
    german = formatting.weekday_names("de")
    assert german["Mo"] == 0
    assert german["Sonntag"] == 6


def test_names() -> None:
    assert formatting.cut("x" * 41) == "x" * 37 + "..."
    assert formatting.cut("  Maria \n Keller ") == "Maria Keller"
    assert formatting.beside_time("Christina Keller") == "Christi."
    assert formatting.beside_time("Ana Novak") == "Ana"
    assert formatting.short_name("Maria Keller") == "Maria K."
    assert formatting.short_name("Aiko") == "Aiko"
    two = ["Maria Keller", "Maria Koch", "Johannes van der Berg"]
    assert formatting.short_names(two) == ["Maria K.", "Maria Ko.", "Johannes B."]


def test_a_cut_never_parts_a_letter_from_its_mark() -> None:
    name = "abcdefe\u0301ghij"  # e with an accent of its own
    assert formatting.beside_time(name) == "abcdefe\u0301."


def test_lists() -> None:
    assert formatting.listed(["Ana"], "en") == "Ana"
    assert formatting.listed(["Ana", "Marek", "Sara"], "en") == "Ana, Marek and Sara"
    assert formatting.listed(["Ana", "Marek"], "de") == "Ana und Marek"


def test_signed_words_stand_until_the_next_are_signed() -> None:
    catalogue = Catalogue.load()
    signed = catalogue.overlay(
        {"en": {"check.a": "As signed.", "own.key": "A question of ours.", "check.a.facts": "one"}, "xx": {}}
    )
    assert signed.say("en", "check.a") == "As signed."
    assert signed.say("en", "own.key") == "A question of ours."
    assert signed.forms("check.a.facts") == catalogue.forms("check.a.facts")
    assert catalogue.say("en", "check.a") != "As signed."


def test_a_name_that_ends_with_a_dot_ends_the_sentence() -> None:
    assert Catalogue.load().say("en", "alert.urgent", name="Maria K.") == "A call to make now: Maria K."
