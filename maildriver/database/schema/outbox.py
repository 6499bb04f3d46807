"""Messages to be sent, and addresses that must not be written to."""

import sqlalchemy as sa

from maildriver.database.columns import KEY, Id, Moment, count, enrolment_id, index_of_some, text
from maildriver.database.metadata import metadata

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("key", KEY, nullable=False, unique=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    text("kind"),  # see domain.message_kind
    text("outlives"),  # pause | leave; empty: either withdraws it
    enrolment_id(nullable=True),
    text("lesson"),  # that a reply to this message is about
    text("address"),
    text("mail_from"),
    sa.Column("parts", sa.LargeBinary),  # see domain.frozen_message; null once it is sent
    text("state", "ready"),  # ready | claimed | dotted | sent | failed | held | unsure
    text("claimed_by"),  # the process that sends it
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("good_until", Moment),  # the end of its slot
    count("attempts"),
    count("unsure_count"),
    text("effect"),  # see effects: what this message changes once it is sent
    count("last_code"),  # of the server's last answer
    text("last_text"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),  # when it was sent, failed or was held; else null
    # No index holds the state, which changes often: see partial_indexes.
    sa.Index(None, "enrolment_id"),
    sa.Index(None, "address", "created_at"),
    index_of_some("ix_outbox_waiting", "not_before", "settled_at IS NULL"),
    index_of_some("ix_outbox_unsure", "not_before", "settled_at IS NULL AND unsure_count > 0"),
    index_of_some("ix_outbox_claimed", "claimed_by", "claimed_by <> ''"),
    index_of_some("ix_outbox_unsent", "enrolment_id", "parts IS NOT NULL"),
    index_of_some("ix_outbox_aside", "settled_at", "settled_at IS NOT NULL AND parts IS NOT NULL"),
    index_of_some("ix_outbox_settled", "settled_at", "settled_at IS NOT NULL"),
    index_of_some("ix_outbox_notes", "created_at", "kind IN ('note', 'receipt', 'asked')"),
)

suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    text("why"),  # bounce | complaint | unsubscribe | manual
    sa.Column("score", sa.Float, nullable=False, server_default="0", default=0.0),
    sa.Column("scored_at", Moment),
    sa.Column("until", Moment),  # null: not suppressed, only scored
)
