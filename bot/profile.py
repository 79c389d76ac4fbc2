"""What the app shows about the bot before anyone taps Start: its words and its command menus."""

from __future__ import annotations

import contextlib

from telegram import Bot, BotCommand, BotCommandScopeChat
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.house import House
from bot.view.render import standing_facts

CLIENT = ("book", "visits", "settings", "privacy", "language", "help", "cancel")
THERAPIST = ("today", "tomorrow", "week", "off")
ADMIN = ("tasks", "find", "hours", "off", "people", "setup", "digest")


def commands_for(roles: frozenset[str]) -> tuple[str, ...]:
    names: list[str] = []
    if "therapist" in roles:
        names += THERAPIST
    if roles & {"admin", "lead"}:
        names += ADMIN
    return tuple(dict.fromkeys([*names, *CLIENT]))


def _menu(house: House, language: str, names: tuple[str, ...]) -> list[BotCommand]:
    known = house.menu.commands.keys() | {"cancel"}
    return [
        BotCommand(name, house.catalogue.say(language, f"command.{name}")) for name in names if name in known
    ]


async def introduce(bot: Bot, house: House) -> None:
    """Description and the clients' command menu, in each language. Safe to repeat."""
    facts = standing_facts(house.clinic, house.bot_name)
    for language in house.catalogue.languages:
        code = "" if language == "en" else language
        if len(code) > 2:
            continue
        about, short = (
            house.catalogue.say(language, key, **facts) for key in ("bot.description", "bot.short")
        )
        # a server that lacks one of these can still take visits
        with contextlib.suppress(TelegramError):
            await bot.set_my_description(about, language_code=code or None)
        with contextlib.suppress(TelegramError):
            await bot.set_my_short_description(short, language_code=code or None)
        with contextlib.suppress(TelegramError):
            await bot.set_my_commands(_menu(house, language, CLIENT), language_code=code or None)


async def set_menu(bot: Bot, house: House, chat_id: int, language: str, roles: frozenset[str]) -> None:
    """The command menu of one chat, after a role was given or taken."""
    try:
        await bot.set_my_commands(
            _menu(house, language, commands_for(roles)), scope=BotCommandScopeChat(chat_id)
        )
    except (BadRequest, Forbidden):
        return  # a convenience: the commands themselves are checked on the server
