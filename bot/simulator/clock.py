"""The simulator has no time of its own: whoever starts it may hand it a clock that can be moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol

Target = Literal["check", "session"]


class ClockControl(Protocol):
    """The clock of the demo, as the page's header shows and moves it.

    All instants are aware. `now` may carry the clinic's zone: the page shows the hour as it is given.
    """

    async def now(self) -> datetime: ...

    async def advance(self, by: timedelta) -> None: ...

    async def jump(self, to: Target) -> None:
        """Move to the moment when the next check is sent, or to the start of the next visit."""


class Dates:
    """Unix seconds for `date` fields, from the clock that was handed over or from the machine."""

    def __init__(self, clock: ClockControl | None = None) -> None:
        self.clock = clock
        self._offset = timedelta()

    async def now(self) -> int:
        """Whole seconds since the epoch. A clock that cannot answer now is taken to run on evenly."""
        machine = datetime.now(UTC)
        if self.clock is not None:
            try:
                self._offset = await self.clock.now() - machine
            except Exception:  # the clock's database may be locked or gone; the chat goes on
                self._offset = self._offset
        return int((machine + self._offset).timestamp())
