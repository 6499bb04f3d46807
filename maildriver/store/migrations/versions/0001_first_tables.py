"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
    )
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
        "issue",
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("told_to", ID, nullable=True),
        sa.PrimaryKeyConstraint("course", "slug", name=op.f("pk_issue")),
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
    op.create_index(op.f("ix_student_mailbox"), "student", ["mailbox"], unique=False)
    op.create_table(
        "suppression",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), server_default="", nullable=False),
        sa.Column("score", sa.Float(), server_default="0", nullable=False),
        sa.Column("scored_at", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_suppression")),
    )
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
    op.create_index(
        op.f("ix_enrolment_course_role"), "enrolment", ["course", "role"], unique=False
    )
    op.create_index(
        op.f("ix_enrolment_course_state"), "enrolment", ["course", "state"], unique=False
    )
    op.create_index(
        op.f("ix_enrolment_digest_due_at"), "enrolment", ["digest_due_at"], unique=False
    )
    op.create_index(op.f("ix_enrolment_greet_at"), "enrolment", ["greet_at"], unique=False)
    op.create_index(
        op.f("ix_enrolment_state_due_at"), "enrolment", ["state", "due_at"], unique=False
    )
    op.create_index(
        op.f("ix_enrolment_state_pause_until"), "enrolment", ["state", "pause_until"], unique=False
    )
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
    op.create_index(op.f("ix_inbox_content"), "inbox", ["content"], unique=False)
    op.create_index(
        "ix_inbox_kept",
        "inbox",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("raw IS NOT NULL"),
        postgresql_where=sa.text("raw IS NOT NULL"),
    )
    op.create_index(op.f("ix_inbox_message_id"), "inbox", ["message_id"], unique=False)
    op.create_index(op.f("ix_inbox_state_id"), "inbox", ["state", "id"], unique=False)
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
    op.create_index(op.f("ix_news_due_at"), "news", ["due_at"], unique=False)
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
    op.create_index(
        op.f("ix_outbox_address_created_at"), "outbox", ["address", "created_at"], unique=False
    )
    op.create_index(
        op.f("ix_outbox_enrolment_state"), "outbox", ["enrolment", "state"], unique=False
    )
    op.create_index(op.f("ix_outbox_settled_at"), "outbox", ["settled_at"], unique=False)
    op.create_index(
        op.f("ix_outbox_state_not_before"), "outbox", ["state", "not_before"], unique=False
    )
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
    op.create_index(
        op.f("ix_post_course_cohort_lesson_number"),
        "post",
        ["course", "cohort", "lesson", "number"],
        unique=False,
    )
    op.create_index(op.f("ix_post_number_state"), "post", ["number", "state"], unique=False)
    op.create_index(
        "ix_post_told_to",
        "post",
        ["told_to"],
        unique=False,
        sqlite_where=sa.text("told_to IS NOT NULL"),
        postgresql_where=sa.text("told_to IS NOT NULL"),
    )
