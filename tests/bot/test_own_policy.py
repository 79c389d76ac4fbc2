"""A clinic's own policy: compared, checked, and in force only as a named person signed it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import select
from typer.testing import CliRunner

from bot import laxer_policy
from bot.cli import app
from bot.cli.common import ready
from config.clock import Clock
from config.settings import load_settings
from screening import files, policy, sign_off
from screening.tables import SignOff

TOKEN = "123456789:of-this-test-only-opens-nothing-abc"
FEVER = '{ code = "fever_or_infection", outcome = "defer", group = "dated", days = 7 }'
QUESTION = """
[[item]]
id = "Z1"
section = "E"
when = "S"
findings = [{ code = "sunburn_bad", outcome = "defer", group = "dated", days = 3 }]

[[line]]
id = "E99"
card = "E"
n = "99"
gives = ["sunburn_bad"]
"""
WORDS = """
msgid "check.e.99"
msgstr "Skin that is red from the sun"

msgid "check.e.99.b"
msgstr "Sunburn"

msgid "finding.sunburn_bad"
msgstr "told us of sunburn"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in, with a database of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GENTLEHOURS_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("GENTLEHOURS_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GENTLEHOURS_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'clinic.db'}")
    return tmp_path


@pytest.fixture
def clinic(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clinic that copied the policy to make it its own."""
    folder = home / "policy"
    folder.mkdir()
    for name, text in files.shipped().items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("GENTLEHOURS_POLICY", str(folder))
    return folder


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def laxer(folder: Path, days: int = 5) -> None:
    change(folder, "d_illness.toml", FEVER, FEVER.replace("days = 7", f"days = {days}"))


def stricter(folder: Path) -> None:
    change(folder, "d_illness.toml", FEVER, FEVER.replace("days = 7", "days = 9"))


def ask(folder: Path, words: str = WORDS) -> None:
    """A question of the clinic's own, in words of its own."""
    (folder / "z_sunburn.toml").write_text(QUESTION, encoding="utf-8")
    if words:
        (folder / "en").mkdir(exist_ok=True)
        (folder / "en" / "clinic.po").write_text(words, encoding="utf-8")


def run(*command: str) -> Result:
    return CliRunner().invoke(app, list(command))


def refused(*command: str) -> str:
    done = run(*command)
    assert done.exit_code == 2, done.output
    assert "Traceback" not in done.output
    return done.stderr


def well(*command: str) -> str:
    done = run(*command)
    assert done.exit_code == 0, done.output
    return done.stdout


# --- compared ---


def test_a_policy_does_not_differ_from_its_copy(clinic: Path) -> None:
    assert "0 laxer or in doubt, 0 stricter, 0 neither." in well("policy", "diff", "shipped", str(clinic))


def test_differences_are_told_by_item_and_the_laxer_first(clinic: Path) -> None:
    stricter(clinic)
    change(clinic, "b_nerve.toml", 'group = "relapse", days = 14', 'group = "relapse", days = 10')
    change(clinic, "b_nerve.toml", 'applies_to = ["ms"]', 'applies_to = ["ms", "stroke"]')
    done = run("policy", "diff", "shipped", str(clinic))
    assert done.exit_code == 1
    lines = [line for line in done.stdout.splitlines()[1:] if line]
    assert "1 laxer or in doubt, 2 stricter" in done.stdout.splitlines()[0]
    assert lines == [
        "Item N1, section B",
        "  laxer: finding relapse_current, least hold in days: 14 -> 10",
        "  stricter: item N1, asked of: MS -> MS, Stroke or mini-stroke (TIA)",
        "Item I1, section D",
        "  stricter: finding fever_or_infection, least hold in days: 7 -> 9",
    ]


def test_versions_kept_can_be_compared(clinic: Path) -> None:
    assert "nobody has signed one yet" in refused("policy", "diff", "in-force", "shipped")
    well("policy", "sign-off", "--by", "Eva Novak")
    assert "0 laxer" in well("policy", "diff", "shipped", "in-force")
    change(clinic, "policy.toml", 'version = "1.0.2"', 'version = "1.0.2-mill-lane"')
    ask(clinic)
    well("policy", "sign-off", "--by", "Eva Novak")
    told = run("policy", "diff", "1.0.2", "1.0.2-mill-lane")
    assert told.exit_code == 1
    assert 'line E99 is new: "Skin that is red from the sun" -> finding sunburn_bad' in told.stdout
    assert "9.9.9 is no folder, and no version" in refused("policy", "diff", "shipped", "9.9.9")


# --- checked ---

NEW_ITEM = 'id = "R15"\nsection = "A"\nwhen = "L"\n\n[[item]]\nid = "R14"'
BARE = ('bp_unknown", outcome = "caution", note', 'bp_unknown", outcome = "caution" }, #')
HOLD = 'unwell_today", outcome = "defer", group = "dated"'
BROKEN = [
    ("cards_check.toml", 'gives = ["new_confusion"]', 'gives = ["new_confusoin"]', "no finding of"),
    ("a_red_flags.toml", 'id = "R14"', NEW_ITEM, '"R15" can never be reached'),
    ("e_body.toml", BARE[0], BARE[1], "without a therapist note"),
    ("d_illness.toml", HOLD, HOLD.replace(', group = "dated"', ""), "nobody can lift"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), BROKEN, ids=[fault[3] for fault in BROKEN])
def test_a_broken_policy_is_refused(clinic: Path, file: str, old: str, new: str, said: str) -> None:
    change(clinic, file, old, new)
    assert said in refused("check")


def test_a_folder_without_a_policy_is_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENTLEHOURS_POLICY", str(home))
    assert "GENTLEHOURS_POLICY is not a folder with the .toml files of a policy." in refused("check")


def test_a_question_of_its_own_needs_words_in_every_language(clinic: Path) -> None:
    ask(clinic, words="")
    assert "en: the policy needs words for check.e.99." in refused("check")
    ask(clinic)
    assert "All is well" in well("check")


def test_a_text_that_ships_is_not_reworded(clinic: Path) -> None:
    ask(clinic, WORDS + '\nmsgid "check.a"\nmsgstr "Are you well?"\n')
    assert "check.a ships with the program" in refused("check")


def test_a_text_that_is_hard_to_read_is_refused(clinic: Path) -> None:
    hard = "dermatological manifestations following excessive ultraviolet exposure recently observed"
    ask(clinic, WORDS.replace("told us of sunburn", hard))
    said = refused("check")
    assert "finding.sunburn_bad reads at grade" in said
    assert "8 is the most" in said


# --- laxer than what ships ---


def test_a_stricter_policy_needs_the_usual_signature_only(clinic: Path) -> None:
    stricter(clinic)
    assert "All is well" in well("check")
    well("policy", "sign-off", "--by", "Eva Novak")


def test_a_laxer_policy_starts_only_when_a_lead_signed_exactly_that(clinic: Path) -> None:
    laxer(clinic)
    for command in ("check", "run"):
        said = refused(command)
        assert f"The policy in {clinic} is laxer" in said
        assert f"gentlehours policy diff shipped {clinic}" in said
        assert "--accept-laxer 1" in said
    unsaid = run("policy", "sign-off", "--by", "Eva Novak")
    assert unsaid.exit_code == 2
    assert "laxer: finding fever_or_infection, least hold in days: 7 -> 5" in unsaid.stdout
    assert "add --accept-laxer 1" in unsaid.stderr
    assert "add --accept-laxer 1" in refused("policy", "sign-off", "--by", "Eva Novak", "--accept-laxer", "2")
    well("policy", "sign-off", "--by", "Eva Novak", "--accept-laxer", "1")
    assert "All is well" in well("check")
    change(clinic, "d_illness.toml", "days = 5", "days = 4")
    assert "nobody signed exactly these" in refused("check")


def test_what_is_not_laxer_is_not_accepted_as_such(clinic: Path) -> None:
    assert "leave out --accept-laxer" in refused(
        "policy", "sign-off", "--by", "Eva Novak", "--accept-laxer", "1"
    )


def test_the_signature_keeps_the_difference_it_took(clinic: Path) -> None:
    laxer(clinic)
    well("policy", "sign-off", "--by", "Eva Novak", "--accept-laxer", "1")

    async def signed() -> SignOff:
        database = await ready(load_settings())
        try:
            async with database.reading() as session:
                return (await session.scalars(select(SignOff))).one()
        finally:
            await database.close()

    row = asyncio.run(signed())
    assert (row.by_name, row.version, row.kind) == ("Eva Novak", "1.0.2", "console")
    assert row.content_hash == policy.load(files.in_folder(clinic)).content_hash
    assert row.baseline_hash == policy.load(files.shipped()).content_hash
    (told,) = row.laxer
    assert (told["name"], told["what"], told["old"], told["new"]) == ("fever_or_infection", "days", 7, 5)
    assert len(row.laxer_hash) == 64


async def test_another_policy_that_ships_asks_for_another_signature(
    clinic: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laxer(clinic)
    own = policy.load(files.in_folder(clinic))
    database = await ready(load_settings())
    try:
        async with database.transaction() as session:
            now = Clock().now()
            await sign_off.store(session, own, {"en": {}}, now)
            with pytest.raises(sign_off.NotAccepted) as refused_here:
                await sign_off.sign(session, own.version, "Eva Novak", None, now, kind="console")
            assert len(refused_here.value.changes) == 1
            await sign_off.sign(session, own.version, "Eva Novak", None, now, kind="console", accepts=1)
            assert await laxer_policy.faults(session, own, clinic) == []
            sources = policy.load(shipped_with('sources = "S13"', 'sources = "S13, S62"'))
            monkeypatch.setattr(sign_off, "_shipped", lambda: sources)
            assert await laxer_policy.faults(session, own, clinic) == []  # the difference is the same
            longer = policy.load(shipped_with("days = 7, who_first", "days = 8, who_first"))
            monkeypatch.setattr(sign_off, "_shipped", lambda: longer)
            (said,) = await laxer_policy.faults(session, own, clinic)
            assert "--accept-laxer 2" in said
    finally:
        await database.close()


def shipped_with(old: str, new: str) -> dict[str, str]:
    texts = files.shipped()
    assert any(old in text for text in texts.values())
    return {name: text.replace(old, new) for name, text in texts.items()}
