"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    _site()
    _courses()
    _students()
    _enrolments()
    _progress()
    _outbox()
    _inbox()
    _posts()


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def _index_where(condition: str, name: str, table: str, column: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)


def _site() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
    op.create_table(
        "lane",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lane")),
    )
    op.create_table(
        "mailbox",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("next_uid", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("alive_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )


def _courses() -> None:
    op.create_table(
        "course",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), server_default="", nullable=False),
        sa.Column("in_force", sa.Text(), server_default="", nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_course")),
    )
    op.create_table(
        "lesson",
        sa.Column("id", ID, nullable=False),
        sa.Column("course", sa.Text(), server_default="", nullable=False),
        sa.Column("slug", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("files", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
        sa.UniqueConstraint(
            "course",
            "slug",
            "language",
            "version",
            name=op.f("uq_lesson_course_slug_language_version"),
        ),
    )
    op.create_table(
        "issue",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("told_to", ID, nullable=True),
        sa.PrimaryKeyConstraint("course", "slug", name=op.f("pk_issue")),
    )


def _students() -> None:
    op.create_table(
        "student",
        sa.Column("id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("address_as_given", sa.Text(), server_default="", nullable=False),
        sa.Column("mailbox", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("address", name=op.f("uq_student_address")),
    )
    _index("student", "mailbox")
    op.create_table(
        "suppression",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Float(), server_default="0", nullable=False),
        sa.Column("scored_at", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppression")),
    )


def _enrolments() -> None:
    op.create_table(
        "enrolment",
        sa.Column("id", ID, nullable=False),
        sa.Column("student", ID, nullable=False),
        sa.Column("course", sa.Text(), server_default="", nullable=False),
        sa.Column("cohort", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="student", nullable=False),
        sa.Column("state", sa.Text(), server_default="asked", nullable=False),
        sa.Column("pause_why", sa.Text(), server_default="", nullable=False),
        sa.Column("pause_until", sa.BigInteger(), nullable=True),
        sa.Column("days", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), server_default="", nullable=False),
        sa.Column("starts", sa.Date(), nullable=True),
        sa.Column("greet_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("digest_every", sa.Text(), server_default="daily", nullable=False),
        sa.Column("digest_due_at", sa.BigInteger(), nullable=True),
        sa.Column("undo", sa.Text(), server_default="", nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["student"], ["student.id"], name=op.f("fk_enrolment_student"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("student", "course", name=op.f("uq_enrolment_student_course")),
    )
    _index("enrolment", "course", "role")
    _index("enrolment", "course", "state")
    _index("enrolment", "digest_due_at")
    _index("enrolment", "greet_at")
    _index("enrolment", "state", "due_at")
    _index("enrolment", "state", "pause_until")


def _progress() -> None:
    op.create_table(
        "had",
        sa.Column("enrolment", ID, nullable=False),
        sa.Column("lesson", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name=op.f("fk_had_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment", "lesson", name=op.f("pk_had")),
    )
    op.create_table(
        "news",
        sa.Column("enrolment", ID, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name=op.f("fk_news_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment", "slug", name=op.f("pk_news")),
    )
    _index("news", "due_at")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", KEY, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("enrolment", ID, nullable=True),
        sa.Column("lesson", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("mail_from", sa.Text(), server_default="", nullable=False),
        sa.Column("parts", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), server_default="ready", nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("good_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unsure_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("effect", sa.Text(), server_default="", nullable=False),
        sa.Column("last_code", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_text", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name=op.f("fk_outbox_enrolment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sa.UniqueConstraint("token", name=op.f("uq_outbox_token")),
    )
    _index("outbox", "address", "created_at")
    _index("outbox", "enrolment", "state")
    _index("outbox", "settled_at")
    _index("outbox", "state", "not_before")


def _inbox() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("mailbox", sa.Text(), server_default="", nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="new", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("sender", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.Text(), server_default="", nullable=False),
        sa.Column("content", sa.Text(), server_default="", nullable=False),
        sa.Column("enrolment", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name=op.f("fk_inbox_enrolment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["raw"], ["blob.sha256"], name=op.f("fk_inbox_raw")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint(
            "mailbox", "uidvalidity", "uid", name=op.f("uq_inbox_mailbox_uidvalidity_uid")
        ),
    )
    _index("inbox", "content")
    _index_where("raw IS NOT NULL", "ix_inbox_kept", "inbox", "received_at")
    _index("inbox", "message_id")
    _index("inbox", "state", "id")


def _posts() -> None:
    op.create_table(
        "post",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=True),
        sa.Column("course", sa.Text(), server_default="", nullable=False),
        sa.Column("cohort", sa.Text(), server_default="", nullable=False),
        sa.Column("lesson", sa.Text(), server_default="", nullable=False),
        sa.Column("thread", ID, nullable=True),
        sa.Column("parent", ID, nullable=True),
        sa.Column("enrolment", ID, nullable=False),
        sa.Column("state", sa.Text(), server_default="accepted", nullable=False),
        sa.Column("audience", sa.Text(), server_default="class", nullable=False),
        sa.Column("to_enrolment", ID, nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("elided", sa.Text(), server_default="", nullable=False),
        sa.Column("files", sa.Text(), server_default="", nullable=False),
        sa.Column("rule", sa.Text(), server_default="", nullable=False),
        sa.Column("told_to", ID, nullable=True),
        sa.Column("inbox", ID, nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment"], ["enrolment.id"], name=op.f("fk_post_enrolment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["inbox"], ["inbox.id"], name=op.f("fk_post_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("inbox", "part", name=op.f("uq_post_inbox_part")),
        sa.UniqueConstraint("number", name=op.f("uq_post_number")),
    )
    _index("post", "course", "cohort", "lesson", "number")
    _index("post", "number", "state")
    _index_where("told_to IS NOT NULL", "ix_post_told_to", "post", "told_to")
