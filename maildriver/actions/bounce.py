"""What follows when a mail did not arrive: a score that only lasting trouble raises high."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import life
from maildriver.store import enrolments, suppressions

#: Three days on which mail came back, within two weeks, pause whoever it was meant for.
ENOUGH = 3.0
_FORGOTTEN_AFTER = timedelta(days=14)
_ONCE_PER = timedelta(days=1)


def bounced(conn: sa.Connection, address: str, *, permanent: bool, now: datetime) -> bool:
    """Count a bounce; return whether it has paused the enrolments of that address.

    Their place is kept. One report a day counts, so that a burst of them proves nothing.
    """
    before = suppressions.get(conn, address)
    score, at = (before.score, before.scored_at) if before else (0.0, None)
    if at is not None and now - at > _FORGOTTEN_AFTER:
        score = 0.0
    elif at is not None and now - at < _ONCE_PER:
        return False
    score += 1.0 if permanent else 0.5
    suppressions.put(conn, address, why="bounce", score=score, now=now)
    if score < ENOUGH:
        return False
    paused = [
        life.pause(conn, each.id, "bounce", None, now)
        for each in enrolments.of(conn, address)
        if each.state == "active"
    ]
    return any(paused)
