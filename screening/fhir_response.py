"""One finished round as a FHIR QuestionnaireResponse: the answers that counted, in the form's own tree.

A line that was shown and not tapped is a no only if the list was closed by a no to what was left of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from screening import saved_facts
from screening.fhir import FACTS, PHASE, SETTLED, UNKNOWN, Systems, instant, without_empty
from screening.fhir_questionnaire import LEFT, Item, Say
from screening.machine import Machine
from screening.policy import Card, Policy
from screening.policy_faults import SAME
from screening.questionnaire import Answer

STATUS = {"complete": "completed", "stopped": "completed", "expired": "stopped"}
"""By state of the round. One that ended at an urgent answer is complete: nothing more was to be asked."""
CLOSED = frozenset({"none", "noothers", "thatsall"})


class NotFinished(Exception):
    """The round is still open, or the client was erased: there is nothing to hand over."""


def response(
    policy: Policy,
    round_: Mapping[str, Any],
    form: Mapping[str, Any],
    say: Say,
    systems: Systems,
    *,
    client: Mapping[str, Any],
) -> dict[str, Any]:
    """A round as `trail.rounds` gives it, answered under `policy`, whose questionnaire is `form`.

    `client`: the subject, as `Systems.client` makes it. Raises: NotFinished.
    """
    if round_["state"] not in STATUS or round_["on_file"] is None:
        raise NotFinished
    answers = _Answers(policy, round_, say, systems)
    helper = [systems.note("answered-by", valueCode=round_["answered_by"])]
    visit = round_["visit"]
    about = [systems.note("visit", valueIdentifier={"system": systems.of("visit"), "value": visit})]
    outcome = round_["outcome"]
    rank = [] if outcome is None else [systems.note("outcome", valueInteger=outcome)]
    by = round_["entered_by"]
    return without_empty(
        {
            "resourceType": "QuestionnaireResponse",
            "id": round_["id"],
            "extension": [*helper, *(about if visit else ()), *rank],
            "identifier": {"system": systems.of("round"), "value": round_["id"]},
            "questionnaire": systems.canonical(policy.version),
            "status": STATUS[round_["state"]],
            "subject": dict(client),
            "authored": instant(datetime.fromisoformat(round_["confirmed"] or round_["closed"])),
            "author": systems.by_id("Practitioner", "person", by) if by else None,
            "source": dict(client) if round_["answered_by"] == "client" else None,
            "item": answers.placed(form["item"]),
        }
    )


class _Answers:
    """What was answered, by linkId."""

    def __init__(self, policy: Policy, round_: Mapping[str, Any], say: Say, systems: Systems) -> None:
        self.policy, self.say, self.systems = policy, say, systems
        self.by_link: dict[str, list[dict[str, Any]]] = {}
        self._add(PHASE, [self._coding(PHASE, round_["phase"])])
        counted = [
            one for one in round_["answers"] if one["withdrawn"] is None and one["card"] in policy.cards
        ]
        for fact in _facts(policy, round_, counted):
            self._add(FACTS, [self._coding("fact", fact)])
        for said in counted:
            self._said(policy.cards[said["card"]], said)

    def placed(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """The answers in the order and the groups of the questionnaire; what was not asked is left out."""
        out = []
        for item in items:
            told: dict[str, Any] = {"linkId": item["linkId"]}
            if item["type"] == "group":
                told["item"] = self.placed(item["item"])
            else:
                told["answer"] = self.by_link.get(item["linkId"])
            if told.get("item") or told.get("answer"):
                out.append(told)
        return out

    def _coding(self, name: str, code: str, words: str | None = None) -> dict[str, Any]:
        return {"valueCoding": self.systems.coding(name, code, words)}

    def _add(self, link: str, answers: Sequence[dict[str, Any]]) -> None:
        there = self.by_link.setdefault(link, [])
        there += [answer for answer in answers if answer not in there]

    def _said(self, card: Card, said: Mapping[str, Any]) -> None:
        if card.kind == "choice":
            self._chosen(card, said)
            return
        names = [name for name in said["answer"] if name in LEFT]
        self._add(
            f"{card.id}.list", [self._coding("option", name, self.say(f"button.{name}")) for name in names]
        )
        tapped = {name for name in said["answer"] if name in self._lines()}
        for key in tapped:
            self.by_link[key] = [{"valueBoolean": True}]
        if CLOSED & set(names):
            for key in said["lines"]:
                self.by_link.setdefault(key, [{"valueBoolean": False}])

    def _lines(self) -> frozenset[str]:
        return frozenset(line.key for line in self.policy.lines.values())

    def _chosen(self, card: Card, said: Mapping[str, Any]) -> None:
        options = {choice.name: choice.words or choice.label for choice in card.choices}
        options["nothing"] = "button.nothing"
        answers = []
        for name in said["answer"]:
            answer = self._coding("option", name, self.say(options[name]))
            if said["about"]:
                line = self._coding("line", said["about"], self.say(said["about"]))
                answer["item"] = [{"linkId": f"{card.id}.about", "answer": [line]}]
            answers.append(answer)
        self._add(card.id, answers)


def _facts(policy: Policy, round_: Mapping[str, Any], said: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the file says and was told in the round, with all that follows from it."""
    facts = saved_facts.read(round_["on_file"])
    answers = [Answer(one["card"], one["about"], tuple(one["answer"])) for one in said]
    known = Machine(policy, policy.phases[round_["phase"]], facts, answers).known
    more = [UNKNOWN] if known.conditions is None else []
    more += [SETTLED] if any(one["card"] == SAME for one in said) else []
    return [*sorted(name for name in policy.facts if known.has(name)), *more]
