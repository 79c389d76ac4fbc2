"""The clinician's table, played: each line of cases.toml is a check from the first card to the decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from screening import files
from screening.decision import Decision, History, OpenHold, decide
from screening.questionnaire import Finding
from tests.screening.rounds_of_taps import AT, OK, OLD_OK, VISIT, about, day, shipped, tapped

CASES = files.cases()
OKS = {"valid": OK, "none": None, "expired": OLD_OK, "voided": replace(OK, voided=True)}


def open_hold(text: str) -> OpenHold:
    code, _, days = text.partition(":")
    until = AT + timedelta(days=int(days)) if days else None
    return OpenHold("h1", code, AT - timedelta(days=9), until, shipped().row(code).outcome)


def play(case: dict[str, Any]) -> Decision:
    who = None if case.get("who") == "?" else frozenset(case.get("who", "ms").split())
    ok = OKS[case.get("ok", "valid")]
    history = History(
        conditions=who,
        standing=frozenset(case.get("notes", "").split()),
        ok=ok,
        open_holds=tuple(open_hold(text) for text in case.get("open", "").split()),
    )
    findings: tuple[Finding, ...] = tuple(
        Finding(code, shipped().row(code).item) for code in case.get("told", "").split()
    )
    complete, stop = True, None
    if "taps" in case:
        progress = tapped("check", about(who, ok=ok), *case["taps"].split())
        findings, complete, stop = progress.findings, progress.complete, progress.stop
    return decide(
        shipped(), findings, history, at=AT, phase="check", session_at=VISIT, complete=complete, stop=stop
    )


@pytest.mark.parametrize("case", CASES, ids=[case["what"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    decision = play(case)
    assert decision.outcome.name.lower() == case["is"]
    assert decision.slot == case["slot"]
    assert decision.tier == case.get("tier")
    assert decision.earliest == (day(case["days"]) if "days" in case else None)
    keys = shipped().keys()
    assert decision.result in keys or f"{decision.result}.1" in keys


def test_the_table_is_long_enough_to_sign() -> None:
    assert len(CASES) >= 60
    assert len({case["what"] for case in CASES}) == len(CASES)
