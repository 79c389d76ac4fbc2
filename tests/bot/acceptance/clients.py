"""Clients who have been here before, written as rows: a race is no place to walk first contact."""

from __future__ import annotations

from bot.house import House
from scheduling import people
from screening import clearance, health

FIRST_ID = 20_001


async def returning(house: House, number: int) -> list[int]:
    """Telegram ids of clients who have agreed, told their profile, have an OK, and said "no phone"."""
    now, zone = house.clock.now(), house.zone
    ids = list(range(FIRST_ID, FIRST_ID + number))
    async with house.database.transaction() as session:
        for telegram_id in ids:
            person = await people.ensure_person(session, telegram_id, now, name=f"Client {telegram_id}")
            person.first_contact_at, person.best_time = now, "morning"
            await people.consent(session, person.id, "care", "1", now)
            await people.grant(session, person.id, people.CLIENT, now, by=None)
            await people.set_phone(session, person.id, None)
            known = await health.load(session, person.id)
            known.conditions = known.named = frozenset({"ms"})
            known.ok_said, known.profile_due = True, False
            known.profile_at = known.full_at = now
            await health.save(session, known, now)
            await clearance.self_report(session, person.id, who="family doctor", now=now, zone=zone, by=None)
    return ids
