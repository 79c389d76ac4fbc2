"""Days as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from scheduling.typed_days import Days, NotADay, parse

TODAY = date(2027, 3, 1)


def day(month: int, number: int, year: int = 2027) -> date:
    return date(year, month, number)


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("3 Mar", day(3, 3), day(3, 3)),
        ("3 march", day(3, 3), day(3, 3)),
        ("Mar 3", day(3, 3), day(3, 3)),
        ("3-7 Mar", day(3, 3), day(3, 7)),
        ("3 to 7 Mar", day(3, 3), day(3, 7)),
        ("28 Mar - 3 Apr", day(3, 28), day(4, 3)),
        ("28 Dec - 3 Jan", day(12, 28, 2026), day(1, 3)),
        ("1 May", day(5, 1), day(5, 1)),
        ("1 May 2028", day(5, 1, 2028), day(5, 1, 2028)),
        ("2027-03-03", day(3, 3), day(3, 3)),
        ("today", TODAY, TODAY),
        ("tomorrow", day(3, 2), day(3, 2)),
        ("27 Feb", day(2, 27), day(2, 27)),
        ("1 Sep", day(9, 1), day(9, 1)),
        ("5 Mai", day(5, 5), day(5, 5)),
    ],
)
def test_days_that_are_understood(typed: str, first: date, last: date) -> None:
    assert parse(typed, TODAY, {"Mai": 5}) == Days(first, last)


@pytest.mark.parametrize("typed", ["", "soon", "3", "31 Feb", "7-3 Mar", "3 Foo", "1-2-3 Mar", "2027-02-30"])
def test_words_that_are_no_day(typed: str) -> None:
    with pytest.raises(NotADay):
        parse(typed, TODAY)
