"""The house keeps its own rules: doors that no linter knows, and nothing private in the tree."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
PACKAGES = ("bot", "scheduling", "screening", "config")
READS_TIME = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
}
SIMULATOR = ROOT / "bot" / "simulator"  # stands for Telegram, which has a clock of its own
# The only modules that may end a transaction by hand; everybody else leaves `database.transaction()`.
MAY_COMMIT = {"config/database.py", "config/migrate.py", "config/migrations/env.py"}


def modules() -> list[Path]:
    return [p for package in PACKAGES for p in sorted((ROOT / package).rglob("*.py"))]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{getattr(node, 'lineno', 0)}"


def calls(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """Calls written `something.name(...)`: the call, the last word of something, name."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            word = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            yield node, word, node.func.attr


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_every_module_says_why_it_exists() -> None:
    assert [str(p.relative_to(ROOT)) for p in modules() if not ast.get_docstring(tree(p))] == []


def test_only_the_clock_reads_the_time() -> None:
    readers = [
        where(path, node)
        for path in modules()
        if path != ROOT / "config" / "clock.py" and SIMULATOR not in path.parents
        for node, owner, name in calls(path)
        if (owner, name) in READS_TIME
    ]
    assert readers == []


def test_only_the_bot_knows_telegram() -> None:
    found = []
    for path in modules():
        parts = path.relative_to(ROOT).parts
        if parts[0] == "bot" and parts[1] not in {"client", "therapist", "admin"}:
            continue
        for node in ast.walk(tree(path)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found += [where(path, node) for name in names if name.split(".")[0] == "telegram"]
    assert found == []


def test_one_commit_a_turn() -> None:
    committers = [
        where(path, node)
        for path in modules()
        if path.relative_to(ROOT).as_posix() not in MAY_COMMIT
        for node, owner, name in calls(path)
        if name == "commit" and owner in {"session", "connection", "database"}
    ]
    assert committers == []


def test_slices_do_not_know_each_other() -> None:
    slices = ("client", "therapist", "admin")
    found = []
    for path in modules():
        parts = path.relative_to(ROOT).parts
        if parts[0] != "bot" or parts[1] not in slices:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and node.module:
                others = {f"bot.{s}" for s in slices if s != parts[1]}
                found += [where(path, node) for o in others if node.module.startswith(o)]
    assert found == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a bot token", r"(?<![\w:])[1-9]\d{7,10}:AA[\w-]{30,}(?![\w-])"),
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY"),
        (
            "an address of a package index",
            r"(?i)(files\.pythonhosted|pypi\.org/simple|--index-url)",
        ),
        ("a path of somebody's machine", r"(?<![\w.])/(home/\w+|Users/\w+|root|work)/[\w.-]"),
    ],
)
def test_nothing_private_is_tracked(what: str, pattern: str) -> None:
    found = []
    for path in tracked():
        if path == Path(__file__) or path.suffix in {".png", ".ico", ".gz"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if re.search(pattern, line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == [], what


def test_no_lock_that_names_a_registry_is_tracked() -> None:
    names = {path.name for path in tracked()}
    assert names.isdisjoint({"uv.lock", "pylock.toml", "poetry.lock", ".env", "package-lock.json"})


def test_constraints_hold_every_dependency_and_fit_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [Requirement(r) for r in project["dependencies"] + project["optional-dependencies"]["dev"]]
    pinned = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[a-z0-9-]+(\[[\w,-]+\])?==[\w.+!]+( ; .+)?", line), line
        name, _, rest = line.partition("==")
        pinned[name.partition("[")[0]] = rest.partition(" ;")[0]
    wrong = [str(r) for r in wanted if not r.specifier.contains(pinned.get(r.name.lower(), "0"))]
    assert wrong == []


def test_every_make_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("help", "demo", "test", "check", "bench", "stress", "migration"):
        assert re.search(rf"^{target}:.* ## \w", makefile, re.MULTILINE), target
    assert "make demo" in (ROOT / "README.md").read_text()


def test_every_decision_knows_the_clinics_own_day_counts() -> None:
    """The policy names settings that lengthen a hold; a caller that forgets them would use the shortest."""
    left_out = [
        where(path, call)
        for path in modules()
        if path.relative_to(ROOT).parts[0] in {"bot", "scheduling"}
        for call, owner, name in calls(path)
        if (owner, name) in {("interview", "finish"), ("interview", "raise_finding")}
        and not any(keyword.arg == "clinic_days" for keyword in call.keywords)
    ]
    assert left_out == []
