"""The typed line of hours: all rows of the table on paper, then what the table does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling import hours
from scheduling.hours import HoursError, Words, grouped, typed, written
from scheduling.intervals import merged
from scheduling.typed_hours import parse

NAMES = ("Ana", "Marek", "Sara")
WORDS = Words(
    days=hours.SHORT,
    run="{a} to {b}",
    both="{a} and {b}",
    closed="{days} closed",
    over="{day} {starts} to {next} {ends}",
)

READ = [
    (1, "Mon-Fri 9-13, Wed 15-18", "Mon, Tue, Thu, Fri 9:00-13:00; Wed 9:00-13:00 and 15:00-18:00"),
    (2, "Tue,Thu 9:30-12, 13-16", "Tue, Thu 9:30-12:00 and 13:00-16:00"),
    (3, "weekdays 8.30am-1pm", "Mon to Fri 8:30-13:00"),
    (4, "Sat off", "Sat closed"),
    (5, "Ana mon/wed 0900-1200 + 1400-1700", "Mon, Wed 9:00-12:00 and 14:00-17:00"),
    (6, "Fri 20-2 next day", "Fri 20:00 to Sat 2:00"),
]


@pytest.mark.parametrize(("row", "line", "text"), READ)
def test_rows_that_are_understood(row, line, text):
    (change,) = parse(line, NAMES)
    assert written(change.week, WORDS) == text
    assert change.who == ("Ana" if row == 5 else None)
    assert parse(typed(change.week))[0].week == change.week


REFUSED = [
    (7, "Mon-Fry 9-13", "day", {"text": "Fry"}, None),
    (8, "Mon 9-25:00", "time", {"text": "25:00"}, None),
    (9, "Mon 9-5", "order", {"day": 0, "starts": 540, "ends": 300}, "Mon 9-17:00"),
    (
        10,
        "Mon 9-13, Mon 12-15",
        "overlap",
        {"day": 0, "starts": 540, "ends": 780, "starts2": 720, "ends2": 900, "starts3": 540, "ends3": 900},
        "Mon 9:00-15:00",
    ),
    (11, "Mon 9", "no_end", {"text": "Mon 9", "day": 0}, None),
    (12, "9-13", "no_day", {"text": "9-13"}, None),
    (13, "Mon 9:07-12", "step", {"text": "9:07", "before": 545, "after": 550}, None),
    (14, "Mon 9-9", "empty", {"day": 0, "at": 540}, None),
    (
        15,
        "Anna Mon 9-13",
        "who",
        {"text": "Anna", "names": "Ana, Marek, Sara", "name": "Ana"},
        "Ana Mon 9-13",
    ),
    (16, "mornings please", "unread", {"text": "mornings please"}, "Mon-Fri 9-13"),
]


@pytest.mark.parametrize(("row", "line", "code", "params", "fix"), REFUSED)
def test_rows_that_are_refused(row, line, code, params, fix):
    with pytest.raises(HoursError) as caught:
        parse(line, NAMES)
    assert (caught.value.code, caught.value.params, caught.value.fix) == (code, params, fix)
    if fix is not None:
        parse(fix, NAMES)


@pytest.mark.parametrize(
    ("line", "week"),
    [
        ("Fri-Mon 9-12", {4: ((540, 720),), 5: ((540, 720),), 6: ((540, 720),), 0: ((540, 720),)}),
        ("MON–FRI 9 to 13", {d: ((540, 780),) for d in range(5)}),
        ("monday 9—13", {0: ((540, 780),)}),
        ("Tues 9-12 and 12-14", {1: ((540, 840),)}),
        ("daily 9:30pm-11pm", {d: ((1290, 1380),) for d in range(7)}),
        ("Mon 12am-12pm", {0: ((0, 720),)}),
        ("Mon 0-24", {0: ((0, 1440),)}),
        ("Mon 1-5pm", {0: ((780, 1020),)}),
        ("Mon 9-5pm", {0: ((540, 1020),)}),
        ("Mon 9.-13", None),
        ("Mon-Fri 9-13, Wed off", {d: (((540, 780),) if d != 2 else ()) for d in range(5)}),
        ("Sun 22-3 next day", {6: ((1320, 1620),)}),
        ("Mon/Wed/Fri 9-10", {0: ((540, 600),), 2: ((540, 600),), 4: ((540, 600),)}),
        ("Mon, Wed 9-10", {0: ((540, 600),), 2: ((540, 600),)}),
    ],
)
def test_ways_to_write(line, week):
    if week is None:
        with pytest.raises(HoursError):
            parse(line)
    else:
        assert parse(line)[0].week == week


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("", "unread"),
        ("Mon", "unread"),
        ("Mon 9-", "no_end"),
        ("Mon off off", "unread"),
        ("Fry 9-13", "day"),
        ("Mon 9-13,", "unread"),
        ("Mon 9-13pm", "time"),
        ("Mon 9:7-10", "time"),
        ("Mon 24:05-3 next day", "time"),
        ("Mon 9-10 next day", "unread"),
        ("Mon 20-2", "order"),
        ("Fri 20-4 next day, Sat 3-9", "overlap"),
        ("Mon 9-13 🙂", "unread"),
        ("Bob off", "unread"),
    ],
)
def test_more_refusals(line, code):
    with pytest.raises(HoursError) as caught:
        parse(line, NAMES)
    assert caught.value.code == code


def test_no_fix_is_offered_where_half_a_day_later_makes_no_sense():
    with pytest.raises(HoursError) as caught:
        parse("Mon 20-2")
    assert caught.value.fix is None


def test_groups_keep_the_person_until_another_is_named():
    changes = parse("Mon-Fri 9-13; Sara Tue,Thu 14-16; Wed 8-9\nall Sat off", NAMES)
    assert [change.who for change in changes] == [None, "Sara", "Sara", "all"]
    assert changes[1].week == {1: ((840, 960),), 3: ((840, 960),)}


def test_day_names_of_another_language_in_any_case():
    german = {"Mo": 0, "Di": 1, "Mi": 2, "Do": 3, "Fr": 4, "Sa": 5, "So": 6, "Mittwoch": 2}
    assert parse("MO.-Mi. 9-13, mittwoch 15-18", (), german)[0].week == {
        0: ((540, 780),),
        1: ((540, 780),),
        2: ((540, 780), (900, 1080)),
    }


def test_a_name_of_two_words_and_one_that_begins_another():
    names = ("Ana", "Ana Maria", "Jean-Luc")
    assert parse("ana maria Mon 9-10", names)[0].who == "Ana Maria"
    assert parse("Ana Mon 9-10", names)[0].who == "Ana"
    assert parse("jean-luc Mon 9-10", names)[0].who == "Jean-Luc"


def test_days_with_the_same_hours_stand_together():
    week = {0: ((540, 780),), 1: (), 2: ((540, 780),)}
    assert grouped(week) == [((0, 2), ((540, 780),)), ((1,), ())]


ranges = st.lists(
    st.tuples(st.integers(0, 285), st.integers(1, 60)).map(
        lambda t: (t[0] * 5, min((t[0] + t[1]) * 5, 1440))
    ),
    max_size=3,
).map(lambda spans: tuple(merged(spans)))


@given(st.dictionaries(st.integers(0, 6), ranges, min_size=1))
def test_what_is_written_is_read_back(week):
    assert parse(typed(week))[0].week == week


@given(st.text(alphabet="MonTueFri 0123456789:.-,/+;offandnextdayAna\n", max_size=40))
def test_any_line_is_read_or_refused(line):
    try:
        changes = parse(line, NAMES)
    except HoursError:
        return
    assert all(start < end <= start + 1440 for c in changes for s in c.week.values() for start, end in s)
