"""The file that a phone's calendar reads."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from config.clock import to_minutes
from scheduling.calendar_file import CalendarEvent, calendar_file

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)


def event(**changes):
    starts = to_minutes(datetime(2027, 3, 29, 7, 30, tzinfo=UTC))
    values = {
        "appointment_id": "a1",
        "version": 3,
        "starts_at": starts,
        "ends_at": starts + 45,
        "title": "Visit at Mill Lane Clinic",
        "place": "Mill Lane 4, ground floor",
    }
    return CalendarEvent(**(values | changes))


@pytest.mark.parametrize(
    ("zone", "wall"),
    [("Europe/Berlin", datetime(2027, 3, 29, 9, 30)), ("America/New_York", datetime(2027, 3, 29, 3, 30))],
)
def test_the_hour_is_the_clinics_and_the_zone_travels_with_it(zone, wall):
    calendar = Calendar.from_ical(calendar_file(event(), ZoneInfo(zone), NOW))
    (entry,) = calendar.events
    assert entry.start.replace(tzinfo=None) == wall
    assert entry.start.tzinfo is not None
    assert entry.start.astimezone(UTC) == datetime(2027, 3, 29, 7, 30, tzinfo=UTC)
    assert [str(z["TZID"]) for z in calendar.timezones] == [zone]


def test_a_move_is_a_newer_version_of_the_same_event():
    files = [Calendar.from_ical(calendar_file(event(version=v), ZoneInfo("UTC"), NOW)) for v in (3, 4)]
    first, second = (calendar.events[0] for calendar in files)
    assert first["uid"] == second["uid"]
    assert (first["sequence"], second["sequence"]) == (3, 4)
    assert first["summary"] == "Visit at Mill Lane Clinic"


def test_a_cancelled_visit_says_so():
    calendar = Calendar.from_ical(calendar_file(event(cancelled=True), ZoneInfo("UTC"), NOW))
    assert calendar["method"] == "CANCEL"
    assert calendar.events[0]["status"] == "CANCELLED"
