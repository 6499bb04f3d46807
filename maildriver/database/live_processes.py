"""Which processes live, told without a clock: each holds a lock in the database while it does.

What a process has claimed bears its name. If nobody holds the lock of that name, the process is
gone, however it ended, and what it had claimed is anybody's. On SQLite there is one process, and
`run.lock` says so.
"""

import hashlib

import sqlalchemy as sa

from maildriver.database.partial_indexes import CLAIMED
from maildriver.database.schema import inbox, outbox

#: PostgreSQL's advisory locks are pairs of numbers; this one says that owners are meant.
_OWNERS = 0x6D64


#: Taken on a connection, the lock lasts as long as that.
HOLD = "SELECT pg_try_advisory_lock(%s, %s)"


def lock_of(owner: str) -> tuple[int, int]:
    """Return the numbers of the lock of an owner."""
    return _OWNERS, int.from_bytes(hashlib.sha256(owner.encode()).digest()[:4], signed=True)


def dead(conn: sa.Connection, me: str) -> list[str]:
    """Return the owners of something claimed who live no more.

    Their locks are ours until the transaction ends, so that nobody else takes them for dead.
    """
    claimed = sa.union(
        sa.select(outbox.c.claimed_by).where(CLAIMED),
        sa.select(inbox.c.claimed_by).where(inbox.c.state == "new", inbox.c.claimed_by != ""),
    )
    others = set(conn.execute(claimed).scalars()) - {me}
    return [owner for owner in sorted(others) if _take(conn, owner)]


def _take(conn: sa.Connection, owner: str) -> bool:
    lock = sa.func.pg_try_advisory_xact_lock(*lock_of(owner))
    return bool(conn.execute(sa.select(lock)).scalar_one())
