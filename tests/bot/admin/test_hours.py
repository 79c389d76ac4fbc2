"""Hours by a typed line, as section 14.2 of the screens has them, and by taps."""

from __future__ import annotations

import pytest

from tests.bot.chat import Chat, World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

READ = [
    ("Mon-Fri 9-13, Wed 15-18", "Mon, Tue, Thu, Fri 9:00-13:00; Wed 9:00-13:00 and 15:00-18:00"),
    ("Tue,Thu 9:30-12, 13-16", "Tue, Thu 9:30-12:00 and 13:00-16:00"),
    ("weekdays 8.30am-1pm", "Mon to Fri 8:30-13:00"),
    ("Sat off", "Sat closed; the other days stay"),
    ("Fri 20-2 next day", "Fri 20:00 to Sat 2:00"),
]
REFUSED = [
    (
        "Mon-Fry 9-13",
        "day",
        'I do not know the day "Fry". Days are Mon, Tue, Wed, Thu, Fri, Sat, Sun. Nothing is saved.',
        (),
    ),
    ("Mon 9-25:00", "time", '"25:00" is not a time. Times go from 0:00 to 24:00. Nothing is saved.', ()),
    (
        "Mon 9-5",
        "order",
        "Mon ends (5:00) before it starts (9:00). Did you mean 9:00-17:00? "
        'If it goes over midnight, write "next day". Nothing is saved.',
        ("fix", "retype"),
    ),
    (
        "Mon 9-13, Mon 12-15",
        "overlap",
        "Mon has two times that overlap: 9:00-13:00 and 12:00-15:00. "
        "Did you mean 9:00-15:00? Nothing is saved.",
        ("fix", "retype"),
    ),
    (
        "Mon 9",
        "no_end",
        'Mon has a start but no end. Write it like "Mon 9-13". Nothing is saved.',
        (),
    ),
    (
        "9-13",
        "no_day",
        'I do not see a day before "9-13". Write it like "Mon-Fri 9-13". Nothing is saved.',
        (),
    ),
    (
        "Mon 9:07-12",
        "step",
        'Times go in steps of 5 minutes. "9:07" could be 9:05 or 9:10. Nothing is saved.',
        (),
    ),
    (
        "Mon 9-9",
        "empty",
        'Mon starts and ends at 9:00. Write "Mon off" to close the day. Nothing is saved.',
        (),
    ),
    (
        "mornings please",
        "unread",
        'I could not read that. Write it like "Mon-Fri 9-13, Wed 15-18". Nothing is saved.',
        ("preset1", "retype"),
    ),
]


async def test_the_rows_of_14_2(admin: Chat) -> None:
    for typed, written in READ:
        await admin.say("/hours")
        await admin.tap("pick")
        await admin.say(typed)
        assert admin.screen.key == "hours.preview", typed
        assert admin.screen.text.splitlines()[1] == written
    for typed, code, said, buttons in REFUSED:
        await admin.say("/hours")
        await admin.tap("pick")
        await admin.say(typed)
        assert admin.screen.key.startswith(f"hours.err.{code}"), typed
        assert admin.screen.text == said
        assert admin.screen.names[: len(buttons)] == buttons
    await admin.say("/hours Ana mon/wed 0900-1200 + 1400-1700")
    assert admin.screen.text.startswith(
        "New hours for Ana, from Tue 2 Mar:\nMon, Wed 9:00-12:00 and 14:00-17:00"
    )
    await admin.say("/hours Anna Mon 9-13")
    assert admin.screen.text == 'I do not know "Anna". People here are Ana, Marek. Nothing is saved.'
    await admin.tap("fix")
    assert admin.screen.text.startswith("New hours for Ana")


async def test_one_tap_and_a_typed_line(admin: Chat) -> None:
    await admin.say("/hours Ana Mon-Fri 9-12")
    assert admin.screen.key == "hours.preview"
    await admin.tap("save")  # 1
    assert admin.screen.key == "hours.saved"
    assert admin.screen.text.startswith("Saved. ")
    await admin.tap("undo")
    assert admin.phone.toasts[-1].text == "Undone. All is as before."
    await admin.say("/hours Ana Sat 9-10")
    await admin.tap("retype")
    assert "Hours of Ana: Mon, Tue" in admin.screen.text


async def test_by_taps_in_four(admin: Chat) -> None:
    await admin.say("/people")
    await admin.tap("hours", "pick", "preset1", "save")
    assert admin.screen.key == "hours.saved"


async def test_a_fix_is_taken_with_one_tap(admin: Chat) -> None:
    await admin.say("/hours Ana Mon 9-5")
    assert admin.screen.key == "hours.err.order"
    await admin.tap("fix")
    assert admin.screen.text.splitlines()[1] == "Mon 9:00-17:00"


async def test_two_admins_at_once(world: World, admin: Chat) -> None:
    from tests.bot.staff import lead

    other = await lead(world)
    await admin.say("/hours Ana Sat 9-12")
    await admin.tap("retype")
    await admin.say("Sat 9-12")
    await other.say("/hours Ana Sat 10-11")
    await other.tap("save")
    await admin.tap("save")
    assert admin.screen.key == "hours.other"
    assert admin.screen.text.startswith("Lea saved other hours a moment ago. Here are theirs.")
    await admin.tap("save")
    assert admin.screen.key == "hours.saved"
