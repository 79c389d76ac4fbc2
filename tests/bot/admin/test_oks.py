"""A letter before a lead: looked at with a line in the audit, read off, named, taken or refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.file_rows import MessageRemoval
from bot.simulator.client import Message
from config.audit import AuditRecord
from scheduling import ok_tasks, people, tasks
from scheduling.tasks import Task
from screening import clearance, interview, letters, oks
from screening.letters import LetterFile
from screening.oks import OkView
from tests.bot.chat import Chat, World
from tests.bot.files import PDF, PNG
from tests.bot.staff import lead, therapist
from tests.bot.visits import booked, in_days, known, open_codes

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
WHO = "Dr Novak, 28 Feb 2027, no heat on the feet"


@pytest.fixture
async def client(world: World, chat: Chat) -> str:
    """Maria, who comes in nine days and has no OK yet."""
    client_id = await known(world, chat, ok="no")
    await booked(world, client_id, in_days(world, 9))
    await world.later(minutes=4)
    return client_id


async def finding(world: World, client: str, *codes: str) -> None:
    house = world.app.house
    async with house.database.transaction() as session:
        for code in codes:
            await interview.raise_finding(
                session, client, code, "staff", house.clock.now(), zone=house.zone, own_words=None
            )


async def sent(world: World, client: str, *contents: bytes) -> str:
    """A letter of the client's, stored. Returns the id of the OK."""
    house = world.app.house
    async with house.database.transaction() as session:
        ok = ""
        for number, content in enumerate(contents or (PDF,)):
            kind = "png" if content == PNG else "pdf"
            ok = await letters.keep(
                session, client, content, kind, number=number, words="", now=house.clock.now(), by=client
            )
        await ok_tasks.look(session, client, house.clock.now())
    await world.settle()
    return ok


async def ok_of(world: World, ok: str) -> OkView:
    async with world.app.house.database.reading() as session:
        row = await session.get(oks.Clearance, ok)
        assert row is not None
        found = await oks.view(session, row)
        assert found is not None
        return found


async def looks(world: World) -> list[tuple[str | None, str | None]]:
    """(who, which) of every look in the audit."""
    async with world.app.house.database.reading() as session:
        rows = await session.scalars(
            select(AuditRecord).where(AuditRecord.action == "letter.looked").order_by(AuditRecord.id)
        )
        return [(row.actor, row.thing) for row in rows.all()]


def files(chat: Chat) -> list[Message]:
    return [message for message in chat.phone.received if message.file]


async def test_a_lead_looks_reads_it_off_and_takes_it(world: World, chat: Chat, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client, PDF, PNG)
    card = await boss.look(f"ok:{ok}")
    assert card.text.startswith("An OK to check: Maria K., visit Wed 10 Mar, 10:00.\nIt came as 2 files.")
    await boss.tap("read", topic=f"ok:{ok}")
    shown = files(boss)
    assert [m.file["name"] for m in shown if m.file] == ["page-1.pdf", "page-2.png"]
    assert [world.sim.world.files[m.file["id"]].data for m in shown if m.file] == [PDF, PNG]
    assert shown[0].text == "For you alone. It goes away at 8:14."
    assert all(world.sim.world.chats[boss.phone.chat_id].messages[m.id].protected for m in shown)
    async with world.app.house.database.reading() as session:
        ids = list(await session.scalars(select(LetterFile.id).order_by(LetterFile.media)))
    assert await looks(world) == [(await boss.person_id(), one) for one in ids]
    await boss.tap("m12", topic=f"ok:{ok}")
    assert boss.screen.key == "staff.ok.by"
    await boss.say(WHO)
    assert boss.screen.text == "Kept: the OK of Maria K. counts until 28 Feb 2028."
    taken = await ok_of(world, ok)
    assert (taken.who, taken.given_on, taken.limits) == ("Dr Novak", date(2027, 2, 28), "no heat on the feet")
    assert await open_codes(world.app.house, client) == set()
    await chat.look()
    assert chat.screen.key == "ok.accepted"
    assert "With this limit: no heat on the feet." in chat.screen.text


