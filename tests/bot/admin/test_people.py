"""People, treatments and rooms by typed lines; access taken away at once, with the visits in the way."""

from __future__ import annotations

from datetime import date

import pytest

from scheduling import clinic
from tests.bot.admin.test_empty_clinic import links
from tests.bot.chat import Chat, World
from tests.bot.staff import therapist
from tests.bot.visits import booked, known

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
THURSDAY = date(2027, 3, 4)


async def test_one_by_one_asks_about_cancer_too(empty: World) -> None:
    admin = empty.chat(9001, "Eva")
    await admin.start()
    await admin.tap("people")
    await admin.say("Ana Novak\nMarek Dvorak")
    await admin.tap("each1")
    assert admin.screen.text == "Ana Novak: has someone checked that they are trained for nerve conditions?"
    await admin.tap("trained")
    assert admin.screen.text == "Ana Novak: are they trained for people with cancer too?"
    await admin.tap("yes", "nottrained")
    async with empty.app.house.database.reading() as session:
        found = {one.first_name: (one.trained_by, one.oncology) for one in await clinic.therapists(session)}
    assert found == {"Ana": ("Eva", True), "Marek": ("", False)}
    await admin.say("/people")
    assert "Marek Dvorak, a therapist, link open until" in admin.screen.text
    await admin.tap("check", "trained", "no")
    async with empty.app.house.database.reading() as session:
        assert [one.trained_by for one in await clinic.therapists(session)] == ["Eva", "Eva"]


@pytest.mark.parametrize("typed", ["42", "A" * 41, "<b>Ana</b>"])
async def test_names_that_are_none(empty: World, typed: str) -> None:
    admin = empty.chat(9001, "Eva")
    await admin.start()
    await admin.tap("people")
    await admin.say(typed)
    assert "Please send your name with letters, at most 40." in admin.texts
    assert admin.screen.key == "setup.people"


async def test_a_name_that_is_here_gets_a_new_link_and_the_old_one_ends(world: World, admin: Chat) -> None:
    await admin.say("/people")
    assert "Ana Novak, a therapist, not linked." in admin.screen.text
    await admin.tap("invite")
    await admin.say("Ana Novak")
    await admin.tap("astherapist")
    assert admin.screen.text == (
        "Ana Novak is already here as a therapist. Make a new link? The old one ends."
    )
    await admin.tap("invite")
    await admin.say("/people")
    await admin.tap("invite")
    await admin.say("Ana Novak")
    await admin.tap("astherapist", "invite")
    old, new = links(admin, "Ana Novak")
    ana = world.chat(2001, "Ana")
    await ana.start(old)
    assert ana.screen.key == "staff.link_late"
    await ana.start(new)
    assert ana.screen.key == "staff.welcome"


async def test_revoked_at_once_and_the_visits_are_offered_other_times(
    world: World, chat: Chat, admin: Chat
) -> None:
    ana = await therapist(world)
    visit = await booked(world, await known(world, chat), THURSDAY, 10)
    await ana.say("/tomorrow")
    await admin.say("/people")
    await admin.tap("revoke", "pick")
    assert admin.screen.text == (
        "Ana Novak can do nothing more from the next tap on. 1 visit of theirs needs someone."
    )
    await admin.tap("reall")
    assert admin.screen.text == "Done. Ana Novak can do nothing more here."
    await ana.tap("week", topic="day:2027-03-02")
    assert ana.phone.toasts[-1].text == "You can no longer do this. Please ask the clinic."
    card = await chat.look(f"moved:{visit.id}")
    assert card.key == "visit.by_clinic"


async def test_the_last_admin_stays(world: World, admin: Chat) -> None:
    await admin.start()
    from tests.bot.staff import lead

    boss = await lead(world)
    await boss.say("/people")
    await boss.tap("revoke")
    other = next(name for name in boss.screen.names if name.startswith("pick.p-"))
    await boss.tap(other)
    assert boss.phone.toasts[-1].text == "Eva is the only admin. Please invite another one first."


async def test_treatments_by_typed_lines(admin: Chat) -> None:
    await admin.say("/setup")
    await admin.tap("treats", "treats")
    await admin.say("Foot massage 45\nScalp 20\nLight full body off")
    assert admin.screen.text.startswith(
        "Ready: First visit 45, Foot massage 45, Hand massage 30, Gentle Swedish 45, Scalp 20."
    )
    await admin.tap("treats")
    await admin.say("Scalp 22")
    assert "I could not read that. Write it like: Foot massage 30. Nothing is saved." in admin.texts
    assert "Scalp 20" in admin.screen.text


async def test_rooms_by_typed_lines(world: World, admin: Chat) -> None:
    await admin.say("/setup")
    await admin.tap("rooms")
    await admin.say("Garden room cool\nRoom 1 off")
    assert admin.screen.text.endswith("Rooms now: Room 2, Garden room.")
    async with world.app.house.database.reading() as session:
        assert [(one.name, one.cool) for one in await clinic.rooms(session)] == [
            ("Room 2", True),
            ("Garden room", True),
        ]
    await admin.say("Room 2 off\nGarden room off")
    assert admin.screen.text.endswith("Rooms now: Room 2, Garden room.")
