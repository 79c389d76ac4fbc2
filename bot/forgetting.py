"""The end of all that is kept about a person: at their word, or when it may be kept no longer."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import conversation
from bot.delivery import file_rows
from bot.delivery.inbox import InboxUpdate
from bot.house import House
from config import audit
from config.clock import to_minutes
from config.encryption import destroy_key
from scheduling import booking, clinic, notifications, people, tasks
from scheduling.appointments import Appointment
from scheduling.people import Person, RoleGrant
from scheduling.refusals import CannotBook
from screening import interview, profile

AT_ONCE = 20


async def forget(
    session: AsyncSession,
    person: Person,
    now: datetime,
    *,
    actor: str | None,
    why: str,
    but_update: int | None = None,
) -> int:
    """Visits to come go, rows are emptied, the key is destroyed. The audit keeps codes under the person's id.

    `but_update` is the update being worked, whose row ends with its own turn. Returns how many visits went.
    """
    gone = 0
    for visit in await booking.visits(session, person.id, now):
        await interview.expire(session, person.id, visit.id, now)
        try:
            await booking.cancel(session, visit.id, now, actor=actor, because="erased", undo=False)
        except CannotBook:
            continue
        gone += 1
    for task in await tasks.of_client(session, person.id):
        await tasks.close(session, task.id, now, by=None, outcome="erased")
    chat_id = person.telegram_id
    await people.withdraw_consent(session, person.id, now)
    await notifications.void_person(session, person.id)
    await file_rows.forget(session, person.id)
    await profile.forget(session, person.id, now)
    await people.erase(session, person.id, now, actor=actor)
    await destroy_key(session, person.id)
    if chat_id is not None:
        await session.execute(
            update(InboxUpdate)
            .where(InboxUpdate.chat_id == chat_id, InboxUpdate.update_id != (but_update or 0))
            .values(payload=None, state="done", done_at=now)
            .execution_options(synchronize_session=False)
        )
        await conversation.forget_chat(session, chat_id)
    await conversation.forget_subject(session, person.id)
    await session.refresh(person)
    audit.record(
        session, now=now, actor=actor, subject=person.id, action=f"privacy.{why}", detail={"visits": gone}
    )
    return gone


async def forget_after_retention(house: House, now: datetime) -> None:
    """Clients whose last visit is longer ago than the clinic keeps records. A few an hour; the rest later."""
    async with house.database.transaction() as session:
        for person_id in await _past_retention(session, now):
            person = await people.get_person(session, person_id)
            if person is not None:
                await forget(session, person, now, actor=None, why="retention_over")


async def _past_retention(session: AsyncSession, now: datetime) -> list[str]:
    years = (await clinic.rules(session)).retention_years
    before = _years_before(now, years)
    roles = select(RoleGrant.person_id).where(RoleGrant.revoked_at.is_(None))
    lately = exists().where(Appointment.client_id == Person.id, Appointment.ends_at >= to_minutes(before))
    found = await session.scalars(
        select(Person.id)
        .where(
            Person.erased_at.is_(None),
            Person.created_at < before,
            Person.id.in_(roles.where(RoleGrant.role == people.CLIENT)),
            Person.id.not_in(roles.where(RoleGrant.role.in_(people.STAFF))),
            ~lately,
        )
        .limit(AT_ONCE)
    )
    return list(found)


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)
