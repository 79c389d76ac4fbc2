"""What Alembic runs: it gets connection and metadata from `config.migrate`, so it imports no floor above."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator


def plain_type(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database: a migration outlives the code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def run() -> None:
    given = context.config.attributes
    connection = given["connection"]
    context.configure(
        connection=connection,
        target_metadata=given.get("metadata"),
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=plain_type,
        template_args={"triggers": given.get("triggers")},
    )
    context.run_migrations()


run()
