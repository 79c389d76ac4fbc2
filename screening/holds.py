"""Holds are first-class rows: nobody is treated while one is open, by whatever path a visit was booked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from config.encryption import seal, unseal
from screening import health, lifts, oks, steady
from screening.decision import HoldSpec, OpenHold
from screening.policy import LiftBy, Outcome, Policy, Slot, Tier
from screening.tables import FindingRecord, Hold

# Told once at first contact or by a doctor: no time is offered before a person has taken it up.
NO_BOOKING = frozenset({"doctor_advised_against", "under_18", "consent_support_needed"})
BLOCKING = frozenset({Slot.CANCELLED, Slot.FREED, Slot.REVIEW})
WHY = {
    Slot.CANCELLED: "why.hold.urgent",
    Slot.WAITS: "why.hold.clearance",
    Slot.PROVISIONAL: "why.hold.relapse",
    Slot.REVIEW: "why.hold.review",
    Slot.FREED: "why.hold.no_date",
    Slot.MOVED: "why.hold.dated",
    Slot.KEPT: "why.hold.unanswered",
}
WORST_FIRST = tuple(WHY)


class NoSuchHold(Exception):
    """There is no such hold, or its client was erased."""


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
class HoldView:
    """One hold, opened. `told`: catalogue key of the client's line; `words`: typed by a person, as typed."""

    id: str
    client_id: str
    appointment_id: str | None
    interview_id: str | None
    policy_version: str
    code: str
    item: str
    outcome: Outcome
    tier: Tier | None
    told: str | None
    line: str | None
    words: str | None
    slot: Slot
    lift_by: LiftBy
    needs: tuple[str, ...]
    needs_letter: bool
    needs_ok: bool
    source: str
    set_at: datetime
    renewed_at: datetime
    not_before: datetime | None
    earliest: date | None
    contact_at: datetime | None
    decision: str | None
    lifted_at: datetime | None
    lifted_by: str | None
    lift: Mapping[str, Any] | None  # {"reason", "seen"} once lifted

    def open_hold(self, zone: tzinfo) -> OpenHold:
        """As `decision.History` wants it."""
        not_before = None if self.not_before is None else self.not_before.astimezone(zone)
        return OpenHold(self.id, self.code, self.set_at.astimezone(zone), not_before, self.outcome, self.tier)


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


def _place(hold_id: str) -> str:
    return f"hold.sealed:{hold_id}"


async def view(session: AsyncSession, row: Hold) -> HoldView | None:
    """The hold opened; None when the client was erased."""
    if row.sealed is None:
        return None
    told = await unseal(session, row.client_id, _place(row.id), row.sealed)
    lift = None
    if row.sealed_lift is not None:
        lift = await unseal(session, row.client_id, f"hold.sealed_lift:{row.id}", row.sealed_lift)
    return HoldView(
        id=row.id,
        client_id=row.client_id,
        appointment_id=row.appointment_id,
        interview_id=row.interview_id,
        policy_version=row.policy_version,
        code=told["code"],
        item=told["item"],
        outcome=Outcome(row.outcome),
        tier=None if told["tier"] is None else Tier(told["tier"]),
        told=told["told"],
        line=told["line"],
        words=told["words"],
        slot=Slot(row.slot),
        lift_by=LiftBy(row.lift_by),
        needs=tuple(told["needs"]),
        needs_letter=told["needs_letter"],
        needs_ok=row.needs_ok,
        source=row.source,
        set_at=row.set_at,
        renewed_at=row.renewed_at,
        not_before=row.not_before,
        earliest=row.earliest,
        contact_at=row.contact_at,
        decision=row.decision,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lift=lift,
    )


async def open_holds(session: AsyncSession, client_id: str) -> tuple[HoldView, ...]:
    """Every hold that is open, worst first."""
    rows = await session.scalars(
        select(Hold)
        .where(Hold.client_id == client_id, Hold.lifted_at.is_(None))
        .order_by(Hold.set_at, Hold.id)
    )
    seen = [hold for row in rows.all() if (hold := await view(session, row)) is not None]
    return tuple(sorted(seen, key=lambda hold: (-hold.outcome, WORST_FIRST.index(hold.slot), hold.set_at)))


async def get(session: AsyncSession, hold_id: str) -> HoldView:
    """Raises: NoSuchHold."""
    row = await session.get(Hold, hold_id)
    hold = None if row is None else await view(session, row)
    if hold is None:
        raise NoSuchHold("no such hold")
    return hold


async def gate(session: AsyncSession, client_id: str, now: datetime) -> Gate:
    """Whether a new visit may be booked, from when, and as what."""
    found = await open_holds(session, client_id)
    blocked = [hold for hold in found if hold.slot in BLOCKING or hold.code in NO_BOOKING]
    days = [hold.earliest for hold in found if hold.earliest is not None]
    worst = next(iter(blocked or found), None)
    why = None if worst is None else WHY[worst.slot]
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


