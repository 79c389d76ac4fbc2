"""What is due for a visit and what counts for it, hour by hour, as tables (rules 4 and 10)."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from screening.answered import Answered, Visit, profile_due
from screening.hold_rows import HoldView
from screening.policy import LiftBy

ZONE = ZoneInfo("Europe/Berlin")
START = datetime(2027, 3, 9, 23, 30, tzinfo=UTC)  # the tenth of March, half past midnight, in Berlin
SECOND = timedelta(seconds=1)


def before(hours: float) -> datetime:
    return START - timedelta(hours=hours)


def told(phase: str, hours: float, **more: bool) -> Answered:
    return Answered(phase, before(hours), **more)


def hold(hours: float = 30, lift_by: LiftBy = LiftBy.LEAD, earliest: date | None = None) -> HoldView:
    empty: dict[str, Any] = {field.name: None for field in fields(HoldView)}
    return HoldView(**{**empty, "set_at": before(hours), "lift_by": lift_by, "earliest": earliest})


def visit(
    *rounds: Answered, now: datetime = START, holds: tuple[HoldView, ...] = (), early: bool = False
) -> Visit:
    """With its rounds as the file gives them: newest first."""
    return Visit(START, now, sorted(rounds, key=lambda one: one.at, reverse=True), holds, early)


CHECK, AGAIN = told("check", 20), told("recheck", 2)
BY_HELPER, HURRIED = told("check", 20, by_helper=True), told("check", 20, hurried=True)


@pytest.mark.parametrize(
    ("rounds", "full", "again", "red"),
    [
        ((), False, False, False),
        ((CHECK,), True, False, False),
        ((CHECK, AGAIN), True, True, False),
        ((AGAIN,), False, True, False),
        # to the second
        ((told("check", 48),), True, False, False),
        ((Answered("check", before(48) - SECOND),), False, False, False),
        ((CHECK, told("recheck", 4)), True, True, False),
        ((CHECK, Answered("recheck", before(4) - SECOND)), True, False, False),
        # which rounds are a full check, and which the question of the day
        ((told("first_full", 20),), True, False, False),
        ((told("first", 20),), False, False, False),
        ((told("profile", 20),), False, False, False),
        ((CHECK, told("door", 0)), True, True, False),
        ((CHECK, told("door_red", 0)), True, True, False),
        ((CHECK, told("check", 1)), True, False, False),
        # one that was cut short is none
        ((told("check", 20, stopped=True),), False, False, False),
        ((told("check", 30), told("check", 20, stopped=True)), True, False, False),
        ((CHECK, told("recheck", 2, stopped=True)), True, False, False),
        # red cards in a hurry, or from a helper: read out at the door, by whom they are told does not matter
        ((HURRIED, AGAIN), True, True, True),
        ((BY_HELPER, AGAIN), True, True, True),
        ((CHECK, told("recheck", 2, by_helper=True)), True, True, True),
        ((CHECK, told("recheck", 2, hurried=True)), True, True, False),  # it has no red card
        ((HURRIED, told("door_red", 0)), True, True, False),
        ((HURRIED, told("door_red", 5)), True, False, True),
        ((BY_HELPER, told("door", 0)), True, True, True),
        ((HURRIED, told("check", 10)), True, False, False),  # the newest counts
        ((CHECK, told("check", 10, hurried=True)), True, False, True),
        # the red cards of a check in the window were asked with the booking
        ((told("window", 20),), False, False, True),
        ((told("window", 20), told("first", 40)), True, False, False),
        ((told("window", 20), Answered("first", before(48) - SECOND)), False, False, True),
        ((told("window", 20), told("first", 40, hurried=True)), True, False, True),
        ((told("window", 20), told("first", 40, by_helper=True)), True, False, True),
        ((told("window", 20, hurried=True), told("first", 40)), True, False, True),
    ],
)
def test_what_counts_for_a_visit(rounds: tuple[Answered, ...], full: bool, again: bool, red: bool) -> None:
    found = visit(*rounds).validity()
    assert (found.full_ok, found.recheck_ok, found.door_red) == (full, again, red)
    assert found.screened is (full and again and not red)
    assert found.door is (full and (red or not again))
    assert found.holds == ()


@pytest.mark.parametrize(
    ("set_hours_ago", "full"),
    [(30, True), (20, True), (19, False)],  # set before the check, by it, and since
)
def test_a_hold_stops_the_visit_and_one_that_is_newer_the_check_too(set_hours_ago: int, full: bool) -> None:
    holds = (hold(30), hold(set_hours_ago))
    found = visit(CHECK, AGAIN, holds=holds).validity()
    assert (found.full_ok, found.screened, found.door) == (full, False, False)
    assert found.holds == holds
    assert not visit(CHECK, holds=holds).validity().door


def test_a_check_that_ended_a_hold_ahead_counts_for_a_later_visit_only() -> None:
    found = visit(CHECK, AGAIN, early=True).validity()
    assert (found.full_ok, found.screened, found.door) == (False, False, False)


@pytest.mark.parametrize(("hours", "door"), [(4, True), (4.001, False), (0, True), (-1, True)])
def test_the_door_opens_4_hours_before(hours: float, door: bool) -> None:
    assert visit(CHECK, now=before(hours)).validity().door is door


TODAY, NEXT = date(2027, 3, 10), date(2027, 3, 11)  # of the visit, in the clinic


@pytest.mark.parametrize(
    ("rounds", "hours", "holds", "phase"),
    [
        ((), 48, (), "check"),
        ((), 0, (), "check"),
        ((told("first", 20),), 18, (), "window"),
        ((told("first", 49),), 18, (), "check"),
        ((told("first", 20, stopped=True),), 18, (), "check"),
        ((told("check", 49),), 18, (), "check"),
        ((CHECK,), 18, (), None),
        ((CHECK,), 4.001, (), None),
        ((CHECK,), 4, (), "recheck"),
        ((CHECK,), 0.001, (), "recheck"),
        ((CHECK,), 0, (), "door"),
        ((CHECK,), -1, (), "door"),
        ((HURRIED,), 1, (), "recheck"),
        ((HURRIED,), 0, (), "door_red"),
        ((HURRIED, AGAIN), 1, (), None),
        ((HURRIED, AGAIN), 0, (), "door_red"),
        ((CHECK, AGAIN), 1, (), None),
        ((CHECK, AGAIN), 0, (), None),
        ((told("window", 20),), 1, (), None),  # nothing of the red cards: the full check does not count
        ((told("window", 20),), 0, (), None),
        # what was told stopped the round: asked again only when a person has lifted the hold
        ((told("check", 20, stopped=True),), 18, (), "check"),
        ((told("check", 20, stopped=True),), 18, (hold(),), None),
        ((CHECK,), 2, (hold(),), None),
        ((CHECK,), 0, (hold(),), None),
        # a hold that a full check ends, once its day has come
        ((CHECK,), 18, (hold(lift_by=LiftBy.FULL_CHECK),), "check"),
        ((CHECK,), 18, (hold(lift_by=LiftBy.ANSWER),), "check"),
        ((CHECK,), 18, (hold(), hold(lift_by=LiftBy.FULL_CHECK, earliest=TODAY)), "check"),
        ((CHECK,), 18, (hold(lift_by=LiftBy.FULL_CHECK, earliest=NEXT),), None),
        ((CHECK,), 18, (hold(lift_by=LiftBy.LEAD, earliest=TODAY),), None),
        ((CHECK,), 18, (hold(lift_by=LiftBy.STAFF),), None),
    ],
)
def test_what_is_due(
    rounds: tuple[Answered, ...], hours: float, holds: tuple[HoldView, ...], phase: str | None
) -> None:
    assert visit(*rounds, now=before(hours), holds=holds).due(ZONE) == phase


def test_a_check_that_ended_a_hold_ahead_asks_for_no_other() -> None:
    assert visit(CHECK, now=before(2), early=True).due(ZONE) is None


@pytest.mark.parametrize(
    ("profile_at", "last_session_at", "due"),
    [
        (None, None, True),
        (None, before(24), True),
        (before(24), None, False),
        # 90 days, from the later of both
        (before(90 * 24), None, False),
        (before(90 * 24) - SECOND, None, True),
        (before(100 * 24), before(90 * 24), False),
        (before(100 * 24), before(91 * 24), True),
        (before(89 * 24), before(100 * 24), False),
        # 12 months by the clinic's calendar, however often the client came
        (datetime(2026, 3, 10, 22, 59, tzinfo=UTC), before(24), True),
        (datetime(2026, 3, 9, 23, 1, tzinfo=UTC), before(24), True),
        (datetime(2026, 3, 10, 23, 1, tzinfo=UTC), before(24), False),
    ],
)
def test_when_the_profile_is_asked_anew(
    profile_at: datetime | None, last_session_at: datetime | None, due: bool
) -> None:
    assert profile_due(profile_at, last_session_at, START, ZONE) is due
