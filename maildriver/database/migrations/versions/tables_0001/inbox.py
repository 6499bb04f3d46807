"""Fetched mail, its files, and how far each mailbox has been read."""

from maildriver.database.migrations.tables import (
    BIG,
    ID,
    MOMENT,
    NUMBER,
    TEXT,
    count,
    create,
    flag,
    index,
    index_of_some,
    optional,
    required,
    text,
)


def create_mail() -> None:
    create(
        "mailbox",
        required("name", TEXT),
        required("uidvalidity", BIG),
        required("next_uid", BIG),
        required("since", MOMENT),
        key=["name"],
    )
    create(
        "inbox",
        required("id", ID),
        text("mailbox"),
        required("uidvalidity", BIG),
        required("uid", BIG),
        optional("raw_sha256", TEXT),
        required("size", BIG),
        required("received_at", MOMENT),
        text("state", "new"),
        text("claimed_by"),
        count("tries"),
        flag("read_alone"),
        text("kind"),
        text("rule"),
        text("sender"),
        text("message_id"),
        text("content_hash"),
        optional("enrolment_id", ID),
        flag("sender_confirmed"),
        unique=[["mailbox", "uidvalidity", "uid"]],
        refers={"raw_sha256": "blob.sha256"},
        belongs={"enrolment_id": "enrolment.id"},
    )
    index("inbox", "state", "id")
    index("inbox", "raw_sha256")
    index("inbox", "content_hash")
    index("inbox", "message_id")
    index("inbox", "sender", "received_at")
    index_of_some("ix_inbox_kept", "inbox", "received_at", "raw_sha256 IS NOT NULL")
    index_of_some("ix_inbox_waiting", "inbox", "sender", "state = 'new'")


def create_files() -> None:
    create(
        "mail_file",
        required("id", ID),
        required("inbox_id", ID),
        optional("post_id", ID),
        required("enrolment_id", ID),
        required("position", NUMBER),
        text("name"),
        text("media_type"),
        required("size", BIG),
        optional("sha256", TEXT),
        text("state"),
        text("why"),
        refers={"inbox_id": "inbox.id", "sha256": "blob.sha256"},
        belongs={"post_id": "post.id", "enrolment_id": "enrolment.id"},
    )
    for column in ("inbox_id", "post_id", "enrolment_id", "sha256", "state"):
        index("mail_file", column)
