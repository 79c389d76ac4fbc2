"""The policy and its answers as FHIR: whole, valid by the published models, and about nobody by name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fhir.resources.R4B.flag import Flag
from fhir.resources.R4B.questionnaire import Questionnaire
from fhir.resources.R4B.questionnaireresponse import QuestionnaireResponse

from bot import fhir
from bot.texts import Catalogue
from config.clock import Clock
from config.database import Database
from screening import files, holds, interview, on_file, policy, reach, trail
from screening.fhir import FACTS, PHASE, Systems
from screening.fhir_flags import bundle, flags
from screening.fhir_questionnaire import questionnaire
from screening.fhir_response import NotFinished, response
from screening.policy_faults import SAME
from tests.screening.forms import walk
from tests.screening.person import NUMB, Person, sign

SYSTEMS = Systems()
POLICY = policy.load(files.shipped())
CATALOGUE = Catalogue.load()
FEVER = ("none", "none", "some", "check.c.1", "detail.dfev.4", "noothers", "none", "none", "right")
PILL_AND_MARK = (
    *("none", "none", "none", "none", "some", "check.e.1", "check.e.6", "thatsall", "unsure", "nothing"),
    *("detail.dskin.1", "nothing", "right"),
)
URGENT = ("some", "check.a.1", "detail.dstr.1")


def say(key: str) -> str:
    assert CATALOGUE.has(key), key
    return CATALOGUE.forms(key, "en")[0]


FORM = questionnaire(POLICY, say, SYSTEMS, status="draft", title="Screening")
ITEMS = {item["linkId"]: item for item in walk(FORM["item"])}


def options(item: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {
        (one["valueCoding"]["system"], one["valueCoding"]["code"]) for one in item.get("answerOption", ())
    }


def test_the_questionnaire_survives_the_models_of_the_library() -> None:
    assert json.loads(Questionnaire.model_validate(FORM).model_dump_json()) == FORM
    assert json.loads(fhir.as_json(FORM)) == FORM


def test_every_card_and_line_is_one_item_under_its_own_id() -> None:
    ids = [item["linkId"] for item in walk(FORM["item"])]
    assert len(ids) == len(set(ids))
    assert {card.id for card in POLICY.cards.values()} <= set(ids)
    assert {line.key for line in POLICY.lines.values()} <= set(ids)
    made = {
        link.removesuffix(end) for link in ids for end in (".list", ".about", ".when") if link.endswith(end)
    }
    known = {*POLICY.cards, *(line.key for line in POLICY.lines.values())}
    assert made <= known
    assert set(ids) - known - {f"{one}{end}" for one in known for end in (".list", ".about", ".when")} == {
        FACTS,
        PHASE,
    }


def test_every_option_of_every_card_can_be_answered() -> None:
    for card in POLICY.cards.values():
        offered = {code for _, code in options(ITEMS[card.id])}
        assert {choice.name for choice in card.choices} <= offered, card.id


def test_every_condition_points_to_an_item_and_to_one_of_its_answers() -> None:
    for item in ITEMS.values():
        conditions = item.get("enableWhen", [])
        assert ("enableBehavior" in item) == (len(conditions) > 1), item["linkId"]
        for one in conditions:
            asked = ITEMS[one["question"]]
            if "answerBoolean" in one:
                assert asked["type"] == "boolean"
            else:
                coding = one["answerCoding"]
                assert (coding["system"], coding["code"]) in options(asked), (item["linkId"], one)


def test_no_card_is_asked_unconditionally_and_each_has_a_way_to_it() -> None:
    for card in POLICY.cards.values():
        outer = next(item for item in FORM["item"] if item["linkId"] in (card.id, f"{card.id}.when"))
        assert outer.get("enableWhen"), card.id


def test_nothing_is_filled_in_beforehand() -> None:
    assert not [item for item in ITEMS.values() if "initial" in item]


def test_every_code_is_one_of_the_policy() -> None:
    known = {
        "finding": set(POLICY.findings),
        "item": set(POLICY.items),
        "line": {line.key for line in POLICY.lines.values()},
    }
    seen: dict[str, set[str]] = {name: set() for name in known}
    for system, code in codes(FORM):
        name = system.rpartition(":")[2]
        assert system.startswith("urn:gentlehours:")
        if name in known:
            assert code in known[name], (name, code)
            seen[name].add(code)
    assert seen["finding"] == reach.codes(POLICY, POLICY.cards)  # the others are typed, or the file's
    assert seen["line"] == known["line"]


def codes(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if "system" in value and "code" in value:
            yield value["system"], value["code"]
        for one in value.values():
            yield from codes(one)
    elif isinstance(value, list):
        for one in value:
            yield from codes(one)


# --- answers ---


@pytest.fixture
async def person(database: Database, clock: Clock) -> Person:
    await sign(database, clock.now())
    told = Person(database, clock)
    await told.starts()
    return told


async def last_round(person: Person) -> dict[str, Any]:
    async with person.database.reading() as session:
        return max(await trail.rounds(session, person.id), key=lambda one: one["closed"] or "9")


def answered(told: Mapping[str, Any], person: Person) -> dict[str, Any]:
    made = response(POLICY, told, FORM, say, SYSTEMS, client=SYSTEMS.client(person.id))
    assert json.loads(QuestionnaireResponse.model_validate(made).model_dump_json()) == made
    assert json.loads(fhir.as_json(made)) == made
    fits(made)
    return made


def fits(made: Mapping[str, Any]) -> None:
    """Every answer is one that its item offers, and stands where the form would have asked."""
    given: dict[str, list[Any]] = {}
    for item in walk(made["item"]):
        given.setdefault(item["linkId"], []).extend(
            one.get("valueBoolean", one.get("valueCoding", {}).get("code")) for one in item.get("answer", ())
        )
        for one in item.get("answer", ()):
            for inner in one.get("item", ()):
                offered = {code for _, code in options(ITEMS[inner["linkId"]])}
                assert {a["valueCoding"]["code"] for a in inner["answer"]} <= offered
    for link, values in given.items():
        item = ITEMS[link]
        if item["type"] == "choice":
            assert set(values) <= {code for _, code in options(item)}, link
            assert item.get("repeats") or len(values) == 1, link
        assert enabled(item, given), link


def enabled(item: Mapping[str, Any], given: Mapping[str, list[Any]]) -> bool:
    """As FHIR reads `enableWhen`."""
    found = []
    for one in item.get("enableWhen", ()):
        wanted = one.get("answerBoolean", one.get("answerCoding", {}).get("code"))
        there = wanted in given.get(one["question"], [])
        found.append(there if one["operator"] == "=" else not there)
    return not found or (all(found) if item.get("enableBehavior") == "all" else any(found))


async def test_first_contact_and_first_booking(person: Person) -> None:
    answered(await last_round(person), person)
    await person.tells("first", *NUMB, "none", "none", "none")
    made = answered(await last_round(person), person)
    lines = {item["linkId"]: item["answer"] for item in walk(made["item"]) if "answer" in item}
    assert lines["profile.u.1"] == [{"valueBoolean": True}]
    assert lines["profile.u.2"] == [{"valueBoolean": False}]  # shown, and the list was closed
    assert made["status"] == "completed"
    assert made["questionnaire"] == f"urn:gentlehours:questionnaire|{POLICY.version}"


@pytest.mark.parametrize(
    "names", [FEVER, PILL_AND_MARK, URGENT, ("none",) * 5], ids=["fever", "pill", "red", "well"]
)
async def test_a_check(person: Person, names: tuple[str, ...]) -> None:
    await person.tells("first", *NUMB, "none", "none", "none")
    person.book(hours=20)
    await person.tells("check", *names)
    told = await last_round(person)
    made = answered(told, person)
    there = {item["linkId"]: item for item in walk(made["item"])}
    for said in told["answers"]:
        if said["withdrawn"] is None:
            assert said["card"] in there
            for name in said["answer"]:
                assert name in json.dumps(there[said["card"]]), name
    assert {one["url"]: one for one in made["extension"]}["urn:gentlehours:visit"]["valueIdentifier"] == {
        "system": "urn:gentlehours:visit",
        "value": person.appointment,
    }


async def test_a_detail_says_which_line_it_is_about(person: Person) -> None:
    await person.tells("first", *NUMB, "none", "none", "none")
    person.book(hours=20)
    await person.tells("check", *FEVER)
    made = answered(await last_round(person), person)
    [detail] = [item for item in walk(made["item"]) if item["linkId"] == "DFEV"]
    [answer] = detail["answer"]
    assert answer["valueCoding"]["code"] == "detail.dfev.4"
    assert answer["item"][0]["answer"][0]["valueCoding"]["code"] == "check.c.1"


async def test_an_unsure_list_says_no_to_nothing(person: Person) -> None:
    await person.tells("first", *NUMB, "none", "none", "none")
    person.book(hours=20)
    opened = await person.opens("check")
    async with person.database.transaction() as session:
        for name in ("unsure", "still"):
            await interview.answer(session, opened, name, person.now)
    told = await last_round(person)
    with pytest.raises(NotFinished):
        answered(told, person)
    made = answered({**told, "state": "stopped"}, person)
    assert not [item for item in walk(made["item"]) if item["linkId"].startswith("check.a.")]


async def test_holds_and_notes_are_flags_without_words_or_names(person: Person) -> None:
    await person.tells("first", *NUMB, "none", "none", "none")
    await person.says("change_unsure", "text", "my leg feels odd")
    await person.says("abuse_disclosed", "text", "he hits me")
    async with person.database.reading() as session:
        made = flags(
            await holds.open_holds(session, person.id),
            await on_file.notes(session, person.id),
            say,
            SYSTEMS,
            client=SYSTEMS.client(person.id),
        )
    for flag in made:
        assert json.loads(Flag.model_validate(flag).model_dump_json()) == flag
        assert flag["subject"]["identifier"]["value"] == person.id
        assert "display" not in flag["subject"]
    assert [flag["code"]["coding"][0]["code"] for flag in made] == [
        "cancelled",
        "change_unsure",
        "numb_areas_known",
    ]
    said = fhir.as_json(bundle(made, person.now))
    for word in ("odd", "hits", "abuse", "hurt"):
        assert word not in said


def test_a_code_that_fhir_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Questionnaire\.status"):
        fhir.as_json({**FORM, "status": "signed"})


def test_what_was_settled_is_asked_about_only_then() -> None:
    [when] = ITEMS[SAME]["enableWhen"]
    assert (when["question"], when["answerCoding"]["code"]) == (FACTS, "settled_before")
