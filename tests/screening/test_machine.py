"""How a round of questions goes, tap by tap, on a policy small enough to read: what is asked and found."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from screening.policy import Policy, Tier
from screening.questionnaire import (
    Answer,
    Facts,
    Finding,
    Letter,
    NotOffered,
    Ok,
    Option,
    Progress,
    Prompt,
    replay,
    take,
)
from tests.screening import tiny_policy
from tests.screening.rounds_of_taps import about, day

FINDINGS = """
[group.urgent]
slot = "cancelled"
lift_by = "lead"

[group.clearance]
slot = "waits"
lift_by = "lead"

[[item]]
id = "X2"
section = "C"
when = "BS"
findings = [
  { code = "chest_pain", outcome = "urgent", tier = "E", group = "urgent" },
  { code = "hot_leg", outcome = "urgent", tier = "D", group = "urgent" },
  { code = "clot", outcome = "clearance", group = "clearance", needs_letter = true },
  { code = "relapse", outcome = "clearance", group = "clearance" },
  { code = "long_ago", outcome = "clear" },
  { code = "itch", outcome = "caution", no_note = true },
  { code = "cold", outcome = "defer", group = "review" },
  { code = "fever", outcome = "defer", group = "review" },
]
"""
# Every kind of card, each on a round of its own below.
CARDS = """
[[card]]
id = "R"
key = "check.r"
kind = "gate"
item = "X2"
red = true
at_once = true
above = ["detail.now"]
still = { gives = ["red_flag_unsure"] }
lines = [
  { id = "R1", n = "1", gives = ["itch"] },
  { id = "R2", n = "2", opens = "SEEN", gives = ["chest_pain"] },
  { id = "R3", n = "3", for = ["stroke"], gives = ["cold"] },
  { id = "R4", n = "4", cases = [{ via_unsure = true, gives = ["fever"] }], gives = ["cold"] },
]

[[card]]
id = "SEEN"
key = "detail.seen"
kind = "choice"
item = "X2"
options = [
  { n = "1", alias = "yes", gives = ["$line"], says = ["detail.call"] },
  { n = "2", alias = "no", words = true, gives = ["itch"], tier = "E" },
  { n = "3", gives = ["hot_leg"], tier = "E" },
  { code = "unsure", gives = ["red_flag_unsure"] },
]

[[card]]
id = "R_NEXT"
key = "check.rn"
kind = "gate"
item = "X2"
red = true
at_once = true
still = { gives = ["red_flag_unsure"] }
lines = [{ id = "RN1", n = "1", gives = ["cold"] }]

[[card]]
id = "G"
key = "check.g"
kind = "gate"
item = "X1"
still = { gives = ["item_unsure"] }
still_also = [
  { for = ["ms"], gives = ["cold"], next = ["ONCE"] },
  { for = ["stroke"], gives = ["fever"] },
]
none = { gives = ["long_ago"] }
lines = [
  { id = "G1", n = "1", opens = "SEEN", gives = ["cold"] },
  { id = "G2", n = "2", gives = ["itch", "fever"] },
  { id = "G3", n = "3", sets = ["pregnant"] },
  { id = "G4", n = "4", cases = [
    { tapped = ["G2", "G3"], gives = ["clot"] },
    { known = ["stroke"], gives = ["relapse"] },
  ], gives = ["cold"] },
  { id = "G5", n = "5" },
  { id = "G6", n = "6", opens = "ONCE" },
  { id = "G7", n = "7", ok_else = ["long_ago", "relapse"], event_days = 10 },
]

[[card]]
id = "NOT_ONE"
key = "check.n"
kind = "gate"
item = "X1"
none = { gives = ["fever"] }
lines = [{ id = "N1", n = "1", gives = ["itch"] }]

[[card]]
id = "WHERE"
key = "check.h"
kind = "gate"
item = "X1"
lines = [
  { id = "H1", n = "1", opens = "R_NEXT" },
  { id = "H2", n = "2", opens = "SPOTS" },
  { id = "H3", n = "3", opens = "LATER" },
  { id = "H4", n = "4", cases = [
    { via_unsure = true, gives = ["fever"] }, { via_unsure = false, gives = ["cold"] },
  ], gives = ["itch"] },
  { id = "H5", n = "5", opens = "THEN" },
]

[[card]]
id = "THEN"
key = "detail.then"
kind = "choice"
item = "X2"
options = [
  { n = "1", cases = [{ via_unsure = true, words = "detail.then.1x", next = ["THEN2"] }] },
  { n = "2", next = ["THEN3"] },
]

[[card]]
id = "THEN2"
key = "detail.then2"
kind = "list"
item = "X2"
lines = [
  { id = "TH1", n = "1", cases = [
    { via_unsure = true, gives = ["fever"] }, { via_unsure = false, gives = ["cold"] },
  ], gives = ["itch"] },
]

[[card]]
id = "THEN3"
key = "detail.then3"
kind = "choice"
item = "X2"
options = [
  { n = "1", cases = [
    { via_unsure = true, gives = ["fever"] }, { via_unsure = false, gives = ["cold"] },
  ], gives = ["itch"] },
]

[[card]]
id = "SPOTS"
key = "detail.spots"
kind = "gate"
item = "X2"
still = { gives = ["item_unsure"] }
lines = [{ id = "S1", n = "1", gives = ["itch"] }]

[[card]]
id = "TICKS"
key = "check.t"
kind = "ticks"
item = "X1"
p0 = true
still = { gives = ["conditions_unsure"] }
none = { sets = ["at_once"] }
lines = [
  { id = "T1", n = "1", sets = ["ms"] },
  { id = "T2", n = "2", sets = ["stroke"] },
]

[[card]]
id = "TICKS2"
key = "check.t2"
kind = "ticks"
item = "X1"
p0 = true
lines = [{ id = "T3", n = "3", sets = ["pregnant"] }]

[[card]]
id = "LIST"
key = "check.l"
kind = "list"
item = "X1"
at_once = true
lines = [
  { id = "L1", n = "1", gives = ["itch"] },
  { id = "L2", n = "2", opens = "SEEN", gives = ["cold"] },
]

