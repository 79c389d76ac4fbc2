"""The desk: tasks, the digest, a doctor's OK, a caller on the phone."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scheduling import tasks
from screening import clearance
from tests.bot.chat import Chat, World
from tests.bot.staff import lead
from tests.bot.visits import booked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
THURSDAY = date(2027, 3, 4)


async def test_a_task_is_told_taken_and_done(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    boss = await lead(world)
    await known(world, chat)
    await chat.say("human")
    async with world.app.house.database.reading() as session:
        [task] = await tasks.listed(session)
    topic = f"task:{task.id}"
    for person in (admin, boss):
        card = await person.look(topic)
        assert card.text.splitlines()[0] == "Maria K. asks for a person."
        assert "No phone was given: please write to them here, in Telegram." in card.text
    await boss.tap("assign", topic=topic)
    assert boss.phone.toasts[-1].text == "It is yours now."
    assert "Lea has taken it." in (await admin.look(topic)).text
    await admin.tap("assign", topic=topic)
    assert admin.phone.toasts[-1].text == "Lea has taken this."
    await boss.tap("done", topic=topic)
    assert (await admin.look(topic)).text.endswith("Lea decided this already.")
    await admin.say("/tasks")
    assert admin.screen.text == "Nothing to do. All is done."


async def test_the_list_of_tasks(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await known(world, chat)
    await chat.say("human")
    await admin.say("/tasks")
    assert admin.screen.text == ("Tasks: 1 open, 1 due today.\nBy 18:00: Maria K. asks for a person.")
    await admin.tap("task")
    assert admin.screen.key == "tasks.card"
    await admin.tap("done")
    assert admin.screen.text == "Nothing to do. All is done."


async def test_sign_an_ok_with_one_tap(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    boss = await lead(world)
    client = await known(world, chat, ok="2")
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        ok = await clearance.submit(
            session, client, who="Dr Novak", given_on=now.date() - timedelta(days=1), limits="no heat",
            now=now, zone=house.zone, by=client,
        )  # fmt: skip
        await tasks.open_task(session, "ok", now, client_id=client)
    await world.settle()
    card = await boss.look(f"ok:{ok}")
    assert card.text == (
        "An OK to check: Maria K.\n"
        "Given by Dr Novak on 28 Feb 2027. Limits: no heat. Kind: typed by the client.\n"
        "Choose until when it counts. It can never count longer than 12 months."
    )
    await boss.tap("m12", topic=f"ok:{ok}")
    assert (await boss.look(f"ok:{ok}")).text == "Kept: the OK of Maria K. counts until 28 Feb 2028."
    assert (await admin.look(f"ok:{ok}")).text.endswith("Lea decided this already.")


async def test_refuse_an_ok_with_a_reason(world: World, chat: Chat, admin: Chat) -> None:
    boss = await lead(world)
    client = await known(world, chat, ok="2")
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        ok = await clearance.submit(
            session, client, who="someone", given_on=now.date(), now=now, zone=house.zone, by=client
        )
        await tasks.open_task(session, "ok", now, client_id=client)
    await world.settle()
    await boss.tap("refuse", "x2", topic=f"ok:{ok}")
    assert (await boss.look(f"ok:{ok}")).text == "Refused. Maria K. is asked for another one."
    await boss.tap("home", topic=f"ok:{ok}")
    assert boss.screen.key == "admin.menu"


async def test_the_digest_comes_at_17(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    await booked(world, await known(world, chat), THURSDAY, 10)
    for _ in range(3):  # Monday's, Tuesday's, Wednesday's
        await world.until("digest.day", person_id=await admin.person_id())
    card = await admin.look("digest")
    assert card.text.splitlines()[0] == "Today and tomorrow at Mill Lane Clinic."
    assert "Tomorrow: 1 visit," in card.text


async def test_find_a_client_and_the_look_is_kept(world: World, chat: Chat, admin: Chat) -> None:
    from sqlalchemy import select

    from config.audit import AuditRecord

    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await admin.say("/find mar")
    assert "Maria K., next Thu 4 Mar, 10:00" in admin.screen.text
    await admin.tap("client")
    assert admin.screen.text.splitlines()[:2] == [
        "Maria Kral, no phone.",
        "Next: Thu 4 Mar, 10:00 with Ana, booked.",
    ]
    async with world.app.house.database.reading() as session:
        looks = list(await session.scalars(select(AuditRecord.action).where(AuditRecord.subject == client)))
    assert "look.client" in looks


async def test_the_questions_are_read_to_a_caller(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await world.later(days=2)
    await admin.say("/find mar")
    await admin.tap("client", "askvoice")
    assert admin.screen.key == "caller.who"
    await admin.tap("pick")
    assert admin.screen.key == "check.a"
    assert "For Maria Kral, answered by voice. Read this out, word for word:" in admin.screen.text
    for _ in range(5):
        await admin.tap("none")
    assert admin.screen.key == "result.clear_note"
    assert admin.screen.text.startswith("For Maria Kral:\n")
    assert (await chat.appointment()).cleared_at is not None
    assert visit.cleared_at is None


async def test_a_new_caller_is_kept_only_with_consent(world: World, admin: Chat) -> None:
    await admin.say("/find Lena")
    await admin.tap("newclient")
    await admin.say("Lena Weber 555 0188")
    assert any(words.startswith("I need a name and a phone number") for words in admin.texts)
    await admin.say("Lena Weber, 030 5550188")
    assert admin.screen.text == "Lena Weber, +49305550188. Did they agree?"
    await admin.tap("no")
    await admin.say("Lena")
    assert admin.screen.text == "Nobody by that name. Try the phone number."
    await admin.tap("newclient")
    await admin.say("Lena Weber, 030 5550188")
    await admin.tap("yes")
    assert admin.screen.text.startswith("For Lena Weber:\n")
    assert admin.screen.key == "first.consent"


async def test_a_person_stops_a_visit(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await admin.say("/find mar")
    await admin.tap("client", "stopvisit")
    assert admin.screen.text.startswith("Stop the visit of Maria Kral on Thu 4 Mar, 10:00?")
    await admin.say("She fell on the stairs and sounds unwell.")
    assert (await admin.look("stop")).text == "Stopped. Maria Kral is told."
    assert (await chat.appointment()).state == "cancelled"
    card = await chat.look(f"stopped:{visit.id}")
    assert card.text.startswith("Your visit on Thu 4 Mar, 10:00 will not take place. Nothing is due.")
    assert "fell" not in card.text


async def test_staff_may_go_past_the_clinics_own_notice_and_are_asked_once(
    world: World, chat: Chat, admin: Chat
) -> None:
    client = await known(world, chat)
    await admin.say("/find mar")
    await admin.tap("client", "bookfor")
    assert admin.screen.text.startswith("For Maria Kral:\n")
    await admin.tap("times", "day", "hour")
    assert admin.screen.key == "caller.over"
    assert admin.screen.text == "That is nearer than 4 hours. Book it all the same? Your name is kept."
    await admin.tap("confirm")
    assert admin.screen.key == "check.a"
    assert (await chat.appointment()).state == "held"
    assert (await chat.appointment()).client_id == client
