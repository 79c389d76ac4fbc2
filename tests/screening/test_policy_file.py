"""The reader of the policy's files: every field as read, every fault as the sentence that a clinic gets."""

from __future__ import annotations

import hashlib

import pytest

from screening import policy
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
    PolicyError,
    Review,
    Slot,
    Tier,
    Together,
    When,
)
from tests.screening.tiny_policy import TINY, load, refused, texts

WHOLE = """
[group.relapse]
slot = "provisional"
lift_by = "lead"
needs = ["steady", "ok"]
relapse = true

[[item]]
id = "X2"
section = "E"
when = "BS"
applies_to = ["ms", "stroke"]
sources = "S1, S2"
wording = 3

  [[item.findings]]
  code = "very_sore"
  outcome = "urgent"
  tier = "C"
  group = "relapse"
  hours = 5
  days = 6
  days_for = { ms = 9 }
  clinic_days = "sore_days"
  next_midnight = true
  standing = true
  lasts_days = 8
  note = ["heat", "pressure"]
  no_note = true
  needs_letter = true
  letter_after_days = 42
  system = true
  added = true
  added_tier = "D"
  urgent_text = "c_self"
  who_first = true
  who_first_for = { stroke = "who_first.stroke" }
  who_ok = true
  adapt = true
  says = ["detail.one", "detail.two"]
  sources = "S9"

  [[item.findings]]
  code = "needs_doctor"
  outcome = "clearance"
  group = "relapse"
  system = true

  [[item.findings]]
  code = "needs_doctor_each_time"
  outcome = "clearance"
  group = "relapse"
  letter_answers = false
  voids_ok = true
  system = true

[[card]]
id = "B"
key = "check.b"
kind = "ticks"
item = "X2"
red = true
at_once = true
above = ["detail.now"]
overflow = "LATER"
still = { gives = ["red_flag_unsure"] }
still_also = [{ known = ["ms"], gives = ["item_unsure"] }]
none = { sets = ["at_once"] }
p0 = true
multi = true
once = true
for = ["ms"]
known = ["stroke"]
unless = ["pregnant"]
unless_known = ["at_once"]

  [[card.options]]
  n = "1"
  alias = "yes"
  words = true
  for = ["stroke"]
  known = ["ms"]
  unless = ["at_once"]
  unless_known = ["pregnant"]
  gives = ["sore_skin"]
  tier = "D"
  opens = "A"
  next = ["LATER"]
  later = ["DSAME"]
  sets = ["pregnant"]
  says = ["detail.tell"]

    [[card.options.cases]]
    via_unsure = true
    tapped = ["A1"]
    words = "check.b.1x"
    known = ["ms"]
    ok_else = ["doctor_ok_valid", "needs_doctor"]
    event_days = 30

    [[card.options.cases]]
    gives = ["later_code"]

  [[card.options]]
  code = "unsure"

  [[card.options]]
  n = "2"

[[line]]
id = "A2"
card = "A"
n = "2"
block = "foot"
for = ["ms"]
opens = "B"
cases = [{ gives = ["very_sore"], tier = "E" }]

[[line]]
id = "A3"
card = "A"
key = "check.own_key"
gives = ["sore_skin"]

[[implied]]
given = ["ms", "code:sore_skin"]
unless = ["stroke"]
gives = "pregnant"

[[implied]]
given = ["stroke"]
gives = "ms"

[[assumed]]
given = ["stroke"]
unless = ["at_once"]
gives = "sore_skin"

[[together]]
codes = ["sore_skin", "very_sore"]
beside = ["item_unsure"]
known = ["ms"]
unless_known = ["stroke"]
gives = "very_sore"
tier = "E"

[[together]]
codes = ["sore_skin"]
gives = "item_unsure"

[phase.again]
cards = ["B", "A"]
when_unknown = ["A"]
confirm = true
facts = ["at_once"]
stop_at = "clearance"
full = true
needs_ok = true
"""
NO_WHEN = When()
NOTHING = Effect()


def row(code: str, outcome: Outcome, group: Group, **more: object) -> FindingRow:
    """A row of which nothing is said but its outcome and its group."""
    bare: dict[str, object] = {
        "code": code,
        "item": "X2",
        "section": "E",
        "outcome": outcome,
        "group": group,
        "tier": None,
        "hours": None,
        "days": None,
        "days_for": {},
        "clinic_days": None,
        "next_midnight": False,
        "standing": False,
        "lasts_days": None,
        "note": (),
        "no_note": False,
        "needs_letter": False,
        "letter_answers": False,
        "letter_after_days": None,
        "voids_ok": False,
        "system": False,
        "added": None,
        "added_tier": None,
        "urgent_text": None,
        "who_first": None,
        "who_first_for": {},
        "who_ok": None,
        "adapt": None,
        "says": (),
        "sources": "S1, S2",
    }
    return FindingRow(**{**bare, **more})  # type: ignore[arg-type]


