"""Aliases of a student, mail that was vouched for, and posts that their writers may change."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alias",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("student", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["student"], ["student.id"], name=op.f("fk_alias_student"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_alias")),
    )
    op.create_index(op.f("ix_alias_student"), "alias", ["student"], unique=False)
    op.add_column(
        "inbox", sa.Column("vouched", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("post", sa.Column("whole", sa.Text(), nullable=False, server_default=""))
    op.add_column("post", sa.Column("earlier", sa.Text(), nullable=False, server_default=""))
    op.add_column("post", sa.Column("changed_at", sa.BigInteger()))
