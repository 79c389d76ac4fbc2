"""Whether what a tap does became milder: effects, their exceptions, and options of a card. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from screening import judged
from screening.judged import Judged, together
from screening.policy import Card, Case, Choice, Effect, FindingRow, Line, Outcome, Policy, Tier, When

LINE = "$line"
UNSURE = "item_unsure"
# The one code that frees: it says that a doctor's OK is there.
FREES = "doctor_ok_valid"
NOTHING = Effect()

Key = tuple[When, bool | None, tuple[str, ...]]
Pair = tuple[Case | None, Case | None, Judged]


@dataclass(frozen=True, slots=True)
class Told:
    """A code that a tap gives, with the tier that stands in place of the row's own."""

    code: str
    tier: Tier | None


def rows(old: FindingRow, new: FindingRow) -> Judged:
    """Whether one finding in place of another is milder: by rank, and between holds by all that they ask."""
    rank = judged.more(old.outcome, new.outcome)
    if rank is not Judged.NEUTRAL and (
        Outcome.URGENT in (old.outcome, new.outcome) or min(old.outcome, new.outcome) < Outcome.DEFER
    ):
        return rank
    return together(
        (
            rank,
            judged.tier(old.tier, new.tier),
            judged.slot(old.slot, new.slot),
            judged.lift_by(old.lift_by, new.lift_by),
            judged.more(old.relapse, new.relapse),
            judged.more(old.hours, new.hours),
            judged.more(old.days, new.days),
            judged.numbers(old.days_for, new.days_for),
            judged.text(old.clinic_days, new.clinic_days),
            judged.less(old.next_midnight, new.next_midnight),
            judged.more(old.needs_letter, new.needs_letter),
            judged.less(old.letter_answers, new.letter_answers),
            judged.more(old.letter_after_days, new.letter_after_days),
            judged.more(old.voids_ok, new.voids_ok),
        )
    )


class Taps:
    """Compares what taps do in an old policy and in a new one."""

    def __init__(self, old: Policy, new: Policy) -> None:
        self.old, self.new = old, new

    # --- what a tap gives ---

    def _codes(self, old: frozenset[Told], new: frozenset[Told]) -> Judged:
        if old == new:
            return Judged.NEUTRAL
        frees = judged.fewer(*({told for told in one if told.code == FREES} for one in (old, new)))
        before, after = ({told for told in one if told.code != FREES} for one in (old, new))
        if before == after:
            return frees
        holds = all(any(self._at_least(a, b) for b in after) for a in before)
        held = all(any(self._at_most(a, b) for a in before) for b in after)
        if holds == held:
            return together((frees, judged.covers(before, after)))
        return together((frees, Judged.STRICTER if holds else Judged.LAXER))

    def _at_least(self, old: Told, new: Told) -> bool:
        return self._one(old, new) in (Judged.STRICTER, Judged.NEUTRAL)

    def _at_most(self, old: Told, new: Told) -> bool:
        return self._one(old, new) in (Judged.LAXER, Judged.NEUTRAL)

    def _one(self, old: Told, new: Told) -> Judged:
        if old == new:
            return Judged.NEUTRAL
        if LINE in (old.code, new.code):
            return judged.tier(old.tier, new.tier) if old.code == new.code else Judged.DOUBTFUL
        before, after = _row(self.old, old), _row(self.new, new)
        # the row of the same code is compared where it stands
        return judged.tier(before.tier, after.tier) if old.code == new.code else rows(before, after)

    def effect(self, old: Effect, new: Effect) -> Judged:
        """Whether what a tap does became milder."""
        if old == new:
            return Judged.NEUTRAL
        days = Judged.NEUTRAL
        if old.ok_else and new.ok_else:
            # the further back the event may lie, the older the OK that answers it
            days = judged.least_is_none(old.event_days, new.event_days)
        return together(
            (
                *(self._codes(_told(self.old, old, ok), _told(self.new, new, ok)) for ok in (True, False)),
                days,
                judged.covers(old.next, new.next),
                judged.covers(old.later, new.later),
                judged.covers(old.says, new.says),
                judged.doubtful(frozenset(old.sets), frozenset(new.sets)),
            )
        )

    def line(self, old: Effect, new: Effect) -> Judged:
        """The same for a line of a list, whose own code is given only if no card follows."""
        if old == new:
            return Judged.NEUTRAL
        behind = self._codes(_behind(old), _behind(new))
        return together((behind, self.effect(_of_line(old), _of_line(new))))

    # --- exceptions: the first that fits stands in place of the row's own effect ---

    def cases(self, old: Line | Choice, new: Line | Choice) -> Iterator[Pair]:
        """Exceptions of a line or an option that differ."""
        compare = self.line if isinstance(old, Line) else self.effect
        before, after = _by_key(old.cases), _by_key(new.cases)
        gone = [case for key, case in before.items() if key not in after]
        come = [case for key, case in after.items() if key not in before]
        if len(gone) == len(come) == 1 and gone[0].effect == come[0].effect:
            a, b = gone[0], come[0]
            than = together((compare(old.effect, a.effect), compare(new.effect, b.effect)))
            yield a, b, together((_wider(_scope(a, b), than), judged.doubtful(a.words, b.words)))
        else:
            for case in gone:
                others = (*_after(case, old.cases, new.cases), new.effect)
                yield case, None, together(compare(case.effect, other) for other in others)
            for case in come:
                others = (*_after(case, new.cases, old.cases), old.effect)
                yield None, case, together(compare(other, case.effect) for other in others)
        for key, a in before.items():
            found = after.get(key)
            if found is not None and found != a:
                words = judged.doubtful(a.words, found.words)
                yield a, found, together((compare(a.effect, found.effect), words))
        common = [key for key in before if key in after]
        if common != [key for key in after if key in before]:
            yield None, None, Judged.DOUBTFUL

    def added(self, old: tuple[Case, ...], new: tuple[Case, ...]) -> Iterator[Pair]:
        """Exceptions that are added to an effect, each that fits."""
        before, after = _by_key(old), _by_key(new)
        for key in dict.fromkeys((*before, *after)):
            a, b = before.get(key), after.get(key)
            if a != b:
                yield a, b, self.effect(a.effect if a else NOTHING, b.effect if b else NOTHING)

    # --- options of a card ---

    def without(self, choice: Choice, left: Card) -> Judged:
        """What it means that an option is no longer there, and one of those that are left has to do.

        `choice` is of the old policy, `left` the card of the new one.
        """
        others = [NOTHING] if left.multi else [one.effect for one in left.choices if one.name != choice.name]
        own = (choice.effect, *(case.effect for case in choice.cases))
        return together(self.effect(effect, other) for effect in own for other in others)

    def offered(self, old: Choice, new: Choice, before: Card, after: Card) -> Judged:
        """For whom an option is there: one that is milder than the others is stricter when fewer have it."""
        if old.when == new.when:
            return Judged.NEUTRAL
        back = Taps(self.new, self.old)
        lost = together((self.without(old, after), back.without(new, before)))
        return _wider(judged.when(old.when, new.when), lost.mirrored)


