"""What a flow is made of: steps that show and take, screens in catalogue keys, and the turn they live in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from config.clock import from_minutes

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from bot.house import House
    from scheduling.people import Person


# --- values that are put into words only when the reader's language is known ---


@dataclass(frozen=True)
class When:
    """Day and hour of a visit, "Tue 3 Mar, 9:30". UTC minutes."""

    minutes: int


@dataclass(frozen=True)
class Hour:
    """The hour alone, "9:30". UTC minutes."""

    minutes: int


@dataclass(frozen=True)
class Until:
    """A deadline: the hour alone if it is today, else day and hour."""

    moment: datetime


@dataclass(frozen=True)
class Day:
    """ "Tue 3 Mar"; with `full`, "3 Mar 2026"; with `short`, "Tue 3"."""

    day: date
    full: bool = False
    short: bool = False


@dataclass(frozen=True)
class Raw:
    """Words that are nobody's catalogue: a name, or what a person typed."""

    text: str


@dataclass(frozen=True)
class Joined:
    """Several values in one list, each in words of its own."""

    parts: tuple[Value, ...]
    separator: str = ", "


@dataclass(frozen=True)
class Text:
    """A catalogue key and what fills its placeholders."""

    key: str
    params: Mapping[str, Value] = field(default_factory=dict)


Value = Text | Raw | When | Hour | Until | Day | Joined | str | int
Line = Text | Raw | Joined


def text(key: str, **params: Value) -> Text:
    return Text(key, params)


# --- screens ---


@dataclass(frozen=True)
class Choice:
    """A button. `code` travels in the callback data; `name` is what the catalogue and the tests call it.

    Without a label the button says `button.<code up to the first dot>`. A health answer travels by its place
    (`o1`, `o2`, ...), so that no callback data tells what was answered.
    """

    code: str
    label: Line | None = None
    name: str | None = None
    contact: bool = False

    def words(self) -> Line:
        return self.label or Text("button." + self.code.partition(".")[0])


@dataclass(frozen=True)
class Attachment:
    """A file to send: a document, or a picture if `picture`.

    removal: the row (`bot.delivery.file_rows`) by which it leaves the chat again; it cannot be passed on.
    """

    filename: str
    content: bytes = field(repr=False)
    caption: Text | None = None
    picture: bool = False
    removal: str | None = None


@dataclass(frozen=True)
class Place:
    """A point on the map."""

    latitude: float
    longitude: float
    title: str
    address: str


@dataclass(frozen=True)
class Screen:
    """A card: the key of what it is, lines of text, rows of buttons.

    push: how many first lines go out alone when the card is sent as a notice, so that no preview shows health
        words; the rest follows by an edit. 0 sends it whole.
    durable: its buttons work at any time later (card buttons); else they carry the revision (flow buttons).
    reply_keyboard: buttons stand under the input field, as sharing a number needs.
    alone: a new copy takes the older one's place, which is deleted.
    """

    key: str
    lines: tuple[Line, ...]
    rows: tuple[tuple[Choice, ...], ...] = ()
    durable: bool = False
    push: int = 0
    bold: bool = True
    silent: bool = False
    reply_keyboard: bool = False
    pinned: bool = False
    alone: bool = False


def rows(*choices: Choice | Sequence[Choice]) -> tuple[tuple[Choice, ...], ...]:
    """One choice a row; a sequence is a row of its own; empty rows fall away."""
    built = (row if isinstance(row, Sequence) else (row,) for row in choices)
    return tuple(tuple(row) for row in built if row)


BACK, HOME, PERSON = Choice("back"), Choice("home"), Choice("person")
CHANGE = Choice("change")
NAV: tuple[tuple[Choice, ...], ...] = ((BACK, HOME),)
HELP: tuple[tuple[Choice, ...], ...] = ((PERSON,), (BACK, HOME))


# --- what comes in ---


@dataclass(frozen=True)
class Tap:
    """A button. `code` up to the first dot, `value` after it (`day.2027-03-02`)."""

    code: str
    value: str = ""

    @property
    def place(self) -> int:
        """Which of a card's options, o1, o2 and so on, was tapped; 0 for any other button."""
        number = self.code[1:]
        return int(number) if self.code.startswith("o") and number.isdigit() else 0


@dataclass(frozen=True)
class Said:
    text: str


@dataclass(frozen=True)
class Shared:
    """The person's own number, by the app's button."""

    phone: str


@dataclass(frozen=True)
class SentFile:
    """A photo or document that Telegram holds: `file_id` fetches it. `size` in bytes, None if not told."""

    file_id: str
    size: int | None
    caption: str
    message_id: int


Input = Tap | Said | Shared | SentFile


# --- what a step returns ---


@dataclass(frozen=True)
class Go:
    """To another step of the same card. `data` replaces the flow's data unless it is None."""

    step: str
    data: dict[str, Any] | None = None
    toast: Line | None = None
    forget: bool = False  # Back does not lead here again


@dataclass(frozen=True)
class Again:
    """Nothing moved. `notice` is a toast after a tap, a silent message after text."""

    notice: Line | None = None
    quiet: bool = False  # the card is not shown again


