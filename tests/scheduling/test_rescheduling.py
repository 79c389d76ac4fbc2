"""What happens to a visit: moved by choice with undo, or by a health decision as rule 16 says."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from config.clock import from_minutes
from scheduling import (
    agenda,
    booking,
    deadlines,
    holding,
    kept_times,
    moving,
    rescheduling,
    resuming,
    undoing,
    waiting,
)
from scheduling import clinic as rows
from scheduling.appointments import Appointment, AppointmentMove
from scheduling.promises import within
from scheduling.refusals import NotNow, OnHold, SlotTaken, TooLate
from scheduling.search import SearchQuery, search
from scheduling.tasks import Task
from screening.policy import Outcome, Tier
from screening.tables import Hold
from tests.scheduling.conftest import CLEAR, Fate, decision

WEDNESDAY, NEXT_MONDAY, NEXT_TUESDAY, NEXT_FRIDAY = date(2027, 3, 3), *(date(2027, 3, d) for d in (8, 9, 12))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def move(world, visit, slot, **more):
    async with world.database.transaction() as session:
        return await moving.move(session, visit, slot, world.now, actor=world.clients[0], **more)


async def undo(world, visit):
    async with world.database.transaction() as session:
        return await undoing.undo(session, visit, world.now, actor=None)


async def status(world, visit, who="Ana", day=NEXT_MONDAY):
    async with world.database.reading() as session:
        that = await agenda.day(session, world.therapists[who], day, world.now)
    return {row.appointment_id: (row.status, row.detail) for row in that.rows}[visit]


async def test_a_move_takes_the_new_time_and_keeps_the_old_for_three_minutes(world):
    old, new = world.slot(world.at(NEXT_MONDAY, 9)), world.slot(world.at(NEXT_TUESDAY, 11), "Marek")
    visit = await world.book(0, old)
    moved = await move(world, visit, new)
    assert (moved.starts_at, moved.version, moved.state) == (new.starts_at, 2, "booked")
    with pytest.raises(SlotTaken):
        async with world.database.transaction() as session:
            await holding.hold(session, world.clients[1], old, world.now)
    async with world.database.reading() as session:
        query = SearchQuery(None, world.treatments["swedish"], first_day=NEXT_MONDAY, days=1)
        assert old.starts_at not in [s.starts_at for s in await search(session, query, world.now)]
    world.clock.advance(3 * MINUTE)
    async with world.database.transaction() as session:
        await holding.hold(session, world.clients[1], old, world.now)
    assert len(await world.cells(visit)) == 3 * 12


async def test_a_move_can_be_undone_to_the_last_cell_and_message(world):
    old = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, old)
    cells, due = await world.cells(visit), await world.planned(visit)
    await move(world, visit, world.slot(world.at(NEXT_MONDAY, 9, 30)))  # overlaps the old time
    assert await world.planned(visit) != due
    back = await undo(world, visit)
    assert (back.starts_at, back.version) == (old.starts_at, 3)
    world.clock.advance(5 * MINUTE)
    assert await world.cells(visit) == cells
    assert await world.planned(visit) == due
    async with world.database.transaction() as session:
        await kept_times.expire(session, world.now)
        await holding.hold(session, world.clients[1], world.slot(world.at(NEXT_MONDAY, 10)), world.now)


async def test_a_second_move_leaves_one_undo_and_frees_the_first_time(world):
    first, second, third = (world.slot(world.at(NEXT_MONDAY, h)) for h in (9, 10, 11))
    visit = await world.book(0, first)
    await move(world, visit, second)
    await move(world, visit, third)
    async with world.database.transaction() as session:
        await holding.hold(session, world.clients[1], first, world.now)
    assert (await undo(world, visit)).starts_at == second.starts_at
    with pytest.raises(TooLate):
        await undo(world, visit)


async def test_the_old_visit_stays_when_the_new_time_is_taken(world):
    old, new = world.slot(world.at(NEXT_MONDAY, 9)), world.slot(world.at(NEXT_MONDAY, 11))
    visit = await world.book(0, old)
    await world.book(1, new)
    before = await world.cells(visit)
    async with world.database.transaction() as session:
        with pytest.raises(SlotTaken) as taken:
            await moving.move(session, visit, new, world.now, actor=None)
    assert taken.value.nearest
    row = await world.visit(visit)
    assert (row.starts_at, row.version, row.state) == (old.starts_at, 1, "booked")
    assert await world.cells(visit) == before


async def test_messages_and_the_file_follow_a_move(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    before = await world.planned(visit)
    await move(world, visit, world.slot(world.at(NEXT_MONDAY, 11)))
    after = await world.planned(visit)
    assert {kind: after[kind] - before[kind] for kind in ("check.a", "recheck.door")} == {
        "check.a": timedelta(hours=2),
        "recheck.door": timedelta(hours=2),
    }
    assert set(await world.planned(visit, "void")) == set(before)


# --- rule 16 ---

APPLIED = [
    # decision, state, reason of the hold, task, status on the therapist's day
    (CLEAR, "booked", None, [], ("cleared", None)),
    (decision(Fate.STAYS, Outcome.CAUTION, cautions=["x"]), "booked", None, [], ("cleared", None)),
    (
        decision(Fate.STAYS, Outcome.CAUTION, review=True),
        "booked",
        None,
        ["cautions"],
        ("cleared", None),
    ),
    (decision(Fate.REVIEW, codes=["change_unsure"]), "on_hold", "review", ["review"], ("in_review", None)),
    (
        decision(Fate.KEPT, codes=["unanswered"]),
        "on_hold",
        "unanswered",
        ["call"],
        ("pending", "not_answered"),
    ),
    (decision(Fate.KEPT, codes=["system_error"]), "on_hold", "error", ["call"], ("pending", "not_answered")),
    (decision(Fate.FREED, codes=["foot_ulcer"]), "waiting", None, ["no_date"], ("moved", "waiting")),
    (
        decision(Fate.WAITS, Outcome.CLEARANCE, codes=["new_diagnosis"]),
        "on_hold",
        "clearance",
        ["clearance"],
        ("needs_ok", "ok_by"),
    ),
    (
        decision(Fate.CANCELLED, Outcome.URGENT, tier=Tier.E),
        "stopped",
        None,
        ["urgent"],
        ("cancelled", "stopped"),
    ),
    (
        decision(Fate.CANCELLED, Outcome.URGENT, tier=Tier.C, hidden=True),
        "booked",
        None,
        ["urgent"],
        ("in_review", None),
    ),
]


@pytest.mark.parametrize(("said", "state", "reason", "tasks", "shown"), APPLIED)
async def test_what_a_decision_does_to_a_visit(world, said, state, reason, tasks, shown):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 24 * 60)
    cells = await world.cells(visit)
    applied = await world.decide(visit, said)
    row = applied.appointment
    assert (row.state, row.hold_reason, row.outcome) == (state, reason, int(said.outcome))
    assert await world.tasks() == tasks
    assert await status(world, visit) == shown
    kept = state in ("booked", "on_hold")
    assert await world.cells(visit) == (cells if kept else set())
    planned = set(await world.planned(visit))
    if row.hidden_hold or not kept or reason in ("review", "unanswered", "error", "clearance"):
        assert planned == set()
    else:
        assert planned == {"recheck.t", "recheck.door"}


async def test_a_fever_moves_the_visit_and_keeps_a_later_time_for_two_days(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 24 * 60)
    earliest = world.now + 7 * DAY
    applied = await world.decide(visit, decision(Fate.MOVED, not_before=earliest))
    row = applied.appointment
    assert (row.state, row.provisional, row.version) == ("tentative", False, 2)
    assert applied.new.starts_at * 60 >= earliest.timestamp()
    assert applied.keep_until == row.keep_until == world.now + 2 * DAY
    assert (applied.before, row.starts_at) == (slot.starts_at, applied.new.starts_at)
    assert await status(world, visit) == ("moved", None)
    assert set(await world.planned(visit)) == {"moved.reminder"}
    async with world.database.transaction() as session:  # the old time is others' at once
        await holding.hold(session, world.clients[1], slot, world.now, over_limits=True)

    async with world.database.transaction() as session:
        kept = await waiting.keep(session, visit, world.now, actor=None)
    assert kept.state == "booked"
    assert {"check.a", "recheck.t"} <= set(await world.planned(visit))
    assert "moved.reminder" not in await world.planned(visit)
    world.clock.advance(3 * DAY)
    assert len(await world.cells(visit)) == 3 * 12


async def test_a_kept_time_is_let_go_after_two_days(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    applied = await world.decide(visit, decision(Fate.MOVED, not_before=world.now + 8 * DAY))
    world.clock.advance(2 * DAY)
    with pytest.raises(TooLate):
        async with world.database.transaction() as session:
            await waiting.keep(session, visit, world.now, actor=None)
    async with world.database.transaction() as session:
        await holding.hold(session, world.clients[1], applied.new, world.now)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
        assert await deadlines.run(session, world.now) == 0
    row = await world.visit(visit)
    assert (row.state, row.waiting_since is not None) == ("waiting", True)
    assert set(await world.planned(visit)) == {"moved.let_go"}


async def test_after_a_relapse_the_new_time_stays_provisional_until_a_lead_lifts(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    hold = await world.hold_client(0, Fate.PROVISIONAL, earliest=date(2027, 3, 30))
    said = decision(Fate.PROVISIONAL, not_before=world.now + 29 * DAY)
    applied = await world.decide(visit, said)
    row = applied.appointment
    assert (row.state, row.provisional, row.keep_until) == ("tentative", True, None)
    async with world.database.transaction() as session:
        kept = await waiting.keep(session, visit, world.now, actor=None)
        assert (kept.state, kept.provisional) == ("booked", True)
        assert await resuming.holds_changed(session, world.clients[0], world.now, actor=None) == []
        (await session.get(Hold, hold)).lifted_at = world.now
        await session.flush()
        (firm,) = await resuming.holds_changed(session, world.clients[0], world.now, actor="lead")
        assert (firm.id, firm.provisional) == (visit, False)


async def test_off_even_if_no_other_time_is_free(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    async with world.database.transaction() as session:
        (await rows.rules(session)).horizon_days = 8
    applied = await world.decide(visit, decision(Fate.MOVED, not_before=world.now + 20 * DAY))
    row = applied.appointment
    assert (row.state, applied.new, row.earliest) == ("waiting", None, (world.now + 20 * DAY).date())
    assert await world.tasks() == ["no_slot"]
    assert await world.cells(visit) == set()
    assert row.ask_on == row.earliest
    assert set(await world.planned(visit)) == {"moved.checkin"}


async def test_waiting_until_well_asks_on_the_day_and_again_a_week_later(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    earliest = world.now + 10 * DAY
    await world.decide(visit, decision(Fate.MOVED, not_before=earliest))
    async with world.database.transaction() as session:
        row = await waiting.wait_until_well(session, visit, world.now, actor=None)
        assert (row.state, row.ask_on) == ("waiting", earliest.date())
    assert await world.cells(visit) == set()
    asked = (await world.planned(visit))["moved.checkin"]
    assert asked.astimezone(world.zone).strftime("%Y-%m-%d %H") == f"{earliest.date()} 10"
    world.clock.offset += asked - world.now
    async with world.database.transaction() as session:
        again = await waiting.not_yet_well(session, visit, world.now)
    assert again == earliest.date() + 7 * DAY
    assert (await world.planned(visit))["moved.checkin"] > asked
    # Well again: any free time, and the same visit goes on.
    moved = await move(world, visit, world.slot(world.at(date(2027, 3, 19), 9)))
    assert (moved.state, moved.waiting_since) == ("booked", None)


async def test_other_times_after_a_health_move(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    applied = await world.decide(visit, decision(Fate.MOVED, not_before=world.now + 7 * DAY))
    other = world.slot(world.at(NEXT_FRIDAY, 11))
    moved = await move(world, visit, other)
    assert (moved.state, moved.keep_until, moved.starts_at) == ("booked", None, other.starts_at)
    assert "moved.reminder" not in await world.planned(visit)
    assert applied.new.starts_at != other.starts_at


async def test_a_late_answer_ends_the_hold_for_missing_answers(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 12 * 60)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
        assert await deadlines.run(session, world.now) == 0
    row = await world.visit(visit)
    assert (row.state, row.hold_reason) == ("on_hold", "unanswered")
    assert set(await world.planned(visit)) == {"check.cutoff"}
    assert await world.tasks() == ["call"]
    world.go_to(slot.starts_at - 6 * 60)
    applied = await world.decide(visit, CLEAR)
    assert applied.appointment.state == "booked"
    assert await world.tasks() == []
    assert set(await world.planned(visit)) >= {"recheck.t", "recheck.door"}


async def test_an_unanswered_time_is_let_go_four_hours_before(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 12 * 60)
    async with world.database.transaction() as session:
        await deadlines.run(session, world.now)
    world.go_to(slot.starts_at - 4 * 60 - 1)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 0
    world.go_to(slot.starts_at - 4 * 60)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
    row = await world.visit(visit)
    assert (row.state, row.ended_because) == ("released", "unanswered")
    assert await world.cells(visit) == set()
    assert await status(world, visit) == ("cancelled", None)
    assert "check.released" in await world.planned(visit)


async def test_a_check_older_than_two_days_does_not_count(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    await world.decide(visit, CLEAR)  # a week before
    assert "check.a" in await world.planned(visit)
    world.go_to(slot.starts_at - 12 * 60)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
    assert (await world.visit(visit)).state == "on_hold"


async def test_in_review_until_a_person_decides(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 20 * 60)
    hold = await world.hold_client(0, Fate.REVIEW)
    applied = await world.decide(visit, decision(Fate.REVIEW, codes=["item_unsure"]))
    assert applied.appointment.release_at.timestamp() == (slot.starts_at - 240) * 60
    with pytest.raises(OnHold):
        async with world.database.transaction() as session:
            await resuming.resume(session, visit, world.now, actor="staff")
    async with world.database.transaction() as session:
        (await session.get(Hold, hold)).lifted_at = world.now
        await session.flush()
        back = await resuming.resume(session, visit, world.now, actor="staff")
        assert (back.state, back.hold_reason, back.cleared_at) == ("booked", None, world.now)
    assert set(await world.planned(visit)) == {"recheck.t", "recheck.door"}


async def test_a_red_sign_not_sure_stops_the_check_so_it_is_asked_anew(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 24 * 60)
    await world.decide(visit, decision(Fate.REVIEW, codes=["red_flag_unsure"]))
    async with world.database.reading() as session:
        task = (await session.scalars(select(Task))).one()
    assert task.due_at > world.now
    async with world.database.transaction() as session:
        back = await resuming.resume(session, visit, world.now, actor="staff")
    assert back.cleared_at is None
    assert "check.a" in await world.planned(visit)


async def test_nobody_decided_by_release_time(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 20 * 60)
    await world.decide(visit, decision(Fate.REVIEW, codes=["item_unsure"]))
    world.go_to(slot.starts_at - 4 * 60)
    async with world.database.transaction() as session:
        await deadlines.run(session, world.now)
    assert (await world.visit(visit)).state == "waiting"
    assert await world.tasks() == ["review"]


async def test_a_visit_waits_for_the_ok_until_the_day_it_must_be_there(world):
    slot = world.slot(world.at(NEXT_FRIDAY, 9))
    visit = await world.book(0, slot)
    hold = await world.hold_client(0, Fate.WAITS, needs_ok=True)
    applied = await world.decide(visit, decision(Fate.WAITS, Outcome.CLEARANCE))
    assert applied.appointment.ok_by.timestamp() == (slot.starts_at - 3 * 1440) * 60
    async with world.database.transaction() as session:
        (await session.get(Hold, hold)).lifted_at = world.now
        await session.flush()
        (back,) = await resuming.holds_changed(session, world.clients[0], world.now, actor="lead")
        assert (back.state, back.provisional, back.ok_by) == ("booked", False, None)


async def test_the_ok_did_not_come(world):
    await world.hold_client(0, Fate.WAITS, needs_ok=True)
    slot = world.slot(world.at(NEXT_FRIDAY, 9))
    visit = await world.book(0, slot)
    assert (await world.visit(visit)).provisional
    world.go_to(slot.starts_at - 3 * 1440)
    async with world.database.transaction() as session:
        assert await deadlines.run(session, world.now) == 1
    kept = await world.visit(visit)
    assert (kept.state, kept.provisional) == ("tentative", True)  # a later time, for an answer
    assert kept.starts_at > slot.starts_at
    assert kept.ok_by >= kept.keep_until  # the OK can still come after that answer
    assert {"ok.late", "moved.reminder"} <= set(await world.planned(visit))
    assert await world.tasks() == ["clearance"]


async def test_the_ok_did_not_come_and_no_later_time_is_kept_without_it(world):
    await world.hold_client(0, Fate.WAITS, needs_ok=True)
    slot = world.slot(world.at(NEXT_FRIDAY, 9))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 3 * 1440)
    async with world.database.transaction() as session:
        (await rows.rules(session)).book_without_ok = False
        assert await deadlines.run(session, world.now) == 1
    assert (await world.visit(visit)).state == "waiting"
    assert await world.tasks() == ["no_slot"]


async def test_being_hurt_changes_nothing_that_can_be_seen(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    before = await world.visit(visit)
    await world.decide(visit, decision(Fate.CANCELLED, Outcome.URGENT, tier=Tier.C, hidden=True))
    after = await world.visit(visit)
    assert (after.state, after.version, after.starts_at) == (before.state, before.version, before.starts_at)
    assert after.hidden_hold
    with pytest.raises(NotNow):
        await move(world, visit, world.slot(world.at(NEXT_MONDAY, 11)))


async def test_an_answer_after_a_visit_reaches_all_visits_to_come(world):
    near = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    far = await world.book(0, world.slot(world.at(date(2027, 4, 12), 9)))
    async with world.database.transaction() as session:
        done = await rescheduling.apply_everywhere(
            session,
            world.clients[0],
            decision(Fate.MOVED, not_before=world.now + 14 * DAY),
            world.now,
        )
    assert [applied.appointment.id for applied in done] == [near]
    assert (await world.visit(far)).state == "booked"
    async with world.database.transaction() as session:
        await rescheduling.apply_everywhere(
            session,
            world.clients[0],
            decision(Fate.PROVISIONAL, not_before=world.now + 30 * DAY),
            world.now,
        )
    assert (await world.visit(far)).provisional
    async with world.database.transaction() as session:
        await rescheduling.apply_everywhere(
            session, world.clients[0], decision(Fate.CANCELLED, Outcome.URGENT), world.now
        )
    assert {(await world.visit(v)).state for v in (near, far)} == {"stopped"}


async def test_a_decision_at_first_booking_meets_a_held_time(world):
    slot = world.slot(world.at(NEXT_MONDAY, 9))
    async with world.database.transaction() as session:
        held = await holding.hold(session, world.clients[0], slot, world.now)
    applied = await world.decide(held.id, CLEAR, "first")
    assert (applied.appointment.state, applied.appointment.cleared_at) == ("held", None)
    applied = await world.decide(held.id, decision(Fate.MOVED, not_before=world.now + 9 * DAY), "first")
    assert applied.appointment.state == "tentative"


async def test_the_recheck_and_the_door(world):
    slot = world.slot(world.at(NEXT_MONDAY, 14))
    visit = await world.book(0, slot)
    world.go_to(slot.starts_at - 20 * 60)
    await world.decide(visit, CLEAR)
    world.go_to(slot.starts_at)
    assert await status(world, visit) == ("pending", "door")
    await world.decide(visit, CLEAR, "door")
    assert await status(world, visit) == ("cleared", None)
    assert await world.planned(visit) == {}


async def test_what_is_over_stays_as_it_is(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    async with world.database.transaction() as session:
        await booking.cancel(session, visit, world.now, actor=None)
    applied = await world.decide(visit, decision(Fate.CANCELLED, Outcome.URGENT))
    assert applied.appointment.state == "cancelled"


async def test_two_defers_in_a_row_make_a_task(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await world.decide(visit, decision(Fate.MOVED, not_before=world.now + 8 * DAY, repeat=True))
    assert await world.tasks() == ["repeat"]


# --- holds that end by a doctor's word ---


@pytest.fixture
async def asked(world):
    """A visit that was moved under such a hold: its new time, and the hold."""
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    ends = world.now + 8 * DAY
    hold = await world.hold_client(0, Fate.MOVED, not_before=ends, earliest=ends.date())
    applied = await world.decide(visit, decision(Fate.MOVED, not_before=ends))
    return applied.appointment, hold


async def words_asked_for(world):
    async with world.database.reading() as session:
        found = await session.scalars(select(Task).where(Task.state != "closed", Task.kind == "review"))
        return [(task.appointment_id, task.hold_id, task.due_at) for task in found]


async def test_somebody_asks_for_the_doctors_word_before_the_check_of_the_new_time_closes(world, asked):
    visit, hold = asked
    closes = from_minutes(visit.starts_at) - timedelta(hours=12)
    assert await words_asked_for(world) == [(visit.id, hold, closes)]
    async with world.database.reading() as session:
        ends = (await session.get(Hold, hold)).not_before
        opening = (await rows.rules(session)).opening_hours
    assert within(opening, world.zone, ends, 60) <= closes  # it can be lifted while we are open


async def test_once_the_hold_is_lifted_nobody_asks(world, asked):
    visit, hold = asked
    async with world.database.transaction() as session:
        (await session.get(Hold, hold)).lifted_at = world.now
        await session.flush()
        await resuming.holds_changed(session, world.clients[0], world.now, actor=None)
    assert await words_asked_for(world) == []


async def test_once_the_visit_is_gone_nobody_asks_and_for_the_next_one_somebody_does(world, asked):
    visit, hold = asked
    async with world.database.transaction() as session:
        await booking.cancel(session, visit.id, world.now, actor=None)
    assert await words_asked_for(world) == []
    slot = world.slot(world.at(date(2027, 3, 19), 9))
    again = await world.book(0, slot)
    assert await words_asked_for(world) == [(again, hold, from_minutes(slot.starts_at) - timedelta(hours=12))]


async def test_the_task_follows_the_visit(world, asked):
    visit, hold = asked
    other = world.slot(world.at(date(2027, 3, 19), 9))
    await move(world, visit.id, other)
    assert await words_asked_for(world) == [
        (visit.id, hold, from_minutes(other.starts_at) - timedelta(hours=12))
    ]


async def test_let_go_it_is_due_when_the_hold_may_end(world, asked):
    visit, hold = asked
    async with world.database.transaction() as session:
        await waiting.wait_until_well(session, visit.id, world.now, actor=None)
        ends = (await session.get(Hold, hold)).not_before
    assert await words_asked_for(world) == [(visit.id, hold, ends)]


async def test_a_check_that_finds_nothing_else_makes_no_second_task(world, asked):
    visit, hold = asked
    async with world.database.transaction() as session:
        await waiting.keep(session, visit.id, world.now, actor=None)
    world.go_to(visit.starts_at - 20 * 60)
    await world.decide(visit.id, decision(Fate.REVIEW))
    assert await words_asked_for(world) == [
        (visit.id, hold, from_minutes(visit.starts_at) - timedelta(hours=4))
    ]
    await world.hold_client(0, Fate.REVIEW)  # something that is not sure is another matter
    await world.decide(visit.id, decision(Fate.REVIEW, codes=["item_unsure"]))
    assert len(await words_asked_for(world)) == 2


async def test_a_visit_late_enough_stays_and_the_word_is_asked_for(world):
    visit = await world.book(0, world.slot(world.at(date(2027, 4, 12), 9)))
    ends = world.now + 8 * DAY
    hold = await world.hold_client(0, Fate.MOVED, not_before=ends, earliest=ends.date())
    async with world.database.transaction() as session:
        said = decision(Fate.MOVED, not_before=ends)
        assert await rescheduling.apply_everywhere(session, world.clients[0], said, world.now) == []
    assert [(named, of) for named, of, _ in await words_asked_for(world)] == [(visit, hold)]


async def test_every_change_is_remembered(world):
    visit = await world.book(0, world.slot(world.at(NEXT_MONDAY, 9)))
    await move(world, visit, world.slot(world.at(NEXT_MONDAY, 11)))
    await world.decide(visit, decision(Fate.FREED))
    async with world.database.reading() as session:
        reasons = list(
            await session.scalars(select(AppointmentMove.reason).order_by(AppointmentMove.version))
        )
        assert reasons == ["book", "client", "health"]
        assert (await session.get(Appointment, visit)).version == 3
