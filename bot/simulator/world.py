"""All that the simulator remembers: people, chats, messages, files, and what the bot asked for."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.simulator.clock import ClockControl, Dates
from bot.simulator.faults import Faults, Flood
from bot.simulator.records import Call, Chat, File, Message, Notification, Query, User
from bot.simulator.updates import Updates

Json = dict[str, Any]


class World:
    """One bot, the people who talk to it, and everything said. Lives in one event loop."""

    query_seconds = 60.0
    """How long a tap can be answered, in real seconds."""

    def __init__(
        self,
        token: str,
        *,
        username: str = "gentle_hours_bot",
        name: str = "Gentle Hours",
        clock: ClockControl | None = None,
    ) -> None:
        bot_id, colon, secret = token.partition(":")
        if not (colon and bot_id.isdecimal() and re.fullmatch(r"[A-Za-z0-9_-]{3,}", secret)):
            raise ValueError("A bot token looks like 123456:letters-and-digits.")
        self.token = token
        self.bot_id = int(bot_id)
        self.username = username
        self.name = name
        self.dates = Dates(clock)
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.queries: dict[str, Query] = {}
        self.open_queries: dict[str, Query] = {}
        self.toasted = 0
        self.notifications: list[Notification] = []
        self.calls: list[Call] = []
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.menu_button: Json = {"type": "commands"}
        self.updates = Updates(self.touch)
        self.faults = Faults()
        self.flood = Flood()
        self.in_flight = 0
        self.last_call = 0.0
        self.owed: set[int] = set()
        self.seq = 0
        self.touched: dict[int, int] = {}
        self.closing = False
        self._news = asyncio.Event()

    # --- news ---

    def touch(self, chat_id: int | None = None) -> int:
        """Note that something changed (in a chat, if named), and wake everybody who waits for news."""
        self.seq += 1
        if chat_id is not None:
            self.touched[chat_id] = self.seq
        waiting, self._news = self._news, asyncio.Event()
        waiting.set()
        return self.seq

    async def news(self, seconds: float) -> bool:
        """Wait until anything changes, at most that long. False if nothing did."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        """Let every long poll and stream end at once."""
        self.closing = True
        self.updates.close()
        self.touch()

    # --- people and chats ---

    def person(self, user_id: int, first_name: str = "Somebody", **more: Any) -> User:
        """The person with this id, made on first mention."""
        user = self.users.get(user_id)
        if user is None:
            user = self.users[user_id] = User(user_id, first_name, **more)
            self.chats[user_id] = Chat(user_id, members={user_id})
            self.touch(user_id)
        return user

    def group(self, title: str, members: set[int]) -> Chat:
        """A new group; the bot is not in it yet."""
        chat_id = -1000 - sum(1 for chat in self.chats.values() if chat.type != "private")
        chat = self.chats[chat_id] = Chat(chat_id, "group", title, members, bot_in=False)
        return chat

    def chat_json(self, chat: Chat) -> Json:
        """The API's Chat."""
        if chat.type != "private":
            return {"id": chat.id, "type": chat.type, "title": chat.title or ""}
        user = self.users[chat.id]
        shown: Json = {"id": chat.id, "type": "private", "first_name": user.first_name}
        if user.last_name:
            shown["last_name"] = user.last_name
        if user.username:
            shown["username"] = user.username
        return shown

    def bot_json(self) -> Json:
        """The API's User for the bot itself."""
        return {"id": self.bot_id, "is_bot": True, "first_name": self.name, "username": self.username}

    # --- messages ---

    def add(self, message: Message) -> Message:
        """Put a message into its chat under the next free id."""
        chat = self.chats[message.chat_id]
        chat.last_id += 1
        message.id = chat.last_id
        chat.messages[message.id] = message
        message.changed = self.touch(message.chat_id)
        return message

    def message_json(self, message: Message, *, with_reply: bool = True) -> Json:
        """The API's Message."""
        chat = self.chats[message.chat_id]
        shown: Json = {
            "message_id": message.id,
            "date": message.date,
            "chat": self.chat_json(chat),
            "from": self.bot_json() if message.by_bot else self.users[message.sender].as_json(),
        }
        if message.edit_date is not None:
            shown["edit_date"] = message.edit_date
        if message.kind == "text":
            shown["text"] = message.text
            if message.entities:
                shown["entities"] = message.entities
        elif message.text:
            shown["caption"] = message.text
            if message.entities:
                shown["caption_entities"] = message.entities
        shown.update(message.content)
        if message.markup and "inline_keyboard" in message.markup:
            shown["reply_markup"] = message.markup
        if message.protected:
            shown["has_protected_content"] = True
        if with_reply and message.reply_to is not None and message.reply_to in chat.messages:
            shown["reply_to_message"] = self.message_json(chat.messages[message.reply_to], with_reply=False)
        return shown

    # --- taps ---

    def ask(self, query: Query) -> None:
        """Keep a tap until it is answered; the chat owes its person a sign of life."""
        self.queries[query.id] = self.open_queries[query.id] = query
        self.owed.add(query.chat_id)

    def answer(self, query: Query, text: str, alert: bool) -> None:
        """Keep an answer. The first one ends the waiting, and its words are shown."""
        query.answers.append({"text": text, "alert": alert, "at": time.monotonic()})
        if self.open_queries.pop(query.id, None) is not None and text:
            self.toasted += 1
            toast = {"n": self.toasted, "chat": query.chat_id, "text": text, "alert": alert}
            self.chats[query.chat_id].toasts.append(toast)
            self.owed.discard(query.chat_id)
        self.touch(query.chat_id)

    def expire(self) -> None:
        """Make every open tap too old to answer."""
        for query in self.open_queries.values():
            query.expired = True
        self.open_queries.clear()
        self.touch()

    # --- files ---

    def keep(self, data: bytes, name: str, mime: str, kind: str) -> File:
        """Store bytes; the id says nothing about their content."""
        number = len(self.files)
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        folder = {"photo": "photos", "voice": "voice", "sticker": "stickers"}.get(kind, "documents")
        file_id = f"F{self.bot_id}-{kind}-{number:06d}"
        stored = File(file_id, f"U{number:06d}", data, name, mime, f"{folder}/file_{number}.{suffix}", kind)
        self.files[file_id] = stored
        return stored

    # --- calls ---

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        """Count a call of the bot as in flight, and log it unless it is an empty poll."""
        polling = call.method == "getUpdates"
        if not polling:
            self.in_flight += 1
        try:
            yield
        finally:
            if polling:
                if call.status != 200 or (call.response or {}).get("result"):
                    self.calls.append(call)
            else:
                self.in_flight -= 1
                self.calls.append(call)
                self.last_call = time.monotonic()
                if call.chat_id is not None:
                    self.owed.discard(call.chat_id)
                self.touch()

    def outstanding(self) -> Json:
        """What a quiet chat has none of: updates not acknowledged, taps not answered, calls under way."""
        return {
            "updates": len(self.updates.pending),
            "queries": len(self.open_queries),
            "calls": self.in_flight,
            "owed": sorted(self.owed),
            "idle": time.monotonic() - self.last_call,
        }
