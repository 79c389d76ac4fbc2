"""Six people as they would come to the bot: what they read, what staff hear, what becomes of the visit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from config.clock import from_minutes
from scheduling import tasks
from scheduling.appointments import Appointment
from tests.bot.chat import Chat, World
from tests.bot.staff import lead, therapist
from tests.bot.visits import booked, in_days, known, open_codes, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


class Visitor:
    """A person who takes a few seconds to read each card."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.world, self.chat = world, chat

    async def taps(self, *names: str) -> str:
        """Returns the words on the phone after the last tap."""
        for name in names:
            await self.world.later(seconds=4)
            await self.chat.tap(name)
        return self.chat.screen.text

    async def at_the_check(self, *conditions: str) -> Appointment:
        client = await known(self.world, self.chat, conditions=frozenset(conditions))
        visit = await booked(self.world, client, in_days(self.world, 3))
        await self.world.until("check.a")
        await self.chat.look()
        assert self.chat.screen.key == "check.a"
        return visit

    async def start_of(self, visit: Appointment) -> Appointment:
        return await visit_of(self.chat.house, visit.id)

    async def kinds(self, client_id: str) -> list[str]:
        async with self.chat.house.database.reading() as session:
            return sorted(task.kind for task in await tasks.of_client(session, client_id))


@pytest.fixture
def visitor(world: World, chat: Chat) -> Visitor:
    return Visitor(world, chat)


async def test_ms_and_a_fever(visitor: Visitor) -> None:
    visit = await visitor.at_the_check("ms")
    asked = await visitor.taps(
        "none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none"
    )
    assert "You told us: Fever, shivers, or feeling very ill. Is that right?" in asked
    read = await visitor.taps("right")
    assert visitor.chat.screen.key == "result.defer"
    assert read.startswith("You told us: Fever, shivers, or feeling very ill. So we should not do massage on")
    assert "It costs nothing, and you keep your place." in read
    assert "Please tell your MS team." in read  # old signs may only be back because of it
    assert visitor.chat.screen.names[:3] == ("keep", "others", "untilwell")
    moved = await visitor.start_of(visit)
    answered = visitor.chat.house.clock.now()
    assert from_minutes(moved.starts_at) >= answered + timedelta(days=6, hours=23)
    assert "Get well soon." in await visitor.taps("keep")


async def test_numb_soles_and_a_sore_on_the_foot(visitor: Visitor, world: World, admin: Chat) -> None:
    await admin.start()
    ana = await therapist(world)
    visit = await visitor.at_the_check("neuropathy", "neuropathy_diabetes", "diabetes", "numb_feet")
    assert "A sore, blister or ulcer on a foot" in await visitor.taps("none", "none")
    await visitor.taps("some", "check.c.12", "detail.dsore.2", "noothers")
    await visitor.taps("some", "check.d.2", "thatsall", "detail.dfeel.3", "none")
    read = await visitor.taps("right")
    assert visitor.chat.screen.key == "result.defer_no_date"
    assert "Please see your foot team within one working day." in read
    assert "at no cost" in read
    assert (await visitor.start_of(visit)).state == "waiting"
    card = await admin.look()
    assert card.key == "review.card"
    assert "Rule D2 of policy 1.0.2." in card.text
    assert "the word of a doctor, nurse or pharmacist" in card.text  # before it can go on
    assert "sore" not in (await ana.look()).text  # the day changes, and no reason is sent about
    await visitor.chat.say("/book")
    assert "A person will talk with you about the next visit." in visitor.chat.screen.text


async def test_a_stroke_eight_weeks_ago(visitor: Visitor, world: World, admin: Chat) -> None:
    """A stranger: five taps to the first times, and the OK that a stroke team must write."""
    await admin.start()
    chat = visitor.chat
    await chat.start()
    await visitor.taps("agree", "first.condition.4", "first.time.1", "first.ok.1")
    assert chat.screen.key == "book.first"
    await visitor.taps("slot1", "goon", "profile.ok_who.1", "profile.ok_when.1", "none", "none")
    assert "When was your last stroke or mini-stroke?" in await visitor.taps("profile.heat_cold.4")
    await visitor.taps("profile.stroke.1", "none", "none", "profile.hopes.1", "none", "none", "none")
    asked = await visitor.taps("none", "none")
    assert "You told us: Your last stroke or mini-stroke: Under 3 months ago. Is that right?" in asked
    read = await visitor.taps("right")
    assert chat.screen.key == "result.clearance_moved"
    assert "we need an OK from your stroke team" in read
    assert "is kept for you, but is not firm yet" in read
    kept = await chat.appointment()
    assert kept.provisional
    assert from_minutes(kept.starts_at) >= chat.house.clock.now() + timedelta(days=30)  # never in 30 days
    assert await open_codes(chat.house, kept.client_id) == {"stroke_tia_under_3m"}
    await chat.tap("sendok")
    assert "a letter" in chat.screen.text  # typed words do not count for it


