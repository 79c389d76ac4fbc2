"""A chat as a phone shows it, in plain values: for the page and for the driver alike."""

from __future__ import annotations

from typing import Any

from bot.simulator import html
from bot.simulator.methods.profile import commands_of
from bot.simulator.records import Message
from bot.simulator.world import World

Json = dict[str, Any]


def message_view(message: Message, world: World) -> Json:
    """One message. `changed` grows with every change in the whole simulator."""
    return {
        "id": message.id,
        "date": message.edit_date or message.date,
        "sent": message.date,
        "mine": not message.by_bot,
        "from": world.name if message.by_bot else world.users[message.sender].first_name,
        "kind": message.kind,
        "text": message.text,
        "entities": message.entities,
        "html": html.render(message.text, message.entities),
        "buttons": _buttons(message.markup),
        "keyboard": _keyboard(message.markup),
        "reply_to": message.reply_to,
        "silent": message.silent,
        "protected": message.protected,
        "pinned": message.pinned,
        "deleted": message.deleted,
        "edited": message.edit_date is not None,
        "edits": [{**version, "buttons": _buttons(version.get("markup"))} for version in message.versions],
        "changed": message.changed,
        "file": _file(message, world),
        "place": _place(message.content),
        "note": _note(message),
    }


def _buttons(markup: Json | None) -> list[list[Json]]:
    rows = (markup or {}).get("inline_keyboard", [])
    return [
        [
            {
                "text": button["text"],
                "data": button.get("callback_data"),
                "url": button.get("url"),
                "kind": next((name for name in button if name not in ("text", "style")), ""),
            }
            for button in row
        ]
        for row in rows
    ]


def _keyboard(markup: Json | None) -> str | None:
    if markup and "keyboard" in markup:
        return "shown"
    return "removed" if markup and "remove_keyboard" in markup else None


def _file(message: Message, world: World) -> Json | None:
    for kind in ("photo", "document", "voice", "sticker"):
        if kind in message.content:
            found = message.content[kind]
            stored = world.files[(found[-1] if kind == "photo" else found)["file_id"]]
            return {
                "id": stored.id,
                "name": stored.name,
                "mime": stored.mime,
                "size": len(stored.data),
                "picture": kind == "photo",
            }
    return None


def _place(content: Json) -> Json | None:
    venue = content.get("venue")
    place = content.get("location")
    if place is None:
        return None
    named = (
        {"title": venue["title"], "address": venue["address"]} if venue else {"title": None, "address": None}
    )
    return {**place, **named}


def _note(message: Message) -> str | None:
    content = message.content
    if "contact" in content:
        contact = content["contact"]
        return f"Contact: {contact['first_name']}, +{contact['phone_number'].lstrip('+')}"
    if "sticker" in content:
        return f"Sticker {content['sticker']['emoji']}"
    if "voice" in content:
        return "Voice message"
    if "dice" in content:
        return f"Die: {content['dice']['value']}"
    if "poll" in content:
        return f"Poll: {content['poll']['question']}"
    if "new_chat_members" in content:
        return "The bot was added."
    return None


def chat_view(world: World, chat_id: int, since: int = 0) -> Json:
    """A chat: its messages changed after `since` (deleted ones marked), keyboard, commands, toasts."""
    chat = world.chats[chat_id]
    user = world.users.get(chat_id)
    return {
        "chat": chat_id,
        "type": chat.type,
        "name": user.first_name if user else chat.title,
        "title": user.title if user else None,
        "started": user.started if user else chat.bot_in,
        "blocked": user.blocked if user else False,
        "seq": world.seq,
        "messages": [message_view(m, world) for m in chat.messages.values() if m.changed > since],
        "keyboard": chat.keyboard,
        "commands": commands_of(world, chat),
        "menu_button": chat.menu_button or world.menu_button,
        "toasts": list(chat.toasts),
        "waiting": [q.message_id for q in world.open_queries.values() if q.chat_id == chat_id],
    }
