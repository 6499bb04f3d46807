"""Suppressions: addresses that mail did not reach, each with a score."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import suppression


@dataclass(frozen=True, slots=True)
class Suppression:
    """The score of an address, and why."""

    why: str
    score: float
    scored_at: datetime | None


def get(conn: sa.Connection, address: str) -> Suppression | None:
    """Return the suppression of an address, or None."""
    query = sa.select(suppression).where(suppression.c.address == address.lower())
    row = conn.execute(query).one_or_none()
    return None if row is None else Suppression(row.why, row.score, row.scored_at)


def put(conn: sa.Connection, address: str, *, why: str, score: float, now: datetime) -> None:
    """Record the score of an address, and why."""
    insert_new(conn, suppression, address=address.lower(), why=why)
    conn.execute(
        sa.update(suppression)
        .where(suppression.c.address == address.lower())
        .values(why=why, score=score, scored_at=now)
    )
