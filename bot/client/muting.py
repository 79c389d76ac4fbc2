"""Check-ins that a client has turned off; the questions before a visit are not."""

from __future__ import annotations

from bot.flow import HOME, Again, Choice, Go, Input, Result, Screen, Step, Tap, Turn, rows, text
from scheduling import aftercare


async def mute(turn: Turn) -> Go:
    """[No more of these], under any check-in; Undo leads back to the card it was tapped on."""
    await aftercare.mute(turn.session, turn.subject_id, turn.now)
    return Go("after.muted", {"was": turn.step, "data": dict(turn.data)})


class Muted(Step):
    name = "after.muted"

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text(self.name),), rows(Choice("undo"), HOME), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        if not isinstance(value, Tap) or value.code != "undo":
            return Again(text("old.changed"))
        await aftercare.unmute(turn.session, turn.subject_id, turn.now)
        was = turn.data.get("was")
        if was in turn.house.menu.steps:
            return Go(str(was), turn.data["data"], toast=text("after.unmuted"), forget=True)
        return Go("after.unmuted", {}, forget=True)


class Unmuted(Step):
    name = "after.unmuted"

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text(self.name),), ((HOME,),), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Muted(), Unmuted())
