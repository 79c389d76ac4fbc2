"""Reads the policy that ships, as texts by file name: input and output stay out of the pure modules."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def shipped(folder: Path | None = None) -> dict[str, str]:
    """The TOML texts of the policy on disk, by file name, in order. `folder` overrides the one that ships."""
    root = folder if folder is not None else files("config") / "policy" / "screening"
    return {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(root.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    }
