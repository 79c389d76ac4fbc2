"""What exists: every flow, notice and command, and who may open it. The one list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot import call_back, caller, letter_files, odd, staff_cards, start, task_hands, what_we_know
from bot.admin import (
    clients,
    days_off,
    desk,
    digest,
    hours,
    ok_details,
    oks,
    setting_up,
    sign_off,
    staff,
    stock,
    task_card,
    task_list,
)
from bot.client import (
    adding,
    after_answers,
    aftercare,
    applying,
    booking,
    changing,
    check_reminders,
    checking,
    clearance,
    confirming,
    first_contact,
    for_health,
    help,
    letters,
    moved,
    muting,
    on_the_day,
    privacy,
    results,
    settings,
    times,
    urgent,
    urgent_follow_up,
    urgent_text,
    urgent_typed,
    visits,
    well_again,
)
from bot.delivery.file_rows import FileFetch
from bot.flow import Choice, Command, Notice, Opening, Screen, SentFile, Step, Turn
from bot.house import House
from bot.therapist import (
    after_visit,
    day,
    day_changes,
    door,
    joining,
    late,
    looking,
    note,
    review,
    row,
    time_off,
    week,
)
from scheduling import people
from scheduling.people import Person
from screening.red_flags import Reading

T = TypeVar("T")

SLICES = (
    first_contact, booking, confirming, times, visits, changing, checking, check_reminders, applying, results,
    adding, moved, well_again, for_health, urgent, clearance, letters, letter_files,
    aftercare, after_answers, muting, on_the_day, help, privacy, settings, odd, caller,
    what_we_know, task_hands,
    joining, week, day, day_changes, late, row, note, door, review, after_visit, looking, time_off,
    desk, setting_up, task_list, task_card, digest, staff, hours, stock, days_off, clients, oks,
    ok_details, sign_off,
)  # fmt: skip


@dataclass(frozen=True)
class Menu:
    steps: Mapping[str, Step]
    notices: Mapping[str, Notice]
    commands: Mapping[str, Command]
    # buttons of messages that are no card: they open a flow anew, whenever they are tapped
    shortcuts: Mapping[str, tuple[str, str]]
    odd_choices: tuple[tuple[Choice, ...], ...]
    dead_choices: tuple[tuple[Choice, ...], ...]

    def home(self, roles: frozenset[str]) -> tuple[str, str]:
        """(topic, step) of the screen that Home leads to."""
        found = start.home(roles)
        return found if found[1] in self.steps else (found[0], start.CLIENT_HOME)

    async def may_act(self, turn: Turn, step: Step) -> bool:
        """Whether the actor may see and use a card now: its roles, and for whom it stands.

        A card outlives a role, so that this is asked each time that one is tapped, typed to or drawn.
        """
        if step.roles and not step.roles & turn.roles:
            return False
        return not turn.for_other or await staff_cards.may_see(turn, turn.subject_id)

    async def person_wanted(self, turn: Turn) -> None:
        """[Talk to a person], from anywhere: the task is there before the card that promises it."""
        await call_back.wanted(turn)

    async def start(self, turn: Turn, payload: str) -> Opening:
        """What /start opens: a link's errand, what is still pending, or the home of the person's role."""
        return await start.start(turn, payload)

    async def came_back(self, turn: Turn) -> Opening:
        """After a block was lifted: a greeting, and what is open."""
        return await start.came_back(turn)

    async def phrase(self, turn: Turn, said: str) -> Opening | None:
        """A short word that everybody knows (book, move, cancel, pain, help, a person)."""
        return await odd.phrase(turn, said)

    async def red_flag(self, turn: Turn, reading: Reading, words: str) -> None:
        """Keep what was typed, set what it sets, tell the staff; the act-now text may be out already."""
        await urgent_typed.typed(turn, reading, words)

    def urgent_screen(
        self,
        house: House,
        codes: tuple[str, ...],
        *,
        told: str | None,
        typed: str | None,
        visit: bool = True,
    ) -> Screen:
        """The act-now text, made without a database. `visit`: whether it takes one off."""
        return urgent_text.screen(house, codes, told=told, typed=typed, visit=visit)

    async def visit_to_come(self, session: AsyncSession, person: Person | None, now: datetime) -> bool:
        """Whether there is a visit that an act-now text takes off."""
        return person is not None and await urgent_follow_up.to_come(session, person.id, now)

    async def fault(self, house: House, session: AsyncSession, person: Person, now: datetime) -> None:
        """A tap that could not be worked: a check it belonged to is on hold (`system_error`)."""
        await checking.fault(house, session, person, now)

    async def unasked_file(self, turn: Turn, sent: SentFile) -> Opening | None:
        """The question what a file is that no card asked for; None for somebody who is no client."""
        return await letters.unasked(turn, sent) if people.CLIENT in turn.roles else None

    async def file_waits(self, session: AsyncSession, fetch: FileFetch, now: datetime) -> None:
        """A file could not be fetched at once, and will be tried again."""
        await letter_files.waits(session, fetch, now)

    async def file_came(
        self, session: AsyncSession, house: House, fetch: FileFetch, content: bytes | None, fault: str
    ) -> None:
        """A file that somebody sent was fetched (content), or cannot be: "size", "lost"."""
        await letter_files.came(session, house, fetch, content, fault)

    async def on_start(self, house: House) -> None:
        """Seed an empty clinic, keep the shipped policy, bind the admins of the settings."""
        await start.on_start(house)

    async def keep_house(self, house: House, now: datetime) -> None:
        """Hourly: retention, expiring OKs, the digest, the days to come."""
        await start.keep_house(house, now)
        for job in _all("HOURLY"):
            await job(house, now)


def build_menu() -> Menu:
    """Raises: ValueError if two slices use one name."""
    steps: dict[str, Step] = _by_name(_all("STEPS"), lambda step: step.name)
    notices: dict[str, Notice] = _by_name(_all("NOTICES"), lambda notice: notice.kind)
    commands: dict[str, Command] = _by_name(_all("COMMANDS"), lambda command: command.name)
    return Menu(
        steps=steps,
        notices=notices,
        commands=commands,
        shortcuts=odd.SHORTCUTS,
        odd_choices=odd.ODD_CHOICES,
        dead_choices=odd.DEAD_CHOICES,
    )


def _all(what: str) -> list[Any]:
    """What the slices have of it; few have all four."""
    return [thing for one in SLICES for thing in getattr(one, what, ())]


def _by_name(things: list[T], name: Callable[[T], str]) -> dict[str, T]:
    found: dict[str, T] = {}
    for thing in things:
        key = name(thing)
        if key in found:
            raise ValueError(f"two flows are named {key}")
        found[key] = thing
    return found
