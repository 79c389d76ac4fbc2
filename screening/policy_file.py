"""Reads the policy's TOML files, and refuses a bad one in sentences that name file and row."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from screening import policy_faults
from screening.policy import (
    Card,
    Case,
    Choice,
    Effect,
    FindingRow,
    Group,
    Implied,
    Item,
    LiftBy,
    Line,
    Outcome,
    Phase,
    Policy,
    PolicyError,
    Review,
    Slot,
    Tier,
    Together,
    When,
)

WHEN = ("for", "known", "unless", "unless_known")
EFFECT = ("gives", "ok_else", "event_days", "tier", "sets", "next", "opens", "later", "says")
ALLOWED: Mapping[str, tuple[str, ...]] = {
    "file": (
        "version",
        "not_yet",
        "review",
        "facts",
        "implied",
        "assumed",
        "together",
        "group",
        "phase",
        "item",
        "card",
        "line",
    ),
    "item": ("id", "section", "when", "applies_to", "sources", "wording", "findings"),
    "finding": (
        *("code", "outcome", "tier", "group", "hours", "days", "days_for", "clinic_days", "next_midnight"),
        *(
            "standing",
            "lasts_days",
            "note",
            "no_note",
            "needs_letter",
            "letter_answers",
            "letter_after_days",
            "voids_ok",
        ),
        *("system", "added", "added_tier", "urgent_text", "who_first", "who_first_for", "who_ok", "adapt"),
        *("says", "sources"),
    ),
    "card": (
        *("id", "key", "kind", "item", "red", "at_once", "above", "overflow", "still", "still_also", "none"),
        *("p0", "multi", "once", "options", "lines", *WHEN),
    ),
    "option": ("n", "code", "alias", "words", "cases", *WHEN, *EFFECT),
    "line": ("id", "n", "key", "card", "block", "cases", *WHEN, *EFFECT),
    "case": ("via_unsure", "tapped", "words", *WHEN, *EFFECT),
    "effect": EFFECT,
    "group": ("slot", "lift_by", "needs", "relapse"),
    "phase": ("cards", "when_unknown", "confirm", "facts", "stop_at", "full", "needs_ok"),
    "implied": ("given", "unless", "gives"),
    "together": ("codes", "beside", "known", "unless_known", "gives", "tier"),
    "review": ("status", "approved_by", "last_review_date", "next_review"),
    "facts": ("conditions", "told", "sure"),
}
NEEDED: Mapping[str, tuple[str, ...]] = {  # "n|key": one of them
    "item": ("id", "section", "when"),
    "finding": ("code", "outcome"),
    "card": ("id", "key", "kind", "item"),
    "line": ("id", "n|key"),
    "option": ("n|code",),
    "group": ("slot", "lift_by"),
    "phase": ("cards",),
    "implied": ("given", "gives"),
    "together": ("codes", "gives"),
}
SECTIONS = tuple("ABCDEFGU")
KINDS = ("gate", "ticks", "list", "choice")


class Reader:
    """Gathers rows of all files and the faults found on the way."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.items: dict[str, Item] = {}
        self.findings: dict[str, FindingRow] = {}
        self.groups: dict[str, Group] = {}
        self.cards: dict[str, Card] = {}
        self.lines: dict[str, Line] = {}
        self.phases: dict[str, Phase] = {}
        self.implied: list[Implied] = []
        self.assumed: list[Implied] = []
        self.together: list[Together] = []
        self.head: dict[str, Any] = {}

    def check(self, kind: str, row: Mapping[str, Any], where: str) -> Mapping[str, Any]:
        """Notes a field that this kind of row does not have, as a slip would be a rule that never works.

        Returns the row with "?" for each field that it lacks, which is noted too.
        """
        for name in row:
            if name not in ALLOWED[kind]:
                self.faults.append(f'{where} has a field "{name}" that a {kind} does not know.')
        whole = dict(row)
        for names in NEEDED.get(kind, ()):
            either = names.split("|")
            if not row.keys() & set(either):
                self.faults.append(f"{where} lacks the field {' or '.join(either)}.")
                whole[either[0]] = "?"
        return whole

    def add(self, table: dict[str, Any], key: str, value: Any, where: str) -> None:
        """Keeps a row under its id; a second row of the same id is a fault."""
        if key in table:
            self.faults.append(f'{where}: the id "{key}" is used twice.')
        table[key] = value

    def one_of(self, kind: type[Any], value: Any, where: str) -> Any:
        """A member of an enum by its name; None is None, and any other value a fault."""
        if value is None:
            return None
        try:
            return kind[value.upper()]
        except (KeyError, AttributeError):
            self.faults.append(f'{where}: "{value}" is not one of {", ".join(m.name.lower() for m in kind)}.')
            return None

    def effect(self, row: Mapping[str, Any], where: str) -> Effect:
        """What a tap does, from the fields of an option, a line or a case."""
        ok_else = row.get("ok_else")
        opens = (row["opens"],) if "opens" in row else ()
        return Effect(
            gives=tuple(row.get("gives", ())),
            ok_else=(ok_else[0], ok_else[1]) if ok_else else None,
            event_days=row.get("event_days"),
            tier=self.one_of(Tier, row.get("tier"), where),
            sets=tuple(row.get("sets", ())),
            next=opens + tuple(row.get("next", ())),
            later=tuple(row.get("later", ())),
            says=tuple(row.get("says", ())),
        )

    def cases(self, rows: Iterable[Mapping[str, Any]], where: str) -> tuple[Case, ...]:
        """Effects in place of the row's own."""
        out = []
        for row in rows:
            self.check("case", row, where)
            out.append(
                Case(
                    _when(row),
                    row.get("via_unsure"),
                    tuple(row.get("tapped", ())),
                    self.effect(row, where),
                    row.get("words"),
                )
            )
        return tuple(out)

    def finding(self, row: Mapping[str, Any], item: Item, file: str) -> None:
        """A row of the reference."""
        where = f'{file}: finding "{row.get("code", "?")}" of item "{item.id}"'
        row = self.check("finding", row, where)
        code = row["code"]
        outcome: Outcome = self.one_of(Outcome, row["outcome"], where)
        group = row.get("group", "none")
        if group not in self.groups:
            self.faults.append(f'{where} names the group "{group}", which policy.toml does not have.')
            return
        found = FindingRow(
            code=code,
            item=item.id,
            section=item.section,
            outcome=outcome,
            tier=self.one_of(Tier, row.get("tier"), where),
            group=self.groups[group],
            hours=row.get("hours"),
            days=row.get("days"),
            days_for=MappingProxyType(dict(row.get("days_for", {}))),
            clinic_days=row.get("clinic_days"),
            next_midnight=row.get("next_midnight", False),
            standing=row.get("standing", False),
            lasts_days=row.get("lasts_days"),
            note=tuple(f"note.{code}.{facet}" for facet in row.get("note", ())),
            no_note=row.get("no_note", False),
            needs_letter=row.get("needs_letter", False),
            letter_answers=outcome is Outcome.CLEARANCE and row.get("letter_answers", True),
            letter_after_days=row.get("letter_after_days"),
            voids_ok=outcome is Outcome.URGENT or row.get("voids_ok", False),
            system=row.get("system", False),
            added=f"urgent.add.{code}" if row.get("added") else None,
            added_tier=self.one_of(Tier, row.get("added_tier"), where),
            urgent_text=row.get("urgent_text"),
            who_first=f"who_first.{code}" if row.get("who_first") else None,
            who_first_for=MappingProxyType(dict(row.get("who_first_for", {}))),
            who_ok=f"who_ok.{code}" if row.get("who_ok") else None,
            adapt=f"adapt.{code}" if row.get("adapt") else None,
            says=tuple(row.get("says", ())),
            sources=row.get("sources", item.sources),
        )
        self.add(self.findings, code, found, where)

    def item(self, row: Mapping[str, Any], file: str) -> None:
        """A question of the reference with its rows."""
        where = f'{file}: item "{row.get("id", "?")}"'
        row = self.check("item", row, where)
        item = Item(
            row["id"],
            row["section"],
            row["when"],
            tuple(row.get("applies_to", ())),
            row.get("sources", ""),
            row.get("wording", 1),
        )
        if item.section not in SECTIONS:
            self.faults.append(f'{where}: the section "{item.section}" is not one of A to G or U.')
        self.add(self.items, item.id, item, where)
        for finding in row.get("findings", ()):
            self.finding(finding, item, file)

    def line(self, row: Mapping[str, Any], card: str, card_key: str, where: str) -> Line:
        """A line of a gate, from the gate itself or from a file of its own."""
        where = f'{where}, line "{row.get("id", "?")}"'
        row = self.check("line", row, where)
        key = row["key"] if "key" in row else f"{card_key}.{row['n']}"
        cases = self.cases(row.get("cases", ()), where)
        line = Line(row["id"], card, key, _when(row), row.get("block"), self.effect(row, where), cases)
        self.add(self.lines, line.id, line, where)
        return line

    def card(self, row: Mapping[str, Any], file: str) -> None:
        """A screen of questions."""
        where = f'{file}: card "{row.get("id", "?")}"'
        row = self.check("card", row, where)
        name, key = row["id"], row["key"]
        if row["kind"] not in KINDS:
            self.faults.append(f'{where}: the kind "{row["kind"]}" is not one of {", ".join(KINDS)}.')
        still, none = (self.check("effect", row.get(effect, {}), where) for effect in ("still", "none"))
        card = Card(
            id=name,
            key=key,
            kind=row["kind"],
            item=row["item"],
            red=row.get("red", False),
            at_once=row.get("at_once", False),
            when=_when(row),
            above=tuple(row.get("above", ())),
            overflow=row.get("overflow"),
            still=self.effect(still, where),
            still_cases=self.cases(row.get("still_also", ()), where),
            none=self.effect(none, where),
            p0=row.get("p0", False),
            multi=row.get("multi", False),
            once=row.get("once", False),
            choices=tuple(self.choice(option, key, where) for option in row.get("options", ())),
            lines=tuple(self.line(line, name, key, where) for line in row.get("lines", ())),
        )
        told = [choice.name for choice in card.choices]
        self.faults += [f'{where}: the option "{n}" stands twice.' for n in set(told) if told.count(n) > 1]
        self.add(self.cards, card.id, card, where)

    def choice(self, row: Mapping[str, Any], key: str, where: str) -> Choice:
        """An option of a card: `n` = a label of its own, `code` = a label that many cards share."""
        where = f'{where}, option "{row.get("n", row.get("code", "?"))}"'
        row = self.check("option", row, where)
        own = f"{key}.{row['n']}" if "n" in row else None
        shared = f"button.{row.get('code')}"
        return Choice(
            name=own or row["code"],
            alias=row.get("alias"),
            label=f"{own}.b" if own else shared,
            told=own or shared,
            words=own if row.get("words") else None,
            when=_when(row),
            effect=self.effect(row, where),
            cases=self.cases(row.get("cases", ()), where),
        )

    def findings_together(self, row: Mapping[str, Any], file: str) -> None:
        """Findings that tell more beside each other."""
        where = f"{file}: together"
        row = self.check("together", row, where)
        together = Together(
            codes=tuple(row["codes"]),
            beside=tuple(row.get("beside", ())),
            known=tuple(row.get("known", ())),
            unless_known=tuple(row.get("unless_known", ())),
            gives=row["gives"],
            tier=self.one_of(Tier, row.get("tier"), where),
        )
        self.together.append(together)

    def phase(self, name: str, row: Mapping[str, Any], file: str) -> None:
        """A round of questions."""
        where = f'{file}: round "{name}"'
        row = self.check("phase", row, where)
        phase = Phase(
            name,
            tuple(row["cards"]),
            tuple(row.get("when_unknown", ())),
            row.get("confirm", False),
            tuple(row.get("facts", ())),
            self.one_of(Outcome, row.get("stop_at"), where),
            row.get("full", False),
            row.get("needs_ok", False),
        )
        self.add(self.phases, name, phase, where)

    def group(self, name: str, row: Mapping[str, Any], file: str) -> None:
        """A line of rule 16."""
        where = f'{file}: group "{name}"'
        row = self.check("group", row, where)
        slot, lift_by = self.one_of(Slot, row["slot"], where), self.one_of(LiftBy, row["lift_by"], where)
        group = Group(name, slot, lift_by, tuple(row.get("needs", ())), row.get("relapse", False))
        self.add(self.groups, name, group, where)


