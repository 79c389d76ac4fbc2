"""A policy signed in the middle of a check: asked again in the new words, and the old answers keep theirs."""

from __future__ import annotations

import json

import pytest

from bot.wording import signed_wording
from scheduling import people
from screening import files, policy, sign_off, trail
from tests.bot.chat import Chat, World
from tests.bot.visits import booked, in_days, known, visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
OLD, NEW = "In the last 7 days, have you had any of these?", "In the past week, did you have any of these?"


async def newer(world: World, change: tuple[str, str] = ("", "")) -> None:
    """Version 1.0.3 is installed: one question in other words, and what the test changes."""
    house = world.app.house
    texts = {name: text.replace(*change) for name, text in files.shipped().items()}
    texts["policy.toml"] = texts["policy.toml"].replace('"1.0.2"', '"1.0.3"')
    rules = policy.load(texts)
    words = signed_wording(rules, house.installed)
    words["en"]["check.a"] = NEW
    async with house.database.transaction() as session:
        await sign_off.store(session, rules, words, house.clock.now())


async def a_lead(world: World, admin: Chat) -> None:
    await admin.start()
    async with world.app.house.database.transaction() as session:
        now = world.app.house.clock.now()
        await people.grant(session, await admin.person_id(), people.LEAD, now, by=None)
    await admin.say("/setup")
    await admin.tap("sign")


async def slowly(world: World, chat: Chat, *names: str) -> None:
    for name in names:
        await world.later(seconds=4)
        await chat.tap(name)


async def test_a_check_begins_again_under_the_version_signed_meanwhile(
    world: World, chat: Chat, admin: Chat
) -> None:
    client = await known(world, chat)
    visit = await booked(world, client, in_days(world, 3))
    await world.until("check.a")
    await chat.look()
    assert OLD in chat.screen.text
    await slowly(world, chat, "none", "none")

    await newer(world)
    await a_lead(world, admin)
    assert "Version 1.0.3 is new and not signed." in admin.screen.text
    await admin.say("I, Eva Novak, have read version 1.0.3 and sign it.")
    assert any(words.startswith("Signed: version 1.0.3, by Eva Novak.") for words in admin.texts)

    await chat.tap("none")  # on the third card of before: it is not taken
    assert chat.screen.key == "check.a"
    assert NEW in chat.screen.text
    await slowly(world, chat, *["none"] * 5)
    assert chat.screen.key == "result.clear_note"
    assert (await visit_of(chat.house, visit.id)).cleared_at is not None

    await chat.say("/privacy")
    await chat.tap("copy")
    sent = chat.phone.received[-1]
    assert sent.file is not None
    rounds = json.loads(world.sim.world.files[sent.file["id"]].data)["answers"]
    told = [one for one in rounds if one["round"] == "check"]
    assert [(one["policy"], one["state"]) for one in told] == [("1.0.3", "complete")]
    read = [(one["question"], one["policy"], one["taken_back"]) for one in told[0]["answers"]]
    assert read[:2] == [(OLD, "1.0.2", True), (OLD, "1.0.2", True)]
    assert read[2] == (NEW, "1.0.3", False)
    assert len(read) == 7

    async with chat.house.database.reading() as session:
        kept = [one for one in await trail.rounds(session, client) if one["phase"] == "check"]
    (audit,) = kept
    assert audit["words"]["check.a"] == NEW
    asked = [answer.get("words", {}).get("check.a") for answer in audit["answers"]]
    assert asked == [OLD, None, None, None, None, None, None]  # of the second card of before, its own


async def test_laxer_rules_are_signed_with_their_number(world: World, chat: Chat, admin: Chat) -> None:
    days = '"fever_or_infection", outcome = "defer", group = "dated", days = '
    await newer(world, (f"{days}7", f"{days}5"))
    await a_lead(world, admin)
    assert "1 rule is laxer than in the policy that ships, or may be." in admin.screen.text
    assert "I, NAME, have read version 1.0.3 with 1 laxer rule and sign it." in admin.screen.text
    for said in ("", " with 2 laxer rules"):
        await admin.say(f"I, Eva Novak, have read version 1.0.3{said} and sign it.")
        assert admin.texts[-1].startswith("That does not match.") or "not signed" in admin.screen.text
        assert await in_force(world) == ("1.0.2", 0)
    await admin.say("I, Eva Novak, have read version 1.0.3 with 1 laxer rule and sign it.")
    assert await in_force(world) == ("1.0.3", 1)


async def in_force(world: World) -> tuple[str, int]:
    """Version, and how many laxer rules were taken over with it."""
    async with world.app.house.database.reading() as session:
        signed = (await sign_off.status(session)).in_force
    assert signed is not None
    return signed.version, signed.laxer
