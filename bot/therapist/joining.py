"""A one-time link makes a Telegram account a therapist or lead."""

from __future__ import annotations

from bot.flow import Command, Notice, Step

STEPS: tuple[Step, ...] = ()
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
