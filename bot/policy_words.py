"""Values of the safety policy in plain words, for whoever compares, reads or signs it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Any

from bot.texts import Catalogue
from screening.policy import (
    Card,
    Case,
    Choice,
    Effect,
    FindingRow,
    Item,
    LiftBy,
    Line,
    Outcome,
    Phase,
    Policy,
    Review,
    Slot,
    Tier,
    Together,
    When,
)

LANGUAGE = "en"
NONE = "none"
_BLANK = re.compile(r"\{([a-z][a-z0-9_]*)\}")

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.CLEAR: "clear",
    Outcome.CAUTION: "caution: the visit goes on, adapted",
    Outcome.DEFER: "defer: not now",
    Outcome.CLEARANCE: "clearance: not until a doctor says yes",
    Outcome.URGENT: "urgent: act now",
}
TIERS: Mapping[Tier, str] = {
    Tier.E: "E, the emergency number now",
    Tier.D: "D, medical help the same day",
    Tier.C: "C, the crisis line and a person who calls back",
}
SLOTS: Mapping[Slot, str] = {
    Slot.STAYS: "stays",
    Slot.KEPT: "kept until it has to be released",
    Slot.REVIEW: "kept in review until a person decides",
    Slot.WAITS: "waits for the doctor's OK",
    Slot.MOVED: "moved to a day after the hold",
    Slot.PROVISIONAL: "moved, and the new time is not firm until a lead lifts the hold",
    Slot.FREED: "let go, none kept, a task for staff",
    Slot.CANCELLED: "cancelled, no new one until a lead lifts the hold",
}
LIFTS: Mapping[LiftBy, str] = {
    LiftBy.NOBODY: "no hold",
    LiftBy.LEAD: "a lead",
    LiftBy.STAFF: "named staff",
    LiftBy.FULL_CHECK: "the client's next full check",
    LiftBy.ANSWER: "a full answer",
}
WORDS: Mapping[Any, str] = {**OUTCOMES, **TIERS, **SLOTS, **LIFTS}
NEEDS: Mapping[str, str] = {
    "spoke_with_client": "somebody spoke with the client",
    "new_ok": "a new OK of a doctor",
    "ok_seen": "the OK that the row asks for, seen",
    "steady_14_days": "steady for 14 days, by the client's own dated answer",
    "ended_30_days": "ended 30 days ago or more (MS)",
    "ok_after_began": "an OK dated after it began",
    "contact": "somebody spoke with the client",
    "call": "a phone call with the client",
    "full_answer": "every question answered",
    "word_of_doctor": "the word of the doctor, pharmacist or foot team",
    "condition_met": "not told again once the days are over",
}
ASKED: Mapping[str, str] = {
    "B": "at the first booking",
    "S": "before each visit",
    "BS": "at the first booking and before each visit",
    "L": "never asked; read from what is typed",
    "after": "after the visit",
    "any": "at any time",
}


def spoken(name: str) -> str:
    """An id of the data as words: `foot_ulcer` -> "foot ulcer"."""
    return name.replace("_", " ")


def listed(parts: Iterable[str], empty: str = NONE) -> str:
    """Parts with commas."""
    return ", ".join(parts) or empty


class PolicyWords:
    """Words for the values of one policy, or of two that are compared."""

    def __init__(self, catalogue: Catalogue, *policies: Policy) -> None:
        self._catalogue = catalogue
        self._names: dict[str, str] = {}
        for policy in policies:
            for card in policy.cards.values():
                for line in card.lines if card.p0 else ():
                    self._names |= {name: self.say(line.key) for name in line.effect.sets}

    def say(self, key: str) -> str:
        """The words behind a key, what only the moment fills in as "[new when]"; the key, if it has none."""
        if not self._catalogue.has(key):
            return key
        return _BLANK.sub(lambda name: f"[{spoken(name[1])}]", self._catalogue.forms(key, LANGUAGE)[0])

    def fact(self, name: str) -> str:
        """A condition, a fact or `code:<finding>`."""
        if name.startswith("code:"):
            return f"the finding {name.removeprefix('code:')}"
        return self._names.get(name) or spoken(name)

    def facts(self, names: Collection[str], joint: str = " or ") -> str:
        return joint.join(self.fact(name) for name in names)

    def when(self, when: When) -> str:
        """For whom a row stands; "" is everybody."""
        parts = []
        if when.any_of:
            parts.append(f"if {self.facts(when.any_of)}, or not known")
        if when.known:
            parts.append(f"only if known: {self.facts(when.known)}")
        if when.unless:
            parts.append(f"not with {self.facts(when.unless)}, nor when that is not known")
        if when.unless_known:
            parts.append(f"not if known: {self.facts(when.unless_known)}")
        return "; ".join(parts)

    def effect(self, effect: Effect) -> str:
        """What a tap does; "nothing" leads to no finding."""
        parts = []
        if effect.gives:
            parts.append(f"finding {listed(self._code(code) for code in effect.gives)}")
        if effect.ok_else:
            parts.append(f"with a doctor's OK {effect.ok_else[0]}, else {effect.ok_else[1]}")
        if effect.event_days is not None:
            parts.append(f"an OK counts if it is of the last {effect.event_days} days")
        if effect.tier:
            parts.append(f"tier {TIERS[effect.tier]}")
        if effect.sets:
            parts.append(f"kept as told: {self.facts(effect.sets, ', ')}")
        if effect.next:
            parts.append(f"asks card {listed(effect.next)}")
        if effect.later:
            parts.append(f"at the end of the round asks card {listed(effect.later)}")
        parts += [f'says "{self.say(key)}"' for key in effect.says]
        return "; ".join(parts) or "nothing"

    def _code(self, code: str) -> str:
        return "of the line that was tapped" if code == "$line" else code

    def scope(self, case: Case) -> str:
        """When an exception counts."""
        parts = []
        if case.via_unsure is not None:
            parts.append(f"{'' if case.via_unsure else 'not '}after [Not sure] on the card before")
        if case.tapped:
            parts.append(f"with line {' or '.join(case.tapped)} tapped as well")
        parts.append(self.when(case.when))
        return "; ".join(part for part in parts if part) or "always"

    def value(self, value: Any) -> str:
        """Any value of the policy, as short as it can be said."""
        if value is None:
            return NONE
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, Enum):
            return WORDS[value]
        if isinstance(value, Mapping):
            return listed(f"{self.fact(name)} {self.value(one)}" for name, one in value.items())
        if isinstance(value, frozenset):
            return listed(sorted(self.value(one) for one in value))
        if isinstance(value, tuple):
            return listed(map(self.value, value))
        return self._row(value) if not isinstance(value, str | int) else self._text(str(value))

    def _text(self, text: str) -> str:
        if text in NEEDS or text in self._names:
            return NEEDS.get(text) or self._names[text]
        return f'"{self.say(text)}"' if self._catalogue.has(text) else text

    def _row(self, row: Any) -> str:
        if isinstance(row, When):
            return self.when(row) or "for everybody"
        if isinstance(row, Effect):
            return self.effect(row)
        if isinstance(row, Case):
            return f"{self.scope(row)}: {self.effect(row.effect)}"
        if isinstance(row, Choice | Line):
            key = row.key if isinstance(row, Line) else row.words or row.label
            return f'"{self.say(key)}" -> {self.effect(row.effect)}'
        if isinstance(row, Card):
            return f'"{self.say(row.key)}"'
        if isinstance(row, FindingRow):
            return self.value(row.outcome)
        if isinstance(row, Item):
            return f"asked {ASKED.get(row.when_asked, row.when_asked)}"
        if isinstance(row, Phase):
            return f"cards {listed(row.cards)}"
        if isinstance(row, Together):
            return self.together(row)
        if isinstance(row, Review):
            return f"{row.status}, approved by {row.approved_by or 'nobody yet'}, {row.last_review_date}"
        return str(row)

    def together(self, rule: Together) -> str:
        """Findings that tell more beside each other."""
        parts = [f"any of {listed(rule.codes)}"]
        if rule.beside:
            parts.append(f"beside any of {listed(rule.beside)}")
        if rule.known:
            parts.append(f"with {self.facts(rule.known)}")
        if rule.unless_known:
            parts.append(f"without {self.facts(rule.unless_known)}")
        tier = f", tier {TIERS[rule.tier]}" if rule.tier else ""
        return f"{' '.join(parts)}: also {rule.gives}{tier}"

    def hold(self, row: FindingRow) -> str:
        """The least time that a hold lasts, and what may lengthen it."""
        if row.outcome < Outcome.DEFER:
            return "no hold"
        parts = [f"{row.hours} hours"] if row.hours is not None else []
        parts += [f"{row.days} days"] if row.days is not None else []
        if row.next_midnight:
            parts.append("to midnight")
        parts += [f"{days} days with {self.fact(name)}, or not known" for name, days in row.days_for.items()]
        if row.clinic_days:
            parts.append(f"longer by the clinic's setting {row.clinic_days}")
        return "; ".join(parts) or "no date"

    def lift(self, row: FindingRow) -> str:
        """Who ends a hold, and what must be there first."""
        if row.outcome < Outcome.DEFER:
            return ""
        needs = [NEEDS.get(need, spoken(need)) for need in row.group.needs]
        if row.needs_letter:
            needs.append("a letter, not by word of mouth")
        return f"{LIFTS[row.lift_by]}; {listed(needs, 'nothing more')}"
