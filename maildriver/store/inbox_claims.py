"""Claims of fetched mail for reading, and the count of tries.

A process changes only mails that it still has claimed: whatever others have done to a mail
meanwhile wins.
"""

from collections.abc import Collection

import sqlalchemy as sa

from maildriver.database.schema import inbox
from maildriver.store.inbox import Row

_EARLIER = inbox.alias("earlier")
_SUSPECT_TRIES = 2  # tries after which a mail is suspected of killing the process
_CANDIDATES = 10  # times the limit are examined: where few people write much, more is in vain


def any_new(conn: sa.Connection) -> bool:
    """Return whether a mail waits to be read."""
    query = sa.select(inbox.c.id).where(inbox.c.state == "new").limit(1)
    return conn.execute(query).first() is not None


def claim(conn: sa.Connection, process: str, limit: int, *, shared: bool) -> list[Row]:
    """Claim new mails for a process; return them in the order in which they came.

    New mails that the process claimed earlier are among them. An interrupted mail keeps its place,
    so that commands of one sender stay in order. After two tries it goes to the end: it may be
    what kills the process. If it is not, it will hardly meet a third kill there.

    `shared`: other processes claim mails too. Then a mail waits for the earlier ones of its
    sender, unless this process has them: two processes never claim mails of one sender.
    """
    rows = _claim(conn, process, limit, inbox.c.tries < _SUSPECT_TRIES, shared=shared)
    return rows + _claim(
        conn, process, limit - len(rows), inbox.c.tries >= _SUSPECT_TRIES, shared=shared
    )


def _claim(
    conn: sa.Connection, process: str, limit: int, tried: sa.ColumnElement[bool], *, shared: bool
) -> list[Row]:
    free = inbox.c.state == "new", inbox.c.claimed_by.in_(("", process)), tried
    waiting = sa.select(inbox.c.id).where(*free).order_by(inbox.c.id)
    if shared:
        first = waiting.limit(_CANDIDATES * limit).subquery()
        in_turn = sa.not_(_waits_for_earlier(process))
        waiting = waiting.where(inbox.c.id.in_(sa.select(first.c.id)), in_turn)
    waiting = waiting.limit(limit).with_for_update(skip_locked=True)
    rows = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id.in_(waiting.scalar_subquery()))
        .values(claimed_by=process)
        .returning(*(inbox.c[name] for name in Row.__dataclass_fields__))
    )
    return sorted((Row(*row) for row in rows), key=lambda row: row.id)


def _waits_for_earlier(process: str) -> sa.ColumnElement[bool]:
    """Return the condition that an earlier mail of the same sender must be read first.

    An earlier mail that nobody seems to have claimed counts: another process may be about to.
    """
    return sa.exists().where(
        _EARLIER.c.state == "new",
        _EARLIER.c.sender == inbox.c.sender,
        _EARLIER.c.id < inbox.c.id,
        _EARLIER.c.tries < _SUSPECT_TRIES,
        _EARLIER.c.claimed_by != process,
        inbox.c.sender != "",
    )


def release(conn: sa.Connection, processes: Collection[str] | None) -> None:
    """Release the claims of processes that have ended; None: all claims.

    Any of these mails may have ended its process, so each is to be read alone.
    """
    theirs = (
        inbox.c.claimed_by != "" if processes is None else inbox.c.claimed_by.in_(list(processes))
    )
    conn.execute(
        sa.update(inbox)
        .where(inbox.c.state == "new", theirs)
        .values(claimed_by="", read_alone=True)
    )


def count_try(conn: sa.Connection, mail: Row) -> int:
    """Count a try before it is made; return how many that makes, 0 if it may not be made."""
    counted = _still_claimed(mail).values(tries=inbox.c.tries + 1).returning(inbox.c.tries)
    return int(conn.execute(counted).scalar() or 0)


def uncount_try(conn: sa.Connection, mail: Row) -> None:
    """Uncount a try that failed, where the mail was not the reason."""
    conn.execute(_still_claimed(mail).where(inbox.c.tries > 0).values(tries=inbox.c.tries - 1))


def _still_claimed(mail: Row) -> sa.Update:
    return sa.update(inbox).where(
        inbox.c.id == mail.id, inbox.c.state == "new", inbox.c.claimed_by == mail.claimed_by
    )
