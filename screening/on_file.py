"""What the file says when a round of questions opens, and when a decision is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from config.database import new_id
from config.encryption import seal, unseal
from screening import health, holds, oks
from screening.decision import History
from screening.policy import Outcome
from screening.questionnaire import Facts
from screening.tables import FindingRecord, Hold, StandingNote

SINCE_DAYS = 30
FIRST_SINCE_DAYS = 84  # 12 weeks: the longest window of a first check (O1, O2)


@dataclass(frozen=True)
class FindingView:
    """One finding, opened. `told` and `line`: catalogue keys; `words`: typed by a person."""

    id: str
    interview_id: str | None
    appointment_id: str | None
    policy_version: str
    code: str
    item: str
    told: str | None
    line: str | None
    words: str | None
    tier: str | None
    outcome: Outcome
    source: str
    standing: bool
    found_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True)
class NoteView:
    """A standing note for the therapist, opened."""

    id: str
    code: str
    told: str | None
    words: str | None
    since: datetime
    confirmed_at: datetime


async def open_finding(session: AsyncSession, row: FindingRecord) -> FindingView | None:
    """None when the client was erased."""
    if row.sealed is None:
        return None
    told = await unseal(session, row.client_id, f"finding_record.sealed:{row.id}", row.sealed)
    return FindingView(
        id=row.id,
        interview_id=row.interview_id,
        appointment_id=row.appointment_id,
        policy_version=row.policy_version,
        code=told["code"],
        item=told["item"],
        told=told["told"],
        line=told["line"],
        words=told["words"],
        tier=told["tier"],
        outcome=Outcome(row.outcome),
        source=row.source,
        standing=row.standing,
        found_at=row.found_at,
        settled_at=row.settled_at,
    )


async def findings(session: AsyncSession, client_id: str, *where: Any) -> tuple[FindingView, ...]:
    """Findings of a client, oldest first; `where`: further conditions on `FindingRecord`."""
    rows = await session.scalars(
        select(FindingRecord)
        .where(FindingRecord.client_id == client_id, *where)
        .order_by(FindingRecord.found_at, FindingRecord.id)
    )
    return tuple([found for row in rows.all() if (found := await open_finding(session, row)) is not None])


async def notes(session: AsyncSession, client_id: str) -> tuple[NoteView, ...]:
    """The standing notes in force, oldest first."""
    rows = await session.scalars(
        select(StandingNote)
        .where(StandingNote.client_id == client_id, StandingNote.ended_at.is_(None))
        .order_by(StandingNote.since, StandingNote.id)
    )
    seen = []
    for row in rows.all():
        if row.sealed is not None:
            told = await unseal(session, client_id, f"standing_note.sealed:{row.id}", row.sealed)
            seen.append(
                NoteView(row.id, told["code"], told["told"], told["words"], row.since, row.confirmed_at)
            )
    return tuple(seen)


async def keep_note(
    session: AsyncSession,
    client_id: str,
    code: str,
    *,
    told: str | None,
    words: str | None,
    now: datetime,
) -> None:
    """Put a standing note on file, or confirm the one that is there."""
    same = next((note for note in await notes(session, client_id) if note.code == code), None)
    row = None if same is None else await session.get(StandingNote, same.id)
    if row is None:
        row = StandingNote(id=new_id(), client_id=client_id, since=now)
        session.add(row)
    row.confirmed_at = now
    value = {
        "code": code,
        "told": told or (same.told if same else None),
        "words": words or (same.words if same else None),
    }
    row.sealed = await seal(session, client_id, f"standing_note.sealed:{row.id}", value)
    await session.flush()


async def end_notes(session: AsyncSession, client_id: str, codes: frozenset[str], now: datetime) -> None:
    """End the standing notes of these codes: their questions were answered again, without them."""
    for note in await notes(session, client_id):
        if note.code in codes:
            row = await session.get(StandingNote, note.id)
            if row is not None:
                row.ended_at = now
    await session.flush()


async def _settled(session: AsyncSession, client_id: str, since: date, zone: tzinfo) -> Mapping[str, date]:
    lifted = await session.scalars(
        select(Hold)
        .where(
            Hold.client_id == client_id,
            Hold.lifted_at.is_not(None),
            Hold.lifted_by.is_not(None),  # rule 7: what a named person lifted, not what a check did
        )
        .order_by(Hold.lifted_at)
    )
    days: dict[str, date] = {}
    for row in lifted.all():
        hold = await holds.view(session, row)
        if hold is None or hold.line is None or hold.lifted_at is None:
            continue
        day = hold.lifted_at.astimezone(zone).date()
        if day >= since:
            days[hold.line] = day
    for hold in await holds.open_holds(session, client_id):
        if hold.line is not None:
            days.pop(hold.line, None)
    return days


def since_day(full_at: datetime | None, today: date, zone: tzinfo) -> date:
    """The day from which "since {since_date}" asks, so that no day falls between two checks."""
    if full_at is None:
        return today - timedelta(days=FIRST_SINCE_DAYS)
    return min(full_at.astimezone(zone).date(), today - timedelta(days=SINCE_DAYS))


async def facts(
    session: AsyncSession,
    client_id: str,
    now: datetime,
    *,
    zone: tzinfo,
    session_at: datetime | None = None,
) -> Facts:
    """What a round of questions opens with."""
    known = await health.load(session, client_id)
    today = now.astimezone(zone).date()
    since = since_day(known.full_at, today, zone)
    standing = {note.code for note in await notes(session, client_id)}
    told = {found.code for found in await findings(session, client_id, FindingRecord.settled_at.is_(None))}
    held = {hold.code for hold in await holds.open_holds(session, client_id)}
    ok, letters = await oks.facts(session, client_id)
    return Facts(
        today=today,
        since=since,
        session_day=None if session_at is None else session_at.astimezone(zone).date(),
        conditions=known.conditions,
        named=known.named,
        noted=known.noted,
        on_file=frozenset(standing | told | held),
        ok=ok,
        ok_said=known.ok_said,
        letters=letters,
        settled=await _settled(session, client_id, since, zone),
    )


async def history(session: AsyncSession, client_id: str, *, zone: tzinfo, but: str | None = None) -> History:
    """What a decision is made against. `but`: the round that is decided, whose findings are no past ones."""
    known = await health.load(session, client_id)
    ok, letters = await oks.facts(session, client_id)
    found = await findings(session, client_id, FindingRecord.outcome == int(Outcome.DEFER))
    defers = [one for one in found if but is None or one.interview_id != but]
    return History(
        conditions=known.conditions,
        noted=known.noted,
        standing=frozenset(note.code for note in await notes(session, client_id)),
        ok=ok,
        letters=letters,
        open_holds=tuple(hold.open_hold(zone) for hold in await holds.open_holds(session, client_id)),
        past_defers=tuple((found.code, found.found_at.astimezone(zone).date()) for found in defers),
    )
