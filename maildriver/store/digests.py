"""Readers with unseen posts, and when their digests are due.

`had.last_seen_number` is the cursor of a reader in the discussion of one lesson.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_from, insert_new
from maildriver.database.partial_indexes import UNSENT
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import enrolment, had, outbox, post
from maildriver.domain.course import NO_POSITION
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.message_kind import DIGEST
from maildriver.domain.post import Post
from maildriver.store import enrolments, posts
from maildriver.store.enrolment_clock import EnrolmentClock

_READERS = ("active", "finished")
_ANY_POST = RawStatement(
    sa.select(post.c.id)
    .where(post.c.course == sa.bindparam("slug"), post.c.number.is_not(None))
    .limit(sa.literal_column("1"))
)


@dataclass(frozen=True, slots=True)
class Unannounced:
    """A post that is not announced to all of its readers yet."""

    id: PostId
    course: str
    cohort: str
    lesson: str
    enrolment_id: EnrolmentId
    announced_to: int


def next_unannounced(conn: sa.Connection) -> Unannounced | None:
    """Return the first post that is not announced to all of its readers yet."""
    query = sa.select(*(post.c[name] for name in Unannounced.__dataclass_fields__))
    row = conn.execute(
        query.where(post.c.announced_to.is_not(None)).order_by(post.c.number).limit(1)
    ).one_or_none()
    return None if row is None else Unannounced(*row)


def readers(conn: sa.Connection, new: Unannounced, limit: int) -> list[Enrolment]:
    """Return readers of a post after `announced_to` who expect no digest yet, by id."""
    has_had = sa.exists().where(had.c.enrolment_id == enrolment.c.id, had.c.lesson == new.lesson)
    may_see = sa.true() if not new.lesson else has_had
    query = enrolments.ENROLMENTS.where(
        enrolment.c.course == new.course,
        enrolment.c.state.in_(_READERS),
        enrolment.c.id > new.announced_to,
        enrolment.c.id != new.enrolment_id,
        enrolment.c.digest_due_at.is_(None),
        enrolment.c.digest_every != "off",
        sa.or_(
            enrolment.c.role == "instructor",
            sa.and_(enrolment.c.cohort == new.cohort, may_see),
        ),
    )
    rows = conn.execute(query.order_by(enrolment.c.id).limit(limit))
    return [enrolments.from_row(row) for row in rows]


def record_announced(conn: sa.Connection, post_id: PostId, upto: int | None) -> None:
    """Record up to which enrolment a post is announced; None: to all."""
    conn.execute(sa.update(post).where(post.c.id == post_id).values(announced_to=upto))


def due(conn: sa.Connection, now: datetime, limit: int) -> list[Enrolment]:
    """Return the readers whose digest is due, longest overdue first.

    A packet that is due as well goes first, and no digest is made while one is unsent.
    """
    is_open = sa.exists().where(
        outbox.c.enrolment_id == enrolment.c.id,
        outbox.c.kind == DIGEST.name,
        UNSENT,
    )
    query = enrolments.ENROLMENTS.where(
        enrolment.c.digest_due_at <= now,
        enrolment.c.state.in_(_READERS),
        sa.or_(enrolment.c.due_at.is_(None), enrolment.c.due_at > now),
        ~is_open,
    )
    rows = conn.execute(query.order_by(enrolment.c.digest_due_at).limit(limit))
    return [enrolments.from_row(row) for row in rows]


def unseen(conn: sa.Connection, reader: Enrolment, limit: int) -> list[Post]:
    """Return posts that a reader may see and was not shown, by number."""
    _open_lessons(conn, reader)
    mine = sa.and_(
        had.c.enrolment_id == reader.id,
        had.c.lesson == post.c.lesson,
        post.c.number > had.c.last_seen_number,
        post.c.course == reader.course,
        post.c.enrolment_id != reader.id,
        post.c.audience == "class",
        post.c.state == "accepted",
    )
    query = posts.POSTS.join(had, mine)
    if reader.role == "student":
        query = query.where(post.c.cohort == reader.cohort)
    return posts.from_rows(conn, conn.execute(query.order_by(post.c.number).limit(limit)).all())


def having_unseen(conn: sa.Connection, clocks: Sequence[EnrolmentClock]) -> list[EnrolmentClock]:
    """Return which of those readers have unseen posts."""
    talked = {course for course in {each.course for each in clocks} if _has_posts(conn, course)}
    readers = [each for each in clocks if each.course in talked]
    students = [each.id for each in readers if each.role == "student"]
    found = _students_having_unseen(conn, students) if students else set()
    return [
        each
        for each in readers
        if each.id in found
        or (each.role == "instructor" and unseen(conn, enrolments.get(conn, each.id), 1))
    ]


def record_seen(conn: sa.Connection, enrolment_id: EnrolmentId, seen: Mapping[str, int]) -> None:
    """Record the last post that an enrolment was shown, for each lesson."""
    for lesson, last in seen.items():
        conn.execute(
            sa.update(had)
            .where(
                had.c.enrolment_id == enrolment_id,
                had.c.lesson == lesson,
                had.c.last_seen_number < last,
            )
            .values(last_seen_number=last)
        )


def move_due(
    conn: sa.Connection, enrolment_id: EnrolmentId, before: datetime, after: datetime | None
) -> bool:
    """Change when a digest is due, from `before`; return whether it was due then.

    The digest of a reader who has paused or left is not changed.
    """
    result = conn.execute(
        sa.update(enrolment)
        .where(
            enrolment.c.id == enrolment_id,
            enrolment.c.state.in_(_READERS),
            enrolment.c.digest_due_at == before,
        )
        .values(digest_due_at=after)
    )
    return result.rowcount == 1


def set_due(conn: sa.Connection, enrolment_id: EnrolmentId, due_at: datetime | None) -> None:
    """Set when the next digest of an enrolment is due; None: not before there is a post."""
    conn.execute(
        sa.update(enrolment).where(enrolment.c.id == enrolment_id).values(digest_due_at=due_at)
    )


def bring_forward(conn: sa.Connection, enrolment_id: EnrolmentId, due_at: datetime) -> None:
    """Make a digest due at a moment, unless it is due earlier: an unsent one was recalled."""
    later = sa.or_(enrolment.c.digest_due_at.is_(None), enrolment.c.digest_due_at > due_at)
    conn.execute(
        sa.update(enrolment)
        .where(enrolment.c.id == enrolment_id, enrolment.c.state.in_(_READERS), later)
        .values(digest_due_at=due_at)
    )


def _open_lessons(conn: sa.Connection, reader: Enrolment) -> None:
    """Open discussions that need no lesson: the course's own, and to instructors all."""
    known = set(
        conn.execute(sa.select(had.c.lesson).where(had.c.enrolment_id == reader.id)).scalars()
    )
    wanted = {""}
    if reader.role == "instructor":
        lessons = sa.select(post.c.lesson).where(post.c.course == reader.course).distinct()
        wanted |= set(conn.execute(lessons).scalars())
    for lesson in wanted - known:
        before = sa.select(sa.func.max(post.c.number)).where(
            post.c.course == reader.course,
            post.c.lesson == lesson,
            post.c.at < reader.enrolled_at,
        )
        insert_new(
            conn,
            had,
            enrolment_id=reader.id,
            lesson=lesson,
            position=NO_POSITION,
            last_seen_number=conn.execute(before).scalar() or 0,
            at=reader.enrolled_at,
        )


