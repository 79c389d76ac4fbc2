"""A doctor's letter from the phone of the client to the visit that it frees, on both databases."""

from __future__ import annotations

from datetime import date

from scheduling import rescheduling
from scheduling.appointments import BOOKED, ON_HOLD
from screening import clearance, interview, letters
from tests.bot.chat import Chat, World
from tests.bot.files import PDF, png
from tests.bot.staff import lead
from tests.bot.visits import booked, in_days, known, open_codes, visit_of


async def test_a_letter_frees_the_visit_that_waited_for_it(world: World, chat: Chat) -> None:
    """Cancer now: typed words do not count, a letter that names it does."""
    house = world.app.house
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 9))
    boss = await lead(world)
    async with house.database.transaction() as session:
        now = house.clock.now()
        decision = await interview.raise_finding(
            session, client, "cancer_active_no_ok", "staff", now, zone=house.zone, appointment_id=visit.id
        )
        await rescheduling.apply_decision(session, visit.id, decision, now, phase="staff")
    await world.later(minutes=4)
    assert (await visit_of(house, visit.id)).state == ON_HOLD
    await chat.say("/visits")
    await chat.tap("visit", "sendok")
    assert "For you it has to be a letter on paper or as a file." in chat.screen.text
    assert "typed" not in chat.screen.names
    await chat.tap("photo")
    page = png(30, 40)
    await chat.phone.send_document(PDF, caption="from the ward, Dr Novak")
    await chat.phone.send_photo(page)
    await chat.settle()
    assert "2 files are stored" in chat.screen.text
    assert [m.kind for m in chat.phone.messages if m.mine and m.file] == []
    async with house.database.reading() as session:
        state = await clearance.state(session, client, house.clock.now(), house.zone)
        assert len(await letters.of_ok(session, state.pending or "")) == 2
    topic = f"ok:{state.pending}"
    card = await boss.look(topic)
    assert "It came as 2 files." in card.text
    assert 'They wrote with it: "from the ward, Dr Novak"' in card.text
    assert "For this client it has to be a letter." in card.text
    await boss.tap("read", topic=topic)
    shown = [m.file for m in boss.phone.received if m.file]
    assert [world.sim.world.files[file["id"]].data for file in shown] == [PDF, page]
    await boss.tap("m6", topic=topic)
    await boss.say("Dr Novak, 27 Feb 2027, no deep work")
    await boss.tap("cancer_active_no_ok", "thatsall")
    assert (await boss.look(topic)).text == "Kept: the OK of Maria K. counts until 1 Sep 2027."
    assert await open_codes(house, client) == set()
    assert (await visit_of(house, visit.id)).state == BOOKED
    await chat.look()
    assert chat.screen.key == "ok.accepted"
    assert chat.screen.text.startswith("Good news for your visit on")
    async with house.database.reading() as session:
        state = await clearance.state(session, client, house.clock.now(), house.zone)
    assert (state.kind, state.who, state.given_on) == ("valid", "Dr Novak", date(2027, 2, 27))
    assert state.limits == "no deep work"
