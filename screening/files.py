"""Reads a policy and its table of cases from disk: input and output stay out of the pure modules."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

_POLICY = files("config") / "policy"


def shipped() -> dict[str, str]:
    """The TOML texts of the policy that ships, by file name, in order."""
    return in_folder(_POLICY / "screening")


def in_folder(folder: Path | Traversable) -> dict[str, str]:
    """The TOML texts of the policy in a folder, by file name, in order. Raises: OSError."""
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }


def cases() -> list[dict[str, Any]]:
    """The table of cases that a clinician reads and signs, a row a case; the file says what a row holds."""
    text = (_POLICY / "cases.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["cases"]
    return rows
