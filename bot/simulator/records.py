"""What the simulator keeps: people, chats, messages, files, taps, calls, previews."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class User:
    """A person with a phone. `started` and `blocked` say how they stand to the bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = "en"
    phone: str | None = None
    started: bool = False
    blocked: bool = False
    deleted: bool = False
    title: str | None = None

    def as_json(self) -> Json:
        """The API's User."""
        shown: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if getattr(self, name) is not None:
                shown[name] = getattr(self, name)
        return shown


@dataclass
class Message:
    """One message as it stands now; `versions` holds what it said before each edit."""

    id: int
    chat_id: int
    date: int
    kind: str
    sender: int
    text: str = ""
    entities: list[Json] = field(default_factory=list)
    content: Json = field(default_factory=dict)
    markup: Json | None = None
    reply_to: int | None = None
    silent: bool = False
    protected: bool = False
    pinned: bool = False
    deleted: bool = False
    by_bot: bool = True
    edit_date: int | None = None
    versions: list[Json] = field(default_factory=list)
    changed: int = 0


@dataclass
class Chat:
    """A conversation: with one person (id of that person) or a group (negative id)."""

    id: int
    type: str = "private"
    title: str | None = None
    members: set[int] = field(default_factory=set)
    bot_in: bool = True
    messages: dict[int, Message] = field(default_factory=dict)
    last_id: int = 0
    keyboard: Json | None = None
    menu_button: Json | None = None
    action: str | None = None
    toasts: list[Json] = field(default_factory=list)

    def visible(self) -> list[Message]:
        """What the phone shows, oldest first."""
        return [message for message in self.messages.values() if not message.deleted]


@dataclass
class File:
    """Bytes that went up or down. `path` is where getFile says they lie, for an hour from `asked_at`.

    asked_at: time.monotonic() of the last getFile, None before the first.
    """

    id: str
    unique_id: str
    data: bytes
    name: str
    mime: str
    path: str
    kind: str
    asked_at: float | None = None


@dataclass
class Query:
    """A tap on an inline button, and every answer the bot gave to it."""

    id: str
    user_id: int
    chat_id: int
    message_id: int
    data: str
    at: float
    expired: bool = False
    answers: list[Json] = field(default_factory=list)


@dataclass
class Call:
    """One request of the bot: what it asked and what it got. `at` is time.monotonic()."""

    method: str
    params: Json
    at: float
    status: int = 0
    response: Json | None = None
    chat_id: int | None = None

    @property
    def ok(self) -> bool:
        """True if the bot got (or, with a lost answer, would have got) what it asked for."""
        return self.status == 200


@dataclass(frozen=True)
class Notification:
    """What a phone shows on its locked screen: the words at the moment of sending."""

    chat_id: int
    message_id: int
    text: str
    silent: bool
    date: int
