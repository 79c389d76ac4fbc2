"""A clinic on a Monday morning: Ana and Marek, two rooms, a signed policy, and clients who want a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from config.clinic import ClinicFile
from config.clock import Clock
from config.database import Database, new_id
from config.encryption import seal
from scheduling import booking, holding, people, rescheduling
from scheduling import clinic as rows
from scheduling.applied import Applied
from scheduling.appointments import Appointment, OccupiedCell
from scheduling.availability import to_utc
from scheduling.notifications import Notification
from scheduling.slots import Slot
from scheduling.tasks import Task
from screening import sign_off
from screening.decision import Decision, Reason, Urgent
from screening.files import shipped
from screening.policy import LiftBy, Outcome, Tier, load
from screening.policy import Slot as Fate
from screening.tables import Hold


@dataclass
class World:
    """What a test acts through. Times of day are the clinic's wall clock."""

    database: Database
    clock: Clock
    zone: ZoneInfo
    therapists: dict[str, str]
    rooms: list[str]
    treatments: dict[str, str]
    clients: list[str]

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def at(self, day: date, hour: int, minute: int = 0) -> int:
        return to_utc(day, hour * 60 + minute, self.zone)

    def go_to(self, minute: int) -> None:
        self.clock.offset += datetime.fromtimestamp(minute * 60, UTC) - self.now

    def slot(self, start: int, who: str = "Ana", *, treatment: str = "swedish", room: int = 0) -> Slot:
        minutes = {"foot": 30, "swedish": 45, "body": 60, "first": 45}[treatment]
        return Slot(
            start,
            self.therapists[who],
            self.rooms[room],
            self.treatments[treatment],
            start + minutes,
            start + minutes + 15,
        )

    async def book(self, client: int, slot: Slot, *, checked: bool = False) -> str:
        """A booked visit whose undo is over."""
        async with self.database.transaction() as session:
            held = await holding.hold(session, self.clients[client], slot, self.now, first_visit=False)
            if checked:
                held.cleared_at = self.now
            await booking.confirm(session, held.id, self.now)
        self.clock.advance(timedelta(minutes=4))
        return held.id

    async def visit(self, appointment_id: str) -> Appointment:
        async with self.database.reading() as session:
            row = await session.get(Appointment, appointment_id)
            assert row is not None
            return row

    async def planned(self, appointment_id: str, *states: str) -> dict[str, datetime]:
        """kind -> due of the client's messages that are pending (or in the states named)."""
        async with self.database.reading() as session:
            found = await session.execute(
                select(Notification.kind, Notification.due_at).where(
                    Notification.appointment_id == appointment_id,
                    Notification.state.in_(states or ("pending",)),
                    Notification.person_id.in_(self.clients),
                )
            )
            return {row.kind: row.due_at for row in found}

    async def tasks(self) -> list[str]:
        async with self.database.reading() as session:
            return list(
                await session.scalars(select(Task.kind).where(Task.state != "closed").order_by(Task.kind))
            )

    async def cells(self, appointment_id: str) -> set[tuple[str, int]]:
        second = int(self.now.timestamp())
        async with self.database.reading() as session:
            found = await session.execute(
                select(OccupiedCell.resource, OccupiedCell.cell).where(
                    OccupiedCell.appointment_id == appointment_id, OccupiedCell.expires_at > second
                )
            )
            return {(row.resource, row.cell * 5) for row in found}

    async def hold_client(self, client: int, fate: Fate, **more: object) -> str:
        """An open safety hold, as screening writes it."""
        values = {
            "id": new_id(),
            "client_id": self.clients[client],
            "policy_version": "1",
            "outcome": 2,
            "slot": str(fate),
            "lift_by": "staff",
            "needs_ok": False,
            "source": "card",
            "set_at": self.now,
            "renewed_at": self.now,
        } | more
        async with self.database.transaction() as session:
            row = Hold(**values)
            row.sealed = await seal(
                session,
                row.client_id,
                f"hold.sealed:{row.id}",
                {
                    "code": "test", "item": "N1", "tier": None, "told": None, "line": None,
                    "words": None, "needs": [], "needs_letter": False, "not_before": None,
                },
            )  # fmt: skip
            session.add(row)
        return str(values["id"])

    async def decide(self, appointment_id: str, decision: Decision, phase: str = "check") -> Applied:
        async with self.database.transaction() as session:
            return await rescheduling.apply_decision(session, appointment_id, decision, self.now, phase=phase)


def decision(
    fate: Fate,
    outcome: Outcome = Outcome.DEFER,
    *,
    codes: Sequence[str] = (),
    not_before: datetime | None = None,
    tier: Tier | None = None,
    hidden: bool = False,
    review: bool = False,
    repeat: bool = False,
    cautions: Sequence[str] = (),
) -> Decision:
    reasons = tuple(Reason(code, outcome, tier, "N1", None, fate) for code in codes)
    urgent = None
    if fate is Fate.CANCELLED:
        urgent = Urgent(tier or Tier.E, "urgent.e", None, False, hidden)
    return Decision(
        outcome=outcome,
        tier=tier,
        reasons=reasons,
        slot=fate,
        earliest=None if not_before is None else not_before.date(),
        not_before=not_before,
        holds=(),
        lifted=(),
        lift_by=(LiftBy.FULL_CHECK,),
        notes=(),
        new_cautions=tuple(cautions),
        review=review,
        repeat=repeat,
        voids_ok=False,
        result="result.x",
        told=(),
        adapt=(),
        who_first=None,
        who_ok=None,
        says=(),
        urgent=urgent,
    )


CLEAR = decision(Fate.STAYS, Outcome.CLEAR)


async def make_world(
    database: Database, clock: Clock, clinic: ClinicFile, clients: int = 6, *, signed: bool = True
) -> World:
    now = clock.now()
    async with database.transaction() as session:
        await rows.seed(session, clinic, now)
        if signed:
            policy = load(shipped())
            await sign_off.store(session, policy, {}, now)
            await sign_off.sign(session, policy.version, "Eva Novak", None, now, kind="demo")
        made = []
        for k in range(clients):
            person = await people.ensure_person(session, 100 + k, now, name=f"Client{k} Kern")
            await people.grant(session, person.id, "client", now, by=None)
            made.append(person.id)
        staff = await rows.therapists(session)
        for k, therapist in enumerate(staff):
            person = await people.ensure_person(session, 10 + k, now, name=therapist.name)
            therapist.person_id = person.id
        return World(
            database,
            clock,
            clinic.zone,
            {t.first_name: t.id for t in staff},
            [r.id for r in await rows.rooms(session)],
            {t.code: t.id for t in await rows.treatments(session)},
            made,
        )


@pytest.fixture
async def world(database: Database, clock: Clock, clinic: ClinicFile) -> World:
    return await make_world(database, clock, clinic)


@pytest.fixture
def monday() -> date:
    return date(2027, 3, 1)
