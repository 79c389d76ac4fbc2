"""Holds are first-class rows: nobody is treated while one is open, by whatever path a visit was booked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from screening import health, hold_events, lifts, oks, steady
from screening.hold_rows import WHY, HoldView, NoSuchHold, end, get, open_holds, set_hold, view
from screening.policy import LiftBy, Slot
from screening.tables import Hold

__all__ = [
    "WHY",
    "AlreadyDecided",
    "Gate",
    "HoldView",
    "NoSuchHold",
    "NotAllowed",
    "NotYet",
    "contact",
    "end",
    "first_of",
    "gate",
    "get",
    "least_days",
    "lift",
    "missing",
    "open_holds",
    "set_hold",
    "view",
]


# Told once at first contact or by a doctor: no time is offered before a person has taken it up.
NO_BOOKING = frozenset({"doctor_advised_against", "under_18", "consent_support_needed"})
ENDED_ITEM = "N3"
BLOCKING = frozenset({Slot.CANCELLED, Slot.FREED, Slot.REVIEW})


class AlreadyDecided(Exception):
    """Somebody decided this first. `by`: person id, or None for the client's own full check."""

    def __init__(self, by: str | None) -> None:
        super().__init__("this was decided already")
        self.by = by


class NotAllowed(Exception):
    """Rule 16 names somebody else for this hold. `needs`: "lead", "staff", "full_check" or "answer"."""

    def __init__(self, needs: str) -> None:
        super().__init__(f"this hold is lifted by: {needs}")
        self.needs = needs


class NotYet(Exception):
    """The lift needs something that is not there. `missing`: codes of `screening.lifts`."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("the lift needs more")
        self.missing = missing


@dataclass(frozen=True)
class Gate:
    """What the open holds mean for a new booking, whoever books and wherever.

    `may_book` False: no time at all. Else no visit before `earliest` (a clinic day, may lie in the past);
    `provisional`: what is booked is not firm until a lead lifts; `needs_ok`: an OK must come (the clinic's
    lead time applies). `why`: catalogue key, worst first; `well_again`, `send_ok`: which buttons can help.
    No hold is lifted by booking: the next check finds them.
    """

    may_book: bool
    provisional: bool
    needs_ok: bool
    earliest: date | None
    why: str | None
    well_again: bool
    send_ok: bool
    holds: tuple[HoldView, ...]


async def first_of(session: AsyncSession, client_id: str, codes: Collection[str]) -> str | None:
    """The id of the worst open hold that one of the codes set, for the task by which a person settles it."""
    return next((hold.id for hold in await open_holds(session, client_id) if hold.code in codes), None)


async def gate(session: AsyncSession, client_id: str, now: datetime) -> Gate:
    """Whether a new visit may be booked, from when, and as what."""
    found = await open_holds(session, client_id)
    blocked = [hold for hold in found if hold.slot in BLOCKING or hold.code in NO_BOOKING]
    days = [hold.earliest for hold in found if hold.earliest is not None]
    early = await least_days(session, client_id, now)
    days += [row.earliest for row in early if row.earliest is not None]
    worst = next(iter(blocked or found), None)
    why = None if worst is None else WHY[worst.slot]
    if worst is None and early:
        why = WHY[Slot.MOVED]
    if worst is not None and worst.slot is Slot.FREED and worst.item.startswith("AC"):
        why = "why.hold.after"
    relapse = any(hold.slot is Slot.PROVISIONAL for hold in found)
    needs_ok = any(hold.needs_ok for hold in found)
    return Gate(
        may_book=not blocked,
        provisional=relapse,
        needs_ok=needs_ok,
        earliest=max(days, default=None),
        why=why,
        well_again=not blocked
        and any(
            hold.lift_by in {LiftBy.FULL_CHECK, LiftBy.ANSWER} or hold.slot is Slot.PROVISIONAL
            for hold in found
        ),
        send_ok=needs_ok,
        holds=found,
    )


async def least_days(session: AsyncSession, client_id: str, now: datetime) -> tuple[Hold, ...]:
    """Holds that a full check ended ahead for a later visit: until then nothing is booked all the same."""
    rows = await session.scalars(
        select(Hold).where(
            Hold.client_id == client_id,
            Hold.lifted_at.is_not(None),
            Hold.lifted_by.is_(None),
            Hold.lift_by == LiftBy.FULL_CHECK.value,
            Hold.not_before > now,
        )
    )
    return tuple(rows.all())


async def contact(session: AsyncSession, hold_id: str, *, by: str, now: datetime) -> None:
    """A named person spoke with the client, or with their doctor, about this hold. Raises: NoSuchHold.

    After the lift it is noted all the same, and changes nothing.
    """
    row = await session.get(Hold, hold_id)
    if row is None or row.sealed is None:
        raise NoSuchHold("no such hold")
    if row.lifted_at is None:
        row.contact_at, row.contact_by = now, by
    await hold_events.note(session, row, hold_events.CONTACT, now=now, by=by)
    audit.record(session, now=now, actor=by, subject=row.client_id, action="hold.contact", thing=hold_id)
    await session.flush()


async def missing(session: AsyncSession, hold: HoldView, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What a lift still needs, as codes of `screening.lifts`; empty when a person may lift it."""
    began = last = hold.renewed_at
    if hold.slot is Slot.PROVISIONAL:  # one relapse, told in several ways: it began with the first
        same = [other for other in await open_holds(session, hold.client_id) if other.slot is hold.slot]
        began = min((other.set_at for other in same), default=hold.set_at)
        # told again as going on, the steady days begin anew; told as over, they do not
        again = [other.renewed_at for other in same if other.item != ENDED_ITEM]
        last = max(again, default=began)
    evidence = lifts.Evidence(
        today=now.astimezone(zone).date(),
        set_on=began.astimezone(zone).date(),
        spoke=hold.contact_at is not None,
        ms="ms" in ((await health.load(session, hold.client_id)).conditions or {"ms"}),
        steady=await steady.last(session, hold.client_id, after=last),
        oks=tuple(
            lifts.AcceptedOk(
                ok.kind,
                ok.given_on,
                ok.until,
                # what a letter names counts if it was read after the hold was set, else it is about before
                ok.codes if ok.decided_at is not None and ok.decided_at >= hold.set_at else frozenset(),
            )
            for ok in await oks.of_client(session, hold.client_id, oks.ACCEPTED)
            if ok.until is not None
        ),
    )
    return lifts.missing(hold.slot, hold.code, hold.earliest, hold.needs_letter, evidence)


async def lift(
    session: AsyncSession,
    hold_id: str,
    *,
    by: str,
    roles: Collection[str],
    reason: str,
    seen: str,
    now: datetime,
    zone: tzinfo,
) -> None:
    """A named person ends a hold: who, when, why and what was seen.

    `roles`: the person's ("lead", "admin", "therapist"); that a therapist treats this client is the caller's
    check. `reason` and `seen` are kept sealed, as typed or as a code. Raises: NoSuchHold, AlreadyDecided,
    NotAllowed (rule 16 names another), NotYet (the date, the contact or the OK is not there), ValueError when
    reason or seen is empty.
    """
    hold = await get(session, hold_id)
    if hold.lifted_at is not None:
        raise AlreadyDecided(hold.lifted_by)
    lifts.check_role(hold.lift_by, roles, NotAllowed)
    if not reason.strip() or not seen.strip():
        raise ValueError("a lift names why, and what was seen")
    lacking = await missing(session, hold, now, zone)
    if lacking:
        raise NotYet(lacking)
    await end(session, hold, by=by, why={"reason": reason, "seen": seen}, now=now)
