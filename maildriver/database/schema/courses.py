"""Courses, their lesson versions, and the issues of their newsletters."""

import sqlalchemy as sa

from maildriver.database.columns import Id, Moment, enrolment_id, text
from maildriver.database.metadata import metadata

# What course.toml says, and which lesson versions are in force.
course = sa.Table(
    "course",
    metadata,
    sa.Column("slug", sa.Text, primary_key=True),
    text("settings"),  # JSON of domain.course.Course without its lessons
    text("in_force"),  # JSON: [[position, slug, language, version], ...] in order
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
    sa.Column("position", sa.Integer, nullable=False),  # in the course; -1: an issue
    text("title"),
    text("source"),
    text("files"),  # JSON of domain.course.File
    text("text"),
    sa.UniqueConstraint("course", "slug", "language", "version"),
)

# Issues of the newsletter, and how far each has been announced.
issue = sa.Table(
    "issue",
    metadata,
    sa.Column("course", sa.Text, primary_key=True),
    sa.Column("slug", sa.Text, primary_key=True),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("announced_to", Id),  # enrolments up to this id; null: all
)

# Issues that are still to be sent to an enrolment.
due_issue = sa.Table(
    "due_issue",
    metadata,
    enrolment_id(),
    sa.Column("slug", sa.Text, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.PrimaryKeyConstraint("enrolment_id", "slug"),
    sa.Index(None, "due_at"),
)
