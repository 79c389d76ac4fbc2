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
    """Which changes are refused: all (nothing named), or those of these columns. No row is ever deleted.

    `always` stay from the first write on. The others stay once `since` holds, SQL on OLD ("": at once):
    `columns` as they are, `once` as soon as they have a value, `erasable` but that they may be emptied.
    """

    always: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    erasable: tuple[str, ...] = ()
    since: str = ""

    def refused(self, differs: str) -> str:
        """When an update is refused; "" is always."""
        changed = [f"NEW.{c} {differs} OLD.{c}" for c in self.columns]
        changed += [f"(OLD.{c} IS NOT NULL AND NEW.{c} {differs} OLD.{c})" for c in self.once]
        changed += [f"(NEW.{c} IS NOT NULL AND NEW.{c} {differs} OLD.{c})" for c in self.erasable]
        later = " OR ".join(changed)
        if later and self.since:
            later = f"({self.since} AND ({later}))"
        at_once = [f"NEW.{c} {differs} OLD.{c}" for c in self.always]
        return " OR ".join(filter(None, [*at_once, later]))


PROTECTED: dict[str, Protection] = {}


def statements(table: str, protection: Protection, dialect: str) -> list[str]:
    """What makes `table` keep its rows as they were written."""
    made = [FUNCTION] if dialect == "postgresql" else []
    differs = "IS DISTINCT FROM" if dialect == "postgresql" else "IS NOT"
    for what, condition in (("UPDATE", protection.refused(differs)), ("DELETE", "")):
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
    if dialect == "postgresql":  # a table emptied as a whole asks no row
        made.append(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
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
