"""The whole policy as a FHIR Questionnaire: every card, line and option, and when each is asked.

A card that is one question is an item under its id. A card that lists lines is a group: each line a yes or no
under its key, and beside them how the list was left (`A.list`). A card that a line opens stands once, enabled
by any line or option that opens it, and each of its answers says which line it is about (`DFEV.about`).
Nothing is ever filled in beforehand: there is no `initial`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from screening.fhir import FACTS, PHASE, QUESTIONNAIRE, SETTLED, UNKNOWN, Systems, without_empty
from screening.policy import Card, Effect, Line, Policy, When
from screening.policy_faults import CONFIRM, SAME

Say = Callable[[str], str]
"""The words of a catalogue key."""
Item = dict[str, Any]

LEFT = ("none", "some", "unsure", "still", "noothers", "thatsall")
"""How a list can be left."""
ANY, ALL = "any", "all"


@dataclass
class _Opened:
    """What opens a card: conditions on other items, and the lines that its answers may be about."""

    by: list[dict[str, Any]] = field(default_factory=list)
    lines: dict[str, Line] = field(default_factory=dict)


def questionnaire(
    policy: Policy,
    say: Say,
    systems: Systems,
    *,
    status: str,
    title: str,
    approved: str | None = None,
) -> dict[str, Any]:
    """The policy as JSON of FHIR R4B. `status`: draft, active or retired; `approved`: day of the sign-off."""
    items = _Items(policy, say, systems)
    return without_empty(
        {
            "resourceType": "Questionnaire",
            "id": QUESTIONNAIRE,
            "url": systems.of("questionnaire"),
            "identifier": [{"system": systems.of("policy-hash"), "value": policy.content_hash}],
            "version": policy.version,
            "name": "GentleHoursScreening",
            "title": title,
            "status": status,
            "subjectType": ["Patient"],
            "approvalDate": approved,
            "lastReviewDate": policy.review.last_review_date,
            "item": items.all(),
        }
    )


class _Items:
    def __init__(self, policy: Policy, say: Say, systems: Systems) -> None:
        self.policy, self.say, self.systems = policy, say, systems
        self.opened = self._openers()
        self.phases: dict[str, list[str]] = {}
        for phase in policy.phases.values():
            names = [*phase.when_unknown, *phase.cards, *([CONFIRM] if phase.confirm else [])]
            for name in dict.fromkeys(names):
                self.phases.setdefault(name, []).append(phase.id)
            for more in [policy.cards[name].overflow for name in names if name in policy.cards]:
                if more is not None and phase.id not in self.phases.get(more, []):
                    self.phases.setdefault(more, []).append(phase.id)

    def all(self) -> list[Item]:
        return [self._phase(), self._facts(), *(self._card(card) for card in self.policy.cards.values())]

    def _phase(self) -> Item:
        return {
            "linkId": PHASE,
            "text": "Which round of questions this is (set by the program)",
            "type": "choice",
            "required": True,
            "answerOption": [self._option(PHASE, name) for name in self.policy.phases],
        }

    def _facts(self) -> Item:
        names = [*self.policy.conditions, *sorted(self.policy.facts - set(self.policy.conditions))]
        return {
            "linkId": FACTS,
            "text": "What the file says when the round opens, or is told in it (set by the program)",
            "type": "choice",
            "repeats": True,
            "answerOption": [self._option("fact", name) for name in (*names, UNKNOWN, SETTLED)],
        }

    def _option(self, name: str, code: str, words: str | None = None) -> dict[str, Any]:
        return {"valueCoding": self.systems.coding(name, code, words)}

    # --- cards ---

    def _card(self, card: Card) -> Item:
        item: Item = {"linkId": card.id, "text": self._words(card)}
        if card.item in self.policy.items:
            item["code"] = [self.systems.coding("item", card.item)]
        if card.kind == "choice":
            item |= self._choices(card)
        else:
            item |= {"type": "group", "item": [self._left(card), *map(self._line, card.lines)]}
        return _enabled(item, self._asked(card))

    def _words(self, card: Card) -> str:
        return " ".join(self.say(key) for key in (*card.above, card.key))

    def _choices(self, card: Card) -> Item:
        options = []
        for choice in card.choices:
            words = self.say(choice.words or choice.label)
            option = self._option("option", choice.name, words)
            gives = [choice.effect, *(case.effect for case in choice.cases)]
            options.append(self._meaning(gives) | option)
        if card.multi:
            options.append(self._option("option", "nothing", self.say("button.nothing")))
        about = self.opened[card.id].lines if card.id in self.opened else {}
        item: Item = {"type": "choice", "answerOption": options}
        if card.multi or len(about) > 1:
            item["repeats"] = True
        if about:
            item["item"] = [self._about(card, about)]
        return item

    def _about(self, card: Card, lines: Mapping[str, Line]) -> Item:
        return {
            "linkId": f"{card.id}.about",
            "text": "The line that this answer is about (set by the program)",
            "type": "choice",
            "answerOption": [self._option("line", line.key, self.say(line.key)) for line in lines.values()],
        }

    def _left(self, card: Card) -> Item:
        return {
            "linkId": f"{card.id}.list",
            "text": "How the list was answered as a whole",
            "type": "choice",
            "repeats": True,
            "answerOption": [
                self._meaning(self._leaving(card, name))
                | self._option("option", name, self.say(f"button.{name}"))
                for name in LEFT
            ],
        }

    def _leaving(self, card: Card, name: str) -> list[Effect]:
        if name in _not_sure(card):
            return [card.still, *(case.effect for case in card.still_cases)]
        return [card.none] if name in ("none", "thatsall") else []

    def _line(self, line: Line) -> Item:
        gives = [line.effect, *(case.effect for case in line.cases)]
        item: Item = self._meaning(gives) | {
            "linkId": line.key,
            "text": self.say(line.key),
            "type": "boolean",
        }
        return _enabled(item, self._when(line.when))

    def _meaning(self, effects: Sequence[Effect]) -> Item:
        """The codes that an answer can give, as extensions: FHIR has no element for what an answer means."""
        given = [code for effect in effects for code in (*effect.gives, *(effect.ok_else or ()))]
        codes = [code for code in dict.fromkeys(given) if code in self.policy.findings]
        return without_empty(
            {
                "extension": [
                    self.systems.note("gives", valueCoding=self.systems.coding("finding", code))
                    for code in codes
                ]
            }
        )

    # --- when ---

    def _asked(self, card: Card) -> list[tuple[str, list[dict[str, Any]]]]:
        clauses = []
        if card.id in self.phases:
            clauses.append((ANY, [self._is(PHASE, PHASE, name) for name in self.phases[card.id]]))
            clauses += self._when(card.when)
        if card.id == SAME:
            clauses.append((ANY, [self._is(FACTS, "fact", SETTLED)]))
        if card.id in self.opened:
            if clauses:  # asked in a round of its own, and opened by an answer besides
                clauses[0] = (ANY, [*clauses[0][1], *self.opened[card.id].by])
            else:
                clauses.append((ANY, self.opened[card.id].by))
        return clauses

    def _when(self, when: When) -> list[tuple[str, list[dict[str, Any]]]]:
        """`When` has three values: a fact that P0 has not settled yet counts as there, for what is asked."""
        clauses = []
        if when.any_of:
            clauses.append(
                (ANY, [self._fact("=", name) for name in (*when.any_of, *self._open(when.any_of))])
            )
        if when.known:
            clauses.append((ANY, [self._fact("=", name) for name in when.known]))
        if never := (*when.unless, *self._open(when.unless), *when.unless_known):
            clauses.append((ALL, [self._fact("!=", name) for name in never]))
        return clauses

    def _open(self, names: Sequence[str]) -> tuple[str, ...]:
        return (UNKNOWN,) if set(names) - self.policy.sure_facts else ()

    def _fact(self, operator: str, name: str) -> dict[str, Any]:
        return self._is(FACTS, "fact", name, operator)

    def _is(self, link: str, name: str, code: str, operator: str = "=") -> dict[str, Any]:
        return {"question": link, "operator": operator, "answerCoding": self.systems.coding(name, code)}

    # --- what opens what ---

    def _openers(self) -> dict[str, _Opened]:
        found: dict[str, _Opened] = {}
        for card in self.policy.cards.values():
            for line in card.lines:
                by = {"question": line.key, "operator": "=", "answerBoolean": True}
                self._opens(found, by, (line.effect, *(case.effect for case in line.cases)))
            for choice in card.choices:
                by = self._is(card.id, "option", choice.name)
                self._opens(found, by, (choice.effect, *(case.effect for case in choice.cases)))
            for name in ("none", "thatsall"):
                self._opens(found, self._is(f"{card.id}.list", "option", name), (card.none,))
            still = (card.still, *(case.effect for case in card.still_cases))
            for name in _not_sure(card):
                self._opens(found, self._is(f"{card.id}.list", "option", name), still)
        for line in self.policy.lines.values():
            for name in self._reached((line.effect, *(case.effect for case in line.cases))):
                found[name].lines[line.id] = line
        same = found.setdefault(SAME, _Opened())
        same.lines = dict(self.policy.lines)
        return found

    def _opens(self, found: dict[str, _Opened], by: dict[str, Any], effects: Iterable[Effect]) -> None:
        for effect in effects:
            for name in (*effect.next, *effect.later):
                if name in self.policy.cards:
                    opened = found.setdefault(name, _Opened())
                    if by not in opened.by:
                        opened.by.append(by)

    def _reached(self, effects: Iterable[Effect]) -> set[str]:
        """The cards that a line opens, and those that these open in turn: they stay about that line."""
        found: set[str] = set()
        ahead = [name for effect in effects for name in effect.next]
        while ahead:
            name = ahead.pop()
            card = self.policy.cards.get(name)
            if card is None or name in found:
                continue
            found.add(name)
            for choice in card.choices:
                for effect in (choice.effect, *(case.effect for case in choice.cases)):
                    ahead += effect.next
        return found


def _not_sure(card: Card) -> tuple[str, ...]:
    """How a list is left unsure. At a gate [Not sure] only opens the list."""
    return ("unsure", "still") if card.kind == "ticks" else ("still",)


def _enabled(item: Item, clauses: Sequence[tuple[str, list[dict[str, Any]]]]) -> Item:
    """FHIR joins the conditions of an item by one word; a second kind stands on a group around it."""
    for place, (word, conditions) in enumerate(clauses):
        if place:
            item = {"linkId": f"{item['linkId']}.when", "type": "group", "item": [item]}
        item["enableWhen"] = conditions
        if len(conditions) > 1:
            item["enableBehavior"] = word
    return item
