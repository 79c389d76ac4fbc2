"""`gentlehours policy decide` and `policy try`, as a clinician runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.cli import app

WELL = {
    "id": "well",
    "today": "2026-11-21",
    "phase": "before_session",
    "conditions": ["ms"],
    "age": 44,
    "on_file": ["numb_areas_known"],
    "doctor_ok": {"date": "2026-09-01", "by": "Dr. Novak", "kind": "self"},
    "findings": [],
    "free_text": "",
}
SHAPE = {"id", "outcome", "tier", "reasons", "earliest", "lifts", "therapist_notes"}


def decided(told: Any, tmp_path: Path) -> tuple[int, Any, str]:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(told), encoding="utf-8")
    ran = CliRunner().invoke(app, ["policy", "decide", str(file)])
    return ran.exit_code, json.loads(ran.stdout), ran.stderr


def test_one_case_gives_one_decision(tmp_path: Path) -> None:
    code, said, _ = decided({**WELL, "findings": ["stomach_bug"]}, tmp_path)
    assert code == 0
    assert set(said) == SHAPE
    assert (said["id"], said["outcome"], said["tier"], said["earliest"]) == (
        "well",
        "defer",
        None,
        "2026-11-23",
    )
    assert [(reason["code"], reason["outcome"]) for reason in said["reasons"]] == [("stomach_bug", "defer")]
    assert [lift["by"] for lift in said["lifts"]] == ["full_check"]
    assert said["therapist_notes"][0]["code"] == "numb_areas_known"
    assert "Avoid: deep work" in said["therapist_notes"][0]["text"]


def test_a_list_gives_a_list(tmp_path: Path) -> None:
    code, said, _ = decided([WELL, {**WELL, "id": 2, "findings": ["chest_pain_now"]}], tmp_path)
    assert code == 0
    assert [(one["id"], one["outcome"], one["tier"]) for one in said] == [
        ("well", "clear", None),
        (2, "urgent", "E"),
    ]


def test_what_is_piped_in_counts() -> None:
    ran = CliRunner().invoke(app, ["policy", "decide", "-"], input=json.dumps(WELL))
    assert json.loads(ran.stdout)["outcome"] == "clear"


def test_a_file_may_begin_with_a_mark_of_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(WELL), encoding="utf-8-sig")
    ran = CliRunner().invoke(app, ["policy", "decide", str(file)])
    assert json.loads(ran.stdout)["outcome"] == "clear"


def test_an_unknown_code_is_an_error_and_the_others_are_decided(tmp_path: Path) -> None:
    code, said, told = decided([{**WELL, "findings": ["chest_pian"]}, WELL], tmp_path)
    assert code == 2
    assert set(said[0]) == {"id", "error"}
    assert said[1]["outcome"] == "clear"
    assert "chest_pian" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "- is not JSON: Expecting value: line 1 column 1 (char 0)."),
        ("not json", "- is not JSON: Expecting value: line 1 column 1 (char 0)."),
        ("[" * 100_000, "- is not JSON that holds cases: too many brackets in each other."),
        (
            '{"findings": ["chest_pain_now"], "findings": []}',
            '- is not JSON: "findings" stands twice in one object.',
        ),
        ("[1]", "Case None: The case: has to be an object, as {...}."),
        ("{}", "Case None: id: is missing. today: is missing. phase: is missing."),
        (json.dumps({**WELL, "mood": 1}), "Case well: mood: is no part of a case."),
        (json.dumps({**WELL, "findings": "fine"}), "Case well: findings: has to be a list, as [...]."),
        (json.dumps({**WELL, "today": "today"}), "Case well: today: has to be a day, as 2026-11-21."),
        (json.dumps({**WELL, "doctor_ok": "yes"}), "Case well: doctor_ok: has to be an object, as {...}."),
        (json.dumps({**WELL, "id": "\ud800", "age": -1}), "age: Input should be greater than or equal to 0."),
    ],
)
def test_what_is_no_case_is_refused_in_a_sentence(text: str, says: str) -> None:
    ran = CliRunner().invoke(app, ["policy", "decide", "-"], input=text)
    assert ran.exit_code == 2
    assert ran.stderr.strip().endswith(says)


def test_a_missing_file_is_named() -> None:
    ran = CliRunner().invoke(app, ["policy", "decide", "no-such-file.json"])
    assert (ran.exit_code, ran.stderr) == (
        2,
        "no-such-file.json cannot be read: No such file or directory.\n",
    )


def tried(taps: str, *options: str) -> str:
    ran = CliRunner().invoke(app, ["policy", "try", *options], input="\n".join(taps.split()) + "\n")
    assert ran.exit_code == 0, ran.output
    return ran.stdout


def test_a_well_client_answers_five_cards() -> None:
    said = tried("1 1 1 1 1", "--conditions", "MS", "--ok", "2026-09-01")
    assert "Decision: clear" in said


def test_a_sign_that_is_there_now_ends_it() -> None:
    said = tried("2 1 1", "--conditions", "ms", "--ok", "2026-09-01")
    assert "Decision: urgent, tier E" in said
    assert "because of stroke_signs_now (urgent)" in said


def test_stopping_is_not_clear() -> None:
    said = tried("1 1 q", "--conditions", "ms", "--ok", "2026-09-01")
    assert "what is not answered is not clear" in said
    assert "Decision: defer" in said


@pytest.mark.parametrize(
    "wrong", [("--phase", "later"), ("--conditions", "toothache"), ("--ok", "yesterday")]
)
def test_a_wrong_option_is_refused(wrong: tuple[str, str]) -> None:
    ran = CliRunner().invoke(app, ["policy", "try", *wrong], input="q\n")
    assert ran.exit_code == 2
    assert "Traceback" not in ran.output
