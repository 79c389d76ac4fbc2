"""What a free time is: the sweep against a slow reading of the rules, on nights of the clock change too."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.availability import (
    Calendar,
    DaysOff,
    WeeklyRule,
    hours_by_day,
    local,
    off_spans,
    offset_at,
    to_utc,
    working_time,
)
from scheduling.intervals import covers, merged, subtracted, total
from scheduling.slots import Room, free_starts, with_rooms

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NIGHTS = [
    (BERLIN, date(2027, 3, 28), 23, "skipped"),
    (BERLIN, date(2027, 10, 31), 25, "twice"),
    (NEW_YORK, date(2027, 3, 14), 23, "skipped"),
    (NEW_YORK, date(2027, 11, 7), 25, "twice"),
]


def spans(low=0, high=400, most=8):
    pair = st.tuples(st.integers(low, high), st.integers(0, 60)).map(lambda t: (t[0], t[0] + t[1]))
    return st.lists(pair, max_size=most)


def minutes(pairs):
    return {minute for start, end in pairs for minute in range(start, end)}


@given(spans(), spans())
def test_sums_of_time_are_sums_of_minutes(left, right):
    assert minutes(subtracted(left, right)) == minutes(left) - minutes(right)
    assert minutes(merged(left)) == minutes(left)
    assert total(left) == len(minutes(left))
    assert all(a[1] < b[0] for a, b in zip(merged(left), merged(left)[1:], strict=False))


@pytest.mark.parametrize(("zone", "day", "hours", "kind"), NIGHTS)
def test_a_night_of_the_clock_change(zone, day, hours, kind):
    calendar = Calendar(zone, day, 1)
    rules = [WeeklyRule(day.weekday(), 0, 480)]
    starts = free_starts(calendar, hours_by_day(calendar, rules), [], duration=60, step=15)
    walls = [local(t, zone) for t in starts]
    assert len(starts) == (hours - 24 + 8) * 4 - 3
    assert walls[0].replace(tzinfo=None) == datetime(day.year, day.month, day.day)
    assert (walls[-1].hour, walls[-1].minute) == (7, 0)
    at_two = [wall for wall in walls if wall.hour == 2]
    at_one = [wall for wall in walls if wall.hour == 1]
    change = at_two if zone is BERLIN or kind == "skipped" else at_one
    assert len(change) == (0 if kind == "skipped" else 8)


@pytest.mark.parametrize(("zone", "day", "hours", "kind"), NIGHTS)
def test_a_whole_day_off_is_as_long_as_the_day(zone, day, hours, kind):
    calendar = Calendar(zone, day - timedelta(1), 3)
    assert off_spans(calendar, [DaysOff(day, day)]) == [(to_utc(day, 0, zone), to_utc(day, 1440, zone))]
    assert total(off_spans(calendar, [DaysOff(day, day)])) == hours * 60


@pytest.mark.parametrize(("zone", "day", "hours", "kind"), NIGHTS)
def test_hours_over_midnight_into_the_change(zone, day, hours, kind):
    calendar = Calendar(zone, day - timedelta(1), 2)
    rules = [WeeklyRule((day.weekday() - 1) % 7, 1200, 1440 + 360)]
    ((start, end),) = working_time(calendar, hours_by_day(calendar, rules))
    assert (local(start, zone).hour, local(end, zone).hour) == (20, 6)
    assert end - start == (10 + hours - 24) * 60


def test_a_wall_time_that_is_skipped_counts_as_the_moment_of_the_change():
    assert to_utc(date(2027, 3, 28), 150, BERLIN) == to_utc(date(2027, 3, 28), 180, BERLIN)
    assert to_utc(date(2027, 10, 31), 150, BERLIN) == to_utc(date(2027, 10, 31), 90, BERLIN) + 60


def test_a_midnight_that_is_skipped():
    zone = ZoneInfo("Africa/Cairo")  # 2027-04-30, 0:00 becomes 1:00
    calendar = Calendar(zone, date(2027, 4, 29), 3)
    assert [b - a for a, b in zip(calendar.midnights, calendar.midnights[1:], strict=False)][:3] == [
        1440,
        1380,
        1440,
    ]
    assert local(calendar.midnights[1], zone).hour == 1


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_the_offsets_of_a_calendar(zone):
    calendar = Calendar(zone, date(2027, 3, 1), 300)
    stretches = calendar.offsets()
    assert len(stretches) == 3
    assert [stretches[0][0], stretches[-1][1]] == [calendar.midnights[0], calendar.midnights[301]]
    for since, until, offset in stretches:
        assert {offset_at(t, zone) for t in (since, (since + until) // 2, until - 1)} == {offset}


grid = st.integers(0, 95).map(lambda k: k * 15)
day_hours = st.lists(st.tuples(grid, st.integers(1, 40).map(lambda k: k * 15)), max_size=2).map(
    lambda pairs: merged((a, a + b) for a, b in pairs)
)


@st.composite
def worlds(draw):
    zone, night, _, _ = draw(st.sampled_from(NIGHTS))
    first = night - timedelta(draw(st.integers(0, 3)))
    base = to_utc(first, 0, zone)
    near = st.tuples(st.integers(0, 5 * 1440), st.integers(5, 300)).map(
        lambda t: (base + t[0], base + sum(t))
    )
    return {
        "calendar": Calendar(zone, first, 5),
        "rules": [WeeklyRule(d, a, b) for d in range(7) for a, b in draw(day_hours)],
        "override": {night: draw(day_hours)} if draw(st.booleans()) else {},
        "busy": merged(draw(st.lists(near, max_size=12))),
        "off": merged(draw(st.lists(near, max_size=3))),
        "duration": draw(st.sampled_from([30, 45, 60])),
        "before": draw(st.sampled_from([0, 10, 15])),
        "after": draw(st.sampled_from([0, 15])),
        "not_before": base + draw(st.integers(-100, 2000)),
    }


@given(worlds())
def test_the_sweep_finds_what_a_slow_search_finds(world):
    calendar = world["calendar"]
    hours = hours_by_day(calendar, world["rules"], world["override"])
    found = free_starts(
        calendar,
        hours,
        world["busy"],
        world["off"],
        duration=world["duration"],
        step=15,
        before=world["before"],
        after=world["after"],
        not_before=world["not_before"],
    )
    expected = set()
    holes = [*((a - world["before"], b + world["after"]) for a, b in world["busy"]), *world["off"]]
    for index, ranges in enumerate(hours):
        midnight = calendar.midnights[index]
        for wall in ranges:
            left = subtracted([calendar.span(index, *wall)], holes)
            for k in range(200):
                start = midnight + 15 * k
                if start >= world["not_before"] and covers(left, start, start + world["duration"]):
                    expected.add(start)
    assert found == sorted(expected)


@given(spans(most=4).map(merged), spans(most=4).map(merged), st.lists(st.integers(0, 400), max_size=9))
def test_the_first_free_room_is_taken(first, second, starts):
    rooms = [Room("r1", first), Room("r2", second)]
    got = dict(with_rooms(sorted(starts), 30, rooms))
    for start in starts:
        free = [
            name
            for name, busy in (("r1", first), ("r2", second))
            if not minutes(busy) & set(range(start, start + 30))
        ]
        assert got.get(start) == (free[0] if free else None)


def test_rules_hold_from_their_first_day_to_before_their_last():
    calendar = Calendar(BERLIN, date(2027, 3, 1), 15)
    rules = [
        WeeklyRule(0, 540, 600, valid_until=date(2027, 3, 8)),
        WeeklyRule(0, 600, 660, valid_from=date(2027, 3, 8)),
    ]
    hours = hours_by_day(calendar, rules, {date(2027, 3, 15): []})
    assert [hours[0], hours[7], hours[14]] == [[(540, 600)], [(600, 660)], []]


def test_nothing_is_naive():
    assert local(0, BERLIN).tzinfo is not None
    assert datetime.fromtimestamp(0, UTC) == local(0, BERLIN)