async def test_what_was_looked_at_goes_away_by_itself(world: World, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", topic=f"ok:{ok}")
    await world.later(minutes=9)
    assert len(files(boss)) == 1
    await world.later(minutes=2)
    assert files(boss) == []
    async with world.app.house.database.reading() as session:
        assert list(await session.scalars(select(MessageRemoval.id))) == []
    await boss.tap("read", topic=f"ok:{ok}")
    assert len(files(boss)) == 1
    assert len(await looks(world)) == 2


async def test_if_telegram_does_not_delete_it_the_lead_is_asked_to(world: World, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", topic=f"ok:{ok}")
    world.sim.world.chats[boss.phone.chat_id].messages[files(boss)[0].id].date -= 49 * 3600
    await world.later(minutes=11)
    assert (await boss.look("file")).text == (
        "The file that I showed you may still be in this chat. I cannot take it out myself."
        " Please delete it here."
    )


async def test_one_that_may_have_arrived_unnoted_is_asked_about(world: World, client: str) -> None:
    """Telegram took the file, and its answer was lost: which message it is, nobody knows."""
    boss = await lead(world)
    ok = await sent(world, client)
    await world.sim.fault("lost", "sendDocument")
    await boss.tap("read", topic=f"ok:{ok}")
    assert len(files(boss)) == 1
    await world.later(minutes=11)
    assert (await boss.look("file")).text.startswith("The file that I showed you may still be")


async def test_one_that_surely_never_came_leaves_nothing_behind(world: World, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await world.sim.fault("flood", "sendDocument", retry_after=1)
    await boss.tap("read", topic=f"ok:{ok}")
    assert files(boss) == []
    async with world.app.house.database.reading() as session:
        assert list(await session.scalars(select(MessageRemoval.id))) == []


async def test_nobody_takes_a_letter_unread(world: World, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    for code in ("m12", "refuse"):
        await boss.tap(code, topic=f"ok:{ok}")
        assert boss.phone.toasts[-1].text == "Please tap Read it first."
    assert (await ok_of(world, ok)).state == "pending"
    await boss.tap("read", topic=f"ok:{ok}")
    await sent(world, client, PNG)  # one more page came meanwhile
    await boss.tap("m12", topic=f"ok:{ok}")
    assert boss.phone.toasts[-1].text == "Please tap Read it first."


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Dr Novak says yes", "I could not find the day."),
        ("Dr Novak, 3 April 2027", "is still to come"),
        ("Dr Novak, 3 Feb 2025", "is more than 12 months ago, so it cannot count."),
        ("28 Feb 2027", "I could not find who gave it."),
    ],
)
async def test_what_cannot_be_on_it_is_asked_again(world: World, client: str, line: str, words: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m12", topic=f"ok:{ok}")
    await boss.say(line)
    assert any(words in said for said in boss.texts)
    assert boss.screen.key == "staff.ok.by"
    assert (await ok_of(world, ok)).state == "pending"


async def test_it_frees_what_it_names_and_asks_for_the_rest(world: World, chat: Chat, client: str) -> None:
    await finding(world, client, "cancer_active_no_ok", "pregnancy_no_ok")
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m6", topic=f"ok:{ok}")
    await boss.say("Dr Novak, 1 March 2027")
    assert boss.screen.key == "staff.ok.names"
    assert set(boss.screen.names) == {"cancer_active_no_ok", "pregnancy_no_ok", "none", "back", "home"}
    await boss.tap("pregnancy_no_ok", "cancer_active_no_ok", "pregnancy_no_ok", "thatsall")
    assert (await boss.look(f"ok:{ok}")).key == "staff.ok.done"
    assert await open_codes(world.app.house, client) == {"pregnancy_no_ok"}
    assert (await ok_of(world, ok)).codes == {"cancer_active_no_ok"}
    await chat.look()
    assert chat.screen.key == "ok.accepted"
    assert chat.screen.text.startswith("News for your visit on")
    assert "It does not cover all that you told us." in chat.screen.text
    assert "sendok" in chat.screen.names


async def test_a_letter_that_names_none_frees_none(world: World, client: str) -> None:
    await finding(world, client, "cancer_active_no_ok")
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m6", topic=f"ok:{ok}")
    await boss.say("Dr Novak, 1 March 2027")
    await boss.tap("none")
    assert await open_codes(world.app.house, client) == {"cancer_active_no_ok"}


@pytest.mark.parametrize(
    ("told", "freed"),
    [("20 Feb 2027", True), ("1 March 2027", False), ("unsure", False)],  # the letter is of 27 Feb
)
async def test_a_letter_answers_only_what_happened_before_it(
    world: World, client: str, told: str, freed: bool
) -> None:
    await finding(world, client, "clot_under_6m")
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m6", topic=f"ok:{ok}")
    await boss.say("Dr Novak, 27 Feb 2027")
    await boss.tap("clot_under_6m", "thatsall")
    assert boss.screen.key == "staff.ok.event"
    assert "It is from 27 Feb 2027, and they told us on Mon 1 Mar" in boss.screen.text
    if told == "unsure":
        await boss.tap("unsure")
    else:
        await boss.say(told)
    assert (await open_codes(world.app.house, client) == set()) is freed
    if told == "1 March 2027":
        assert any("It is from before that day" in said for said in boss.texts)
        assert boss.screen.key == "staff.ok.event"
    if freed:
        assert (await ok_of(world, ok)).events == {"clot_under_6m": date(2027, 2, 20)}


async def test_a_stroke_waits_its_30_days_and_the_lead_is_reminded(
    world: World, chat: Chat, client: str
) -> None:
    await finding(world, client, "stroke_tia_under_3m")
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m12", topic=f"ok:{ok}")
    await boss.say("Dr Novak, 1 March 2027")
    await boss.tap("stroke_tia_under_3m", "thatsall")
    assert "Something else still holds the visit." in (await boss.look(f"ok:{ok}")).text
    assert await open_codes(world.app.house, client) == {"stroke_tia_under_3m"}
    async with world.app.house.database.reading() as session:
        found = {task.kind: task for task in await tasks.of_client(session, client)}
    assert found["review"].due_at.date() == date(2027, 3, 31)
    await chat.look()
    assert "Your visit can be on 31 Mar 2027 or later." in chat.screen.text
    assert "does not cover" not in chat.screen.text
    await world.later(days=30)
    await boss.say("/tasks")
    await boss.tap(f"task.{found['review'].id}")
    await boss.tap("go", "w2")
    assert await open_codes(world.app.house, client) == set()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("x1", "We could not read it. Please send it once more: flat, in good light, or as a PDF."),
        ("x2", "Please ask for one that says who gave it and when."),
        ("x3", "The form below asks your doctor just that."),
        ("x4", "It must be from the last 12 months."),
        ("x5", "Please send it as a photo or PDF, or bring it."),
    ],
)
async def test_refused_with_a_reason_and_what_to_do_next(
    world: World, chat: Chat, client: str, reason: str, words: str
) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "refuse", reason, topic=f"ok:{ok}")
    assert (await boss.look(f"ok:{ok}")).text == "Refused. Maria K. is asked for another one."
    await chat.look()
    assert chat.screen.key == "ok.refused"
    assert words in chat.screen.text
    assert "Your time is kept until" in chat.screen.text
    assert {"sendok", "form", "person"} <= set(chat.screen.names)
    async with world.app.house.database.reading() as session:
        assert await letters.of_client(session, client) == ()
        assert "clearance" in {task.kind for task in await tasks.of_client(session, client)}
    await chat.tap("sendok", "photo")
    assert chat.screen.key == "ok.photo"


