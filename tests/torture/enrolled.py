"""Students who are in the database without ever having asked: enough for an outbox."""

from datetime import datetime

import sqlalchemy as sa

from maildriver.database.schema import enrolment, student


def address_of(number: int) -> str:
    """Return the address of one of them."""
    return f"student-{number}@example.org"


def enrol(conn: sa.Connection, students: int, now: datetime) -> None:
    """Put in `students` of them; they and their enrolments are numbered from 1."""
    for number in range(1, students + 1):
        conn.execute(sa.insert(student).values(id=number, address=address_of(number)))
        conn.execute(
            sa.insert(enrolment).values(
                id=number,
                student_id=number,
                course="night-sky",
                state="active",
                days="mon",
                at="07:00",
                enrolled_at=now,
            )
        )
