"""The clinician's table, played: each line of cases.toml is a round from the first card to the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from screening import files
from screening.decision import Decision, History, OpenHold, decide
from screening.questionnaire import Finding, Letter
from tests.screening.rounds_of_taps import AT, OK, OLD_OK, TODAY, VISIT, about, day, shipped, tapped

CASES = files.cases()
OKS = {"valid": OK, "none": None, "expired": OLD_OK, "voided": replace(OK, voided=True), "said": None}
TOLD_AS = {"unsure": "button.unsure"}
KNOWN = {
    *("what", "who", "told", "told_as", "taps", "phase", "helper", "ok", "letters", "open", "notes", "past"),
    *("is", "tier", "days", "slot", "lifts", "look", "task"),
}


def parts(text: str) -> list[tuple[str, int | None]]:
    """Codes with the days behind the colon, None where there is none."""
    return [
        (code, int(days) if days else None)
        for code, _, days in (part.partition(":") for part in text.split())
    ]


def open_hold(code: str, days: int | None) -> OpenHold:
    until = None if days is None else AT + timedelta(days=days)
    return OpenHold(code, code, AT - timedelta(days=9), until, shipped().row(code).outcome)


def letter(code: str, days: int | None) -> Letter:
    event = None if days is None else TODAY - timedelta(days=days)
    return Letter(code, given_on=TODAY - timedelta(days=5), valid_until=day(200), event_on=event)


def play(case: dict[str, Any]) -> tuple[Decision, tuple[Finding, ...]]:
    """The decision on a case, and the findings that it was made from."""
    who = None if case.get("who") == "?" else frozenset(case.get("who", "ms").split())
    ok = OKS[case.get("ok", "valid")]
    letters = tuple(letter(*part) for part in parts(case.get("letters", "")))
    phase = case.get("phase", "check")
    history = History(
        conditions=who,
        standing=frozenset(case.get("notes", "").split()),
        ok=ok,
        letters=letters,
        open_holds=tuple(open_hold(*part) for part in parts(case.get("open", ""))),
        past_defers=tuple((code, day(-(ago or 0))) for code, ago in parts(case.get("past", ""))),
    )
    told_as = case.get("told_as")
    findings: tuple[Finding, ...] = tuple(
        Finding(code, shipped().row(code).item, told=TOLD_AS.get(told_as), fresh=told_as == "worse")
        for code in case.get("told", "").split()
    )
    complete, stop = True, None
    if "taps" in case:
        facts = about(who, ok=ok, ok_said=case.get("ok") == "said", letters=letters)
        progress = tapped(phase, facts, *case["taps"].split())
        findings, complete, stop = progress.findings, progress.complete, progress.stop
    decision = decide(
        shipped(),
        findings,
        history,
        at=AT,
        phase=phase,
        session_at=VISIT,
        complete=complete,
        stop=stop,
        helper=case.get("helper", False),
    )
    return decision, findings


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    decision, _ = play(case)
    assert decision.outcome.name.lower() == case["is"]
    assert decision.slot == case["slot"]
    assert decision.tier == case.get("tier")
    assert decision.earliest == (day(case["days"]) if "days" in case else None)
    assert set(decision.lifted) == set(case.get("lifts", "").split())
    assert (decision.review, decision.repeat) == (case.get("look", False), case.get("task", False))
    keys = shipped().keys()
    assert decision.result in keys or f"{decision.result}.1" in keys


def test_the_table_is_long_enough_to_sign() -> None:
    assert len(CASES) >= 170
    assert len({case["what"] for case in CASES}) == len(CASES)
    assert not {name for case in CASES for name in case} - KNOWN


@cache
def covered() -> frozenset[str]:
    told = {code for case in CASES for code in case.get("told", "").split()}
    return frozenset(told | {finding.code for case in CASES for finding in play(case)[1]})


@pytest.mark.parametrize("code", sorted(shipped().findings))
def test_each_finding_code_has_a_case(code: str) -> None:
    assert code in covered()


def test_each_round_and_each_condition_has_a_case() -> None:
    phases = {case.get("phase", "check") for case in CASES}
    assert {"check", "first_full", "recheck", "text", "aftercare:AF1", "aftercare:AF2"} <= phases
    assert {"aftercare:AF3", "aftercare:AF4"} <= phases
    who = {name for case in CASES for name in case.get("who", "ms").split()}
    assert who == {*shipped().conditions, "?"}
