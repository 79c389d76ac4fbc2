"""The safety policy as one page for a clinician to read, print and sign: nothing is left in the data only.

The page needs nothing else: no script, no picture, no address. Its template escapes every value by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from mako.template import Template
from markupsafe import Markup, escape

from bot.policy_diff import changes_in_words
from bot.policy_words import ASKED, LIFTS, NEEDS, OUTCOMES, SLOTS, TIERS, PolicyWords, listed, spoken
from bot.texts import Catalogue
from screening.lexicon import Lexicon
from screening.policy import (
    Card,
    Choice,
    FindingRow,
    Group,
    Implied,
    Item,
    LiftBy,
    Line,
    Outcome,
    Phase,
    Policy,
    Tier,
)
from screening.policy_changes import Change
from screening.policy_faults import effects

SECTIONS: Mapping[str, str] = {
    "A": "Red flags",
    "B": "The nerve condition today",
    "C": "The doctor's OK",
    "D": "Illness, medicine, cancer, diabetes",
    "E": "Heart, blood vessels, bones, skin, operations",
    "F": "Person, pregnancy, access",
    "G": "After the visit",
    "U": "What is not known",
}
# How a card is answered, with the buttons of the catalogue.
KINDS: Mapping[str, tuple[str, ...]] = {
    "gate": ("none", "some", "unsure"),
    "ticks": ("thatsall", "none", "unsure"),
    "list": ("noothers", "still"),
}
FACETS: Mapping[str, str] = {
    "pressure": "Pressure",
    "heat": "Heat and cold",
    "position": "Position",
    "avoid": "Avoid",
    "extra": "Also",
}
# Texts that a result or an act-now message is made of, as the catalogue orders them.
MESSAGES = ("urgent.", "result.", "check.nudge", "check.cutoff", "check.released", "recheck.", "common.")
_CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)+|(?<=\bfinding )\w+")
_CARDS = re.compile(r"\bcard ([\w.]+(?:, [\w.]+)*)")
AFTER = ("after.care", "after.next_day", "after.third_day", "after.week", "after.tips")


@dataclass(frozen=True)
class Branch:
    """A line or an option of a card, in words."""

    words: str
    button: str
    whom: str
    then: str
    cases: tuple[tuple[str, str], ...]


class Page:
    """What the template asks for; every value is text or plain rows."""

    def __init__(
        self,
        policy: Policy,
        catalogue: Catalogue,
        lexicon: Lexicon,
        cases: Sequence[Mapping[str, Any]],
        baseline: Policy,
        laxer: Sequence[Change],
    ) -> None:
        self.policy, self.lexicon, self.cases = policy, lexicon, cases
        self.baseline, self.laxer = baseline, laxer
        self.words = PolicyWords(catalogue, policy)
        self._catalogue = catalogue
        self.outcomes = tuple(OUTCOMES.items())
        self.tiers = tuple(TIERS.items())
        self.facets = tuple(FACETS.items())

    # --- the head ---

    @property
    def ships(self) -> bool:
        """Whether this is the policy that ships, for which the table of cases was made."""
        return self.policy.content_hash == self.baseline.content_hash

    def laxer_lines(self) -> list[str]:
        """What is laxer than the policy that ships."""
        return [
            line for line in changes_in_words(self.laxer, self.baseline, self.policy, self._catalogue) if line
        ]

    # --- items and findings ---

    def sections(self) -> Iterator[tuple[str, str, list[Item]]]:
        """Letter, name and items of each section."""
        for letter in dict.fromkeys(item.section for item in self.policy.items.values()):
            items = [item for item in self.policy.items.values() if item.section == letter]
            yield letter, SECTIONS[letter], items

    def findings(self, item: Item) -> list[FindingRow]:
        return [row for row in self.policy.findings.values() if row.item == item.id]

    def asked(self, item: Item) -> str:
        return ASKED.get(item.when_asked, item.when_asked)

    def whom(self, item: Item) -> str:
        """Of whom an item is asked."""
        return f"people with {self.words.facts(item.applies_to)}" if item.applies_to else "everybody"

    def cards_of(self, item: Item) -> list[str]:
        """The cards on which one of its findings can be told."""
        own = {row.code for row in self.findings(item)}
        return [card.id for card in self.policy.cards.values() if own & set(_given(card))]

    def outcome(self, row: FindingRow) -> str:
        """Rank, tier and what else goes with it."""
        parts = [OUTCOMES[row.outcome]]
        parts += [f"tier {TIERS[row.tier]}"] if row.tier else []
        parts += ["told once, then a standing note"] if row.standing else []
        parts += ["ends the doctor's OK on file"] if row.voids_ok else []
        parts += ["set by the program or by typed words"] if row.system else []
        return "; ".join(parts)

    def letter(self, row: FindingRow) -> str:
        """Whether a letter on file answers it later (rule 9)."""
        if row.outcome is not Outcome.CLEARANCE:
            return ""
        if not row.letter_answers:
            return "no letter on file answers it"
        after = f" from {row.letter_after_days} days after the event" if row.letter_after_days else ""
        return f"told again unchanged, a letter on file answers it{after}"

    def item_of(self, card: Card) -> str:
        """The item that a card stands for, where it is one."""
        return f"For item {card.item}. " if card.item in self.policy.items else ""

    def notes(self, row: FindingRow) -> list[tuple[str, str]]:
        """The therapist's row: what, and how."""
        return [(FACETS[key.rpartition(".")[2]], self.words.say(key)) for key in row.note]

    def told(self, row: FindingRow) -> list[str]:
        """What the client reads with it."""
        keys = (row.added, row.who_first, *row.who_first_for.values(), row.who_ok, row.adapt, *row.says)
        return [self.words.say(key) for key in keys if key]

    # --- cards ---

    def cards(self) -> list[Card]:
        """In the order in which they are met: of each round, and after each card those that it opens."""
        found: dict[str, Card] = {}
        names = [
            name for phase in self.policy.phases.values() for name in (*phase.when_unknown, *phase.cards)
        ]
        ahead = [*reversed((*names, *self.policy.cards))]
        while ahead:
            card = self.policy.cards.get(ahead.pop())
            if card is not None and card.id not in found:
                found[card.id] = card
                opened = [name for _, effect in effects(card) for name in (*effect.next, *effect.later)]
                ahead += [*reversed(opened), *([card.overflow] if card.overflow else [])]
        return list(found.values())

    def linked(self, text: str) -> Markup:
        """The text with a link on each finding, and on each card that it names as such."""

        def finding(match: re.Match[str]) -> str:
            code = match[0]
            return f'<a href="#finding-{code}">{code}</a>' if code in self.policy.findings else code

        def cards(match: re.Match[str]) -> str:
            names = match[1].split(", ")
            links = [f'<a href="#card-{n}">{n}</a>' if n in self.policy.cards else n for n in names]
            return f"card {', '.join(links)}"

        return Markup(_CARDS.sub(cards, _CODE.sub(finding, str(escape(text)))))  # noqa: S704 (escaped above)

    def branches(self, card: Card) -> list[Branch]:
        """Lines and options, then what closes the card."""
        rows = [self._branch(line.key, line.label, line) for line in card.lines]
        rows += [self._branch(choice.words or choice.label, choice.label, choice) for choice in card.choices]
        if card.kind != "choice":
            still = tuple(
                (f"and {self.words.scope(case)}", self.words.effect(case.effect)) for case in card.still_cases
            )
            then = self.words.effect(card.none)
            none, unsure = (self.words.say(f"button.{name}") for name in ("none", "still"))
            rows.append(Branch(none, "", "", "no finding" if then == "nothing" else then, ()))
            rows.append(Branch(unsure, "", "", self.words.effect(card.still), still))
        return rows

    def _branch(self, key: str, label: str, row: Line | Choice) -> Branch:
        cases = tuple((self.words.scope(case), self.words.effect(case.effect)) for case in row.cases)
        button = self.words.say(label)
        words = self.words.say(key)
        then = self.words.effect(row.effect)
        if isinstance(row, Line) and row.effect.next and row.effect.gives:
            then = f"asks card {listed(row.effect.next)} about {listed(row.effect.gives)}"
        elif isinstance(row, Line) and then == "nothing":
            then = "a person looks (item_unsure)"
        elif then == "nothing":
            then = "no finding"
        return Branch(words, "" if button == words else button, self.words.when(row.when), then, cases)

    def kind(self, card: Card) -> str:
        """How a card is answered."""
        buttons = " ".join(f"[{self.words.say(f'button.{name}')}]" for name in KINDS.get(card.kind, ()))
        parts = [f"Its lines, and {buttons}" if buttons else "One tap"]
        parts += ["red card"] if card.red else []
        parts += ["asks again until [Nothing else]"] if card.multi else []
        parts += ["once a round"] if card.once else []
        parts += [f"goes on to card {card.overflow} after 9 lines"] if card.overflow else []
        parts += [self.words.when(card.when)] if self.words.when(card.when) else []
        return "; ".join(parts)

    def opened_by(self, card: Card) -> str:
        """Rounds and cards that lead to it."""
        rounds = [
            phase.id
            for phase in self.policy.phases.values()
            if card.id in (*phase.cards, *phase.when_unknown)
        ]
        cards = [
            other.id
            for other in self.policy.cards.values()
            if other.overflow == card.id
            or any(card.id in (*effect.next, *effect.later) for _, effect in effects(other))
        ]
        ways = [f"round {listed(rounds)}"] if rounds else []
        ways += [f"card {listed(cards)}"] if cards else []
        return "; ".join(ways) or "the program itself"

    # --- rounds and rules ---

    def round(self, phase: Phase) -> str:
        """What is special about a round."""
        parts = []
        if phase.when_unknown:
            parts.append(f"first, while the conditions are not known, {listed(phase.when_unknown)}")
        if phase.stop_at is not None:
            parts.append(f"ends at a finding of rank {phase.stop_at.name.lower()}")
        parts += ["counts as a full check"] if phase.full else []
        parts += ["not clear without a doctor's OK on file"] if phase.needs_ok else []
        parts += ["asks whether all is right before a result that changes the visit"] if phase.confirm else []
        return "; ".join(parts)

    def groups(self) -> Iterator[tuple[str, list[str]]]:
        """Each line of rule 16: its words, and the findings under it."""
        for group in self.policy.groups.values():
            if group.lift_by is not LiftBy.NOBODY:
                rows = [row.code for row in self.policy.findings.values() if row.group.id == group.id]
                yield (
                    spoken(group.id),
                    [SLOTS[group.slot], LIFTS[group.lift_by], self._needs(group), listed(rows)],
                )

    def _needs(self, group: Group) -> str:
        return listed(NEEDS.get(need, spoken(need)) for need in group.needs)

    def follows(self, rule: Implied) -> str:
        """A fact that follows, or a note for the therapist."""
        unless = f", unless {self.words.facts(rule.unless)}" if rule.unless else ""
        return f"{self.words.facts(rule.given)}{unless}"

    # --- typed words ---

    def typed(self) -> Iterator[tuple[str, str, str, str]]:
        """Finding, name, tier, and on what typed words act or ask."""
        for code, row in self.lexicon.codes.items():
            tier = TIERS[Tier(row.tier)] if row.tier else ""
            acts = f"acts at once on {len(row.act_now)} patterns" if row.act_now else "never acts at once"
            always = "; no denial lowers it" if row.always else ""
            yield code, self.name(code), tier, f"{acts}, asks on {len(row.ask)}{always}"

    def softer(self) -> list[str]:
        """What typed words tell staff without urgency."""
        return [self.name(code) for code in self.lexicon.raised]

    def name(self, code: str) -> str:
        """A finding for staff."""
        return self.words.say(f"finding.{code}")

    # --- texts and cases ---

    def texts(self) -> list[tuple[str, str]]:
        """The messages of results and of act-now, by key."""
        keys = [key for key in sorted(self.policy.keys()) if key.startswith(MESSAGES)]
        part_of_a_card = {card.key for card in self.policy.cards.values()}
        return [
            (key, self.words.say(key))
            for key in keys
            if key not in part_of_a_card and not key.endswith(".b") and key not in self.policy_lines
        ]

    @property
    def policy_lines(self) -> frozenset[str]:
        return frozenset(line.key for line in self.policy.lines.values())

    def after(self) -> list[tuple[str, str]]:
        """The messages after a visit."""
        return [(key, self.words.say(key)) for key in AFTER]

    def case(self, row: Mapping[str, Any]) -> tuple[str, str, str, str]:
        """A case in four cells: who, what is told, what is on file, what follows."""
        who = row.get("who", "ms")
        people = "not known yet" if who == "?" else self.words.facts(who.split(), ", ") or "none"
        told = [f"typed: {row['text']}"] if "text" in row else []
        if "taps" in row:
            told.append(" ".join(f"[{self._tap(name)}]" for name in row["taps"].split()))
        if "told" in row:
            told.append(listed(row["told"].split()))
        file = [f"{spoken(name)}: {row[name]}" for name in FILE if name in row]
        follows = [row["is"], f"tier {row['tier']}"] if "tier" in row else [row["is"]]
        follows.append(f"time {row['slot']}")
        follows += [f"no sooner than {row['days']} days"] if "days" in row else []
        follows += [f"{spoken(name)}: {_yes(row[name])}" for name in ENDS if name in row]
        return people, "; ".join(told), "; ".join(file), "; ".join(follows)

    def _tap(self, name: str) -> str:
        return self.words.say(f"{name}.b" if self._catalogue.has(f"{name}.b") else f"button.{name}")


FILE = ("phase", "told_as", "ok", "letters", "open", "notes", "past", "helper")
ENDS = ("lifts", "look", "task")


def _yes(value: object) -> str:
    return "yes" if value is True else str(value)


def _given(card: Card) -> Iterator[str]:
    for _, effect in effects(card):
        yield from effect.gives
        yield from effect.ok_else or ()


def page(
    policy: Policy,
    catalogue: Catalogue,
    lexicon: Lexicon,
    cases: Sequence[Mapping[str, Any]],
    baseline: Policy,
    laxer: Sequence[Change],
) -> str:
    """The page as HTML. `laxer`: what it asks less than `baseline`, the policy that ships."""
    source = (files("bot") / "pages" / "policy.mako").read_text(encoding="utf-8")
    # "h" escapes every value; a linter cannot see that
    template = Template(source, default_filters=["h"], strict_undefined=True)  # noqa: S702
    text = template.render(page=Page(policy, catalogue, lexicon, cases, baseline, laxer), policy=policy)
    return str(text).lstrip()
