"""An update of the Bot API as what a person did."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from telegram import Message, Update

FLOW_DATA = re.compile(r"^f:(\d{1,10}):([a-z0-9_]{1,20})(?:\.([A-Za-z0-9_:.-]{1,40}))?$")
CARD_DATA = re.compile(r"^c:([A-Za-z0-9_-]{6,12}):([a-z0-9_]{1,20})(?:\.([A-Za-z0-9_:.-]{1,40}))?$")

MOST = 2**31 - 1  # what a revision can be: data may be forged

Kind = Literal["tap", "text", "contact", "file", "voice", "odd", "member", "ignore"]


@dataclass(frozen=True)
class FileRef:
    """A file that Telegram holds. `size` in bytes, None if not told."""

    file_id: str
    size: int | None


@dataclass(frozen=True)
class Incoming:
    """One act. `chat_id` is 0 where there is no chat to answer."""

    kind: Kind
    chat_id: int
    private: bool
    user_id: int
    first_name: str
    language: str
    message_id: int | None = None
    text: str = ""
    edited: bool = False
    callback_id: str | None = None
    revision: int | None = None
    token: str | None = None
    code: str = ""
    value: str = ""
    phone: str = ""
    own_contact: bool = False
    file: FileRef | None = None
    member: Literal["joined", "left", ""] = ""

    @property
    def command(self) -> tuple[str, str] | None:
        """("book", "rest of the line") for "/book rest of the line"."""
        match = re.match(r"^/([A-Za-z_]{1,32})(?:@\w+)?(?:\s+(.*))?$", self.text, re.S)
        if self.kind != "text" or match is None:
            return None
        return match[1].lower(), (match[2] or "").strip()


def parse(raw: dict[str, Any]) -> Incoming:
    """Never raises for a well-formed update; what we do not know is `ignore`."""
    update = Update.de_json(raw, None)
    user, chat = update.effective_user, update.effective_chat
    common: dict[str, Any] = {
        "chat_id": chat.id if chat else 0,
        "private": bool(chat and chat.type == "private"),
        "user_id": user.id if user else 0,
        "first_name": (user.first_name if user else "") or "",
        "language": (user.language_code if user and user.language_code else "en") or "en",
    }
    if update.callback_query is not None:
        return _tap(update, common)
    if update.my_chat_member is not None:
        status = update.my_chat_member.new_chat_member.status
        return Incoming("member", member="left" if status in {"kicked", "left"} else "joined", **common)
    message = update.message or update.edited_message
    if message is None or user is None or user.is_bot:
        return Incoming("ignore", **common)
    return _message(message, update.edited_message is not None, common)


def _tap(update: Update, common: dict[str, Any]) -> Incoming:
    query = update.callback_query
    assert query is not None
    data = query.data or ""
    message_id = query.message.message_id if query.message else None
    fields: dict[str, Any] = {"callback_id": query.id, "message_id": message_id}
    if (match := FLOW_DATA.fullmatch(data)) and int(match[1]) <= MOST:
        fields |= {"revision": int(match[1]), "code": match[2], "value": match[3] or ""}
    elif match := CARD_DATA.fullmatch(data):
        fields |= {"token": match[1], "code": match[2], "value": match[3] or ""}
    if not common["chat_id"]:
        common = common | {"chat_id": common["user_id"], "private": True}
    return Incoming("tap", **fields, **common)


def _message(message: Message, edited: bool, common: dict[str, Any]) -> Incoming:
    fields: dict[str, Any] = {
        "message_id": message.message_id,
        "edited": edited,
        "text": message.text or message.caption or "",
    }
    if message.contact is not None:
        own = message.contact.user_id == common["user_id"]
        return Incoming("contact", phone=message.contact.phone_number, own_contact=own, **fields, **common)
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        return Incoming("file", file=FileRef(best.file_id, best.file_size), **fields, **common)
    if message.document is not None:
        ref = FileRef(message.document.file_id, message.document.file_size)
        return Incoming("file", file=ref, **fields, **common)
    if message.voice or message.video_note or message.video or message.audio:
        return Incoming("voice", **fields, **common)
    if message.text is not None:
        return Incoming("text", **fields, **common)
    if message.new_chat_members or message.left_chat_member or message.pinned_message:
        return Incoming("ignore", **fields, **common)
    return Incoming("odd", **fields, **common)
