"""A doctor's letter as a photo or a PDF: sent here, stored, taken out of the chat; then a person looks."""

from __future__ import annotations

from bot import letter_files, ok_visit
from bot.delivery import file_rows
from bot.flow import (
    HOME,
    NAV,
    Again,
    Choice,
    Command,
    Go,
    Input,
    Line,
    Notice,
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


async def _take(turn: Turn, sent: SentFile) -> Text | None:
    """Have it fetched; or the words that say why not."""
    if sent.size is not None and sent.size > letters.LARGEST:
        return text("odd.size")
    if not await letter_files.room(turn.session, turn.subject_id):
        return text("ok.photo.enough", n=letters.MOST)
    await file_rows.expect(turn, sent)
    return None


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
            refused = await _take(turn, value)
            return Again(refused) if refused else Go("ok.storing", _about(turn), forget=True)
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
        return Screen(self.name, (text(self.name),), ((HOME,),), bold=False)

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
        turn.say(text("odd.file"), choices=rows(Choice("sendok"), Choice("no")))
        return Again(quiet=True)
    refused = await _take(turn, value)
    if refused is not None:
        turn.say(refused)
    return Again(quiet=True)


STEPS: tuple[Step, ...] = (Photo(), Storing(), Received())
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
