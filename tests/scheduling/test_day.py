"""The therapist's day: who comes, what may begin, what was said about it, and what follows a visit."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from scheduling import aftercare, agenda, booking, deadlines, holding, moving, undoing, visits_done
from scheduling import clinic as rows
from scheduling.appointments import Appointment
from scheduling.notifications import Notification
from scheduling.refusals import NotNow
from tests.scheduling.conftest import CLEAR
from tests.scheduling.test_reminders import BERLIN, QUIET, at, shown

MONDAY, NEXT_MONDAY = date(2027, 3, 1), date(2027, 3, 8)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
async def screened(world):
    """A visit on Monday at 9:00, answered the day before and on the day; it is 9:00."""
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 24 * 60)
    await world.decide(visit, CLEAR)
    world.go_to(slot.starts_at - 120)
    await world.decide(visit, CLEAR, "recheck")
    world.go_to(slot.starts_at)
    return visit


async def day(world, who="Ana", on=NEXT_MONDAY):
    async with world.database.reading() as session:
        return await agenda.day(session, world.therapists[who], on, world.now)


async def done(world, visit, **more):
    async with world.database.transaction() as session:
        return await visits_done.done(session, visit, world.now, actor=None, **more)


async def test_a_day_reads_from_morning_to_evening(world):
    one = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    two = await world.book(1, world.slot(world.at(NEXT_MONDAY, 11), treatment="foot", room=1))
    gone = await world.book(2, world.slot(world.at(NEXT_MONDAY, 15)))
    async with world.database.transaction() as session:
        await booking.cancel(session, gone, world.now, actor=None)
    shown = await day(world)
    assert [row.status for row in shown.rows] == ["pending", "pending", "pending"]  # it can be undone yet
    world.clock.advance(3 * MINUTE)
    shown = await day(world)
    assert [(row.appointment_id, row.status) for row in shown.rows] == [
        (one, "pending"),
        (two, "pending"),
        (gone, "cancelled"),
    ]
    assert shown.visits == 2
    assert [row.minutes for row in shown.rows] == [45, 30, 45]
    assert [(a - world.at(NEXT_MONDAY, 0), b - world.at(NEXT_MONDAY, 0)) for a, b in shown.free] == [
        (585, 660),
        (690, 780),
        (840, 1020),
    ]


async def test_a_moved_visit_stays_on_the_old_day_as_moved(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    async with world.database.transaction() as session:
        new = world.slot(world.at(date(2027, 3, 9), 11), "Marek")
        await moving.move(session, visit, new, world.now, actor=None)
    (row,) = (await day(world)).rows
    assert (row.status, row.moved_to, row.moved_therapist_id) == (
        "moved",
        new.starts_at,
        world.therapists["Marek"],
    )
    (row,) = (await day(world, "Marek", date(2027, 3, 9))).rows
    assert row.status == "pending"


async def test_what_changed_since_the_last_look_is_new(world):
    await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    async with world.database.transaction() as session:
        await agenda.seen(session, world.therapists["Ana"], world.now)
    assert [row.new for row in (await day(world)).rows] == [False]
    world.clock.advance(MINUTE)
    await world.book(1, world.slot(world.at(NEXT_MONDAY, 11)))
    assert [row.new for row in (await day(world)).rows] == [False, True]


async def test_held_times_are_not_on_the_day(world):
    async with world.database.transaction() as session:
        await holding.hold(session, world.clients[0], world.slot(world.at(NEXT_MONDAY, 9)), world.now)
    assert (await day(world)).rows == ()


async def test_a_week_is_a_line_a_day(world):
    await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await world.book(1, world.slot(world.at(NEXT_MONDAY, 15)))
    async with world.database.reading() as session:
        lines = await agenda.week(session, world.therapists["Ana"], NEXT_MONDAY, world.now, days=7)
    assert [line.day.weekday() for line in lines] == [0, 1, 2, 3, 4]
    monday = lines[0]
    assert (monday.visits, monday.first, monday.last, monday.pending) == (
        2,
        world.at(NEXT_MONDAY, 9),
        world.at(NEXT_MONDAY, 15, 45),
        2,
    )


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["Maria Kern", "Paul Rot"], ["Maria K.", "Paul R."]),
        (["Maria Kern", "Maria Kolb"], ["Maria Ke.", "Maria Ko."]),
        (["Maria Kern", "maria kernel"], ["Maria Kern", "maria kerne."]),
        (["Maria", "Maria Kolb"], ["Maria", "Maria K."]),
        (["Maria Kern", "Maria Kern"], ["Maria Kern", "Maria Kern"]),
    ],
)
def test_two_marias_are_told_apart(names, short):
    assert list(agenda.short_names((str(k), name) for k, name in enumerate(names)).values()) == short


async def test_done_sends_aftercare_once_it_cannot_be_undone(world, screened):
    row = await done(world, screened)
    assert row.state == "done"
    due = await world.planned(screened)
    assert due["after.care"] == row.undo_until == world.now + 3 * MINUTE
    assert set(due) == {"after.care", "after.next_day", "after.reminder"}
    async with world.database.transaction() as session:
        back = await undoing.undo(session, screened, world.now, actor=None)
    assert back.state == "booked"
    assert not any(kind.startswith("after") for kind in await world.planned(screened))
    assert (await done(world, screened)).state == "done"
    assert "after.care" in await world.planned(screened)


async def test_no_done_without_a_check_and_the_question_of_the_day(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 24 * 60)
    with pytest.raises(NotNow):
        await done(world, visit)
    world.go_to(slot.starts_at)
    with pytest.raises(visits_done.NotScreened) as full:
        await done(world, visit)
    assert not full.value.door
    async with world.database.transaction() as session:
        (await session.get(Appointment, visit)).cleared_at = world.now - 24 * HOUR
    with pytest.raises(visits_done.NotScreened) as door:
        await done(world, visit)
    assert door.value.door
    await world.decide(visit, CLEAR, "door")
    with pytest.raises(visits_done.NotScreened):
        await done(world, visit, screened_too=False)
    assert (await done(world, visit)).state == "done"


async def test_a_no_show_is_asked_kindly_and_can_be_undone(world, screened):
    world.clock.advance(-MINUTE)
    with pytest.raises(NotNow):
        async with world.database.transaction() as session:
            await visits_done.no_show(session, screened, world.now, actor=None)
    world.clock.advance(2 * MINUTE)
    async with world.database.transaction() as session:
        row = await visits_done.no_show(session, screened, world.now, actor=None)
    assert await world.planned(screened) == {"client.noshow": row.undo_until}
    async with world.database.transaction() as session:
        assert (await undoing.undo(session, screened, world.now, actor=None)).state == "booked"
    assert await world.planned(screened) == {}


async def test_running_late_is_told_to_those_who_wait(world):
    late = [await world.book(k, world.slot(world.at(NEXT_MONDAY, h))) for k, h in enumerate((9, 10, 15))]
    world.go_to(world.at(NEXT_MONDAY, 9, 10) - 1440 * 2)
    for visit in late:
        async with world.database.transaction() as session:
            (await session.get(Appointment, visit)).cleared_at = world.now + 24 * HOUR
    world.go_to(world.at(NEXT_MONDAY, 9, 10))
    async with world.database.transaction() as session:
        assert (
            await visits_done.running_late(session, world.therapists["Ana"], world.now, 20, actor=None) == 2
        )
    async with world.database.transaction() as session:
        told = await visits_done.running_late(
            session, world.therapists["Ana"], world.now, 10, actor=None, from_id=late[2]
        )
        assert told == 1
    assert [(await world.visit(v)).late_minutes for v in late] == [0, 20, 30]
    async with world.database.reading() as session:
        sent = list(await session.scalars(select(Notification.kind).where(Notification.priority == 0)))
    assert sent.count("visit.running_late") == 3


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        ({}, {"after.care", "after.next_day", "after.reminder"}),
        ({"outcome": 1}, {"after.care", "after.next_day", "after.reminder", "after.third_day"}),
        (
            {"first_visit": True},
            {"after.care", "after.next_day", "after.reminder", "after.third_day", "after.week"},
        ),
        ({"week_check": True}, {"after.care", "after.next_day", "after.reminder", "after.week"}),
    ],
)
async def test_who_is_asked_when_after_a_visit(world, screened, values, kinds):
    async with world.database.transaction() as session:
        row = await session.get(Appointment, screened)
        for name, value in values.items():
            setattr(row, name, value)
    await done(world, screened)
    assert set(await world.planned(screened)) == kinds


async def test_a_quarter_of_an_hour_after_the_end_without_done(world, screened):
    world.go_to(world.at(NEXT_MONDAY, 9, 59))
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 0
    world.clock.advance(MINUTE)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
        assert await deadlines.run(session, world.now) == 0
    assert (await world.planned(screened))["after.care"] == world.now
    await done(world, screened)  # a late Done plans nothing twice
    assert (await world.planned(screened))["after.care"] < world.now + MINUTE


async def test_a_visit_nobody_screened_is_asked_about_by_a_person(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    async with world.database.transaction() as session:
        (await session.get(Appointment, visit)).cleared_at = world.now + timedelta(days=6)
    world.go_to(world.at(NEXT_MONDAY, 10))
    async with world.database.transaction() as session:
        await deadlines.run(session, world.now)
    assert not any(kind.startswith("after") for kind in await world.planned(visit))
    assert await world.tasks() == ["door"]


def test_the_moments_of_aftercare():
    def moments(text):
        got = aftercare.moments(at(text), at(text), QUIET, BERLIN)
        return [shown(m) for m in (got.care, got.next_day, got.reminder, got.third_day, got.week)]

    assert moments("2027-03-08 9:45") == ["08 09:45", "09 09:45", "10 09:45", "11 09:45", "15 09:45"]
    assert moments("2027-03-08 22:00") == ["08 22:00", "09 20:45", "10 20:45", "11 20:45", "15 20:45"]
    assert moments("2027-03-08 6:30") == ["08 06:30", "09 07:00", "10 07:00", "11 07:00", "15 07:00"]
    assert moments("2027-03-27 9:45")[1] == "28 10:45"
    assert moments("2027-10-30 9:45")[1] == "31 08:45"


async def test_mute_silences_check_ins_only(world, screened):
    await done(world, screened)
    async with world.database.transaction() as session:
        await aftercare.mute(session, world.clients[0], world.now)
    assert set(await world.planned(screened)) == {"after.care"}
    async with world.database.transaction() as session:
        await aftercare.unmute(session, world.clients[0], world.now)
    assert "after.next_day" in await world.planned(screened)


async def test_an_answer_stops_the_reminder_and_soreness_asks_again(world, screened):
    await done(world, screened)
    async with world.database.transaction() as session:
        await aftercare.answered(session, screened, world.now)
        await aftercare.ask_again(session, screened, world.now)
    assert set(await world.planned(screened)) == {"after.care", "after.next_day", "after.third_day"}


async def test_silence_after_a_first_visit_is_a_task_but_once(world, screened):
    async with world.database.transaction() as session:
        (await session.get(Appointment, screened)).first_visit = True
    await done(world, screened)
    world.clock.advance(timedelta(days=3, hours=1))
    for expected in (1, 0):
        async with world.database.transaction() as session:
            assert await deadlines.run(session, world.now) == expected
    assert await world.tasks() == ["after"]


async def test_the_cards_of_the_day_come_in_the_evening_and_the_morning(world):
    async with world.database.transaction() as session:
        assert await agenda.plan_day_cards(session, world.now) == 8  # today 7:00 is over
        assert await agenda.plan_day_cards(session, world.now) == 0
        ana = (await rows.therapists(session))[0]
        due = sorted(
            await session.scalars(select(Notification.due_at).where(Notification.person_id == ana.person_id))
        )
    assert [d.astimezone(world.zone).strftime("%d %H:%M") for d in due] == [
        "01 18:00",
        "02 07:00",
        "02 18:00",
        "03 07:00",
    ]


async def test_the_therapist_hears_of_changes_near_and_only_after_the_undo(world):
    async with world.database.reading() as session:
        ana = (await rows.therapists(session))[0].person_id

    async def told():
        async with world.database.reading() as session:
            found = await session.execute(
                select(Notification.kind, Notification.due_at).where(
                    Notification.person_id == ana, Notification.state == "pending"
                )
            )
            return {row.kind: row.due_at for row in found}

    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    assert set(await told()) == {"day.edit"}
    near = world.slot(world.at(date(2027, 3, 1), 15))
    booked_at = world.now
    await world.book(1, near, checked=True)
    assert (await told())["day.changed"] == booked_at + 3 * MINUTE
    assert await world.planned(visit)
