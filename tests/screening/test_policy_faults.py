"""What a policy is refused for though every row can be read: each fault is one sentence, and nothing else."""

from __future__ import annotations

import pytest

from screening import policy_faults
from tests.screening.tiny_policy import load, refused

X1 = 'Section B: finding "sore_skin" of item "X1"'
FOUND = 'outcome = "defer", group = "dated", days = 3'
GATE = 'kind = "gate"'
LINE = '{ id = "A1", n = "1", gives = ["sore_skin"] }'
PROGRAM = (
    *("red_flag_unsure", "item_unsure", "answers_conflict", "unanswered", "system_error"),
    *("clearance_expired", "doctor_ok_missing", "doctor_ok_valid", "conditions_unsure"),
)
CHECK = 'cards = ["A"]'


def found(new: str, sentence: str) -> tuple[str, str, str, str]:
    return ("a_screen.toml", FOUND, new, sentence)


def gate(more: str, sentence: str) -> tuple[str, str, str, str]:
    return ("a_screen.toml", GATE, f"{GATE}\n{more}", sentence)


def line(more: str, sentence: str) -> tuple[str, str, str, str]:
    return ("a_screen.toml", LINE, f'{LINE}, {{ id = "A2", n = "2", {more} }}', sentence)


def option(more: str, sentence: str) -> tuple[str, str, str, str]:
    return ("u_unknown.toml", '{ n = "1" }', f'{{ n = "1", {more} }}', sentence)


