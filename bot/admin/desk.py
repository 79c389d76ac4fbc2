"""Home of the front desk: the setup list until somebody can be booked, then what is to do."""

from __future__ import annotations

from datetime import timedelta

from bot.admin import setting_up
from bot.flow import Choice, Screen, Step, Turn, rows, text
from scheduling import figures, tasks


class Menu(setting_up.Setup):
    name = "admin.menu"
    where = {
        **setting_up.WHERE,
        "tasks": "tasks.list",
        "find": "find.ask",
        "off": "off.admin",
        "digest": "digest.day",
    }

    async def show(self, turn: Turn) -> Screen:
        if not await setting_up.is_open(turn):
            return await super().show(turn)
        tomorrow = await figures.day(turn.session, turn.today + timedelta(days=1))
        counted = await tasks.count(turn.session, turn.now)
        return Screen(
            "admin.menu",
            (text("admin.menu", n=counted.open), text("admin.menu.tomorrow", n=tomorrow.visits)),
            rows(
                Choice("tasks"),
                Choice("find"),
                (Choice("hours"), Choice("off")),
                (Choice("people"), Choice("digest")),
            ),
        )


STEPS: tuple[Step, ...] = (Menu(),)
