"""What a person of the clinic must do, by when, and who took it: told to all who may, decided once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func, literal, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from config import audit
from config.database import Base, UtcDateTime, new_id
from config.encryption import seal, unseal
from scheduling import notifications, people
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist
from scheduling.notifications import Notification, Plan
from screening.policy import LiftBy
from screening.tables import Hold

NEW, CHANGED, LATE = "task.new", "task.edit", "task.late"
"""Kinds of the messages to those who may see to a task: it is there; it was decided; its time is over."""
CANNOT_WAIT = frozenset({"urgent", "red_unsure", "easing"})
THERAPISTS_TOO = frozenset({"after", "aftercare", "review", "cautions"})
"""Kinds that a therapist may settle for own clients, unless a hold behind it is a lead's (rule 16)."""
NEARER = timedelta(minutes=30)

OPEN, TAKEN, CLOSED = "open", "taken", "closed"
LIVE = (OPEN, TAKEN)


class Task(Base):
    """kind: call (check not answered) | review | urgent | clearance | letter | no_slot | no_date | reoffer |
    unreachable | person (asked for one) | after (after a visit) | easing (limbs, the same day) |
    repeat (rule 11) | cautions (rule 15) | written (words to the client) | door | not_sent | fault.

    At most one is open a `key`. The note is sealed for the client.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index(
            "uq_task_key_open",
            "key",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_task_state_due_at", "state", "due_at"),
        Index("ix_task_client_id", "client_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(20))
    client_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    therapist_id: Mapped[str | None] = mapped_column(String(32))
    hold_id: Mapped[str | None] = mapped_column(String(32), index=True)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(8), default=OPEN)
    outcome: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[str | None] = mapped_column(String(32))


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """`oldest`: since when the oldest of them is open."""

    open: int
    today: int
    oldest: datetime | None


async def open_task(
    session: AsyncSession,
    kind: str,
    now: datetime,
    *,
    client_id: str | None,
    appointment_id: str | None = None,
    due_at: datetime | None = None,
    key: str | None = None,
    therapist_id: str | None = None,
    hold_id: str | None = None,
    note: str | None = None,
    quiet: bool = False,
) -> str:
    """Open a task, or return the open one of the same key with the nearer deadline.

    Without a key it is the kind and the visit, or the client. Without `due_at` it is due in an hour. `quiet`:
    who opens it takes it, so that nobody else is told before it is late.
    """
    key = key or f"{kind}:{appointment_id or client_id or 'clinic'}"
    due = due_at or now + timedelta(hours=1)
    same = (await session.scalars(select(Task).where(Task.key == key, Task.state != CLOSED))).one_or_none()
    if same is not None:
        nearer = same.due_at - due >= NEARER
        same.due_at = min(same.due_at, due)
        if nearer:
            await _tell(session, same, now)
        return same.id
    task = Task(
        id=new_id(),
        key=key,
        kind=kind,
        client_id=client_id,
        appointment_id=appointment_id,
        therapist_id=therapist_id,
        hold_id=hold_id,
        due_at=due,
        created_at=now,
    )
    if note:
        task.note = await seal(session, client_id, f"task.note:{task.id}", note)
    session.add(task)
    await session.flush()
    if not quiet:
        await _tell(session, task, now)
    return task.id


async def may_see_to(session: AsyncSession, task: Task) -> list[str]:
    """Ids of all who may see to a task: the desk, and the client's therapist where a therapist may decide."""
    found = await people.with_role(session, people.ADMIN, people.LEAD)
    therapist = await _its_therapist(session, task)
    if therapist is not None and therapist not in found:
        found.append(therapist)
    return found


async def _tell(session: AsyncSession, task: Task, now: datetime) -> None:
    """Everybody who may see to it hears of it; the first one counts."""
    told = await may_see_to(session, task)
    due = int(task.due_at.timestamp())
    await notifications.plan_all(
        session,
        [
            Plan(
                person_id,
                NEW,
                now,
                key=f"{NEW}:{task.id}:{person_id}:{due}",
                priority=notifications.NOW if task.kind in CANNOT_WAIT else notifications.SOON,
                data={"task": task.id},
            )
            for person_id in told
        ],
    )