def card(name: str, key: str, kind: str, item: str, **more: object) -> Card:
    """A card of which nothing else is said."""
    bare: dict[str, object] = {
        "red": False,
        "at_once": False,
        "when": NO_WHEN,
        "above": (),
        "overflow": None,
        "still": NOTHING,
        "still_cases": (),
        "none": NOTHING,
        "p0": False,
        "multi": False,
        "once": False,
        "choices": (),
        "lines": (),
    }
    return Card(name, key, kind, item, **{**bare, **more})  # type: ignore[arg-type]


def test_every_field_of_a_finding_is_read() -> None:
    rules = load(more=WHOLE)
    group = Group("relapse", Slot.PROVISIONAL, LiftBy.LEAD, ("steady", "ok"), relapse=True)
    assert rules.groups["relapse"] == group
    assert rules.items["X2"] == Item("X2", "E", "BS", ("ms", "stroke"), "S1, S2", 3)
    assert rules.row("very_sore") == row(
        *("very_sore", Outcome.URGENT, group),
        tier=Tier.C,
        hours=5,
        days=6,
        days_for={"ms": 9},
        clinic_days="sore_days",
        next_midnight=True,
        standing=True,
        lasts_days=8,
        no_note=True,
        needs_letter=True,
        note=("note.very_sore.heat", "note.very_sore.pressure"),
        letter_after_days=42,
        voids_ok=True,  # what is urgent always does
        system=True,
        added="urgent.add.very_sore",
        added_tier=Tier.D,
        urgent_text="c_self",
        who_first="who_first.very_sore",
        who_first_for={"stroke": "who_first.stroke"},
        who_ok="who_ok.very_sore",
        adapt="adapt.very_sore",
        says=("detail.one", "detail.two"),
        sources="S9",
    )


def test_what_a_row_does_not_say_has_the_stricter_reading() -> None:
    rules = load(more=WHOLE)
    relapse, dated = rules.groups["relapse"], rules.groups["dated"]
    assert dated == Group("dated", Slot.MOVED, LiftBy.FULL_CHECK, (), relapse=False)
    assert rules.items["X1"] == Item("X1", "B", "S", (), "", 1)
    skin = row("sore_skin", Outcome.DEFER, dated, item="X1", section="B", days=3, sources="")
    assert rules.row("sore_skin") == skin
    plain = row("doctor_ok_valid", Outcome.CLEAR, rules.groups["none"], item="U", section="U", sources="")
    assert rules.row("doctor_ok_valid") == row(
        "doctor_ok_valid", Outcome.CLEAR, plain.group, item="U", section="U", sources="", system=True
    )
    doctor = row("needs_doctor", Outcome.CLEARANCE, relapse, letter_answers=True, system=True)
    assert rules.row("needs_doctor") == doctor
    each_time = row("needs_doctor_each_time", Outcome.CLEARANCE, relapse, voids_ok=True, system=True)
    assert rules.row("needs_doctor_each_time") == each_time
    assert rules.row("never_heard_of") is rules.row("item_unsure")


def test_every_field_of_a_card_is_read() -> None:
    first = Case(
        When(known=("ms",)),
        via_unsure=True,
        tapped=("A1",),
        effect=Effect(ok_else=("doctor_ok_valid", "needs_doctor"), event_days=30),
        words="check.b.1x",
    )
    second = Case(NO_WHEN, None, (), Effect(gives=("later_code",)))
    effect = Effect(
        gives=("sore_skin",),
        tier=Tier.D,
        sets=("pregnant",),
        next=("A", "LATER"),
        later=("DSAME",),
        says=("detail.tell",),
    )
    assert load(more=WHOLE).cards["B"] == card(
        *("B", "check.b", "ticks", "X2"),
        red=True,
        at_once=True,
        p0=True,
        multi=True,
        once=True,
        when=When(("ms",), ("stroke",), ("pregnant",), ("at_once",)),
        above=("detail.now",),
        overflow="LATER",
        still=Effect(gives=("red_flag_unsure",)),
        still_cases=(Case(When(known=("ms",)), None, (), Effect(gives=("item_unsure",))),),
        none=Effect(sets=("at_once",)),
        choices=(
            Choice(
                *("check.b.1", "yes", "check.b.1.b", "check.b.1", "check.b.1"),
                When(("stroke",), ("ms",), ("at_once",), ("pregnant",)),
                effect,
                (first, second),
            ),
            Choice("unsure", None, "button.unsure", "button.unsure", None, NO_WHEN, NOTHING, ()),
            Choice("check.b.2", None, "check.b.2.b", "check.b.2", None, NO_WHEN, NOTHING, ()),
        ),
    )


