"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
% if triggers:

TRIGGERS = {
% for dialect, lines in triggers.items():
    ${repr(dialect)}: [
    % for line in lines:
        ${repr(line)},
    % endfor
    ],
% endfor
}
% endif


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
% if triggers:
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)
% endif


def downgrade() -> None:
    raise NotImplementedError("there is no way back but the backup: see docs/operations.md")
