"""Staff with a caller on the phone: the same flows, asked by voice."""

from __future__ import annotations

from bot.flow import Command, Notice, Step

STEPS: tuple[Step, ...] = ()
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
