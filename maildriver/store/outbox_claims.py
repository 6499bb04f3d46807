"""Claims of messages for sending, and the outcomes of attempts.

The states are drawn in `outbox`. A process changes only messages that it still has claimed:
whatever others have done to a message meanwhile wins.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.partial_indexes import CLAIMED, UNSURE, WAITING
from maildriver.database.raw_sql import BatchStatement, RawStatement
from maildriver.database.schema import outbox
from maildriver.domain.ids import MessageId
from maildriver.domain.quantity import Rate
from maildriver.store.outbox import sent_values


class Claimed(NamedTuple):
    """A message that only the process that claimed it may send."""

    id: MessageId
    key: str
    address: str
    mail_from: str
    parts: bytes
    attempts: int
    unsure_count: int
    effect: str


# These statements run for every message, so they go straight to the driver. On SQLite, which has
# one writer, they have no `FOR UPDATE SKIP LOCKED`.
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
_CLAIM = RawStatement(
    sa.update(outbox)
    .where(outbox.c.id.in_(_READY.scalar_subquery()))
    .values(state="claimed", claimed_by=sa.bindparam("who"))
    .returning(*(outbox.c[name] for name in Claimed._fields))
)
_FENCE = BatchStatement(
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
#: Others may find this process dead before the server answers. Then its message is unsure, and
#: the answer settles it all the same.
_AWAITS_ANSWER = sa.or_(
    sa.and_(outbox.c.claimed_by == sa.bindparam("who"), outbox.c.state == "dotted"),
    outbox.c.state == "unsure",
)
_SENT = BatchStatement(
    {"number": sa.BigInteger, "code": sa.Integer, "text": sa.Text},
    lambda given: (
        sa.update(outbox)
        .where(outbox.c.id == given.c.number, _AWAITS_ANSWER)
        .values(
            sent_values(sa.type_coerce(_NOW, outbox.c.settled_at.type))
            | {
                "attempts": outbox.c.attempts + 1,
                "last_code": given.c.code,
                "last_text": given.c.text,
            }
        )
        .returning(outbox.c.id)
    ),
)


def claim(conn: sa.Connection, process: str, now: datetime, limit: int) -> list[Claimed]:
    """Claim up to `limit` messages that may be sent now; return them by id."""
    rows = _CLAIM.rows(conn, {"who": process, "now": stored(now), "most": limit})
    return sorted(map(Claimed._make, rows))  # by their id


def allowance(conn: sa.Connection, rates: Sequence[Rate], now: datetime, most: int) -> int:
    """Return how many messages, at most `most`, may be claimed without exceeding a rate.

    Sent messages are counted in the outbox, so a restart forgets nothing.
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


def fence(conn: sa.Connection, message_ids: Sequence[MessageId], process: str) -> set[MessageId]:
    """Fence messages whose final dot is about to be sent; return those that may be sent.

    A message that is dotted already may not, even by the same process: a process that others
    found dead may have claimed a second time what it was sending.
    """
    return {
        row[0] for row in _FENCE.rows(conn, [(number,) for number in message_ids], who=process)
    }


def record_sent(
    conn: sa.Connection, replies: Mapping[MessageId, tuple[int, str]], process: str, now: datetime
) -> set[MessageId]:
    """Record messages that the server has accepted, with its answer (code and text) to each.

    Returns those that were recorded. The others are settled already, and their effects applied.
    """
    given = [(number, code, text) for number, (code, text) in replies.items()]
    return {row[0] for row in _SENT.rows(conn, given, who=process, now=stored(now))}


def release(conn: sa.Connection, message_id: MessageId, process: str) -> None:
    """Make a claimed message ready again, unchanged: it was not sent and is not to blame."""
    _change_claimed(conn, message_id, process, state="ready")


def release_unconfirmed(conn: sa.Connection, process: str) -> None:
    """Make ready all messages claimed by a process that sends nothing at the moment.

    Covers claims whose COMMIT succeeded but was never confirmed to us.
    """
    mine = sa.and_(CLAIMED, outbox.c.state == "claimed", outbox.c.claimed_by == process)
    conn.execute(sa.update(outbox).where(mine).values(state="ready", claimed_by=""))


def defer(
    conn: sa.Connection,
    message_id: MessageId,
    process: str,
    *,
    until: datetime,
    code: int,
    text: str,
) -> None:
    """Defer a message until a moment; the attempt counts."""
    _change_claimed(
        conn,
        message_id,
        process,
        state="ready",
        not_before=until,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
    )


def set_aside(
    conn: sa.Connection,
    message_id: MessageId,
    process: str,
    *,
    state: str,
    code: int,
    text: str,
    now: datetime,
) -> None:
    """Make a message `failed` or `held`, so that only a person can send it again."""
    _change_claimed(
        conn,
        message_id,
        process,
        state=state,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
        settled_at=now,
    )


def record_unsure(
    conn: sa.Connection, message_id: MessageId, process: str, *, until: datetime, text: str
) -> None:
    """Record that no answer came after the dot."""
    _change_claimed(
        conn,
        message_id,
        process,
        state="unsure",
        not_before=until,
        unsure_count=outbox.c.unsure_count + 1,
        attempts=outbox.c.attempts + 1,
        last_code=0,
        last_text=text,
    )


def recover(
    conn: sa.Connection, until: datetime, processes: Collection[str] | None = None
) -> tuple[int, int]:
    """Release the claims of dead processes; return how many are ready and how many unsure.

    `None` is all processes: for one that knows that no other sends.
    """
    theirs = (
        CLAIMED
        if processes is None
        else sa.and_(CLAIMED, outbox.c.claimed_by.in_(list(processes)))
    )
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
    """Make unsure messages ready after their wait, or hold them after `most` times.

    Returns how many were settled.
    """
    waited = sa.and_(UNSURE, outbox.c.state == "unsure", outbox.c.not_before <= now)
    held = conn.execute(
        sa.update(outbox)
        .where(waited, outbox.c.unsure_count > most)
        .values(state="held", settled_at=now)
    )
    again = conn.execute(sa.update(outbox).where(waited).values(state="ready", claimed_by=""))
    return held.rowcount + again.rowcount


def _change_claimed(
    conn: sa.Connection, message_id: MessageId, process: str, **values: object
) -> None:
    """Change a message that a process still has claimed, and release it."""
    held = outbox.c.state.in_(("claimed", "dotted"))
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.claimed_by == process, held)
        .values(claimed_by="", **values)
    )
