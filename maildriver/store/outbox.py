"""Messages that wait to be sent, written in the transaction of their cause.

    ready -> claimed -> dotted -> sent
      ^         |          |----> ready, later   the server said: not now
      |         |          |----> failed, held   the server said: never
      |         |          '----> unsure         no answer came after the dot
      '---------'  nothing was sent yet

A row leaves this circle only by the server's word, or by a person's. So nothing is
lost, and a message can go twice only through `unsure`, which is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.engine import insert_or_leave
from maildriver.database.partial_indexes import ASIDE, SETTLED, UNSENT, WAITING
from maildriver.database.raw_sql import Direct
from maildriver.database.schema import enrolment, outbox, student
from maildriver.domain.ids import EnrolmentId, MessageId
from maildriver.store import blobs

#: Packets, digests and news are made shortly before they go, never a whole class at once.
AHEAD = 2000


@dataclass(frozen=True, slots=True)
class Message:
    """A frozen message as it is put into the outbox. See domain.frozen_message for `parts`."""

    key: str  # natural: what must go once has one key
    token: str
    kind: str
    address: str
    mail_from: str
    parts: bytes
    segments: Mapping[str, bytes] = field(default_factory=dict)  # what `parts` names, by hash
    enrolment_id: EnrolmentId | None = None
    lesson: str = ""
    good_until: datetime | None = None
    effect: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What else is known of a message."""

    id: MessageId
    key: str
    token: str
    kind: str
    enrolment_id: EnrolmentId | None
    lesson: str
    address: str
    state: str
    not_before: datetime
    effect: str
    unsure_count: int
    last_code: int
    last_text: str
    settled_at: datetime | None


_ROWS = sa.select(
    *(
        outbox.c[name]
        for name in Row.__dataclass_fields__  # the columns have the names of the fields
    )
)


def put(conn: sa.Connection, message: Message, now: datetime) -> bool:
    """Put a message into the outbox; False if one of that key has been there before."""
    return put_all(conn, [message], now) == 1


def put_all(conn: sa.Connection, messages: Sequence[Message], now: datetime) -> int:
    """Put messages into the outbox but for those whose key has been there; return how many."""
    for segments in {id(each.segments): each.segments for each in messages}.values():
        blobs.put_all(conn, segments)
    rows = [
        {
            "key": each.key,
            "token": each.token,
            "kind": each.kind,
            "enrolment_id": each.enrolment_id,
            "lesson": each.lesson,
            "address": each.address,
            "mail_from": each.mail_from,
            "parts": each.parts,
            "not_before": stored(now),
            "good_until": None if each.good_until is None else stored(each.good_until),
            "effect": each.effect,
            "created_at": stored(now),
            **_NEW,
        }
        for each in messages
    ]
    return _put(conn.dialect.name).many(conn, rows)


_NEW = {
    "state": "ready", "claimed_by": "", "attempts": 0, "unsure_count": 0, "last_code": 0,
    "last_text": "",
}  # fmt: skip


@cache
def _put(dialect: str) -> Direct:
    columns = [column.name for column in outbox.columns if column.name not in {"id", "settled_at"}]
    return Direct(insert_or_leave(outbox, dialect), columns)


def assume_sent(conn: sa.Connection, message_id: MessageId, now: datetime) -> str:
    """Settle an unsure message that somebody has shown to have; return its effect."""
    row = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.state == "unsure")
        .values(gone(now) | {"last_text": "its receiver has named its token"})
        .returning(outbox.c.effect)
    ).one_or_none()
    return "" if row is None else str(row.effect)


def waits(conn: sa.Connection, enrolment_id: EnrolmentId, kinds: Iterable[str]) -> bool:
    """Tell whether a message of one of these kinds has not gone to an enrolment yet."""
    query = sa.select(outbox.c.id).where(
        outbox.c.enrolment_id == enrolment_id,
        UNSENT,
        outbox.c.state.in_(("ready", "claimed", "held", "failed")),
        outbox.c.kind.in_(list(kinds)),
    )
    return conn.execute(query.limit(1)).first() is not None


def withdraw(
    conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime, keep: Iterable[str]
) -> list[str]:
    """Take back what an enrolment would still get; return the effects of what may have gone.

    Kinds to `keep` go on. A message that was never on the wire is deleted, and its key free
    again. One that was unsure may have arrived, so it is taken for sent.
    """
    open_rows = sa.and_(
        outbox.c.enrolment_id == enrolment_id,
        UNSENT,
        outbox.c.state.in_(("ready", "claimed", "unsure")),
        outbox.c.kind.not_in(list(keep)),
    )
    conn.execute(sa.delete(outbox).where(open_rows, outbox.c.unsure_count == 0))
    assumed = conn.execute(
        sa.update(outbox)
        .where(open_rows, outbox.c.unsure_count > 0)
        .values(gone(now) | {"last_text": "taken for sent: its enrolment was paused"})
        .returning(outbox.c.effect)
    )
    return [str(row.effect) for row in assumed if row.effect]


