"""The differences of two policies in words, by item, what is laxer first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.policy_words import PolicyWords
from bot.texts import Catalogue
from screening.judged import Judged
from screening.policy import Policy
from screening.policy_changes import GONE, NEW, OTHER, Change

Wording = Mapping[str, Mapping[str, str]]  # language -> key -> text

MARKS: Mapping[Judged, str] = {
    Judged.LAXER: "laxer",
    Judged.DOUBTFUL: "in doubt, counts as laxer",
    Judged.STRICTER: "stricter",
    Judged.NEUTRAL: "neither",
}
# Of a rule that gives one thing for another, named "given/from".
RULES: Mapping[str, str] = {
    "fact": "{0} follows from {1}",
    "note": "{0} goes to the therapist with {1}",
    "together": "{0} is found too with {1}",
}
FIELDS: Mapping[str, str] = {
    "when_asked": "when it is asked",
    "applies_to": "asked of",
    "hours": "least hold in hours",
    "days": "least hold in days",
    "days_for": "least hold in days, by condition",
    "clinic_days": "clinic's setting that may lengthen the hold",
    "next_midnight": "hold ends at midnight",
    "slot": "time of the visit",
    "lift_by": "lifted by",
    "needs": "needed for a lift",
    "relapse": "later time stays provisional, as after a relapse",
    "standing": "told once, then a standing note",
    "note": "therapist's note",
    "no_note": "no therapist's note, on purpose",
    "needs_letter": "needs a letter",
    "letter_answers": "a letter on file answers it",
    "letter_after_days": "days before a letter answers it",
    "voids_ok": "ends the doctor's OK on file",
    "system": "set by the program, not by a tap",
    "added": "sentence of the urgent text",
    "added_tier": "tier that brings that sentence",
    "urgent_text": "urgent text",
    "who_first": "whom to ask first",
    "who_first_for": "whom to ask first, by condition",
    "who_ok": "who gives the OK",
    "adapt": "what the client is told of the change",
    "says": "sentences with the result",
    "when": "for whom",
    "effect": "what a tap does",
    "case": "exception",
    "still": "[Still not sure]",
    "still_cases": "[Still not sure], beside it",
    "none": "[None of these]",
    "key": "words",
    "told": "words",
    "label": "button",
    "at_once": "acts on the first tap",
    "red": "red card",
    "multi": "asked again until [Nothing else]",
    "once": "asked once a round",
    "above": "words above it",
    "overflow": "goes on to card",
    "choices": "order of options",
    "lines": "order of lines",
    "when_unknown": "cards asked first while the conditions are not known",
    "stop_at": "ends at a finding of",
    "full": "counts as a full check",
    "needs_ok": "needs a doctor's OK on file",
    "confirm": "asks if all is right at the end",
    "not_yet": "still to come",
    "sure_facts": "facts that count as known",
    OTHER: "something that has no words here",
}


def changes_in_words(
    changes: Sequence[Change], old: Policy, new: Policy, catalogue: Catalogue
) -> Iterator[str]:
    """A heading an item, then a line a change."""
    words = PolicyWords(catalogue, old, new)
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.where, []).append(change)
    order = list(MARKS)
    for where in sorted(groups, key=lambda name: min(order.index(one.judged) for one in groups[name])):
        yield ""
        yield _heading(where, old, new)
        for change in sorted(groups[where], key=lambda one: order.index(one.judged)):
            yield f"  {MARKS[change.judged]}: {_sentence(change, words)}"


def wording_in_words(old: Wording, new: Wording) -> Iterator[str]:
    """Texts that differ, a line each; keys that only one of them has belong to a row that came or went."""
    for language in sorted(old.keys() | new.keys()):
        before, after = old.get(language, {}), new.get(language, {})
        for key in sorted(before.keys() & after.keys()):
            if before[key] != after[key]:
                yield f'  {language}, {key}: "{before[key]}" -> "{after[key]}"'


def counted(changes: Iterable[Change]) -> str:
    """How many there are of each, in one sentence."""
    found = [change.judged for change in changes]
    laxer = sum(one.lowers for one in found)
    stricter = found.count(Judged.STRICTER)
    rest = len(found) - laxer - stricter
    return f"{laxer} laxer or in doubt, {stricter} stricter, {rest} neither."


def _heading(where: str, old: Policy, new: Policy) -> str:
    item = new.items.get(where) or old.items.get(where)
    if item is not None:
        return f"Item {where}, section {item.section}"
    if where in new.cards or where in old.cards:
        return f"Card {where}"
    return f"Round {where}" if where else "The whole policy"


def _sentence(change: Change, words: PolicyWords) -> str:
    if change.kind in RULES:
        name = f'"{RULES[change.kind].format(*map(words.fact, change.name.split("/", 1)))}"'
    else:
        name = f"{change.kind} {change.name}".strip()
    if change.what in (NEW, GONE):
        row = change.new if change.what == NEW else change.old
        told = "" if change.kind in ("fact", "note") else f": {words.value(row)}"
        return f"{name} is {change.what}{told}"
    field = FIELDS.get(change.what, change.what)
    return f"{name}, {field}: {words.value(change.old)} -> {words.value(change.new)}"
