"""A time is held, confirmed, cancelled and undone; nobody is booked twice, whoever asks at once."""

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from scheduling import booking, holding, kept_times, undoing
from scheduling import clinic as rows
from scheduling.appointments import Appointment, OccupiedCell
from scheduling.matching import Needs
from scheduling.refusals import (
    HoldEnded,
    NeedsCheck,
    NeedsOk,
    NoticeTooShort,
    NotNow,
    NotOpen,
    NotSuitable,
    OnHold,
    OwnOverlap,
    SlotTaken,
    TooFarAhead,
    TooLate,
    WeeklyLimit,
)
from scheduling.search import SearchQuery, search
from screening import health
from tests.scheduling.conftest import Fate, make_world

TUESDAY, WEDNESDAY, NEXT_MONDAY, NEXT_TUESDAY = (date(2027, 3, d) for d in (2, 3, 8, 9))
MINUTE = timedelta(minutes=1)


async def hold(world, client, slot, **more):
    async with world.database.transaction() as session:
        return await holding.hold(session, world.clients[client], slot, world.now, **more)


async def confirm(world, appointment_id):
    async with world.database.transaction() as session:
        return await booking.confirm(session, appointment_id, world.now)


async def test_from_a_held_time_to_a_booked_visit(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    held = await hold(world, 0, slot)
    assert (held.state, held.hold_until) == ("held", world.now + 10 * MINUTE)
    assert len(await world.cells(held.id)) == 3 * 12

    booked = await confirm(world, held.id)
    assert (booked.state, booked.version, booked.undo_until) == ("booked", 1, world.now + 3 * MINUTE)
    assert set(await world.planned(held.id)) == {"check.a", "check.nudge", "recheck.t", "recheck.door"}
    world.clock.advance(timedelta(days=3))
    assert len(await world.cells(held.id)) == 3 * 12


async def test_a_hold_ends_and_the_time_is_others(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    held = await hold(world, 0, slot)
    world.clock.advance(9 * MINUTE)
    with pytest.raises(SlotTaken):
        await hold(world, 1, slot)
    world.clock.advance(MINUTE)
    other = await hold(world, 1, slot)  # even before the tick that cleans up
    with pytest.raises(HoldEnded) as ended:
        await confirm(world, held.id)
    assert ended.value.slot.starts_at == slot.starts_at
    async with world.database.transaction() as session:
        assert await kept_times.expire(session, world.now) == 1
        assert await kept_times.expire(session, world.now) == 0
    assert (await world.visit(held.id)).state == "released"
    assert len(await world.cells(other.id)) == 3 * 12


async def test_answers_add_time_up_to_a_quarter_of_an_hour(world):
    held = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))
    start = world.now
    seen = []
    for minutes in (2, 7, 11, 14):
        world.go_to(0)
        world.clock.offset += start + timedelta(minutes=minutes) - world.now
        async with world.database.transaction() as session:
            until = await holding.answered(session, held.id, world.now)
        seen.append((until - start) / MINUTE)
    assert seen == [10, 12, 15, 15]
    world.clock.advance(MINUTE)
    async with world.database.transaction() as session:
        assert await holding.answered(session, held.id, world.now) is None
    await hold(world, 1, world.slot(world.at(NEXT_MONDAY, 9)))


async def test_one_held_time_a_client(world):
    first = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))
    second = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9, 15)))
    assert (await world.visit(first.id)).state == "released"
    assert await world.cells(first.id) == set()
    async with world.database.reading() as session:
        assert (await holding.held(session, world.clients[0], world.now)).id == second.id


async def test_a_taken_time_comes_with_the_nearest_free_ones(world):
    slot = world.slot(world.at(NEXT_MONDAY, 10))
    await world.book(0, slot)
    with pytest.raises(SlotTaken) as taken:
        await hold(world, 1, slot)
    near = [s.slot.starts_at for s in taken.value.nearest]
    assert len(near) == 3
    assert max(abs(t - slot.starts_at) for t in near) <= 60
    async with world.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Appointment)) == 1


async def test_another_room_is_taken_when_the_shown_one_is_gone(world):
    at = world.at(NEXT_TUESDAY, 10)
    one = await world.book(0, world.slot(at, "Ana", room=0))
    two = await world.book(1, world.slot(at, "Marek", room=0))
    assert {(await world.visit(v)).room_id for v in (one, two)} == set(world.rooms)


async def test_a_client_cannot_be_in_two_places(world):
    await world.book(0, world.slot(world.at(NEXT_TUESDAY, 10), "Ana"))
    with pytest.raises(OwnOverlap):
        await hold(world, 0, world.slot(world.at(NEXT_TUESDAY, 10, 45), "Marek"))


