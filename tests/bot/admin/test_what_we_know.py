"""What no card asks: noted on the client's file by name, and what it changes in the questions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from config.audit import AuditRecord
from config.clock import from_minutes
from screening import noted
from screening.tables import Interview
from tests.bot.chat import Chat, World
from tests.bot.client.test_checking import slowly
from tests.bot.staff import lead, therapist
from tests.bot.visits import booked, checked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
THURSDAY = date(2027, 3, 4)
DIABETES = frozenset({"neuropathy", "neuropathy_diabetes", "diabetes", "numb_feet"})


async def acts(world: World, client: str) -> list[str]:
    async with world.app.house.database.reading() as session:
        rows = await session.scalars(
            select(AuditRecord.action).where(AuditRecord.subject == client).order_by(AuditRecord.id)
        )
        return [action for action in rows if action.startswith(("fact.", "look.facts"))]


async def test_a_lead_notes_that_no_sugar_test_is_needed(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    lea = await lead(world)
    client = await known(world, chat, conditions=DIABETES)
    visit = await booked(world, client, THURSDAY, 10)
    await lea.say("/find Maria")
    await lea.tap("client", "facts")
    assert lea.screen.key == "facts.card"
    assert "Not noted: No sugar test is needed on the day, and the doctor agrees." in lea.screen.text
    assert lea.screen.names[:4] == (
        "fact.no_sugar_testing", "fact.no_insulin", "fact.numb_feet_no", "fact.helper_answers",
    )  # fmt: skip
    await lea.tap("fact.no_sugar_testing")
    assert lea.screen.text.endswith("Please type who said so, and when.")
    await lea.say("Dr Novak, on the phone, 1 March")
    assert '"Dr Novak, on the phone, 1 March"' in lea.screen.text
    assert "Lea, 1 Mar 2027" in lea.screen.text
    assert await acts(world, client) == ["look.facts", "fact.noted"]
    await world.until("check.a")
    await checked(world, visit)
    await world.until("recheck.t")
    await chat.look()
    assert "- Sugar low or high\n" in chat.screen.text
    assert "not checked today" not in chat.screen.text


async def test_only_a_lead_may_and_it_is_taken_back_with_a_why(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    lea = await lead(world)
    client = await known(world, chat, conditions=DIABETES)
    await admin.say("/find Maria")
    await admin.tap("client", "facts")
    assert "fact.no_sugar_testing" not in admin.screen.names
    row, _, _ = await admin._card("home")
    await admin.phone.tap_data(f"c:{row.token}:fact.no_sugar_testing", row.message_id or 0)
    await admin.settle()
    assert admin.phone.toasts[-1].text == "Only a lead can decide this."
    await lea.say("/find Maria")
    await lea.tap("client", "facts", "fact.no_sugar_testing")
    await lea.say("Dr Novak")
    await lea.tap("fact.no_sugar_testing")
    assert lea.screen.text.startswith("To take back:")
    await lea.say("Dr Novak changed her mind")
    assert "Not noted: No sugar test is needed" in lea.screen.text
    async with world.app.house.database.reading() as session:
        stands = (await noted.state(session, client))["no_sugar_testing"]
    assert (stands.given, stands.why) == (False, "Dr Novak changed her mind")


async def test_a_therapist_notes_for_own_clients_alone(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    ana = await therapist(world)
    client = await known(world, chat, conditions=frozenset({"neuropathy", "numb_feet"}))
    visit = await booked(world, client, THURSDAY, 10)
    await ana.say("/week")
    await ana.tap("day.2027-03-04", "row", "facts")
    assert ana.screen.key == "facts.card"
    await ana.tap("fact.numb_feet_no")
    await ana.say("Maria, at the visit: she feels her feet well")
    assert "Noted: Their feet are not numb. Ana," in ana.screen.text
    marek = await therapist(world, "Marek", 2002)
    row, _, _ = await ana._card("row")
    await marek.phone.tap_data(f"c:{row.token}:fact.numb_feet_no", row.message_id or 0)
    await marek.settle()
    assert marek.phone.toasts[-1].text == "This card belongs to someone else."
    await world.until("check.a", person_id=client)
    await chat.look(f"check:{visit.id}")
    await slowly(world, chat, "none", "none", topic=f"check:{visit.id}")
    assert chat.screen.key == "check.c"
    assert "foot" not in chat.screen.text


async def test_a_helper_who_taps_is_recorded_and_the_red_cards_are_read_at_the_door(
    world: World, chat: Chat
) -> None:
    ana = await therapist(world)
    client = await known(world, chat)
    visit = await booked(world, client, THURSDAY, 10)
    await chat.say("/settings")
    await chat.tap("whoanswers", "helper")
    assert "A helper taps the answers." in chat.screen.text
    await world.until("check.a")
    await chat.look(f"check:{visit.id}")
    await slowly(world, chat, "none", "none", "none", "none", "none", topic=f"check:{visit.id}")
    async with world.app.house.database.reading() as session:
        rounds = await session.scalars(
            select(Interview).where(Interview.client_id == client, Interview.phase == "check")
        )
        assert [one.answered_by for one in rounds] == ["helper"]
    await world.until("recheck.t")
    await slowly(world, chat, "none", topic=f"check:{visit.id}")
    clock = world.app.house.clock
    clock.advance(from_minutes(visit.starts_at) - clock.now() + timedelta(minutes=1))
    await ana.say("/today")
    await ana.tap("row")
    assert "done" not in ana.screen.names
    assert "read the first cards out to the client, apart from the helper" in ana.screen.text
    await ana.tap("askvoice", topic="row")
    topic = f"caller:{client}"
    assert (await ana.look(topic)).key == "recheck.t"  # and then A, B and C
    await slowly(world, ana, "none", "none", "none", "none", topic=topic)
    assert "done" in (await ana.look(topic)).names
