"""Finds every module that has tables, so that the tests' schema is the whole one."""

from __future__ import annotations

import importlib
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "screening", "scheduling", "bot")


def modules() -> list[str]:
    found = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts and "__tablename__" in path.read_text(encoding="utf-8"):
                found.append(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return found


def load() -> None:
    for name in modules():
        importlib.import_module(name)
