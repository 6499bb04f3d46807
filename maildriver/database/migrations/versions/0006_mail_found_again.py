"""Mail is found by its bytes and by its sender, and the notes of an hour among all messages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(op.f("ix_inbox_raw"), "inbox", ["raw"], unique=False)
    op.create_index(
        op.f("ix_inbox_sender_received_at"), "inbox", ["sender", "received_at"], unique=False
    )
    note = sa.text("kind = 'note'")
    op.create_index(
        "ix_outbox_notes", "outbox", ["created_at"], sqlite_where=note, postgresql_where=note
    )