async def set_hold(
    session: AsyncSession,
    client_id: str,
    spec: HoldSpec,
    *,
    policy: Policy,
    source: str,
    now: datetime,
    appointment_id: str | None = None,
    interview_id: str | None = None,
    words: str | None = None,
) -> str:
    """Write a hold, or strengthen the open one of the same code; nothing that is open gets weaker.

    Returns the id of the row.
    """
    same = next((hold for hold in await open_holds(session, client_id) if hold.code == spec.code), None)
    row = None if same is None else await session.get(Hold, same.id)
    tier = spec.tier
    if row is None or same is None:
        row = Hold(
            id=new_id(), client_id=client_id, set_at=now, earliest=spec.earliest, not_before=spec.not_before
        )
        row.outcome, row.slot, row.lift_by = int(spec.outcome), spec.slot.value, spec.lift_by.value
        row.source, row.policy_version, row.needs_ok = source, policy.version, False
        session.add(row)
    else:
        row.outcome = max(row.outcome, int(spec.outcome))
        if spec.not_before is not None and (row.not_before is None or row.not_before < spec.not_before):
            row.not_before, row.earliest = spec.not_before, spec.earliest
        # E stands before C before D (gates.md section 8)
        tier = min((t for t in (same.tier, spec.tier) if t is not None), key="ECD".index, default=None)
        words = words if words is not None else same.words
        # What a person decided before was about the earlier report.
        row.contact_at = row.contact_by = row.decision = row.decided_at = row.decided_by = None
    row.renewed_at = now
    row.appointment_id = appointment_id or row.appointment_id
    row.interview_id = interview_id or row.interview_id
    row.needs_ok = row.needs_ok or spec.needs_letter or lifts.needs_ok(spec.slot, spec.code)
    told = {
        "code": spec.code,
        "item": spec.item,
        "tier": None if tier is None else tier.value,
        "told": spec.told or (same.told if same else None),
        "line": spec.line or (same.line if same else None),
        "words": words,
        "needs": list(spec.needs),
        "needs_letter": spec.needs_letter or (same.needs_letter if same else False),
    }
    row.sealed = await seal(session, client_id, _place(row.id), told)
    await session.flush()
    return row.id


async def contact(session: AsyncSession, hold_id: str, *, by: str, now: datetime) -> None:
    """A named person spoke with the client, or with their doctor, about this hold. Raises: NoSuchHold."""
    row = await session.get(Hold, hold_id)
    if row is None or row.sealed is None:
        raise NoSuchHold("no such hold")
    row.contact_at, row.contact_by = now, by
    audit.record(session, now=now, actor=by, subject=row.client_id, action="hold.contact", thing=hold_id)
    await session.flush()


async def missing(session: AsyncSession, hold: HoldView, now: datetime, zone: tzinfo) -> tuple[str, ...]:
    """What a lift still needs, as codes of `screening.lifts`; empty when a person may lift it."""
    began = hold.renewed_at
    if hold.slot is Slot.PROVISIONAL:  # one relapse, told in several ways: it began with the first
        same = [other for other in await open_holds(session, hold.client_id) if other.slot is hold.slot]
        began = min((other.set_at for other in same), default=hold.set_at)
    evidence = lifts.Evidence(
        today=now.astimezone(zone).date(),
        set_on=began.astimezone(zone).date(),
        spoke=hold.contact_at is not None,
        ms="ms" in ((await health.load(session, hold.client_id)).conditions or {"ms"}),
        steady=await steady.last(session, hold.client_id, after=began),
        oks=await oks.accepted(session, hold.client_id),
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


async def end(
    session: AsyncSession, hold: HoldView, *, by: str | None, why: Mapping[str, Any], now: datetime
) -> None:
    """Write a lift that was checked before. `by` None: the client's own full check."""
    await session.execute(
        update(Hold)
        .where(Hold.id == hold.id)
        .values(
            lifted_at=now,
            lifted_by=by,
            sealed_lift=await seal(session, hold.client_id, f"hold.sealed_lift:{hold.id}", dict(why)),
        )
    )
    await _settle(session, hold, now)
    audit.record(session, now=now, actor=by, subject=hold.client_id, action="hold.lifted", thing=hold.id)


async def _settle(session: AsyncSession, hold: HoldView, now: datetime) -> None:
    # What was lifted does not hold again while it is the same, and no worse (rule 7).
    rows = await session.scalars(
        select(FindingRecord).where(
            FindingRecord.client_id == hold.client_id,
            FindingRecord.settled_at.is_(None),
            FindingRecord.standing.is_(False),
        )
    )
    for row in rows.all():
        if row.sealed is None:
            continue
        told = await unseal(session, row.client_id, f"finding_record.sealed:{row.id}", row.sealed)
        if told["code"] == hold.code:
            row.settled_at = now
    await session.flush()
