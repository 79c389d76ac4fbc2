"""Which day a doctor's OK may have, and how long it counts (rule 9). Pure; days are clinic days."""

from __future__ import annotations

import calendar
from datetime import date

MONTHS = 12
# "In the last 12 months" names no day, so it is asked again half-way rather than believed for a whole year.
MONTHS_WITHOUT_DAY = 6


class BadOk(Exception):
    """The OK cannot be taken.

    `code`: future | too_old | nobody | no_date | letter (a written one is needed) | before (it is from before
    what it should answer).
    """

    def __init__(self, code: str) -> None:
        super().__init__(f"the OK cannot be taken: {code}")
        self.code = code


def add_months(day: date, months: int) -> date:
    """The same day some months on, or the last of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def check(who: str, given_on: date, today: date) -> None:
    """Whether an OK of that day can be one. Raises: BadOk."""
    if not who.strip():
        raise BadOk("nobody")
    if given_on > today:
        raise BadOk("future")
    if add_months(given_on, MONTHS) < today:
        raise BadOk("too_old")


def last_day(today: date, months: int, given_on: date | None, told_on: date) -> date:
    """The last day of an OK that is taken today for `months`, never past 12 from the day that it was given.

    `given_on` None: without a day, told on `told_on`.
    """
    limit = add_months(given_on, MONTHS) if given_on else add_months(told_on, MONTHS_WITHOUT_DAY)
    return min(add_months(today, months), limit)


def event_day(known: date | None, told_on: date, given_on: date | None) -> date:
    """The day of an event that an OK of `given_on` names: the known one, else that on which we were told.

    Raises: BadOk if the OK is from before it, or of no day.
    """
    if given_on is None:
        raise BadOk("no_date")
    day = min(known or told_on, told_on)
    if given_on < day:
        raise BadOk("before")
    return day
