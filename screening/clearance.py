"""A doctor's OK: told or sent, taken or refused by a named person, ended by time and by events (rule 9)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.database import new_id
from screening import holds, letters, lifts, oks, sign_off
from screening.hold_rows import HoldView
from screening.ok_days import MONTHS, MONTHS_WITHOUT_DAY, BadOk, add_months, check, event_day, last_day
from screening.oks import ACCEPTED, PENDING, REFUSED, VOID, OkView
from screening.policy import LiftBy, Slot
from screening.tables import Clearance

REASONS = frozenset({"x1", "x2", "x3", "x4", "x5"})


class NoSuchOk(Exception):
    """There is no such OK, or its client was erased."""


@dataclass(frozen=True)
class State:
    """kind: none | pending | valid | expired | void. `pending`: one waits for a person, whatever stands."""

    kind: str
    until: date | None
    given_on: date | None
    who: str | None
    limits: str | None
    pending: str | None


@dataclass(frozen=True)
class Accepted:
    """`freed`: ids of the holds that ended; `still`: holds that need more -> what, as codes of `lifts`."""

    until: date
    freed: tuple[str, ...]
    still: tuple[tuple[str, tuple[str, ...]], ...]


async def state(session: AsyncSession, client_id: str, now: datetime, zone: tzinfo) -> State:
    """What there is of an OK today."""
    today = now.astimezone(zone).date()
    found = await oks.of_client(session, client_id)
    waiting = next((ok for ok in found if ok.state == PENDING), None)
    standing = [ok for ok in found if ok.state == ACCEPTED and ok.until is not None]
    best = max(standing, key=lambda ok: ok.until or date.min, default=None)
    kind = "none"
    if best is not None and best.until is not None:
        kind = "valid" if best.until >= today else "expired"
    else:
        best = next((ok for ok in found if ok.state == VOID), None)
        kind = "void" if best is not None else kind
    if waiting is not None and kind != "valid":
        kind, best = "pending", waiting
    return State(
        kind=kind,
        until=best.until if best else None,
        given_on=best.given_on if best else None,
        who=best.who if best else None,
        limits=best.limits if best else None,
        pending=waiting.id if waiting else None,
    )


async def letter_needed(session: AsyncSession, client_id: str) -> tuple[str, ...]:
    """Ids of the open holds for which only a written letter counts (rule 9); empty: typed words will do."""
    return tuple(hold.id for hold in await holds.open_holds(session, client_id) if hold.needs_letter)


@dataclass(frozen=True)
class Named:
    """A hold that a lead must find in the OK itself.

    `told_on`: the day that the client told us last; `event`: it is about something that happened on a day, so
    that an OK from before that day says nothing of it.
    """

    hold: HoldView
    told_on: date
    event: bool


async def to_name(
    session: AsyncSession, client_id: str, given_on: date | None, zone: tzinfo
) -> tuple[Named, ...]:
    """The holds of which a lead says whether the OK speaks of them. The others end by its day."""
    found = []
    for hold in await _waiting(session, client_id):
        named = await _named(session, hold, zone)
        newer = given_on is not None and given_on >= named.told_on
        general = hold.item in lifts.GENERAL_OK and not hold.needs_letter
        if hold.code in lifts.NO_EVENT | lifts.BY_CONTACT or (general and newer):
            continue
        found.append(named)
    return tuple(found)


async def _waiting(session: AsyncSession, client_id: str) -> list[HoldView]:
    return [
        hold
        for hold in await holds.open_holds(session, client_id)
        if hold.slot is Slot.WAITS and hold.lift_by is LiftBy.LEAD
    ]


async def _named(session: AsyncSession, hold: HoldView, zone: tzinfo) -> Named:
    row = (await sign_off.for_use(session)).findings.get(hold.code)
    event = row is None or row.voids_ok or row.letter_after_days is not None
    return Named(hold, hold.renewed_at.astimezone(zone).date(), event)


async def submit(
    session: AsyncSession,
    client_id: str,
    *,
    who: str,
    given_on: date,
    limits: str = "",
    kind: str = "self",
    now: datetime,
    zone: tzinfo,
    by: str | None = None,
) -> str:
    """Keep an OK for a person to look at. `kind`: "self" (typed) or "letter" (paper seen by `by`).

    Returns its id. Raises: BadOk. `limits` and `who` are kept sealed, cut at 300 letters.
    """
    check(who, given_on, now.astimezone(zone).date())
    if kind != oks.LETTER and await letter_needed(session, client_id):
        raise BadOk("letter")
    row = Clearance(id=new_id(), client_id=client_id, kind=kind, given_on=given_on, state=PENDING)
    row.submitted_at, row.submitted_by = now, by
    await oks.write(session, row, who=who.strip()[:300], limits=limits.strip()[:300])
    session.add(row)
    audit.record(session, now=now, actor=by, subject=client_id, action="ok.submitted", thing=row.id)
    await session.flush()
    return row.id


async def self_report(
    session: AsyncSession, client_id: str, *, who: str, now: datetime, zone: tzinfo, by: str | None
) -> str:
    """Keep "yes, in the last 12 months, nothing new since" of a card (K1). Returns its id.

    It counts at once, unless a hold needs an OK: then it waits for a lead (rule 5).
    """
    today = now.astimezone(zone).date()
    held = any(hold.needs_ok for hold in await holds.open_holds(session, client_id))
    row = Clearance(id=new_id(), client_id=client_id, kind="self", state=PENDING if held else ACCEPTED)
    row.submitted_at, row.submitted_by = now, by
    row.until = None if held else add_months(today, MONTHS_WITHOUT_DAY)
    row.decided_at = None if held else now
    await oks.write(session, row, who=who, limits="", covers_until=today)
    session.add(row)
    audit.record(session, now=now, actor=by, subject=client_id, action="ok.told", thing=row.id)
    await session.flush()
    return row.id


async def _pending(session: AsyncSession, clearance_id: str) -> tuple[Clearance, OkView]:
    row = await session.get(Clearance, clearance_id, with_for_update=True)
    ok = None if row is None else await oks.view(session, row)
    if row is None or ok is None:
        raise NoSuchOk("no such OK")
    if row.state != PENDING:
        raise holds.AlreadyDecided(row.decided_by)
    return row, ok


async def _may_decide(session: AsyncSession, client_id: str, roles: Collection[str]) -> None:
    held = any(hold.needs_ok for hold in await holds.open_holds(session, client_id))
    if "lead" not in roles and (held or "admin" not in roles):
        raise holds.NotAllowed("lead" if held else "staff")


async def accept(
    session: AsyncSession,
    clearance_id: str,
    *,
    by: str,
    roles: Collection[str],
    months: int,
    now: datetime,
    zone: tzinfo,
    answers: Collection[str] = (),
    events: Mapping[str, date] = oks.NO_EVENTS,
    who: str | None = None,
    given_on: date | None = None,
    limits: str | None = None,
) -> Accepted:
    """A named person takes the OK for `months` (1 to 12, never past 12 months from the day it was given).

    Ends the clearance holds that only waited for it. `answers`: ids of holds that, as the person has seen,
    the OK names; the others stay, with what they still need. `events`: by hold id, the day of what happened,
    if it is known; else it is the day on which the client told us. `who`, `given_on`, `limits`: as read off a
    letter. A lead decides while a hold needs an OK, else an admin may.
    Raises: NoSuchOk, holds.AlreadyDecided, holds.NotAllowed, BadOk, ValueError.
    """
    if not 1 <= months <= MONTHS:
        raise ValueError("an OK counts for 1 to 12 months")
    row, ok = await _pending(session, clearance_id)
    await _may_decide(session, row.client_id, roles)
    today = now.astimezone(zone).date()
    given = given_on or row.given_on
    name = (ok.who if who is None else who).strip()
    limited = (ok.limits if limits is None else limits).strip()
    if row.kind == oks.LETTER:
        if given is None:
            raise BadOk("no_date")
        check(name, given, today)
    waiting = await _waiting(session, row.client_id)
    named = [hold for hold in waiting if hold.id in answers]
    days = await _event_days(session, named, events, given, zone)
    until = last_day(today, months, given, ok.covers_until or today)
    await oks.write(
        session,
        row,
        who=name[:300],
        limits=limited[:300],
        codes=frozenset(hold.code for hold in named),
        events=days,
        covers_until=ok.covers_until or given,
    )
    row.given_on, row.until, row.state = given, until, ACCEPTED
    row.decided_at, row.decided_by = now, by
    audit.record(session, now=now, actor=by, subject=row.client_id, action="ok.accepted", thing=row.id)
    await session.flush()
    freed, still = [], []
    for hold in waiting:
        general = hold.item in lifts.GENERAL_OK
        lacking = await holds.missing(session, hold, now, zone)
        if not lacking and (general or hold.id in answers) and "lead" in roles:
            await holds.end(session, hold, by=by, why={"reason": "ok", "seen": row.id}, now=now)
            freed.append(hold.id)
        else:
            still.append((hold.id, lacking or (lifts.OK,)))
    return Accepted(until, tuple(freed), tuple(still))


async def _event_days(
    session: AsyncSession,
    named: Collection[HoldView],
    events: Mapping[str, date],
    given: date | None,
    zone: tzinfo,
) -> dict[str, date]:
    """By code, the day of each event that the OK names. Raises: BadOk if it is from before one of them."""
    days = {}
    for hold in named:
        about = await _named(session, hold, zone)
        if not about.event:
            continue
        days[hold.code] = event_day(events.get(hold.id), about.told_on, given)
    return days


async def refuse(
    session: AsyncSession,
    clearance_id: str,
    *,
    by: str,
    roles: Collection[str],
    reason: str,
    now: datetime,
) -> None:
    """Refuse an OK: x1 cannot read, x2 no name or date, x3 not for massage, x4 too old, x5 letter needed.

    What was sent as a file is destroyed: nothing will be decided by it.

    Raises: NoSuchOk, holds.AlreadyDecided, holds.NotAllowed, ValueError.
    """
    if reason not in REASONS:
        raise ValueError("an OK is refused for one of the reasons x1 to x5")
    row, _ = await _pending(session, clearance_id)
    await _may_decide(session, row.client_id, roles)
    row.state, row.decided_at, row.decided_by, row.reason = REFUSED, now, by, reason
    await letters.destroy(session, row.id, by=by, now=now)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=row.client_id,
        action="ok.refused",
        thing=row.id,
        detail={"reason": reason},
    )
    await session.flush()


async def void(session: AsyncSession, client_id: str, now: datetime) -> int:
    """End every OK that stood: relapse, diagnosis, hospital, operation, urgent. Returns how many."""
    ids = (
        await session.scalars(
            select(Clearance.id).where(Clearance.client_id == client_id, Clearance.state == ACCEPTED)
        )
    ).all()
    if ids:
        await session.execute(
            update(Clearance).where(Clearance.id.in_(ids)).values(state=VOID, voided_at=now)
        )
        audit.record(
            session, now=now, actor=None, subject=client_id, action="ok.void", detail={"oks": list(ids)}
        )
    return len(ids)


async def expiring(session: AsyncSession, today: date, days: int = 30) -> list[tuple[str, str, date]]:
    """(client id, OK id, last day) of OKs that end within `days` and have no later one."""
    rows = (
        await session.execute(
            select(Clearance.client_id, Clearance.id, Clearance.until)
            .where(Clearance.state == ACCEPTED, Clearance.until >= today)
            .order_by(Clearance.until)
        )
    ).all()
    latest = {client: (ok, until) for client, ok, until in rows if until is not None}
    return [
        (client, ok, until) for client, (ok, until) in latest.items() if until <= today + timedelta(days=days)
    ]


async def pending(session: AsyncSession) -> list[OkView]:
    """Every OK that waits for a person, oldest first."""
    rows = await session.scalars(
        select(Clearance).where(Clearance.state == PENDING).order_by(Clearance.submitted_at)
    )
    return [ok for row in rows.all() if (ok := await oks.view(session, row)) is not None]
