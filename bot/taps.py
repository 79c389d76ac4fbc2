"""A tap: on which card, by whom, and whether it is the one that the card waits for."""

from __future__ import annotations

from collections.abc import Callable

from bot import conversation
from bot.conversation import Chat
from bot.delivery.drawing import Plan
from bot.flow import Tap, Text, Turn
from bot.locating import Card
from bot.placing import apply, put
from bot.showing import NO_ROLE
from bot.taking import enter, step_of, take
from bot.view.read import Incoming


async def tap(
    turn: Turn,
    incoming: Incoming,
    found: Card | None,
    chat: Chat,
    plan: Plan,
    crowded: Callable[[int], bool],
) -> None:
    """`crowded`: whether somebody taps faster than the cards of a chat can follow."""
    words = turn.house.words(turn.actor.language, turn.now)
    if found is None:
        if incoming.code in turn.house.menu.shortcuts and incoming.revision == 0:
            await _shortcut(turn, incoming.code)
            return
        plan.toast = words.line(Text("old.gone"))
        turn.open(*turn.house.menu.home(turn.roles))
        return
    row = found.row
    if row.chat_id != chat.chat_id:
        plan.toast = words.line(Text("odd.not_yours"))
        return
    if incoming.message_id is not None and row.message_id != incoming.message_id:
        conversation.adopt(row, incoming.message_id)
    step = step_of(turn, row)
    await enter(turn, row)
    if step is None or not await turn.house.menu.may_act(turn, step):
        plan.toast = words.line(Text("odd.no_role" if step else "old.gone"))
        turn.closings.append(row.topic)
        if step is not None and row.message_id is not None:  # nor may they go on reading it
            turn.rewrites.append((row.message_id, NO_ROLE))
        return
    if not found.current:
        if crowded(chat.chat_id):
            plan.toast = words.line(Text("odd.fast"))
            return
        plan.toast = words.line(Text("odd.twice" if found.twice else "old.changed"))
        if not found.twice:
            await put(turn, chat, row.topic, row.step, turn.data, plan)
        return
    row.took_revision, row.took_code = row.revision, incoming.code + incoming.value
    result = await take(turn, step, Tap(incoming.code, incoming.value))
    await apply(turn, chat, row, result, plan, typed=False)


async def _shortcut(turn: Turn, code: str) -> None:
    if code == "person":
        await turn.house.menu.person_wanted(turn)
    elif not turn.roles:
        turn.openings.append(await turn.house.menu.start(turn, ""))
        return
    turn.open(*turn.house.menu.shortcuts[code])
