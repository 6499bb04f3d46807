"""Posts of the discussion, accepted or waiting for a decision.

The digester, of which there is one, numbers posts in the order in which they become visible: a
cursor by `id` would miss a post whose transaction ended after that of a later one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import enrolment, inbox, post, student
from maildriver.domain.ids import EnrolmentId, MailId, PostId
from maildriver.domain.post import Audience, Post, PostFile
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.store import post_files


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post that is not stored yet."""

    course: str
    cohort: str
    lesson: str
    enrolment_id: EnrolmentId
    text: str
    elided: str  # what was cut from the mail
    inbox_id: MailId
    part: int
    at: datetime
    audience: Audience = "class"
    to_enrolment_id: EnrolmentId | None = None
    parent_id: PostId | None = None
    rule: str = ""  # what decided lesson and parent
    files: tuple[PostFile, ...] = ()
    state: str = "accepted"
    restorable: str = ""  # see mail.reply.restorable


_PARENT = post.alias("parent")
_PARENT_AUTHOR = student.alias("parent_author")
_PARENT_ENROLMENT = enrolment.alias("parent_enrolment")

#: A post with its author, and with the number and author of its parent.
POSTS: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        post.c.id,
        post.c.number,
        post.c.lesson,
        sa.func.coalesce(post.c.thread_id, post.c.id).label("thread_id"),
        post.c.parent_id,
        post.c.enrolment_id,
        student.c.name.label("author"),
        enrolment.c.role,
        post.c.text,
        post.c.at,
        _PARENT.c.number.label("answers_number"),
        sa.func.coalesce(_PARENT_AUTHOR.c.name, "").label("answers_author"),
        _PARENT.c.state.label("answers_state"),
    )
    .select_from(post)
    .join(enrolment, enrolment.c.id == post.c.enrolment_id)
    .join(student, student.c.id == enrolment.c.student_id)
    .outerjoin(_PARENT, _PARENT.c.id == post.c.parent_id)
    .outerjoin(_PARENT_ENROLMENT, _PARENT_ENROLMENT.c.id == _PARENT.c.enrolment_id)
    .outerjoin(_PARENT_AUTHOR, _PARENT_AUTHOR.c.id == _PARENT_ENROLMENT.c.student_id)
)


_POST = POSTS.where(post.c.id == sa.bindparam("number"))
_AUDIENCE = RawStatement(
    sa.select(post.c.audience, post.c.to_enrolment_id).where(post.c.id == sa.bindparam("number"))
)
_LATEST = RawStatement(
    sa.select(post.c.text, post.c.elided)
    .where(post.c.enrolment_id == sa.bindparam("writer"), post.c.inbox_id < sa.bindparam("before"))
    .order_by(post.c.id.desc())
    .limit(sa.bindparam("most"))
)


def put(conn: sa.Connection, new: NewPost) -> PostId | None:
    """Store a post; return its id, or None if this part of the mail was stored before."""
    values = {name: getattr(new, name) for name in NewPost.__dataclass_fields__ if name != "files"}
    thread = None
    if new.parent_id is not None:
        query = sa.select(sa.func.coalesce(post.c.thread_id, post.c.id))
        thread = conn.execute(query.where(post.c.id == new.parent_id)).scalar()
    number: PostId | None = insert_new(conn, post, thread_id=thread, **values)
    if number is not None:
        post_files.put(
            conn, new.files, mail_id=new.inbox_id, post_id=number, enrolment_id=new.enrolment_id
        )
    return number


def follow_up(conn: sa.Connection, post_id: PostId, rule: str, now: datetime) -> PostId:
    """Put a post without text under another, for the same readers; return its id."""
    before = conn.execute(sa.select(post).where(post.c.id == post_id)).one()
    part = sa.select(sa.func.max(post.c.part)).where(post.c.inbox_id == before.inbox_id)
    new = NewPost(
        course=before.course,
        cohort=before.cohort,
        lesson=before.lesson,
        enrolment_id=before.enrolment_id,
        text="",
        elided="",
        inbox_id=before.inbox_id,
        part=conn.execute(part).scalar_one() + 1,
        at=now,
        audience=before.audience,
        to_enrolment_id=before.to_enrolment_id,
        parent_id=post_id,
        rule=rule,
    )
    made = put(conn, new)
    assert made is not None, "its part is a new one"
    return made


def get(conn: sa.Connection, post_id: PostId) -> Post:
    """Return the post with that id."""
    return from_rows(conn, [conn.execute(_POST, {"number": post_id}).one()])[0]


def audience_of(conn: sa.Connection, post_id: PostId) -> tuple[Audience, EnrolmentId | None]:
    """Return the audience of a post, and its one reader where it is for one."""
    ((audience, to_enrolment_id),) = _AUDIENCE.rows(conn, {"number": post_id})
    return audience, to_enrolment_id


