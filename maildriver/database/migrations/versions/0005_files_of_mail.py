"""The files of posts, with their bytes; those of before are known by name and size only."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mail_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbox", ID, nullable=False),
        sa.Column("post", ID, nullable=True),
        sa.Column("enrolment", ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("media_type", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment"],
            ["enrolment.id"],
            name=op.f("fk_mail_file_enrolment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["inbox"], ["inbox.id"], name=op.f("fk_mail_file_inbox")),
        sa.ForeignKeyConstraint(
            ["post"], ["post.id"], name=op.f("fk_mail_file_post"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_mail_file_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_file")),
    )
    for column in ("enrolment", "inbox", "post", "sha256", "state"):
        op.create_index(op.f(f"ix_mail_file_{column}"), "mail_file", [column], unique=False)
    _move_names()
    op.drop_column("post", "files")


def _move_names() -> None:
    posts = sa.table("post", *map(sa.column, ("id", "inbox", "enrolment", "files")))
    names = ("inbox", "post", "enrolment", "place", "name", "size", "state", "why")
    mail_file = sa.table("mail_file", *map(sa.column, names))
    conn = op.get_bind()
    for post in conn.execute(sa.select(posts).where(posts.c.files != "")).all():
        rows = [
            {
                "inbox": post.inbox,
                "post": post.id,
                "enrolment": post.enrolment,
                "place": place,
                "name": file["name"],
                "size": file["size"],
                "state": "passed",
                "why": "it came before files were kept",
            }
            for place, file in enumerate(json.loads(post.files))
        ]
        if rows:
            conn.execute(sa.insert(mail_file), rows)