async def test_no_more_visits_a_week_than_the_clinic_allows(world):
    for hour in (9, 11):
        await world.book(0, world.slot(world.at(NEXT_MONDAY, hour)))
    friday = world.slot(world.at(date(2027, 3, 12), 9))
    with pytest.raises(WeeklyLimit) as full:
        await hold(world, 0, friday)
    assert full.value.limit == 2
    async with world.database.reading() as session:
        query = SearchQuery(world.clients[0], world.treatments["swedish"], first_day=NEXT_MONDAY, days=7)
        assert await search(session, query, world.now) == []
    held = await hold(world, 0, friday, over_limits=True)
    assert held.state == "held"
    await hold(world, 0, world.slot(world.at(date(2027, 3, 15), 9)))


@pytest.mark.parametrize(
    ("day", "hour", "refusal"),
    [
        (date(2027, 3, 1), 9, NoticeTooShort),
        (date(2027, 6, 1), 9, TooFarAhead),
        (NEXT_MONDAY, 8, SlotTaken),  # before the hours
        (NEXT_MONDAY, 13, SlotTaken),  # lunch
        (date(2027, 3, 13), 9, SlotTaken),  # Saturday
    ],
)
async def test_times_that_are_not_offered_cannot_be_had(world, day, hour, refusal):
    with pytest.raises(refusal):
        await hold(world, 0, world.slot(world.at(day, hour)))


async def test_a_start_off_the_grid_cannot_be_had(world):
    with pytest.raises(SlotTaken):
        await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9, 5)))


async def test_staff_go_past_the_notice_but_not_into_the_past(world):
    held = await hold(world, 0, world.slot(world.at(date(2027, 3, 1), 9)), over_limits=True)
    assert held.state == "held"
    world.go_to(world.at(date(2027, 3, 1), 9, 30))
    with pytest.raises(NoticeTooShort):
        await hold(world, 1, world.slot(world.at(date(2027, 3, 1), 9)), over_limits=True)


async def test_time_off_is_seen_in_the_same_transaction(world):
    async with world.database.transaction() as session:
        session.add(
            rows.TimeOff(therapist_id=world.therapists["Ana"], first_day=NEXT_MONDAY, last_day=NEXT_MONDAY)
        )
    with pytest.raises(SlotTaken):
        await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))


async def test_a_match_is_never_downgraded(world):
    with pytest.raises(NotSuitable):
        await hold(world, 0, world.slot(world.at(NEXT_TUESDAY, 10), "Marek"), needs=Needs(oncology=True))
    async with world.database.transaction() as session:
        query = SearchQuery(world.clients[0], world.treatments["swedish"], needs=Needs(oncology=True))
        found = await search(session, query, world.now)
        assert {slot.therapist_id for slot in found} == {world.therapists["Ana"]}
        for therapist in await rows.therapists(session):
            therapist.oncology = False
        assert await search(session, query, world.now) == []


async def test_what_is_on_file_decides_the_match_even_if_no_caller_asks(world):
    async with world.database.transaction() as session:
        await health.save(
            session, health.Health(world.clients[0], conditions=frozenset({"cancer_now", "ms"})), world.now
        )
    with pytest.raises(NotSuitable):
        await hold(world, 0, world.slot(world.at(NEXT_TUESDAY, 10), "Marek"))
    async with world.database.reading() as session:
        query = SearchQuery(world.clients[0], world.treatments["swedish"], first_day=NEXT_MONDAY, days=3)
        found = await search(session, query, world.now)
    assert {slot.therapist_id for slot in found} == {world.therapists["Ana"]}
    assert {slot.room_id for slot in found} == {world.rooms[1]}  # the cool one: heat harms in MS


async def test_no_booking_before_a_policy_is_signed(database, clock, clinic):
    world = await make_world(database, clock, clinic, signed=False)
    with pytest.raises(NotOpen):
        await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))


async def test_a_safety_hold_closes_every_way_to_book(world):
    held = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))
    await world.hold_client(0, Fate.FREED)
    with pytest.raises(OnHold):
        await confirm(world, held.id)
    with pytest.raises(OnHold):
        await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)), over_limits=True)


async def test_a_dated_hold_leaves_the_days_after_it(world):
    await world.hold_client(0, Fate.MOVED, earliest=NEXT_TUESDAY)
    with pytest.raises(OnHold) as closed:
        await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))
    assert closed.value.earliest == NEXT_TUESDAY
    assert (await hold(world, 0, world.slot(world.at(NEXT_TUESDAY, 9)))).state == "held"


async def test_without_the_ok_only_far_enough_ahead_and_provisionally(world):
    await world.hold_client(0, Fate.WAITS, needs_ok=True)
    with pytest.raises(NeedsOk) as needs:
        await hold(world, 0, world.slot(world.at(WEDNESDAY, 9)))
    assert needs.value.days == 3
    held = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9)))
    booked = await confirm(world, held.id)
    assert (booked.state, booked.provisional) == ("booked", True)
    assert booked.ok_by == world.now + timedelta(days=4, hours=1)

    async with world.database.transaction() as session:
        (await rows.rules(session)).book_without_ok = False
    with pytest.raises(NeedsOk) as never:
        await hold(world, 0, world.slot(world.at(date(2027, 4, 1), 9)))
    assert never.value.days == 0


