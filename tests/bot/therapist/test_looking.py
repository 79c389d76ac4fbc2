"""Many new cautions, or the same move again and again: a person looks, though nothing is on hold for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from config.audit import AuditRecord
from scheduling import rescheduling, tasks
from scheduling.appointments import Appointment
from screening import interview
from tests.bot.chat import Chat, World
from tests.bot.client.test_checking import slowly
from tests.bot.staff import therapist
from tests.bot.visits import booked, in_days, known, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def with_new_things(world: World, chat: Chat) -> Appointment:
    """A fall without harm, numbness as before, a new tablet and a small cut: cautions of three sections."""
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    await slowly(world, chat, "none", "none", "some", "check.c.4", "detail.dfall.1", "nothing", "noothers")
    await slowly(world, chat, "some", "check.d.2", "thatsall", "detail.dfeel.3")
    await slowly(world, chat, "some", "check.e.1", "check.e.6", "thatsall")
    await slowly(world, chat, "detail.dmed.5", "nothing", "detail.dskin.1", "nothing")
    assert chat.screen.key == "result.caution_look"
    return visit


async def look_topic(world: World, visit: Appointment, kind: str) -> str:
    async with world.app.house.database.reading() as session:
        [task] = [one for one in await tasks.of_client(session, visit.client_id) if one.kind == kind]
    return f"task:{task.id}"


async def test_many_new_cautions_are_looked_at_and_the_visit_stays(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    ana = await therapist(world)
    visit = await with_new_things(world, chat)
    topic = await look_topic(world, visit, "cautions")
    assert (await visit_of(chat.house, visit.id)).state == "booked"  # it stays unless staff stop it
    for person in (admin, ana):
        card = await person.look(topic)
        assert card.key == "look.card"
        assert card.text.startswith("A visit to look at: Maria K., Thu 4 Mar, 10:00.")
        assert 'They said: "A fall".' in card.text
        assert "Rule F1 of policy 1.0.2." in card.text
        assert "Rule M1 of policy 1.0.2." in card.text
        assert card.names[:4] == ("go", "adapt", "phone", "stopvisit")
    await ana.tap("adapt", topic=topic)
    await ana.say("Spoke with Maria, the tablet makes her dizzy")
    result = await chat.look(f"check:{visit.id}")
    assert result.key == "result.caution"
    assert "will change a few things" in result.text
    assert (await admin.look(topic)).text.endswith("Ana decided this already.")
    async with world.app.house.database.reading() as session:
        acts = await session.scalars(select(AuditRecord.detail).where(AuditRecord.action == "look.adapt"))
        assert [dict(detail) for detail in acts] == [{"reason": "w4"}]


async def test_staff_may_stop_the_visit_there(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    visit = await with_new_things(world, chat)
    topic = await look_topic(world, visit, "cautions")
    await admin.tap("stopvisit", topic=topic)
    await admin.say("too much at once")
    assert (await visit_of(chat.house, visit.id)).state == "cancelled"
    assert any("Your visit on Thu 4 Mar, 10:00" in words for words in chat.texts)


async def test_the_same_move_again_is_a_talk_to_plan(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    house = world.app.house
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 10))
    for _ in range(2):
        async with house.database.transaction() as session:
            now = house.clock.now()
            decision = await interview.raise_finding(
                session, client, "stomach_bug", "staff", now, zone=house.zone, appointment_id=visit.id
            )
            await rescheduling.apply_decision(session, visit.id, decision, now, phase="staff")
        house.clock.advance(timedelta(days=3))
    await world.settle()
    topic = await look_topic(world, visit, "repeat")
    card = await admin.look(topic)
    assert card.key == "look.card"
    assert card.text.startswith("A talk to plan: Maria K.")
    assert card.text.count("Rule I1 of policy 1.0.2.") == 2  # each time, with its day
    assert card.names[:2] == ("phone", "done")
    await admin.tap("phone", topic=topic)
    await admin.tap("done", "w1", topic=topic)
    assert (await admin.look(topic)).text.endswith("Eva decided this already.")
