"""A policy of a few cards as FHIR, whole: the form, a round answered in it, and flags."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from screening.fhir import Systems, instant
from screening.fhir_flags import bundle, flags
from screening.fhir_questionnaire import questionnaire
from screening.fhir_response import NotFinished, response
from screening.hold_rows import HoldView
from screening.on_file import NoteView
from screening.policy import LiftBy, Outcome, Slot, Tier, When
from screening.questionnaire import Facts
from screening.saved_facts import plain
from tests.screening import tiny_policy
from tests.screening.forms import walk

SMALL = tiny_policy.load(
    more="""
[[item]]
id = "X2"
section = "C"
when = "BS"
findings = [
  { code = "cold", outcome = "defer", group = "review" },
  { code = "itch", outcome = "caution", no_note = true },
]

[[card]]
id = "B"
key = "check.b"
kind = "gate"
item = "X2"
for = ["ms"]
above = ["check.above"]
overflow = "B2"
still = { gives = ["red_flag_unsure"] }
still_also = [{ for = ["stroke"], gives = ["cold"], next = ["DEEP"] }]
lines = [
  { id = "B1", n = "1", opens = "DET", gives = ["cold"], cases = [
    { known = ["ms"], gives = ["itch"], next = ["LATER"] },
  ] },
  { id = "B3", n = "3", for = ["at_once"], unless = ["stroke"], unless_known = ["pregnant"], opens = "DEEP" },
]

[[card]]
id = "B2"
key = "check.b2"
kind = "list"
item = "X2"
lines = [{ id = "B5", n = "5", known = ["stroke"], gives = ["cold"] }]

[[card]]
id = "T"
key = "check.t"
kind = "ticks"
item = "T"
none = { gives = ["itch"], later = ["END"] }
still = { gives = ["conditions_unsure"] }
lines = [{ id = "T1", n = "1", sets = ["ms"], opens = "SOLE" }]

[[card]]
id = "DET"
key = "detail.det"
kind = "choice"
item = "X2"
multi = true
options = [
  { n = "1", words = true, gives = ["$line", "itch"], next = ["DEEP"], cases = [
    { tapped = ["B3"], gives = ["cold"] },
  ] },
  { n = "2", ok_else = ["itch", "cold"] },
  { n = "3", sets = ["pregnant"] },
  { code = "unsure", gives = ["cold"] },
]

[[card]]
id = "DEEP"
key = "detail.deep"
kind = "choice"
item = "X2"
options = [{ n = "1", gives = ["itch"], next = ["DET"] }, { code = "no" }]

[[card]]
id = "SOLE"
key = "detail.sole"
kind = "choice"
item = "X2"
options = [{ code = "no", gives = ["itch"] }]

[[card]]
id = "END"
key = "check.end"
kind = "choice"
item = "X2"
options = [{ code = "no" }]

[phase.small]
cards = ["B", "T", "DET"]
when_unknown = ["T"]
confirm = true