[[card]]
id = "Q"
key = "check.q"
kind = "choice"
item = "X2"
multi = true
options = [
  { n = "1", gives = ["itch"], later = ["LATE"] },
  { n = "2", for = ["stroke"], gives = ["cold"] },
  { n = "3", words = true, cases = [
    { known = ["pregnant"], words = "check.q.3x", gives = ["fever"] },
    { known = ["at_once"], gives = ["cold"] },
  ], gives = ["long_ago"] },
]

[[card]]
id = "LATE"
key = "check.late"
kind = "choice"
item = "X2"
options = [{ n = "1", gives = ["cold"] }, { code = "unsure", gives = ["item_unsure"] }]

[[card]]
id = "ONCE"
key = "detail.once"
kind = "choice"
item = "X2"
once = true
options = [{ n = "1", gives = ["itch"] }, { n = "2", gives = ["later_code"] }]

[[card]]
id = "LOOP"
key = "detail.loop"
kind = "choice"
item = "X2"
options = [{ n = "1", next = ["LOOP2"] }, { n = "2", next = ["LATER"] }, { n = "3" }]

[[card]]
id = "LOOP2"
key = "detail.loop2"
kind = "choice"
item = "X2"
options = [{ n = "1", next = ["LOOP"] }, { n = "2", next = ["LATER"] }]

[[card]]
id = "OK"
key = "check.ok"
kind = "choice"
item = "U"
options = [
  { n = "1", gives = ["doctor_ok_valid"] },
  { n = "2", gives = ["doctor_ok_missing"] },
  { n = "3", ok_else = ["long_ago", "relapse"], event_days = 10 },
  { n = "4", ok_else = ["itch", "relapse"], event_days = 10 },
  { n = "5", ok_else = ["itch", "clot"] },
]

[[card]]
id = "ONLY_MS"
key = "check.oms"
kind = "choice"
item = "X2"
for = ["ms"]
options = [{ n = "1" }]

[[card]]
id = "WIDE"
key = "check.w"
kind = "gate"
item = "X1"
overflow = "WIDE2"
lines = [LINES]

[[card]]
id = "WIDE2"
key = "check.w2"
kind = "gate"
item = "X1"
"""
ROUNDS = {
    "one_gate": '["G"]',
    "where": '["WHERE"]',
    "red": '["R"]',
    "reds": '["R", "G", "R_NEXT", "Q"]',
    "ticks": '["TICKS", "TICKS2", "ONLY_MS"]',
    "list": '["LIST"]',
    "ask": '["Q"]',
    "loop": '["LOOP"]',
    "ok": '["OK", "OK"]',
    "oks": '["OK", "LATE"]\nconfirm = true',
    "bare": '["G", "NOT_ONE", "LATE"]\nconfirm = true',
    "three": '["ONLY_MS", "LATE", "G"]',
    "when": '["ONLY_MS", "LATE"]\nwhen_unknown = ["LATE", "Q"]',
    "seen": '["SEEN"]',
    "stop": '["ONLY_MS", "LATE", "Q"]\nstop_at = "defer"',
    "sure": '["LATE", "Q"]\nconfirm = true',
    "gone": '["LATER", "LATE"]',
    "only_ms": '["ONLY_MS"]',
    "wide": '["WIDE", "LATE"]',
    "told": '["Q"]\nfacts = ["at_once"]',
    "p0": '["LATE", "TICKS", "TICKS2", "ONLY_MS"]',
}


def policy_with(lines: str = "") -> Policy:
    """The policy; `lines` of WIDE as "id:block:condition", each part but the first may be empty."""
    rows = []
    for line in lines.split():
        name, block, for_ = (*line.split(":"), "", "")[:3]
        extra = (f', block = "{block}"' if block else "") + (f', for = ["{for_}"]' if for_ else "")
        rows.append(f'{{ id = "{name}", n = "{name}", sets = ["at_once"]{extra} }}')
    phases = "".join(f"[phase.{name}]\ncards = {cards}\n" for name, cards in ROUNDS.items())
    reached = '[phase.all]\ncards = ["SEEN", "ONCE", "LOOP2", "WIDE2"]\n'
    texts = tiny_policy.texts(
        more=FINDINGS + CARDS.replace("[LINES]", f"[{', '.join(rows)}]") + phases + reached
    )
    same = """