def test_a_line_stands_on_its_card_whatever_file_it_is_in() -> None:
    rules = load(more=WHOLE)
    sore = Effect(gives=("sore_skin",))
    lines = (
        Line("A1", "A", "check.a.1", NO_WHEN, None, sore, ()),
        Line(
            *("A2", "A", "check.a.2", When(any_of=("ms",)), "foot", Effect(next=("B",))),
            (Case(NO_WHEN, None, (), Effect(gives=("very_sore",), tier=Tier.E)),),
        ),
        Line("A3", "A", "check.own_key", NO_WHEN, None, sore, ()),
    )
    assert rules.cards["A"] == card("A", "check.a", "gate", "X1", lines=lines)
    assert dict(rules.lines) == {line.id: line for line in lines}


def test_rules_and_rounds_are_read() -> None:
    rules = load(more=WHOLE)
    assert rules.implied == (
        Implied(("ms", "code:sore_skin"), ("stroke",), "pregnant"),
        Implied(("stroke",), (), "ms"),
    )
    assert rules.assumed == (Implied(("stroke",), ("at_once",), "sore_skin"),)
    assert rules.together == (
        Together(
            *(("sore_skin", "very_sore"), ("item_unsure",), ("ms",), ("stroke",), "very_sore", Tier.E),
        ),
        Together(("sore_skin",), (), (), (), "item_unsure", None),
    )
    assert {name: rules.phases[name] for name in ("check", "again")} == {
        "check": Phase("check", ("A",), (), False, (), None, False, False),
        "again": Phase("again", ("B", "A"), ("A",), True, ("at_once",), Outcome.CLEARANCE, True, True),
    }


def test_the_policy_says_who_it_is() -> None:
    rules = load()
    assert (rules.version, rules.status) == ("7.0", "draft")
    assert rules.review == Review("draft", "Eva Novak", "2027-01-02", "2028-01-02")
    assert rules.conditions == ("ms", "stroke")
    assert rules.facts == {"ms", "stroke", "pregnant", "at_once"}
    assert rules.sure_facts == {"at_once"}
    assert rules.not_yet == {"later_code", "LATER"}
    assert rules.files == TINY
    whole = b"".join(name.encode() + b"\0" + TINY[name].encode() + b"\0" for name in sorted(TINY))
    assert rules.content_hash == hashlib.sha256(whole).hexdigest()
    backwards = policy.load(dict(reversed(TINY.items())))
    assert (backwards.content_hash, backwards.cards) == (rules.content_hash, rules.cards)


def test_only_the_name_of_who_approved_it_and_the_next_review_may_wait() -> None:
    short = load("policy.toml", 'approved_by = "Eva Novak"\n', "")
    assert short.review == Review("draft", "", "2027-01-02", "2028-01-02")
    assert load("policy.toml", 'next_review = "2028-01-02"\n', "").review.next_review == ""


X1 = 'a_screen.toml: finding "sore_skin" of item "X1"'
FOUND = 'outcome = "defer", group = "dated", days = 3'
LINE = '{ id = "A1", n = "1", gives = ["sore_skin"] }'

