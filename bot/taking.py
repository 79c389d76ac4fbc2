"""What a card takes: its own answers, and the buttons that stand below every card."""

from __future__ import annotations

from bot import conversation
from bot.conversation import HOME_TOPIC, Conversation
from bot.flow import ABOVE, Again, Go, Input, Result, Step, Tap, Turn


def step_of(turn: Turn, row: Conversation) -> Step | None:
    """The step at which a card stands; None if there is no such step any more."""
    return turn.house.menu.steps.get(row.step)


async def enter(turn: Turn, row: Conversation) -> None:
    """The turn goes on where the card stands."""
    turn.topic, turn.step, turn.subject_id = row.topic, row.step, row.subject_id
    turn.message_id = row.message_id
    turn.data = await conversation.data_of(turn.session, row)
    turn.data.pop(ABOVE, None)


async def take(turn: Turn, step: Step, value: Input) -> Result:
    """Home, Back and [Talk to a person] are the same everywhere; all else is the step's own."""
    if isinstance(value, Tap):
        if value.code == "home":
            return _home(turn)
        if value.code == "person" and step.name != "help.person":
            return await _person(turn)
        if value.code == "back":
            stack = list(turn.data.get("_back", []))
            if not stack:
                return _home(turn)
            name, data = stack.pop()
            return Go(name, {**data, "_back": stack}, forget=True)
    return await step.take(turn, value)


def _home(turn: Turn) -> Result:
    topic, step = turn.house.menu.home(turn.roles)
    if turn.topic == topic:
        return Go(step, {}, forget=True)
    turn.open(topic, step)
    return Again(quiet=True)


async def _person(turn: Turn) -> Result:
    await turn.house.menu.person_wanted(turn)
    if turn.topic == HOME_TOPIC:
        return Go("help.person", {"from": turn.step})
    turn.open("person", "help.person", {"from": turn.step})
    return Again(quiet=True)
