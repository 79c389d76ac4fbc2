"""Why a visit goes on, changes or stops: for the client and the therapist; `trail` is for who audits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from screening import health, holds, on_file, sign_off
from screening.policy import Outcome, Tier
from screening.tables import FindingRecord


@dataclass(frozen=True)
class Because:
    """Why, as the client told it: `told` is a catalogue key, `words` what was typed; None: the file says it.

    `until`: the clinic day before which nothing is booked. `why`: key of what is waited for, which may name
    `who_ok`. `private`: never for a helper (tier C).
    """

    told: str | None
    words: str | None
    outcome: Outcome
    until: date | None
    why: str
    who_ok: str | None
    private: bool


@dataclass(frozen=True)
class TherapistNote:
    """What the therapist is told. `note`: keys of the row of section 3; `adapt`: key of the short words."""

    code: str
    told: str | None
    words: str | None
    note: tuple[str, ...]
    adapt: str | None
    standing: bool
    outcome: Outcome


async def for_client(session: AsyncSession, client_id: str) -> tuple[Because, ...]:
    """Why things are as they are now, worst first: open holds only, in the client's own words."""
    policy = await sign_off.for_use(session)
    return tuple(
        Because(
            told=hold.told,
            words=hold.words,
            outcome=hold.outcome,
            until=hold.earliest,
            why=holds.WHY[hold.slot],
            who_ok=policy.row(hold.code).who_ok,
            private=hold.tier is Tier.C,
        )
        for hold in await holds.open_holds(session, client_id)
    )


async def for_therapist(session: AsyncSession, client_id: str) -> tuple[TherapistNote, ...]:
    """What to adapt: the cautions that still count, newest first, then the standing notes.

    No more than that is sent: a hold shows as the status of the day's row, not with its story.
    """
    policy = await sign_off.for_use(session)
    told: dict[str, TherapistNote] = {}
    for found in reversed(await on_file.findings(session, client_id, FindingRecord.settled_at.is_(None))):
        row = policy.row(found.code)
        if row.note and found.outcome < Outcome.DEFER and not found.standing:
            told.setdefault(
                found.code,
                TherapistNote(found.code, found.told, found.words, row.note, row.adapt, False, found.outcome),
            )
    for note in await on_file.notes(session, client_id):
        row = policy.row(note.code)
        told.setdefault(
            note.code,
            TherapistNote(note.code, note.told, note.words, row.note, row.adapt, True, row.outcome),
        )
    known = await health.load(session, client_id)
    facts = (known.conditions or known.named) | known.noted
    for rule in policy.assumed:
        row = policy.row(rule.gives)
        if facts.intersection(rule.given) and not facts.intersection(rule.unless):
            told.setdefault(
                rule.gives, TherapistNote(rule.gives, None, None, row.note, row.adapt, True, row.outcome)
            )
    return tuple(told.values())
