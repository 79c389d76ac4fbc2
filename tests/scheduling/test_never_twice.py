"""Whatever people do in whatever order: no therapist, room or client is ever in two places."""

import asyncio
import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from config.clinic import EXAMPLE, load_clinic
from config.clock import Clock
from config.database import Base, Database
from config.encryption import Keyring
from scheduling import (
    absences,
    booking,
    deadlines,
    holding,
    kept_times,
    moving,
    rescheduling,
    undoing,
    waiting,
)
from scheduling.appointments import Appointment, KeptTime, OccupiedCell, now_second
from scheduling.refusals import CannotBook
from scheduling.search import SearchQuery, search
from tests.conftest import MONDAY_8
from tests.scheduling.conftest import CLEAR, Fate, decision, make_world

DAYS = [date(2027, 3, d) for d in (2, 3, 4)]
CLIENTS = 4

act = st.one_of(
    st.tuples(st.just("hold"), st.integers(0, CLIENTS - 1), st.integers(0, 40)),
    st.tuples(st.just("confirm"), st.integers(0, CLIENTS - 1), st.just(0)),
    st.tuples(st.just("move"), st.integers(0, 9), st.integers(0, 40)),
    st.tuples(st.just("cancel"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("undo"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, 2, 4, 9, 30, 700])),
    st.tuples(st.just("tick"), st.just(0), st.just(0)),
    st.tuples(st.just("defer"), st.integers(0, 9), st.integers(1, 3)),
    st.tuples(st.just("keep"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("clear"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("reoffer"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("take"), st.integers(0, 9), st.integers(0, 2)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("never-twice")


@given(st.lists(act, min_size=3, max_size=25))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_is_ever_in_two_places(folder, acts):
    asyncio.run(_play(folder, acts))


async def _play(folder, acts):
    for old in folder.glob("test.db*"):
        old.unlink()
    keyring = Keyring.parse(Keyring.new_key("k"))
    database = Database(f"sqlite+aiosqlite:///{folder / 'test.db'}", keyring)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    clock = Clock(read=lambda: MONDAY_8)
    world = await make_world(database, clock, load_clinic(EXAMPLE), CLIENTS)
    try:
        for kind, who, number in acts:
            with contextlib.suppress(CannotBook):
                await _act(world, kind, who, number)
            await _check(world)
    finally:
        await database.close()


async def _slots(world, session, client=None, moving=None):
    query = SearchQuery(client, world.treatments["body"], first_day=DAYS[0], days=3, moving=moving)
    return await search(session, query, world.now)


async def _act(world, kind, who, number):
    if kind == "wait":
        world.clock.advance(timedelta(minutes=number))
        return
    async with world.database.transaction() as session:
        visits = list(await session.scalars(select(Appointment).order_by(Appointment.changed_at)))
        visit = visits[who % len(visits)] if visits else None
        now = world.now
        if kind == "hold":
            free = await _slots(world, session)  # what others hold is offered by no search
            if free:
                await holding.hold(
                    session, world.clients[who], free[number % len(free)], now, over_limits=True
                )
        elif kind == "confirm":
            held = await holding.held(session, world.clients[who], now)
            if held is not None:
                held.cleared_at = now
                await booking.confirm(session, held.id, now)
        elif kind == "tick":
            await kept_times.expire(session, now)
            await deadlines.run(session, now)
        elif visit is None:
            return
        elif kind == "move":
            free = await _slots(world, session, visit.client_id, visit.id)
            if free:
                await moving.move(session, visit.id, free[number % len(free)], now, actor=None)
        elif kind == "cancel":
            await booking.cancel(session, visit.id, now, actor=None)
        elif kind == "undo":
            await undoing.undo(session, visit.id, now, actor=None)
        elif kind == "defer":
            later = decision(Fate.MOVED, not_before=now + timedelta(days=number))
            await rescheduling.apply_decision(session, visit.id, later, now)
        elif kind == "keep":
            await waiting.keep(session, visit.id, now, actor=None)
        elif kind == "clear":
            await rescheduling.apply_decision(session, visit.id, CLEAR, now)
        elif kind == "reoffer":
            await absences.reoffer(session, visit.id, now, actor=None)
        elif kind == "take":
            kept = await moving.offers(session, visit.id, now)
            if kept:
                await moving.take_offer(session, kept[number % len(kept)].id, now, actor=None)


async def _check(world):
    second = now_second(world.now)
    async with world.database.reading() as session:
        visits = list(await session.scalars(select(Appointment).where(Appointment.keeps > second)))
        kept = list(await session.scalars(select(KeptTime).where(KeptTime.until > second)))
        cells = {
            (row.resource, row.cell): row.appointment_id
            for row in await session.execute(
                select(OccupiedCell.resource, OccupiedCell.cell, OccupiedCell.appointment_id).where(
                    OccupiedCell.expires_at > second
                )
            )
        }
    owner = {}
    for visit in visits:
        for name in visit.resources:
            for cell in range(visit.starts_at // 5, visit.busy_until // 5):
                assert owner.setdefault((name, cell), visit.id) == visit.id, "two visits in one place"
                assert cells.get((name, cell)) == visit.id, "a time that counts is not occupied"
    for time in kept:
        for name in (f"t:{time.therapist_id}", f"r:{time.room_id}"):
            for cell in range(time.starts_at // 5, time.busy_until // 5):
                assert owner.setdefault((name, cell), time.appointment_id) == time.appointment_id
                assert cells.get((name, cell)) == time.appointment_id
    leaked = {
        place
        for place, appointment in cells.items()
        if owner.get(place) != appointment and place[0][0] != "c"
    }
    assert not leaked, "a time is kept for nobody"