def _has_posts(conn: sa.Connection, course: str) -> bool:
    return bool(_ANY_POST.rows(conn, {"slug": course}))


def _students_having_unseen(
    conn: sa.Connection, enrolment_ids: Sequence[EnrolmentId]
) -> set[EnrolmentId]:
    """Return which of many students have unseen posts, in two statements; see `unseen`."""
    _open_course_discussion(conn, enrolment_ids)
    new = sa.and_(
        post.c.course == enrolment.c.course,
        post.c.cohort == enrolment.c.cohort,
        post.c.lesson == had.c.lesson,
        post.c.number > had.c.last_seen_number,
        post.c.enrolment_id != enrolment.c.id,
        post.c.audience == "class",
        post.c.state == "accepted",
    )
    has_new = sa.exists().where(had.c.enrolment_id == enrolment.c.id, new)
    query = sa.select(enrolment.c.id).where(enrolment.c.id.in_(enrolment_ids), has_new)
    return set(conn.execute(query).scalars())


def _open_course_discussion(conn: sa.Connection, enrolment_ids: Sequence[EnrolmentId]) -> None:
    """Open the course's own discussion to each enrolment, from the day it began."""
    before = sa.select(sa.func.max(post.c.number)).where(
        post.c.course == enrolment.c.course,
        post.c.lesson == "",
        post.c.at < enrolment.c.enrolled_at,
    )
    rows = sa.select(
        enrolment.c.id,
        sa.literal(""),
        sa.literal(NO_POSITION),
        sa.func.coalesce(before.scalar_subquery(), 0),
        enrolment.c.enrolled_at,
    ).where(enrolment.c.id.in_(enrolment_ids))
    columns = ["enrolment_id", "lesson", "position", "last_seen_number", "at"]
    insert_from(conn, had, columns, rows)
