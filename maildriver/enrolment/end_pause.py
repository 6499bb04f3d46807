"""The end of a pause: the course goes on, or a mail is tried first where mail came back."""

from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import bounces, lifecycle
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import enrolments


def go_on(
    conn: sa.Connection, letters: Letters, course: Course, enrolment: Enrolment, now: datetime
) -> None:
    """End a pause whose time is over."""
    if enrolment.pause_why != "bounce":
        lifecycle.resume(conn, enrolment.id, now)
    elif bounces.probe_has_arrived(conn, enrolment, now):
        bounces.forgive(conn, enrolment.student.address, now)
        lifecycle.resume(conn, enrolment.id, now)
    else:
        _probe(conn, letters, course, enrolment, now)


def _probe(
    conn: sa.Connection, letters: Letters, course: Course, enrolment: Enrolment, now: datetime
) -> None:
    letters.put(
        conn,
        "probe",
        reader_of(enrolment),
        {},
        natural=f"{bounces.probe_key(enrolment)}:{now.date().isoformat()}",
        kind="probe",
        now=now,
        course=course,
        enrolment=enrolment,
    )
    enrolments.change(conn, enrolment.id, pause_until=now + bounces.PROBE_LASTS)
