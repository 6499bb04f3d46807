"""Mail that waits is found by its sender, so that it is understood in the order it came in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    waiting = sa.text("state = 'new'")
    op.create_index(
        "ix_inbox_waiting", "inbox", ["sender"], sqlite_where=waiting, postgresql_where=waiting
    )