@dataclass(frozen=True)
class Done:
    """The flow is over; the card keeps its words and loses its buttons (or goes, if `remove`)."""

    toast: Line | None = None
    remove: bool = False


Result = Go | Again | Done


ABOVE = "_above"
"""In the data of a card: the key of a line that stands above it until it is tapped."""


@dataclass(frozen=True)
class Opening:
    """Another card of the same chat that this turn opens or redraws."""

    topic: str
    step: str
    data: dict[str, Any]
    subject_id: str | None = None
    fresh: bool = True  # as a new message; else the live card is edited in place


@dataclass(frozen=True)
class Extra:
    """A message beside the cards: a line, a file, a point on the map."""

    line: Line | None = None
    attachment: Attachment | None = None
    place: Place | None = None
    rows: tuple[tuple[Choice, ...], ...] = ()
    notify: bool = False


@dataclass(frozen=True)
class Alarm:
    """An act-now text that went out before the transaction (message_id), or must go out after it (None)."""

    key: str
    codes: tuple[str, ...]
    token: str
    message_id: int | None


@dataclass
class Turn:
    """One update on one card. `now` is aware UTC; `actor` acts, `subject_id` is whom it is about."""

    session: AsyncSession
    house: House
    now: datetime
    chat_id: int
    actor: Person
    roles: frozenset[str]
    subject_id: str
    topic: str
    step: str
    data: dict[str, Any]
    message_id: int | None = None
    update_id: int | None = None
    alarm: Alarm | None = None
    app_language: str = "en"  # what the person's app says, for /start
    openings: list[Opening] = field(default_factory=list)
    extras: list[Extra] = field(default_factory=list)
    deletions: list[int] = field(default_factory=list)
    closings: list[str] = field(default_factory=list)
    rewrites: list[tuple[int, Screen]] = field(default_factory=list)  # messages that are no card any more
    menus: list[str] = field(default_factory=list)  # people whose command menu follows their roles anew

    @property
    def for_other(self) -> bool:
        return self.subject_id != self.actor.id

    @property
    def today(self) -> date:
        return self.now.astimezone(self.house.zone).date()

    def day_of(self, minutes: int) -> date:
        """The clinic's day of a UTC minute."""
        return from_minutes(minutes).astimezone(self.house.zone).date()

    def open(
        self, topic: str, step: str, data: dict[str, Any] | None = None, *, subject_id: str | None = None
    ) -> None:
        """Send a card of another topic as a new message after the commit."""
        self.openings.append(Opening(topic, step, data or {}, subject_id))

    def redraw(self, topic: str, step: str, data: dict[str, Any] | None = None) -> None:
        """Show another topic's card anew where it stands; where there is none, nothing is sent."""
        self.openings.append(Opening(topic, step, data or {}, None, fresh=False))

    def say(self, line: Line, *, choices: tuple[tuple[Choice, ...], ...] = ()) -> None:
        """A silent message beside the card. Its buttons, if any, open flows by `menu.SHORTCUTS`."""
        self.extras.append(Extra(line=line, rows=choices))

    def attach(self, attachment: Attachment) -> None:
        self.extras.append(Extra(attachment=attachment))

    def close(self, topic: str) -> None:
        """End another topic of this chat: its card loses its buttons."""
        self.closings.append(topic)


class Step:
    """One question: `show` is a pure read and can be repeated; `take` acts and says where to go.

    name: "slice.step", a public contract, as it is stored.
    expects: kinds of input beside taps ("text", "file", "contact").
    holds_text: unknown text shows the card again instead of a menu (a question is open).
    roles: who may see it; empty is everybody with a chat.
    known_words_first: "book", "move" and the like open their card, though the step takes any text.
    traced: it tells what was decided about a visit, so that the audit has when it stood on the phone.
    """

    name: ClassVar[str]
    expects: ClassVar[frozenset[str]] = frozenset()
    holds_text: ClassVar[bool] = False
    roles: ClassVar[frozenset[str]] = frozenset()
    known_words_first: ClassVar[bool] = False
    traced: ClassVar[bool] = False

    async def show(self, turn: Turn) -> Screen:
        raise NotImplementedError

    async def take(self, turn: Turn, value: Input) -> Result:
        raise NotImplementedError

    async def foresee(self, turn: Turn, value: Input) -> tuple[str, ...] | None:
        """The urgent codes that `take` would set; reads only: they are answered before the transaction."""
        return None


@dataclass(frozen=True)
class Notice:
    """How a row of `notification` of one kind becomes a card.

    `prepare` runs in the transaction that sends it, for the person it is sent to: it does what is due now (a
    cut-off sets its hold here), and says which card to send. None: no longer true, send nothing. An opening
    that is not `fresh` edits the live card in place, and sends nothing where there is none.
    """

    kind: str
    prepare: Callable[[Turn, Mapping[str, Any]], Awaitable[Opening | None]]


@dataclass(frozen=True)
class Command:
    """What "/name" opens, and for whom; empty `roles` is everybody who has agreed, `open` everybody.

    `opens` says which card where topic and step alone do not: it gets the words after the command.
    """

    name: str
    topic: str
    step: str
    roles: frozenset[str] = frozenset()
    open: bool = False
    opens: Callable[[Turn, str], Awaitable[Opening]] | None = None
