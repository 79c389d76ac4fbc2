"""The day in short, for the desk: at 17:00, and whenever it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bot import rounds, staff_cards
from bot.conversation import HOME_TOPIC
from bot.flow import (
    Again,
    Choice,
    Command,
    Done,
    Go,
    Input,
    Line,
    Notice,
    Opening,
    Result,
    Screen,
    Step,
    Tap,
    Turn,
    When,
    rows,
    text,
)
from bot.staff_cards import DESK
from config.clock import to_minutes
from scheduling import figures, notifications, tasks


class Digest(Step):
    """Today and tomorrow in short, every day at 17:00 and by /digest."""

    name = "digest.day"
    roles = DESK

    async def show(self, turn: Turn) -> Screen:
        session, now = turn.session, turn.now
        tomorrow = await figures.day(session, turn.today + timedelta(days=1))
        reviews = await tasks.count(
            session, now, kinds=tuple(sorted(staff_cards.REVIEWS | staff_cards.LOOKS))
        )
        calls = await tasks.count(session, now, kinds=("call", "unanswered"))
        away = await tasks.count(session, now, kinds=("unreachable",))
        sent = await notifications.counts(session, now - timedelta(days=1))
        not_sent = sent.get(notifications.DEAD, 0) + sent.get(notifications.UNCERTAIN, 0)
        lines: list[Line] = [
            text("digest.day"),
            text("digest.day.tomorrow", n=tomorrow.visits, m=tomorrow.percent),
            text("digest.day.questions", n=calls.open),
            text("digest.day.reviews", n=reviews.open),
            text("digest.day.unreachable", n=away.open),
            text("digest.day.not_sent", n=not_sent),
            text("digest.day.moved", n=await figures.moved_for_health(session, now)),
        ]
        if reviews.open and reviews.oldest is not None:
            since = When(to_minutes(reviews.oldest))
            lines[3] = text("digest.day.reviews_since", n=reviews.open, when=since)
        return Screen(
            "digest.day", tuple(lines), rows(Choice("tasks"), Choice("hours"), Choice("close")), push=1
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        where = {"tasks": "tasks.list", "hours": "hours.ask"}
        if isinstance(value, Tap) and value.code in where:
            if turn.topic == HOME_TOPIC:
                return Go(where[value.code], {})
            turn.open(HOME_TOPIC, where[value.code])
            return Again(quiet=True)
        if isinstance(value, Tap) and value.code == "close" and turn.topic != HOME_TOPIC:
            return Done()
        return Go("admin.menu", {}, forget=True)


async def _send(turn: Turn, data: Mapping[str, Any]) -> Opening | None:
    await rounds.plan(turn.session, turn.now)
    return Opening("digest", "digest.day", {}) if turn.roles & DESK else None


STEPS: tuple[Step, ...] = (Digest(),)
NOTICES: tuple[Notice, ...] = (Notice(rounds.DAY_DIGEST, _send),)
COMMANDS: tuple[Command, ...] = (Command("digest", HOME_TOPIC, "digest.day", DESK),)
