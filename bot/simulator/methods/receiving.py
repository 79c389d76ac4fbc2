"""How the bot hears: updates by poll or webhook, taps, files, who a chat is."""

from __future__ import annotations

import time
from typing import Any

from bot.simulator.errors import bad
from bot.simulator.html import units
from bot.simulator.methods import audience
from bot.simulator.request import Params
from bot.simulator.updates import wanted
from bot.simulator.webhook import Webhook
from bot.simulator.world import World

Json = dict[str, Any]

LARGEST_DOWNLOAD = 20 * 1024 * 1024
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


async def get_me(world: World, params: Params) -> Json:
    return {
        **world.bot_json(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


async def get_updates(world: World, params: Params) -> list[Json]:
    return await world.updates.poll(
        params.integer("offset", 0),
        params.integer("limit", 100),
        params.integer("timeout", 0),
        wanted(params.json("allowed_updates")),
    )


async def set_webhook(world: World, params: Params) -> bool:
    url = params.text("url")
    if not url:
        return await delete_webhook(world, params)
    secret = params.text("secret_token") if params.given("secret_token") else None
    webhook = Webhook.checked(
        url, secret, params.integer("max_connections", 40), "certificate" in params.files
    )
    await _stop_webhook(world)
    world.updates.allow(wanted(params.json("allowed_updates")))
    if params.flag("drop_pending_updates"):
        world.updates.acknowledge(lambda update: True)
    world.updates.end_poll("terminated by setWebhook request")
    world.updates.webhook = webhook
    webhook.start(world.updates)
    return True


async def delete_webhook(world: World, params: Params) -> bool:
    await _stop_webhook(world)
    if params.flag("drop_pending_updates"):
        world.updates.acknowledge(lambda update: True)
    return True


async def _stop_webhook(world: World) -> None:
    webhook, world.updates.webhook = world.updates.webhook, None
    if webhook is not None:
        await webhook.stop()


async def get_webhook_info(world: World, params: Params) -> Json:
    webhook = world.updates.webhook
    if webhook is None:
        info: Json = {"url": "", "has_custom_certificate": False}
        info["pending_update_count"] = len(world.updates.pending)
    else:
        info = webhook.info(world.updates)
    if world.updates.allowed is not None:
        info["allowed_updates"] = sorted(world.updates.allowed)
    return info


async def answer_callback_query(world: World, params: Params) -> bool:
    query = world.queries.get(params.text("callback_query_id"))
    if query is None or query.expired or time.monotonic() - query.at > world.query_seconds:
        raise bad(TOO_OLD)
    text = params.text("text")
    if units(text) > 200:
        raise bad("MESSAGE_TOO_LONG")
    if params.given("url"):
        raise bad("URL_INVALID")
    world.answer(query, text, params.flag("show_alert"))
    return True


async def get_file(world: World, params: Params) -> Json:
    stored = world.files.get(params.text("file_id"))
    if stored is None:
        raise bad("invalid file_id" if params.given("file_id") else "file_id not specified")
    if len(stored.data) > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    stored.asked_at = time.monotonic()
    return {
        "file_id": stored.id,
        "file_unique_id": stored.unique_id,
        "file_size": len(stored.data),
        "file_path": stored.path,
    }


async def get_chat(world: World, params: Params) -> Json:
    chat = audience.known_chat(world, params)
    if chat.type == "private" and not world.users[chat.id].started:
        raise bad("chat not found")
    gifts = {
        "unlimited_gifts": True,
        "limited_gifts": True,
        "unique_gifts": True,
        "premium_subscription": True,
        "gifts_from_channels": True,
    }
    pinned = [message for message in chat.visible() if message.pinned]
    shown = {
        **world.chat_json(chat),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": gifts,
    }
    if pinned:
        shown["pinned_message"] = world.message_json(pinned[-1])
    return shown


async def leave_chat(world: World, params: Params) -> bool:
    chat = audience.open_chat(world, params)
    if chat.type == "private":
        raise bad("can't leave private chats")
    chat.bot_in = False
    world.touch(chat.id)
    return True


METHODS = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "answerCallbackQuery": answer_callback_query,
    "getFile": get_file,
    "getChat": get_chat,
    "leaveChat": leave_chat,
}
