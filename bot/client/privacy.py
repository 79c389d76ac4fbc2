"""A copy of everything, or an end to everything."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from bot import forgetting, own_data, promised
from bot.conversation import CardMessage
from bot.flow import (
    BACK,
    HOME,
    NAV,
    PERSON,
    Again,
    Attachment,
    Choice,
    Command,
    Day,
    Go,
    Input,
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
from scheduling import clinic, people, tasks
from scheduling.people import STAFF

CONSENT = "care"
MOST_CARDS = 200
GRACE_DAYS = 366


class Card(Step):
    """What is kept, and the three things that anybody can do about it."""

    name = "privacy.card"

    async def show(self, turn: Turn) -> Screen:
        since = await people.consented(turn.session, turn.actor.id, CONSENT)
        if since is None:
            lines: tuple[Line, ...] = (text("privacy.card.none"),)
        else:
            day = since.astimezone(turn.house.zone).date()
            lines = (text(self.name, date=Day(day, full=True)),)
        erase = () if turn.roles & STAFF else (Choice("erase"),)
        return Screen(self.name, lines, rows(Choice("copy"), Choice("more"), *erase) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _take(turn, value)


class More(Step):
    name = "privacy.more"

    async def show(self, turn: Turn) -> Screen:
        return Screen(self.name, (text("consent.more"),), rows(Choice("copy")) + NAV)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _take(turn, value)


class Erase(Step):
    """Asked once, with what the law keeps."""

    name = "privacy.erase"

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = [text(self.name)]
        rules = await clinic.rules(turn.session)
        if rules.by_law:
            until = turn.today + timedelta(days=GRACE_DAYS * rules.by_law_years)
            lines.append(text("privacy.erase.law", text=Raw(rules.by_law), date=Day(until, full=True)))
        return Screen(self.name, tuple(lines), rows(Choice("copy"), Choice("eraseyes"), PERSON, (BACK, HOME)))

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _take(turn, value)


async def _take(turn: Turn, value: Input) -> Result:
    code = value.code if isinstance(value, Tap) else ""
    if code == "copy":
        content = await own_data.everything(turn)
        turn.attach(Attachment("my-data.json", content, text("privacy.copy")))
        for letter in await own_data.own_letters(turn):
            turn.attach(letter)
        return Again(quiet=True)
    if code == "more":
        return Go("privacy.more", {})
    if turn.roles & STAFF or turn.for_other:
        return Again(text("odd.no_role"))  # a member of staff first gives the role back
    if code == "erase":
        return Go("privacy.erase", {})
    if code == "eraseyes" and turn.step in ("privacy.erase", ""):
        await erase(turn)
        return Again(quiet=True)
    return Again(text("old.changed"))


async def erase(turn: Turn) -> None:
    """Everything at once: visits off, the clinic told, the key gone, cards made neutral."""
    await _neutral_cards(turn)
    gone = await forgetting.forget(
        turn.session,
        turn.actor,
        turn.now,
        actor=turn.actor.id,
        why="erased",
        but_update=turn.update_id,
    )
    await _tell_clinic(turn, gone)


async def _tell_clinic(turn: Turn, visits: int) -> None:
    words = turn.house.catalogue.say("en", "privacy.told_clinic", n=visits)
    await tasks.open_task(
        turn.session,
        "erased",
        turn.now,
        client_id=None,
        due_at=await promised.end_of_day(turn),
        key=f"erased:{turn.actor.id}",
        note=words,
    )


async def _neutral_cards(turn: Turn) -> None:
    """No card of this chat keeps a word about health."""
    ids = await turn.session.scalars(
        select(CardMessage.message_id)
        .where(CardMessage.chat_id == turn.chat_id)
        .order_by(CardMessage.message_id.desc())
        .limit(MOST_CARDS)
    )
    neutral = Screen("privacy.gone", (Text("old.gone"),), bold=False)
    for message_id in dict.fromkeys(ids.all()):
        if message_id != turn.message_id:
            turn.rewrites.append((message_id, neutral))
    if turn.message_id is not None:
        turn.rewrites.append((turn.message_id, Screen("privacy.erased", (Text("privacy.erased"),))))


STEPS: tuple[Step, ...] = (Card(), More(), Erase())
HOURLY = (forgetting.forget_after_retention,)
COMMANDS: tuple[Command, ...] = (Command("privacy", "home", "privacy.card", open=True),)