async def test_only_a_lead_reads_and_decides_while_a_hold_needs_it(
    world: World, client: str, admin: Chat
) -> None:
    await admin.start()
    boss, ana = await lead(world), await therapist(world)
    ok = await sent(world, client)
    card = await admin.look(f"ok:{ok}")
    assert set(card.names) == {"back", "home"}
    boss_card = next(m for m in boss.phone.received if m.text.startswith("An OK to check"))
    data = {b.text: b.data for row in boss_card.rows for b in row}
    for forger in (admin, ana):
        mine = forger.phone.received[-1].id
        for label in ("Read it", "12 months", "Refuse"):
            await forger.phone.tap_data(data[label] or "", mine)  # the lead's own buttons
            await world.settle()
        assert files(forger) == []
    row_token = next(b.data for m in admin.phone.received for r in m.rows for b in r if m.text == card.text)
    for code in ("read", "m12", "refuse"):
        await admin.phone.tap_data(f"{(row_token or '').rsplit(':', 1)[0]}:{code}", admin.phone.last.id)
        await world.settle()
    assert files(admin) == []
    assert await looks(world) == []
    assert (await ok_of(world, ok)).state == "pending"


async def test_a_lead_whose_role_was_taken_cannot_go_on(world: World, client: str) -> None:
    boss = await lead(world)
    ok = await sent(world, client)
    await boss.tap("read", "m12", topic=f"ok:{ok}")
    house = world.app.house
    async with house.database.transaction() as session:
        await people.revoke(session, await boss.person_id(), people.LEAD, house.clock.now(), by=None)
    await boss.say(WHO)
    assert (await ok_of(world, ok)).state == "pending"


