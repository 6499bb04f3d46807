"""Taking messages to understand them, and counting the tries. The inbox itself is in inbox.

Every change is made by the row's owner to a row that it still has; whatever else has happened
to the row meanwhile wins.
"""

from collections.abc import Collection

import sqlalchemy as sa

from maildriver.database.schema import inbox
from maildriver.store.inbox import Row

_EARLIER = inbox.alias("earlier")
_OFTEN = 2  # tries after which a mail may be what ends us
_LOOK = 10  # times as many as are taken: more would be looked at in vain, where few write much


def any_new(conn: sa.Connection) -> bool:
    """Tell whether there is a message that nobody has understood yet."""
    query = sa.select(inbox.c.id).where(inbox.c.state == "new").limit(1)
    return conn.execute(query).first() is not None


def take(conn: sa.Connection, owner: str, limit: int, *, shared: bool) -> list[Row]:
    """Take messages that nobody has understood yet, in the order in which they came.

    What the owner took before, and is still new, is taken again. What a kill interrupted keeps its
    place: the next mail of its sender may undo what it asks for. Tried twice, it waits for the
    others, since it may be what ends us; if it is not, few will meet three kills there.

    `shared`: others take too. Then a message waits for the earlier ones of its sender, unless
    the owner has taken these before: two of a sender are never with two owners.
    """
    rows = _take(conn, owner, limit, inbox.c.tries < _OFTEN, shared=shared)
    return rows + _take(conn, owner, limit - len(rows), inbox.c.tries >= _OFTEN, shared=shared)


def _take(
    conn: sa.Connection, owner: str, limit: int, tried: sa.ColumnElement[bool], *, shared: bool
) -> list[Row]:
    free = inbox.c.state == "new", inbox.c.claimed_by.in_(("", owner)), tried
    waiting = sa.select(inbox.c.id).where(*free).order_by(inbox.c.id)
    if shared:
        first = waiting.limit(_LOOK * limit).subquery()
        in_turn = sa.not_(_waits_for_another(owner))
        waiting = waiting.where(inbox.c.id.in_(sa.select(first.c.id)), in_turn)
    waiting = waiting.limit(limit).with_for_update(skip_locked=True)
    rows = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id.in_(waiting.scalar_subquery()))
        .values(claimed_by=owner)
        .returning(*(inbox.c[name] for name in Row.__dataclass_fields__))
    )
    return sorted((Row(*row) for row in rows), key=lambda row: row.id)


def _waits_for_another(owner: str) -> sa.ColumnElement[bool]:
    """Whether an earlier message of the same sender is to be understood first.

    Also one that nobody has taken, as far as we see: another may be about to.
    """
    return sa.exists().where(
        _EARLIER.c.state == "new",
        _EARLIER.c.sender == inbox.c.sender,
        _EARLIER.c.id < inbox.c.id,
        _EARLIER.c.tries < _OFTEN,
        _EARLIER.c.claimed_by != owner,
        inbox.c.sender != "",
    )


def give_back(conn: sa.Connection, owners: Collection[str] | None) -> None:
    """Let others take what these owners had not understood; None: what anybody had.

    The owners have ended, and it may be for one of these messages: each is to be read alone.
    """
    theirs = inbox.c.claimed_by != "" if owners is None else inbox.c.claimed_by.in_(list(owners))
    conn.execute(
        sa.update(inbox)
        .where(inbox.c.state == "new", theirs)
        .values(claimed_by="", read_alone=True)
    )


def try_again(conn: sa.Connection, message: Row) -> int:
    """Count one more try before it is made, and return which one it is; 0 if it may not be."""
    counted = _own(message).values(tries=inbox.c.tries + 1).returning(inbox.c.tries)
    return int(conn.execute(counted).scalar() or 0)


def untry(conn: sa.Connection, message: Row) -> None:
    """Take back the try that was counted: it failed for a reason that is not the message's."""
    conn.execute(_own(message).where(inbox.c.tries > 0).values(tries=inbox.c.tries - 1))


def _own(message: Row) -> sa.Update:
    return sa.update(inbox).where(
        inbox.c.id == message.id, inbox.c.state == "new", inbox.c.claimed_by == message.claimed_by
    )
