"""Issues of the newsletter: which are to be shared out, and who is still to get one."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import enrolment, issue, news
from maildriver.domain.enrolment import Enrolment
from maildriver.store import enrolments


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that not all have been told of."""

    course: str
    slug: str
    date: date
    told_to: int


@dataclass(frozen=True, slots=True)
class Due:
    """An issue that is due to somebody."""

    enrolment: Enrolment
    slug: str
    due_at: datetime


def put_issue(conn: sa.Connection, course: str, slug: str, day: date, *, goes: bool) -> None:
    """Store an issue once; one that does not go is known, and sent to nobody."""
    insert_new(conn, issue, course=course, slug=slug, date=day, told_to=0 if goes else None)


def to_share(conn: sa.Connection, latest: date) -> Issue | None:
    """Return an issue of at most that date which some are still to be told of."""
    query = sa.select(issue).where(issue.c.told_to.is_not(None), issue.c.date <= latest)
    row = conn.execute(query.order_by(issue.c.date, issue.c.slug).limit(1)).one_or_none()
    return None if row is None else Issue(row.course, row.slug, row.date, row.told_to)


def readers(conn: sa.Connection, new: Issue, limit: int) -> list[Enrolment]:
    """Return who gets an issue, from `told_to` on, by id."""
    query = enrolments.ENROLMENTS.where(
        enrolment.c.course == new.course,
        enrolment.c.state == "active",
        enrolment.c.id > new.told_to,
    )
    rows = conn.execute(query.order_by(enrolment.c.id).limit(limit))
    return [enrolments.read(row) for row in rows]


def told(conn: sa.Connection, new: Issue, upto: int | None) -> None:
    """Write down how far an issue has been shared out; None: to all."""
    conn.execute(
        sa.update(issue)
        .where(issue.c.course == new.course, issue.c.slug == new.slug)
        .values(told_to=upto)
    )


def expect(conn: sa.Connection, number: int, slug: str, due_at: datetime) -> None:
    """Let an issue be due to an enrolment, once."""
    insert_new(conn, news, enrolment=number, slug=slug, due_at=due_at)


def due(conn: sa.Connection, now: datetime, limit: int) -> list[Due]:
    """Return what is due, the longest overdue first."""
    query = enrolments.ENROLMENTS.add_columns(
        news.c.slug.label("issue"), news.c.due_at.label("issue_due_at")
    ).join(news, news.c.enrolment == enrolment.c.id)
    rows = conn.execute(query.where(news.c.due_at <= now).order_by(news.c.due_at).limit(limit))
    return [Due(enrolments.read(row), row.issue, row.issue_due_at) for row in rows]


def move(conn: sa.Connection, each: Due, due_at: datetime) -> None:
    """Let an issue be due to an enrolment at another time."""
    conn.execute(_of(sa.update(news).values(due_at=due_at), each))


def take(conn: sa.Connection, each: Due) -> bool:
    """Take an issue off the list of an enrolment; tell if it was on it."""
    return conn.execute(_of(sa.delete(news), each)).rowcount == 1


def earliest(conn: sa.Connection) -> datetime | None:
    """Return the moment at which the next issue is due to somebody."""
    return conn.execute(sa.select(sa.func.min(news.c.due_at, type_=news.c.due_at.type))).scalar()


def _of(statement: sa.Update | sa.Delete, each: Due) -> sa.Update | sa.Delete:
    return statement.where(
        news.c.enrolment == each.enrolment.id,
        news.c.slug == each.slug,
        news.c.due_at == each.due_at,
    )