async def _its_therapist(session: AsyncSession, task: Task) -> str | None:
    """The person of the client's therapist, where a therapist may decide."""
    if task.kind not in THERAPISTS_TOO:
        return None
    if task.hold_id is not None:
        lift_by = await session.scalar(select(Hold.lift_by).where(Hold.id == task.hold_id))
        if lift_by != LiftBy.STAFF.value:
            return None
    therapist_id = task.therapist_id
    if therapist_id is None and task.appointment_id is not None:
        therapist_id = await session.scalar(
            select(Appointment.therapist_id).where(Appointment.id == task.appointment_id)
        )
    found: str | None = await session.scalar(
        select(Therapist.person_id).where(Therapist.id == therapist_id, Therapist.active)
    )
    return found


async def told_of(session: AsyncSession, task_id: str) -> list[str]:
    """Ids of all who were told of a task."""
    rows = await session.scalars(
        select(Notification.person_id).where(Notification.key.startswith(f"{NEW}:{task_id}:"))
    )
    return list(dict.fromkeys(rows))


async def changed(session: AsyncSession, task_id: str, now: datetime) -> None:
    """Let the cards of all who were told of it show how it stands."""
    stamp = new_id()[:8]
    await notifications.plan_all(
        session,
        [
            Plan(
                person_id,
                CHANGED,
                now,
                key=f"{CHANGED}:{task_id}:{person_id}:{stamp}",
                expires_at=now + timedelta(hours=12),
                priority=notifications.LATER,
                at_least_once=False,
                data={"task": task_id},
            )
            for person_id in await told_of(session, task_id)
        ],
    )


async def note_of(session: AsyncSession, task: Task) -> str | None:
    """The note, opened. Raises: Unreadable once the client was erased."""
    if task.note is None:
        return None
    return str(await unseal(session, task.client_id, f"task.note:{task.id}", task.note))


async def add_note(session: AsyncSession, task_id: str, words: str) -> None:
    """Put words below what the note says already. Raises: Unreadable once the client was erased."""
    task = await session.get(Task, task_id)
    if task is None or task.state == CLOSED:
        return
    before = await note_of(session, task)
    note = words if before is None else f"{before}\n{words}"
    task.note = await seal(session, task.client_id, f"task.note:{task.id}", note)
    await session.flush()


async def take(session: AsyncSession, task_id: str, person_id: str, now: datetime) -> str | None:
    """Take a task on. Returns the id of whoever has it now: the first one, or None if it is closed."""
    await session.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == OPEN)
        .values(state=TAKEN, owner_id=person_id)
        .execution_options(synchronize_session=False)
    )
    row = (await session.execute(select(Task.state, Task.owner_id).where(Task.id == task_id))).one_or_none()
    if row is None or row.state == CLOSED:
        return None
    if row.owner_id == person_id:
        audit.record(session, now=now, actor=person_id, subject=None, action="task.taken", thing=task_id)
        await changed(session, task_id, now)
    owner: str | None = row.owner_id
    return owner


