"""The edit methods, deleting and pinning: what stands already, and who may touch it."""

from __future__ import annotations

from typing import Any

from bot.simulator.errors import bad
from bot.simulator.methods import audience, sending
from bot.simulator.records import Chat, Message
from bot.simulator.request import Params
from bot.simulator.world import World

Json = dict[str, Any]

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a "
    "current content and reply markup of the message"
)
DELETABLE_SECONDS = 48 * 3600
MEDIA = ("photo", "document", "voice")


def _editable(world: World, params: Params) -> tuple[Chat, Message]:
    chat, message = audience.own_message(world, params)
    if not message.by_bot or (message.markup and "inline_keyboard" not in message.markup):
        raise bad("message can't be edited")
    return chat, message


async def _apply(
    world: World,
    message: Message,
    *,
    text: str,
    entities: list[Json],
    content: Json,
    markup: Json | None,
    kind: str | None = None,
) -> Json:
    same = (text, entities, content, markup) == (
        message.text, message.entities, message.content, message.markup,
    )  # fmt: skip
    if same:
        raise bad(NOT_MODIFIED)
    message.versions.append(
        {
            "date": message.edit_date or message.date,
            "text": message.text,
            "entities": message.entities,
            "markup": message.markup,
        }
    )
    message.kind = kind or message.kind
    message.text, message.entities, message.content, message.markup = text, entities, content, markup
    message.edit_date = await world.dates.now()
    message.changed = world.touch(message.chat_id)
    return world.message_json(message)


async def edit_text(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    text, entities = audience.words(params, too_long="MESSAGE_TOO_LONG")
    markup = audience.keyboard(chat, params, inline_only=True)
    if message.kind != "text":
        raise bad("there is no text in the message to edit")
    return await _apply(world, message, text=text, entities=entities, content=message.content, markup=markup)


async def edit_markup(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    markup = audience.keyboard(chat, params, inline_only=True)
    return await _apply(
        world,
        message,
        text=message.text,
        entities=message.entities,
        content=message.content,
        markup=markup,
    )


async def edit_caption(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    text, entities = audience.caption(params)
    markup = audience.keyboard(chat, params, inline_only=True)
    if message.kind not in MEDIA:
        raise bad("there is no caption in the message to edit")
    return await _apply(world, message, text=text, entities=entities, content=message.content, markup=markup)


async def edit_media(world: World, params: Params) -> Json:
    chat, message = _editable(world, params)
    asked = params.json("media")
    if not isinstance(asked, dict):
        raise bad("can't parse media JSON object")
    kind = asked.get("type")
    if kind not in ("photo", "document"):
        raise bad(f"type of the media must be photo or document here, not {kind}")
    if message.kind not in (*MEDIA, "text"):
        raise bad("message can't be edited")
    inner = Params({**asked, "parse_mode": asked.get("parse_mode", "")}, params.files)
    text, entities = audience.caption(inner)
    markup = audience.keyboard(chat, params, inline_only=True)
    content = sending.media(world, inner, str(asked.get("media", "")), "media", str(kind))
    return await _apply(
        world, message, text=text, entities=entities, content=content, markup=markup, kind=str(kind)
    )


async def delete_message(world: World, params: Params) -> bool:
    chat, message = audience.own_message(world, params, "delete")
    if await world.dates.now() - message.date > DELETABLE_SECONDS:
        raise bad("message can't be deleted for everyone")
    if not message.by_bot and chat.type != "private":
        raise bad("message can't be deleted")
    message.deleted = True
    message.pinned = False
    message.changed = world.touch(chat.id)
    return True


async def pin(world: World, params: Params) -> bool:
    chat, message = audience.own_message(world, params, "pin")
    message.pinned = True
    world.touch(chat.id)
    return True


async def unpin(world: World, params: Params) -> bool:
    chat = audience.open_chat(world, params)
    pinned = [message for message in chat.visible() if message.pinned]
    if params.given("message_id"):
        wanted = params.integer("message_id")
        if wanted not in chat.messages:
            raise bad("message to unpin not found")
        pinned = [message for message in pinned if message.id == wanted]
    for message in pinned[-1:]:
        message.pinned = False
    world.touch(chat.id)
    return True


async def unpin_all(world: World, params: Params) -> bool:
    chat = audience.open_chat(world, params)
    for message in chat.messages.values():
        message.pinned = False
    world.touch(chat.id)
    return True


METHODS = {
    "editMessageText": edit_text,
    "editMessageReplyMarkup": edit_markup,
    "editMessageCaption": edit_caption,
    "editMessageMedia": edit_media,
    "deleteMessage": delete_message,
    "pinChatMessage": pin,
    "unpinChatMessage": unpin,
    "unpinAllChatMessages": unpin_all,
}
