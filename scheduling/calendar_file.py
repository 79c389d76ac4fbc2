"""A visit as a calendar file: the same event whatever moves, and not a word about health in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from scheduling.availability import local


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """What a file says. Times in UTC minutes; `version` grows with every move and cancel."""

    appointment_id: str
    version: int
    starts_at: int
    ends_at: int
    title: str
    """"Visit at {clinic}", in the reader's language."""
    place: str
    cancelled: bool = False


def calendar_file(event: CalendarEvent, zone: ZoneInfo, now: datetime) -> bytes:
    """The bytes of an .ics file. A newer version replaces the older one in a calendar that knows the UID."""
    entry = Event()
    entry.add("uid", f"{event.appointment_id}@gentle-hours")
    entry.add("sequence", event.version)
    entry.add("dtstamp", now)
    entry.add("dtstart", local(event.starts_at, zone))
    entry.add("dtend", local(event.ends_at, zone))
    entry.add("summary", event.title)
    entry.add("location", event.place)
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    entry.add("class", "PRIVATE")
    entry.add("transp", "TRANSPARENT" if event.cancelled else "OPAQUE")

    calendar = Calendar()
    calendar.add("prodid", "-//Gentle Hours//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if event.cancelled else "PUBLISH")
    calendar.add_component(entry)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
