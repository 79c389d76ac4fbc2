"""The question read out at the door."""

from __future__ import annotations

from bot.flow import Command, Notice, Step

STEPS: tuple[Step, ...] = ()
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
