"""Addresses to which mail did not arrive, and how often."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import suppression


@dataclass(frozen=True, slots=True)
class Suppression:
    """The score of an address."""

    why: str
    score: float
    scored_at: datetime | None


def get(conn: sa.Connection, address: str) -> Suppression | None:
    """Return what is known of an address."""
    query = sa.select(suppression).where(suppression.c.address == address.lower())
    row = conn.execute(query).one_or_none()
    return None if row is None else Suppression(row.why, row.score, row.scored_at)


def put(conn: sa.Connection, address: str, *, why: str, score: float, now: datetime) -> None:
    """Write down the score of an address."""
    insert_new(conn, suppression, address=address.lower(), why=why)
    conn.execute(
        sa.update(suppression)
        .where(suppression.c.address == address.lower())
        .values(why=why, score=score, scored_at=now)
    )
