"""A client with a visit, made by the use cases, so that a test can begin where its story begins."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.house import House
from config.clock import from_minutes, to_minutes
from scheduling import agenda, booking, clinic, holding, people, rescheduling
from scheduling.appointments import Appointment
from scheduling.availability import to_utc
from scheduling.search import SearchQuery, search
from screening import health, holds, interview, profile
from tests.bot.chat import Chat, World

PROFILE = {
    "FB1": "1",
    "FB2": "1",
    "P0a": "none",
    "P0b": "none",
    "FB4": "4",
    "FB5": "4",
    "H": "none",
    "U": "none",
}


async def known(
    world: World,
    chat: Chat,
    *,
    conditions: frozenset[str] = frozenset({"ms"}),
    ok: str = "yes",
    name: str = "Maria",
) -> str:
    """A client who came before: agreed, known conditions, an OK on file (or "2": not yet). Returns the id."""
    house = world.app.house
    now = house.clock.now()
    await chat.phone.start()
    await world.settle()
    async with house.database.transaction() as session:
        person = await people.by_telegram_id(session, chat.phone.chat_id)
        assert person is not None
        people.rename(person, f"{name} Kral")
        person.no_phone = True
        person.first_contact_at = now
        await people.consent(session, person.id, "care", "1", now)
        await people.grant(session, person.id, people.CLIENT, now, by=None)
        await profile.start(session, person.id, "1", "yes" if ok == "yes" else "2", now, zone=house.zone)
        told = await health.load(session, person.id)
        told.conditions, told.named = conditions, frozenset()
        told.profile_at = told.full_at = told.last_session_at = now - timedelta(days=20)
        told.profile_due = False
        await health.save(session, told, now)
        if ok == "yes":
            from screening import clearance

            await clearance.self_report(session, person.id, who="", now=now, zone=house.zone, by=None)
        return str(person.id)


async def booked(
    world: World, client_id: str, day: date, hour: float = 10, *, therapist: str = "Ana", first: bool = False
) -> Appointment:
    """A booked visit on that day at that wall hour, as after Confirm."""
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        start = to_utc(day, int(hour * 60), house.zone)
        who = next(t for t in await clinic.therapists(session) if t.first_name == therapist)
        treatment = next(t for t in await clinic.treatments(session) if t.code == "foot")
        found = await search(session, SearchQuery(client_id, treatment.id, therapist_id=who.id), now)
        slot = next(slot for slot in found if slot.starts_at == start)
        row = await holding.hold(session, client_id, slot, now, first_visit=first)
        return await booking.confirm(session, row.id, now, actor=client_id)


async def visit_of(house: House, appointment_id: str) -> Appointment:
    async with house.database.reading() as session:
        row = await session.get(Appointment, appointment_id)
        assert row is not None
        return row


async def day_of(house: House, visit: Appointment, at: int | None = None) -> list[agenda.Row]:
    """What the therapist's day says, all rows."""
    async with house.database.reading() as session:
        day = from_minutes(at if at is not None else visit.starts_at).astimezone(house.zone).date()
        found = await agenda.day(session, visit.therapist_id, day, house.clock.now())
        return list(found.rows)


async def open_codes(house: House, client_id: str) -> set[str]:
    async with house.database.reading() as session:
        return {hold.code for hold in await holds.open_holds(session, client_id)}


async def checked(world: World, visit: Appointment) -> None:
    """The full check, answered well, as rows."""
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        opened = await interview.open_interview(
            session, visit.client_id, "check", now, zone=house.zone,
            appointment_id=visit.id, session_at=from_minutes(visit.starts_at),
        )  # fmt: skip
        for _ in range(12):
            if await interview.current(session, opened, now) is None:
                break
            house.clock.advance(timedelta(seconds=3))
            now = house.clock.now()
            await interview.answer(session, opened, "none", now)
        decision = await interview.finish(session, opened, now)
        await rescheduling.apply_decision(session, visit.id, decision, now)


def in_days(world: World, days: int) -> date:
    return (world.app.house.clock.now().astimezone(world.app.house.zone) + timedelta(days=days)).date()


def minutes(moment: datetime) -> int:
    return to_minutes(moment)
