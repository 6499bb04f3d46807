"""Issues of the newsletter, and to whom they are due."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import due_issue, enrolment, issue
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.store import enrolments


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that is not announced to all yet."""

    course: str
    slug: str
    date: date
    announced_to: int


@dataclass(frozen=True, slots=True)
class DueIssue:
    """An issue that is due to an enrolment."""

    enrolment: Enrolment
    slug: str
    due_at: datetime


def put_issue(conn: sa.Connection, course: str, slug: str, day: date, *, goes: bool) -> None:
    """Store an issue unless it is stored; without `goes` it is never sent."""
    insert_new(conn, issue, course=course, slug=slug, date=day, announced_to=0 if goes else None)


def next_unannounced(conn: sa.Connection, latest: date) -> Issue | None:
    """Return the first issue up to that date that is not announced to all yet."""
    query = sa.select(issue).where(issue.c.announced_to.is_not(None), issue.c.date <= latest)
    row = conn.execute(query.order_by(issue.c.date, issue.c.slug).limit(1)).one_or_none()
    return None if row is None else Issue(row.course, row.slug, row.date, row.announced_to)


def readers(conn: sa.Connection, new: Issue, limit: int) -> list[Enrolment]:
    """Return readers of an issue after `announced_to`, by id."""
    query = enrolments.ENROLMENTS.where(
        enrolment.c.course == new.course,
        enrolment.c.state == "active",
        enrolment.c.id > new.announced_to,
    )
    rows = conn.execute(query.order_by(enrolment.c.id).limit(limit))
    return [enrolments.from_row(row) for row in rows]


def record_announced(conn: sa.Connection, new: Issue, upto: int | None) -> None:
    """Record up to which enrolment an issue is announced; None: to all."""
    conn.execute(
        sa.update(issue)
        .where(issue.c.course == new.course, issue.c.slug == new.slug)
        .values(announced_to=upto)
    )


def put_due(conn: sa.Connection, enrolment_id: EnrolmentId, slug: str, due_at: datetime) -> None:
    """Make an issue due to an enrolment, unless it is already."""
    insert_new(conn, due_issue, enrolment_id=enrolment_id, slug=slug, due_at=due_at)


def due(conn: sa.Connection, now: datetime, limit: int) -> list[DueIssue]:
    """Return the issues that are due, longest overdue first."""
    query = enrolments.ENROLMENTS.add_columns(
        due_issue.c.slug.label("issue"), due_issue.c.due_at.label("issue_due_at")
    ).join(due_issue, due_issue.c.enrolment_id == enrolment.c.id)
    rows = conn.execute(
        query.where(due_issue.c.due_at <= now).order_by(due_issue.c.due_at).limit(limit)
    )
    return [DueIssue(enrolments.from_row(row), row.issue, row.issue_due_at) for row in rows]


def move_due(conn: sa.Connection, pending: DueIssue, due_at: datetime) -> None:
    """Change when an issue is due to an enrolment."""
    conn.execute(_of(sa.update(due_issue).values(due_at=due_at), pending))


def delete_due(conn: sa.Connection, pending: DueIssue) -> bool:
    """Delete an issue that is due to an enrolment; return whether it was still due."""
    return conn.execute(_of(sa.delete(due_issue), pending)).rowcount == 1


def earliest(conn: sa.Connection) -> datetime | None:
    """Return when the next issue is due to anybody; None if none is."""
    return conn.execute(
        sa.select(sa.func.min(due_issue.c.due_at, type_=due_issue.c.due_at.type))
    ).scalar()


def _of(statement: sa.Update | sa.Delete, pending: DueIssue) -> sa.Update | sa.Delete:
    return statement.where(
        due_issue.c.enrolment_id == pending.enrolment.id,
        due_issue.c.slug == pending.slug,
        due_issue.c.due_at == pending.due_at,
    )
