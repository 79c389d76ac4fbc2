"""What the bot says about itself: command menus by scope and language, name, descriptions, menu button."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from bot.simulator.errors import bad
from bot.simulator.methods import audience
from bot.simulator.records import Chat
from bot.simulator.request import Params
from bot.simulator.world import World

Json = dict[str, Any]

SCOPES = ("default", "all_private_chats", "all_group_chats", "all_chat_administrators")
CHAT_SCOPES = ("chat", "chat_administrators", "chat_member")


def _language(params: Params) -> str:
    code = params.text("language_code")
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad("invalid language code specified")
    return code


def _scope(world: World, params: Params) -> str:
    scope = params.json("scope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad("can't parse BotCommandScope: expected an Object")
    kind = scope.get("type")
    if kind in SCOPES:
        return str(kind)
    if kind not in CHAT_SCOPES:
        raise bad("can't parse BotCommandScope: unsupported scope type specified")
    chat = audience.known_chat(world, Params({"chat_id": scope.get("chat_id")}))
    user = f":{scope.get('user_id')}" if kind == "chat_member" else ""
    return f"{kind}:{chat.id}{user}"


async def set_commands(world: World, params: Params) -> bool:
    commands = params.json("commands")
    if not isinstance(commands, list):
        raise bad("can't parse commands list JSON object: expected an Array")
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    kept = []
    for command in commands:
        if not isinstance(command, dict):
            raise bad("can't parse BotCommand: expected an Object")
        name = str(command.get("command", "")).removeprefix("/")
        words = str(command.get("description", ""))
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(words) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        kept.append({"command": name, "description": words})
    world.commands[_scope(world, params), _language(params)] = kept
    world.touch()
    return True


async def get_commands(world: World, params: Params) -> list[Json]:
    return world.commands.get((_scope(world, params), _language(params)), [])


async def delete_commands(world: World, params: Params) -> bool:
    world.commands.pop((_scope(world, params), _language(params)), None)
    world.touch()
    return True


def commands_of(world: World, chat: Chat) -> list[Json]:
    """The command menu that this chat shows: nearest scope first, the person's language first."""
    user = world.users.get(chat.id)
    language = (user.language_code or "")[:2] if user else ""
    wide = "all_private_chats" if chat.type == "private" else "all_group_chats"
    for scope in (f"chat:{chat.id}", wide, "default"):
        for code in (language, ""):
            if (scope, code) in world.commands:
                return world.commands[scope, code]
    return []


async def set_menu_button(world: World, params: Params) -> bool:
    button = params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "default", "web_app"):
        raise bad("can't parse menu button: unsupported type specified")
    if button["type"] == "web_app":
        url = str((button.get("web_app") or {}).get("url", ""))
        if not url.startswith("https://"):
            raise bad(f"menu button Web App URL '{url}' is invalid: Only HTTPS links are allowed")
    if params.given("chat_id"):
        audience.known_chat(world, params).menu_button = button
    else:
        world.menu_button = button
    world.touch()
    return True


async def get_menu_button(world: World, params: Params) -> Json:
    if params.given("chat_id"):
        return audience.known_chat(world, params).menu_button or world.menu_button
    return world.menu_button


Method = Callable[[World, Params], Awaitable[Any]]


def _setter(field: str, longest: int, too_long: str) -> Method:
    async def method(world: World, params: Params) -> bool:
        words = params.text(field)
        if len(words) > longest:
            raise bad(too_long)
        world.profile[field, _language(params)] = words
        return True

    return method


def _getter(field: str) -> Method:
    async def method(world: World, params: Params) -> Json:
        default = world.profile.get((field, ""), world.name if field == "name" else "")
        return {field: world.profile.get((field, _language(params)), default)}

    return method


METHODS: dict[str, Method] = {
    "setMyCommands": set_commands,
    "getMyCommands": get_commands,
    "deleteMyCommands": delete_commands,
    "setChatMenuButton": set_menu_button,
    "getChatMenuButton": get_menu_button,
    "setMyName": _setter("name", 64, "BOT_TITLE_INVALID"),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", 512, "BOT_DESCRIPTION_INVALID"),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", 120, "BOT_ABOUT_INVALID"),
    "getMyShortDescription": _getter("short_description"),
}
