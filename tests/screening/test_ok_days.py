"""Which day a doctor's OK may have and how long it counts, as tables."""

from __future__ import annotations

from datetime import date

import pytest

from screening.ok_days import BadOk, add_months, check, event_day, last_day

TODAY = date(2027, 6, 15)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 3, 1), 12, date(2028, 3, 1)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2027, 11, 15), 1, date(2027, 12, 15)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
    ],
)
def test_months_end_on_a_day_that_exists(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@pytest.mark.parametrize(
    ("who", "given_on", "code"),
    [
        ("", TODAY, "nobody"),
        (" \n", TODAY, "nobody"),
        ("Dr Novak", date(2027, 6, 16), "future"),
        ("Dr Novak", date(2026, 6, 14), "too_old"),
    ],
)
def test_an_ok_that_cannot_be_one(who: str, given_on: date, code: str) -> None:
    with pytest.raises(BadOk, match=f"^the OK cannot be taken: {code}$") as refused:
        check(who, given_on, TODAY)
    assert refused.value.code == code


@pytest.mark.parametrize("given_on", [TODAY, date(2027, 6, 14), date(2026, 6, 15)])
def test_an_ok_of_the_last_12_months_can_be_one(given_on: date) -> None:
    check("Dr Novak", given_on, TODAY)


@pytest.mark.parametrize(
    ("months", "given_on", "told_on", "until"),
    [
        (12, date(2027, 6, 1), TODAY, date(2028, 6, 1)),  # 12 months from its day, whatever was chosen
        (3, date(2027, 6, 1), TODAY, date(2027, 9, 15)),
        (1, date(2026, 6, 20), TODAY, date(2027, 6, 20)),
        (12, None, TODAY, date(2027, 12, 15)),  # without a day, 6 months from when it was told
        (12, None, date(2027, 4, 2), date(2027, 10, 2)),
        (2, None, date(2027, 4, 2), date(2027, 8, 15)),
    ],
)
def test_the_last_day_of_an_ok(months: int, given_on: date | None, told_on: date, until: date) -> None:
    assert last_day(TODAY, months, given_on, told_on) == until


@pytest.mark.parametrize(
    ("known", "told_on", "given_on", "day"),
    [
        (None, date(2027, 6, 3), date(2027, 6, 3), date(2027, 6, 3)),
        (date(2027, 5, 20), date(2027, 6, 3), date(2027, 5, 20), date(2027, 5, 20)),
        (date(2027, 6, 9), date(2027, 6, 3), date(2027, 6, 9), date(2027, 6, 3)),  # it was told before
    ],
)
def test_an_ok_answers_an_event_that_it_is_not_older_than(
    known: date | None, told_on: date, given_on: date, day: date
) -> None:
    assert event_day(known, told_on, given_on) == day


@pytest.mark.parametrize(
    ("known", "given_on", "code"),
    [
        (None, date(2027, 6, 2), "before"),
        (date(2027, 5, 20), date(2027, 5, 19), "before"),
        (date(2027, 5, 20), None, "no_date"),
    ],
)
def test_an_ok_from_before_the_event_says_nothing_of_it(
    known: date | None, given_on: date | None, code: str
) -> None:
    with pytest.raises(BadOk) as refused:
        event_day(known, date(2027, 6, 3), given_on)
    assert refused.value.code == code
