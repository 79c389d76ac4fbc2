"""A doctor's letter as a photo or a PDF: sent here, stored, taken out of the chat; then a person looks."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot import conversation, letter_files, ok_visit
from bot.delivery import file_rows
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Opening,
    Result,
    Said,
    Screen,
    SentFile,
    Step,
    Tap,
    Text,
    Turn,
    When,
    rows,
    text,
)
from screening import letters

UNASKED = "unasked"
"""Topic of the question about files that no card waited for."""


async def _take(turn: Turn, sent: SentFile) -> Text | None:
    """Have it fetched; or the words that say why not."""
    if sent.size is not None and sent.size > letters.LARGEST:
        return text("odd.size")
    if not await letter_files.room(turn.session, turn.subject_id):
        return text("ok.photo.enough", n=letters.MOST)
    await file_rows.expect(turn, sent)
    return None


async def take(turn: Turn, sent: SentFile) -> Result:
    """A file where an OK is asked for is the OK."""
    refused = await _take(turn, sent)
    return Again(refused) if refused else Go("ok.storing", _about(turn), forget=True)


def _about(turn: Turn) -> dict[str, object]:
    return {"appointment": turn.data.get("appointment")}


class Photo(Step):
    """The clinic waits for a photo or a PDF here. `fault` in the data: why the last one could not be kept."""

    name = "ok.photo"
    expects = frozenset({"file", "text"})
    holds_text = True

    async def show(self, turn: Turn) -> Screen:
        lines: list[Line] = []
        if fault := turn.data.get("fault"):
            lines.append(text(f"ok.photo.{fault}", n=letters.MOST))
        there = len(await letters.sending(turn.session, turn.subject_id))
        if there:
            lines.append(text("ok.photo.there", n=there))
        lines.append(text(self.name))
        done = (Choice("thatsall"),) if there else ()
        return Screen(self.name, tuple(lines), rows(*done) + NAV, bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, SentFile):
            return await take(turn, value)
        if isinstance(value, Said):
            return Again(text("ok.photo.words"))
        there = await letters.sending(turn.session, turn.subject_id)
        if there and isinstance(value, Tap) and value.code == "thatsall":
            return Go("ok.received", _about(turn), forget=True)
        return Again(text("old.changed"))


class Storing(Step):
    """It came, and is not stored yet. The other pictures of an album come while this stands."""

    name = "ok.storing"
    expects = frozenset({"file"})

    async def show(self, turn: Turn) -> Screen:
        longer = await file_rows.tried_again(turn.session, turn.subject_id)
        line = text(f"{self.name}.longer" if longer else self.name)
        return Screen(self.name, (line,), ((HOME,),), bold=False)

    async def take(self, turn: Turn, value: Input) -> Result:
        return await _one_more(turn, value)


class Received(Step):
    """A person will look at it; what waits for it stays kept."""

    name = "ok.received"
    expects = frozenset({"file"})

    async def show(self, turn: Turn) -> Screen:
        visit = await ok_visit.visit_of(turn)
        lines: list[Line] = [text(self.name, staff_by=await ok_visit.looked_at_by(turn))]
        files = len(await letters.sending(turn.session, turn.subject_id))
        if files:
            lines.append(text("ok.received.files", n=files))
        if visit is not None and visit.state not in ok_visit.NO_TIME:
            lines.append(text("ok.received.kept", when=When(visit.starts_at)))
        choices = (Choice("seevisit"), HOME) if visit is not None else (HOME,)
        return Screen(self.name, tuple(lines), rows(*choices), durable=True)

    async def take(self, turn: Turn, value: Input) -> Result:
        visit = await ok_visit.visit_of(turn)
        if isinstance(value, Tap) and value.code == "seevisit" and visit is not None:
            return Go("visit.card", {"appointment": visit.id})
        return await _one_more(turn, value)


async def _one_more(turn: Turn, value: Input) -> Result:
    """A further page. What comes later, or was never asked for, is asked about and not kept."""
    if not isinstance(value, SentFile):
        return Again(text("old.changed"))
    if not await letter_files.lately(turn.session, turn.subject_id, turn.now):
        turn.openings.append(await unasked(turn, value))
        return Again(quiet=True)
    refused = await _take(turn, value)
    if refused is not None:
        turn.say(refused)
    return Again(quiet=True)


async def unasked(turn: Turn, sent: SentFile) -> Opening:
    """Ask whether a file that no card waited for is the OK, with those that were not answered yet."""
    row = await conversation.find(turn.session, turn.chat_id, UNASKED)
    before: list[dict[str, Any]] = []
    if row is not None and row.step == Unasked.name and row.subject_id == turn.subject_id:
        before = (await conversation.data_of(turn.session, row))["files"]
    files = [*before, asdict(sent)][-letters.MOST :]
    return Opening(UNASKED, Unasked.name, {"files": files}, turn.subject_id)


class Unasked(Step):
    """Is this the OK? `files`: what Telegram calls them, until it is answered; none after a no."""

    name = "odd.file"
    expects = frozenset({"file"})

    async def show(self, turn: Turn) -> Screen:
        if not turn.data.get("files"):
            return Screen(self.name, (text("odd.file.no"),), ((HOME,),), durable=True, bold=False)
        choices = (Choice("sendok", label=text("odd.file.yes")), Choice("no"))
        return Screen(
            self.name, (text(self.name),), rows(*choices), durable=True, bold=False, silent=True, alone=True
        )

    async def take(self, turn: Turn, value: Input) -> Result:
        if isinstance(value, SentFile):
            turn.openings.append(await unasked(turn, value))
            return Again(quiet=True)
        if not isinstance(value, Tap) or not turn.data.get("files"):
            return Again(text("old.changed"))
        if value.code == "no":
            return Go(self.name, {"files": []}, forget=True)
        if value.code != "sendok":
            return Again(text("old.changed"))
        for sent in turn.data["files"]:
            refused = await _take(turn, SentFile(**sent))
            if refused is not None:
                return Go("ok.photo", {}, toast=refused, forget=True)
        return Go("ok.storing", {}, forget=True)


STEPS: tuple[Step, ...] = (Photo(), Storing(), Received(), Unasked())
