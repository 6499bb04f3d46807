"""Students, the addresses they write from, and their enrolments."""

import sqlalchemy as sa

from maildriver.database.columns import Id, Moment, count, enrolment_id, text
from maildriver.database.metadata import metadata

student = sa.Table(
    "student",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("address", sa.Text, nullable=False, unique=True),  # lower-cased
    text("address_as_given"),
    text("base_address"),  # domain.address.base_address_of the address: one per person
    text("name"),
    text("language"),
    text("zone", "UTC"),
    sa.Index(None, "base_address"),
)

# Another address of a student, as confirmed from the enrolled one.
alias = sa.Table(
    "alias",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),  # lower-cased
    sa.Column("student_id", Id, sa.ForeignKey("student.id", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Index(None, "student_id"),
)

enrolment = sa.Table(
    "enrolment",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("student_id", Id, sa.ForeignKey("student.id", ondelete="CASCADE"), nullable=False),
    text("course"),
    text("cohort"),
    text("role", "student"),  # student | instructor
    text("state", "asked"),  # asked | active | paused | finished | left
    text("pause_why"),  # student | bounce | silence | away | operator
    sa.Column("pause_until", Moment),
    text("days"),  # of the cadence: "mon,thu"
    text("at"),  # of the cadence: "07:30" in the student's time zone
    sa.Column("starts", sa.Date),
    sa.Column("greet_at", Moment),  # a confirm or welcome mail is due
    sa.Column("due_at", Moment),  # the slot of the next packet; null while one is open
    text("digest_every", "daily"),
    sa.Column("digest_due_at", Moment),  # null while there is nothing to show
    text("undo"),  # JSON of enrolment.undo.StateBefore: the state before the last command
    sa.Column("enrolled_at", Moment, nullable=False),
    sa.Column("confirmed_at", Moment),  # null until the address is proven
    sa.UniqueConstraint("student_id", "course"),
    sa.Index(None, "state", "due_at"),
    sa.Index(None, "greet_at"),
    sa.Index(None, "digest_due_at"),
    sa.Index(None, "state", "pause_until"),
    sa.Index(None, "course", "state"),
    sa.Index(None, "course", "role"),
)

# Lessons that an enrolment has received, each with the cursor of its discussion. The empty slug
# is the discussion of the course itself.
had = sa.Table(
    "had",
    metadata,
    enrolment_id(),
    sa.Column("lesson", sa.Text, nullable=False),
    text("version"),
    sa.Column("position", sa.Integer, nullable=False),  # when it was sent; -1: none, no lesson
    sa.Column("at", Moment, nullable=False),
    count("last_seen_number"),  # of the last post about it that a digest has shown
    sa.PrimaryKeyConstraint("enrolment_id", "lesson"),
)
