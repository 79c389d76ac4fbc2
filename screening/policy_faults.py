"""What the loader refuses in a policy: a rule that can never work is worse than a rule that is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from screening.policy import Card, Case, Effect, FindingRow, LiftBy, Outcome, Policy, Tier, When

LINES_A_CARD = 9
SAME, CONFIRM = "DSAME", "CONFIRM"  # cards that the engine itself puts in
REQUIRED_CODES = (
    *("red_flag_unsure", "item_unsure", "answers_conflict", "unanswered", "system_error"),
    *("clearance_expired", "doctor_ok_missing", "doctor_ok_valid", "conditions_unsure"),
)
REQUIRED_ROUNDS = (
    *("contact", "profile", "first", "first_full", "check", "window", "recheck", "door", "door_red"),
    *(f"aftercare:{card}" for card in ("AF1", "AF2", "AF3", "AF4", "AF5", "AF5a")),
)
BUTTONS = ("none", "some", "unsure", "still", "thatsall", "noothers", "nothing", "person", "right", "change")
RESULTS = (
    *("common.footer", "common.result_end", "urgent.ask", "urgent.ask_now", "recheck.push"),
    *("result.clear", "result.clear_note", "result.caution", "result.caution_look", "result.defer"),
    *("result.defer_relapse", "result.defer_step", "result.defer_no_date", "result.clearance"),
    *("result.review", "result.red_unsure", "result.clash", "result.error", "result.provisional"),
    *("check.nudge", "check.cutoff", "check.released", "recheck.clear", "recheck.door", "after.tips"),
    *(f"urgent.{text}.{n}" for text in ("e", "d", "c_self", "c_hurt") for n in range(1, 5)),
)


def of(policy: Policy) -> list[str]:
    """Every fault of the policy, one sentence each; empty = it may be used."""
    return [
        *_head(policy),
        *_rows(policy),
        *_names(policy),
        *_reach(policy),
        *_room(policy),
    ]


def effects(card: Card) -> Iterator[tuple[str, Effect]]:
    """Every effect that a card holds, with the place it stands at."""
    yield "[Still not sure]", card.still
    yield "[That is all]", card.none
    for case in card.still_cases:
        yield "[Still not sure]", case.effect
    for choice in card.choices:
        yield f'option "{choice.name}"', choice.effect
        for case in choice.cases:
            yield f'option "{choice.name}"', case.effect
    for line in card.lines:
        yield f'line "{line.id}"', line.effect
        for case in line.cases:
            yield f'line "{line.id}"', case.effect


def codes(effect: Effect) -> Iterator[str]:
    """The finding codes that an effect can give; "$line" stands for the line's own."""
    yield from (code for code in effect.gives if code != "$line")
    yield from effect.ok_else or ()


def keys(cards: Mapping[str, Card], findings: Mapping[str, FindingRow]) -> Iterator[str]:
    """Every catalogue key that the policy needs."""
    yield from RESULTS
    yield from (f"button.{button}" for button in BUTTONS)
    for card in cards.values():
        yield card.key
        yield from card.above
        for choice in card.choices:
            yield choice.label
            yield choice.told
            yield from (case.words for case in choice.cases if case.words)
        for line in card.lines:
            yield line.key
            yield line.label
        for _, effect in effects(card):
            yield from effect.says
    for row in findings.values():
        yield f"finding.{row.code}"
        yield from (key for key in (row.added, row.who_first, row.who_ok, row.adapt) if key)
        yield from (*row.note, *row.says, *row.who_first_for.values())


def _head(policy: Policy) -> Iterator[str]:
    if not policy.version:
        yield "policy.toml has no version."
    if not policy.review.status or not policy.review.last_review_date:
        yield "policy.toml: the review block needs a status and a last_review_date."
    for code in REQUIRED_CODES:
        if code not in policy.findings:
            yield f'The policy lacks the finding "{code}", which the program itself sets.'
    for round_ in REQUIRED_ROUNDS:
        if round_ not in policy.phases:
            yield f'The policy lacks the round "{round_}", which the program itself opens.'
    for card in (SAME, CONFIRM):
        if card not in policy.cards:
            yield f'The policy lacks the card "{card}", which the program itself shows.'


def _rows(policy: Policy) -> Iterator[str]:
    for row in policy.findings.values():
        where = f'Section {row.section}: finding "{row.code}" of item "{row.item}"'
        if row.outcome is Outcome.URGENT and row.tier is None:
            yield f"{where} is urgent but has no tier."
        if row.outcome is not Outcome.URGENT and row.tier is not None:
            yield f"{where} has a tier but is not urgent."
        if row.tier is Tier.C and row.urgent_text is None:
            yield f"{where} is of tier C and needs urgent_text (c_self or c_hurt)."
        if row.outcome is Outcome.CAUTION and not row.note and not row.no_note:
            yield f"{where} is a caution without a therapist note; if there is none, say no_note = true."
        if row.outcome >= Outcome.DEFER and row.lift_by is LiftBy.NOBODY:
            yield f"{where} is a hold that nobody can lift: give it a group of rule 16."
        if row.outcome < Outcome.DEFER and row.lift_by is not LiftBy.NOBODY:
            yield f"{where} is no hold, so it needs no group."
        if row.group.id.startswith("dated") and row.hours is None and row.days is None:
            yield f"{where} is a dated hold without hours or days."
        for name in (*row.days_for, *row.who_first_for):
            if name not in policy.facts:
                yield f'{where} names the condition "{name}", which policy.toml does not have.'
    for item in policy.items.values():
        for name in item.applies_to:
            if name not in policy.facts:
                yield f'Item "{item.id}" names the condition "{name}", which policy.toml does not have.'


