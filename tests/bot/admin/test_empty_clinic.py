"""From an empty clinic to the first free time, by chat alone."""

from __future__ import annotations

import re

import pytest

from tests.bot.chat import Chat, World
from tests.bot.conftest import ADMIN

SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def links(chat: Chat, name: str) -> list[str]:
    """Start parameters of the links that the bot gave for somebody."""
    found = []
    for words in chat.texts:
        found += re.findall(rf"{name}[^\n]*?start=(i_[\w-]{{22}})", words)
    return found


async def test_an_empty_clinic_is_set_up_in_the_chat(empty: World) -> None:
    admin = empty.chat(ADMIN, "Eva")
    await admin.start()
    assert admin.screen.key == "setup.list"
    assert admin.screen.text == (
        "Welcome, Eva. Four steps, and people can book.\n"
        "1. People: none yet.\n2. Hours: none yet.\n"
        "3. Treatments and rooms: a first set is ready.\n4. Policy: not signed."
    )
    await admin.tap("people")
    assert admin.screen.key == "setup.people"
    await admin.say("Ana Novak\nMarek Dvorak\nSara Lind")
    assert admin.screen.key == "setup.trained"
    assert admin.screen.text.startswith("Ana, Marek and Sara. Has someone checked")
    await admin.tap("trained")
    assert any(words.startswith("3 links. Each works once, until") for words in admin.texts)
    assert admin.screen.key == "setup.list"
    assert admin.screen.names[0] == "hours"  # the next step first
    await admin.tap("hours", "all")
    assert admin.screen.key == "hours.ask"
    await admin.say("Mon-Fri 9-13; Sara Tue,Thu 14-16")
    assert admin.screen.key == "hours.preview"
    assert "Ana: Mon to Fri 9:00-13:00" in admin.screen.text
    assert "Sara: Mon, Wed, Fri 9:00-13:00; Tue, Thu 14:00-16:00" in admin.screen.text
    assert "times a week for a visit of 45 minutes." in admin.screen.text
    await admin.tap("save")
    assert admin.screen.key == "setup.list"
    await admin.tap("treats")
    assert admin.screen.text.startswith("Ready: First visit 45, Foot massage 30, Hand massage 30")
    await admin.tap("save")
    assert admin.screen.names[0] == "sign"
    await admin.tap("sign")
    assert admin.screen.key == "policy.card"
    assert "Only a lead can sign." in admin.screen.text
    await admin.say("I, Eva Novak, have read version 1.0.2 and sign it.")
    assert "Only a lead can sign. Invite makes a link for one." in admin.texts[-2:][0] + admin.texts[-1]
    await admin.tap("invite")
    await admin.say("Eva Novak")
    [token] = links(admin, "Eva Novak")
    await admin.start(token)
    assert admin.screen.key == "staff.welcome"
    assert "as a lead" in admin.screen.text
    await admin.say("/setup")
    await admin.tap("sign")
    version = admin.house.shipped.version
    await admin.say(f"I, Eva Novak, have read version {version}.")
    assert any("That does not match." in words for words in admin.texts)
    await admin.say(f"I, Eva Novak, have read version {version} and sign it.")
    assert not await admin.house.refresh_policy()  # it acts by it already
    card = await admin.look("opened")
    assert card.text.startswith("Open. The first free time is Mon 1 Mar, 12:00 with ")
    assert card.text.endswith("https://t.me/" + admin.house.bot_name)
    await admin.start()
    assert admin.screen.key == "admin.menu"
    assert admin.screen.text.startswith("Mill Lane Clinic: 0 tasks open.")


@SQLITE
async def test_people_who_waited_hear_that_the_clinic_opens(empty: World) -> None:
    client = empty.chat(1001, "Maria")
    await client.start()
    await client.tap("agree", "o1", "o1", "o1")
    assert client.screen.key == "book.closed"
    await set_up(empty)
    await client.look()
    assert client.screen.key == "book.opened"


async def set_up(world: World) -> None:
    """The shortest way through the list."""
    admin = world.chat(ADMIN, "Eva")
    await admin.start()
    await admin.tap("people")
    await admin.say("Ana Novak")
    await admin.tap("trained", "hours", "pick", "preset1", "save", "sign", "invite")
    await admin.say("Eva Novak")
    await admin.start(links(admin, "Eva Novak")[0])
    await admin.say("/setup")
    await admin.tap("sign")
    await admin.say(f"I, Eva Novak, have read version {admin.house.shipped.version} and sign it.")


@SQLITE
async def test_a_therapist_joins_by_a_link_that_works_once(empty: World) -> None:
    await set_up(empty)
    admin = empty.chat(ADMIN, "Eva")
    [token] = links(admin, "Ana Novak")
    ana = empty.chat(2001, "Ana")
    await ana.start(token)
    assert ana.screen.key == "staff.welcome"
    assert ana.screen.text.startswith("Welcome, Ana. Eva has added you to Mill Lane Clinic as a therapist.")
    assert "Your hours: Mon to Fri 9:00-13:00." in ana.screen.text
    other = empty.chat(2002, "Otto")
    await other.start(token)
    assert other.screen.key == "staff.link_used"
    await ana.start(token)
    assert ana.screen.key == "staff.link_known"
    assert ana.screen.text == "You are already here as a therapist. Nothing has changed."


@SQLITE
async def test_an_old_link_has_ended(empty: World) -> None:
    await set_up(empty)
    [token] = links(empty.chat(ADMIN), "Ana Novak")
    await empty.later(days=8)
    ana = empty.chat(2001, "Ana")
    await ana.start(token)
    assert ana.screen.key == "staff.link_late"
