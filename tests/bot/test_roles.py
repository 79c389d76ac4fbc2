"""A card outlives a role: who may do something is asked on the server, each time and for whom it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from bot import conversation
from bot.flow import Opening
from scheduling import invites, notifications, people
from scheduling.appointments import Appointment
from scheduling.notifications import Notification
from tests.bot.chat import Chat, World
from tests.bot.staff import lead, therapist
from tests.bot.visits import booked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

THURSDAY = date(2027, 3, 4)
NO_ROLE = "You can no longer do this. Please ask the clinic."


async def revoke(world: World, chat: Chat, *roles: str) -> None:
    async with world.app.house.database.transaction() as session:
        for role in roles or tuple(people.STAFF):
            await people.revoke(session, await chat.person_id(), role, world.app.house.clock.now(), by=None)


async def stand(world: World, chat: Chat, topic: str, step: str, subject: str, **data: object) -> None:
    """A card of this chat, as some turn before left it."""
    house = world.app.house
    async with house.database.transaction() as session:
        row = await conversation.chat_row(session, chat.phone.chat_id, house.clock.now())
        row.person_id = await chat.person_id()
        await conversation.put(
            session, row, topic, subject_id=subject, step=step, data=data, now=house.clock.now(), fresh=True
        )
    await world.app.drawer.draw_lagging(at_start=True)
    await chat.settle()


async def visits_of(world: World, person_id: str) -> int:
    async with world.app.house.database.reading() as session:
        query = select(func.count()).select_from(Appointment).where(Appointment.client_id == person_id)
        return int(await session.scalar(query) or 0)


async def test_staff_who_left_book_nothing_for_a_client(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    await admin.start()
    await stand(world, admin, f"for:{client}", "book.home", client)
    assert admin.screen.text.startswith("For Maria")
    await revoke(world, admin)
    await admin.tap("slot1", topic=f"for:{client}")
    assert admin.phone.toasts[-1].text == NO_ROLE
    assert await visits_of(world, client) == 0
    assert not any("Maria" in words for words in admin.texts[-2:])  # nor is it left to read


async def test_words_of_staff_who_left_go_nowhere(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    await admin.start()
    await stand(world, admin, f"for:{client}", "help.person", client)
    await revoke(world, admin)
    await admin.say("she told me a secret")
    async with world.app.house.database.reading() as session:
        from scheduling import tasks

        assert await tasks.of_client(session, client) == []


async def test_a_therapist_has_only_own_clients(world: World, chat: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    marek = await therapist(world, "Marek", 2002)
    async with world.app.house.database.reading() as session:
        visit = (await session.scalars(select(Appointment))).one()
        ana = await therapist(world)
    own = ana if (await _therapist_of(world, visit)) == await ana.person_id() else marek
    other = marek if own is ana else ana
    await stand(world, other, f"for:{client}", "visit.card", client, appointment=visit.id)
    assert other.screen.text == NO_ROLE
    await stand(world, own, f"for:{client}", "visit.card", client, appointment=visit.id)
    assert own.screen.text.startswith("For Maria")


async def _therapist_of(world: World, visit: Appointment) -> str | None:
    from scheduling.clinic import Therapist

    async with world.app.house.database.reading() as session:
        return await session.scalar(select(Therapist.person_id).where(Therapist.id == visit.therapist_id))


async def test_a_notice_to_somebody_who_left_is_not_sent(world: World, chat: Chat) -> None:
    """Whatever its slice checks: the card it leads to has its roles."""
    client = await known(world, chat)
    helper = await lead(world)
    house = world.app.house
    notices = house.menu.notices
    assert isinstance(notices, dict)

    async def always(turn: object, data: object) -> Opening:
        return Opening("task:x", "tasks.list", {})

    notices["task.new"] = replace(notices["task.new"], prepare=always)
    async with house.database.transaction() as session:
        now = house.clock.now()
        await notifications.plan(session, await helper.person_id(), "task.new", now, key="one")
        await notifications.plan(session, client, "task.new", now, key="two")
    await revoke(world, helper)
    await world.settle()
    async with house.database.reading() as session:
        states = dict((await session.execute(select(Notification.key, Notification.state))).all())
    assert states["one"] == "void"
    assert states["two"] == "void"


async def test_a_link_ends_with_the_role_of_who_made_it(world: World, admin: Chat) -> None:
    await admin.start()
    house = world.app.house
    async with house.database.transaction() as session:
        token = await invites.invite(
            session, [people.ADMIN], house.clock.now(), by=await admin.person_id(), name="Kim"
        )
    await revoke(world, admin)
    kim = world.chat(2500, "Kim")
    await kim.start(f"i_{token}")
    async with house.database.reading() as session:
        assert await people.roles_of(session, await kim.person_id()) == frozenset()


async def test_another_chats_card_tells_nothing_ahead(world: World, chat: Chat) -> None:
    """Not even the act-now text, which goes out before anything else is looked at."""
    client = await known(world, chat)
    await stand(
        world, chat, "urgent", "urgent.ask", client, codes=["stroke_signs_now"], typed="my face droops"
    )
    stolen = next(b.data for row in chat.phone.live.rows for b in row if b.data)
    jonas = world.chat(1002, "Jonas")
    await known(world, jonas)
    await jonas.phone.tap_data(stolen)
    await jonas.settle()
    assert jonas.phone.toasts[-1].text == "This card belongs to someone else."
    assert not any("face droops" in words or words.startswith("Call 112") for words in jonas.texts)


async def test_a_card_for_somebody_who_has_left_is_over(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    await admin.start()
    await stand(world, admin, f"for:{client}", "book.home", client)
    message = admin.phone.live
    booking = next(b.data for row in message.rows for b in row if b.data)
    await chat.say("/privacy")
    await chat.tap("erase", "eraseyes")
    await admin.phone.tap_data(booking, message.id)
    await admin.settle()
    assert admin.phone.toasts[-1].text == "This is over."
    assert await visits_of(world, client) == 0


async def test_what_a_role_showed_goes_with_it(world: World, chat: Chat, admin: Chat) -> None:
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    ana = await therapist(world)
    await ana.say("/today")
    await stand(world, ana, "day:2027-03-04", "day.card", await ana.person_id(), day="2027-03-04")
    assert any("Maria K." in words for words in ana.texts)
    await admin.start()
    await admin.say("/people")
    await admin.tap("revoke")
    await admin.tap("pick")
    await admin.tap("reall")
    await world.app.drawer.draw_lagging()
    await ana.settle()
    assert not any("Maria K." in words for words in ana.texts)
    assert NO_ROLE in ana.texts
