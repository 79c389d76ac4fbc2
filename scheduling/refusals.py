"""Why a time cannot be had: one exception a reason, each with what the answer to the person needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from scheduling.search import Suggestion
from scheduling.slots import Slot
from screening.holds import Gate


class CannotBook(Exception):
    """Nothing was written, but for an earlier held time that was given back."""


class SlotTaken(CannotBook):
    """Somebody else has it, or it is offered no more. `nearest`: what is still free around it."""

    def __init__(self, slot: Slot, nearest: Sequence[Suggestion]) -> None:
        super().__init__("the time is taken")
        self.slot, self.nearest = slot, tuple(nearest)


class OwnOverlap(CannotBook):
    """The client has another visit then."""


class WeeklyLimit(CannotBook):
    """The client's week is full. `limit`: visits a week."""

    def __init__(self, limit: int) -> None:
        super().__init__("the week is full")
        self.limit = limit


class NoticeTooShort(CannotBook):
    """`hours`: how far ahead the clinic wants to know."""

    def __init__(self, hours: int) -> None:
        super().__init__("too soon")
        self.hours = hours


class TooFarAhead(CannotBook):
    """`days`: how far ahead the clinic books."""

    def __init__(self, days: int) -> None:
        super().__init__("too far ahead")
        self.days = days


class OnHold(CannotBook):
    """A safety hold is open; `gate` says which way out there is. With `earliest`, later days are possible."""

    def __init__(self, gate: Gate, earliest: date | None = None) -> None:
        super().__init__("a safety hold is open")
        self.gate, self.earliest = gate, earliest


class NeedsOk(CannotBook):
    """The doctor's OK must be there `days` before a visit, or before any (0 days: the clinic's setting)."""

    def __init__(self, days: int) -> None:
        super().__init__("the OK is missing")
        self.days = days


class NeedsCheck(CannotBook):
    """Inside 48 h the full check stands before Confirm, for everyone."""


class NotOpen(CannotBook):
    """No lead has signed a safety policy yet."""


class NotSuitable(CannotBook):
    """The therapist's training does not fit this client; a match is never downgraded."""


class HoldEnded(CannotBook):
    """The held time ran out. `slot` can be held again if `hold` still finds it free."""

    def __init__(self, slot: Slot) -> None:
        super().__init__("the hold has ended")
        self.slot = slot


class NotNow(CannotBook):
    """The visit's state does not allow it (any more). `state`: what it is."""

    def __init__(self, state: str) -> None:
        super().__init__("not in this state")
        self.state = state


class TooLate(CannotBook):
    """The three minutes are over."""
