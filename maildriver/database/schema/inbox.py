"""Fetched mail, its files, and how far each mailbox has been read."""

import sqlalchemy as sa

from maildriver.database.columns import Id, Moment, count, enrolment_id, flag, index_of_some, text
from maildriver.database.metadata import metadata

# How far each IMAP mailbox has been read.
mailbox = sa.Table(
    "mailbox",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("next_uid", sa.BigInteger, nullable=False),
    sa.Column("since", Moment, nullable=False),  # mail from before is not ours
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("mailbox"),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("raw_sha256", sa.Text, sa.ForeignKey("blob.sha256")),  # null: a stranger's mail
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    text("state", "new"),  # new | done | held | dropped
    text("claimed_by"),  # the process that reads it
    count("tries"),  # to read it alone, or among others that failed with it
    flag("read_alone"),  # a process ended while it read this mail among others
    text("kind"),
    text("rule"),  # what decided its state
    text("sender"),  # the one address of its From header, in lower case; else empty
    text("message_id"),  # its Message-ID header
    text("content_hash"),  # of sender, Message-ID and body: the same for every copy of a mail
    enrolment_id(nullable=True),
    flag("sender_confirmed"),  # the student has said that this mail is theirs
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "raw_sha256"),
    sa.Index(None, "content_hash"),
    sa.Index(None, "message_id"),
    sa.Index(None, "sender", "received_at"),
    index_of_some("ix_inbox_kept", "received_at", "raw_sha256 IS NOT NULL"),
    index_of_some("ix_inbox_waiting", "sender", "state = 'new'"),
)

# Files that came with mail. Each is a blob of its own, which outlives the raw mail.
mail_file = sa.Table(
    "mail_file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("inbox_id", Id, sa.ForeignKey("inbox.id"), nullable=False),
    sa.Column("post_id", Id, sa.ForeignKey("post.id", ondelete="CASCADE")),  # null: no post
    enrolment_id(),  # the sender
    sa.Column("position", sa.Integer, nullable=False),  # among the files of its mail
    text("name"),
    text("media_type"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blob.sha256")),  # null: its bytes are not kept
    text("state"),  # passed | held | released | dropped | logo | large
    text("why"),
    sa.Index(None, "inbox_id"),
    sa.Index(None, "post_id"),
    sa.Index(None, "enrolment_id"),
    sa.Index(None, "sha256"),
    sa.Index(None, "state"),
)
