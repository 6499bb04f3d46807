"""The tables, and the two column types that SQLite and PostgreSQL would spell differently.

A moment is stored as whole microseconds since 1970 in UTC: it sorts, it compares, and
it comes back exactly as it went in, from both databases.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: The earliest moment: something due at it has been late since for ever.
LONG_AGO = _EPOCH


class Moment(sa.TypeDecorator[datetime]):
    """An aware datetime, in UTC when it comes back."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


#: A text whose order is that of its bytes on both databases, so that a prefix is a range.
_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

#: A row's own number. SQLite counts by itself only in a column called INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default, default=default)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0", default=0)


def _enrolment(name: str = "enrolment", *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(
        name, Id, sa.ForeignKey("enrolment.id", ondelete="CASCADE"), nullable=nullable
    )


# One row. `key` signs every token this site ever makes.
site = sa.Table(
    "site",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("started_at", Moment),  # of the `run` that lives or lived last
    sa.Column("alive_at", Moment),  # touched by it every few seconds
)

student = sa.Table(
    "student",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("address", sa.Text, nullable=False, unique=True),  # lower-cased
    _text("address_as_given"),
    _text("mailbox"),  # domain.address.mailbox_of it: who owns it, to count by
    _text("name"),
    _text("language"),
    _text("zone", "UTC"),
    sa.Index(None, "mailbox"),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("student", Id, sa.ForeignKey("student.id", ondelete="CASCADE"), nullable=False),
    _text("course"),
    _text("cohort"),
    _text("role", "student"),  # student | instructor
    _text("state", "asked"),  # asked | active | paused | finished | left
    _text("pause_why"),  # student | bounce | silence | away | operator
    sa.Column("pause_until", Moment),
    _text("days"),  # "mon,thu"
    _text("at"),  # "07:30" on the student's own clock
    sa.Column("starts", sa.Date),
    sa.Column("greet_at", Moment),  # a confirm or welcome mail is due
    sa.Column("due_at", Moment),  # the slot of the next packet; null while one is open
    _text("digest_every", "daily"),
    sa.Column("digest_due_at", Moment),  # null while there is nothing to show
    _text("undo"),  # JSON of domain.enrolment.Before: what the last command changed
    sa.Column("enrolled_at", Moment, nullable=False),
    sa.UniqueConstraint("student", "course"),
    sa.Index(None, "state", "due_at"),
    sa.Index(None, "greet_at"),
    sa.Index(None, "digest_due_at"),
    sa.Index(None, "state", "pause_until"),
    sa.Index(None, "course", "state"),
    sa.Index(None, "course", "role"),
)

# What course.toml says, and which lesson versions are in force.
course = sa.Table(
    "course",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    _text("settings"),  # JSON of domain.course.Course without its lessons
    _text("in_force"),  # JSON: [[number, slug, language, version], ...] in order
    _text("fingerprint"),
    sa.Column("stored_at", Moment, nullable=False),
)

# Append-only: a version that was ever sent stays.
lesson = sa.Table(
    "lesson",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _text("course"),
    _text("slug"),
    _text("language"),
    _text("version"),
    sa.Column("number", sa.Integer, nullable=False),
    _text("title"),
    _text("source"),
    _text("files"),  # JSON of domain.course.File
    _text("text"),
    sa.UniqueConstraint("course", "slug", "language", "version"),
)

blob = sa.Table(
    "blob",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)

had = sa.Table(
    "had",
    metadata,
    _enrolment(),
    sa.Column("lesson", sa.Text, nullable=False),  # its slug
    _text("version"),
    sa.Column("number", sa.Integer, nullable=False),  # where it stood
    sa.Column("at", Moment, nullable=False),
    _count("seen"),  # the last post of it that was shown
    sa.PrimaryKeyConstraint("enrolment", "lesson"),
)

# Issues of the newsletter, and how far they have been shared out.
issue = sa.Table(
    "issue",
    metadata,
    sa.Column("course", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("told_to", Id),  # enrolments up to this id; null: all
)

# Who is still to get an issue, and when.
news = sa.Table(
    "news",
    metadata,
    _enrolment(),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.PrimaryKeyConstraint("enrolment", "slug"),
    sa.Index(None, "due_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("key", _KEY, nullable=False, unique=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    _text(
        "kind"
    ),  # packet | digest | news | confirm | welcome | note | relay | hold | probe | notice
    _enrolment(nullable=True),
    _text("lesson"),  # the slug a reply to this message is about
    _text("address"),
    _text("mail_from"),
    sa.Column("parts", sa.LargeBinary),  # see domain.wire; null once it has gone
    _text("state", "ready"),  # ready | claimed | dotted | sent | failed | held | unsure
    _text("owner"),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("good_until", Moment),  # the end of its slot
    _count("attempts"),
    _count("unsure_count"),
    _text("effect"),  # JSON: what this message changes once it has gone
    _count("last_code"),
    _text("last_text"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),  # when it was sent, failed or was held
    sa.Index(None, "state", "not_before"),
    sa.Index(None, "enrolment", "state"),
    sa.Index(None, "address", "created_at"),
    sa.Index(None, "settled_at"),
)

# How far each mailbox has been read.
mailbox = sa.Table(
    "mailbox",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("next_uid", sa.BigInteger, nullable=False),
    sa.Column("since", Moment, nullable=False),  # what came before is not ours
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", Id, primary_key=True),
    _text("mailbox"),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("raw", sa.Text, sa.ForeignKey("blob.sha256")),  # null for a stranger's
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    _text("state", "new"),  # new | done | held | dropped
    _count("tries"),
    _text("kind"),
    _text("rule"),
    _text("sender"),  # the address in From, where there is exactly one
    _text("message_id"),
    _text("content"),  # hash of sender, Message-ID and body: the same mail, however it came
    _enrolment(nullable=True),
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "content"),
    sa.Index(None, "message_id"),
    sa.Index(
        "ix_inbox_kept",
        "received_at",
        sqlite_where=sa.text("raw IS NOT NULL"),
        postgresql_where=sa.text("raw IS NOT NULL"),
    ),
)

_TOLD = sa.text("told_to IS NOT NULL")

post = sa.Table(
    "post",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.BigInteger, unique=True),  # given by the digester, in order
    _text("course"),
    _text("cohort"),
    _text("lesson"),  # its slug; empty: about the course as a whole
    sa.Column("thread", Id),  # the first post of it; null: this one
    sa.Column("parent", Id),
    _enrolment(),
    _text("state", "accepted"),  # accepted | held | dropped
    _text("audience", "class"),  # class | instructors | one | none
    sa.Column("to_enrolment", Id),  # whom alone it is for, where the audience is one
    _text("text"),
    _text("elided"),
    _text("files"),  # JSON of domain.discussion.PostFile
    _text("rule"),  # what decided the parent
    sa.Column("told_to", Id),  # enrolments up to this id know of it; null: all do
    sa.Column("inbox", Id, sa.ForeignKey("inbox.id"), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("inbox", "part"),
    sa.Index(None, "course", "cohort", "lesson", "number"),
    sa.Index(None, "number", "state"),
    sa.Index("ix_post_told_to", "told_to", sqlite_where=_TOLD, postgresql_where=_TOLD),
)

suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    _text("why"),  # bounce | complaint | unsubscribe | manual
    sa.Column("score", sa.Float, nullable=False, server_default="0", default=0.0),
    sa.Column("scored_at", Moment),
    sa.Column("until", Moment),  # null: not suppressed, only scored
)

lane = sa.Table(
    "lane",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # smtp | imap
    sa.Column("paused_until", Moment),
    _text("why"),
    _count("failures"),
    sa.Column("seen_at", Moment),  # when it last worked
)
