"""After a visit: care, a question the next day, and what the answers set going."""

from __future__ import annotations

from bot.flow import Command, Notice, Step

STEPS: tuple[Step, ...] = ()
NOTICES: tuple[Notice, ...] = ()
COMMANDS: tuple[Command, ...] = ()
