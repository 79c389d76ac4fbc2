"""What stands in the demo's clinic before a visitor comes: a policy signed "demo", a client with history."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import Running
from bot.house import House
from bot.simulator.client import RemoteSimulator
from config.clock import from_minutes
from scheduling import booking, clinic, holding, invites, notifications, people, visits_done
from scheduling.appointments import Appointment
from scheduling.clinic import Therapist
from scheduling.search import SearchQuery, search
from screening import clearance, health, sign_off

MARIA, THERAPIST, ADMIN, JOHANNES = 1001, 1002, 1003, 1004
CAME_FIRST, LAST_VISIT, NEXT_VISIT = timedelta(days=20), timedelta(days=14), timedelta(days=3)


async def seed(house: House) -> None:
    """Sign the policy as a demo's, and give Johannes a past and a next visit with Ana."""
    now = house.clock.now()
    async with house.database.transaction() as session:
        await sign_off.sign(session, house.shipped.version, "Demo, no clinician", None, now, kind="demo")
        client_id = await _johannes(session, house, now - CAME_FIRST)
        past = await _visit(session, client_id, now - LAST_VISIT, booked_at=now - CAME_FIRST)
        starts = from_minutes(past.starts_at)
        past.cleared_at, past.rechecked_at = starts - timedelta(hours=20), starts - timedelta(hours=2)
        await visits_done.done(session, past.id, from_minutes(past.ends_at), actor=client_id)
        await health.note_session(session, client_id, starts)
        await notifications.void(session, past.id)
        await _visit(session, client_id, now + NEXT_VISIT, booked_at=now - timedelta(days=1))


async def _johannes(session: AsyncSession, house: House, then: datetime) -> str:
    """A client with Parkinson's, his doctor's OK and a phone. Returns his id."""
    person = await people.ensure_person(session, JOHANNES, then, name="Johannes Berger")
    person.first_contact_at, person.best_time = then, "morning"
    await people.consent(session, person.id, "care", "1", then)
    await people.grant(session, person.id, people.CLIENT, then, by=None)
    await people.set_phone(session, person.id, "+4930555018")
    known = await health.load(session, person.id)
    known.conditions = known.named = frozenset({"parkinsons"})
    known.ok_said, known.profile_due = True, False
    known.profile_at = known.full_at = then
    await health.save(session, known, then)
    await clearance.self_report(session, person.id, who="family doctor", now=then, zone=house.zone, by=None)
    return person.id


async def _visit(session: AsyncSession, client_id: str, day: datetime, *, booked_at: datetime) -> Appointment:
    """The first free time with Ana on that day, booked. Raises: LookupError if there is none."""
    foot = next(t for t in await clinic.treatments(session) if not t.first_visit)
    ana = await _ana(session)
    query = SearchQuery(client_id, foot.id, therapist_id=ana.id, first_day=day.date(), days=1)
    for slot in await search(session, query, booked_at):
        held = await holding.hold(session, client_id, slot, booked_at)
        visit = await booking.confirm(session, held.id, booked_at, actor=client_id)
        visit.undo_until = None
        return visit
    raise LookupError("the demo's clinic has no free time for its own client")


async def _ana(session: AsyncSession) -> Therapist:
    return (await clinic.therapists(session))[0]


async def open_chats(app: Running, sim: RemoteSimulator) -> None:
    """Ana and Eva open their links, as people who work here would; Johannes has a chat of his own."""
    house = app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        ana = await _ana(session)
        for_ana = await invites.invite(session, [people.THERAPIST], now, by=None, therapist_id=ana.id)
        for_eva = await invites.invite(session, [people.LEAD], now, by=None, name="Eva Novak")
    await sim.phone(JOHANNES, "Johannes").start()
    await sim.phone(THERAPIST, "Ana").start(f"i_{for_ana}")
    await sim.phone(ADMIN, "Eva").start(f"i_{for_eva}")
    await sim.quiet()
