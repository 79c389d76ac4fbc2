"""Which times come first, and with which reason."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.availability import Calendar, local_day, to_utc
from scheduling.matching import Needs, RoomTag, Skills, rooms_in_order, suitable
from scheduling.ranking import Wishes, nearest, rank, window_of

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2027, 3, 25)  # the clock changes on the 28th
CALENDAR = Calendar(ZONE, FIRST, 10)
MORNING = (480, 720)


def at(day, hour, minute=0):
    return to_utc(date(2027, 3, day), hour * 60 + minute, ZONE)


def free(**starts):
    return {who: [(t, "r1") for t in sorted(times)] for who, times in starts.items()}


def shown(picks):
    return [(p.starts_at, p.therapist_id, p.reason) for p in picks]


def test_the_clinics_morning_comes_first_and_days_are_spread():
    times = free(ana=[at(25, 15), at(26, 9), at(26, 10), at(29, 9), at(30, 14), at(31, 11)])
    assert shown(rank(CALENDAR, times, Wishes(MORNING))) == [
        (at(26, 9), "ana", "cool_morning"),
        (at(29, 9), "ana", "cool_morning"),
        (at(31, 11), "ana", "cool_morning"),
    ]


def test_the_clients_own_best_time_wins_over_the_morning_and_over_good_hours():
    times = free(ana=[at(25, 9), at(25, 15), at(26, 9), at(29, 15)])
    wishes = Wishes(MORNING, best=window_of("afternoon", MORNING), good_hours=(660, 840))
    picks = shown(rank(CALENDAR, times, wishes))
    assert picks[:2] == [(at(25, 15), "ana", "best_time"), (at(29, 15), "ana", "best_time")]
    assert picks[2][0] == at(26, 9)


def test_parkinsons_good_hours_stand_in_for_a_best_time():
    times = free(ana=[at(25, 9), at(26, 12)])
    picks = shown(rank(CALENDAR, times, Wishes(MORNING, good_hours=(660, 840))))
    assert picks[0] == (at(26, 12), "ana", "good_hours")
    assert picks[1] == (at(25, 9), "ana", "soonest")


def test_the_same_hour_and_the_same_therapist_are_worth_a_short_wait():
    times = free(ana=[at(26, 17)], marek=[at(25, 16)])
    wishes = Wishes(MORNING, last_minute=17 * 60, last_therapist="ana")
    assert shown(rank(CALENDAR, times, wishes, n=1)) == [(at(26, 17), "ana", "same_hour")]
    wishes = Wishes(MORNING, last_minute=8 * 60, last_therapist="ana")
    picks = shown(rank(CALENDAR, free(ana=[at(26, 17)], marek=[at(25, 17)]), wishes, n=2))
    assert picks == [(at(26, 17), "ana", "same_therapist"), (at(25, 17), "marek", "soonest")]


def test_a_cool_room_for_those_whom_heat_harms():
    times = {"ana": [(at(25, 17), "warm"), (at(26, 17), "cool")]}
    picks = rank(CALENDAR, times, Wishes(MORNING, cool=True), cool_rooms=frozenset({"cool"}), n=1)
    assert [(p.room_id, p.reason) for p in picks] == [("cool", "cool_room")]


def test_fewer_days_than_wanted_are_filled_with_other_hours_of_the_same_day():
    times = free(ana=[at(25, 9), at(25, 9, 15), at(25, 10), at(25, 16)])
    assert [p.starts_at for p in rank(CALENDAR, times, Wishes(MORNING))] == [
        at(25, 9),
        at(25, 10),
        at(25, 16),
    ]


def test_after_the_clock_change_the_hour_is_the_wall_clocks():
    wishes = Wishes(MORNING, best=(540, 600))
    times = free(ana=[at(27, 9), at(27, 10), at(29, 9), at(29, 10)])
    assert [p.starts_at for p in rank(CALENDAR, times, wishes, n=2)] == [at(27, 9), at(29, 9)]


def test_the_nearest_to_a_time_that_was_taken():
    times = free(ana=[at(25, 9), at(25, 11)], marek=[at(25, 11), at(25, 14)])
    picks = [(p.starts_at, p.therapist_id) for p in nearest(times, at(25, 10), "ana")]
    assert picks == [(at(25, 9), "ana"), (at(25, 11), "ana"), (at(25, 14), "marek")]


starts = st.lists(st.integers(0, 10 * 96 - 1).map(lambda k: CALENDAR.midnights[0] + 15 * k), unique=True)


@given(starts, starts, st.sampled_from([None, "morning", "midday", "afternoon"]), st.integers(1, 10))
def test_suggestions_are_free_distinct_and_none_is_worse_than_one_left_out(ana, marek, best, n):
    inside = [t for t in ana if t < CALENDAR.midnights[10]]
    also = [t for t in marek if t < CALENDAR.midnights[10]]
    times = free(ana=inside, marek=also)
    wishes = Wishes(MORNING, best=window_of(best, MORNING))
    picks = rank(CALENDAR, times, wishes, n=n)
    assert len({p.starts_at for p in picks}) == len(picks) <= n
    assert all((p.starts_at, p.room_id) in times[p.therapist_id] for p in picks)
    days = {local_day(t, ZONE) for t in inside + also}
    assert len({local_day(p.starts_at, ZONE) for p in picks}) == min(n, len(days))


@pytest.mark.parametrize(
    ("needs", "expected"), [(Needs(), ["ana", "marek"]), (Needs(oncology=True), ["ana"])]
)
def test_only_the_trained_may_treat(needs, expected):
    staff = [Skills("ana", True, True), Skills("marek", True), Skills("sara", False, True)]
    assert suitable(staff, needs) == expected


def test_cool_rooms_are_kept_for_those_who_need_them():
    rooms = [RoomTag("cool", True), RoomTag("warm")]
    assert [r.room_id for r in rooms_in_order(rooms, Needs())] == ["warm", "cool"]
    assert [r.room_id for r in rooms_in_order(rooms, Needs(cool=True))] == ["cool", "warm"]
