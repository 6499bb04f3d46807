"""What was accepted into the discussion."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.store.database import insert_new
from maildriver.store.schema import post


@dataclass(frozen=True, slots=True)
class Post:
    """One student's words about one lesson."""

    course: str
    cohort: str
    lesson: str
    enrolment: int
    text: str
    elided: str  # what was cut, kept
    inbox: int
    part: int
    at: datetime
    parent: int | None = None
    rule: str = ""  # what decided lesson and parent


def put(conn: sa.Connection, new: Post) -> int | None:
    """Store a post and return its id, or None if this mail has become that post before."""
    values = {name: getattr(new, name) for name in Post.__dataclass_fields__}
    return insert_new(conn, post, **values)


def of_lesson(conn: sa.Connection, course: str, cohort: str, lesson: str) -> list[Post]:
    """Return the posts about a lesson, in the order in which they came."""
    columns = [post.c[name] for name in Post.__dataclass_fields__]
    rows = conn.execute(
        sa.select(*columns)
        .where(post.c.course == course, post.c.cohort == cohort, post.c.lesson == lesson)
        .order_by(post.c.id)
    )
    return [Post(*row) for row in rows]
