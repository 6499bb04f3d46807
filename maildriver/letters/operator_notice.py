"""Alerts to the operator by mail: once per problem and day."""

import hashlib
from datetime import datetime

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.letters.frame import Reader
from maildriver.letters.writer import Letters
from maildriver.store import outbox


def tell_operator(
    conn: sa.Connection, letters: Letters, *, problem: str, text: str, now: datetime
) -> bool:
    """Put an alert into the outbox; return False if today's alert on this problem was there.

    Without an operator's address none is put, either.
    """
    digest = hashlib.sha256(problem.encode()).hexdigest()[:16]
    natural = f"notice:{digest}:{now.date().isoformat()}"
    if not letters.operator or outbox.count_keys(conn, natural):
        return False
    put = letters.put(
        conn,
        "operator",
        Reader("", letters.operator, "en", "UTC"),
        {"problem": problem, "details": text.splitlines()},
        natural=natural,
        kind="notice",
        now=now,
    )
    failpoints.reached("notice.before_commit")
    return put