def _whens(card: Card) -> Iterator[tuple[str, When]]:
    yield "the card", card.when
    for case in card.still_cases:
        yield "[Still not sure]", case.when
    for choice in card.choices:
        yield from ((f'option "{choice.name}"', when) for when in _with_cases(choice.when, choice.cases))
    for line in card.lines:
        yield from ((f'line "{line.id}"', when) for when in _with_cases(line.when, line.cases))


def _with_cases(when: When, cases: Iterable[Case]) -> Iterator[When]:
    yield when
    yield from (case.when for case in cases)


def _names(policy: Policy) -> Iterator[str]:
    def known_card(name: str) -> bool:
        return name in policy.cards or name in policy.not_yet or name == "$line"

    for card in policy.cards.values():
        where = f'Card "{card.id}"'
        if card.item not in policy.items and card.item not in policy.cards:
            yield f'{where} names the item "{card.item}", which the policy does not have.'
        if card.overflow and not known_card(card.overflow):
            yield f'{where} goes on to the card "{card.overflow}", which the policy does not have.'
        for place, when in _whens(card):
            for name in when.names():
                if name not in policy.facts:
                    yield f'{where}, {place}: "{name}" is no condition or fact of policy.toml.'
        for place, effect in effects(card):
            for code in codes(effect):
                if code not in policy.findings and code not in policy.not_yet:
                    yield f'{where}, {place} gives "{code}", which is no finding of the policy.'
            for target in (*effect.next, *effect.later):
                if not known_card(target):
                    yield f'{where}, {place} opens the card "{target}", which the policy does not have.'
            for name in effect.sets:
                if name not in policy.facts:
                    yield f'{where}, {place} sets "{name}", which is no condition or fact of policy.toml.'
        all_cases = [case for choice in card.choices for case in choice.cases]
        all_cases += [case for line in card.lines for case in line.cases]
        for case in all_cases:
            for line in case.tapped:
                if line not in policy.lines:
                    yield f'{where} looks for the line "{line}", which the policy does not have.'
    for phase in policy.phases.values():
        for name in (*phase.cards, *phase.when_unknown):
            if not known_card(name):
                yield f'Round "{phase.id}" asks the card "{name}", which the policy does not have.'
        for name in phase.facts:
            if name not in policy.facts:
                yield f'Round "{phase.id}" names "{name}", which is no fact of policy.toml.'
    for rule in (*policy.implied, *policy.assumed):
        for name in (*rule.given, *rule.unless, *([] if rule in policy.assumed else [rule.gives])):
            code = name.removeprefix("code:")
            fine = code in policy.findings or code in policy.not_yet if code != name else name in policy.facts
            if not fine:
                yield f'A rule that gives "{rule.gives}" names "{name}", which the policy does not have.'
    for more in policy.together:
        where = f'A rule that gives "{more.gives}" from findings together'
        if not more.codes:
            yield f"{where} starts from none."
        for code in (*more.codes, *more.beside, more.gives):
            if code not in policy.findings and code not in policy.not_yet:
                yield f'{where} names "{code}", which is no finding of the policy.'
        for name in (*more.known, *more.unless_known):
            if name not in policy.facts:
                yield f'{where} names "{name}", which is no condition or fact of policy.toml.'
    for rule in policy.assumed:
        if rule.gives not in policy.findings and rule.gives not in policy.not_yet:
            yield f'The assumed note "{rule.gives}" is no finding of the policy.'


def _reach(policy: Policy) -> Iterator[str]:
    seen: set[str] = set()
    todo = [card for phase in policy.phases.values() for card in (*phase.cards, *phase.when_unknown)]
    todo += [SAME, CONFIRM]
    given: set[str] = set()
    while todo:
        name = todo.pop()
        if name in seen or name not in policy.cards:
            continue
        seen.add(name)
        card = policy.cards[name]
        if card.overflow:
            todo.append(card.overflow)
        for _, effect in effects(card):
            todo += [*effect.next, *effect.later]
            given.update(codes(effect))
    for name in policy.cards:
        if name not in seen:
            yield f'Card "{name}" can never be reached.'
    for row in policy.findings.values():
        if row.code not in given and not row.system:
            yield f'Finding "{row.code}" of item "{row.item}" can never be given by any card.'
    reached = {row.item for row in policy.findings.values() if row.code in given or row.system}
    for item in policy.items:
        if item not in reached:
            yield f'Item "{item}" can never be reached.'


def _room(policy: Policy) -> Iterator[str]:
    for card in policy.cards.values():
        if card.kind != "gate" or not card.overflow:
            continue
        open_lines = sum(1 for line in card.lines if not line.when.known and not line.when.unless)
        if open_lines > 2 * LINES_A_CARD:
            yield f'Card "{card.id}" and its overflow have no room for {open_lines} lines.'
