"""What is known about a client in three values: an open P0 must widen questions and never narrow them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from screening.policy import Policy, When
from screening.questionnaire import Facts


class Known:
    """Facts on file and told in this round. A name is there, not there, or not known (while P0 is open)."""

    def __init__(self, policy: Policy, facts: Facts, round_facts: Iterable[str]) -> None:
        self._policy = policy
        self._facts = facts
        self._given: set[str] = set(facts.named | facts.noted | frozenset(round_facts))
        self._given |= facts.conditions or frozenset()
        self._given |= {f"code:{code}" for code in facts.on_file}
        if facts.ok_said:
            self._given.add("ok_said")
        if not ok_in_force(facts):
            self._given.add("ok_needed")
        self._open = facts.conditions is None
        self._p0_left = {card.id for card in policy.cards.values() if card.p0}
        self._p0_unsure = False
        self.learned: set[str] = set()
        self._round: set[str] = set()
        self._there = self._closure()

    def _closure(self) -> frozenset[str]:
        there = frozenset(self._given)
        while True:
            more = {
                rule.gives
                for rule in self._policy.implied
                if there.intersection(rule.given) and not there.intersection(rule.unless)
            }
            if more <= there:
                return there
            there |= more

    def tell(self, names: Iterable[str]) -> None:
        """Facts told in this round."""
        self.learned.update(names)
        self._given.update(names)
        self._there = self._closure()

    def found(self, code: str) -> None:
        """A finding of this round, as some facts follow from findings."""
        self._round.add(code)
        self._given.add(f"code:{code}")
        self._there = self._closure()

    def told_p0(self, card: str, sure: bool) -> None:
        """P0 closes when each of its cards was answered; one "not sure" opens it again."""
        self._p0_left.discard(card)
        self._p0_unsure = self._p0_unsure or not sure
        self._open = self._p0_unsure or (self._open and bool(self._p0_left))

    @property
    def conditions(self) -> frozenset[str] | None:
        """The conditions that count from here on; None while P0 is open."""
        return None if self._open else self._there & frozenset(self._policy.conditions)

    def has(self, name: str) -> bool | None:
        """Whether this is so; None = not known."""
        if name in self._there:
            return True
        return None if self._open and name not in self._policy.sure_facts else False

    def fits(self, when: When) -> bool:
        """Whether a row stands."""
        if when.any_of and all(self.has(name) is False for name in when.any_of):
            return False
        if when.known and not any(self.has(name) for name in when.known):
            return False
        if any(self.has(name) is not False for name in when.unless):
            return False
        return not any(self.has(name) for name in when.unless_known)

    def never_an_ok(self) -> bool:
        """No OK was ever given, and that is told already (K1): then none can be older than an event."""
        ended = {"doctor_advised_against", "clearance_void_changed", "clearance_expired"}
        told = self._round | self._facts.on_file
        return self._facts.ok is None and "doctor_ok_missing" in told and not told & ended

    def ok_answers(self, else_code: str, event_days: int | None) -> bool:
        """Whether an OK on file, dated after the event, answers it: a letter where rule 9 asks for one.

        `event_days`: the newest that the event can be, in days before today; None = no event, any valid OK.
        """
        facts = self._facts
        event = None if event_days is None else facts.today - timedelta(days=event_days)
        row = self._policy.findings.get(else_code)
        if row is None:
            return False
        if row.needs_letter:
            return any(
                letter.code == else_code
                and letter.valid_until >= visit_day(facts)
                and (event is None or letter.given_on >= event)
                for letter in facts.letters
            )
        if self._round & {"doctor_ok_missing", "doctor_advised_against", "clearance_void_changed"}:
            return False
        if "doctor_ok_valid" in self._round:
            return True  # told in this round, with nothing new since
        ok = facts.ok
        if ok is None or not ok_in_force(facts):
            return False
        return event is None or any(
            day is not None and day >= event for day in (ok.given_on, ok.covers_until)
        )


def visit_day(facts: Facts) -> date:
    """The day that an OK must still count on."""
    return facts.session_day or facts.today


def ok_in_force(facts: Facts) -> bool:
    """Whether the general OK on file counts on the day of the visit."""
    return facts.ok is not None and not facts.ok.voided and facts.ok.valid_until >= visit_day(facts)
