"""Which questions are due for a visit, and whether enough was answered for it (rules 4 and 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from screening import health, holds
from screening.holds import HoldView
from screening.ok_days import add_months
from screening.policy import LiftBy
from screening.tables import Interview

WINDOW = timedelta(hours=48)  # a full check is good for this long after its last confirmed answer
RECHECK = timedelta(hours=4)  # the re-check lies within this before the start
PROFILE_MONTHS = 12
GAP_DAYS = 90

FULL = ("check", "first_full", "window")
AT_DOOR = ("door", "door_red")


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


async def _done(
    session: AsyncSession, client_id: str, phases: tuple[str, ...], after: datetime, *, stopped: bool = False
) -> Interview | None:
    states = ("complete", "stopped") if stopped else ("complete",)
    return await session.scalar(
        select(Interview)
        .where(
            Interview.client_id == client_id,
            Interview.phase.in_(phases),
            Interview.state.in_(states),
            Interview.confirmed_at >= after,
        )
        .order_by(Interview.confirmed_at.desc(), Interview.id)
        .limit(1)
    )


async def validity(session: AsyncSession, client_id: str, starts_at: datetime, now: datetime) -> Validity:
    """Whether the visit at `starts_at` is screened at `now`. Anything missing, unsure or held: it is not."""
    open_now = await holds.open_holds(session, client_id)
    full = await _done(session, client_id, FULL, starts_at - WINDOW)
    full_ok = (
        full is not None
        and full.confirmed_at is not None
        and all(hold.set_at <= full.confirmed_at for hold in open_now)
    )
    early = await holds.least_days(session, client_id, starts_at)
    full_ok = full_ok and not early
    red_needed = full is not None and (full.hurried or full.answered_by == "helper")
    if full is not None and full.phase == "window":  # its red cards were asked with the booking
        first = await _done(session, client_id, ("first",), starts_at - WINDOW)
        full_ok = full_ok and first is not None
        red_needed = red_needed or first is None or first.hurried or first.answered_by == "helper"
    since = starts_at - RECHECK
    again = await _done(session, client_id, ("recheck", *AT_DOOR), since)
    red_read = await _done(session, client_id, ("door_red",), since)
    if again is not None and again.answered_by == "helper":
        red_needed = True
    recheck_ok = again is not None
    door_red = red_needed and red_read is None
    return Validity(
        full_ok=full_ok,
        recheck_ok=recheck_ok,
        door=full_ok and not open_now and (not recheck_ok or door_red) and now >= since,
        door_red=door_red,
        screened=full_ok and recheck_ok and not door_red and not open_now,
        holds=open_now,
    )


async def _profile_due(session: AsyncSession, client_id: str, starts_at: datetime, zone: tzinfo) -> bool:
    known = await health.load(session, client_id)
    if known.profile_due or known.profile_at is None:
        return True
    day = starts_at.astimezone(zone).date()
    if add_months(known.profile_at.astimezone(zone).date(), PROFILE_MONTHS) <= day:
        return True
    last = max(known.profile_at, known.last_session_at or known.profile_at)
    return starts_at - last > timedelta(days=GAP_DAYS)


async def due(
    session: AsyncSession, client_id: str, starts_at: datetime, now: datetime, *, zone: tzinfo
) -> str | None:
    """The round to open now for the visit at `starts_at`, or None. Ask again when that round is finished.

    Before the window only a profile can be due ("first"); within 48 h the full check, with the profile
    ("first_full") or without; within 4 h the re-check; from the start on, what the therapist reads out.
    None also where a person must decide first.
    """
    near = starts_at - now <= WINDOW
    if await _profile_due(session, client_id, starts_at, zone):
        return "first_full" if near else "first"
    if not near:
        return None
    open_now = await holds.open_holds(session, client_id)
    full = await _done(session, client_id, FULL, starts_at - WINDOW, stopped=True)
    if full is None:
        first = await _done(session, client_id, ("first",), starts_at - WINDOW)
        return "check" if first is None else "window"
    if _by_check(open_now, starts_at.astimezone(zone).date()) or (full.state == "stopped" and not open_now):
        return "check"
    found = await validity(session, client_id, starts_at, now)
    if starts_at - now > RECHECK or not found.full_ok or open_now:
        return None
    if not found.recheck_ok and now < starts_at:
        return "recheck"
    if found.door and now >= starts_at:
        return "door_red" if found.door_red else "door"
    return None


def _by_check(open_now: tuple[HoldView, ...], day: date) -> bool:
    # These end with a full check, and one may find them met for that day.
    return any(
        hold.lift_by in {LiftBy.FULL_CHECK, LiftBy.ANSWER} and (hold.earliest is None or hold.earliest <= day)
        for hold in open_now
    )
