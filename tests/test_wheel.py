"""What is installed from the wheel works alone: no checkout, no file of ours beside it, an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path, timeout: float = 150, **env: str) -> str:
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith(("GENTLEHOURS_", "PYTHON", "VIRTUAL_ENV"))
    }
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs are of an environment that holds the wheel, what it needs, and nothing else."""
    uv = Path(sys.executable).with_name("uv")
    folder = tmp_path_factory.mktemp("wheel")
    run(uv, "build", "--wheel", "-q", "-o", folder / "dist", ROOT, cwd=folder)
    run(uv, "venv", "-q", "--python", sys.executable, folder / "env", cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    python = folder / "env" / "bin" / "python"
    run(uv, "pip", "install", "-q", "--python", python, "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    return python.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder that stands for a stranger's home."""
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def test_it_checks_itself(installed: Path, folder: Path) -> None:
    said = run(installed / "gentlehours", "check", cwd=folder, HOME=str(folder))
    assert "All is well" in said


def test_it_prints_its_policy(installed: Path, folder: Path) -> None:
    said = run(
        installed / "gentlehours", "policy", "print", "--out", "policy.html", cwd=folder, HOME=str(folder)
    )
    assert said.startswith("Written: policy.html")
    assert "well, nothing new" in (folder / "policy.html").read_text(encoding="utf-8")


def test_it_lays_its_tables(installed: Path, folder: Path) -> None:
    settings = {"GENTLEHOURS_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'clinic.db'}"}
    said = run(installed / "gentlehours", "migrate", cwd=folder, HOME=str(folder), **settings)
    assert said.strip() == "Done."
    assert (folder / "clinic.db").stat().st_size > 0


@pytest.mark.timeout(240)
def test_it_plays_the_whole_story_and_leaves_nothing(installed: Path, folder: Path) -> None:
    said = run(installed / "gentlehours", "demo", "--tour", cwd=folder, HOME=str(folder))
    assert len(said.splitlines()) > 50
    assert list(folder.iterdir()) == []
