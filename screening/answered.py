"""Whether enough was answered for a visit, and which round of questions is due (rules 4 and 10). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from screening.hold_rows import HoldView
from screening.ok_days import add_months
from screening.policy import LiftBy

WINDOW = timedelta(hours=48)  # a full check is good for this long after its last confirmed answer
RECHECK = timedelta(hours=4)  # the re-check lies within this before the start
PROFILE_MONTHS = 12
GAP = timedelta(days=90)

FULL = ("check", "first_full", "window")
AT_DOOR = ("door", "door_red")


@dataclass(frozen=True, slots=True)
class Answered:
    """A round that is over. `at`: its last confirmed answer.

    `stopped`: something urgent was told, or red cards were left unsure. `hurried`: one went by in under 2 s.
    """

    phase: str
    at: datetime
    stopped: bool = False
    by_helper: bool = False
    hurried: bool = False

    @property
    def red_in_doubt(self) -> bool:
        """Whether its red cards are read out again at the door."""
        return self.hurried or self.by_helper


@dataclass(frozen=True)
class Validity:
    """What the answers on file mean for one visit.

    `door`: only the question of the day is missing, so the therapist may read it out now. `door_red`: the red
    cards too, as a helper answered or one went by in under 2 seconds. `screened`: the visit may take place.
    """

    full_ok: bool
    recheck_ok: bool
    door: bool
    door_red: bool
    screened: bool
    holds: tuple[HoldView, ...]


@dataclass(frozen=True)
class Visit:
    """What is on file for a visit, of which moments are aware of their zone.

    `rounds`: newest first. `early`: a hold that a full check ended lasts beyond the start all the same.
    """

    starts_at: datetime
    now: datetime
    rounds: Sequence[Answered]
    holds: tuple[HoldView, ...]
    early: bool

    def last(self, *phases: str, within: timedelta, stopped: bool = False) -> Answered | None:
        """The newest round of these within a time before the start. `stopped`: one that was cut short too."""
        return next(
            (
                one
                for one in self.rounds
                if one.phase in phases and one.at >= self.starts_at - within and (stopped or not one.stopped)
            ),
            None,
        )

    def validity(self) -> Validity:
        """Whether the visit is screened now. Anything missing, unsure or held: it is not."""
        full = self.last(*FULL, within=WINDOW)
        parts = [full]
        if full is not None and full.phase == "window":  # its red cards were asked with the booking
            parts.append(self.last("first", within=WINDOW))
        again = self.last("recheck", *AT_DOOR, within=RECHECK)
        full_ok = (
            full is not None
            and None not in parts
            and not self.early
            and all(hold.set_at <= full.at for hold in self.holds)
        )
        red_needed = full is not None and any(part is None or part.red_in_doubt for part in parts)
        red_needed = red_needed or (again is not None and again.by_helper)
        door_red = red_needed and self.last("door_red", within=RECHECK) is None
        return Validity(
            full_ok=full_ok,
            recheck_ok=again is not None,
            door=full_ok
            and not self.holds
            and (again is None or door_red)
            and self.now >= self.starts_at - RECHECK,
            door_red=door_red,
            screened=full_ok and again is not None and not door_red and not self.holds,
            holds=self.holds,
        )

    def due(self, zone: tzinfo) -> str | None:
        """The round to open now, within 48 h of the start and with a profile that still counts, or None."""
        full = self.last(*FULL, within=WINDOW, stopped=True)
        if full is None:
            return "check" if self.last("first", within=WINDOW) is None else "window"
        if self._by_check(self.starts_at.astimezone(zone).date()) or (full.stopped and not self.holds):
            return "check"
        found = self.validity()
        if not found.door:
            return None
        if self.now >= self.starts_at:
            return "door_red" if found.door_red else "door"
        return None if found.recheck_ok else "recheck"

    def _by_check(self, day: date) -> bool:
        # These end with a full check, and one may find them met for that day.
        return any(
            hold.lift_by in {LiftBy.FULL_CHECK, LiftBy.ANSWER}
            and (hold.earliest is None or hold.earliest <= day)
            for hold in self.holds
        )


def profile_due(
    profile_at: datetime | None, last_session_at: datetime | None, starts_at: datetime, zone: tzinfo
) -> bool:
    """Whether the whole profile is asked anew: 12 months after it, or 90 days without it or a session."""
    if profile_at is None:
        return True
    day = starts_at.astimezone(zone).date()
    if add_months(profile_at.astimezone(zone).date(), PROFILE_MONTHS) <= day:
        return True
    return starts_at - max(profile_at, last_session_at or profile_at) > GAP
