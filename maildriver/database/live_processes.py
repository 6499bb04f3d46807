"""Which processes live, by the locks that they hold in the database.

`claimed_by` is the name of the process that claimed a row. If nobody holds the lock of that name,
the process is gone, however it ended, and its claims can be released. No clock decides. On SQLite
there is only one process: `run.lock` sees to it.
"""

import hashlib

import sqlalchemy as sa

from maildriver.database.partial_indexes import CLAIMED
from maildriver.database.schema import inbox, outbox

#: First of the two keys of PostgreSQL's advisory locks; this one is for processes.
_PROCESSES = 0x6D64


#: Takes a lock, which lasts as long as the connection.
TAKE_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"


def lock_of(process: str) -> tuple[int, int]:
    """Return the two keys of the lock of a process."""
    return _PROCESSES, int.from_bytes(hashlib.sha256(process.encode()).digest()[:4], signed=True)


def dead(conn: sa.Connection, process: str) -> list[str]:
    """Return the dead processes that still have claims.

    Their locks are held until the transaction ends, so that no other process finds them too.
    """
    claimed = sa.union(
        sa.select(outbox.c.claimed_by).where(CLAIMED),
        sa.select(inbox.c.claimed_by).where(inbox.c.state == "new", inbox.c.claimed_by != ""),
    )
    others = set(conn.execute(claimed).scalars()) - {process}
    return [owner for owner in sorted(others) if _try_lock(conn, owner)]


def _try_lock(conn: sa.Connection, process: str) -> bool:
    lock = sa.func.pg_try_advisory_xact_lock(*lock_of(process))
    return bool(conn.execute(sa.select(lock)).scalar_one())
