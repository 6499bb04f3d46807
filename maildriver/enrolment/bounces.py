"""Bounce score of an address, and the pause and probes that follow.

Only lasting trouble raises the score high enough for a pause, which keeps the student's position
in the course. A week later a probe is sent; if the probe does not bounce, the course resumes.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain import keys
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import lifecycle
from maildriver.store import enrolments, outbox_keys, suppressions

#: Three days with permanent bounces, within two weeks, pause the enrolments of an address.
PAUSING_SCORE = 3.0
_FORGOTTEN_AFTER = timedelta(days=14)
_ONCE_PER = timedelta(hours=20)  # under a day: digests go at one hour, give or take minutes
#: A probe is sent a week after a pause, at most four times, and may bounce within three days.
PROBE_EVERY = timedelta(days=7)
PROBE_LASTS = timedelta(days=3)
MOST_PROBES = 4


def count_bounce(conn: sa.Connection, address: str, *, permanent: bool, now: datetime) -> bool:
    """Count a bounce; return whether that has paused an enrolment of the address.

    One bounce a day counts, so that a burst of them proves nothing.
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
        if each.state in {"active", "finished"}  # a finished student still gets digests
    ]
    return any(paused)


def probe_has_arrived(conn: sa.Connection, enrolment: Enrolment, now: datetime) -> bool:
    """Return whether the last probe was sent three days ago or more, and no bounce followed."""
    sent = outbox_keys.last_sent(conn, keys.Probe.beginning(enrolment.id))
    score = suppressions.get(conn, enrolment.student.address)
    if sent is None or now - sent < PROBE_LASTS:
        return False
    return score is None or score.scored_at is None or score.scored_at <= sent


def lower_score(conn: sa.Connection, address: str, now: datetime) -> None:
    """Lower the score so that one more bounce is enough for another pause."""
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