[phase.other]
cards = ["T", "B2", "B"]
"""
)
HERE = Systems()
CLIENT = HERE.client("c1")


def say(key: str) -> str:
    return f"<{key}>"


def short(value: Any) -> Any:
    """Codes, what they mean and conditions on one line each; whatever else there is stays as it is."""
    if isinstance(value, list):
        return [short(one) for one in value]
    if not isinstance(value, dict):
        return value
    keys = set(value)
    if keys in ({"system", "code"}, {"system", "code", "display"}):
        return " ".join([_name(value["system"]), *list(value.values())[1:]])
    if keys == {"valueCoding"}:
        return short(value["valueCoding"])
    if keys == {"url", "valueCoding"}:
        return f"{_name(value['url'])}: {short(value['valueCoding'])}"
    if keys == {"question", "operator", "answerCoding"}:
        return f"{value['question']} {value['operator']} {short(value['answerCoding'])}"
    if keys == {"question", "operator", "answerBoolean"}:
        return f"{value['question']} {value['operator']} {value['answerBoolean']}"
    return {key: short(one) for key, one in value.items()}


def _name(system: str) -> str:
    return system.removeprefix("urn:gentlehours:")


ITEMS: list[dict[str, Any]] = [
    {
        "linkId": "phase",
        "text": "Which round of questions this is (set by the program)",
        "type": "choice",
        "required": True,
        "answerOption": [f"phase {name}" for name in SMALL.phases],
    },
    {
        "linkId": "known",
        "text": "What the file says when the round opens, or is told in it (set by the program)",
        "type": "choice",
        "repeats": True,
        "answerOption": [
            "fact ms",
            "fact stroke",
            "fact at_once",
            "fact pregnant",
            "fact conditions_unknown",
            "fact settled_before",
        ],
    },
    {
        "linkId": "A",
        "text": "<check.a>",
        "code": ["item X1"],
        "type": "group",
        "item": [
            {
                "linkId": "A.list",
                "text": "How the list was answered as a whole",
                "type": "choice",
                "repeats": True,
                "answerOption": [
                    "option none <button.none>",
                    "option some <button.some>",
                    "option unsure <button.unsure>",
                    "option still <button.still>",
                    "option noothers <button.noothers>",
                    "option thatsall <button.thatsall>",
                ],
            },
            {
                "extension": ["gives: finding sore_skin"],
                "linkId": "check.a.1",
                "text": "<check.a.1>",
                "type": "boolean",
            },
        ],
        "enableWhen": ["phase = phase check"],
    },
    {
        "linkId": "DSAME",
        "text": "<detail.dsame>",
        "code": ["item U"],
        "type": "choice",
        "answerOption": ["option detail.dsame.1 <detail.dsame.1.b>"],
        "repeats": True,
        "item": [
            {
                "linkId": "DSAME.about",
                "text": "The line that this answer is about (set by the program)",
                "type": "choice",
                "answerOption": [
                    "line check.a.1 <check.a.1>",
                    "line check.b.1 <check.b.1>",
                    "line check.b.3 <check.b.3>",
                    "line check.b2.5 <check.b2.5>",
                    "line check.t.1 <check.t.1>",
                ],
            }
        ],
        "enableWhen": ["known = fact settled_before"],
    },
    {
        "linkId": "CONFIRM",
        "text": "<check.confirm>",
        "code": ["item U"],
        "type": "choice",
        "answerOption": ["option right <button.right>"],
        "enableWhen": ["phase = phase small"],
    },
    {
        "linkId": "B.when",
        "type": "group",
        "item": [
            {
                "linkId": "B",
                "text": "<check.above> <check.b>",
                "code": ["item X2"],
                "type": "group",
                "item": [
                    {
                        "linkId": "B.list",
                        "text": "How the list was answered as a whole",
                        "type": "choice",
                        "repeats": True,
                        "answerOption": [
                            "option none <button.none>",
                            "option some <button.some>",
                            "option unsure <button.unsure>",
                            {
                                "extension": ["gives: finding red_flag_unsure", "gives: finding cold"],
                                "valueCoding": "option still <button.still>",
                            },
                            "option noothers <button.noothers>",
                            "option thatsall <button.thatsall>",
                        ],
                    },
                    {
                        "extension": ["gives: finding cold", "gives: finding itch"],
                        "linkId": "check.b.1",
                        "text": "<check.b.1>",
                        "type": "boolean",
                    },
                    {
                        "linkId": "check.b.3.when",
                        "type": "group",
                        "item": [
                            {
                                "linkId": "check.b.3",
                                "text": "<check.b.3>",
                                "type": "boolean",
                                "enableWhen": ["known = fact at_once"],
                            }
                        ],
                        "enableWhen": [
                            "known != fact stroke",
                            "known != fact conditions_unknown",
                            "known != fact pregnant",
                        ],
                        "enableBehavior": "all",
                    },
                ],
                "enableWhen": ["phase = phase small", "phase = phase other"],
                "enableBehavior": "any",
            }
        ],
        "enableWhen": ["known = fact ms", "known = fact conditions_unknown"],
        "enableBehavior": "any",
    },
    {
        "linkId": "B2",
        "text": "<check.b2>",
        "code": ["item X2"],
        "type": "group",
        "item": [
            {
                "linkId": "B2.list",
                "text": "How the list was answered as a whole",
                "type": "choice",
                "repeats": True,
                "answerOption": [
                    "option none <button.none>",
                    "option some <button.some>",
                    "option unsure <button.unsure>",
                    "option still <button.still>",
                    "option noothers <button.noothers>",
                    "option thatsall <button.thatsall>",
                ],
            },
            {
                "extension": ["gives: finding cold"],
                "linkId": "check.b2.5",
                "text": "<check.b2.5>",
                "type": "boolean",
                "enableWhen": ["known = fact stroke"],
            },
        ],
        "enableWhen": ["phase = phase small", "phase = phase other"],
        "enableBehavior": "any",
    },
    {
        "linkId": "T",
        "text": "<check.t>",
        "type": "group",
        "item": [
            {
                "linkId": "T.list",
                "text": "How the list was answered as a whole",
                "type": "choice",
                "repeats": True,
                "answerOption": [
                    {"extension": ["gives: finding itch"], "valueCoding": "option none <button.none>"},
                    "option some <button.some>",
                    {
                        "extension": ["gives: finding conditions_unsure"],
                        "valueCoding": "option unsure <button.unsure>",
                    },
                    {
                        "extension": ["gives: finding conditions_unsure"],
                        "valueCoding": "option still <button.still>",
                    },
                    "option noothers <button.noothers>",
                    {
                        "extension": ["gives: finding itch"],
                        "valueCoding": "option thatsall <button.thatsall>",
                    },
                ],
            },
            {"linkId": "check.t.1", "text": "<check.t.1>", "type": "boolean"},
        ],
        "enableWhen": ["phase = phase small", "phase = phase other"],
        "enableBehavior": "any",
    },
    {
        "linkId": "DET",
        "text": "<detail.det>",
        "code": ["item X2"],
        "type": "choice",
        "answerOption": [
            {
                "extension": ["gives: finding itch", "gives: finding cold"],
                "valueCoding": "option detail.det.1 <detail.det.1>",
            },
            {
                "extension": ["gives: finding itch", "gives: finding cold"],
                "valueCoding": "option detail.det.2 <detail.det.2.b>",
            },
            "option detail.det.3 <detail.det.3.b>",
            {"extension": ["gives: finding cold"], "valueCoding": "option unsure <button.unsure>"},
            "option nothing <button.nothing>",
        ],
        "repeats": True,
        "item": [
            {
                "linkId": "DET.about",
                "text": "The line that this answer is about (set by the program)",
                "type": "choice",
                "answerOption": ["line check.b.1 <check.b.1>", "line check.b.3 <check.b.3>"],
            }
        ],
        "enableWhen": ["phase = phase small", "check.b.1 = True", "DEEP = option detail.deep.1"],
        "enableBehavior": "any",
    },
    {
        "linkId": "DEEP",
        "text": "<detail.deep>",
        "code": ["item X2"],
        "type": "choice",
        "answerOption": [
            {"extension": ["gives: finding itch"], "valueCoding": "option detail.deep.1 <detail.deep.1.b>"},
            "option no <button.no>",
        ],
        "repeats": True,
        "item": [
            {
                "linkId": "DEEP.about",
                "text": "The line that this answer is about (set by the program)",
                "type": "choice",
                "answerOption": ["line check.b.1 <check.b.1>", "line check.b.3 <check.b.3>"],
            }
        ],
        "enableWhen": ["check.b.3 = True", "B.list = option still", "DET = option detail.det.1"],
        "enableBehavior": "any",
    },
    {
        "linkId": "SOLE",
        "text": "<detail.sole>",
        "code": ["item X2"],
        "type": "choice",
        "answerOption": [{"extension": ["gives: finding itch"], "valueCoding": "option no <button.no>"}],
        "item": [
            {
                "linkId": "SOLE.about",
                "text": "The line that this answer is about (set by the program)",
                "type": "choice",
                "answerOption": ["line check.t.1 <check.t.1>"],
            }
        ],
        "enableWhen": ["check.t.1 = True"],
    },
    {
        "linkId": "END",
        "text": "<check.end>",
        "code": ["item X2"],
        "type": "choice",
        "answerOption": ["option no <button.no>"],
        "enableWhen": ["T.list = option none", "T.list = option thatsall"],
        "enableBehavior": "any",
    },
]


def test_the_whole_form() -> None:
    form = questionnaire(SMALL, say, HERE, status="active", title="Small", approved="2027-02-03")
    assert short(form) == {
        "resourceType": "Questionnaire",
        "id": "gentlehours-screening",
        "url": "urn:gentlehours:questionnaire",
        "identifier": [{"system": "urn:gentlehours:policy-hash", "value": SMALL.content_hash}],
        "version": "7.0",
        "name": "GentleHoursScreening",
        "title": "Small",
        "status": "active",
        "subjectType": ["Patient"],
        "approvalDate": "2027-02-03",
        "lastReviewDate": "2027-01-02",
        "item": ITEMS,
    }


def test_each_kind_of_condition_has_a_group_of_its_own() -> None:
    card = replace(SMALL.cards["B"], when=When(any_of=("ms",), unless_known=("pregnant",)))
    more = replace(SMALL, cards={**SMALL.cards, "B": card})
    form = questionnaire(more, say, HERE, status="draft", title="Small")
    around = [item for item in walk(form["item"]) if item["linkId"] in ("B", "B.when", "B.when.when")]
    assert [(item["linkId"], short(item["enableWhen"])) for item in around] == [
        ("B.when.when", ["known != fact pregnant"]),
        ("B.when", ["known = fact ms", "known = fact conditions_unknown"]),
        ("B", ["phase = phase small", "phase = phase other"]),
    ]


def test_a_draft_has_no_day_of_approval() -> None:
    form = questionnaire(SMALL, say, HERE, status="draft", title="Small")
    assert form["status"] == "draft"
    assert "approvalDate" not in form


# --- a round answered in it ---

FORM = questionnaire(SMALL, say, HERE, status="active", title="Small")
FACTS = Facts(
    today=date(2027, 3, 9),
    since=date(2027, 2, 7),
    conditions=frozenset({"stroke"}),
    noted=frozenset({"pregnant"}),
)


def said(card: str, *answer: str, about: str | None = None, **more: Any) -> dict[str, Any]:
    return {"card": card, "about": about, "answer": answer, "lines": (), "withdrawn": None, **more}


def round_of(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = {
        "id": "r1",
        "phase": "small",
        "visit": None,
        "state": "complete",
        "confirmed": "2027-03-09T10:05:00+01:00",
        "closed": "2027-03-09T10:06:00+01:00",
        "answered_by": "client",
        "entered_by": None,
        "on_file": plain(FACTS),
        "answers": answers,
        "outcome": None,
    }
    return {**told, **more}


def made(*answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    return response(SMALL, round_of(*answers, **more), FORM, say, HERE, client=CLIENT)


def answers_of(*answers: dict[str, Any], **more: Any) -> Any:
    told = short(made(*answers, **more))["item"]
    assert told[0] == {"linkId": "phase", "answer": ["phase small"]}
    return told[1:]


def test_a_round_as_a_whole() -> None:
    assert short(made(state="stopped", visit="v1", outcome=2)) == {
        "resourceType": "QuestionnaireResponse",
        "id": "r1",
        "extension": [
            {"url": "urn:gentlehours:answered-by", "valueCode": "client"},
            {
                "url": "urn:gentlehours:visit",
                "valueIdentifier": {"system": "urn:gentlehours:visit", "value": "v1"},
            },
            {"url": "urn:gentlehours:outcome", "valueInteger": 2},
        ],
        "identifier": {"system": "urn:gentlehours:round", "value": "r1"},
        "questionnaire": "urn:gentlehours:questionnaire|7.0",
        "status": "completed",
        "subject": CLIENT,
        "authored": "2027-03-09T09:05:00Z",
        "source": CLIENT,
        "item": [
            {"linkId": "phase", "answer": ["phase small"]},
            {"linkId": "known", "answer": ["fact pregnant", "fact stroke"]},
        ],
    }


def test_a_round_that_ran_out_in_the_hands_of_a_helper() -> None:
    nobody_knows = plain(Facts(FACTS.today, FACTS.since))
    whole = made(state="expired", confirmed=None, answered_by="helper", entered_by="p1", on_file=nobody_knows)
    assert (whole["status"], whole["authored"]) == ("stopped", "2027-03-09T09:06:00Z")
    assert "source" not in whole
    assert whole["author"] == {
        "type": "Practitioner",
        "identifier": {"system": "urn:gentlehours:person", "value": "p1"},
    }
    assert whole["extension"] == [{"url": "urn:gentlehours:answered-by", "valueCode": "helper"}]
    assert short(whole["item"][1]) == {"linkId": "known", "answer": ["fact conditions_unknown"]}


@pytest.mark.parametrize("more", [{"state": "open"}, {"on_file": None}])
def test_nothing_is_handed_over_of_a_round_that_is_open_or_erased(more: dict[str, Any]) -> None:
    with pytest.raises(NotFinished):
        made(**more)


KNOWN = {"linkId": "known", "answer": ["fact pregnant", "fact stroke"]}
ROUNDS: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]] = [
    (
        # opened, then one of its lines tapped; [Nothing else] is a no to the other
        [said("B", "some"), said("B", "check.b.1", "noothers", lines=("check.b.1", "check.b.3"))],
        [
            KNOWN,
            {
                "linkId": "B.when",
                "item": [
                    {
                        "linkId": "B",
                        "item": [
                            {
                                "linkId": "B.list",
                                "answer": ["option some <button.some>", "option noothers <button.noothers>"],
                            },
                            {"linkId": "check.b.1", "answer": [{"valueBoolean": True}]},
                            {
                                "linkId": "check.b.3.when",
                                "item": [{"linkId": "check.b.3", "answer": [{"valueBoolean": False}]}],
                            },
                        ],
                    }
                ],
            },
        ],
    ),
    (
        [said("B2", "none", lines=("check.b2.5",))],
        [
            KNOWN,
            {
                "linkId": "B2",
                "item": [
                    {"linkId": "B2.list", "answer": ["option none <button.none>"]},
                    {"linkId": "check.b2.5", "answer": [{"valueBoolean": False}]},
                ],
            },
        ],
    ),
    (
        # [Not sure] is no answer to a line
        [said("T", "unsure", lines=("check.t.1",))],
        [
            KNOWN,
            {
                "linkId": "T",
                "item": [{"linkId": "T.list", "answer": ["option unsure <button.unsure>"]}],
            },
        ],
    ),
    (
        # a fact that is told in the round; the same list twice says it once
        [said("T", "check.t.1", "thatsall", lines=("check.t.1",)), said("T", "thatsall")],
        [
            {"linkId": "known", "answer": ["fact ms", "fact pregnant", "fact stroke"]},
            {
                "linkId": "T",
                "item": [
                    {"linkId": "T.list", "answer": ["option thatsall <button.thatsall>"]},
                    {"linkId": "check.t.1", "answer": [{"valueBoolean": True}]},
                ],
            },
        ],
    ),
    (
        [
            said("DET", "detail.det.1", "nothing", about="check.b.1"),
            said("DET", "detail.det.2", withdrawn="2027-03-09T10:01:00+01:00"),
            said("GONE", "none"),
            said("END", "no"),
        ],
        [
            KNOWN,
            {
                "linkId": "DET",
                "answer": [
                    {
                        "valueCoding": "option detail.det.1 <detail.det.1>",
                        "item": [{"linkId": "DET.about", "answer": ["line check.b.1 <check.b.1>"]}],
                    },
                    {
                        "valueCoding": "option nothing <button.nothing>",
                        "item": [{"linkId": "DET.about", "answer": ["line check.b.1 <check.b.1>"]}],
                    },
                ],
            },
            {"linkId": "END", "answer": ["option no <button.no>"]},
        ],
    ),
    (
        [said("DSAME", "detail.dsame.1", about="check.a.1")],
        [
            {"linkId": "known", "answer": ["fact pregnant", "fact stroke", "fact settled_before"]},
            {
                "linkId": "DSAME",
                "answer": [
                    {
                        "valueCoding": "option detail.dsame.1 <detail.dsame.1.b>",
                        "item": [{"linkId": "DSAME.about", "answer": ["line check.a.1 <check.a.1>"]}],
                    }
                ],
            },
        ],
    ),
]


@pytest.mark.parametrize(("answers", "items"), ROUNDS)
def test_the_answers_of_a_round(answers: list[dict[str, Any]], items: list[dict[str, Any]]) -> None:
    told = short(made(*answers))["item"]
    assert told[0] == {"linkId": "phase", "answer": ["phase small"]}
    assert told[1:] == items


def test_a_fact_that_is_told_behind_a_line_is_known() -> None:
    found = made(
        said("T", "none", lines=("check.t.1",)),
        said("B", "some", "check.b.1", "thatsall", lines=("check.b.1",)),
        said("DET", "detail.det.3", about="check.b.1"),
        on_file=plain(Facts(FACTS.today, FACTS.since)),
    )
    assert short(found["item"][1]) == {
        "linkId": "known",
        "answer": ["fact pregnant", "fact conditions_unknown"],
    }


# --- holds and notes ---

SINCE = datetime(2027, 3, 9, 9, 5, tzinfo=UTC)
SYSTEMS = Systems("urn:clinic")


def hold(**more: Any) -> HoldView:
    empty: dict[str, Any] = {field.name: None for field in fields(HoldView)}
    told = {"id": "h1", "code": "cold", "outcome": Outcome.DEFER, "set_at": SINCE}
    return HoldView(**{**empty, **told, "slot": Slot.MOVED, "lift_by": LiftBy.FULL_CHECK, **more})


def flag(category: str, code: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Flag",
        "id": "h1",
        "identifier": [{"system": "urn:clinic:flag", "value": "h1"}],
        "status": "active",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/flag-category", "code": category}]}
        ],
        "code": {"coding": [code], "text": code["display"]},
        "subject": CLIENT,
        "period": {"start": "2027-03-09T09:05:00Z"},
        **more,
    }


COLD = {"system": "urn:clinic:finding", "code": "cold", "display": "<finding.cold>"}
RANK = {"url": "urn:clinic:outcome", "valueInteger": 2}
FLAGS: list[tuple[list[HoldView], list[NoteView], list[dict[str, Any]]]] = [
    (
        [hold()],
        [],
        [
            flag(
                "safety",
                COLD,
                extension=[
                    RANK,
                    {"url": "urn:clinic:lift-by", "valueCode": "full-check"},
                    {"url": "urn:clinic:slot", "valueCode": "moved"},
                ],
            )
        ],
    ),
    (
        # what is private is not named
        [hold(tier=Tier.C, slot=Slot.CANCELLED, lift_by=LiftBy.LEAD, earliest=date(2027, 3, 11))],
        [],
        [
            flag(
                "safety",
                {"system": "urn:clinic:hold", "code": "cancelled", "display": "<why.hold.urgent>"},
                extension=[
                    RANK,
                    {"url": "urn:clinic:lift-by", "valueCode": "lead"},
                    {"url": "urn:clinic:slot", "valueCode": "cancelled"},
                    {"url": "urn:clinic:not-before", "valueDate": "2027-03-11"},
                ],
            )
        ],
    ),
    ([], [NoteView("h1", "cold", "check.c.1", "my own words", SINCE, SINCE)], [flag("clinical", COLD)]),
]


@pytest.mark.parametrize(("holds", "notes", "found"), FLAGS)
def test_flags(holds: list[HoldView], notes: list[NoteView], found: list[dict[str, Any]]) -> None:
    assert flags(holds, notes, say, SYSTEMS, client=CLIENT) == found


def test_several_in_one_file() -> None:
    assert bundle([{"id": "a"}, {"id": "b"}], SINCE) == {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2027-03-09T09:05:00Z",
        "entry": [{"resource": {"id": "a"}}, {"resource": {"id": "b"}}],
    }
    assert "entry" not in bundle([], SINCE)


# --- names that all share ---


def test_a_clinic_has_a_base_of_its_own() -> None:
    assert SYSTEMS.of("item") == "urn:clinic:item"
    assert SYSTEMS.canonical("7.0") == "urn:clinic:questionnaire|7.0"
    assert SYSTEMS.coding("item", "X1") == {"system": "urn:clinic:item", "code": "X1"}
    assert SYSTEMS.coding("item", "X1", "") == SYSTEMS.coding("item", "X1")  # FHIR knows no empty text
    assert SYSTEMS.client("c1", "Eva Novak") == {
        "type": "Patient",
        "identifier": {"system": "urn:clinic:client", "value": "c1"},
        "display": "Eva Novak",
    }


def test_a_moment_is_told_in_utc_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert instant(SINCE) == "2027-03-09T09:05:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()
