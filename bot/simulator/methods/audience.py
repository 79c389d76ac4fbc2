"""Whom a call is for, and whether the bot may speak there; what it wants to say, and whether it may."""

from __future__ import annotations

from typing import Any

from bot.simulator import html, markup
from bot.simulator.errors import bad, forbidden
from bot.simulator.records import Chat, Message
from bot.simulator.request import Params
from bot.simulator.world import World

Json = dict[str, Any]

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024


def chat_id(params: Params) -> int | None:
    """The chat that a call names, if it is a number."""
    try:
        return int(params.values.get("chat_id", ""))
    except (TypeError, ValueError):
        return None


def known_chat(world: World, params: Params) -> Chat:
    """The chat of a call. Raises: Refused 400 if it is missing or unknown."""
    if not params.given("chat_id"):
        raise bad("chat_id is empty")
    chat = world.chats.get(chat_id(params) or 0)
    if chat is None:
        raise bad("chat not found")
    return chat


def open_chat(world: World, params: Params) -> Chat:
    """The chat of a call, where the bot may speak. Raises: Refused 400 or 403."""
    chat = known_chat(world, params)
    if chat.type != "private":
        if not chat.bot_in:
            raise forbidden(f"bot is not a member of the {chat.type} chat")
        return chat
    user = world.users[chat.id]
    if user.deleted:
        raise forbidden("user is deactivated")
    if not user.started:
        raise forbidden("bot can't initiate conversation with a user")
    if user.blocked:
        raise forbidden("bot was blocked by the user")
    return chat


def formatted(params: Params, name: str, entities_name: str) -> tuple[str, list[Json]]:
    """The words of a field and their entities. Raises: Refused 400."""
    source = params.text(name)
    if "\x00" in source:
        raise bad("text must be encoded in UTF-8")
    source = source.replace("\r", "")
    mode = params.text("parse_mode")
    if mode.lower() == "html":
        text, entities = html.parse(source)
    elif mode and mode.lower() != "none":
        raise bad(f"unsupported parse_mode: the simulator reads HTML, not {mode}")
    else:
        given = params.json(entities_name) or []
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise bad("can't parse entities JSON object")
        text, entities = html.trim(source, given)
    return text, html.detect(text, entities)


def words(params: Params, too_long: str = "message is too long") -> tuple[str, list[Json]]:
    """The text of a message, 1 to 4096 after its entities are read. Raises: Refused 400."""
    text, entities = formatted(params, "text", "entities")
    if not text:
        raise bad("message text is empty")
    if html.units(text) > LONGEST_TEXT:
        raise bad(too_long)
    return text, entities


def caption(params: Params) -> tuple[str, list[Json]]:
    """The caption of a message, at most 1024 after its entities are read. Raises: Refused 400."""
    text, entities = formatted(params, "caption", "caption_entities")
    if html.units(text) > LONGEST_CAPTION:
        raise bad("message caption is too long")
    return text, entities


def keyboard(chat: Chat, params: Params, *, inline_only: bool = False) -> Json | None:
    """The reply_markup of a call. Raises: Refused 400."""
    return markup.checked(
        params.json("reply_markup"), private=chat.type == "private", inline_only=inline_only
    )


def own_message(world: World, params: Params, what: str = "edit") -> tuple[Chat, Message]:
    """A message that is there. Raises: Refused 400 "message to ... not found", 403."""
    if params.given("inline_message_id") and not params.given("chat_id"):
        raise bad(f"message to {what} not found")
    chat = open_chat(world, params)
    if not params.given("message_id"):
        raise bad("message identifier is not specified")
    message = chat.messages.get(params.integer("message_id"))
    if message is None or message.deleted:
        raise bad(f"message to {what} not found")
    return chat, message
