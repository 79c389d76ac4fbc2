"""The rows of holds: read, set, strengthened and ended; the rules of who and when are in `holds`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from config.encryption import seal, unseal
from screening import hold_events, lifts
from screening.decision import HoldSpec, OpenHold
from screening.policy import LiftBy, Outcome, Policy, Slot, Tier
from screening.tables import FindingRecord, Hold, Interview

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
    act = hold_events.SET if same is None else hold_events.RENEWED
    await hold_events.note(session, row, act, now=now, told=told)
    return row.id


async def end(
    session: AsyncSession, hold: HoldView, *, by: str | None, why: Mapping[str, Any], now: datetime
) -> None:
    """Write a lift that was checked before. `by` None: the client's own full check."""
    sealed = await seal(session, hold.client_id, f"hold.sealed_lift:{hold.id}", dict(why))
    row = await session.get_one(Hold, hold.id)
    row.sealed_lift, row.lifted_at, row.lifted_by = sealed, now, by
    await hold_events.note(session, row, hold_events.LIFTED, now=now, by=by, told=why)
    await _settle(session, hold, now)
    if by is not None and hold.interview_id is not None:
        await _close_round(session, hold.interview_id, now)
    audit.record(session, now=now, actor=by, subject=hold.client_id, action="hold.lifted", thing=hold.id)


async def _close_round(session: AsyncSession, interview_id: str, now: datetime) -> None:
    # What a person settled while its round was open would hold again at the end: it is asked anew.
    row = await session.get(Interview, interview_id)
    if row is not None and row.state == "open":
        row.state, row.closed_at = "expired", now


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
