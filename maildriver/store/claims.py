"""Taking messages for sending, and writing down what became of them. The circle is in outbox.

Every change is made by the row's owner to a row it still holds; whatever else has
happened to the row meanwhile wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.quantity import Rate
from maildriver.store.outbox import gone
from maildriver.store.schema import outbox


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that only its owner may send."""

    id: int
    key: str
    address: str
    mail_from: str
    parts: bytes
    attempts: int
    unsure_count: int


def claim(conn: sa.Connection, owner: str, now: datetime, limit: int) -> list[Claimed]:
    """Take up to `limit` messages that may go now; nobody else can take them then."""
    ready = (
        sa.select(outbox.c.id)
        .where(
            outbox.c.state == "ready",
            outbox.c.not_before <= now,
            sa.or_(outbox.c.good_until.is_(None), outbox.c.good_until > now),
        )
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    if conn.dialect.name != "sqlite":
        ready = ready.with_for_update(skip_locked=True)
    rows = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(ready.scalar_subquery()))
        .values(state="claimed", owner=owner)
        .returning(*(outbox.c[name] for name in Claimed.__dataclass_fields__))
    )
    claimed = [Claimed(*row) for row in rows]
    return sorted(claimed, key=lambda message: message.id)


def allowance(conn: sa.Connection, rates: Sequence[Rate], now: datetime, most: int) -> int:
    """Return how many messages may be claimed, `most` at most, so that no rate is passed.

    What has been sent is counted in the outbox, so a restart forgets nothing.
    """
    if not rates:
        return most
    under_way = sa.select(sa.func.count()).where(outbox.c.state.in_(("claimed", "dotted")))
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


def fence(conn: sa.Connection, number: int, owner: str) -> bool:
    """Write down that the dot is about to be sent; False if it must not be."""
    return _move(conn, number, owner, before="claimed", state="dotted")


def sent(
    conn: sa.Connection, number: int, owner: str, *, code: int, text: str, now: datetime
) -> str:
    """Write down that the server has taken a message; return its effect, to be applied."""
    row = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == number, outbox.c.owner == owner, outbox.c.state == "dotted")
        .values(
            gone(now) | {"attempts": outbox.c.attempts + 1, "last_code": code, "last_text": text}
        )
        .returning(outbox.c.effect)
    ).one_or_none()
    return "" if row is None else str(row.effect)


def put_back(conn: sa.Connection, number: int, owner: str) -> None:
    """Give a message back untouched: nothing of it was taken and it is not to blame."""
    _move(conn, number, owner, state="ready")


def defer(
    conn: sa.Connection,
    number: int,
    owner: str,
    *,
    until: datetime,
    code: int,
    text: str,
) -> None:
    """Let a message wait until `until`; the attempt counts."""
    _move(
        conn,
        number,
        owner,
        state="ready",
        not_before=until,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
    )


def set_aside(
    conn: sa.Connection,
    number: int,
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
        number,
        owner,
        state=state,
        attempts=outbox.c.attempts + 1,
        last_code=code,
        last_text=text,
        settled_at=now,
    )


def unsure(conn: sa.Connection, number: int, owner: str, *, until: datetime, text: str) -> None:
    """Write down that no answer came after the dot."""
    _move(
        conn,
        number,
        owner,
        state="unsure",
        not_before=until,
        unsure_count=outbox.c.unsure_count + 1,
        attempts=outbox.c.attempts + 1,
        last_code=0,
        last_text=text,
    )


def recover(conn: sa.Connection, until: datetime) -> tuple[int, int]:
    """Free what a dead owner left: how many untouched, how many unsure.

    Only a process that knows that no other one sends may call this.
    """
    untouched = conn.execute(
        sa.update(outbox).where(outbox.c.state == "claimed").values(state="ready", owner="")
    )
    unsure_rows = conn.execute(
        sa.update(outbox)
        .where(outbox.c.state == "dotted")
        .values(
            state="unsure",
            owner="",
            not_before=until,
            unsure_count=outbox.c.unsure_count + 1,
            last_text="the process ended between the dot and its answer",
        )
    )
    return untouched.rowcount, unsure_rows.rowcount


def settle_unsure(conn: sa.Connection, now: datetime, most: int) -> int:
    """Send again what has waited long enough without a sign, or hold it after `most` times."""
    waited = sa.and_(outbox.c.state == "unsure", outbox.c.not_before <= now)
    held = conn.execute(
        sa.update(outbox)
        .where(waited, outbox.c.unsure_count > most)
        .values(state="held", settled_at=now)
    )
    again = conn.execute(sa.update(outbox).where(waited).values(state="ready", owner=""))
    return held.rowcount + again.rowcount


def _move(
    conn: sa.Connection, number: int, owner: str, *, before: str | None = None, **values: object
) -> bool:
    """Change a row that `owner` holds; tell if it still held it."""
    held = (outbox.c.state == before) if before else outbox.c.state.in_(("claimed", "dotted"))
    if values.get("state") != "dotted":
        values["owner"] = ""
    result = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == number, outbox.c.owner == owner, held)
        .values(**values)
    )
    return result.rowcount == 1
