"""Reads the policy that ships and its table of cases: input and output stay out of the pure modules."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any


def shipped(folder: Path | None = None) -> dict[str, str]:
    """The TOML texts of the policy on disk, by file name, in order. `folder` overrides the one that ships."""
    root = folder if folder is not None else files("config") / "policy" / "screening"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(root.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def cases() -> list[dict[str, Any]]:
    """The table of cases that a clinician reads and signs, a row a case; the file says what a row holds."""
    text = (files("config") / "policy" / "cases.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["cases"]
    return rows