def _when(row: Mapping[str, Any]) -> When:
    return When(*(tuple(row.get(name, ())) for name in WHEN))


def read(files: Mapping[str, str]) -> Policy:
    """The policy. Order of files does not matter. Raises: PolicyError."""
    reader = Reader()
    tables: dict[str, dict[str, Any]] = {}
    for file in sorted(files):
        try:
            tables[file] = tomllib.loads(files[file])
        except tomllib.TOMLDecodeError as error:
            reader.faults.append(f"{file} is not TOML: {error}.")
    for file, table in tables.items():
        reader.check("file", table, file)
        for name in ("version", "not_yet", "review", "facts"):
            if name in table:
                reader.add(reader.head, name, table[name], file)
        for name, row in table.get("group", {}).items():
            reader.group(name, row, file)
    for file, table in tables.items():
        for name, row in table.get("phase", {}).items():
            reader.phase(name, row, file)
        for row in table.get("item", ()):
            reader.item(row, file)
        for row in table.get("card", ()):
            reader.card(row, file)
        for kind, rows in (("implied", reader.implied), ("assumed", reader.assumed)):
            for row in table.get(kind, ()):
                rule = reader.check("implied", row, f"{file}: {kind}")
                rows.append(Implied(tuple(rule["given"]), tuple(rule.get("unless", ())), rule["gives"]))
        for row in table.get("together", ()):
            reader.findings_together(row, file)
    for file, table in tables.items():
        for row in table.get("line", ()):
            if row.get("card") not in reader.cards:
                reader.faults.append(f'{file}: line "{row.get("id")}" stands on no card that the policy has.')
                continue
            home = reader.cards[row["card"]]
            line = reader.line(row, home.id, home.key, file)
            reader.cards[home.id] = _with_line(home, line)
    policy = _policy(reader, files)
    # what cannot be read comes first; only a whole policy can be looked through
    faults = reader.faults or policy_faults.of(policy)
    if faults:
        raise PolicyError(faults)
    return policy


