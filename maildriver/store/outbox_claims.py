"""Taking messages for sending, and writing down what became of them. The circle is in outbox.

Every change is made by the row's owner to a row it still holds; whatever else has
happened to the row meanwhile wins.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.partial_indexes import CLAIMED, UNSURE, WAITING
from maildriver.database.raw_sql import Direct, Together
from maildriver.database.schema import outbox
from maildriver.domain.ids import MessageId
from maildriver.domain.quantity import Rate
from maildriver.store.outbox import gone


class Claimed(NamedTuple):
    """A message that only its owner may send."""

    id: MessageId
    key: str
    address: str
    mail_from: str
    parts: bytes
    attempts: int
    unsure_count: int
    effect: str


# What is done for every message goes straight to the driver. `FOR UPDATE SKIP LOCKED` is left
# out by SQLite, which has one writer.
_NOW = sa.bindparam("now", type_=sa.BigInteger)
_READY = (
    sa.select(outbox.c.id)
    .where(
        WAITING,
        outbox.c.state == "ready",
        sa.type_coerce(outbox.c.not_before, sa.BigInteger) <= _NOW,
        sa.or_(
            outbox.c.good_until.is_(None),
            sa.type_coerce(outbox.c.good_until, sa.BigInteger) > _NOW,
        ),
    )
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_CLAIM = Direct(
    sa.update(outbox)
    .where(outbox.c.id.in_(_READY.scalar_subquery()))
    .values(state="claimed", claimed_by=sa.bindparam("who"))
    .returning(*(outbox.c[name] for name in Claimed._fields))
)
_FENCE = Together(
    {"number": sa.BigInteger},
    lambda given: (
        sa.update(outbox)
        .where(
            outbox.c.id == given.c.number,
            outbox.c.claimed_by == sa.bindparam("who"),
            outbox.c.state == "claimed",
        )
        .values(state="dotted")
        .returning(outbox.c.id)
    ),
)
#: What others took for dead while we waited for the answer is unsure, and the answer settles it.
_ANSWERED = sa.or_(
    sa.and_(outbox.c.claimed_by == sa.bindparam("who"), outbox.c.state == "dotted"),
    outbox.c.state == "unsure",
)
_SENT = Together(
    {"number": sa.BigInteger, "code": sa.Integer, "text": sa.Text},
    lambda given: (
        sa.update(outbox)
        .where(outbox.c.id == given.c.number, _ANSWERED)
        .values(
            gone(sa.type_coerce(_NOW, outbox.c.settled_at.type))
            | {
                "attempts": outbox.c.attempts + 1,
                "last_code": given.c.code,
                "last_text": given.c.text,
            }
        )
        .returning(outbox.c.id)
    ),
)


def claim(conn: sa.Connection, owner: str, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` messages that may go now; nobody else can take them then."""
    rows = _CLAIM.rows(conn, {"who": owner, "now": stored(now), "most": limit})
    return sorted(map(Claimed._make, rows))  # by their id


def allowance(conn: sa.Connection, rates: Sequence[Rate], now: datetime, most: int) -> int:
    """Return how many messages may be claimed, `most` at most, so that no rate is passed.

    What has been sent is counted in the outbox, so a restart forgets nothing.
    """
    if not rates:
        return most
    under_way = sa.select(sa.func.count()).where(CLAIMED)
    taken = conn.execute(under_way).scalar_one()
    for rate in rates:
        gone_since = (
            sa.select(outbox.c.id)
            .where(outbox.c.settled_at > now - rate.per, outbox.c.state == "sent")
            .limit(rate.count)
            .subquery()
        )
        sent_since = conn.execute(sa.select(sa.func.count()).select_from(gone_since)).scalar_one()
        most = min(most, rate.count - sent_since - taken)
    return max(most, 0)


def fence(conn: sa.Connection, message_ids: Sequence[MessageId], owner: str) -> set[MessageId]:
    """Write down that these dots are about to be sent; return those that may be.

    A message that is dotted already may not, even if it was by the same owner: one that was
    taken for dead may have claimed again what it still held.
    """
    return {row[0] for row in _FENCE.rows(conn, [(number,) for number in message_ids], who=owner)}


