"""The first word to somebody who works here, after their one-time link."""

from __future__ import annotations

from datetime import timedelta

from bot import hours_words, staff_cards
from bot.flow import (
    HOME,
    Again,
    Choice,
    Go,
    Input,
    Joined,
    Line,
    Raw,
    Result,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    rows,
    text,
)
from bot.formatting import cut
from bot.therapist import own
from scheduling import people, working

REFUSED = {"used": "staff.link_used", "late": "staff.link_late"}
WHERE = {"myday": "day.home", "off": "off.pick", "lang": "language.pick", "tasks": "tasks.list"}


class Welcome(Step):
    """What the link did: a role, or why none. The roles were bound before this shows."""

    name = "staff.welcome"

    async def show(self, turn: Turn) -> Screen:
        result = str(turn.data.get("result", "used"))
        roles = [role for role in turn.data.get("roles", []) if role in people.STAFF]
        label: Line = Joined(tuple(Text(f"role.{role}") for role in roles)) if roles else Raw("-")
        if result in REFUSED:
            return Screen(REFUSED[result], (text(REFUSED[result]),), rows(HOME))
        if result == "known":
            return Screen("staff.link_known", (text("staff.link_known", label=label),), rows(HOME))
        lines: list[Line] = [
            text(
                "staff.welcome",
                name=Raw(cut(turn.actor.name)),
                who=await staff_cards.who(turn.session, turn.data.get("by")),
                label=label,
            )
        ]
        if people.THERAPIST in roles:
            lines.append(text("staff.welcome.day"))
            hours = await _hours(turn)
            if hours:
                lines.append(text("staff.welcome.hours", text=Raw(hours)))
            return Screen("staff.welcome", tuple(lines), rows(Choice("myday"), Choice("off"), Choice("lang")))
        lines.append(text("staff.welcome.admin"))
        return Screen("staff.welcome", tuple(lines), rows(Choice("tasks"), Choice("lang"), HOME))

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, Tap) and value.code in WHERE:
            return Go(WHERE[value.code], {})
        return Again()


async def _hours(turn: Turn) -> str:
    therapist = await own.therapist_of(turn)
    if therapist is None:
        return ""
    tomorrow = turn.today + timedelta(days=1)
    week = await working.hours_of(turn.session, therapist.id, tomorrow)
    return hours_words.written(turn.house.catalogue, turn.actor.language, week) if week else ""


STEPS: tuple[Step, ...] = (Welcome(),)
