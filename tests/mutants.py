"""Breaks the rules of `screening/` on purpose, one small change at a time, for the tests to notice.

Run it as `make mutants`.

`tests/screening/mutants.toml` says which tests watch over which module, and lists the changes that alter
nothing. Each module has a folder of its own in `.mutants`, where a run that was stopped goes on. What was
killed stays so until its function changes; what survived is tried again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".mutants"
TABLE = ROOT / "tests" / "screening" / "mutants.toml"
FLOORS = ("screening", "config", "scheduling", "bot", "tests")
MUTMUT = Path(sys.executable).with_name("mutmut")
KILLED = ("killed", "timeout", "segfault")  # a change that runs for ever or crashes was noticed too
SHARE = 0.95

# A property draws other examples at each run and would make a survivor of today a kill of tomorrow.
SETTINGS = """
[tool.mutmut]
source_paths = ["screening"]
only_mutate = ["{module}"]
also_copy = ["bot", "config", "scheduling"]
pytest_add_cli_args_test_selection = [{tests}]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-m", "not benchmark and not stress and not hypothesis"]
timeout_multiplier = 1.5
timeout_constant = 10
track_dependencies = false
use_git_change_detection = false
"""


@dataclass(frozen=True)
class Change:
    """Lines that a change takes out of a function, and those that it puts there."""

    place: str  # screening.decision._weigh
    was: str
    becomes: str


class Bench:
    """The folder in which one module is broken."""

    def __init__(self, module: str, tests: list[str]) -> None:
        self.module = module
        self.folder = WORK / Path(module).stem
        self.folder.mkdir(parents=True, exist_ok=True)
        for floor in FLOORS:
            if not (self.folder / floor).is_symlink():
                (self.folder / floor).symlink_to(ROOT / floor)
            if floor != "screening":  # what was deleted since must not stay in the copy
                shutil.rmtree(self.folder / "mutants" / floor, ignore_errors=True)
        # which test calls what: mutmut asks new tests only, and one that changed calls other functions
        (self.folder / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
        named = ", ".join(f'"tests/screening/{test}"' for test in tests)
        project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
        settings = project + SETTINGS.format(module=module, tests=named)
        (self.folder / "pyproject.toml").write_text(settings, encoding="utf-8")

    def run(self) -> None:
        """Tries every change that was not tried yet, then again those that had survived."""
        survived = self.left()
        self._mutmut("run", "--max-children", os.environ.get("WORKERS", "1"))
        again = sorted(survived & self.left())
        if again:
            self._mutmut("run", "--max-children", os.environ.get("WORKERS", "1"), *again)

    def results(self) -> dict[str, str]:
        """What became of each change, by its name."""
        if not (self.folder / "mutants" / f"{self.module}.meta").exists():
            return {}
        lines = self._mutmut("results", "--all", "true").splitlines()
        return dict(line.strip().split(": ") for line in lines if ": " in line)

    def left(self) -> set[str]:
        """The changes that no test noticed."""
        return {name for name, result in self.results().items() if result not in KILLED}

    def change(self, name: str) -> Change:
        """What the change of this name does."""
        lines = self._mutmut("show", name).splitlines()
        module, function = re.sub(r"__mutmut_\d+$", "", name).rsplit(".", 1)
        function = function.removeprefix("x_") if "ǁ" not in function else function[2:].replace("ǁ", ".")
        return Change(f"{module}.{function}", _side(lines, "-"), _side(lines, "+"))

    def _mutmut(self, *arguments: str) -> str:
        done = subprocess.run([MUTMUT, *arguments], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            tail = re.split(r"[\r\n]+", done.stdout + done.stderr)[-40:]
            sys.exit("\n".join([f"{self.module}: mutmut {arguments[0]} failed.", *tail]))
        return done.stdout


def _side(diff: list[str], sign: str) -> str:
    lines = [line[1:].strip() for line in diff if line.startswith(sign) and not line.startswith(sign * 3)]
    return " ".join(lines)


def _alike(module: str, table: dict[str, Any]) -> Iterator[Change]:
    for row in table.get("same", []):
        if row["in"].startswith(_inside(module)):
            yield Change(row["in"], row["was"], row["becomes"])


def _inside(module: str) -> str:
    return module.removesuffix(".py").replace("/", ".") + "."


def _look_through(table: dict[str, Any], modules: list[str]) -> None:
    unknown = [module for module in modules if module not in table["tests"]]
    if unknown:
        sys.exit(f"{TABLE} names no tests for {', '.join(unknown)}.")
    for row in table.get("same", []):
        if not row.get("why"):
            sys.exit(f"{TABLE.name}: no reason is given for {row}.")
        if not row["in"].startswith(tuple(map(_inside, table["tests"]))):
            sys.exit(f"{TABLE.name} lists a change of {row['in']}, whose module it names no tests for.")


def main(modules: list[str]) -> int:
    """Prints a line a module and what is left of it. Returns 1 if too much is left."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    _look_through(table, modules)
    failed = False
    print(f"{'module':32}{'mutants':>8}{'killed':>8}{'same':>8}{'left':>8}{'share':>8}", flush=True)
    for module in modules or table["tests"]:
        bench = Bench(module, table["tests"][module])
        bench.run()
        results = bench.results()
        survivors = {name: bench.change(name) for name in sorted(bench.left())}
        alike = set(_alike(module, table))
        left = {name: change for name, change in survivors.items() if change not in alike}
        same = len(survivors) - len(left)
        killed = len(results) - len(survivors)
        share = killed / max(1, len(results) - same)
        row = (module, len(results), killed, same, len(left), share)
        print("{:32}{:8}{:8}{:8}{:8}{:8.1%}".format(*row), flush=True)
        for name, change in left.items():
            print(f"  {name}\n    - {change.was}\n    + {change.becomes}")
        for change in sorted(alike - set(survivors.values()), key=str):
            print(f"  {TABLE.name} lists what is no survivor: {change}")
            failed = True
        failed |= share < SHARE
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
