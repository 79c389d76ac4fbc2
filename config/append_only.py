"""Rows that are written once: triggers that refuse to change or delete them, on both databases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, event

# Two rules in words of their own for each database; an attempt against one raises IntegrityError.
FUNCTION = (
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $body$"
    " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';"
    " END $body$"
)


@dataclass(frozen=True)
class Protection:
    """Which changes are refused: all (no `columns`), or of these columns once `since` holds for a row.

    A column of `erasable` may still be emptied.
    """

    columns: tuple[str, ...] = ()
    erasable: tuple[str, ...] = ()
    since: str = ""

    def conditions(self, differs: str) -> tuple[str, str]:
        """When an update and when a delete is refused; "" is always."""
        once = f"OLD.{self.since}" if self.since else ""
        changed = [f"NEW.{c} {differs} OLD.{c}" for c in self.columns]
        changed += [f"(NEW.{c} IS NOT NULL AND NEW.{c} {differs} OLD.{c})" for c in self.erasable]
        update = " AND ".join(filter(None, [once, f"({' OR '.join(changed)})" if changed else ""]))
        return update, once


PROTECTED: dict[str, Protection] = {}


def statements(table: str, protection: Protection, dialect: str) -> list[str]:
    """What makes `table` keep its rows as they were written."""
    made = [FUNCTION] if dialect == "postgresql" else []
    differs = "IS DISTINCT FROM" if dialect == "postgresql" else "IS NOT"
    for what, condition in zip(("UPDATE", "DELETE"), protection.conditions(differs), strict=True):
        name = f"{table}_no_{what.lower()}"
        when = f" WHEN ({condition})" if condition else ""
        if dialect == "postgresql":
            made.append(
                f"CREATE TRIGGER {name} BEFORE {what} ON {table}"
                f" FOR EACH ROW{when} EXECUTE FUNCTION refuse_change()"
            )
        else:
            made.append(
                f"CREATE TRIGGER {name} BEFORE {what} ON {table}"
                f" FOR EACH ROW{when} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    return made


def protect(table: object, protection: Protection | None = None) -> None:
    """Mark a table: wherever the metadata creates it, its triggers come with it."""
    assert isinstance(table, Table)
    PROTECTED[table.name] = protection or Protection()

    @event.listens_for(table, "after_create")
    def lay(target: Table, connection: Connection, **_: object) -> None:
        for statement in statements(target.name, PROTECTED[target.name], connection.dialect.name):
            connection.exec_driver_sql(statement)


def of_new_tables(metadata: MetaData, known: set[str]) -> dict[str, list[str]]:
    """The statements for protected tables that are not yet `known`, by dialect: for a migration's text."""
    new = [t for t in metadata.sorted_tables if t.name in PROTECTED and t.name not in known]
    if not new:
        return {}
    return {
        dialect: list(dict.fromkeys(s for t in new for s in statements(t.name, PROTECTED[t.name], dialect)))
        for dialect in ("sqlite", "postgresql")
    }
