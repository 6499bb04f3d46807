"""Fetched mail, stored as received, and the cursor of each mailbox."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from maildriver.database.engine import insert_all_new, insert_new
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import blob, inbox, mailbox
from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.store import blobs


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where polling goes on: all mail below `next_uid` is stored, or not ours."""

    uidvalidity: int
    next_uid: int
    since: datetime  # when the mailbox was first polled: older mail is not ours


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
    sender: str = ""  # see the column; empty for a stranger's mail


@dataclass(frozen=True, slots=True)
class Row:
    """A fetched mail and its state."""

    id: MailId
    raw_sha256: str | None
    size: int
    received_at: datetime
    state: str
    claimed_by: str
    tries: int
    read_alone: bool
    kind: str
    rule: str
    sender: str
    message_id: str
    sender_confirmed: bool


#: The rule by which a copy of an earlier mail is dropped, whatever its UID. Such a copy counts
#: for nothing: the mail itself may be read again.
COPY_RULE = "the same mail came before"

#: First of the two keys of the advisory locks on copies of a mail; the second is of its hash.
_COPY_LOCK = 0x6D64

_OTHER = inbox.alias("other")
_ROWS = sa.select(*(inbox.c[name] for name in Row.__dataclass_fields__))


def cursor(conn: sa.Connection, name: str) -> Cursor | None:
    """Return the cursor of a mailbox, or None if it was never polled."""
    row = conn.execute(sa.select(mailbox).where(mailbox.c.name == name)).one_or_none()
    return None if row is None else Cursor(row.uidvalidity, row.next_uid, row.since)


def set_cursor(conn: sa.Connection, name: str, at: Cursor) -> None:
    """Store the cursor of a mailbox."""
    values = {"uidvalidity": at.uidvalidity, "next_uid": at.next_uid, "since": at.since}
    changed = conn.execute(sa.update(mailbox).where(mailbox.c.name == name).values(**values))
    if changed.rowcount == 0:
        insert_new(conn, mailbox, name=name, **values)


def put(conn: sa.Connection, mail: Fetched, raw: str | None) -> MailId | None:
    """Store a mail; return its id, or None if it was stored before.

    `raw` is the SHA-256 of its blob, or None for a stranger's mail, of which nothing is kept.
    """
    values = {name: getattr(mail, name) for name in Fetched.__dataclass_fields__}
    return insert_new(conn, inbox, raw_sha256=raw, **values)


def put_all(conn: sa.Connection, mails: Sequence[tuple[Fetched, bytes | None]]) -> None:
    """Store mails with their bytes, except those stored before; see `put`."""
    contents: dict[str, bytes] = {}
    rows: list[dict[str, object]] = []
    for message, raw in mails:
        values: dict[str, object] = {
            name: getattr(message, name) for name in Fetched.__dataclass_fields__
        }
        values["raw_sha256"] = None if raw is None else hashlib.sha256(raw).hexdigest()
        if raw is not None:
            contents[str(values["raw_sha256"])] = raw
        rows.append(values)
    blobs.put_all(conn, contents)
    insert_all_new(conn, inbox, rows)


def get(conn: sa.Connection, mail_id: MailId) -> Row | None:
    """Return the mail with that id."""
    row = conn.execute(_ROWS.where(inbox.c.id == mail_id)).one_or_none()
    return None if row is None else Row(*row)


def raw(conn: sa.Connection, mail_id: MailId) -> bytes:
    """Return the bytes of a mail as received."""
    return raws(conn, [mail_id])[mail_id]


def raws(conn: sa.Connection, mail_ids: Collection[MailId]) -> dict[MailId, bytes]:
    """Return the bytes of mails as received, by the id of the mail."""
    query = sa.select(inbox.c.id, blob.c.bytes).join(blob, inbox.c.raw_sha256 == blob.c.sha256)
    rows = conn.execute(query.where(inbox.c.id.in_(mail_ids)))
    return {row.id: bytes(row.bytes) for row in rows}


_SEEN_BEFORE = RawStatement(
    sa.select(inbox.c.id)
    .where(
        inbox.c.content_hash == sa.bindparam("same"),
        inbox.c.id != sa.bindparam("number"),
        inbox.c.state != "new",
        inbox.c.rule != COPY_RULE,
    )
    .limit(1)
)


def settle(conn: sa.Connection, mail_id: MailId, **values: object) -> bool:
    """Settle a mail as a person has decided; return whether it was new or held."""
    statement = _settle_statement(("new", "held"), tuple(values), claimed=False)
    return conn.execute(statement, values | {"number": mail_id}).rowcount == 1


_CLAIMED = sa.select(inbox.c.id).where(
    inbox.c.id == sa.bindparam("number"),
    inbox.c.claimed_by == sa.bindparam("process"),
    inbox.c.state == "new",
)


def lock_claimed(conn: sa.Connection, mail: Row) -> bool:
    """Return whether a mail is still new and claimed by this process; it stays so until commit.

    A process that lives, though others found it dead, may have read the mail before somebody
    else decided about it.
    """
    given = {"number": mail.id, "process": mail.claimed_by}
    return conn.execute(_CLAIMED.with_for_update(), given).first() is not None


