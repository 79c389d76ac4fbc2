"""Every method of the Bot API that the simulator knows; any other is "Not Found", as at Telegram."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.simulator.methods import editing, profile, receiving, sending
from bot.simulator.request import Params
from bot.simulator.world import World

Method = Callable[[World, Params], Awaitable[Any]]

METHODS: dict[str, Method] = {
    name.lower(): method
    for module in (receiving, sending, editing, profile)
    for name, method in module.METHODS.items()
}
NAMES: dict[str, str] = {
    name.lower(): name for module in (receiving, sending, editing, profile) for name in module.METHODS
}
