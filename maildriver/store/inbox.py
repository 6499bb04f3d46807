"""Fetched mail, kept as it came, and how far each mailbox has been read."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.store import blobs
from maildriver.store.database import insert_all_new, insert_new
from maildriver.store.schema import blob, inbox, mailbox


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where reading goes on: below `next_uid` everything is stored or is not ours."""

    uidvalidity: int
    next_uid: int
    since: datetime  # when this mailbox was first looked at: what is older is not ours


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message as the IMAP server gave it."""

    mailbox: str
    uidvalidity: int
    uid: int
    size: int
    received_at: datetime
    state: str = "new"
    kind: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A fetched message and what became of it."""

    id: int
    raw: str | None
    size: int
    received_at: datetime
    state: str
    tries: int
    kind: str
    rule: str
    sender: str
    message_id: str
    vouched: bool


#: The kind of lock that keeps two processes from the same mail; the mail is the other half.
_KIND = 0x6D64

_ROWS = sa.select(*(inbox.c[name] for name in Row.__dataclass_fields__))


def cursor(conn: sa.Connection, name: str) -> Cursor | None:
    """Return how far that mailbox has been read, or None if it never was."""
    row = conn.execute(sa.select(mailbox).where(mailbox.c.name == name)).one_or_none()
    return None if row is None else Cursor(row.uidvalidity, row.next_uid, row.since)


def set_cursor(conn: sa.Connection, name: str, at: Cursor) -> None:
    """Write down how far that mailbox has been read."""
    values = {"uidvalidity": at.uidvalidity, "next_uid": at.next_uid, "since": at.since}
    changed = conn.execute(sa.update(mailbox).where(mailbox.c.name == name).values(**values))
    if changed.rowcount == 0:
        insert_new(conn, mailbox, name=name, **values)


def put(conn: sa.Connection, message: Fetched, raw: str | None) -> int | None:
    """Store a message and return its id, or None if it was stored before.

    `raw` is the hash of its blob, or None for a stranger's mail, of which nothing is kept.
    """
    values = {name: getattr(message, name) for name in Fetched.__dataclass_fields__}
    return insert_new(conn, inbox, raw=raw, **values)


def put_all(conn: sa.Connection, mails: Sequence[tuple[Fetched, bytes | None]]) -> None:
    """Store messages with their bytes, but for those that are stored; see `put`."""
    contents: dict[str, bytes] = {}
    rows: list[dict[str, object]] = []
    for message, raw in mails:
        values: dict[str, object] = {
            name: getattr(message, name) for name in Fetched.__dataclass_fields__
        }
        values["raw"] = None if raw is None else hashlib.sha256(raw).hexdigest()
        if raw is not None:
            contents[str(values["raw"])] = raw
        rows.append(values)
    blobs.put_all(conn, contents)
    insert_all_new(conn, inbox, rows)


def get(conn: sa.Connection, number: int) -> Row | None:
    """Return the message of that id."""
    row = conn.execute(_ROWS.where(inbox.c.id == number)).one_or_none()
    return None if row is None else Row(*row)


def any_new(conn: sa.Connection) -> bool:
    """Tell whether there is a message that nobody has understood yet."""
    return (
        conn.execute(sa.select(inbox.c.id).where(inbox.c.state == "new").limit(1)).first()
        is not None
    )


def take(conn: sa.Connection, owner: str, limit: int) -> list[Row]:
    """Take messages that nobody has understood yet: the least tried first, then the oldest.

    What the owner took before, and is still new, is taken again.
    """
    waiting = (
        sa.select(inbox.c.id)
        .where(inbox.c.state == "new", inbox.c.owner.in_(("", owner)))
        .order_by(inbox.c.tries, inbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id.in_(waiting.scalar_subquery()))
        .values(owner=owner)
        .returning(*(inbox.c[name] for name in Row.__dataclass_fields__))
    )
    return sorted((Row(*row) for row in rows), key=lambda row: (row.tries, row.id))


def give_back(conn: sa.Connection, owners: Collection[str] | None) -> None:
    """Let others take what these owners had not understood; None: what anybody had."""
    theirs = inbox.c.owner != "" if owners is None else inbox.c.owner.in_(list(owners))
    conn.execute(sa.update(inbox).where(inbox.c.state == "new", theirs).values(owner=""))


def raw(conn: sa.Connection, number: int) -> bytes:
    """Return the bytes of a message as they came."""
    query = sa.select(blob.c.bytes).join(inbox, inbox.c.raw == blob.c.sha256)
    return bytes(conn.execute(query.where(inbox.c.id == number)).scalar_one())


