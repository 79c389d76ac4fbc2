"""When the questions of a visit go out, close and cost the time: a table, clock changes too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.clock import from_minutes, to_minutes
from scheduling.availability import local_minute
from scheduling.opening import after_quiet, before_quiet, is_quiet, open_after
from scheduling.reminders import Timing, moments

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
QUIET = (21 * 60, 7 * 60)


def at(text, zone=BERLIN):
    """ "2027-03-02 9:30" on the zone's wall clock."""
    day, hour = text.split(" ")
    return to_minutes(datetime.strptime(f"{day} {hour}", "%Y-%m-%d %H:%M").replace(tzinfo=zone))


def shown(minute, zone=BERLIN):
    return None if minute is None else from_minutes(minute).astimezone(zone).strftime("%d %H:%M")


LONG_AGO = "2027-02-01 12:00"


@pytest.mark.parametrize(
    ("start", "booked", "check", "nudge", "cutoff", "release", "recheck"),
    [
        # the usual visit: a day before, half-way, twelve hours, four, three
        ("2027-03-03 14:00", LONG_AGO, "02 14:00", "02 20:00", "03 02:00", "03 10:00", "03 11:00"),
        ("2027-03-03 9:30", LONG_AGO, "02 09:30", "02 15:30", "02 21:30", "03 05:30", "03 07:00"),
        # never in quiet hours: before them, so that there is time to answer
        ("2027-03-03 22:00", LONG_AGO, "02 20:45", "03 07:00", "03 10:00", "03 18:00", "03 19:00"),
        ("2027-03-03 6:00", LONG_AGO, "01 20:45", "02 07:22", "02 18:00", "03 02:00", None),
        # booked inside the day: at once
        ("2027-03-03 14:00", "2027-03-02 18:00", "02 18:00", "02 20:45", "03 02:00", "03 10:00", "03 11:00"),
        # booked after the cut-off: closed at once, the check stands before Confirm
        ("2027-03-03 14:00", "2027-03-03 8:00", None, None, "03 08:00", "03 10:00", "03 11:00"),
        # the re-check: never before 7:00; a visit before 7:30 is asked at the door
        ("2027-03-03 10:00", LONG_AGO, "02 10:00", "02 16:00", "02 22:00", "03 06:00", "03 07:00"),
        ("2027-03-03 7:30", LONG_AGO, "02 07:30", "02 13:30", "02 19:30", "03 03:30", "03 07:00"),
        ("2027-03-03 7:15", LONG_AGO, "02 07:15", "02 13:15", "02 19:15", "03 03:15", None),
        ("2027-03-03 14:00", "2027-03-03 12:30", None, None, "03 12:30", "03 10:00", "03 12:30"),
        ("2027-03-03 14:00", "2027-03-03 13:50", None, None, "03 13:50", "03 10:00", None),
        # both nights of the clock change: hours that pass, walls that jump
        ("2027-03-28 9:00", LONG_AGO, "27 08:00", "27 14:00", "27 20:00", "28 05:00", "28 07:00"),
        ("2027-10-31 9:00", LONG_AGO, "30 10:00", "30 16:00", "30 22:00", "31 05:00", "31 07:00"),
        ("2027-03-28 14:00", LONG_AGO, "27 13:00", "27 19:00", "28 01:00", "28 10:00", "28 11:00"),
        ("2027-10-31 14:00", LONG_AGO, "30 15:00", "30 20:45", "31 02:00", "31 10:00", "31 11:00"),
    ],
)
def test_the_moments_of_a_visit(start, booked, check, nudge, cutoff, release, recheck):
    got = moments(at(start), at(booked), Timing(BERLIN, QUIET))
    assert [shown(m) for m in (got.check, got.nudge, got.cutoff, got.release, got.recheck)] == [
        check,
        nudge,
        cutoff,
        release,
        recheck,
    ]
    assert got.door == at(start)


@pytest.mark.parametrize(
    ("start", "check", "recheck"),
    [("2027-03-14 9:00", "13 08:00", "14 07:00"), ("2027-11-07 9:00", "06 10:00", "07 07:00")],
)
def test_the_same_nights_in_new_york(start, check, recheck):
    got = moments(at(start, NEW_YORK), at(LONG_AGO, NEW_YORK), Timing(NEW_YORK, QUIET))
    assert (shown(got.check, NEW_YORK), shown(got.recheck, NEW_YORK)) == (check, recheck)
    assert at(start, NEW_YORK) - got.check == 24 * 60


@pytest.mark.parametrize(("hours", "check"), [(48, "01 14:00"), (36, "01 20:45"), (12, "02 20:45")])
def test_the_clinic_may_set_when_the_check_goes_out(hours, check):
    got = moments(at("2027-03-03 14:00"), at(LONG_AGO), Timing(BERLIN, QUIET, check_hours=hours))
    assert shown(got.check) == check


def test_two_days_before_in_quiet_hours_waits_for_the_morning():
    got = moments(at("2027-03-03 6:30"), at(LONG_AGO), Timing(BERLIN, QUIET, check_hours=48))
    assert shown(got.check) == "01 07:00"


@given(
    st.sampled_from([BERLIN, NEW_YORK]),
    st.integers(0, 364 * 96),
    st.integers(0, 20 * 96),
    st.integers(12, 48),
)
def test_whatever_the_visit_the_order_holds(zone, quarter, ahead, hours):
    start = at("2027-01-02 0:00", zone) + quarter * 15
    now = start - ahead * 15
    got = moments(start, now, Timing(zone, QUIET, check_hours=hours))
    assert now <= got.cutoff <= start
    if got.check is not None:
        assert now <= got.check < got.cutoff
        assert start - got.check <= 48 * 60 or got.check == now
        booked_early = now < start - 60 * 60
        assert not is_quiet(got.check, QUIET, zone) or not booked_early
    if got.nudge is not None:
        assert got.check < got.nudge < got.cutoff
        assert not is_quiet(got.nudge, QUIET, zone)
    if got.recheck is not None:
        assert got.recheck >= now
        assert local_minute(got.recheck, zone) >= 420
        assert start - got.recheck <= 3 * 60


@given(st.integers(0, 365 * 1440), st.sampled_from([BERLIN, NEW_YORK]))
def test_quiet_hours_end_and_begin(offset, zone):
    minute = at("2027-01-01 0:00", zone) + offset
    after, before = after_quiet(minute, QUIET, zone), before_quiet(minute, QUIET, zone)
    assert before <= minute <= after
    assert not is_quiet(after, QUIET, zone)
    assert not is_quiet(before, QUIET, zone)
    assert after - minute <= 11 * 60


OPEN = {day: [(480, 1080)] for day in range(4)} | {4: [(480, 720), (780, 960)]}


@pytest.mark.parametrize(
    ("now", "minutes", "by"),
    [
        ("2027-03-01 9:00", 15, "01 09:15"),
        ("2027-03-01 17:50", 15, "02 08:05"),
        ("2027-03-01 22:00", 60, "02 09:00"),
        ("2027-03-05 11:50", 60, "05 13:50"),
        ("2027-03-05 15:55", 15, "08 08:10"),
        ("2027-03-27 12:00", 60, "29 09:00"),
    ],
)
def test_calls_are_promised_inside_opening_hours(now, minutes, by):
    assert shown(open_after(at(now), minutes, OPEN, BERLIN)) == by


def test_a_clinic_that_is_never_open_promises_the_plain_time():
    assert open_after(100, 15, {}, BERLIN) == 115
