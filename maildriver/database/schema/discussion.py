"""Posts."""

import sqlalchemy as sa

from maildriver.database.columns import Id, Moment, enrolment_id, index_of_some, text
from maildriver.database.metadata import metadata

post = sa.Table(
    "post",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("number", sa.BigInteger, unique=True),  # as people see it; given by the digester
    text("course"),
    text("cohort"),
    text("lesson"),  # empty: about the course itself
    sa.Column("thread_id", Id),  # the first post of the thread; null: this one
    sa.Column("parent_id", Id),  # the post that it answers
    enrolment_id(),  # the author
    text("state", "accepted"),  # accepted | held | dropped | withdrawn
    text("audience", "class"),  # class | instructors | one | none
    sa.Column("to_enrolment_id", Id),  # the one reader, where the audience is one
    text("text"),
    text("elided"),  # what was cut from the mail
    text("restorable"),  # see mail.reply.restorable; empty: as `text`
    text("earlier_texts"),  # JSON, oldest first
    sa.Column("changed_at", Moment),  # when its author changed it last
    text("rule"),  # what decided lesson and parent
    sa.Column("announced_to", Id),  # enrolments up to this id; null: all
    sa.Column("inbox_id", Id, sa.ForeignKey("inbox.id"), nullable=False),
    sa.Column("part", sa.Integer, nullable=False),  # of the mail, which may be several posts
    sa.Column("at", Moment, nullable=False),
    sa.UniqueConstraint("inbox_id", "part"),
    sa.Index(None, "course", "cohort", "lesson", "number"),
    sa.Index(None, "number", "state"),
    sa.Index(None, "enrolment_id"),
    index_of_some("ix_post_announced_to", "announced_to", "announced_to IS NOT NULL"),
)
