"""A row of the therapist's day in words: status, what to adapt, what stood there before."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from bot.flow import Day, Hour, Joined, Line, Raw, Text, Turn, Until, Value, When, text
from bot.formatting import cut
from bot.house import House
from scheduling import visit_notes
from scheduling.agenda import CLEARED, IN_REVIEW, MOVED, NEEDS_OK, PENDING, STATUS_CANCELLED, Row
from scheduling.visit_notes import Noted
from screening import explain
from screening.explain import TherapistNote

COLUMNS = ("pressure", "heat", "position", "avoid", "extra")
MOST_WORDS, LONGEST = 4, 120
TO_COME = frozenset({CLEARED, PENDING, IN_REVIEW, NEEDS_OK})


def status(row: Row) -> Text:
    """One of the status words, with what it waits for where there is something to say."""
    if row.status == MOVED and row.moved_to is not None:
        return text("status.moved.to", when=When(row.moved_to))
    if row.status == NEEDS_OK and row.ok_by is not None:
        return text("status.needs_ok.by", time=Until(row.ok_by))
    if row.status == IN_REVIEW:
        return text("status.in_review.wait")
    if row.status == PENDING and row.detail == "not_answered":
        return text("status.pending.unanswered")
    if row.status == PENDING and row.detail == "door":
        return text("status.pending.door")
    return Text(f"status.{row.status}")


async def notes(session: AsyncSession, client_id: str) -> list[TherapistNote]:
    """What to adapt, the most severe first."""
    found = await explain.for_therapist(session, client_id)
    return sorted(found, key=lambda note: (-note.outcome, note.standing))


def adapt(house: House, found: list[TherapistNote]) -> Line | None:
    """At most three words of caution, and how many more there are."""
    keys = list(dict.fromkeys(f"adapt.short.{note.code}" for note in found))
    keys = [key for key in keys if house.catalogue.has(key)]
    if not keys:
        return None
    if len(keys) == 1:
        return Text(keys[0])
    return Text("day.card.plus", {"adapt": Text(keys[0]), "n": len(keys) - 1})


async def line(turn: Turn, row: Row) -> Line:
    """The row as the day's card shows it; a caution only where a visit may still take place."""
    params: dict[str, Value] = {
        "time": Hour(row.starts_at),
        "name": Raw(row.name if row.name.endswith(".") else f"{row.name}."),
        "treatment": Raw(row.treatment),
        "minutes": row.minutes,
        "room": Raw(row.room),
        "label": status(row),
    }
    caution = None
    if row.status in TO_COME:
        caution = adapt(turn.house, await notes(turn.session, row.client_id))
    if caution is not None:
        params["adapt"] = caution
    said = Text("day.card.row" if caution is not None else "day.card.row_plain", params)
    return text("common.new", text=said) if row.new and row.status != STATUS_CANCELLED else said


def found(notes: list[TherapistNote]) -> list[Line]:
    """One line with every code that is to be minded, in words."""
    if not notes:
        return []
    codes = tuple(Text(f"finding.{note.code}") for note in notes)
    return [text("day.row.found", text=Joined(codes, "; "))]


def own_words(notes: list[TherapistNote], day: date) -> list[Line]:
    """What the client said, a line each: as typed, or the line that was tapped. `day`: of the visit."""
    said: dict[str, Line] = {}
    for note in notes:
        if note.words:
            said.setdefault(note.words, Raw(cut(note.words, LONGEST)))
        elif note.told:
            params = {"date_72h": Day(day - timedelta(days=3)), "since_date": Day(day)}
            said.setdefault(note.told, Text(note.told, params))
    return [text("day.row.words", text=one) for one in list(said.values())[:MOST_WORDS]]


def note_columns(house: House, found: list[TherapistNote]) -> list[Line]:
    """One line a column of the notes that says something; the same words once."""
    lines: list[Line] = []
    for column in COLUMNS:
        said: dict[str, Value] = {}  # the same words are said once, whichever code asks for them
        for note in found:
            key = f"note.{note.code}.{column}"
            if house.catalogue.has(key):
                said.setdefault(house.catalogue.forms(key)[0], Text(key))
        if said:
            lines.append(Text(f"day.row.{column}", {"text": Joined(tuple(said.values()), "; ")}))
    return lines


def noted(one: Noted) -> Line:
    """Chips and typed words in one line."""
    parts: list[Value] = [Text(f"button.{chip}") for chip in one.chips]
    if one.words:
        parts.append(Raw(one.words))
    return Joined(tuple(parts))


async def last_time(session: AsyncSession, client_id: str, starts_at: int) -> Line | None:
    before = await visit_notes.last_before(session, client_id, starts_at)
    return noted(before) if before is not None and (before.chips or before.words) else None