NO_CARD = "which the policy does not have."
NO_CODE = "which is no finding of the policy."
NO_FACT = "which is no condition or fact of policy.toml."
FAULTS = [
    # the head
    ("policy.toml", 'version = "7.0"', "", "policy.toml has no version."),
    *(
        (
            *("policy.toml", f'{field} = "{value}"', ""),
            "policy.toml: the review block needs a status and a last_review_date.",
        )
        for field, value in (("status", "draft"), ("last_review_date", "2027-01-02"))
    ),
    *(
        (
            *("u_unknown.toml", f'"{code}"', f'"{code}_x"'),
            f'The policy lacks the finding "{code}", which the program itself sets.',
        )
        for code in PROGRAM
        if code not in ("red_flag_unsure", "item_unsure")
    ),
    # outcome, tier, group
    found('outcome = "urgent", group = "review"', f"{X1} is urgent but has no tier."),
    found(f'{FOUND}, tier = "E"', f"{X1} has a tier but is not urgent."),
    found(
        'outcome = "urgent", group = "review", tier = "C"',
        f"{X1} is of tier C and needs urgent_text (c_self or c_hurt).",
    ),
    found(
        'outcome = "caution"',
        f"{X1} is a caution without a therapist note; if there is none, say no_note = true.",
    ),
    found('outcome = "defer"', f"{X1} is a hold that nobody can lift: give it a group of rule 16."),
    found('outcome = "clearance"', f"{X1} is a hold that nobody can lift: give it a group of rule 16."),
    found('outcome = "clear", group = "review"', f"{X1} is no hold, so it needs no group."),
    found('outcome = "caution", no_note = true, group = "review"', f"{X1} is no hold, so it needs no group."),
    found('outcome = "defer", group = "dated"', f"{X1} is a dated hold without hours or days."),
    found(
        f"{FOUND}, days_for = {{ lyme = 9 }}",
        f'{X1} names the condition "lyme", which policy.toml does not have.',
    ),
    found(
        f'{FOUND}, who_first_for = {{ lyme = "who_first.lyme" }}',
        f'{X1} names the condition "lyme", which policy.toml does not have.',
    ),
    (
        *("a_screen.toml", 'when = "S"', 'when = "S"\napplies_to = ["ms", "lyme"]'),
        'Item "X1" names the condition "lyme", which policy.toml does not have.',
    ),
    # names that lead nowhere
    (
        *("a_screen.toml", 'item = "X1"', 'item = "X7"'),
        'Card "A" names the item "X7", which the policy does not have.',
    ),
    gate('overflow = "Z"', f'Card "A" goes on to the card "Z", {NO_CARD}'),
    *(
        gate(f'{when} = ["lyme"]', 'Card "A", the card: "lyme" is no condition or fact of policy.toml.')
        for when in ("for", "known", "unless", "unless_known")
    ),
    gate(
        'still_also = [{ for = ["lyme"], gives = ["sore_skin"] }]',
        'Card "A", [Still not sure]: "lyme" is no condition or fact of policy.toml.',
    ),
    line('for = ["lyme"]', 'Card "A", line "A2": "lyme" is no condition or fact of policy.toml.'),
    line(
        'cases = [{ for = ["lyme"] }]', 'Card "A", line "A2": "lyme" is no condition or fact of policy.toml.'
    ),
    option(
        'for = ["lyme"]',
        'Card "DSAME", option "detail.dsame.1": "lyme" is no condition or fact of policy.toml.',
    ),
    option(
        'cases = [{ for = ["lyme"] }]',
        'Card "DSAME", option "detail.dsame.1": "lyme" is no condition or fact of policy.toml.',
    ),
    gate('still = { gives = ["gone"] }', f'Card "A", [Still not sure] gives "gone", {NO_CODE}'),
    gate('still_also = [{ gives = ["gone"] }]', f'Card "A", [Still not sure] gives "gone", {NO_CODE}'),
    gate('none = { gives = ["gone"] }', f'Card "A", [That is all] gives "gone", {NO_CODE}'),
    line('gives = ["gone"]', f'Card "A", line "A2" gives "gone", {NO_CODE}'),
    line('cases = [{ gives = ["gone"] }]', f'Card "A", line "A2" gives "gone", {NO_CODE}'),
    line('ok_else = ["sore_skin", "gone"]', f'Card "A", line "A2" gives "gone", {NO_CODE}'),
    line('ok_else = ["gone", "sore_skin"]', f'Card "A", line "A2" gives "gone", {NO_CODE}'),
    option('gives = ["gone"]', f'Card "DSAME", option "detail.dsame.1" gives "gone", {NO_CODE}'),
    option(
        'cases = [{ gives = ["gone"] }]', f'Card "DSAME", option "detail.dsame.1" gives "gone", {NO_CODE}'
    ),
    line('opens = "Z"', f'Card "A", line "A2" opens the card "Z", {NO_CARD}'),
    line('next = ["Z"]', f'Card "A", line "A2" opens the card "Z", {NO_CARD}'),
    line('later = ["Z"]', f'Card "A", line "A2" opens the card "Z", {NO_CARD}'),
    line('sets = ["lyme"]', f'Card "A", line "A2" sets "lyme", {NO_FACT}'),
    line('cases = [{ tapped = ["A7"] }]', f'Card "A" looks for the line "A7", {NO_CARD}'),
    option('cases = [{ tapped = ["A7"] }]', f'Card "DSAME" looks for the line "A7", {NO_CARD}'),
    ("policy.toml", CHECK, 'cards = ["A", "Z"]', f'Round "check" asks the card "Z", {NO_CARD}'),
    ("policy.toml", CHECK, f'{CHECK}\nwhen_unknown = ["Z"]', f'Round "check" asks the card "Z", {NO_CARD}'),
    (
        *("policy.toml", CHECK, f'{CHECK}\nfacts = ["lyme"]'),
        'Round "check" names "lyme", which is no fact of policy.toml.',
    ),
]
RULE = 'A rule that gives "{}" names "{}", which the policy does not have.'
TOGETHER = 'A rule that gives "{}" from findings together '
BARE_CARD = '[[card]]\nid = "{}"\nkey = "check.x"\nkind = "choice"\nitem = "X1"\n'
RULES = [
    ('[[implied]]\ngiven = ["lyme"]\ngives = "ms"', RULE.format("ms", "lyme")),
    ('[[implied]]\ngiven = ["ms"]\nunless = ["lyme"]\ngives = "stroke"', RULE.format("stroke", "lyme")),
    ('[[implied]]\ngiven = ["ms"]\ngives = "lyme"', RULE.format("lyme", "lyme")),
    ('[[implied]]\ngiven = ["code:gone"]\ngives = "ms"', RULE.format("ms", "code:gone")),
    ('[[implied]]\ngiven = ["sore_skin"]\ngives = "ms"', RULE.format("ms", "sore_skin")),  # no fact
    ('[[assumed]]\ngiven = ["lyme"]\ngives = "sore_skin"', RULE.format("sore_skin", "lyme")),
    (
        '[[assumed]]\ngiven = ["ms"]\nunless = ["lyme"]\ngives = "sore_skin"',
        RULE.format("sore_skin", "lyme"),
    ),
    ('[[assumed]]\ngiven = ["ms"]\ngives = "gone"', 'The assumed note "gone" is no finding of the policy.'),
    (
        '[[together]]\ncodes = []\ngives = "sore_skin"',
        TOGETHER.format("sore_skin") + "starts from none.",
    ),
    (
        '[[together]]\ncodes = ["gone"]\ngives = "sore_skin"',
        TOGETHER.format("sore_skin") + f'names "gone", {NO_CODE}',
    ),
    (
        '[[together]]\ncodes = ["sore_skin"]\nbeside = ["gone"]\ngives = "item_unsure"',
        TOGETHER.format("item_unsure") + f'names "gone", {NO_CODE}',
    ),
    (
        '[[together]]\ncodes = ["sore_skin"]\ngives = "gone"',
        TOGETHER.format("gone") + f'names "gone", {NO_CODE}',
    ),
    *(
        (
            f'[[together]]\ncodes = ["sore_skin"]\n{where} = ["lyme"]\ngives = "item_unsure"',
            TOGETHER.format("item_unsure") + f'names "lyme", {NO_FACT}',
        )
        for where in ("known", "unless_known")
    ),
    (BARE_CARD.format("B"), 'Card "B" can never be reached.'),
]