async def test_of_two_leads_the_first_counts(world: World, client: str) -> None:
    boss, other = await lead(world), await lead(world, 2010, "Ida")
    ok = await sent(world, client)
    await boss.tap("read", "m12", topic=f"ok:{ok}")
    await other.tap("read", "m3", topic=f"ok:{ok}")
    await boss.say(WHO)
    await other.say(WHO)
    assert any("Lea decided this already." in said for said in other.texts)
    assert (await ok_of(world, ok)).until == date(2028, 2, 28)


async def test_a_letter_on_paper_is_read_off_at_the_desk(world: World, chat: Chat, client: str) -> None:
    boss = await lead(world)
    await finding(world, client, "cancer_active_no_ok")
    await chat.say("/visits")
    await chat.tap("visit", "sendok", "paper")
    async with world.app.house.database.reading() as session:
        task = next(t for t in await tasks.of_client(session, client) if t.kind == "paper")
    await boss.tap("paperhere", topic=f"task:{task.id}")
    assert "It is a letter on paper." in boss.screen.text
    await boss.tap("m12")
    await boss.say("Dr Novak, 1 March 2027")
    await boss.tap("cancer_active_no_ok", "thatsall")
    assert await open_codes(world.app.house, client) == set()


async def test_a_second_ok_that_waits_is_looked_at_next(world: World, client: str) -> None:
    boss = await lead(world)
    house = world.app.house
    async with house.database.transaction() as session:
        now = house.clock.now()
        typed = await clearance.submit(
            session, client, who="Dr Weber", given_on=now.date(), now=now, zone=house.zone, by=client
        )
        await ok_tasks.look(session, client, now)
    await world.later(minutes=1)
    letter = await sent(world, client)
    await boss.tap("read", "refuse", "x1", topic=f"ok:{letter}")
    async with house.database.reading() as session:
        open_now = list(await session.scalars(select(Task.key).where(Task.state != "closed")))
    assert f"ok:{typed}" in open_now


# --- an OK that ends ---


async def test_an_ok_that_ends_is_told_30_and_7_days_before_once_each(world: World, chat: Chat) -> None:
    client = await known(world, chat)  # told in the questions: it counts half a year
    house = world.app.house
    async with house.database.reading() as session:
        state = await clearance.state(session, client, house.clock.now(), house.zone)
    assert state.until is not None
    until = state.until
    told: list[tuple[int, int]] = []
    for days in (31, 30, 29, 8, 7, 6, 1):
        day = until - timedelta(days=days)
        house.clock.advance(timedelta(days=(day - house.clock.now().astimezone(house.zone).date()).days))
        for _ in range(2):
            await world.app.ticks._keep_house()
            await world.later(hours=1)
        async with house.database.reading() as session:
            open_now = [t for t in await tasks.of_client(session, client) if t.kind == "expiring"]
        told.append((sum("ends on" in words for words in _all_words(world, chat)), len(open_now)))
    assert told == [(0, 0), (1, 1), (1, 1), (1, 1), (2, 1), (2, 1), (2, 1)]


def _all_words(world: World, chat: Chat) -> list[str]:
    return [
        str(call.params.get("text", ""))
        for call in world.sim.calls
        if call.method == "sendMessage" and call.chat_id == chat.phone.chat_id
    ]