def may_be_read(conn: sa.Connection, post_id: PostId) -> bool:
    """Return whether a reader may have been shown a post already."""
    query = sa.select(post.c.state, post.c.number, post.c.audience).where(post.c.id == post_id)
    row = conn.execute(query).one()
    at_once = row.audience in {"instructors", "one"}
    return row.state == "accepted" and (at_once or row.number is not None)


def message_id(conn: sa.Connection, post_id: PostId) -> str:
    """Return the Message-ID of the mail that a post was made from; empty if it had none."""
    query = sa.select(inbox.c.message_id).join(post, post.c.inbox_id == inbox.c.id)
    return conn.execute(query.where(post.c.id == post_id)).scalar() or ""


def by_number(conn: sa.Connection, course: str, number: int) -> Post | None:
    """Return the post that digests of a course show under that number."""
    query = POSTS.where(
        post.c.number == number, post.c.course == course, post.c.audience == "class"
    )
    found = from_rows(conn, conn.execute(query).all())
    return found[0] if found else None


def ids_of_mail(conn: sa.Connection, mail_id: MailId, state: str) -> list[PostId]:
    """Return the ids of the posts made from a mail that are in a state."""
    query = sa.select(post.c.id).where(post.c.inbox_id == mail_id, post.c.state == state)
    return list(conn.execute(query.order_by(post.c.part)).scalars())


@dataclass(frozen=True, slots=True)
class PostSummary:
    """A post made from a mail: its number, once it has one, its state and lesson."""

    number: int | None
    state: str
    lesson: str

    def __str__(self) -> str:
        name = f"#{self.number}" if self.number else "not numbered yet"
        return f"{name}, {self.state}{f', about {self.lesson}' if self.lesson else ''}"


def summaries_of(conn: sa.Connection, mail_id: MailId) -> list[PostSummary]:
    """Return the posts made from a mail, in any state."""
    query = sa.select(post.c.number, post.c.state, post.c.lesson).where(post.c.inbox_id == mail_id)
    return [PostSummary(*row) for row in conn.execute(query.order_by(post.c.part))]


def latest(
    conn: sa.Connection, enrolment_id: EnrolmentId, limit: int, before_mail_id: MailId
) -> list[EarlierMail]:
    """Return the texts of an enrolment's last posts from mails before the given one."""
    rows = _LATEST.rows(conn, {"writer": enrolment_id, "before": before_mail_id, "most": limit})
    return [EarlierMail(*row) for row in rows]


def change_state(conn: sa.Connection, post_ids: Sequence[PostId], state: str) -> None:
    """Accept, hold or drop posts that nobody has been shown yet."""
    conn.execute(sa.update(post).where(post.c.id.in_(list(post_ids))).values(state=state))


def delete_held(conn: sa.Connection, mail_id: MailId) -> None:
    """Delete the held posts made from a mail that will be read again."""
    conn.execute(sa.delete(post).where(post.c.inbox_id == mail_id, post.c.state == "held"))


def number_new(conn: sa.Connection, limit: int) -> int:
    """Number accepted posts, in order; return how many got a number."""
    waiting = sa.select(post.c.id, post.c.audience).where(
        post.c.number.is_(None), post.c.state == "accepted"
    )
    rows = conn.execute(waiting.order_by(post.c.id).limit(limit)).all()
    last = conn.execute(sa.select(sa.func.max(post.c.number))).scalar() or 0
    for number, row in enumerate(rows, start=last + 1):
        announced_to = 0 if row.audience == "class" else None
        conn.execute(
            sa.update(post)
            .where(post.c.id == row.id)
            .values(number=number, announced_to=announced_to)
        )
    return len(rows)


def of_lesson(conn: sa.Connection, course: str, cohort: str, lesson: str) -> list[Post]:
    """Return the accepted posts about a lesson, in the order in which they came."""
    query = POSTS.where(
        post.c.course == course,
        post.c.cohort == cohort,
        post.c.lesson == lesson,
        post.c.state == "accepted",
    )
    return from_rows(conn, conn.execute(query.order_by(post.c.id)).all())


def count(conn: sa.Connection) -> dict[str, int]:
    """Return how many posts are in each state."""
    rows = conn.execute(
        sa.select(post.c.state, sa.func.count().label("number")).group_by(post.c.state)
    )
    return {row.state: row.number for row in rows}


def from_rows(conn: sa.Connection, rows: Sequence[Any]) -> list[Post]:
    """Return the posts in rows of `POSTS`, with their files."""
    files = post_files.of_posts(conn, [row.id for row in rows])
    return [_from_row(row, files.get(row.id, ())) for row in rows]


def _from_row(row: Any, files: tuple[PostFile, ...]) -> Post:
    return Post(
        id=row.id,
        number=row.number or 0,
        lesson=row.lesson,
        thread_id=row.thread_id,
        parent_id=row.parent_id,
        enrolment_id=row.enrolment_id,
        author=row.author,
        role=row.role,
        text=row.text,
        files=files,
        at=row.at,
        answers_number=row.answers_number,
        answers_author=row.answers_author,
        answers_withdrawn=row.answers_state == "withdrawn",
    )
