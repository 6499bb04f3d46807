"""The tables of a site."""

import sqlalchemy as sa

from maildriver.database.columns import KEY, Id, Moment, count, flag, index_of_some, text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _enrolment(*, nullable: bool = False) -> sa.Column[int]:
    key = sa.ForeignKey("enrolment.id", ondelete="CASCADE")
    return sa.Column("enrolment", Id, key, nullable=nullable)


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
    text("address_as_given"),
    text("mailbox"),  # domain.address.mailbox_of it: who owns it, to count by
    text("name"),
    text("language"),
    text("zone", "UTC"),
    sa.Index(None, "mailbox"),
)

# Where a student writes from as well: the enrolled address has said so.
alias = sa.Table(
    "alias",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),  # lower-cased
    sa.Column("student", Id, sa.ForeignKey("student.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "student"),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("student", Id, sa.ForeignKey("student.id", ondelete="CASCADE"), nullable=False),
    text("course"),
    text("cohort"),
    text("role", "student"),  # student | instructor
    text("state", "asked"),  # asked | active | paused | finished | left
    text("pause_why"),  # student | bounce | silence | away | operator
    sa.Column("pause_until", Moment),
    text("days"),  # "mon,thu"
    text("at"),  # "07:30" on the student's own clock
    sa.Column("starts", sa.Date),
    sa.Column("greet_at", Moment),  # a confirm or welcome mail is due
    sa.Column("due_at", Moment),  # the slot of the next packet; null while one is open
    text("digest_every", "daily"),
    sa.Column("digest_due_at", Moment),  # null while there is nothing to show
    text("undo"),  # JSON of enrolment.undo.Before: what the last command changed
    sa.Column("enrolled_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment),  # null until the address is proven
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
    text("settings"),  # JSON of domain.course.Course without its lessons
    text("in_force"),  # JSON: [[number, slug, language, version], ...] in order
    text("fingerprint"),
    sa.Column("stored_at", Moment, nullable=False),
)

# Append-only: a version that was ever sent stays.
lesson = sa.Table(
    "lesson",
    metadata,
    sa.Column("id", Id, primary_key=True),
    text("course"),
    text("slug"),
    text("language"),
    text("version"),
    sa.Column("number", sa.Integer, nullable=False),
    text("title"),
    text("source"),
    text("files"),  # JSON of domain.course.File
    text("text"),
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
    text("version"),
    sa.Column("number", sa.Integer, nullable=False),  # where it stood
    sa.Column("at", Moment, nullable=False),
    count("seen"),  # the last post of it that was shown
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
    sa.Column("key", KEY, nullable=False, unique=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    # packet | digest | news | confirm | welcome | note | relay | hold | probe | notice
    text("kind"),
    _enrolment(nullable=True),
    text("lesson"),  # the slug a reply to this message is about
    text("address"),
    text("mail_from"),
    sa.Column("parts", sa.LargeBinary),  # see domain.frozen_message; null once it has gone
    text("state", "ready"),  # ready | claimed | dotted | sent | failed | held | unsure
    text("owner"),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("good_until", Moment),  # the end of its slot
    count("attempts"),
    count("unsure_count"),
    text("effect"),  # JSON: what this message changes once it has gone
    count("last_code"),
    text("last_text"),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),  # when it was sent, failed or was held; else null
    sa.Index(None, "enrolment"),  # none holds the state, which changes often: partial_indexes
    sa.Index(None, "address", "created_at"),
    index_of_some("ix_outbox_waiting", "not_before", "settled_at IS NULL"),
    index_of_some("ix_outbox_unsure", "not_before", "settled_at IS NULL AND unsure_count > 0"),
    index_of_some("ix_outbox_owned", "owner", "owner <> ''"),
    index_of_some("ix_outbox_unsent", "enrolment", "parts IS NOT NULL"),
    index_of_some("ix_outbox_aside", "settled_at", "settled_at IS NOT NULL AND parts IS NOT NULL"),
    index_of_some("ix_outbox_settled", "settled_at", "settled_at IS NOT NULL"),
    index_of_some("ix_outbox_notes", "created_at", "kind = 'note'"),
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
    text("mailbox"),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("raw", sa.Text, sa.ForeignKey("blob.sha256")),  # null for a stranger's
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("received_at", Moment, nullable=False),
    text("state", "new"),  # new | done | held | dropped
    text("owner"),  # the process that tries to understand it
    count("tries"),  # how often it was begun by itself, or failed among others
    flag("alone"),  # it was among others when a process ended, so it is read by itself
    text("kind"),
    text("rule"),
    text("sender"),  # the address in From, where there is exactly one, in lower case
    text("message_id"),
    text("content"),  # hash of sender, Message-ID and body: the same mail, however it came
    _enrolment(nullable=True),
    flag("vouched"),  # its sender has said, from the enrolled address, that it is theirs
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index(None, "state", "id"),
    sa.Index(None, "raw"),
    sa.Index(None, "content"),
    sa.Index(None, "message_id"),
    sa.Index(None, "sender", "received_at"),
    index_of_some("ix_inbox_kept", "received_at", "raw IS NOT NULL"),
    index_of_some("ix_inbox_waiting", "sender", "state = 'new'"),
)

post = sa.Table(
    "post",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.BigInteger, unique=True),  # given by the digester, in order
    text("course"),
    text("cohort"),
    text("lesson"),  # its slug; empty: about the course as a whole
    sa.Column("thread", Id),  # the first post of it; null: this one
    sa.Column("parent", Id),
    _enrolment(),
    text("state", "accepted"),  # accepted | held | dropped | withdrawn
    text("audience", "class"),  # class | instructors | one | none
    sa.Column("to_enrolment", Id),  # whom alone it is for, where the audience is one
    text("text"),
    text("elided"),
    text("whole"),  # the mail, in its order, without what is known to be ours; empty: as `text`
    text("earlier"),  # JSON: what `text` was before, oldest first
    sa.Column("changed_at", Moment),  # when its writer changed it last
    text("rule"),  # what decided the parent
    sa.Column("told_to", Id),  # enrolments up to this id know of it; null: all do
    sa.Column("inbox", Id, sa.ForeignKey("inbox.id"), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("inbox", "part"),
    sa.Index(None, "course", "cohort", "lesson", "number"),
    sa.Index(None, "number", "state"),
    sa.Index(None, "enrolment"),
    index_of_some("ix_post_told_to", "told_to", "told_to IS NOT NULL"),
)

# What came with people's mail; the bytes are a blob, whatever becomes of the mail.
mail_file = sa.Table(
    "mail_file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("inbox", Id, sa.ForeignKey("inbox.id"), nullable=False),
    sa.Column("post", Id, sa.ForeignKey("post.id", ondelete="CASCADE")),  # null: it became none
    _enrolment(),  # who sent it
    sa.Column("place", sa.Integer, nullable=False),  # among the files of its mail
    text("name"),
    text("media_type"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, sa.ForeignKey("blob.sha256")),  # null: its bytes are not kept
    text("state"),  # passed | held | released | dropped | logo | large
    text("why"),
    sa.Index(None, "inbox"),
    sa.Index(None, "post"),
    sa.Index(None, "enrolment"),
    sa.Index(None, "sha256"),
    sa.Index(None, "state"),
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

lane = sa.Table(
    "lane",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),  # smtp | imap
    sa.Column("paused_until", Moment),
    text("why"),
    count("failures"),
    sa.Column("seen_at", Moment),  # when it last worked
)
