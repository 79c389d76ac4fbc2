"""The safety cards: at first booking, before a visit, and on the day."""

from __future__ import annotations

from bot.flow import Command, Notice, Step

STEPS: tuple[Step, ...] = ()
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