def settle_claimed(conn: sa.Connection, mail: Row, **values: object) -> bool:
    """Settle a mail that this process has claimed; return whether it still was, and new."""
    statement = _settle_statement(("new",), tuple(values), claimed=True)
    given = values | {"number": mail.id, "who": mail.claimed_by}
    return conn.execute(statement, given).rowcount == 1


@cache
def _settle_statement(states: Sequence[str], names: Sequence[str], *, claimed: bool) -> sa.Update:
    """Return the UPDATE of these columns; cached, since it costs more to build than to run."""
    changed: dict[str, object] = {name: sa.bindparam(name) for name in names}
    waits = inbox.c.id == sa.bindparam("number"), inbox.c.state.in_(states)
    mine = inbox.c.claimed_by == sa.bindparam("who") if claimed else sa.true()
    return sa.update(inbox).where(*waits, mine).values(changed)


def seen_before(conn: sa.Connection, mail_id: MailId, content_hash: str) -> bool:
    """Return whether a copy of the mail was settled before, whatever its UID.

    Whoever asks about another copy waits until this transaction ends, so that only one is new.
    """
    if conn.dialect.name == "postgresql":  # on SQLite one transaction at a time writes
        conn.execute(
            sa.select(sa.func.pg_advisory_xact_lock(_COPY_LOCK, sa.func.hashtext(content_hash)))
        )
    return bool(_SEEN_BEFORE.rows(conn, {"same": content_hash, "number": mail_id}))


def same_bytes_before(conn: sa.Connection, mail_ids: Collection[MailId]) -> set[MailId]:
    """Return those mails of which a copy with the very same bytes was settled before."""
    query = sa.select(inbox.c.id).where(
        inbox.c.id.in_(mail_ids),
        sa.exists().where(
            _OTHER.c.raw_sha256 == inbox.c.raw_sha256,
            _OTHER.c.id != inbox.c.id,
            _OTHER.c.state != "new",
            _OTHER.c.rule != COPY_RULE,
        ),
    )
    return set(conn.execute(query).scalars())


def held_from(conn: sa.Connection, sender: str, enrolment_id: EnrolmentId) -> list[MailId]:
    """Return the ids of held mails from a sender that concern an enrolment."""
    query = sa.select(inbox.c.id).where(
        inbox.c.state == "held", inbox.c.sender == sender, inbox.c.enrolment_id == enrolment_id
    )
    return list(conn.execute(query.order_by(inbox.c.id)).scalars())


def read_again(conn: sa.Connection, mail_id: MailId, *, sender_confirmed: bool) -> bool:
    """Make a held mail new, so that it is read again; return whether it was held.

    `sender_confirmed`: the student has said that the mail is theirs.
    """
    held = sa.update(inbox).where(inbox.c.id == mail_id, inbox.c.state == "held")
    again = held.values(
        state="new",
        claimed_by="",
        tries=0,
        read_alone=False,
        sender_confirmed=sender_confirmed,
    )
    return conn.execute(again).rowcount == 1


def count(conn: sa.Connection) -> dict[str, int]:
    """Return how many mails are in each state."""
    rows = conn.execute(
        sa.select(inbox.c.state, sa.func.count().label("number")).group_by(inbox.c.state)
    )
    return {row.state: row.number for row in rows}


_COUNT_FROM = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(inbox.c.size), 0)).where(
    inbox.c.sender == sa.bindparam("sender"),
    inbox.c.received_at >= sa.bindparam("since"),
    inbox.c.state.in_(sa.bindparam("states", expanding=True)),
)
_COUNT_WITHOUT_SENDER = _COUNT_FROM.where(inbox.c.enrolment_id == sa.bindparam("owner"))


def count_from(
    conn: sa.Connection,
    sender: str,
    enrolment_id: EnrolmentId,
    since: datetime,
    states: Collection[str],
) -> tuple[int, int]:
    """Return how many mails in these states came from a sender since then, and their bytes.

    Where the sender is not clear, the mails that concern the same enrolment are counted.
    """
    values = {"sender": sender, "since": since, "states": list(states)}
    if sender:
        number, size = conn.execute(_COUNT_FROM, values).one()
    else:
        number, size = conn.execute(_COUNT_WITHOUT_SENDER, values | {"owner": enrolment_id}).one()
    return number, int(size)


def with_bytes_before(conn: sa.Connection, moment: datetime, limit: int) -> list[MailId]:
    """Return the ids of settled mails from before `moment` that still have their bytes."""
    query = sa.select(inbox.c.id).where(
        inbox.c.raw_sha256.is_not(None),
        inbox.c.received_at < moment,
        inbox.c.state.in_(("done", "dropped")),
    )
    return list(conn.execute(query.order_by(inbox.c.received_at).limit(limit)).scalars())


def delete_raw(conn: sa.Connection, mail_id: MailId) -> None:
    """Delete the bytes of a mail, unless another mail or a file has the same."""
    sha256 = conn.execute(sa.select(inbox.c.raw_sha256).where(inbox.c.id == mail_id)).scalar()
    conn.execute(sa.update(inbox).where(inbox.c.id == mail_id).values(raw_sha256=None))
    if sha256 is not None:
        blobs.delete_unused(conn, sha256)
