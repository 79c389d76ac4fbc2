"""Deadlines for people, in the hours when the house is open."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling import promises

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: [(480, 1080)] for day in range(4)} | {4: [(480, 720), (780, 960)]}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "minutes", "then"),
    [
        ("2027-03-01 09:00", 60, "2027-03-01 10:00"),
        ("2027-03-01 06:00", 60, "2027-03-01 09:00"),  # before the doors open
        ("2027-03-01 17:30", 60, "2027-03-02 08:30"),  # half today, half tomorrow
        ("2027-03-05 11:45", 60, "2027-03-05 13:45"),  # over the lunch break
        ("2027-03-05 15:45", 60, "2027-03-08 08:45"),  # over the weekend
        ("2027-03-27 12:00", 60, "2027-03-29 09:00"),  # over the change of the clock
    ],
)
def test_minutes_count_only_open_time(now: str, minutes: int, then: str) -> None:
    assert promises.within(WEEK, BERLIN, at(now), minutes) == at(then)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2027-03-01 09:00", "2027-03-01 18:00"),
        ("2027-03-01 17:30", "2027-03-02 18:00"),
        ("2027-03-06 09:00", "2027-03-08 18:00"),
    ],
)
def test_end_of_day_is_a_day_on_which_somebody_is_there(now: str, then: str) -> None:
    assert promises.by_end_of_day(WEEK, BERLIN, at(now)) == at(then)
