"""The send methods: text, pictures, documents, places."""

from __future__ import annotations

import mimetypes
from typing import Any

from bot.simulator import pictures
from bot.simulator.errors import bad
from bot.simulator.methods import audience
from bot.simulator.records import Chat, File, Message, Notification
from bot.simulator.request import Params, Upload
from bot.simulator.world import World

Json = dict[str, Any]

LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024
ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)


async def post(
    world: World, params: Params, kind: str, text: str, entities: list[Json], content: Json
) -> Json:
    """Put a checked message into its chat. Raises: Refused 400, 403, 429."""
    chat = audience.open_chat(world, params)
    markup = audience.keyboard(chat, params)
    reply_to = _reply_to(chat, params)
    world.flood.check(chat.id)
    silent = params.flag("disable_notification")
    message = Message(
        0, chat.id, await world.dates.now(), kind, world.bot_id, text, entities, content, markup, reply_to,
        silent, params.flag("protect_content"),
    )  # fmt: skip
    if markup is not None and "keyboard" in markup:
        chat.keyboard = markup
    elif markup is not None and "remove_keyboard" in markup:
        chat.keyboard = None
    chat.action = None
    world.add(message)
    preview = text or {"photo": "Photo", "document": "Document"}.get(kind, "Location")
    world.notifications.append(Notification(chat.id, message.id, preview, silent, message.date))
    return world.message_json(message)


def _reply_to(chat: Chat, params: Params) -> int | None:
    asked = params.json("reply_parameters")
    if not isinstance(asked, dict):
        asked = {"message_id": params.integer("reply_to_message_id", 0) or None}
        asked["allow_sending_without_reply"] = params.flag("allow_sending_without_reply")
    if asked.get("message_id") is None:
        return None
    message = chat.messages.get(int(asked["message_id"]))
    if message is not None and not message.deleted:
        return message.id
    if asked.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


async def send_message(world: World, params: Params) -> Json:
    audience.open_chat(world, params)
    text, entities = audience.words(params)
    return await post(world, params, "text", text, entities, {})


def media(world: World, params: Params, value: str, field: str, kind: str) -> Json:
    """The content of a photo or document message from an upload, an attachment or a file_id.

    Raises: Refused 400.
    """
    name = value.removeprefix("attach://") if value.startswith("attach://") else field
    upload = params.files.get(name)
    if upload is not None:
        return content_of(world, kept(world, upload, kind))
    if not value:
        raise bad(f"there is no {kind} in the request")
    if value.startswith("attach://"):
        raise bad(f'can\'t find file "{name}" in the request')
    if value.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    stored = world.files.get(value)
    if stored is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return content_of(world, stored)


def kept(world: World, upload: Upload, kind: str) -> File:
    """Store an upload. Raises: Refused 400 if it is empty, too large or no picture, 413 over 50 MB."""
    if not upload.data:
        raise bad("file must be non-empty")
    if kind == "photo":
        if len(upload.data) > LARGEST_PHOTO:
            raise bad("file is too big")
        size = pictures.size(upload.data)
        if size is None:
            raise bad("IMAGE_PROCESS_FAILED")
        if sum(size) > 10_000 or max(size) > 20 * min(size):
            raise bad("PHOTO_INVALID_DIMENSIONS")
    if len(upload.data) > LARGEST_UPLOAD:
        raise bad("file is too big")
    mime = upload.mime or mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
    return world.keep(upload.data, upload.name, mime, kind)


def content_of(world: World, stored: File) -> Json:
    """A file as the API's message fields show it."""
    shown: Json = {"file_id": stored.id, "file_unique_id": stored.unique_id, "file_size": len(stored.data)}
    if stored.kind == "photo":
        width, height = pictures.size(stored.data) or (90, 90)
        return {"photo": [{**shown, "width": width, "height": height}]}
    if stored.kind == "voice":
        return {"voice": {**shown, "duration": 3, "mime_type": stored.mime}}
    return {"document": {**shown, "file_name": stored.name, "mime_type": stored.mime}}


async def send_photo(world: World, params: Params) -> Json:
    audience.open_chat(world, params)
    text, entities = audience.caption(params)
    content = media(world, params, params.text("photo"), "photo", "photo")
    return await post(world, params, "photo", text, entities, content)


async def send_document(world: World, params: Params) -> Json:
    audience.open_chat(world, params)
    text, entities = audience.caption(params)
    content = media(world, params, params.text("document"), "document", "document")
    return await post(world, params, "document", text, entities, content)


def _place(params: Params) -> Json:
    latitude, longitude = params.number("latitude"), params.number("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong latitude or longitude specified")
    return {"latitude": latitude, "longitude": longitude}


async def send_location(world: World, params: Params) -> Json:
    audience.open_chat(world, params)
    return await post(world, params, "location", "", [], {"location": _place(params)})


async def send_venue(world: World, params: Params) -> Json:
    audience.open_chat(world, params)
    place = _place(params)
    title, address = params.text("title").strip(), params.text("address").strip()
    if not title:
        raise bad("title is empty")
    if not address:
        raise bad("address is empty")
    content = {"venue": {"location": place, "title": title, "address": address}, "location": place}
    return await post(world, params, "venue", "", [], content)


async def send_chat_action(world: World, params: Params) -> bool:
    chat = audience.open_chat(world, params)
    action = params.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat.action = action
    world.touch(chat.id)
    return True


METHODS = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendChatAction": send_chat_action,
}