@pytest.mark.parametrize(("file", "old", "new", "sentence"), FAULTS, ids=[row[3] for row in FAULTS])
def test_a_fault_is_told_in_one_sentence(file: str, old: str, new: str, sentence: str) -> None:
    assert refused(file, old, new) == [sentence]


@pytest.mark.parametrize(("more", "sentence"), RULES, ids=[sentence for _, sentence in RULES])
def test_a_rule_that_leads_nowhere_is_told_in_one_sentence(more: str, sentence: str) -> None:
    assert refused(more=more) == [sentence]


@pytest.mark.parametrize("code", ["red_flag_unsure", "item_unsure"])
def test_the_codes_of_not_knowing_are_missed_too(code: str) -> None:
    missing = f'The policy lacks the finding "{code}", which the program itself sets.'
    assert missing in refused("u_unknown.toml", f'"{code}"', f'"{code}_x"')


def test_the_rounds_of_the_program_must_be_there() -> None:
    rounds = (
        *("contact", "profile", "first", "first_full", "window", "recheck", "door", "door_red"),
        *(f"aftercare:{card}" for card in ("AF1", "AF2", "AF3", "AF4", "AF5", "AF5a")),
    )
    for name in rounds:
        lacking = f'The policy lacks the round "{name}", which the program itself opens.'
        assert refused("rounds.toml", f'[phase."{name}"]', f'[phase."{name}_x"]') == [lacking]
    assert 'The policy lacks the round "check", which the program itself opens.' in refused(
        "policy.toml", "[phase.check]", "[phase.check_x]"
    )


@pytest.mark.parametrize("card", ["DSAME", "CONFIRM"])
def test_the_cards_of_the_program_must_be_there(card: str) -> None:
    lacking = f'The policy lacks the card "{card}", which the program itself shows.'
    renamed = refused("u_unknown.toml", f'id = "{card}"', 'id = "OTHER"')
    assert renamed == [lacking, 'Card "OTHER" can never be reached.']


def test_what_no_tap_gives_must_be_set_by_the_program() -> None:
    unreached = refused("a_screen.toml", LINE, '{ id = "A1", n = "1", gives = ["item_unsure"] }')
    assert unreached == [
        'Finding "sore_skin" of item "X1" can never be given by any card.',
        'Item "X1" can never be reached.',
    ]
    by_program = load("a_screen.toml", f"{FOUND} }}]", f"{FOUND}, system = true }}]")
    assert by_program.row("sore_skin").system


@pytest.mark.parametrize(
    "opened",
    [
        f'[phase.later]\n{CHECK}\nwhen_unknown = ["B"]',
        '[phase.later]\ncards = ["B"]',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\nopens = "B"',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\nlater = ["B"]',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\ncases = [{ next = ["B"] }]',
    ],
)
def test_a_card_is_reached_by_a_round_or_a_tap(opened: str) -> None:
    assert refused(more=f"{opened}\n{BARE_CARD.format('B')}") == []