def late(conn: sa.Connection, now: datetime, limit: int) -> list[tuple[MessageId, EnrolmentId]]:
    """Return (message, enrolment) of what could not go before its slot was over."""
    rows = conn.execute(
        sa.select(outbox.c.id, outbox.c.enrolment_id)
        .where(
            WAITING,
            outbox.c.state == "ready",
            outbox.c.not_before <= now,
            outbox.c.good_until <= now,
        )
        .limit(limit)
    )
    return [(row.id, row.enrolment_id) for row in rows]


def move(
    conn: sa.Connection, message_id: MessageId, not_before: datetime, good_until: datetime
) -> None:
    """Give a packet that still waits another slot."""
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.state == "ready")
        .values(not_before=not_before, good_until=good_until)
    )


def by_token(conn: sa.Connection, tokens: Iterable[str]) -> dict[str, Row]:
    """Return the messages of those tokens that are ours."""
    rows = conn.execute(_ROWS.where(outbox.c.token.in_(list(tokens))))
    return {row.token: Row(*row) for row in rows}


def gone(now: datetime | sa.ColumnElement[datetime]) -> dict[str, object]:
    """Return what changes when a message needs its bytes no more."""
    return {"state": "sent", "parts": sa.null(), "claimed_by": "", "settled_at": now}


def count(conn: sa.Connection) -> dict[str, int]:
    """Return how many messages are in each state."""
    number = sa.func.count().label("number")
    found: dict[str, int] = {}
    for some in (WAITING, ASIDE):
        rows = conn.execute(sa.select(outbox.c.state, number).where(some).group_by(outbox.c.state))
        found |= {row.state: row.number for row in rows}
    settled = conn.execute(sa.select(number).where(SETTLED)).scalar_one()
    sent = settled - found.get("held", 0) - found.get("failed", 0)
    return found | ({"sent": sent} if sent else {})


def room(conn: sa.Connection, most: int) -> int:
    """Return how many packets may be planned before `most` of them wait."""
    ready = sa.select(outbox.c.id).where(WAITING, outbox.c.state == "ready").limit(most).subquery()
    return most - conn.execute(sa.select(sa.func.count()).select_from(ready)).scalar_one()


def earliest(conn: sa.Connection) -> datetime | None:
    """Return the moment from which the next message may go or be settled."""
    column = sa.func.min(outbox.c.not_before, type_=outbox.c.not_before.type)
    query = sa.select(column).where(WAITING, outbox.c.state.in_(("ready", "unsure")))
    return conn.execute(query).scalar()


_RECENT_KEYS = Direct(
    sa.select(outbox.c.key).where(
        outbox.c.address == sa.bindparam("address"),
        outbox.c.created_at >= sa.bindparam("since"),
        sa.or_(outbox.c.kind == "note", outbox.c.kind == "confirm"),
    )
)


def recent_keys(conn: sa.Connection, address: str, since: datetime) -> list[str]:
    """Return the keys of the notes that were made for an address since then."""
    rows = _RECENT_KEYS.rows(conn, {"address": address, "since": stored(since)})
    return [key for (key,) in rows]


def count_notes(conn: sa.Connection, since: datetime) -> int:
    """Return how many notes were made for anybody since then."""
    query = sa.select(sa.func.count()).where(
        outbox.c.kind == sa.text("'note'"), outbox.c.created_at >= since
    )
    return conn.execute(query).scalar_one()


def confirms_to(conn: sa.Connection, base_address: str) -> list[datetime]:
    """Return when the owner of a mailbox was asked to confirm, for enrolments not confirmed."""
    rows = conn.execute(
        sa.select(outbox.c.created_at)
        .join(enrolment, outbox.c.enrolment_id == enrolment.c.id)
        .join(student, enrolment.c.student_id == student.c.id)
        .where(student.c.base_address == base_address, outbox.c.kind == "confirm")
        .where(enrolment.c.state.in_(("asked", "left")))
    )
    return list(rows.scalars())


def count_keys(conn: sa.Connection, prefix: str) -> int:
    """Return how many messages were ever made whose key begins so."""
    ((number,),) = _COUNT_KEYS.rows(conn, {"prefix": prefix, "after": _after(prefix)})
    return int(number)


_COUNT_KEYS = Direct(
    sa.select(sa.func.count()).where(
        outbox.c.key >= sa.bindparam("prefix"), outbox.c.key < sa.bindparam("after")
    )
)


def _begins(prefix: str) -> sa.ColumnElement[bool]:
    """Match keys by a range of their index: LIKE would look at every message there ever was."""
    return sa.and_(outbox.c.key >= prefix, outbox.c.key < _after(prefix))


def _after(prefix: str) -> str:
    """Return the text before which all that begins so stands."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def last_sent(conn: sa.Connection, prefix: str) -> datetime | None:
    """Return when the last message whose key begins so was sent, or None if none was."""
    column = sa.func.max(outbox.c.settled_at, type_=outbox.c.settled_at.type)
    query = sa.select(column).where(_begins(prefix))
    return conn.execute(query.where(outbox.c.state == "sent")).scalar()


def parts(conn: sa.Connection, message_id: MessageId) -> bytes:
    """Return the frozen bytes of a message that has not gone yet; empty if it has."""
    found = conn.execute(sa.select(outbox.c.parts).where(outbox.c.id == message_id)).scalar()
    return bytes(found or b"")