def sent(
    conn: sa.Connection, replies: Mapping[MessageId, tuple[int, str]], owner: str, now: datetime
) -> set[MessageId]:
    """Write down which messages the server has taken, and its word (code and text) to each.

    Returns those that were still ours: what the others change has been changed.
    """
    given = [(number, code, text) for number, (code, text) in replies.items()]
    return {row[0] for row in _SENT.rows(conn, given, who=owner, now=stored(now))}


def put_back(conn: sa.Connection, message_id: MessageId, owner: str) -> None:
    """Give a message back untouched: nothing of it was taken and it is not to blame."""
    _move(conn, message_id, owner, state="ready")


def put_back_strays(conn: sa.Connection, owner: str) -> None:
    """Give back what an owner has claimed, who knows that it sends nothing.

    It does not know of a claim whose commit the database has made and not told.
    """
    mine = sa.and_(CLAIMED, outbox.c.state == "claimed", outbox.c.claimed_by == owner)
    conn.execute(sa.update(outbox).where(mine).values(state="ready", claimed_by=""))


def defer(
    conn: sa.Connection,
    message_id: MessageId,
    owner: str,
    *,
    until: datetime,
    code: int,
    text: str,
) -> None:
    """Let a message wait until `until`; the attempt counts."""
    _move(
        conn,
        message_id,
        owner,
        state="ready",
        not_before=until,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
    )


def set_aside(
    conn: sa.Connection,
    message_id: MessageId,
    owner: str,
    *,
    state: str,
    code: int,
    text: str,
    now: datetime,
) -> None:
    """Make a message `failed` or `held`: only a person can send it again."""
    _move(
        conn,
        message_id,
        owner,
        state=state,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
        settled_at=now,
    )


def unsure(
    conn: sa.Connection, message_id: MessageId, owner: str, *, until: datetime, text: str
) -> None:
    """Write down that no answer came after the dot."""
    _move(
        conn,
        message_id,
        owner,
        state="unsure",
        not_before=until,
        unsure_count=outbox.c.unsure_count + 1,
        attempts=outbox.c.attempts + 1,
        last_code=0,
        last_text=text,
    )


def recover(
    conn: sa.Connection, until: datetime, owners: Collection[str] | None = None
) -> tuple[int, int]:
    """Free what dead owners left: how many untouched, how many unsure.

    `None` is everybody: for a process that knows that no other one sends.
    """
    theirs = CLAIMED if owners is None else sa.and_(CLAIMED, outbox.c.claimed_by.in_(list(owners)))
    untouched = conn.execute(
        sa.update(outbox)
        .where(outbox.c.state == "claimed", theirs)
        .values(state="ready", claimed_by="")
    )
    unsure_rows = conn.execute(
        sa.update(outbox)
        .where(outbox.c.state == "dotted", theirs)
        .values(
            state="unsure",
            claimed_by="",
            not_before=until,
            unsure_count=outbox.c.unsure_count + 1,
            last_text="the process ended between the dot and its answer",
        )
    )
    return untouched.rowcount, unsure_rows.rowcount


def settle_unsure(conn: sa.Connection, now: datetime, most: int) -> int:
    """Send again what has waited long enough without a sign, or hold it after `most` times."""
    waited = sa.and_(UNSURE, outbox.c.state == "unsure", outbox.c.not_before <= now)
    held = conn.execute(
        sa.update(outbox)
        .where(waited, outbox.c.unsure_count > most)
        .values(state="held", settled_at=now)
    )
    again = conn.execute(sa.update(outbox).where(waited).values(state="ready", claimed_by=""))
    return held.rowcount + again.rowcount


def _move(conn: sa.Connection, message_id: MessageId, owner: str, **values: object) -> None:
    """Change a row that `owner` still holds, and let it go."""
    held = outbox.c.state.in_(("claimed", "dotted"))
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.claimed_by == owner, held)
        .values(claimed_by="", **values)
    )
