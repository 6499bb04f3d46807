"""Messages to be sent, and addresses that must not be written to."""

import sqlalchemy as sa

from maildriver.database.migrations.tables import (
    BYTES,
    ID,
    KEY,
    MOMENT,
    TEXT,
    count,
    create,
    index,
    index_of_some,
    optional,
    required,
    text,
)

_SOME = {
    "waiting": ("not_before", "settled_at IS NULL"),
    "unsure": ("not_before", "settled_at IS NULL AND unsure_count > 0"),
    "claimed": ("claimed_by", "claimed_by <> ''"),
    "unsent": ("enrolment_id", "parts IS NOT NULL"),
    "aside": ("settled_at", "settled_at IS NOT NULL AND parts IS NOT NULL"),
    "settled": ("settled_at", "settled_at IS NOT NULL"),
    "notes": ("created_at", "kind IN ('note', 'receipt', 'asked')"),
}


def create_all() -> None:
    create(
        "outbox",
        required("id", ID),
        required("key", KEY),
        required("token", TEXT),
        text("kind"),
        text("outlives"),
        optional("enrolment_id", ID),
        text("lesson"),
        text("address"),
        text("mail_from"),
        optional("parts", BYTES),
        text("state", "ready"),
        text("claimed_by"),
        required("not_before", MOMENT),
        optional("good_until", MOMENT),
        count("attempts"),
        count("unsure_count"),
        text("effect"),
        count("last_code"),
        text("last_text"),
        required("created_at", MOMENT),
        optional("settled_at", MOMENT),
        unique=[["key"], ["token"]],
        belongs={"enrolment_id": "enrolment.id"},
    )
    index("outbox", "enrolment_id")
    index("outbox", "address", "created_at")
    for name, (column, where) in _SOME.items():
        index_of_some(f"ix_outbox_{name}", "outbox", column, where)
    create(
        "suppression",
        required("address", TEXT),
        text("why"),
        sa.Column("score", sa.Float(), nullable=False, server_default="0"),
        optional("scored_at", MOMENT),
        optional("until", MOMENT),
        key=["address"],
    )