def try_again(conn: sa.Connection, number: int) -> int:
    """Count one more try before it is made, and return which one it is."""
    return int(
        conn.execute(
            sa.update(inbox)
            .where(inbox.c.id == number)
            .values(tries=inbox.c.tries + 1)
            .returning(inbox.c.tries)
        ).scalar_one()
    )


def untry(conn: sa.Connection, number: int) -> None:
    """Take back the try that was counted: it failed for a reason that is not the message's."""
    conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == number, inbox.c.tries > 0)
        .values(tries=inbox.c.tries - 1)
    )


def settle(conn: sa.Connection, number: int, **values: object) -> bool:
    """Give a message that is `new` or `held` its last state; tell if it was one of these."""
    result = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == number, inbox.c.state.in_(("new", "held")))
        .values(**values)
    )
    return result.rowcount == 1


def seen_before(conn: sa.Connection, number: int, content: str) -> bool:
    """Tell whether the same mail was settled before, whatever its UID is now.

    Until this transaction ends, nobody else is told of the same mail that it is new.
    """
    if conn.dialect.name == "postgresql":  # on SQLite one transaction at a time writes
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_KIND, sa.func.hashtext(content))))
    query = sa.select(inbox.c.id).where(
        inbox.c.content == content, inbox.c.id != number, inbox.c.state != "new"
    )
    return conn.execute(query.limit(1)).first() is not None


def same_bytes_before(conn: sa.Connection, number: int) -> bool:
    """Tell whether a message of the very same bytes was settled before."""
    mine = sa.select(inbox.c.raw).where(inbox.c.id == number).scalar_subquery()
    query = sa.select(inbox.c.id).where(
        inbox.c.raw == mine, inbox.c.id != number, inbox.c.state != "new"
    )
    return conn.execute(query.limit(1)).first() is not None


def held_from(conn: sa.Connection, sender: str, enrolment: int) -> list[int]:
    """Return the mails of a sender to an enrolment that wait for a decision."""
    query = sa.select(inbox.c.id).where(
        inbox.c.state == "held", inbox.c.sender == sender, inbox.c.enrolment == enrolment
    )
    return list(conn.execute(query.order_by(inbox.c.id)).scalars())


def read_again(conn: sa.Connection, number: int, *, vouched: bool) -> bool:
    """Let a mail that is held be understood once more; False if it is not held.

    `vouched`: the student has said that it is theirs.
    """
    result = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == number, inbox.c.state == "held")
        .values(state="new", owner="", tries=0, vouched=vouched)
    )
    return result.rowcount == 1


def count(conn: sa.Connection) -> dict[str, int]:
    """Return how many messages are in each state."""
    rows = conn.execute(
        sa.select(inbox.c.state, sa.func.count().label("number")).group_by(inbox.c.state)
    )
    return {row.state: row.number for row in rows}


def count_from(
    conn: sa.Connection, sender: str, owner: int, since: datetime, states: Collection[str]
) -> tuple[int, int]:
    """Return how many mails of a sender were taken since then, and how many bytes these had.

    Where it is not clear who wrote a mail, those are counted that the same enrolment is told of.
    """
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(inbox.c.size), 0)).where(
        inbox.c.sender == sender,
        inbox.c.received_at >= since,
        inbox.c.state.in_(list(states)),
    )
    if not sender:
        query = query.where(inbox.c.enrolment == owner)
    number, size = conn.execute(query).one()
    return number, int(size)


def kept_since_before(conn: sa.Connection, moment: datetime, limit: int) -> list[int]:
    """Return messages older than `moment` that are settled and whose bytes are still kept."""
    query = sa.select(inbox.c.id).where(
        inbox.c.raw.is_not(None),
        inbox.c.received_at < moment,
        inbox.c.state.in_(("done", "dropped")),
    )
    return list(conn.execute(query.order_by(inbox.c.received_at).limit(limit)).scalars())


def forget_raw(conn: sa.Connection, number: int) -> None:
    """Delete the bytes of a message, unless something else is the same: a mail, or a file."""
    sha256 = conn.execute(sa.select(inbox.c.raw).where(inbox.c.id == number)).scalar()
    conn.execute(sa.update(inbox).where(inbox.c.id == number).values(raw=None))
    if sha256 is not None:
        blobs.forget(conn, sha256)


def settle_again(conn: sa.Connection, number: int, **values: object) -> None:
    """Change the last state of a message in the transaction that gave it one."""
    conn.execute(sa.update(inbox).where(inbox.c.id == number).values(**values))