def _with_line(card: Card, line: Line) -> Card:
    fields = {name: getattr(card, name) for name in card.__slots__}
    return Card(**{**fields, "lines": (*card.lines, line)})


def _policy(reader: Reader, files: Mapping[str, str]) -> Policy:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + files[name].encode() + b"\0")
    facts = reader.head.get("facts", {})
    review = reader.head.get("review", {})
    reader.check("review", review, "policy.toml: review")
    reader.check("facts", facts, "policy.toml: facts")
    conditions = tuple(facts.get("conditions", ()))
    sure = frozenset(facts.get("sure", ()))
    return Policy(
        version=reader.head.get("version", ""),
        review=Review(*(review.get(name, "") for name in ALLOWED["review"])),
        content_hash=digest.hexdigest(),
        conditions=conditions,
        facts=frozenset(conditions) | sure | frozenset(facts.get("told", ())),
        sure_facts=sure,
        implied=tuple(reader.implied),
        assumed=tuple(reader.assumed),
        together=tuple(reader.together),
        not_yet=frozenset(reader.head.get("not_yet", ())),
        groups=MappingProxyType(reader.groups),
        items=MappingProxyType(reader.items),
        findings=MappingProxyType(reader.findings),
        cards=MappingProxyType(reader.cards),
        lines=MappingProxyType(reader.lines),
        phases=MappingProxyType(reader.phases),
        required_keys=frozenset(policy_faults.keys(reader.cards, reader.findings)),
        files=MappingProxyType(dict(files)),
    )