# file, what is changed, into what, and the sentence
CHANGED = [
    # a slip in the name of a field is a rule that never works
    ("policy.toml", "not_yet =", "notyet =", 'policy.toml has a field "notyet" that a file does not know.'),
    (
        *("policy.toml", 'approved_by = "Eva', 'approved = "Eva'),
        'policy.toml: review has a field "approved" that a review does not know.',
    ),
    (
        *("policy.toml", "told =", "tolled ="),
        'policy.toml: facts has a field "tolled" that a facts does not know.',
    ),
    (
        *("policy.toml", 'cards = ["A"]', 'cards = ["A"]\nconfrim = true'),
        'policy.toml: round "check" has a field "confrim" that a phase does not know.',
    ),
    (
        *("policy.toml", 'needs = ["contact"]', 'need = ["contact"]'),
        'policy.toml: group "review" has a field "need" that a group does not know.',
    ),
    (
        *("a_screen.toml", 'when = "S"', 'when = "S"\nask = true'),
        'a_screen.toml: item "X1" has a field "ask" that a item does not know.',
    ),
    (
        "a_screen.toml",
        "days = 3",
        "days = 3, dyas = 4",
        f'{X1} has a field "dyas" that a finding does not know.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nreds = true'),
        'a_screen.toml: card "A" has a field "reds" that a card does not know.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nstill = { give = [] }'),
        'a_screen.toml: card "A" has a field "give" that a effect does not know.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nnone = { give = [] }'),
        'a_screen.toml: card "A" has a field "give" that a effect does not know.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nstill_also = [{ give = [] }]'),
        'a_screen.toml: card "A" has a field "give" that a case does not know.',
    ),
    (
        *("a_screen.toml", 'n = "1", gives', 'n = "1", note = 1, gives'),
        'a_screen.toml: card "A", line "A1" has a field "note" that a line does not know.',
    ),
    (
        *("a_screen.toml", 'n = "1", gives', 'n = "1", cases = [{ note = 1 }], gives'),
        'a_screen.toml: card "A", line "A1" has a field "note" that a case does not know.',
    ),
    (
        *("u_unknown.toml", '{ n = "1" }', '{ n = "1", note = 1 }'),
        'u_unknown.toml: card "DSAME", option "1" has a field "note" that a option does not know.',
    ),
    (
        *("u_unknown.toml", '{ n = "1" }', '{ n = "1", cases = [{ note = 1 }] }'),
        'u_unknown.toml: card "DSAME", option "1" has a field "note" that a case does not know.',
    ),
    (
        *("u_unknown.toml", '{ code = "right" }', '{ code = "right", note = 1 }'),
        'u_unknown.toml: card "CONFIRM", option "right" has a field "note" that a option does not know.',
    ),
    # what a row must say
    ("a_screen.toml", 'id = "X1"\n', "", 'a_screen.toml: item "?" lacks the field id.'),
    ("a_screen.toml", 'section = "B"\n', "", 'a_screen.toml: item "X1" lacks the field section.'),
    ("a_screen.toml", 'when = "S"\n', "", 'a_screen.toml: item "X1" lacks the field when.'),
    (
        *("a_screen.toml", 'code = "sore_skin", ', ""),
        'a_screen.toml: finding "?" of item "X1" lacks the field code.',
    ),
    ("a_screen.toml", 'outcome = "defer", ', "", f"{X1} lacks the field outcome."),
    ("a_screen.toml", 'id = "A"\n', "", 'a_screen.toml: card "?" lacks the field id.'),
    ("a_screen.toml", 'key = "check.a"\n', "", 'a_screen.toml: card "A" lacks the field key.'),
    ("a_screen.toml", 'kind = "gate"\n', "", 'a_screen.toml: card "A" lacks the field kind.'),
    ("a_screen.toml", 'item = "X1"\n', "", 'a_screen.toml: card "A" lacks the field item.'),
    ("a_screen.toml", 'id = "A1", ', "", 'a_screen.toml: card "A", line "?" lacks the field id.'),
    ("a_screen.toml", 'n = "1", ', "", 'a_screen.toml: card "A", line "A1" lacks the field n or key.'),
    (
        *("u_unknown.toml", '{ code = "right" }', '{ alias = "yes" }'),
        'u_unknown.toml: card "CONFIRM", option "?" lacks the field n or code.',
    ),
    ("policy.toml", 'slot = "review"\n', "", 'policy.toml: group "review" lacks the field slot.'),
    ("policy.toml", 'lift_by = "staff"\n', "", 'policy.toml: group "review" lacks the field lift_by.'),
    ("policy.toml", 'cards = ["A"]\n', "", 'policy.toml: round "check" lacks the field cards.'),
    # a word that stands for nothing
    (
        *("a_screen.toml", FOUND, FOUND.replace("defer", "later")),
        f'{X1}: "later" is not one of clear, caution, defer, clearance, urgent.',
    ),
    (
        "a_screen.toml",
        FOUND,
        'outcome = 3, group = "dated", days = 3',
        f'{X1}: "3" is not one of clear, caution, ',
    ),
    ("a_screen.toml", FOUND, FOUND + ', tier = "F"', f'{X1}: "F" is not one of e, d, c.'),
    ("a_screen.toml", FOUND, FOUND + ', added_tier = "F"', f'{X1}: "F" is not one of e, d, c.'),
    (
        *("a_screen.toml", LINE, LINE.replace("gives", 'tier = "F", gives')),
        'a_screen.toml: card "A", line "A1": "F" is not one of e, d, c.',
    ),
    (
        *("a_screen.toml", LINE, LINE.replace("gives", 'cases = [{ tier = "F" }], gives')),
        'a_screen.toml: card "A", line "A1": "F" is not one of e, d, c.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nstill = { tier = "F" }'),
        'a_screen.toml: card "A": "F" is not one of e, d, c.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gate"\nnone = { tier = "F" }'),
        'a_screen.toml: card "A": "F" is not one of e, d, c.',
    ),
    (
        *("u_unknown.toml", '{ n = "1" }', '{ n = "1", tier = "F" }'),
        'u_unknown.toml: card "DSAME", option "1": "F" is not one of e, d, c.',
    ),
    (
        *("a_screen.toml", FOUND, FOUND.replace("dated", "daily")),
        f'{X1} names the group "daily", which policy.toml does not have.',
    ),
    (
        *("policy.toml", 'slot = "review"', 'slot = "later"'),
        'policy.toml: group "review": "later" is not one of stays, kept, review, waits, moved, provisional, ',
    ),
    (
        *("policy.toml", 'lift_by = "staff"', 'lift_by = "anyone"'),
        'policy.toml: group "review": "anyone" is not one of nobody, lead, staff, full_check, answer.',
    ),
    (
        *("policy.toml", 'cards = ["A"]', 'cards = ["A"]\nstop_at = "never"'),
        'policy.toml: round "check": "never" is not one of clear, caution, defer, clearance, urgent.',
    ),
    (
        *("a_screen.toml", 'section = "B"', 'section = "AB"'),
        'a_screen.toml: item "X1": the section "AB" is not one of A to G or U.',
    ),
    (
        *("a_screen.toml", 'kind = "gate"', 'kind = "gait"'),
        'a_screen.toml: card "A": the kind "gait" is not one of gate, ticks, list, choice.',
    ),
    # a second row of the same name
    (
        *("a_screen.toml", LINE, f"{LINE}, {LINE}"),
        'a_screen.toml: card "A", line "A1": the id "A1" is used twice.',
    ),
    (
        *("u_unknown.toml", '{ n = "1" }', '{ n = "1" }, { n = "1" }'),
        'u_unknown.toml: card "DSAME": the option "detail.dsame.1" stands twice.',
    ),
]
FINDING = (
    '[[item]]\nid = "X9"\nsection = "B"\nwhen = "S"\n'
    'findings = [{ code = "%s", outcome = "clear", system = true }]\n'
)
CARD = '[[card]]\nid = "%s"\nkey = "check.x"\nkind = "choice"\nitem = "X1"\n'
# what a file more would bring, and the sentence
ADDED = [
    ('version = "8.0"', 'z_more.toml: the id "version" is used twice.'),
    (
        FINDING % "sore_skin",
        'z_more.toml: finding "sore_skin" of item "X9": the id "sore_skin" is used twice.',
    ),
    (
        FINDING.replace("X9", "X1") % "other",
        'z_more.toml: item "X1": the id "X1" is used twice.',
    ),
    (CARD % "A", 'z_more.toml: card "A": the id "A" is used twice.'),
    ('[phase.check]\ncards = ["A"]', 'z_more.toml: round "check": the id "check" is used twice.'),
    (
        '[group.dated]\nslot = "moved"\nlift_by = "staff"',
        'z_more.toml: group "dated": the id "dated" is used twice.',
    ),
    ('[[line]]\nid = "A9"\nn = "9"', 'z_more.toml: line "A9" stands on no card that the policy has.'),
    (
        '[[line]]\nid = "A9"\nn = "9"\ncard = "Z"',
        'z_more.toml: line "A9" stands on no card that the policy has.',
    ),
    (
        '[[line]]\nid = "A9"\nn = "9"\ncard = "A"\nnote = 1',
        'z_more.toml, line "A9" has a field "note" that a line does not know.',
    ),
    ('[[implied]]\ngiven = ["ms"]', "z_more.toml: implied lacks the field gives."),
    ('[[assumed]]\ngives = "sore_skin"', "z_more.toml: assumed lacks the field given."),
    (
        '[[implied]]\ngiven = ["ms"]\ngives = "stroke"\nnote = 1',
        'z_more.toml: implied has a field "note" that a implied does not know.',
    ),
    ('[[together]]\ncodes = ["sore_skin"]', "z_more.toml: together lacks the field gives."),
    ('[[together]]\ngives = "sore_skin"', "z_more.toml: together lacks the field codes."),
    (
        '[[together]]\ncodes = ["sore_skin"]\ngives = "item_unsure"\ntier = "F"',
        'z_more.toml: together: "F" is not one of e, d, c.',
    ),
    (
        '[[together]]\ncodes = ["sore_skin"]\ngives = "item_unsure"\nnote = 1',
        'z_more.toml: together has a field "note" that a together does not know.',
    ),
    (
        '[phase.later]\ncards = ["A"]\nnote = 1',
        'z_more.toml: round "later" has a field "note" that a phase does not know.',
    ),
    ("version =", "z_more.toml is not TOML: Invalid value (at end of document)."),
]