options = [
  { n = "1", unless_known = ["red_line"] },
  { n = "1r", known = ["red_line"] },
  { n = "2", next = ["$line"] },
]
"""
    texts["u_unknown.toml"] = texts["u_unknown.toml"].replace('options = [{ n = "1" }]', same)
    confirm = 'options = [{ code = "right" }, { code = "change" }]'
    texts["u_unknown.toml"] = texts["u_unknown.toml"].replace('options = [{ code = "right" }]', confirm)
    texts["policy.toml"] = texts["policy.toml"].replace(
        'sure = ["at_once"]', 'sure = ["at_once", "red_line"]'
    )
    return tiny_policy.policy.load(texts)


def run(phase: str, *taps: str, facts: Facts | None = None, rules: Policy | None = None) -> Progress:
    """Where the round stands after these taps: of a client with MS and an OK unless `facts` says else."""
    rules, facts = rules or policy_with(), facts or about()
    answers: tuple[Answer, ...] = ()
    for tap in taps:
        answers = take(rules, phase, facts, answers, tap)
    return replay(rules, phase, facts, answers)


def asked(progress: Progress) -> str:
    """The card that waits, and its buttons without [Talk to a person]."""
    if progress.prompt is None:
        return progress.stop or ""
    return " ".join([f"{progress.prompt.card}:", *(o.name for o in progress.prompt.options[:-1])])


def found(progress: Progress) -> str:
    return " ".join(finding.code for finding in progress.findings)


STROKE = partial(about, ("stroke",))
GATE_G = "G: check.g.1 check.g.2 check.g.3 check.g.4 check.g.5 check.g.6 check.g.7"
TICKED = f"{GATE_G} thatsall still"
P0_OPEN = partial(about, None)

# round, facts, taps, what is asked next (or how it ended), codes in order
WALKS = [
    # a gate in one tap, or line by line
    ("red", about(), "", "R: none some unsure", ""),
    ("red", about(), "none", "complete", ""),
    ("red", about(), "some", "R: check.r.1 check.r.2 check.r.4 still", ""),
    ("red", STROKE(), "some", "R: check.r.1 check.r.2 check.r.3 check.r.4 still", ""),
    ("red", about(), "some check.r.1", "R: check.r.2 check.r.4 noothers still", "itch"),
    ("red", about(), "some check.r.1 noothers", "complete", "itch"),
    ("red", about(), "some check.r.1 still", "red_unsure", "itch red_flag_unsure"),
    ("red", about(), "some still", "red_unsure", "red_flag_unsure"),
    ("red", about(), "some check.r.4 noothers", "complete", "cold"),
    ("red", about(), "unsure check.r.4 noothers", "complete", "fever"),  # reached by not sure
    ("red", about(), "some check.r.2", "SEEN: detail.seen.1 detail.seen.2 detail.seen.3 unsure", ""),
    ("red", about(), "some check.r.2 yes", "urgent", "chest_pain"),
    ("red", about(), "some check.r.2 no", "R: check.r.1 check.r.4 noothers still", "itch"),
    ("red", about(), "some check.r.2 detail.seen.3", "urgent", "hot_leg"),
    ("red", about(), "some check.r.1 check.r.2 no check.r.4", "complete", "itch itch cold"),
    ("list", about(), "", "LIST: check.l.1 check.l.2 still", ""),
    ("list", about(), "check.l.1", "LIST: check.l.2 noothers still", "itch"),
    ("list", about(), "check.l.2 yes", "LIST: check.l.1 noothers still", "cold"),
    ("list", about(), "still", "complete", ""),
    # after a red flag not sure only the red cards are asked
    ("reds", about(), "none", "G: none some unsure", ""),
    ("reds", about(), "none none", "R_NEXT: none some unsure", "long_ago"),
    ("reds", about(), "some still", "R_NEXT: none some unsure", "red_flag_unsure"),
    ("reds", about(), "some still none", "red_unsure", "red_flag_unsure"),
    # a gate that is ticked
    ("one_gate", about(), "none", "complete", "long_ago"),
    (
        "one_gate",
        about(),
        "some",
        f"{GATE_G} still",
        "",
    ),
    (
        *("one_gate", about(), "some check.g.2"),
        *(TICKED, ""),
    ),
    ("one_gate", about(), "some check.g.2 thatsall", "complete", "itch fever long_ago"),
    (
        "one_gate",
        about(),
        "some check.g.2 check.g.2 still",
        "ONCE: detail.once.1 detail.once.2",
        "item_unsure cold",
    ),
    ("one_gate", about(), "some still detail.once.1", "complete", "item_unsure cold itch"),
    ("one_gate", STROKE(), "some still", "complete", "item_unsure fever"),
    ("one_gate", STROKE(), "unsure check.g.2 still", "complete", "itch fever item_unsure fever"),
    ("one_gate", about(), "some check.g.1 thatsall yes", "complete", "cold long_ago"),
    (
        "one_gate",
        about(),
        "some check.g.5 thatsall",
        "complete",
        "item_unsure long_ago",
    ),  # says nothing: a person
    # what was tapped before, and what is known, changes what a line means
    ("one_gate", about(), "some check.g.4 thatsall", "complete", "cold long_ago"),
    ("one_gate", about(), "some check.g.2 check.g.4 thatsall", "complete", "itch fever clot long_ago"),
    ("one_gate", about(), "some check.g.4 check.g.3 thatsall", "complete", "clot long_ago"),
    ("one_gate", STROKE(), "some check.g.4 thatsall", "complete", "relapse long_ago"),
    # a card that is asked at most once
    ("one_gate", about(), "some check.g.6 thatsall", "ONCE: detail.once.1 detail.once.2", ""),
    ("one_gate", about(), "some check.g.6 thatsall detail.once.1", "complete", "itch long_ago"),
    ("one_gate", about(), "some check.g.6 still detail.once.1", "complete", "itch item_unsure cold"),
    # lists of conditions
    ("ticks", P0_OPEN(), "", "TICKS: check.t.1 check.t.2 none unsure", ""),
    ("ticks", P0_OPEN(), "check.t.1", "TICKS: check.t.1 check.t.2 thatsall unsure", ""),
    ("ticks", P0_OPEN(), "check.t.1 thatsall", "TICKS2: check.t2.3 none unsure", ""),
    ("ticks", P0_OPEN(), "check.t.1 thatsall none", "ONLY_MS: check.oms.1", ""),
    ("ticks", P0_OPEN(), "none none", "complete", ""),
    ("ticks", P0_OPEN(), "check.t.2 thatsall none", "complete", ""),
    ("ticks", P0_OPEN(), "check.t.2 unsure none", "ONLY_MS: check.oms.1", "conditions_unsure"),
    # a question
    ("ask", about(), "", "Q: check.q.1 check.q.3", ""),
    ("ask", STROKE(), "", "Q: check.q.1 check.q.2 check.q.3", ""),
    ("ask", about(), "check.q.1", "Q: check.q.3 nothing", "itch"),
    ("ask", about(), "check.q.1 nothing", "LATE: check.late.1 unsure", "itch"),
    ("ask", about(), "check.q.1 check.q.3", "LATE: check.late.1 unsure", "itch long_ago"),
    ("ask", about(), "check.q.1 check.q.3 check.late.1", "complete", "itch long_ago cold"),
    ("ask", about(noted=frozenset({"pregnant"})), "check.q.3 nothing", "complete", "fever"),
    ("told", about(), "check.q.3 nothing", "complete", "cold"),  # a fact of the round itself
    # cards that lead to each other go to a person, and so does one of a later policy
    ("loop", about(), "detail.loop.3", "complete", ""),
    ("loop", about(), "detail.loop.1", "LOOP2: detail.loop2.1 detail.loop2.2", ""),
    (
        "loop",
        about(),
        "detail.loop.1 detail.loop2.1 detail.loop.1 detail.loop2.1 detail.loop.3",
        "complete",
        "",
    ),
    (
        *("loop", about(), "detail.loop.1 detail.loop2.1 detail.loop.1 detail.loop2.1 detail.loop.1"),
        *("complete", "item_unsure"),
    ),
    ("loop", about(), "detail.loop.2", "complete", "item_unsure"),
    # how the gate was opened counts for its own lines, and no longer behind a question
    ("where", about(), "some check.h.4 thatsall", "complete", "cold"),
    ("where", about(), "unsure check.h.4 thatsall", "complete", "fever"),
    ("where", about(), "unsure check.h.5 thatsall detail.then.1", "THEN2: detail.then2.1 still", ""),
    ("where", about(), "unsure check.h.5 thatsall detail.then.1 detail.then2.1 thatsall", "complete", "cold"),
    # only the first card is opened by [Not sure], what follows by an answer
    ("where", about(), "unsure check.h.5 thatsall detail.then.2 detail.then3.1", "complete", "cold"),
    # a gate that a line opens shows its lines at once
    ("where", about(), "some check.h.1 thatsall", "R_NEXT: check.rn.1 still", ""),
    ("where", about(), "some check.h.1 thatsall check.rn.1", "complete", "cold"),
    ("where", about(), "some check.h.2 thatsall", "SPOTS: detail.spots.1 still", ""),
    ("where", about(), "some check.h.2 thatsall detail.spots.1", "SPOTS: detail.spots.1 thatsall still", ""),
    ("gone", about(), "", "LATE: check.late.1 unsure", "item_unsure"),
    # what is asked of whom
    ("three", about(), "", "ONLY_MS: check.oms.1", ""),
    ("three", STROKE(), "", "LATE: check.late.1 unsure", ""),
    ("only_ms", about(), "", "ONLY_MS: check.oms.1", ""),
    ("only_ms", STROKE(), "", "complete", ""),
    ("when", about(), "", "ONLY_MS: check.oms.1", ""),
    ("when", P0_OPEN(), "", "LATE: check.late.1 unsure", ""),
    ("when", P0_OPEN(), "unsure", "Q: check.q.1 check.q.2 check.q.3", "item_unsure"),
    ("when", P0_OPEN(), "unsure check.q.2 nothing", "ONLY_MS: check.oms.1", "item_unsure cold"),
    ("when", P0_OPEN(), "unsure check.q.2 nothing check.oms.1", "complete", "item_unsure cold"),
    # a round that ends early
    ("stop", about(), "check.oms.1", "LATE: check.late.1 unsure", ""),
    ("stop", about(), "check.oms.1 check.late.1", "complete", "cold"),
    # what changes the visit is confirmed
    ("sure", about(), "check.late.1 check.q.1 nothing", "CONFIRM: right change", "cold itch"),
    ("sure", about(), "check.late.1 check.q.1 nothing right", "complete", "cold itch"),
    ("oks", about(), "check.ok.4 check.late.1 right", "complete", "relapse cold"),
]


@pytest.mark.parametrize(
    ("phase", "facts", "taps", "next_", "given"), WALKS, ids=[f"{row[0]} {row[2]}" for row in WALKS]
)
def test_a_way_through_a_round(phase: str, facts: Facts, taps: str, next_: str, given: str) -> None:
    progress = run(phase, *taps.split(), facts=facts)
    assert (asked(progress), found(progress)) == (next_, given)


# --- what is shown ---

NONE, SOME, UNSURE, PERSON = (Option(name, f"button.{name}") for name in ("none", "some", "unsure", "person"))
STILL, ALL, OTHERS, NOTHING = (
    Option(name, f"button.{name}") for name in ("still", "thatsall", "noothers", "nothing")
)
DAYS = {"since_date": day(-30), "date_72h": day(-2)}  # the visit is tomorrow


def line(name: str, *, chosen: bool = False) -> Option:
    return Option(name, f"{name}.b", chosen=chosen)


def shown(card: str, key: str, *options: Option, lines: tuple[str, ...] = (), **more: object) -> Prompt:
    """A card of which nothing else is said: not the first, not red, opened by nobody."""
    given: dict[str, object] = {
        "about": None,
        "above": (),
        "number": None,
        "total": None,
        "red": False,
        "first": False,
        "params": DAYS,
        **more,
    }
    return Prompt(card, key, lines=lines, options=(*options, PERSON), **given)  # type: ignore[arg-type]


def test_a_red_gate_and_the_cards_behind_it() -> None:
    three = ("check.r.1", "check.r.2", "check.r.4")
    gate = partial(shown, "R", "check.r", above=("detail.now",), red=True, first=True, number=1, total=1)
    assert run("red").prompt == gate(NONE, SOME, UNSURE, lines=three)
    listed = gate(*map(line, three), STILL, lines=three)
    assert run("red", "some").prompt == replace(listed, begun=True)
    left = gate(line(three[1]), line(three[2]), OTHERS, STILL, lines=three[1:], first=False)
    assert run("red", "some", "check.r.1").prompt == left
    options = (
        Option("detail.seen.1", "detail.seen.1.b", alias="yes"),
        Option("detail.seen.2", "detail.seen.2.b", "detail.seen.2", alias="no"),
        Option("detail.seen.3", "detail.seen.3.b"),
        UNSURE,
    )
    assert run("red", "some", "check.r.2").prompt == shown("SEEN", "detail.seen", *options, about="check.r.2")


def test_a_tick_list_shows_what_is_chosen() -> None:
    ms, stroke = "check.t.1", "check.t.2"
    ticks = partial(shown, "TICKS", "check.t", lines=(ms, stroke), number=1, first=True)
    facts = about(None)
    assert run("ticks", facts=facts).prompt == ticks(line(ms), line(stroke), NONE, UNSURE)
    both = ticks(line(ms, chosen=True), line(stroke, chosen=True), ALL, UNSURE, begun=True)
    assert run("ticks", ms, stroke, facts=facts).prompt == both
    assert run("ticks", ms, stroke, stroke, facts=facts).prompt == ticks(
        line(ms, chosen=True), line(stroke), ALL, UNSURE, begun=True
    )
    gate = run("one_gate", "some", "check.g.2").prompt
    assert gate is not None
    assert [option.name for option in gate.options if option.chosen] == ["check.g.2"]
    assert gate.first


def test_a_list_that_a_line_opened_says_which() -> None:
    ticks = partial(shown, "SPOTS", "detail.spots", about="check.h.2", lines=("detail.spots.1",))
    opened = ("some", "check.h.2", "thatsall")
    assert run("where", *opened).prompt == ticks(line("detail.spots.1"), STILL)
    spot = line("detail.spots.1", chosen=True)
    assert run("where", *opened, "detail.spots.1").prompt == ticks(spot, ALL, STILL, begun=True)
    first = run("where", "some", "check.h.1", "thatsall").prompt
    assert first is not None
    assert first.about == "check.h.1"


def test_a_question_shows_its_words() -> None:
    first = Option("check.q.1", "check.q.1.b")
    plain = Option("check.q.3", "check.q.3.b", "check.q.3")
    ask = partial(shown, "Q", "check.q", number=1, total=1, first=True)
    assert run("ask").prompt == ask(first, plain)
    pregnant = replace(plain, words="check.q.3x")
    assert run("ask", facts=about(noted=frozenset({"pregnant"}))).prompt == ask(first, pregnant)
    cold = run("told")  # a case without words of its own keeps those of the option
    assert cold.prompt == ask(first, plain)
    assert run("ask", "check.q.1").prompt == ask(plain, NOTHING, first=False)


def test_the_words_may_say_how_the_card_was_opened() -> None:
    for start, words in (("unsure", "detail.then.1x"), ("some", None)):
        prompt = run("where", start, "check.h.5", "thatsall").prompt
        assert prompt is not None
        assert prompt.options[0].words == words


def test_days_are_counted_from_the_visit_or_from_today() -> None:
    prompt = run("red", facts=about(session_day=None)).prompt
    assert prompt is not None
    assert prompt.params == {"since_date": day(-30), "date_72h": day(-3)}


@pytest.mark.parametrize(
    ("phase", "facts", "taps", "place"),
    [
        ("three", about(), "", (1, 3)),
        ("three", about(), "check.oms.1", (2, 3)),
        ("three", about(), "check.oms.1 check.late.1", (3, 3)),
        ("three", about(), "check.oms.1 check.late.1 some", (3, 3)),
        (
            "three",
            about(),
            "check.oms.1 check.late.1 some check.g.1 thatsall",
            (None, None),
        ),  # behind the gate
        ("three", STROKE(), "", (1, 2)),
        ("red", about(), "some check.r.2", (None, None)),
        ("red", about(), "some check.r.2 no", (1, 1)),  # back on the gate
        # while P0 is ahead nobody knows how many there will be
        ("p0", P0_OPEN(), "", (1, None)),
        ("p0", P0_OPEN(), "check.late.1", (2, None)),
        ("p0", P0_OPEN(), "check.late.1 none", (3, None)),
        ("p0", P0_OPEN(), "check.late.1 check.t.1 thatsall none", (4, 4)),
        ("sure", about(), "check.late.1 check.q.1 nothing", (None, None)),
    ],
)
def test_a_card_says_which_of_how_many(
    phase: str, facts: Facts, taps: str, place: tuple[int | None, int | None]
) -> None:
    prompt = run(phase, *taps.split(), facts=facts).prompt
    assert prompt is not None
    assert (prompt.number, prompt.total) == place


@pytest.mark.parametrize(
    ("lines", "facts", "first", "second"),
    [
        ("1 2 3 4 5 6 7 8 9", about(), "1 2 3 4 5 6 7 8 9", ""),
        ("1 2 3 4 5 6 7 8 9 10", about(), "1 2 3 4 5 6 7 8 9", "10"),
        ("1 2 3 4 5 6 7 8 9 10 11", about(), "1 2 3 4 5 6 7 8 9", "10 11"),
        ("1 2 3 4 5 6 7 8:foot 9:foot 10:foot 11", about(), "1 2 3 4 5 6 7", "8 9 10 11"),
        ("1 2 3 4 5 6 7 8:hand 9:foot 10:foot 11", about(), "1 2 3 4 5 6 7 8", "9 10 11"),
        ("1 2 3 4 5 6 7 8 9:hand 10:foot", about(), "1 2 3 4 5 6 7 8 9", "10"),
        ("1 2::stroke 3 4 5 6 7 8 9 10", about(), "1 3 4 5 6 7 8 9 10", ""),
        ("1 2::stroke 3 4 5 6 7 8 9 10", STROKE(), "1 2 3 4 5 6 7 8 9", "10"),
        # a body part that fills a card by itself still leaves a line on the first
        (" ".join(f"{n}:foot" for n in range(1, 11)), about(), "1", "2 3 4 5 6 7 8 9 10"),
        ("1::stroke", about(), "", ""),  # a gate without a line is not asked
    ],
)
def test_a_long_gate_goes_on_to_a_second_card(lines: str, facts: Facts, first: str, second: str) -> None:
    rules = policy_with(lines)
    asked_of: dict[str, str] = {}
    taps: list[str] = []
    while (prompt := run("wide", *taps, facts=facts, rules=rules).prompt) and prompt.card != "LATE":
        asked_of[prompt.card] = " ".join(key.removeprefix("check.w.") for key in prompt.lines)
        taps.append("none")
    want = {"WIDE": first, "WIDE2": second}
    assert asked_of == {card: lines for card, lines in want.items() if lines}


def test_a_line_that_only_now_fits_is_asked_on_the_second_card() -> None:
    rules = policy_with("1 2::stroke")
    late = replace(
        rules, phases={**rules.phases, "wide": replace(rules.phases["wide"], cards=("WIDE", "TICKS"))}
    )
    progress = run("wide", "none", "check.t.2", "thatsall", rules=late)
    assert progress.prompt is not None
    assert (progress.prompt.card, progress.prompt.lines) == ("WIDE2", ("check.w.2",))
    assert run("wide", "none", "check.t.2", "thatsall", "none", rules=late).complete


def test_a_gate_without_a_second_card_comes_again_with_what_only_now_fits() -> None:
    rules = policy_with()
    rules = replace(rules, phases={**rules.phases, "red": replace(rules.phases["red"], cards=("R", "TICKS"))})
    progress = run("red", "none", "check.t.2", "thatsall", rules=rules)
    assert progress.prompt is not None
    assert (progress.prompt.card, progress.prompt.lines) == ("R", ("check.r.3",))


# --- what a tap gives ---


@pytest.mark.parametrize(
    ("phase", "taps", "finding"),
    [
        ("red", "some check.r.1", Finding("itch", "X2", "check.r.1", "check.r.1")),
        ("red", "some check.r.2 no", Finding("itch", "X2", "check.r.2", "check.r.2")),
        (
            *("red", "some check.r.2 yes"),
            Finding("chest_pain", "X2", "check.r.2", "check.r.2", says=("detail.call",)),
        ),
        ("red", "some check.r.2 detail.seen.3", Finding("hot_leg", "X2", "check.r.2", "check.r.2", Tier.E)),
        ("red", "some still", Finding("red_flag_unsure", "X2")),
        # not sure of a line: its own words, under the item of the card
        ("red", "some check.r.2 unsure", Finding("red_flag_unsure", "X2", "check.r.2", "check.r.2")),
        ("ask", "check.q.1", Finding("itch", "X2", "check.q.1")),
        # no line opened the card, so that there is no code to give
        ("seen", "yes", Finding("item_unsure", "X2", "detail.seen.1", says=("detail.call",))),
        ("three", "check.oms.1 unsure", Finding("item_unsure", "X2", "button.unsure")),
        ("one_gate", "none", Finding("long_ago", "X2")),
        ("one_gate", "some still detail.once.1", Finding("item_unsure", "X1")),
        (
            *("one_gate", "some check.g.5 thatsall"),
            Finding("item_unsure", "X1", "check.g.5", "check.g.5", wanted="G5"),
        ),
        ("loop", "detail.loop.2", Finding("item_unsure", "LATER", wanted="LATER")),
        (
            *("loop", "detail.loop.1 detail.loop2.1 detail.loop.1 detail.loop2.1 detail.loop.1"),
            Finding("item_unsure", "LOOP", wanted="LOOP2"),
        ),
        ("loop", "detail.loop.1 detail.loop2.2", Finding("item_unsure", "LOOP2", wanted="LATER")),
        (
            *("where", "some check.h.3 thatsall"),
            Finding("item_unsure", "LATER", line="check.h.3", wanted="LATER"),
        ),
        ("where", "some check.h.2 thatsall still", Finding("item_unsure", "X2", line="check.h.2")),
        ("where", "some check.h.1 thatsall still", Finding("red_flag_unsure", "X2", line="check.h.1")),
        ("gone", "", Finding("item_unsure", "LATER", wanted="LATER")),
        (
            *("one_gate", "some still detail.once.2"),
            Finding("item_unsure", "X2", "detail.once.2", wanted="later_code"),
        ),
    ],
)
def test_what_is_found_is_kept_with_the_words_of_the_client(phase: str, taps: str, finding: Finding) -> None:
    assert finding in run(phase, *taps.split()).findings


def test_a_condition_without_rows_goes_to_a_person() -> None:
    facts = about(("ms", "lyme"), named=frozenset({"arthritis"}))
    findings = run("ask", facts=facts).findings
    assert findings == (
        Finding("item_unsure", "P0", wanted="arthritis"),
        Finding("item_unsure", "P0", wanted="lyme"),
    )
    later = replace(policy_with(), not_yet=frozenset({"stroke"}))
    told = run("ticks", "check.t.2", "thatsall", rules=later)
    assert Finding("item_unsure", "P0", wanted="stroke") in told.findings
    assert run("ask", facts=about(None)).findings == ()


def test_the_same_answer_twice_is_found_once() -> None:
    assert found(run("one_gate", "some", "check.g.6", "check.g.2", "thatsall", "detail.once.1")) == (
        "itch fever itch long_ago"
    )
    rules = policy_with()
    twice = replace(rules, phases={**rules.phases, "ok": replace(rules.phases["ok"], cards=("R", "R_NEXT"))})
    assert found(run("ok", "some", "still", "some", "still", rules=twice)) == "red_flag_unsure"


def test_what_was_learned_goes_to_the_profile() -> None:
    progress = run("ticks", "check.t.1", "thatsall", "check.t2.3", "thatsall", facts=about(None))
    assert progress.learned == {"ms", "pregnant", "at_once"}
    assert progress.conditions == {"ms"}
    assert run("ticks", "check.t.1", facts=about(None)).conditions is None
    assert run("one_gate", "some", "check.g.3", "thatsall").learned == {"pregnant"}


# --- an OK, a settled matter, a slip ---


def an_ok(days_ago: int) -> Ok:
    return Ok(day(-days_ago), day(100))


@pytest.mark.parametrize(
    ("facts", "taps", "given"),
    [
        (about(ok=an_ok(10)), "check.ok.3", "long_ago"),
        (about(ok=an_ok(11)), "check.ok.3", "relapse"),
        (about(ok=an_ok(10)), "check.ok.4", "itch"),
        (about(ok=None), "check.ok.3", "relapse"),
        # never an OK, as told: none can be older than an event of long ago; with a newer event it matters
        (about(ok=None), "check.ok.2 check.ok.3", "doctor_ok_missing long_ago"),
        (about(ok=None), "check.ok.2 check.ok.4", "doctor_ok_missing relapse"),
        (about(ok=None), "check.ok.1 check.ok.4", "doctor_ok_valid itch"),
        (about(), "check.ok.5", "clot"),
        (about(letters=(Letter("clot", day(-400), day(1)),)), "check.ok.5", "itch"),
    ],
)
def test_an_ok_on_file_answers_what_is_older(facts: Facts, taps: str, given: str) -> None:
    rules = policy_with()
    both = replace(rules.cards["OK"], multi=True)
    rules = replace(rules, cards={**rules.cards, "OK": both})
    assert found(run("ok", *taps.split(), facts=facts, rules=rules)) == given


@pytest.mark.parametrize(
    ("facts", "taps", "confirmed"),
    [
        (about(), "check.ok.1 unsure", "check.late.unsure"),
        (about(), "check.ok.1 check.late.1", "check.late.1"),
        (about(), "check.ok.2 check.late.1", "check.ok.2 check.late.1"),
        (about(), "check.ok.2 unsure", "check.ok.2 check.late.unsure"),
        (about(), "check.ok.4 check.late.1", "check.ok.4 check.late.1"),
    ],
)
def test_all_that_changes_the_visit_is_confirmed_in_the_words_of_the_client(
    facts: Facts, taps: str, confirmed: str
) -> None:
    prompt = run("oks", *taps.split(), facts=facts).prompt
    assert prompt == shown(
        *("CONFIRM", "check.confirm", Option("right", "button.right"), Option("change", "button.change")),
        params={**DAYS, "told": tuple(confirmed.split())},
    )


@pytest.mark.parametrize(
    ("facts", "asked_"),
    [
        (about(), True),  # an OK counts, and the client says there is none
        (about(ok=None), True),  # nobody knew
        (about(ok=None, on_file=frozenset({"doctor_ok_missing"})), False),  # "not yet" changes nothing
        (about(ok=an_ok(1), on_file=frozenset({"doctor_ok_missing"})), False),
        (about(ok=Ok(day(-400), day(-35))), False),
        (about(ok=replace(an_ok(1), voided=True)), False),
    ],
)
def test_no_ok_yet_is_confirmed_only_where_it_changes_the_visit(facts: Facts, asked_: bool) -> None:
    rules = policy_with()
    alone = replace(rules, phases={**rules.phases, "oks": replace(rules.phases["oks"], cards=("OK",))})
    prompt = run("oks", "check.ok.2", facts=facts, rules=alone).prompt
    assert (prompt is not None) is asked_


def test_what_changes_nothing_is_not_confirmed() -> None:
    rules = policy_with()
    calm = replace(rules, phases={**rules.phases, "sure": replace(rules.phases["sure"], cards=("Q",))})
    assert run("sure", "check.q.1", "nothing", "unsure", rules=calm).prompt is not None
    assert run("sure", "check.q.3", "nothing", rules=calm).complete
    assert run("ask", "check.q.1", "nothing", "check.late.1").complete  # a round without it


SETTLED = about(settled={"check.g.1": day(-9), "check.r.1": day(-5)})
SAME = Option("detail.dsame.1", "detail.dsame.1.b"), Option("detail.dsame.2", "detail.dsame.2.b")


def test_a_settled_matter_is_asked_about_first() -> None:
    ticked = ("some", "check.g.1", "thatsall")
    prompt = run("one_gate", *ticked, facts=SETTLED).prompt
    assert prompt == shown(
        "DSAME", "detail.dsame", *SAME, about="check.g.1", number=1, total=1, params={**DAYS, "date": day(-9)}
    )
    same = run("one_gate", *ticked, "detail.dsame.1", facts=SETTLED)
    assert (same.stop, found(same)) == ("complete", "long_ago")
    worse = run("one_gate", *ticked, "detail.dsame.2", "yes", facts=SETTLED)
    assert worse.findings[0] == Finding(
        "cold", "X2", "check.g.1", "check.g.1", says=("detail.call",), fresh=True
    )
    other = run("one_gate", "some", "check.g.2", "thatsall", facts=SETTLED)
    assert [finding.fresh for finding in other.findings] == [False, False, False]


def test_a_settled_matter_behind_a_new_one_does_not_make_that_new() -> None:
    both = run(
        "one_gate", "some", "check.g.1", "check.g.2", "thatsall", "detail.dsame.2", "no", facts=SETTLED
    )
    assert [(f.code, f.line, f.fresh) for f in both.findings] == [
        ("itch", "check.g.1", True),
        ("itch", "check.g.2", False),
        ("fever", "check.g.2", False),
        ("long_ago", None, False),
    ]


def test_what_is_told_behind_a_matter_that_came_back_is_new_too() -> None:
    facts = about(settled={"check.h.2": day(-9)})
    back = ("some", "check.h.2", "thatsall", "detail.dsame.2", "detail.spots.1", "thatsall")
    (itch,) = run("where", *back, facts=facts).findings
    assert (itch.code, itch.line, itch.fresh) == ("itch", "detail.spots.1", True)


def test_a_settled_red_flag_has_an_option_of_its_own() -> None:
    prompt = run("red", "some", "check.r.1", facts=SETTLED).prompt
    assert prompt is not None
    assert [option.name for option in prompt.options] == ["detail.dsame.1r", "detail.dsame.2", "person"]
    assert not run("red", "some", "check.r.1", "detail.dsame.1r", "noothers", facts=SETTLED).findings
    assert found(run("red", "some", "check.r.1", "detail.dsame.2", facts=SETTLED)) == "itch"


@pytest.mark.parametrize(
    ("taps", "told"),
    [
        # the same code by a line of its own is told by that line
        ("unsure still detail.once.1 none check.late.1", ("check.g.unsure", "check.late.1")),
        # a list without one of its lines is no "not sure"
        ("none none check.late.1", ("check.late.1",)),
    ],
)
def test_a_bare_not_sure_is_read_back_by_its_card(taps: str, told: tuple[str, ...]) -> None:
    prompt = run("bare", *taps.split()).prompt
    assert prompt is not None
    assert (prompt.card, prompt.params["told"]) == ("CONFIRM", told)


def slip(*taps: str, then: tuple[str, ...]) -> Progress:
    """A line tapped and taken back with [Change an answer], and what came after."""
    rules, answers = policy_with(), ()
    for tap in taps:
        answers = take(rules, "red", about(), answers, tap)
    answers = (*(replace(answer, withdrawn=True) for answer in answers),)
    for tap in then:
        answers = take(rules, "red", about(), answers, tap)
    return replay(rules, "red", about(), answers)


@pytest.mark.parametrize(
    ("taps", "then", "given"),
    [
        (("some", "check.r.1"), ("none",), [("answers_conflict", "check.r.1")]),
        (("some", "check.r.1"), ("some", "check.r.1", "noothers"), [("itch", "check.r.1")]),
        (
            ("some", "check.r.1"),
            ("some", "check.r.4", "noothers"),
            [("cold", "check.r.4"), ("answers_conflict", "check.r.1")],
        ),
        (
            ("some", "check.r.1"),
            ("some", "check.r.2", "no", "check.r.4", "noothers"),
            [("itch", "check.r.2"), ("cold", "check.r.4"), ("answers_conflict", "check.r.1")],
        ),
        (("none",), ("none",), []),
        (("some",), ("none",), []),
    ],
)
def test_a_red_line_that_was_taken_back_is_not_forgotten(
    taps: tuple[str, ...], then: tuple[str, ...], given: list[tuple[str, str]]
) -> None:
    progress = slip(*taps, then=then)
    assert [(found.code, found.told) for found in progress.findings] == given
    assert all(finding.line == finding.told for finding in progress.findings)
    conflict = [finding for finding in progress.findings if finding.code == "answers_conflict"]
    assert conflict in ([], [Finding("answers_conflict", "X2", "check.r.1", "check.r.1")])


def test_only_a_red_line_of_this_card_is_missed() -> None:
    back = Answer("LIST", None, ("check.l.1",), withdrawn=True)
    asked_again = replay(policy_with(), "list", about(), (back, Answer("LIST", None, ("check.l.2",))))
    assert not asked_again.findings
    other = Answer("R_NEXT", None, ("some", "check.r.1"), withdrawn=True)
    assert not replay(policy_with(), "red", about(), (other, Answer("R", None, ("none",)))).findings


# --- answers that no longer fit ---


def said(card: str, *chosen: str, about_: str | None = None, back: bool = False) -> Answer:
    return Answer(card, about_, chosen, back)


@pytest.mark.parametrize(
    ("answers", "counted", "next_"),
    [
        ([], 0, "R: none some unsure"),
        ([said("R", "none")], 1, "G: none some unsure"),
        ([said("R", "none", back=True)], 0, "R: none some unsure"),
        ([said("R", "none", back=True), said("R", "none")], 1, "G: none some unsure"),
        ([said("R", "none"), said("Q", "check.q.1")], 1, "G: none some unsure"),  # another card
        ([said("R", "none", about_="check.r.1")], 0, "R: none some unsure"),  # opened by another line
        ([said("R", "gone")], 0, "R: none some unsure"),  # no longer offered
        ([said("R", "person")], 0, "R: none some unsure"),
        ([said("R", "gone"), said("R", "none")], 0, "R: none some unsure"),
        # an answer that was not ended waits for its next tap, and what came later does not count
        ([said("R", "some")], 1, "R: check.r.1 check.r.2 check.r.4 still"),
        ([said("R", "some"), said("R", "none")], 1, "R: check.r.1 check.r.2 check.r.4 still"),
        ([said("R", "none", "none")], 1, "G: none some unsure"),  # one tap too many
        ([said("R", "some", "check.r.1"), said("R", "noothers")], 2, "G: none some unsure"),
        ([said("R", "some", "check.r.1", "noothers")], 1, "R: check.r.2 check.r.4 noothers still"),
        (
            [said("R", "none"), said("G", "some", "check.g.2", "gone")],
            2,
            TICKED,
        ),
        ([said("R", "none"), said("G", "some", "check.g.2")], 2, TICKED),
        (
            [said("R", "some", "check.r.2"), said("SEEN", "detail.seen.2", about_="check.r.2")],
            *(2, "R: check.r.1 check.r.4 noothers still"),
        ),
        (
            [said("R", "some", "check.r.2"), said("SEEN", "detail.seen.2", about_="check.r.4")],
            *(1, "SEEN: detail.seen.1 detail.seen.2 detail.seen.3 unsure"),
        ),
    ],
)
def test_answers_count_as_far_as_they_fit(answers: list[Answer], counted: int, next_: str) -> None:
    progress = replay(policy_with(), "reds", about(), answers)
    assert asked(progress) == next_
    assert len(progress.answers) == counted
    assert not any(answer.withdrawn for answer in progress.answers)


def test_of_an_answer_the_taps_count_that_fit() -> None:
    told = (said("R", "none"), said("G", "some", "check.g.2", "gone"))
    counted = replay(policy_with(), "reds", about(), told).answers
    assert counted == (said("R", "none"), said("G", "some", "check.g.2"))


def test_after_the_end_of_a_round_nothing_more_counts() -> None:
    urgent = [said("R", "some", "check.r.2"), said("SEEN", "detail.seen.1", about_="check.r.2")]
    progress = replay(policy_with(), "reds", about(), [*urgent, said("G", "none")])
    assert (progress.stop, progress.complete, progress.prompt) == ("urgent", False, None)
    assert progress.answers == tuple(urgent)


def test_what_no_longer_fits_is_kept_as_withdrawn() -> None:
    rules = policy_with()
    answers = (said("R", "none", back=True), said("R", "none"), said("Q", "check.q.1"))
    taken = take(rules, "reds", about(), answers, "none")
    assert taken == (
        said("R", "none", back=True),
        said("R", "none"),
        said("Q", "check.q.1", back=True),
        said("G", "none"),
    )
    more = take(
        rules, "reds", about(), (said("R", "none"), said("G", "some", "check.g.2", "gone")), "check.g.3"
    )
    assert more == (said("R", "none"), said("G", "some", "check.g.2", "check.g.3"))


def test_change_is_no_answer_of_its_own() -> None:
    told = (said("LATE", "check.late.1"), said("Q", "check.q.1"), said("Q", "nothing"))
    waiting = replay(policy_with(), "sure", about(), told)
    assert (asked(waiting), waiting.stop) == ("CONFIRM: right change", None)
    assert replay(policy_with(), "sure", about(), (*told, said("CONFIRM", "change"))) == waiting


def test_only_what_is_offered_is_taken() -> None:
    rules = policy_with()
    for name in ("check.r.1", "still", "yes", ""):
        with pytest.raises(NotOffered):
            take(rules, "red", about(), (), name)
    assert take(rules, "red", about(), (), "person") == ()
    opened = (said("R", "some", "check.r.2"),)
    assert take(rules, "red", about(), opened, "no") == (
        *opened,
        said("SEEN", "detail.seen.2", about_="check.r.2"),
    )
