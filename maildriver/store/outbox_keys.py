"""Messages counted by their natural keys, and the notes to an address.

Keys are matched by a range of their index: LIKE would scan every message there ever was.
"""

from datetime import datetime

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.partial_indexes import NOTES
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import outbox


def count_keys(conn: sa.Connection, prefix: str) -> int:
    """Return how many messages were ever made whose key has that prefix."""
    ((number,),) = _COUNT_KEYS.rows(conn, {"prefix": prefix, "after": _after(prefix)})
    return int(number)


_COUNT_KEYS = RawStatement(
    sa.select(sa.func.count()).where(
        outbox.c.key >= sa.bindparam("prefix"), outbox.c.key < sa.bindparam("after")
    )
)


def _begins(prefix: str) -> sa.ColumnElement[bool]:
    return sa.and_(outbox.c.key >= prefix, outbox.c.key < _after(prefix))


def _after(prefix: str) -> str:
    """Return the first text that sorts after all texts with that prefix."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def last_sent(conn: sa.Connection, prefix: str) -> datetime | None:
    """Return when the last message with that prefix of its key was sent, or None."""
    column = sa.func.max(outbox.c.settled_at, type_=outbox.c.settled_at.type)
    query = sa.select(column).where(_begins(prefix))
    return conn.execute(query.where(outbox.c.state == "sent")).scalar()


def count_sent(conn: sa.Connection, prefix: str) -> int:
    """Return how many messages with that prefix of their keys were sent."""
    query = sa.select(sa.func.count()).where(_begins(prefix), outbox.c.state == "sent")
    return conn.execute(query).scalar_one()


_RECENT_KEYS = RawStatement(
    sa.select(outbox.c.key).where(
        outbox.c.address == sa.bindparam("address"),
        outbox.c.created_at >= sa.bindparam("since"),
        NOTES,
    )
)


def recent_keys(conn: sa.Connection, address: str, since: datetime) -> list[str]:
    """Return the keys of the notes to an address since then."""
    rows = _RECENT_KEYS.rows(conn, {"address": address, "since": stored(since)})
    return [key for (key,) in rows]


def count_notes(conn: sa.Connection, since: datetime) -> int:
    """Return how many notes were made since then, to all addresses."""
    query = sa.select(sa.func.count()).where(NOTES, outbox.c.created_at >= since)
    return conn.execute(query).scalar_one()
