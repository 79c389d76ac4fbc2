"""What staff must look at before a session: the hold, the client's own words, and who may decide."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.encryption import seal
from screening import hold_events, holds, lifts
from screening.holds import AlreadyDecided, HoldView, NotYet
from screening.policy import LiftBy, Slot
from screening.tables import Hold

CHOICES = frozenset({"go", "adapt", "postpone"})
SPOKE = frozenset({"w1", "w2"})  # spoke with them, spoke with the doctor
REASONS = frozenset({"w1", "w2", "w3", "w4"})


@dataclass(frozen=True)
class Review:
    """One thing to look at.

    `rule`: the reference's item; `missing`: codes of `lifts` apart from the contact itself; `actions`: which
    of go, adapt, postpone, spoke can be offered; `who` may: "lead" or "staff".
    """

    hold: HoldView
    rule: str
    who: str
    missing: tuple[str, ...]
    actions: tuple[str, ...]


@dataclass(frozen=True)
class Decided:
    """`lifted`: this hold ended; `still`: ids of the client's other open holds."""

    choice: str
    lifted: bool
    still: tuple[str, ...]


async def review(session: AsyncSession, hold_id: str, now: datetime, zone: tzinfo) -> Review:
    """One hold as staff see it. Raises: holds.NoSuchHold."""
    return await _review(session, await holds.get(session, hold_id), now, zone)


async def _review(session: AsyncSession, hold: HoldView, now: datetime, zone: tzinfo) -> Review:
    lacking = await holds.missing(session, hold, now, zone)
    more = tuple(code for code in lacking if code != lifts.CONTACT)
    if hold.slot is Slot.CANCELLED:
        actions: tuple[str, ...] = ("spoke", "postpone")
    elif more:
        actions = ("spoke", "postpone") if lifts.CONTACT in lacking else ("postpone",)
    else:
        actions = ("go", "adapt", "postpone")
    return Review(hold, hold.item, "lead" if hold.lift_by is LiftBy.LEAD else "staff", more, actions)


async def open_reviews(
    session: AsyncSession, now: datetime, zone: tzinfo, client_id: str | None = None
) -> tuple[Review, ...]:
    """Every open hold that a person must decide, oldest first; not those that the client's own check ends."""
    query = select(Hold).where(
        Hold.lifted_at.is_(None), Hold.lift_by.in_([LiftBy.LEAD.value, LiftBy.STAFF.value])
    )
    if client_id is not None:
        query = query.where(Hold.client_id == client_id)
    rows = (await session.scalars(query.order_by(Hold.set_at, Hold.id))).all()
    found = [hold for row in rows if (hold := await holds.view(session, row)) is not None]
    return tuple([await _review(session, hold, now, zone) for hold in found])


async def decide(
    session: AsyncSession,
    hold_id: str,
    *,
    choice: str,
    reason: str,
    by: str,
    roles: Collection[str],
    now: datetime,
    zone: tzinfo,
    words: str | None = None,
) -> Decided:
    """Go and Adapt lift the hold, after contact (w1, w2); Postpone leaves it and says that a person looked.

    At urgent nobody goes on: the first word there is `holds.contact`, the lift `holds.lift`. That a therapist
    treats this client is the caller's check. Raises: holds.NoSuchHold, holds.AlreadyDecided,
    holds.NotAllowed, holds.NotYet, ValueError for an unknown choice or reason, or w4 without words.
    """
    if choice not in CHOICES or reason not in REASONS or (reason == "w4" and not (words or "").strip()):
        raise ValueError("a review has a choice and one of its reasons")
    row = await session.get(Hold, hold_id, with_for_update=True)
    hold = await holds.get(session, hold_id)
    if row is None or hold.lifted_at is not None or hold.decision in {"go", "adapt"}:
        raise AlreadyDecided(hold.lifted_by)
    lifts.check_role(hold.lift_by, roles, holds.NotAllowed)
    if choice == "postpone":
        await _note(session, row, choice, reason, words, by, now)
        return await _decided(session, hold, choice, lifted=False)
    if reason not in SPOKE:
        raise NotYet((lifts.CONTACT,))
    found = await _review(session, hold, now, zone)
    if choice not in found.actions:
        raise NotYet(found.missing or (lifts.OK,))
    await holds.contact(session, hold_id, by=by, now=now)
    await _note(session, row, choice, reason, None, by, now)
    await holds.lift(
        session, hold_id, by=by, roles=roles, reason=choice, seen=words or reason, now=now, zone=zone
    )
    return await _decided(session, hold, choice, lifted=True)


async def _note(
    session: AsyncSession,
    row: Hold,
    choice: str,
    reason: str,
    words: str | None,
    by: str,
    now: datetime,
) -> None:
    row.decision, row.decided_at, row.decided_by = choice, now, by
    if words:
        # Until the lift is written, its place holds why the visit was postponed.
        told = {"reason": reason, "seen": words[:500]}
        row.sealed_lift = await seal(session, row.client_id, f"hold.sealed_lift:{row.id}", told)
    said = {"reason": reason, "seen": (words or "")[:500]}
    await hold_events.note(session, row, choice, now=now, by=by, told=said)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=row.client_id,
        action=f"review.{choice}",
        thing=row.id,
        detail={"reason": reason},
    )
    await session.flush()


async def _decided(session: AsyncSession, hold: HoldView, choice: str, *, lifted: bool) -> Decided:
    still = tuple(
        other.id for other in await holds.open_holds(session, hold.client_id) if other.id != hold.id
    )
    return Decided(choice, lifted, still)