def test_a_card_is_reached_as_the_overflow_of_another() -> None:
    more = BARE_CARD.format("B") + 'overflow = "C"\n' + BARE_CARD.format("C")
    assert refused("policy.toml", CHECK, 'cards = ["A", "B"]', more=more) == []
    assert refused(more=more) == [f'Card "{name}" can never be reached.' for name in "BC"]


@pytest.mark.parametrize(
    "more",
    [
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\ngives = ["later_code"]',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\nopens = "LATER"',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\nlater = ["LATER"]',
        '[[line]]\nid = "A2"\nn = "2"\ncard = "A"\nnext = ["$line"]\ngives = ["$line"]',
        '[phase.later]\ncards = ["LATER"]\nwhen_unknown = ["LATER"]',
        '[[implied]]\ngiven = ["code:later_code", "code:sore_skin"]\nunless = ["stroke"]\ngives = "ms"',
        '[[assumed]]\ngiven = ["ms"]\ngives = "later_code"',
        '[[together]]\ncodes = ["later_code"]\nbeside = ["later_code"]\ngives = "later_code"',
    ],
)
def test_what_a_later_policy_brings_is_no_fault(more: str) -> None:
    assert refused(more=more) == []


def lines(count: int, more: str = "") -> str:
    return "".join(
        f'[[line]]\nid = "B{n}"\nn = "{n}"\ncard = "B"\nnext = ["A"]\n{more}\n' for n in range(count)
    )


@pytest.mark.parametrize(
    ("kind", "overflow", "count", "more", "room"),
    [
        ("gate", True, 18, "", True),
        ("gate", True, 19, "", False),
        ("gate", True, 19, 'for = ["ms"]', False),  # everybody sees them while conditions are not known
        ("gate", True, 19, 'known = ["ms"]', True),
        ("gate", True, 19, 'unless = ["ms"]', True),
        ("gate", False, 19, "", True),
        ("list", True, 19, "", True),
    ],
)
def test_a_gate_and_its_overflow_have_room_for_eighteen_lines(
    kind: str, overflow: bool, count: int, more: str, room: bool
) -> None:
    card = BARE_CARD.format("B").replace('"choice"', f'"{kind}"') + ('overflow = "A"\n' if overflow else "")
    sentences = refused("policy.toml", CHECK, 'cards = ["A", "B"]', more=card + lines(count, more))
    assert sentences == ([] if room else ['Card "B" and its overflow have no room for 19 lines.'])


def test_every_text_that_the_policy_needs_is_named() -> None:
    more = """
[[card]]
id = "B"
key = "check.b"
kind = "choice"
item = "X1"
above = ["detail.now"]
none = { says = ["detail.said"] }

  [[card.options]]
  n = "1"
  cases = [{ words = "check.b.1x", gives = ["foot_sore"] }, { known = ["ms"] }]

  [[card.options]]
  code = "yes"

[[item]]
id = "X2"
section = "C"
when = "B"

  [[item.findings]]
  code = "foot_sore"
  outcome = "defer"
  group = "review"
  added = true
  who_first = true
  who_ok = true
  adapt = true
  note = ["heat"]
  says = ["detail.call"]
  who_first_for = { ms = "who_first.ms" }

[phase.later]
cards = ["B"]
"""
    fixed = set(policy_faults.keys({}, {}))
    own = {f"finding.{code}" for code in (*PROGRAM, "sore_skin", "foot_sore")}
    assert load(more=more).keys() - fixed - own == {
        *("check.a", "check.a.1", "check.a.1.b"),
        *("check.b", "check.b.1", "check.b.1.b", "check.b.1x", "button.yes"),
        *("detail.dsame", "detail.dsame.1", "detail.dsame.1.b", "check.confirm"),
        *("detail.now", "detail.said", "detail.call"),
        *("urgent.add.foot_sore", "who_first.foot_sore", "who_ok.foot_sore", "adapt.foot_sore"),
        *("note.foot_sore.heat", "who_first.ms"),
    }
    assert own <= load(more=more).keys()


def test_the_texts_of_the_program_itself_are_named() -> None:
    fixed = set(policy_faults.keys({}, {}))
    buttons = (
        "none",
        "some",
        "unsure",
        "still",
        "thatsall",
        "noothers",
        "nothing",
        "person",
        "right",
        "change",
    )
    assert {f"button.{name}" for name in buttons} | {"common.footer", "urgent.c_self.4"} <= fixed