def said(sentence: str, sentences: list[str]) -> bool:
    """The whole sentence, or its start where it ends in a comma."""
    return any(one == sentence or (sentence.endswith(", ") and one.startswith(sentence)) for one in sentences)


def test_the_tiny_policy_is_whole() -> None:
    assert refused() == []
    assert refused(more=WHOLE) == []


@pytest.mark.parametrize(("file", "old", "new", "sentence"), CHANGED, ids=[row[3] for row in CHANGED])
def test_a_slip_is_told_in_a_sentence(file: str, old: str, new: str, sentence: str) -> None:
    assert said(sentence, refused(file, old, new)), refused(file, old, new)


@pytest.mark.parametrize(("more", "sentence"), ADDED, ids=[sentence for _, sentence in ADDED])
def test_a_slip_in_another_file_is_told_too(more: str, sentence: str) -> None:
    assert said(sentence, refused(more=more)), refused(more=more)


def test_all_faults_are_told_at_once() -> None:
    files = texts("a_screen.toml", FOUND, FOUND.replace("defer", "later"))
    files["policy.toml"] = files["policy.toml"].replace('lift_by = "staff"', 'lift_by = "anyone"')
    with pytest.raises(PolicyError) as many:
        policy.load({**files, "b.toml": "version ="})
    assert [sentence.split(":")[0] for sentence in many.value.sentences] == [
        *("b.toml is not TOML", "policy.toml", "a_screen.toml"),
    ]
    assert str(many.value) == "\n".join(many.value.sentences)


