"""The site itself, its mail accounts, and the bytes that other tables refer to."""

import sqlalchemy as sa

from maildriver.database.columns import Moment, count, text
from maildriver.database.metadata import metadata

# One row.
site = sa.Table(
    "site",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("signing_key", sa.LargeBinary, nullable=False),  # of every token of this site
    sa.Column("run_started_at", Moment),  # of the last `run`; null: it has ended
    sa.Column("run_alive_at", Moment),  # set by it every few seconds
)

# The SMTP and the IMAP account.
mail_account = sa.Table(
    "mail_account",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # smtp | imap
    sa.Column("paused_until", Moment),
    text("why"),
    count("failures"),  # in a row
    sa.Column("seen_at", Moment),  # when it last worked
)

blob = sa.Table(
    "blob",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)
