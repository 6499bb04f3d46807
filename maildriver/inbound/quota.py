"""Daily quota of a sender; mail beyond it is held, not lost."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain.ids import EnrolmentId
from maildriver.mail.kind.classify import Trust
from maildriver.store import inbox

MOST_PER_DAY = 30  # mails
MOST_BYTES_PER_DAY = 100_000_000


def over_quota(
    conn: sa.Connection, sender: str, enrolment_id: EnrolmentId, trusted: Trust, now: datetime
) -> str:
    """Return the quota that a sender exceeds, with the present mail, in words; empty if none.

    Held mail counts only for a sender who is not proven: otherwise anybody could use up the
    quota of a student by writing in the student's name.
    """
    states = ("done",) if trusted == "full" else ("done", "held")
    since = now - timedelta(days=1)
    number, size = inbox.count_from(conn, sender.lower(), enrolment_id, since, states)
    if number > MOST_PER_DAY:
        return f"more than {MOST_PER_DAY} mails in a day"
    if size > MOST_BYTES_PER_DAY:
        return f"more than {MOST_BYTES_PER_DAY // 1_000_000} MB of mail in a day"
    return ""