def test_a_line_that_stands_nowhere_does_not_hide_the_next_fault() -> None:
    lost = '[[line]]\nid = "A8"\nn = "8"\n\n[[line]]\nid = "A9"\nn = "9"\n'
    assert refused(more=lost) == [
        f'z_more.toml: line "{line}" stands on no card that the policy has.' for line in ("A8", "A9")
    ]


def test_an_item_without_a_finding_is_read() -> None:
    bare = '[[item]]\nid = "X9"\nsection = "B"\nwhen = "S"'
    assert refused(more=bare) == ['Item "X9" can never be reached.']


def test_a_policy_without_a_review_or_facts_is_read_to_its_end() -> None:
    page = texts()["policy.toml"]
    review, facts, group = (page.index(block) for block in ("[review]", "[facts]", "[group.none]"))
    assert refused("policy.toml", page[review:facts], "") == [
        "policy.toml: the review block needs a status and a last_review_date."
    ]
    assert load("policy.toml", page[facts:group], "").facts == frozenset()


def test_facts_may_be_told_or_sure_only() -> None:
    assert load("policy.toml", 'conditions = ["ms", "stroke"]\n', "").facts == {"pregnant", "at_once"}
    assert load("policy.toml", 'sure = ["at_once"]\n', "").facts == {"ms", "stroke", "pregnant"}
    assert load("policy.toml", 'told = ["pregnant"]\n', "").facts == {"ms", "stroke", "at_once"}
    assert load().keys() >= {"check.a.1.b"}
    assert refused("policy.toml", 'version = "7.0"', "") == ["policy.toml has no version."]


def test_what_a_row_lacks_is_read_as_a_question_mark() -> None:
    assert refused("a_screen.toml", 'section = "B"\n', "") == [
        'a_screen.toml: item "X1" lacks the field section.',
        'a_screen.toml: item "X1": the section "?" is not one of A to G or U.',
    ]