async def release(session: AsyncSession, task_id: str, now: datetime, *, by: str) -> None:
    """Give a task back: anybody who may can take it."""
    await session.execute(
        update(Task)
        .where(Task.id == task_id, Task.state == TAKEN)
        .values(state=OPEN, owner_id=None)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(session, now=now, actor=by, subject=None, action="task.released", thing=task_id)
    await changed(session, task_id, now)


async def hand_over(session: AsyncSession, task_id: str, to: str, now: datetime, *, by: str) -> None:
    """Give a task to somebody who may see to it; they are told. A closed one stays as it is."""
    given = await session.execute(
        update(Task)
        .where(Task.id == task_id, Task.state != CLOSED)
        .values(state=TAKEN, owner_id=to)
        .returning(Task.id)
        .execution_options(synchronize_session="fetch")
    )
    if given.scalar_one_or_none() is None:
        return
    audit.record(
        session, now=now, actor=by, subject=None, action="task.handed", thing=task_id, detail={"to": to}
    )
    await changed(session, task_id, now)
    if to != by:
        await notifications.plan(
            session,
            to,
            NEW,
            now,
            key=f"{NEW}:{task_id}:{to}:{new_id()[:8]}",
            priority=notifications.NOW,
            data={"task": task_id},
        )


async def escalate(session: AsyncSession, now: datetime) -> int:
    """What is still open after its deadline is told once to the whole desk, whoever has it. How many."""
    told = select(Notification.id).where(Notification.key.startswith(literal(f"{LATE}:").concat(Task.id)))
    rows = await session.scalars(
        select(Task).where(Task.state != CLOSED, Task.due_at <= now, ~told.exists()).order_by(Task.due_at)
    )
    late = rows.all()
    desk = await people.with_role(session, people.ADMIN, people.LEAD) if late else []
    await notifications.plan_all(
        session,
        [
            Plan(
                person_id,
                LATE,
                now,
                key=f"{LATE}:{task.id}:{person_id}",
                priority=notifications.NOW if task.kind in CANNOT_WAIT else notifications.SOON,
                data={"task": task.id},
            )
            for task in late
            for person_id in desk
        ],
    )
    return len(late) if desk else 0


async def close(
    session: AsyncSession, task_id: str, now: datetime, *, by: str | None, outcome: str = "done"
) -> bool:
    """Close a task. False if somebody closed it before."""
    row = (
        await session.execute(
            update(Task)
            .where(Task.id == task_id, Task.state != CLOSED)
            .values(state=CLOSED, outcome=outcome, closed_at=now, closed_by=by)
            .returning(Task.client_id, Task.kind)
            .execution_options(synchronize_session=False)
        )
    ).one_or_none()
    if row is None:
        return False
    audit.record(
        session,
        now=now,
        actor=by,
        subject=row.client_id,
        action="task.closed",
        thing=task_id,
        detail={"kind": row.kind, "outcome": outcome},
    )
    await changed(session, task_id, now)
    return True


async def close_for(
    session: AsyncSession,
    appointment_id: str,
    now: datetime,
    *,
    kinds: tuple[str, ...],
    outcome: str,
    by: str | None = None,
) -> None:
    """Close what a change has settled: a late answer settles the call about it."""
    ids = await session.scalars(
        select(Task.id).where(
            Task.appointment_id == appointment_id, Task.state != CLOSED, Task.kind.in_(kinds)
        )
    )
    for task_id in ids.all():
        await close(session, task_id, now, by=by, outcome=outcome)


async def listed(
    session: AsyncSession, *, therapist_id: str | None = None, limit: int = 50, offset: int = 0
) -> list[Task]:
    """Open tasks, the nearest deadline first, then the oldest; of one therapist's clients if asked."""
    query = select(Task).where(Task.state != CLOSED).order_by(Task.due_at, Task.created_at)
    if therapist_id is not None:
        query = query.where(Task.therapist_id == therapist_id)
    return list(await session.scalars(query.limit(limit).offset(offset)))


async def of_client(session: AsyncSession, client_id: str) -> list[Task]:
    return list(
        await session.scalars(
            select(Task).where(Task.client_id == client_id, Task.state != CLOSED).order_by(Task.due_at)
        )
    )


async def count(
    session: AsyncSession, until: datetime, *, kinds: tuple[str, ...] | None = None
) -> TaskCounts:
    """Open tasks, and those due before `until` (the end of today in the clinic's zone)."""
    where = [Task.state != CLOSED]
    if kinds is not None:
        where.append(Task.kind.in_(kinds))
    row = (
        await session.execute(
            select(func.count(), func.count().filter(Task.due_at < until), func.min(Task.created_at)).where(
                *where
            )
        )
    ).one()
    return TaskCounts(row[0], row[1], row[2])
