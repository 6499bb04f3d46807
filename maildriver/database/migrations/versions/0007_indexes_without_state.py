"""No index of the outbox holds what changes while a message is sent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_OF_SOME = {
    "waiting": ("not_before", "settled_at IS NULL"),
    "unsure": ("not_before", "settled_at IS NULL AND unsure_count > 0"),
    "owned": ("owner", "owner <> ''"),
    "unsent": ("enrolment", "parts IS NOT NULL"),
    "aside": ("settled_at", "settled_at IS NOT NULL AND parts IS NOT NULL"),
    "settled": ("settled_at", "settled_at IS NOT NULL"),
}


def upgrade() -> None:
    for name in ("enrolment_state", "settled_at", "state_not_before"):
        op.drop_index(op.f(f"ix_outbox_{name}"), "outbox")
    # What was released once kept the moment at which it had been held.
    op.execute(
        "UPDATE outbox SET settled_at = NULL"
        " WHERE state IN ('ready', 'claimed', 'dotted', 'unsure') AND settled_at IS NOT NULL"
    )
    op.create_index(op.f("ix_outbox_enrolment"), "outbox", ["enrolment"], unique=False)
    for name, (column, condition) in _OF_SOME.items():
        where = sa.text(condition)
        op.create_index(
            f"ix_outbox_{name}", "outbox", [column], sqlite_where=where, postgresql_where=where
        )