async def test_inside_two_days_the_check_stands_before_confirm_for_everyone(world):
    held = await hold(world, 0, world.slot(world.at(TUESDAY, 15)), over_limits=True)
    with pytest.raises(NeedsCheck):
        await confirm(world, held.id)
    async with world.database.transaction() as session:
        (await session.get(Appointment, held.id)).cleared_at = world.now
    assert (await confirm(world, held.id)).state == "booked"
    assert set(await world.planned(held.id)) == {"recheck.t", "recheck.door"}


async def test_a_first_visit_is_provisional_until_its_check(world):
    held = await hold(world, 0, world.slot(world.at(NEXT_MONDAY, 9), treatment="first"))
    assert held.first_visit
    assert (await confirm(world, held.id)).provisional


async def test_a_cancel_keeps_the_time_for_three_minutes_then_it_is_others(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    async with world.database.transaction() as session:
        gone = await booking.cancel(session, visit, world.now, actor=world.clients[0])
    assert (gone.state, gone.ended_because, gone.version) == ("cancelled", "client", 2)
    assert await world.planned(visit) == {}
    with pytest.raises(SlotTaken):
        await hold(world, 1, slot)
    world.clock.advance(3 * MINUTE)
    with pytest.raises(TooLate):
        async with world.database.transaction() as session:
            await undoing.undo(session, visit, world.now, actor=None)
    await hold(world, 1, slot)


async def test_undoing_a_cancel_puts_all_back(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    before, due = await world.cells(visit), await world.planned(visit)
    async with world.database.transaction() as session:
        await booking.cancel(session, visit, world.now, actor=None)
    async with world.database.transaction() as session:
        back = await undoing.undo(session, visit, world.now, actor=None)
    assert (back.state, back.ended_because, back.version) == ("booked", None, 3)
    world.clock.advance(timedelta(hours=1))
    assert await world.cells(visit) == before
    assert await world.planned(visit) == due
    with pytest.raises(TooLate):
        async with world.database.transaction() as session:
            await undoing.undo(session, visit, world.now, actor=None)


async def test_undoing_a_booking_frees_its_time(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    held = await hold(world, 0, slot)
    await confirm(world, held.id)
    async with world.database.transaction() as session:
        gone = await undoing.undo(session, held.id, world.now, actor=None)
    assert gone.state == "cancelled"
    assert await world.planned(held.id) == {}
    await hold(world, 1, slot)


async def test_what_is_over_cannot_be_cancelled(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    async with world.database.transaction() as session:
        await booking.cancel(session, visit, world.now, actor=None)
        with pytest.raises(NotNow):
            await booking.cancel(session, visit, world.now, actor=None)


async def test_cleaning_up_takes_nothing_that_counts(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    gone = await world.book(1, world.slot(world.at(NEXT_MONDAY, 11)))
    async with world.database.transaction() as session:
        await booking.cancel(session, gone, world.now, actor=None)
    world.clock.advance(5 * MINUTE)
    async with world.database.transaction() as session:
        await kept_times.expire(session, world.now)
        left = set(await session.scalars(select(OccupiedCell.appointment_id).distinct()))
    assert left == {visit}
    world.clock.advance(timedelta(days=10))
    async with world.database.transaction() as session:
        await kept_times.forget_cells(session, world.now)
        assert await session.scalar(select(func.count()).select_from(OccupiedCell)) == 0


async def test_200_clients_race_for_20_times_and_20_win(database, clock, clinic):
    world = await make_world(database, clock, clinic, clients=200)
    async with world.database.reading() as session:
        query = SearchQuery(None, world.treatments["swedish"])
        found = await search(session, query, world.now + timedelta(days=3))
    # Twenty that exclude each other by therapist or room only where they are the same time.
    slots, ends = [], {}
    for slot in found:
        if slot.starts_at >= ends.get(slot.therapist_id, 0):
            slots.append(slot)
            ends[slot.therapist_id] = slot.busy_until
        if len(slots) == 20:
            break

    async def one(k):
        wanted = slots[k % 20]
        for _ in range(3):
            try:
                async with world.database.transaction() as session:
                    held = await holding.hold(session, world.clients[k], wanted, world.now, first_visit=False)
                async with world.database.transaction() as session:
                    await booking.confirm(session, held.id, world.now)
            except SlotTaken as taken:
                return len(taken.nearest)
            return "booked"
        return "never"

    results = await asyncio.gather(*(one(k) for k in range(200)))
    assert results.count("booked") == 20
    assert results.count(3) == 180
    async with world.database.reading() as session:
        visits = (await session.scalars(select(Appointment).where(Appointment.state == "booked"))).all()
    assert len({(v.starts_at, v.therapist_id) for v in visits}) == 20
    assert {(v.starts_at, v.therapist_id) for v in visits} == {(s.starts_at, s.therapist_id) for s in slots}
