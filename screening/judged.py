"""Whether a change of the policy makes it laxer or stricter; what nobody can tell counts as laxer. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum

from screening.policy import LiftBy, Slot, Tier, When


class Judged(StrEnum):
    """DOUBTFUL: laxer in one way and stricter in another, or no order is known. It counts as laxer."""

    LAXER = "laxer"
    DOUBTFUL = "doubtful"
    STRICTER = "stricter"
    NEUTRAL = "neutral"

    @property
    def lowers(self) -> bool:
        """Whether a lead has to sign this change by itself."""
        return self in (Judged.LAXER, Judged.DOUBTFUL)

    @property
    def mirrored(self) -> Judged:
        """The same change the other way round."""
        return _MIRROR.get(self, self)


_MIRROR = {Judged.LAXER: Judged.STRICTER, Judged.STRICTER: Judged.LAXER}

# Rule 16, from the least to the most that a lift asks of people.
LIFTS = (LiftBy.NOBODY, LiftBy.ANSWER, LiftBy.FULL_CHECK, LiftBy.STAFF, LiftBy.LEAD)
# What must be there before a hold with this fate of the time can end (screening/lifts.py).
ASKS: Mapping[Slot, frozenset[str]] = {
    Slot.STAYS: frozenset(),
    Slot.KEPT: frozenset({"hold", "date"}),
    Slot.MOVED: frozenset({"hold", "date"}),
    Slot.REVIEW: frozenset({"hold", "contact"}),
    Slot.WAITS: frozenset({"hold", "date", "ok"}),
    Slot.FREED: frozenset({"hold", "date", "contact"}),
    Slot.PROVISIONAL: frozenset({"hold", "date", "ok", "steady"}),
    Slot.CANCELLED: frozenset({"hold", "date", "ok", "contact"}),
}
ASKED: Mapping[str, frozenset[str]] = {
    "BS": frozenset({"B", "S"}),
    "any": frozenset({"B", "S", "L", "after"}),
}


def together(parts: Iterable[Judged]) -> Judged:
    """One judgement of several; two that differ leave it in doubt."""
    seen = set(parts) - {Judged.NEUTRAL}
    if not seen:
        return Judged.NEUTRAL
    return seen.pop() if len(seen) == 1 else Judged.DOUBTFUL


def neutral(_old: object, _new: object) -> Judged:
    """Changes nothing that a client meets."""
    return Judged.NEUTRAL


def doubtful(old: object, new: object) -> Judged:
    """No order is known."""
    return Judged.NEUTRAL if old == new else Judged.DOUBTFUL


def more(old: float | None, new: float | None) -> Judged:
    """The larger number is the stricter; none is less than any."""
    before, after = (-1 if number is None else number for number in (old, new))
    if before == after:
        return Judged.NEUTRAL
    return Judged.STRICTER if after > before else Judged.LAXER


def less(old: float | None, new: float | None) -> Judged:
    """The smaller number is the stricter; none is less than any."""
    return more(old, new).mirrored


def least_is_none(old: float | None, new: float | None) -> Judged:
    """The smaller number is the stricter, and none is the laxest of all."""
    limit = float("inf")
    return less(limit if old is None else old, limit if new is None else new)


def most_is_none(old: float | None, new: float | None) -> Judged:
    """The larger number is the stricter, and none is the strictest of all."""
    return least_is_none(old, new).mirrored


def covers(old: Collection[object], new: Collection[object]) -> Judged:
    """More of it is stricter."""
    before, after = set(old), set(new)
    if before == after:
        return Judged.NEUTRAL
    if before < after:
        return Judged.STRICTER
    return Judged.LAXER if after < before else Judged.DOUBTFUL


def fewer(old: Collection[object], new: Collection[object]) -> Judged:
    """Less of it is stricter."""
    return covers(old, new).mirrored


def audience(old: Collection[object], new: Collection[object]) -> Judged:
    """For whom: the wider the stricter; an empty list is everybody."""
    if bool(old) != bool(new):
        return Judged.LAXER if new else Judged.STRICTER
    return covers(old, new)


def text(old: object, new: object) -> Judged:
    """A sentence that is dropped is laxer; of two sentences nobody knows."""
    if old == new:
        return Judged.NEUTRAL
    if old is None:
        return Judged.STRICTER
    return Judged.LAXER if new is None else Judged.DOUBTFUL


def numbers(old: Mapping[str, int], new: Mapping[str, int]) -> Judged:
    """Numbers by name, each the stricter the larger."""
    return together(more(old.get(name), new.get(name)) for name in old.keys() | new.keys())


def texts(old: Mapping[str, str], new: Mapping[str, str]) -> Judged:
    """Sentences by name."""
    return together(text(old.get(name), new.get(name)) for name in old.keys() | new.keys())


def tier(old: Tier | None, new: Tier | None) -> Judged:
    """D is less than E; C has a text of its own that neither has."""
    if {old, new} == {Tier.D, Tier.E}:
        return Judged.STRICTER if new is Tier.E else Judged.LAXER
    return text(old, new)


def slot(old: Slot, new: Slot) -> Judged:
    """The fate of the time, by what must be there before it can be had again."""
    if old is not new and ASKS[old] == ASKS[new]:
        return Judged.DOUBTFUL
    return covers(ASKS[old], ASKS[new])


def lift_by(old: LiftBy, new: LiftBy) -> Judged:
    """Who may lift."""
    return more(LIFTS.index(old), LIFTS.index(new))


def when_asked(old: str, new: str) -> Judged:
    """In which checks an item is asked."""
    return covers(ASKED.get(old, frozenset({old})), ASKED.get(new, frozenset({new})))


def when(old: When, new: When) -> Judged:
    """For whom a row stands: the wider the stricter."""
    return together(
        (
            audience(old.any_of, new.any_of),
            audience(old.known, new.known),
            fewer(old.unless, new.unless),
            fewer(old.unless_known, new.unless_known),
        )
    )


def order(old: tuple[str, ...], new: tuple[str, ...]) -> Judged:
    """A list that is asked in order: what falls away is laxer, another order is in doubt."""
    both = set(old) & set(new)
    same = [name for name in old if name in both] == [name for name in new if name in both]
    return together((covers(old, new), Judged.NEUTRAL if same else Judged.DOUBTFUL))
