"""Enrolments: who is in which course, and what is due when."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from maildriver.database.schema import enrolment, had, student
from maildriver.domain.cadence import Cadence, format_days, parse_at, parse_days
from maildriver.domain.course import NO_POSITION, LessonPosition
from maildriver.domain.enrolment import Enrolment, Role
from maildriver.domain.ids import EnrolmentId, StudentId
from maildriver.store import students

ENROLMENTS = sa.select(
    *(column for column in enrolment.c if column.name != "student_id"), *students.COLUMNS
).join_from(enrolment, student, enrolment.c.student_id == student.c.id)


@dataclass(frozen=True, slots=True)
class NewEnrolment:
    """An enrolment that is not stored yet."""

    student_id: StudentId
    course: str
    cohort: str
    role: Role
    cadence: Cadence
    starts: date | None
    digest_every: str
    due_at: datetime | None
    confirmed: bool


def put_all(conn: sa.Connection, new: Sequence[NewEnrolment], now: datetime) -> None:
    """Store new enrolments; a confirm or welcome mail is due to each at once."""
    if new:
        conn.execute(
            sa.insert(enrolment),
            [
                {
                    "student_id": each.student_id,
                    "course": each.course,
                    "cohort": each.cohort,
                    "role": each.role,
                    "state": "active" if each.confirmed else "asked",
                    "days": format_days(each.cadence.days),
                    "at": format_at(each.cadence),
                    "starts": each.starts,
                    "digest_every": each.digest_every,
                    "greet_at": now,
                    "due_at": each.due_at,
                    "enrolled_at": now,
                    "confirmed_at": now if each.confirmed else None,
                }
                for each in new
            ],
        )


def get(conn: sa.Connection, enrolment_id: EnrolmentId) -> Enrolment:
    """Return the enrolment with that id."""
    return from_row(conn.execute(ENROLMENTS.where(enrolment.c.id == enrolment_id)).one())


def get_all(
    conn: sa.Connection, enrolment_ids: Collection[EnrolmentId]
) -> dict[EnrolmentId, Enrolment]:
    """Return the enrolments with those ids, by id."""
    rows = (
        conn.execute(ENROLMENTS.where(enrolment.c.id.in_(enrolment_ids))) if enrolment_ids else ()
    )
    return {row.id: from_row(row) for row in rows}


def get_undo(conn: sa.Connection, enrolment_id: EnrolmentId) -> str:
    """Return what `undo` restores of an enrolment, as JSON; empty if nothing."""
    query = sa.select(enrolment.c.undo).where(enrolment.c.id == enrolment_id)
    return str(conn.execute(query).scalar_one())


def of_address(conn: sa.Connection, address: str) -> list[Enrolment]:
    """Return all enrolments of an address, by course."""
    return of_addresses(conn, [address.lower()])[address.lower()]


def of_addresses(conn: sa.Connection, addresses: Collection[str]) -> dict[str, list[Enrolment]]:
    """Return all enrolments of each lower-case address, by course."""
    found: dict[str, list[Enrolment]] = {address: [] for address in addresses}
    query = ENROLMENTS.add_columns(student.c.address).where(student.c.address.in_(found))
    for row in conn.execute(query.order_by(enrolment.c.course)) if found else ():
        found[row.address].append(from_row(row))
    return found


def of_course(conn: sa.Connection, course: str, addresses: Sequence[str]) -> list[Enrolment]:
    """Return the enrolments of those lower-case addresses in a course."""
    query = ENROLMENTS.where(enrolment.c.course == course, student.c.address.in_(addresses))
    return [from_row(row) for row in conn.execute(query)]


def count_state(conn: sa.Connection, state: str) -> int:
    """Return how many enrolments are in a state, in all courses."""
    query = sa.select(sa.func.count()).where(enrolment.c.state == state)
    return conn.execute(query).scalar_one()


def count_asked(conn: sa.Connection, course: str, since: datetime) -> int:
    """Return how many enrolments were made since then and are not confirmed."""
    query = sa.select(sa.func.count()).where(
        enrolment.c.course == course,
        enrolment.c.state == "asked",
        enrolment.c.enrolled_at >= since,
    )
    return conn.execute(query).scalar_one()


def instructors(conn: sa.Connection, course: str) -> list[Enrolment]:
    """Return the instructors that a course has or had, in any state."""
    query = ENROLMENTS.where(enrolment.c.course == course, enrolment.c.role == "instructor")
    return [from_row(row) for row in conn.execute(query.order_by(enrolment.c.id))]


def due(conn: sa.Connection, now: datetime, limit: int) -> list[Enrolment]:
    """Return active enrolments whose slot has come, longest overdue first."""
    query = ENROLMENTS.where(enrolment.c.state == "active", enrolment.c.due_at <= now)
    rows = conn.execute(query.order_by(enrolment.c.due_at, enrolment.c.id).limit(limit))
    return [from_row(row) for row in rows]


def to_greet(conn: sa.Connection, now: datetime, limit: int) -> list[Enrolment]:
    """Return enrolments that wait for a confirm or welcome mail."""
    query = ENROLMENTS.where(enrolment.c.greet_at <= now).order_by(enrolment.c.greet_at)
    return [from_row(row) for row in conn.execute(query.limit(limit))]


def to_resume(conn: sa.Connection, now: datetime, limit: int) -> list[Enrolment]:
    """Return enrolments whose pause is over."""
    query = ENROLMENTS.where(enrolment.c.state == "paused", enrolment.c.pause_until <= now)
    return [from_row(row) for row in conn.execute(query.limit(limit))]


def positions_had(
    conn: sa.Connection, enrolment_ids: Iterable[EnrolmentId]
) -> dict[EnrolmentId, list[LessonPosition]]:
    """Return the lessons that enrolments have received, by the id of the enrolment."""
    places: dict[EnrolmentId, list[LessonPosition]] = {number: [] for number in enrolment_ids}
    query = sa.select(had).where(had.c.enrolment_id.in_(places), had.c.position > NO_POSITION)
    for row in conn.execute(query):
        places[row.enrolment_id].append(LessonPosition(row.position, row.lesson))
    return places


def change(conn: sa.Connection, enrolment_id: EnrolmentId, **values: object) -> None:
    """Change columns of an enrolment; `cadence` stands for its days and its hour."""
    cadence = values.pop("cadence", None)
    if isinstance(cadence, Cadence):
        values |= {"days": format_days(cadence.days), "at": format_at(cadence)}
    conn.execute(sa.update(enrolment).where(enrolment.c.id == enrolment_id).values(**values))


def move_due(
    conn: sa.Connection, enrolment_id: EnrolmentId, before: datetime, after: datetime | None
) -> bool:
    """Change `due_at` from `before`; return whether it was that, and the enrolment active."""
    result = conn.execute(
        sa.update(enrolment)
        .where(
            enrolment.c.id == enrolment_id,
            enrolment.c.state == "active",
            enrolment.c.due_at == before,
        )
        .values(due_at=after)
    )
    return result.rowcount == 1


def reopen(conn: sa.Connection, course: str, due_at: datetime) -> int:
    """Make the finished enrolments of a course active again; return how many there were."""
    result = conn.execute(
        sa.update(enrolment)
        .where(enrolment.c.course == course, enrolment.c.state == "finished")
        .values(state="active", due_at=due_at)
    )
    return result.rowcount


def count(conn: sa.Connection) -> dict[str, dict[str, int]]:
    """Return for each course how many enrolments are in each state."""
    rows = conn.execute(
        sa.select(enrolment.c.course, enrolment.c.state, sa.func.count().label("number"))
        .group_by(enrolment.c.course, enrolment.c.state)
        .order_by(enrolment.c.course, enrolment.c.state)
    )
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.course, {})[row.state] = row.number
    return counts


def next_due(conn: sa.Connection, limit: int) -> list[Enrolment]:
    """Return the enrolments whose packets are due next, soonest first."""
    query = ENROLMENTS.where(enrolment.c.state == "active", enrolment.c.due_at.is_not(None))
    return [from_row(row) for row in conn.execute(query.order_by(enrolment.c.due_at).limit(limit))]


def earliest(conn: sa.Connection) -> datetime | None:
    """Return when the next enrolment is due for anything; None if none is."""
    moments = (
        conn.execute(sa.select(sa.func.min(column, type_=column.type)).where(where)).scalar()
        for column, where in (
            (enrolment.c.due_at, enrolment.c.state == "active"),
            (enrolment.c.greet_at, enrolment.c.greet_at.is_not(None)),
            (enrolment.c.digest_due_at, enrolment.c.digest_due_at.is_not(None)),
            (enrolment.c.pause_until, enrolment.c.state == "paused"),
        )
    )
    return min((moment for moment in moments if moment is not None), default=None)


def format_at(cadence: Cadence) -> str:
    """Return the hour of a cadence as stored, such as 07:30."""
    return cadence.at.strftime("%H:%M")


@lru_cache(maxsize=4096)
def cadence_of(days: str, at: str) -> Cadence:
    """Return the cadence of stored days and hour; cached, since a class has few of them."""
    return Cadence(parse_days(days), parse_at(at))


def from_row(row: Any) -> Enrolment:
    """Return the enrolment in a row of `ENROLMENTS`."""
    return Enrolment(
        id=row.id,
        student=students.from_row(row),
        course=row.course,
        cohort=row.cohort,
        role=row.role,
        state=row.state,
        cadence=cadence_of(row.days, row.at),
        starts=row.starts,
        due_at=row.due_at,
        pause_why=row.pause_why,
        pause_until=row.pause_until,
        enrolled_at=row.enrolled_at,
        confirmed_at=row.confirmed_at,
        digest_every=row.digest_every,
        digest_due_at=row.digest_due_at,
    )