async def test_chemotherapy_two_days_ago(visitor: Visitor, admin: Chat) -> None:
    await admin.start()
    visit = await visitor.at_the_check(
        "neuropathy", "neuropathy_chemo", "cancer_now", "cancer_past", "numb_feet"
    )
    asked = await visitor.taps("none", "none", "none", "none", "none")
    assert "Three days before your visit is Mon 1 Mar." in asked
    assert "Your last cancer treatment: On or after Mon 1 Mar. Is that right?" in await visitor.taps(
        "check.f.1"
    )
    read = await visitor.taps("right")
    assert visitor.chat.screen.key == "result.defer"
    assert "Your last cancer treatment: On or after Mon 1 Mar." in read
    moved = await visitor.start_of(visit)
    assert from_minutes(moved.starts_at) >= visitor.chat.house.clock.now() + timedelta(hours=72)
    assert await open_codes(visitor.chat.house, visit.client_id) == {"chemo_under_72h"}


async def test_not_sure_everywhere(visitor: Visitor, world: World, admin: Chat) -> None:
    """Two taps a red card, then the check stops: never clear, and a person calls within the hour."""
    await admin.start()
    visit = await visitor.at_the_check("ms")
    read = await visitor.taps("unsure", "still")
    assert read.startswith("You were not sure about a sign. If it is there now, call 112.")
    asked_at = visitor.chat.house.clock.now()
    read = await visitor.taps("unsure", "still", "unsure", "still")
    assert visitor.chat.screen.key == "result.red_unsure"
    assert "To ask someone now, call 116 117." in read
    assert "A person from the clinic will call you." in read
    assert (await visitor.start_of(visit)).state == "on_hold"
    async with visitor.chat.house.database.reading() as session:
        [task] = await tasks.of_client(session, visit.client_id)
    assert (task.kind, task.due_at <= asked_at + timedelta(hours=1)) == ("review", True)
    shown = [words for words in admin.texts if words.startswith("A visit to look at: ")]
    assert len(shown) == 1
    await world.later(days=2)  # nobody called: it is never taken for clear
    assert (await visitor.start_of(visit)).state == "waiting"
    late = [words for words in admin.texts if words.startswith("This is late and still open:")]
    assert len(late) == 1


async def test_my_face_feels_droopy_since_breakfast(visitor: Visitor, world: World, admin: Chat) -> None:
    """Typed on the card of the check instead of a tap: the number first, then the visit, then the staff."""
    await admin.start()
    boss = await lead(world)
    visit = await visitor.at_the_check("ms")
    chat = visitor.chat
    before = len(world.sim.calls)
    await chat.say("my face feels droopy since breakfast")
    act = await chat.look("urgent")
    assert act.key == "urgent.e"
    assert act.text.startswith("Call 112 now. Do not wait. Note the time it began.")
    assert "You told us: my face feels droopy since breakfast." in act.text
    sent = [call.params for call in world.sim.calls[before:] if call.method == "sendMessage"]
    assert "Call 112 now" in str(sent[0])
    assert (await visitor.start_of(visit)).state == "on_hold"
    for person in (admin, boss):
        alert = await person.look()
        assert alert.key == "alert.urgent"
        assert "my face feels droopy since breakfast" in alert.text
    assert await visitor.kinds(visit.client_id) == ["urgent"]
    await chat.tap("called", topic="urgent")
    assert (await visitor.start_of(visit)).state == "stopped"
    await chat.say("/book")
    assert chat.screen.key == "book.on_hold"
    assert (await chat.look(f"check:{visit.id}")).names == ("home",)  # no card is left to say "none" on
    assert "stroke_signs_now" in await open_codes(chat.house, visit.client_id)
