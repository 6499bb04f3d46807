"""The first mail to a new student: a confirm mail until the address is proven, then a welcome."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain.cadence import coming_slots
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import enrolments, outbox

#: An address that never answers is asked once a day at most, and three times in all, so
#: that nobody can use us to fill a stranger's mailbox.
MOST_CONFIRMS = 3


def greet(
    conn: sa.Connection, letters: Letters, course: Course, enrolment: Enrolment, now: datetime
) -> bool:
    """Put the mail that is due to an enrolment into the outbox; False if it may not go."""
    enrolments.change(conn, enrolment.id, greet_at=None)
    kind = "confirm" if enrolment.state == "asked" else "welcome"
    letter = "instructor" if enrolment.role == "instructor" else kind
    prefix = f"{kind}:{enrolment.id}:"
    if kind == "confirm" and outbox.count_keys(conn, prefix) >= MOST_CONFIRMS:
        return False
    return letters.put(
        conn,
        letter,
        reader_of(enrolment),
        {"slots": next_three(enrolment, now)},
        natural=f"{prefix}{now.date().isoformat()}",
        kind=kind,
        now=now,
        course=course,
        enrolment=enrolment,
    )


def next_three(enrolment: Enrolment, now: datetime) -> tuple[datetime, ...]:
    """Return the next three moments at which a packet of this enrolment goes."""
    after = now if enrolment.due_at is None else enrolment.due_at - timedelta(seconds=1)
    return coming_slots(enrolment.cadence, enrolment.zone, max(now, after), 3)
