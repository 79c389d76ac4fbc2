"""Time off and hours: what they hit, who is told, and how a save is taken back."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from scheduling import absences, agenda, holding, kept_times, moving, people, working
from scheduling import clinic as rows
from scheduling.no_times import why_nothing
from scheduling.refusals import OnHold, TooLate
from scheduling.search import SearchQuery, search
from scheduling.typed_hours import parse
from tests.scheduling.conftest import Fate

TUESDAY, NEXT_MONDAY = date(2027, 3, 2), date(2027, 3, 8)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def off(world, who="Ana", first=NEXT_MONDAY, last=NEXT_MONDAY, **more):
    async with world.database.transaction() as session:
        return await absences.add(
            session, who and world.therapists[who], first, last, world.now, actor=None, **more
        )


async def tick(world):
    async with world.database.transaction() as session:
        return await absences.due(session, world.now)


async def free_times(world, **more):
    async with world.database.reading() as session:
        query = SearchQuery(world.clients[5], world.treatments["swedish"], **more)
        return await search(session, query, world.now)


async def test_a_day_off_lists_its_visits_and_is_never_offered(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await world.book(1, world.slot(world.at(date(2027, 3, 9), 9)))
    async with world.database.transaction() as session:
        gone = await people.get_person(session, world.clients[0])
        gone.unreachable_since = world.now
    added = await off(world)
    assert [(c.appointment_id, c.name, c.status, c.reachable) for c in added.conflicts] == [
        (visit, "Client0 K.", "pending", False)
    ]
    free = await free_times(world, therapist_id=world.therapists["Ana"], first_day=NEXT_MONDAY, days=1)
    assert free == []


async def test_people_are_told_after_three_minutes_with_three_other_times_kept(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    await off(world)
    assert await tick(world) == 0
    world.clock.advance(3 * MINUTE)
    assert await tick(world) == 1
    assert await tick(world) == 0
    row = await world.visit(visit)
    assert (row.state, row.ended_because) == ("waiting", "clinic")
    assert set(await world.planned(visit)) == {"visit.by_clinic"}
    async with world.database.reading() as session:
        kept = await moving.offers(session, visit, world.now)
        that = await agenda.day(session, world.therapists["Ana"], NEXT_MONDAY, world.now)
    assert [r.status for r in that.rows] == ["moved"]
    assert len(kept) == 3
    taken = {(k.starts_at, k.therapist_id) for k in kept}
    assert not taken & {(s.starts_at, s.therapist_id) for s in await free_times(world)}

    async with world.database.transaction() as session:
        moved = await moving.take_offer(session, kept[1].id, world.now, actor=world.clients[0])
    assert (moved.state, moved.starts_at, moved.ended_because) == ("booked", kept[1].starts_at, None)
    assert len(await world.cells(visit)) == 3 * 12
    others = {(k.starts_at, k.therapist_id) for k in (kept[0], kept[2])}
    assert others <= {(s.starts_at, s.therapist_id) for s in await free_times(world)}
    with pytest.raises(TooLate):
        async with world.database.transaction() as session:
            await moving.take_offer(session, kept[0].id, world.now, actor=None)


async def test_kept_offers_end_with_their_promise(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await off(world)
    world.clock.advance(3 * MINUTE)
    await tick(world)
    async with world.database.reading() as session:
        kept = await moving.offers(session, visit, world.now)
    world.clock.advance(2 * DAY)
    async with world.database.transaction() as session:
        with pytest.raises(TooLate):
            await moving.take_offer(session, kept[0].id, world.now, actor=None)
        await kept_times.expire(session, world.now)
        assert await moving.offers(session, visit, world.now) == []
    assert await world.cells(visit) == set()


async def test_who_cannot_be_reached_is_phoned(world):
    await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    async with world.database.transaction() as session:
        (await people.get_person(session, world.clients[0])).telegram_id = None
    await off(world)
    world.clock.advance(3 * MINUTE)
    await tick(world)
    assert await world.tasks() == ["reoffer"]


async def test_a_safety_hold_outlives_a_re_offer(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await off(world)
    world.clock.advance(3 * MINUTE)
    await tick(world)
    await world.hold_client(0, Fate.FREED)
    async with world.database.transaction() as session:
        kept = await moving.offers(session, visit, world.now)
        with pytest.raises(OnHold):
            await moving.take_offer(session, kept[0].id, world.now, actor=None)


@pytest.mark.parametrize(("mode", "tasks"), [("keep", []), ("each", ["reoffer"])])
async def test_visits_may_be_kept_or_decided_one_by_one(world, mode, tasks):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await off(world, mode=mode)
    world.clock.advance(3 * MINUTE)
    await tick(world)
    assert (await world.visit(visit)).state == "booked"
    assert await world.tasks() == tasks


async def test_a_day_off_can_be_undone_before_anybody_heard(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    added = await off(world)
    async with world.database.transaction() as session:
        assert await absences.undo(session, added.time_off_id, world.now, actor=None)
        assert not await absences.undo(session, added.time_off_id, world.now, actor=None)
    world.clock.advance(3 * MINUTE)
    assert await tick(world) == 0
    assert (await world.visit(visit)).state == "booked"
    later = await off(world)
    world.clock.advance(3 * MINUTE)
    async with world.database.transaction() as session:
        assert not await absences.undo(session, later.time_off_id, world.now, actor=None)


async def test_an_hour_can_be_blocked(world):
    hit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await world.book(1, world.slot(world.at(NEXT_MONDAY, 11)))
    added = await off(world, reason="block", starts=570, ends=630)
    assert [c.appointment_id for c in added.conflicts] == [hit]
    starts = [s.starts_at for s in await free_times(world, therapist_id=world.therapists["Ana"])]
    assert world.at(NEXT_MONDAY, 10, 30) not in [s for s in starts if s < world.at(NEXT_MONDAY, 10, 30)]


async def test_days_that_cannot_be_taken_off(world):
    with pytest.raises(absences.PastDay):
        await off(world, first=date(2027, 2, 28), last=date(2027, 2, 28))
    await off(world, first=NEXT_MONDAY, last=NEXT_MONDAY + 4 * DAY)
    with pytest.raises(absences.AlreadyOff):
        await off(world, first=NEXT_MONDAY + DAY, last=NEXT_MONDAY + DAY)
    await off(world, None, NEXT_MONDAY, NEXT_MONDAY)  # the whole clinic


@pytest.mark.parametrize(
    ("query", "setup", "code"),
    [
        ({"therapist": "Ana", "day": NEXT_MONDAY}, "away", "away"),
        ({"day": NEXT_MONDAY}, "closed", "closed"),
        ({"day": date(2027, 3, 14)}, None, "closed"),
        ({"day": date(2027, 9, 1)}, None, "horizon"),
        ({"therapist": "Marek", "day": NEXT_MONDAY}, "untrained", "training"),
        ({"day": date(2027, 3, 1)}, "notice", "notice"),
        ({"day": NEXT_MONDAY, "days": 7}, "week", "weekly"),
    ],
)
async def test_why_nothing_is_free(world, query, setup, code):
    if setup == "away":
        await off(world)
    if setup == "closed":
        await off(world, None)
    if setup == "week":
        for hour in (9, 11):
            await world.book(5, world.slot(world.at(NEXT_MONDAY, hour)))
    async with world.database.transaction() as session:
        if setup == "untrained":
            for therapist in await rows.therapists(session):
                therapist.trained_by = ""
        if setup == "notice":
            (await rows.rules(session)).notice_hours = 12
        asked = SearchQuery(
            world.clients[5],
            world.treatments["swedish"],
            world.therapists[query["therapist"]] if "therapist" in query else None,
            first_day=query["day"],
            days=query.get("days", 1),
        )
        assert await search(session, asked, world.now) == []
        assert (await why_nothing(session, asked, world.now)).code == code


# --- weekly hours ---


async def save(world, line, who="Ana"):
    (change,) = parse(line, ("Ana", "Marek"))
    async with world.database.transaction() as session:
        return await working.set_hours(session, {world.therapists[who]: change.week}, world.now, actor=None)


async def week(world, on, who="Ana"):
    async with world.database.reading() as session:
        return await working.hours_of(session, world.therapists[who], on)


async def test_a_line_replaces_the_days_it_names_from_tomorrow_on(world):
    before = await week(world, TUESDAY)
    saved = await save(world, "Tue 8-10, Fri off")
    assert (saved.valid_from, saved.fewer > 0, saved.more) == (TUESDAY, True, 0)
    assert await week(world, date(2027, 3, 1)) == before
    now = await week(world, TUESDAY)
    assert now[1] == ((480, 600),)
    assert 4 not in now
    assert {d: now[d] for d in (0, 2, 3)} == {d: before[d] for d in (0, 2, 3)}
    starts = {s.starts_at for s in await free_times(world, therapist_id=world.therapists["Ana"])}
    assert world.at(date(2027, 3, 9), 8) in starts
    assert world.at(date(2027, 3, 9), 11) not in starts


async def test_hours_can_be_undone_but_not_over_somebody_elses(world):
    before = await week(world, TUESDAY)
    first = await save(world, "Tue 8-10")
    world.clock.advance(timedelta(seconds=5))
    second = await save(world, "Tue 12-14")
    async with world.database.transaction() as session:
        assert not await working.undo_hours(session, first.change_id, world.now, actor=None)
        assert await working.undo_hours(session, second.change_id, world.now, actor=None)
    assert (await week(world, TUESDAY))[1] == ((480, 600),)
    async with world.database.transaction() as session:
        assert await working.undo_hours(session, first.change_id, world.now, actor=None)
        assert not await working.undo_hours(session, first.change_id, world.now, actor=None)
    assert await week(world, TUESDAY) == before
    third = await save(world, "Tue 8-10")
    world.clock.advance(3 * MINUTE)
    async with world.database.transaction() as session:
        assert not await working.undo_hours(session, third.change_id, world.now, actor=None)


async def test_a_new_therapist_can_be_booked_today(world):
    async with world.database.transaction() as session:
        sara = rows.Therapist(name="Sara Lind", trained_by="Eva")
        session.add(sara)
        await session.flush()
        world.therapists["Sara"] = sara.id
    await save(world, "daily 8-20", "Sara")
    starts = await free_times(world, therapist_id=world.therapists["Sara"])
    assert starts[0].starts_at == world.at(date(2027, 3, 1), 12)  # four hours of notice


async def test_visits_outside_of_new_hours_are_shown_and_stay(world):
    inside = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    outside = await world.book(1, world.slot(world.at(NEXT_MONDAY, 15)))
    (change,) = parse("Mon 9-12")
    async with world.database.transaction() as session:
        found = await working.outside(session, world.therapists["Ana"], change.week, world.now)
    assert [visit.id for visit in found] == [outside]
    await save(world, "Mon 9-12")
    assert {(await world.visit(v)).state for v in (inside, outside)} == {"booked"}


async def test_hours_over_midnight_are_worked_and_booked(world):
    await save(world, "Fri 20-2 next day")
    friday = date(2027, 3, 12)
    async with world.database.transaction() as session:
        held = await holding.hold(
            session, world.clients[0], world.slot(world.at(friday + DAY, 0, 30)), world.now
        )
    assert held.state == "held"
    async with world.database.reading() as session:
        free = await search(
            session,
            SearchQuery(None, world.treatments["foot"], world.therapists["Ana"], first_day=friday, days=2),
            world.now,
        )
        assert (await session.scalars(select(rows.WorkingHours.ends))).all().count(1560) == 1
    late = [s.starts_at for s in free if s.starts_at >= world.at(friday, 20)]
    assert late[0] == world.at(friday, 20)
    assert late[-1] == world.at(friday + DAY, 1, 30)
