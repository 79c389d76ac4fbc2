"""The whole schema: every module that has tables is named here, and a test holds the list complete."""

from __future__ import annotations

import importlib

from sqlalchemy import MetaData

from config.database import Base

TABLES = (
    "bot.conversation",
    "bot.delivery.file_rows",
    "bot.delivery.inbox",
    "bot.demo_clock",
    "config.audit",
    "config.keys",
    "scheduling.appointments",
    "scheduling.clinic",
    "scheduling.notification_rows",
    "scheduling.people",
    "scheduling.tasks",
    "scheduling.visit_notes",
    "screening.letters",
    "screening.tables",
)


def metadata() -> MetaData:
    """The metadata with all tables, whatever was imported before."""
    for name in TABLES:
        importlib.import_module(name)
    return Base.metadata
