"""A mail of ours that responds to one of theirs: at most one of a kind, address and day."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions.letters import Letters, reader_of
from maildriver.content.fields import Field
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.store import outbox


def answer(
    conn: sa.Connection,
    letters: Letters,
    kind: str,
    enrolment: Enrolment,
    course: Course,
    fields: Mapping[str, Field],
    *,
    mail: int,
    message_id: str,
    now: datetime,
) -> bool:
    """Answer mail number `mail` to the *enrolled* address; False if that was done today."""
    address = enrolment.student.address
    today = outbox.recent_keys(conn, address, now - timedelta(days=1))
    if any(key.startswith("note:") and key.endswith(f":{kind}") for key in today):
        return False
    return letters.put(
        conn,
        kind,
        reader_of(enrolment),
        fields,
        natural=f"note:{mail}:{kind}",
        kind="note",
        now=now,
        course=course,
        enrolment=enrolment,
        answers=message_id or None,
    )
