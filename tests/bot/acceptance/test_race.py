"""Many clients tap one of the same few times at once, then Confirm: each time is booked once."""

from __future__ import annotations

import asyncio
import collections

import pytest
from sqlalchemy import func, select

from bot.simulator.client import Phone
from config.clock import from_minutes, to_minutes
from scheduling import clinic
from scheduling.appointments import BOOKED, FIRM, Appointment, OccupiedCell
from scheduling.search import SearchQuery, search
from scheduling.slots import Slot
from tests.bot.acceptance.clients import returning
from tests.bot.chat import World

LEAD_HOURS = 49  # beyond the window of the check, which would be asked before Confirm


async def some_slots(world: World, number: int) -> list[Slot]:
    """So many free times that do not touch each other."""
    house = world.app.house
    now = house.clock.now()
    async with house.database.reading() as session:
        (first,) = (one for one in await clinic.treatments(session) if one.first_visit)
        free = await search(session, SearchQuery(None, first.id), now)
    chosen: list[Slot] = []
    for slot in free:
        apart = all(
            slot.starts_at >= other.busy_until or slot.busy_until <= other.starts_at
            for other in chosen
            if other.therapist_id == slot.therapist_id
        )
        if apart and slot.starts_at >= to_minutes(now) + LEAD_HOURS * 60 and len(chosen) < number:
            chosen.append(slot)
    assert len(chosen) == number
    return chosen


async def settled(world: World) -> None:
    """So many turns take a while on a small machine."""
    await world.sim.quiet(timeout=120, settle=0)
    await world.settle()


def code(slot: Slot) -> str:
    return f"{slot.starts_at}-{slot.therapist_id[:8]}"


async def tap(phone: Phone, wanted: str, *, code: str | None = None) -> None:
    """A button of the newest card, or the same button with another time on it."""
    (data,) = (
        b.data for row in phone.live.rows for b in row if b.data and b.data.split(":")[2].startswith(wanted)
    )
    if code is not None:
        data = f"{data.partition('.')[0]}.{code}"
    await phone.tap_data(data, phone.live.id)


async def race(world: World, clients: int, times: int) -> None:
    house = world.app.house
    slots = await some_slots(world, times)
    ids = await returning(house, clients)
    phones = [world.sim.phone(user, f"Client {user}") for user in ids]
    await asyncio.gather(*(phone.say("/book") for phone in phones))
    await settled(world)

    wanted = {phone.id: slots[number % times] for number, phone in enumerate(phones)}
    await asyncio.gather(*(tap(phone, "slot1", code=code(wanted[phone.id])) for phone in phones))
    await settled(world)

    ahead = [phone for phone in phones if phone.live.button("confirm") is not None]
    others = [phone for phone in phones if phone not in ahead]
    assert collections.Counter(code(wanted[p.id]) for p in ahead) == {code(slot): 1 for slot in slots}
    for phone in others:
        card = phone.live
        assert card.text.startswith("Someone else took "), card.text
        offered = [
            b.data.rpartition(".")[2] for row in card.rows for b in row if b.data and ":slot" in b.data
        ]
        assert len(offered) == 3, card
        assert code(wanted[phone.id]) not in offered, "the time that is gone was offered"
        there = [abs(int(one.partition("-")[0]) - wanted[phone.id].starts_at) for one in offered]
        assert min(there) <= 7 * 24 * 60, "what was offered is nowhere near"

    await asyncio.gather(*(tap(phone, "confirm") for phone in ahead))
    await settled(world)

    async with house.database.reading() as session:
        visits = list(await session.scalars(select(Appointment)))
        cells = await session.scalar(select(func.count()).select_from(OccupiedCell))
        firm = await session.scalar(
            select(func.count()).select_from(OccupiedCell).where(OccupiedCell.expires_at == FIRM)
        )
    assert {(v.starts_at, v.therapist_id, v.state) for v in visits} == {
        (slot.starts_at, slot.therapist_id, BOOKED) for slot in slots
    }
    assert len(visits) == times
    assert cells == firm == sum(3 * (v.busy_until - v.starts_at) // 5 for v in visits)
    rooms = collections.defaultdict(list)
    for visit in visits:
        rooms[visit.room_id].append(visit.span)
    for spans in rooms.values():
        spans.sort()
        assert all(end <= start for (_, end), (start, _) in zip(spans, spans[1:], strict=False))

    for phone in ahead:
        told = [message.text for message in phone.received if message.text.startswith("Booked: ")]
        assert len(told) == 1, told
        assert f"{from_minutes(wanted[phone.id].starts_at).astimezone(house.zone):%-H:%M}" in told[0]
    left = await world.sim.outstanding()
    assert (left["updates"], left["queries"]) == (0, 0)
    assert not await waiting(world)


async def waiting(world: World) -> list[int]:
    from bot.delivery.inbox import InboxUpdate

    async with world.app.house.database.reading() as session:
        return list(await session.scalars(select(InboxUpdate.update_id).where(InboxUpdate.state != "done")))


@pytest.mark.timeout(300)
async def test_200_clients_and_20_times(world: World) -> None:
    await race(world, 200, 20)
