"""The audit of one client, or of one visit, as a file that can be handed over.

People stand in it as pseudonyms; what the client said is in it until the erasure. It ends with its hash,
which the act of exporting keeps, so that the file can be told from one that was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from config import audit
from config.audit import AuditRecord
from config.clock import from_minutes
from scheduling.appointments import Appointment, AppointmentMove
from scheduling.notifications import Notification
from scheduling.people import Consent, Person
from scheduling.tasks import Task
from screening import trail
from screening.trail import moment

FORMAT, VERSION = "gentlehours-audit", 1
EXPORTED = "audit.exported"
SENT_BESIDE = "card."  # acts of cards that were drawn, not sent from a row: "card.shown" and the like


class NobodySuch(Exception):
    """There is no such client or visit."""


async def export(
    session: AsyncSession,
    *,
    client_id: str,
    appointment_id: str | None = None,
    now: datetime,
    zone: str,
    by: str | None,
) -> dict[str, Any]:
    """The trail as JSON values, lists oldest first. `appointment_id`: only what belongs to that visit.

    The export is an act of its own, kept with the file's hash. Raises: NobodySuch.
    """
    person = await session.get(Person, client_id)
    visits = await _visits(session, client_id, appointment_id)
    if person is None or (appointment_id is not None and not visits):
        raise NobodySuch
    rounds = await trail.rounds(session, client_id, appointment_id=appointment_id, language=person.language)
    holds = await trail.holds(session, client_id, appointment_id=appointment_id)
    tasks = await _tasks(session, client_id, appointment_id)
    messages, of_messages = await _messages(
        session, client_id, [visit["id"] for visit in visits], appointment_id
    )
    things = {one["id"] for group in (visits, rounds, holds, tasks) for one in group}
    acts = await _acts(session, client_id, things, only=appointment_id is not None)
    drawn = [act for act in acts if act["action"].startswith(SENT_BESIDE)]
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "written": moment(now),
        "zone": zone,
        "client": client_id,
        "erased": moment(person.erased_at),
        "visit": appointment_id,
        "policies": await trail.policies(session, [one["policy"]["hash"] for one in rounds]),
        "consents": await _consents(session, client_id),
        "visits": visits,
        "rounds": rounds,
        "findings": await trail.findings(session, client_id, appointment_id=appointment_id),
        "holds": holds,
        "clearances": await trail.clearances(session, client_id),
        "steady": await trail.steady_days(session, client_id),
        "facts": await trail.noted_facts(session, client_id),
        "tasks": tasks,
        "messages": messages,
        "cards": drawn,
        "acts": [act for act in acts if act not in drawn and act["thing"] not in of_messages],
    }
    sealed = seal_file(told)
    audit.record(
        session,
        now=now,
        actor=by,
        subject=client_id,
        action=EXPORTED,
        thing=appointment_id,
        detail={"sha256": sealed["integrity"]["sha256"]},
    )
    return sealed


def content_hash(told: Mapping[str, Any]) -> str:
    """SHA-256 of everything but the integrity itself, as JSON with sorted keys and no spaces."""
    plain = {key: value for key, value in told.items() if key != "integrity"}
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seal_file(told: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its hash at the end."""
    return {**told, "integrity": {"sha256": content_hash(told)}}


async def exported_on(session: AsyncSession, told: Mapping[str, Any]) -> datetime | None:
    """When this very file was exported here; None if it was not, or was changed since."""
    if told.get("integrity") != {"sha256": content_hash(told)}:
        return None
    rows = await session.scalars(
        select(AuditRecord).where(AuditRecord.action == EXPORTED, AuditRecord.subject == told.get("client"))
    )
    return next((row.at for row in rows.all() if row.detail == told["integrity"]), None)


