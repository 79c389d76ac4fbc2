"""Rows to send: planned once, claimed by one, repeated only where losing them would be worse."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from scheduling import notifications, people, tasks
from scheduling.notifications import Notification

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def maria(database, clock):
    async with database.transaction() as session:
        return (await people.ensure_person(session, 1, clock.now(), name="Maria Kern")).id


async def states(database):
    async with database.reading() as session:
        return dict((await session.execute(select(Notification.key, Notification.state))).all())


async def test_a_key_is_planned_once(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        assert await notifications.plan(session, maria, "check.a", now, key="k", data={"told": "fever"})
        assert not await notifications.plan(session, maria, "check.a", now, key="k")
        row = (await session.scalars(select(Notification))).one()
        assert b"fever" not in row.data
        assert await notifications.data_of(session, row.id) == {"told": "fever"}


async def test_due_rows_are_claimed_by_one_worker_only(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan_all(
            session,
            [
                notifications.Plan(maria, "x", now + k * MINUTE, key=f"k{k}", priority=k % 3)
                for k in range(60)
            ],
        )

    async def worker():
        got = []
        while True:
            async with database.transaction() as session:
                batch = await notifications.claim(session, now + 49 * MINUTE, limit=7)
            if not batch:
                return got
            assert len(batch) <= 7
            got += [due.key for due in batch]

    claimed = [key for keys in await asyncio.gather(*(worker() for _ in range(4))) for key in keys]
    assert sorted(claimed) == sorted(f"k{k}" for k in range(50))


async def test_the_pressing_come_first(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "later", now - MINUTE, key="a", priority=notifications.LATER)
        await notifications.plan(session, maria, "now", now, key="b", priority=notifications.NOW)
        assert [due.kind for due in await notifications.claim(session, now)] == ["now", "later"]


async def test_from_due_to_sent(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "x", now, key="k", data={"a": 1})
        (due,) = await notifications.claim(session, now)
        assert await notifications.still_due(session, due.id, now)
        assert await notifications.mark_sending(session, due.id, now)
        assert not await notifications.mark_sending(session, due.id, now)
        await notifications.finish(session, due.id, "sent", now, message_id=9)
    async with database.reading() as session:
        row = (await session.scalars(select(Notification))).one()
        assert (row.state, row.telegram_message_id, row.data, row.sent_at) == ("sent", 9, None, now)


async def test_a_message_that_is_over_is_not_sent_late(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "recheck.t", now, key="k", expires_at=now + MINUTE)
        (due,) = await notifications.claim(session, now + MINUTE)
        assert not await notifications.still_due(session, due.id, now + MINUTE)
    assert await states(database) == {"k": "expired"}


@pytest.mark.parametrize(
    ("must", "first", "second"), [(True, "pending", "uncertain"), (False, "uncertain", None)]
)
async def test_a_lost_answer_is_repeated_at_most_once(database, clock, maria, must, first, second):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "x", now, key="k", at_least_once=must)
    for round_, expected in enumerate((first, second)):
        if expected is None:
            break
        async with database.transaction() as session:
            (due,) = await notifications.claim(session, now + round_ * MINUTE)
            await notifications.mark_sending(session, due.id, now)
            assert await notifications.answer_lost(session, due.id, now) == (expected == "pending")
        assert await states(database) == {"k": expected}


async def test_what_a_dead_worker_left_is_taken_up(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        for key, must in (("leased", True), ("sending", True), ("tips", False)):
            await notifications.plan(session, maria, "x", now, key=key, at_least_once=must)
        for due in await notifications.claim(session, now):
            if due.key != "leased":
                await notifications.mark_sending(session, due.id, now)
    async with database.transaction() as session:
        assert await notifications.recover(session, now + timedelta(seconds=59)) == 0
        assert await notifications.recover(session, now + MINUTE) == 3
    assert await states(database) == {"leased": "pending", "sending": "pending", "tips": "uncertain"}


async def test_waiting_as_asked_uses_up_no_try_and_trying_ends(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "x", now, key="k")
        (due,) = await notifications.claim(session, now)
        await notifications.retry(session, due.id, now, reason="429", after=40, counted=False)
        assert await notifications.claim(session, now + timedelta(seconds=39)) == []
        for _ in range(notifications.MAX_TRIES):
            now += timedelta(hours=1)
            (due,) = await notifications.claim(session, now)
            await notifications.retry(session, due.id, now, reason="ConnectError")
    assert await states(database) == {"k": "dead"}


async def test_after_a_block_what_is_still_useful_is_due_again(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        await notifications.plan(session, maria, "x", now, key="useful", expires_at=now + 9 * MINUTE)
        await notifications.plan(session, maria, "x", now, key="over", expires_at=now + MINUTE)
        for due in await notifications.claim(session, now):
            await notifications.finish(session, due.id, "blocked", now)
        assert await notifications.reached(session, maria, now + 5 * MINUTE) == 1
    assert await states(database) == {"useful": "pending", "over": "blocked"}


async def test_a_task_is_open_once_taken_once_and_closed_once(database, clock, maria):
    now = clock.now()
    async with database.transaction() as session:
        lead = (await people.ensure_person(session, 2, now)).id
        other = (await people.ensure_person(session, 3, now)).id
        task = await tasks.open_task(
            session, "call", now, client_id=maria, due_at=now + 60 * MINUTE, note="fever"
        )
        same = await tasks.open_task(session, "call", now, client_id=maria, due_at=now + 5 * MINUTE)
        assert same == task
        (row,) = await tasks.listed(session)
        assert (row.due_at, await tasks.note_of(session, row)) == (now + 5 * MINUTE, "fever")
        assert b"fever" not in row.note
        assert await tasks.take(session, task, lead, now) == lead
        assert await tasks.take(session, task, other, now) == lead
        assert await tasks.close(session, task, now, by=lead)
        assert not await tasks.close(session, task, now, by=other)
        assert await tasks.take(session, task, other, now) is None
        assert await tasks.open_task(session, "call", now, client_id=maria) != task
        counts = await tasks.count(session, now + 2 * MINUTE)
        assert (counts.open, counts.today, counts.oldest) == (1, 0, now)
