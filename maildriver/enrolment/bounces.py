"""What follows when a mail did not arrive: a score that only lasting trouble raises high.

Whoever is paused for it keeps their place. A week later one mail is tried; if that does not
come back, the course goes on by itself.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain import keys
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import lifecycle
from maildriver.store import enrolments, outbox_keys, suppressions

#: Three days on which mail came back, within two weeks, pause whoever it was meant for.
PAUSING_SCORE = 3.0
_FORGOTTEN_AFTER = timedelta(days=14)
_ONCE_PER = timedelta(hours=20)  # a digest comes at one hour of the day, give or take some minutes
#: A week after a pause one mail is tried, four times at most; three days may bring it back.
PROBE_EVERY = timedelta(days=7)
PROBE_LASTS = timedelta(days=3)
MOST_PROBES = 4


def count_bounce(conn: sa.Connection, address: str, *, permanent: bool, now: datetime) -> bool:
    """Count a bounce; return whether it has paused the enrolments of that address.

    Their place is kept. One report a day counts, so that a burst of them proves nothing.
    """
    for each in _paused_for_it(conn, address):
        enrolments.change(conn, each.id, pause_until=_next_probe(conn, each, now))
    before = suppressions.get(conn, address)
    score, at = (before.score, before.scored_at) if before else (0.0, None)
    if at is not None and now - at > _FORGOTTEN_AFTER:
        score = 0.0
    elif at is not None and now - at < _ONCE_PER:
        return False
    score += 1.0 if permanent else 0.5
    suppressions.put(conn, address, why="bounce", score=score, now=now)
    if score < PAUSING_SCORE:
        return False
    paused = [
        lifecycle.pause(conn, each.id, "bounce", now + PROBE_EVERY, now)
        for each in enrolments.of_address(conn, address)
        if each.state in {"active", "finished"}  # who has finished still gets digests
    ]
    return any(paused)


def probe_has_arrived(conn: sa.Connection, enrolment: Enrolment, now: datetime) -> bool:
    """Tell whether the last probe went three days ago and nothing has come back since."""
    sent = outbox_keys.last_sent(conn, keys.Probe.beginning(enrolment.id))
    score = suppressions.get(conn, enrolment.student.address)
    if sent is None or now - sent < PROBE_LASTS:
        return False
    return score is None or score.scored_at is None or score.scored_at <= sent


def lower_score(conn: sa.Connection, address: str, now: datetime) -> None:
    """Let one more bounce be enough to pause again."""
    suppressions.put(conn, address, why="bounce", score=PAUSING_SCORE - 1, now=now)


def _paused_for_it(conn: sa.Connection, address: str) -> list[Enrolment]:
    return [
        each
        for each in enrolments.of_address(conn, address)
        if each.state == "paused" and each.pause_why == "bounce"
    ]


def _next_probe(conn: sa.Connection, enrolment: Enrolment, now: datetime) -> datetime | None:
    probes = outbox_keys.count_keys(conn, keys.Probe.beginning(enrolment.id))
    return now + PROBE_EVERY if probes < MOST_PROBES else None
