"""The posts of one writer are found without looking at all."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_index(op.f("ix_post_enrolment"), "post", ["enrolment"], unique=False)