async def _visits(session: AsyncSession, client_id: str, appointment_id: str | None) -> list[dict[str, Any]]:
    where = [Appointment.client_id == client_id]
    if appointment_id is not None:
        where.append(Appointment.id == appointment_id)
    rows = await session.scalars(
        select(Appointment).where(*where).order_by(Appointment.starts_at, Appointment.id)
    )
    return [
        {
            "id": row.id,
            "starts": moment(from_minutes(row.starts_at)),
            "ends": moment(from_minutes(row.ends_at)),
            "therapist": row.therapist_id,
            "treatment": row.treatment_id,
            "state": row.state,
            "version": row.version,
            "outcome": row.outcome,
            "hold_reason": row.hold_reason,
            "booked": moment(row.booked_at),
            "booked_by": row.booked_by,
            "cleared": moment(row.cleared_at),
            "rechecked": moment(row.rechecked_at),
            "ended": moment(row.ended_at),
            "ended_by": row.ended_by,
            "ended_because": row.ended_because,
            "changes": await _changes(session, row.id),
        }
        for row in rows.all()
    ]


async def _changes(session: AsyncSession, appointment_id: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(AppointmentMove)
        .where(AppointmentMove.appointment_id == appointment_id)
        .order_by(AppointmentMove.at, AppointmentMove.version, AppointmentMove.id)
    )
    return [
        {
            "at": moment(row.at),
            "by": row.by,
            "reason": row.reason,
            "version": row.version,
            "from": moment(from_minutes(row.from_starts_at)),
            "to": None if row.to_starts_at is None else moment(from_minutes(row.to_starts_at)),
            "undone": moment(row.undone_at),
        }
        for row in rows.all()
    ]


async def _consents(session: AsyncSession, client_id: str) -> list[dict[str, Any]]:
    rows = await session.scalars(
        select(Consent).where(Consent.person_id == client_id).order_by(Consent.given_at, Consent.id)
    )
    return [
        {
            "purpose": row.purpose,
            "wording": row.version,
            "given": moment(row.given_at),
            "taken_by": row.taken_by,
            "withdrawn": moment(row.withdrawn_at),
        }
        for row in rows.all()
    ]


async def _tasks(session: AsyncSession, client_id: str, appointment_id: str | None) -> list[dict[str, Any]]:
    where = [Task.client_id == client_id]
    if appointment_id is not None:
        where.append(Task.appointment_id == appointment_id)
    rows = await session.scalars(select(Task).where(*where).order_by(Task.created_at, Task.id))
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "visit": row.appointment_id,
            "hold": row.hold_id,
            "opened": moment(row.created_at),
            "due": moment(row.due_at),
            "owner": row.owner_id,
            "state": row.state,
            "outcome": row.outcome,
            "closed": moment(row.closed_at),
            "closed_by": row.closed_by,
        }
        for row in rows.all()
    ]


async def _messages(
    session: AsyncSession, client_id: str, visits: Collection[str], appointment_id: str | None
) -> tuple[list[dict[str, Any]], frozenset[str]]:
    """Messages to the client, and to staff about the visits, with each end that they came to; their ids."""
    about = Notification.appointment_id.in_(visits)
    where = about if appointment_id is not None else or_(Notification.person_id == client_id, about)
    rows = (
        await session.scalars(
            select(Notification).where(where).order_by(Notification.due_at, Notification.id)
        )
    ).all()
    ids = frozenset(row.id for row in rows)
    ends: dict[str, list[dict[str, Any]]] = {}
    acts = await session.scalars(
        select(AuditRecord).where(AuditRecord.thing.in_(ids)).order_by(AuditRecord.id)
    )
    for act in acts.all():
        ends.setdefault(act.thing or "", []).append(
            {"at": moment(act.at), "state": act.action.partition(".")[2]}
        )
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "to": row.person_id,
            "visit": row.appointment_id,
            "due": moment(row.due_at),
            "state": row.state,
            "sent": moment(row.sent_at),
            "tries": row.attempts,
            "repeats": row.repeats,
            "fault": row.last_error,
            "deliveries": ends.get(row.id, []),
        }
        for row in rows
    ], ids


async def _acts(
    session: AsyncSession, client_id: str, things: Collection[str], *, only: bool
) -> list[dict[str, Any]]:
    """Who did what, in the order in which it was written. `only`: what is about these things."""
    about = AuditRecord.thing.in_(things)
    where = about if only else or_(AuditRecord.subject == client_id, about)
    rows = await session.scalars(select(AuditRecord).where(where).order_by(AuditRecord.id))
    return [
        {
            "at": moment(row.at),
            "by": row.actor,
            "action": row.action,
            "thing": row.thing,
            "detail": dict(row.detail),
        }
        for row in rows.all()
    ]