def _row(policy: Policy, told: Told) -> FindingRow:
    row = policy.row(told.code)
    return replace(row, tier=told.tier) if told.tier else row


def _told(policy: Policy, effect: Effect, with_ok: bool) -> frozenset[Told]:
    codes: Iterable[str] = effect.gives
    if effect.ok_else:
        codes = (*codes, effect.ok_else[0 if with_ok else 1])
    return frozenset(Told(code, _other_tier(policy, code, effect.tier)) for code in codes)


def _other_tier(policy: Policy, code: str, tier: Tier | None) -> Tier | None:
    """The tier of a tap where it is not the row's own."""
    if code == LINE:
        return tier
    row = policy.row(code)
    return None if row.outcome is not Outcome.URGENT or tier is row.tier else tier


def _behind(effect: Effect) -> frozenset[Told]:
    """What "$line" stands for on the card that a line opens."""
    return frozenset(Told(code, None) for code in effect.gives[:1]) if effect.next else frozenset()


def _of_line(effect: Effect) -> Effect:
    if effect.next:
        return replace(effect, gives=())
    if not (effect.gives or effect.ok_else or effect.sets):
        return replace(effect, gives=(UNSURE,))  # a line that the policy does not know yet goes to a person
    return effect


def _by_key(cases: Iterable[Case]) -> dict[Key, Case]:
    return {(case.when, case.via_unsure, case.tapped): case for case in reversed(tuple(cases))}


def _after(case: Case, own: tuple[Case, ...], others: tuple[Case, ...]) -> list[Effect]:
    """What may fit where this exception no longer stands before it."""
    keys = _by_key(own[own.index(case) + 1 :])
    return [other.effect for key, other in _by_key(others).items() if key in keys]


def _scope(old: Case, new: Case) -> Judged:
    via = Judged.NEUTRAL
    if old.via_unsure != new.via_unsure:
        via = Judged.DOUBTFUL
        if None in (old.via_unsure, new.via_unsure):
            via = Judged.STRICTER if new.via_unsure is None else Judged.LAXER
    return together((judged.when(old.when, new.when), judged.audience(old.tapped, new.tapped), via))


def _wider(scope: Judged, than: Judged) -> Judged:
    """A wider exception is as strict as it is against what stands without it."""
    if scope is Judged.NEUTRAL or than is Judged.NEUTRAL:
        return Judged.NEUTRAL
    if than is Judged.DOUBTFUL:
        return Judged.DOUBTFUL
    return scope if than is Judged.STRICTER else scope.mirrored
