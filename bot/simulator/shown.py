"""What stands on a phone's screen, as values that a test can look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Button:
    """An inline button: its label, and its callback data or address."""

    text: str
    data: str | None
    url: str | None

    def is_called(self, what: str) -> bool:
        """True for the label, the data, or the code at the end of the data ("f:3:confirm")."""
        return what in (self.text, self.data) or (self.data or "").rpartition(":")[2] == what


@dataclass(frozen=True)
class Toast:
    """An answer to a tap that the phone showed."""

    text: str
    alert: bool


@dataclass(frozen=True)
class Message:
    """A message as the phone shows it now. `text` is plain; `html` has the tags; dates are Unix seconds.

    `mine` is True for the owner's own. `edits` are the earlier states: {"date", "text", "buttons"}.
    `file` is {"id", "name", "mime", "size", "picture"}, `place`
    {"latitude", "longitude", "title", "address"}. `changed` grows with every change in the simulator.
    """

    id: int
    date: int
    sent: int
    mine: bool
    kind: str
    text: str
    html: str
    entities: list[Json]
    rows: list[list[Button]]
    reply_to: int | None
    silent: bool
    protected: bool
    pinned: bool
    deleted: bool
    edited: bool
    edits: list[Json]
    changed: int
    file: Json | None
    place: Json | None
    note: str | None

    @property
    def plain(self) -> str:
        """The words without tags."""
        return self.text

    @property
    def buttons(self) -> list[list[str]]:
        """The labels, row by row."""
        return [[button.text for button in row] for row in self.rows]

    @property
    def labels(self) -> list[str]:
        """All labels in one list."""
        return [button.text for row in self.rows for button in row]

    def button(self, what: str) -> Button | None:
        """The button with this label, else with this data, else with this code."""
        every = [button for row in self.rows for button in row]
        for key in ("text", "data"):
            for button in every:
                if getattr(button, key) == what:
                    return button
        return next((button for button in every if button.is_called(what)), None)

    def __str__(self) -> str:
        keys = " / ".join(" ".join(f"[{button.text}]" for button in row) for row in self.rows)
        said = self.text or self.note or self.kind
        gone = " (deleted)" if self.deleted else ""
        return f"#{self.id} {'>' if self.mine else '<'} {said}{gone}" + (f"\n     {keys}" if keys else "")


_FIELDS = frozenset(Message.__dataclass_fields__) - {"rows"}


def message(shown: Json) -> Message:
    rows = [[Button(key["text"], key["data"], key["url"]) for key in row] for row in shown["buttons"]]
    return Message(rows=rows, **{name: shown[name] for name in _FIELDS})
