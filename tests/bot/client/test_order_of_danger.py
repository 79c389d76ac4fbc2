"""Rule 14: the urgent text first, then the cancel, then the alert; the text goes out if the cancel fails."""

from __future__ import annotations

import pytest

from scheduling import stopping
from scheduling.appointments import STOPPED
from tests.bot.chat import Chat, World
from tests.bot.client.test_checking import at_the_check, slowly
from tests.bot.visits import visit_of

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
CALL = "Call 112 now"


def sent(world: World, chat: Chat) -> list[tuple[int, str]]:
    """What was sent or edited since the last tap, in order: to whom, and the words."""
    return [
        (int(call.params["chat_id"]), str(call.params.get("text", "")))
        for call in world.sim.calls
        if call.method in ("sendMessage", "editMessageText")
    ]


async def test_rule_14_the_urgent_text_then_the_cancel_then_the_alert(
    world: World, chat: Chat, admin: Chat
) -> None:
    await admin.start()
    visit = await at_the_check(world, chat)
    await slowly(world, chat, "some", "check.a.1")
    before = len(sent(world, chat))
    stopped_at: list[int] = []

    async def stop(*args: object, **more: object) -> None:
        stopped_at.append(len(sent(world, chat)))
        await whole(*args, **more)  # type: ignore[arg-type]

    whole = stopping.stop
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stopping, "stop", stop)
        await slowly(world, chat, "detail.dstr.1")
    after = sent(world, chat)[before:]
    to, words = after[0]
    assert to == chat.phone.chat_id
    assert words.lstrip("<b>").startswith(CALL)
    assert stopped_at
    assert stopped_at[0] > before  # the text had gone when the visit was taken off
    alerts = [n for n, (whom, _) in enumerate(after) if whom == admin.phone.chat_id]
    assert alerts
    assert alerts[0] > 0
    assert (await visit_of(chat.house, visit.id)).state == STOPPED


async def test_rule_14_the_text_goes_out_though_the_cancel_fails(world: World, chat: Chat) -> None:
    await at_the_check(world, chat)
    await slowly(world, chat, "some", "check.a.1")

    async def fails(*args: object, **more: object) -> None:
        raise RuntimeError("cannot cancel")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(stopping, "stop", fails)
        await slowly(world, chat, "detail.dstr.1")
    assert sum(text.startswith(CALL) for text in chat.texts) == 1
