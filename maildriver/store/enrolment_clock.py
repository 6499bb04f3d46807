"""What enrolments are due and have received, for planning the next.

This runs for every message, so the statements go straight to the driver, for many enrolments at
a time.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.engine import insert_or_skip
from maildriver.database.raw_sql import BatchStatement, RawStatement
from maildriver.database.schema import enrolment, had, student
from maildriver.domain.cadence import Cadence
from maildriver.domain.course import DigestEvery, LessonPosition
from maildriver.domain.enrolment import Role, State
from maildriver.domain.ids import EnrolmentId
from maildriver.store.enrolments import cadence_of

_CLOCKS = BatchStatement(
    {"id": sa.BigInteger},
    lambda given: (
        sa.select(
            *(enrolment.c[name] for name in ("id", "course", "role", "state", "days", "at")),
            student.c.zone,
            enrolment.c.digest_every,
            enrolment.c.digest_due_at,
        )
        .join_from(enrolment, student, enrolment.c.student_id == student.c.id)
        .where(enrolment.c.id.in_(sa.select(given.c.id)))
    ),
)
_SET_DUE = BatchStatement(
    {"id": sa.BigInteger, "slot": sa.BigInteger},
    lambda given: (
        sa.update(enrolment)
        .where(enrolment.c.id == given.c.id, enrolment.c.state == "active")
        .values(due_at=given.c.slot)
    ),
)
_CLEAR_DUE = BatchStatement(
    {"id": sa.BigInteger, "slot": sa.BigInteger},
    lambda given: (
        sa.update(enrolment)
        .where(
            enrolment.c.id == given.c.id,
            enrolment.c.state == "active",
            sa.type_coerce(enrolment.c.due_at, sa.BigInteger) == given.c.slot,
        )
        .values(due_at=sa.null())
        .returning(enrolment.c.id)
    ),
)


@cache
def _insert_had(dialect: str) -> RawStatement:
    return RawStatement(insert_or_skip(had, dialect), [column.name for column in had.columns])


@dataclass(frozen=True, slots=True)
class EnrolmentClock:
    """What planning needs of an enrolment once a message to it was sent."""

    id: EnrolmentId
    course: str
    role: Role
    state: State
    cadence: Cadence
    zone: ZoneInfo
    digest_every: DigestEvery
    expects_digest: bool


def clocks_of(conn: sa.Connection, enrolment_ids: Collection[EnrolmentId]) -> list[EnrolmentClock]:
    """Return the clocks of the enrolments with those ids."""
    return [_clock(*row) for row in _CLOCKS.rows(conn, [(number,) for number in enrolment_ids])]


def _clock(
    enrolment_id: EnrolmentId,
    course: str,
    role: Role,
    state: State,
    days: str,
    at: str,
    zone: str,
    digest_every: DigestEvery,
    digest_due_at: int | None,
) -> EnrolmentClock:
    cadence, expects = cadence_of(days, at), digest_due_at is not None
    return EnrolmentClock(
        enrolment_id, course, role, state, cadence, ZoneInfo(zone), digest_every, expects
    )


def set_due(conn: sa.Connection, slots: Mapping[EnrolmentId, datetime]) -> None:
    """Make each active enrolment due at its slot."""
    _SET_DUE.rows(conn, [(number, stored(slot)) for number, slot in slots.items()])


def clear_due(conn: sa.Connection, slots: Mapping[EnrolmentId, datetime]) -> set[EnrolmentId]:
    """Clear the slots of active enrolments that are still due then; return their ids."""
    given = [(number, stored(slot)) for number, slot in slots.items()]
    return {row[0] for row in _CLEAR_DUE.rows(conn, given)}


def record_had(
    conn: sa.Connection, lessons: Iterable[tuple[EnrolmentId, LessonPosition, str]], now: datetime
) -> None:
    """Record the lessons, with version, that enrolments have received; repeats change nothing."""
    rows = [
        {
            "enrolment_id": number,
            "lesson": place.slug,
            "position": place.number,
            "version": version,
            "at": stored(now),
            "last_seen_number": 0,
        }
        for number, place, version in lessons
    ]
    _insert_had(conn.dialect.name).many(conn, rows)
