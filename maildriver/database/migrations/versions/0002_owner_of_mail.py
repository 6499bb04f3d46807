"""Which of several processes has taken a mail to understand it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("inbox", sa.Column("owner", sa.Text, nullable=False, server_default=""))
