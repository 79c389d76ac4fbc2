"""A task in somebody's hands: taken, handed over, given back, late; and words to the client and back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from config.audit import AuditRecord
from scheduling import tasks
from scheduling.tasks import Task
from tests.bot.chat import Chat, World
from tests.bot.staff import lead, therapist
from tests.bot.therapist.conftest import THURSDAY, Review
from tests.bot.visits import booked, known, open_codes

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def only_task(world: World, client: str) -> Task:
    async with world.app.house.database.reading() as session:
        [task] = await tasks.of_client(session, client)
        return task


async def note(world: World, task: Task) -> str | None:
    async with world.app.house.database.reading() as session:
        return await tasks.note_of(session, await session.get_one(Task, task.id))


async def test_who_has_it_gives_it_back_or_to_somebody_else(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    lea = await lead(world)
    client = await known(world, chat)
    await chat.say("human")
    task = await only_task(world, client)
    topic = f"task:{task.id}"
    await admin.tap("owner", topic=topic)
    assert "Nobody has taken it yet." in admin.screen.text
    await admin.tap("assign", topic=topic)
    assert "Eva has taken it." in (await admin.look(topic)).text
    await admin.tap("hand", topic=topic)
    assert admin.phone.toasts[-1].text == "Lea has it now, and is told."
    assert "Lea has taken it." in (await lea.look(topic)).text
    assert sum(words.startswith("Maria K. asks for a person.") for words in lea.texts) >= 1
    await lea.tap("owner", "release", topic=topic)
    assert lea.phone.toasts[-1].text == "Given back. Anybody can take it."
    assert (await only_task(world, client)).owner_id is None
    async with world.app.house.database.reading() as session:
        acts = list(await session.scalars(select(AuditRecord.action).where(AuditRecord.thing == task.id)))
    assert acts == ["task.taken", "task.handed", "task.released"]


async def test_a_therapist_may_not_give_away_what_a_colleague_has(
    world: World, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    ana = await therapist(world)
    _, topic = await under_review("item_unsure")
    await admin.tap("owner", "assign", topic=topic)
    await ana.tap("owner", topic=topic)
    assert ana.screen.names == ("assign", "back", "home")
    row, _, _ = await ana._card(topic)
    await ana.phone.tap_data(f"c:{row.token}:release", row.message_id or 0)
    await ana.settle()
    assert ana.phone.toasts[-1].text == "Eva has taken this."


async def test_what_is_late_is_told_once_to_the_whole_desk(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    lea = await lead(world)
    client = await known(world, chat)
    await chat.say("human")
    task = await only_task(world, client)
    await admin.tap("assign", topic=f"task:{task.id}")
    await world.later(days=1)
    await world.later(days=1)
    for person in (admin, lea):
        late = [words for words in person.texts if words.startswith("This is late and still open:")]
        assert len(late) == 1, person.texts
        assert "Maria K. asks for a person." in late[0]
    card = await lea.look(f"task:{task.id}")
    assert "Eva has taken it." in card.text
    await lea.tap("done", topic=f"task:{task.id}")
    await world.later(days=1)
    assert sum(words.startswith("This is late") for words in admin.texts) == 1


async def test_words_to_the_client_and_their_answer_to_who_wrote(
    world: World, chat: Chat, admin: Chat, under_review: Review
) -> None:
    await admin.start()
    lea = await lead(world)
    visit, topic = await under_review("item_unsure")
    assert "No phone was given: please write to them here, in Telegram." in (await lea.look(topic)).text
    await lea.tap("write", topic=topic)
    await lea.say("Dear Maria, which tablet is new?")
    assert lea.screen.text == 'Sent to Maria K.\nYou wrote: "Dear Maria, which tablet is new?"'
    await chat.look()
    assert chat.screen.key == "letter.read"
    assert 'Lea writes: "Dear Maria, which tablet is new?"' in chat.screen.text
    previews = [one.text for one in world.sim.notifications(chat.phone.chat_id, silent=False)]
    assert previews[-1] == "A message from Mill Lane Clinic for you."  # no word of it on a locked phone
    told = len(admin.texts)
    await chat.say("The one for my bladder")
    assert "Thank you. Lea will read your answer." in chat.screen.text
    answer = await lea.look(topic)
    assert answer.text.startswith("An answer has come:\nA visit to look at:")
    assert "Maria: The one for my bladder" in answer.text
    assert "Lea has taken it." in answer.text
    assert len(admin.texts) == told  # it came to whoever has the task, not to everybody
    assert "item_unsure" in await open_codes(world.app.house, visit.client_id)  # words settle nothing
    await lea.tap("go", "w1", topic=topic)
    assert await open_codes(world.app.house, visit.client_id) == set()


async def test_danger_in_an_answer_comes_first(world: World, chat: Chat, admin: Chat) -> None:
    await admin.start()
    client = await known(world, chat)
    await booked(world, client, THURSDAY, 10)
    await admin.say("/find Maria")
    await admin.tap("client", "write")
    await admin.say("How are you today?")
    await chat.say("I have chest pain right now and cannot breathe")
    assert (await chat.look("urgent")).key == "urgent.e"
    assert "chest_pain_now" in await open_codes(world.app.house, client)


async def test_the_desk_writes_without_a_task_and_the_answer_opens_theirs(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    lea = await lead(world)
    client = await known(world, chat)
    await admin.say("/find Maria")
    await admin.tap("client", "write")
    await admin.say("Please bring your letter.")
    heard = len(lea.texts)
    await chat.say("Yes, I will")
    task = await only_task(world, client)
    assert (task.kind, task.state) == ("written", "taken")
    assert await note(world, task) == "Eva: Please bring your letter.\nMaria: Yes, I will"
    card = await admin.look(f"task:{task.id}")
    assert card.text.startswith("An answer has come:")
    assert len(lea.texts) == heard


async def test_a_call_is_noted_with_what_came_of_it(world: World, admin: Chat, under_review: Review) -> None:
    await admin.start()
    visit, topic = await under_review("red_flag_unsure")
    await admin.tap("phone", topic=topic)
    assert admin.screen.key == "review.calling"
    await admin.tap("noanswer", topic=topic)
    task = await only_task(world, visit.client_id)
    assert await note(world, task) == "Eva: Nobody answered."
    await admin.tap("phone", topic=topic)
    await admin.say("It was a cramp, gone since Monday")
    card = await admin.look(topic)
    assert "Eva: It was a cramp, gone since Monday" in card.text
    async with world.app.house.database.reading() as session:
        from screening import holds

        [hold] = await holds.open_holds(session, visit.client_id)
    assert hold.contact_at is not None
