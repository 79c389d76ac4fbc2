"""A therapist's note on a visit: chips that toggle, and a line as it is typed."""

from __future__ import annotations

from bot import agenda_words, staff_cards
from bot.flow import (
    NAV,
    Again,
    Choice,
    Go,
    Input,
    Line,
    Result,
    Said,
    Screen,
    Step,
    Tap,
    Text,
    Turn,
    When,
    rows,
    text,
)
from bot.formatting import cut
from bot.staff_cards import THERAPIST
from bot.therapist import own
from scheduling import visit_notes
from scheduling.visit_notes import Noted

CHIPS = tuple(f"n{number}" for number in range(1, 15))
PICKED = tuple(CHIPS[at : at + 3] for at in range(0, len(CHIPS), 3))


class Note(Step):
    """Chips that toggle, and a line as it is typed; kept by Done."""

    name = "day.note"
    roles = THERAPIST
    expects = frozenset({"text"})

    async def show(self, turn: Turn) -> Screen:
        mine = await own.visit_of(turn)
        if mine is None:
            return Screen("day.note", (text("old.gone"),), NAV)
        _, visit = mine
        chips = list(turn.data.get("chips", []))
        name = await staff_cards.short(turn.session, visit.client_id)
        lines: list[Line] = [text("day.note", name=name, when=When(visit.starts_at))]
        so_far = Noted(tuple(chips), str(turn.data.get("words", "")))
        if so_far.chips or so_far.words:
            lines.append(text("day.note.now", text=agenda_words.noted(so_far)))
        picker = [[self._chip(code, code in chips) for code in line] for line in PICKED]
        return Screen("day.note", tuple(lines), rows(*picker, Choice("done")) + NAV, durable=True)

    def _chip(self, code: str, chosen: bool) -> Choice:
        label = Text(f"button.{code}")
        return Choice(code, text("button.ticked", text=label) if chosen else label)

    async def take(self, turn: Turn, value: Input) -> Result:
        mine = await own.visit_of(turn)
        if mine is None:
            return Again(text("odd.no_role"))
        _, visit = mine
        chips = list(turn.data.get("chips", []))
        if isinstance(value, Said):
            words = cut(value.text, visit_notes.LONGEST)
            return Go(self.name, {**turn.data, "words": words}, forget=True)
        if not isinstance(value, Tap):
            return Again()
        if value.code in CHIPS:
            chips = [one for one in CHIPS if (one in chips) != (one == value.code)]
            return Go(self.name, {**turn.data, "chips": chips}, forget=True)
        if value.code == "done":
            await visit_notes.write(
                turn.session, visit, chips, str(turn.data.get("words", "")), turn.now, by=turn.actor.id
            )
            data = {"appointment": visit.id}
            return Go("day.row", data, toast=text("day.note.saved"), forget=True)
        return Again(text("old.changed"))


STEPS: tuple[Step, ...] = (Note(),)
