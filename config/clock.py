"""The one reader of time, so that tests and the demo can move it and nothing else notices."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def system_now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Aware UTC time plus an offset that only tests and the demo set."""

    def __init__(self, read: Callable[[], datetime] = system_now, offset: timedelta = timedelta()) -> None:
        self._read = read
        self.offset = offset

    def now(self) -> datetime:
        return self._read() + self.offset

    def advance(self, by: timedelta) -> None:
        self.offset += by


def to_minutes(moment: datetime) -> int:
    """Whole UTC minutes since 1970 of an aware `moment`, rounded down. Raises: ValueError if naive."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no place on the clock")
    return int(moment.timestamp() // 60)


def from_minutes(minutes: int) -> datetime:
    return datetime.fromtimestamp(minutes * 60, UTC)
