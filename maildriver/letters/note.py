"""Notes: at most one of a kind per address and day."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.letters import operator_notice
from maildriver.letters.fields import Field
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import enrolments, outbox

#: Notes of all kinds to one address in a day.
MOST_A_DAY = 10
#: Notes to all addresses in an hour; on a large site, a tenth of its active enrolments.
MOST_AN_HOUR = 100


def answer(
    conn: sa.Connection,
    letters: Letters,
    kind: str,
    enrolment: Enrolment,
    course: Course,
    fields: Mapping[str, Field],
    *,
    mail_id: MailId,
    message_id: str,
    now: datetime,
) -> bool:
    """Put a note on the mail with id `mail` into the outbox; return False if there are too many.

    The note goes to the *enrolled* address. Without it, the request is still carried out
    (RFC 3834 2).
    """
    address = enrolment.student.address
    recent = outbox.recent_keys(conn, address, now - timedelta(days=1))
    today = [key for key in recent if key.startswith("note:")]
    if len(today) >= MOST_A_DAY or any(key.endswith(f":{kind}") for key in today):
        return False
    if _too_many(conn, now):
        text = "More notes are left out until an hour has passed; what was asked for is done."
        operator_notice.tell_operator(conn, letters, problem="too many notes", text=text, now=now)
        return False
    return letters.put(
        conn,
        kind,
        reader_of(enrolment),
        fields,
        natural=f"note:{mail_id}:{kind}",
        kind="note",
        now=now,
        course=course,
        enrolment=enrolment,
        answers=message_id or None,
    )


def _too_many(conn: sa.Connection, now: datetime) -> bool:
    """Return whether the notes of the last hour are so many that there must be a mail loop."""
    last_hour = outbox.count_notes(conn, now - timedelta(hours=1))
    if last_hour < MOST_AN_HOUR:
        return False
    return last_hour >= enrolments.count_state(conn, "active") // 10
