"""Messages to be sent, written in the transaction of their cause.

    ready -> claimed -> dotted -> sent
      ^         |          |----> ready, later   the server said: not now
      |         |          |----> failed, held   the server said: never
      |         |          '----> unsure         no answer came after the dot
      '---------'  nothing was sent yet

A message leaves this circle only by an answer of the server or a decision of a person. So
nothing is lost, and a message can go twice only through `unsure`, which is counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Literal

import sqlalchemy as sa

from maildriver.database.columns import stored
from maildriver.database.engine import insert_or_skip
from maildriver.database.partial_indexes import ASIDE, SETTLED, UNSENT, WAITING
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import enrolment, outbox, student
from maildriver.domain.ids import EnrolmentId, MessageId
from maildriver.domain.message_kind import CONFIRM, PACKET, Outlives
from maildriver.store import blobs

#: Most messages that wait at once: packets, digests and news are made shortly before they go.
MOST_READY = 2000

#: Why messages are withdrawn: a pause, the end of an enrolment, another address, or the wish
#: to get the next packet later after all.
Withdrawal = Literal["pause", "leave", "address", "later"]
_WITHDRAWN: Mapping[Withdrawal, sa.ColumnElement[bool]] = {
    "pause": outbox.c.outlives == "",
    "leave": outbox.c.outlives != "leave",
    "address": sa.true(),
    "later": outbox.c.kind == PACKET.name,
}


@dataclass(frozen=True, slots=True)
class Message:
    """A frozen message for the outbox. See domain.frozen_message for `parts`."""

    key: str  # natural: a message that must go once has one key
    token: str
    kind: str  # see domain.message_kind
    address: str
    mail_from: str
    parts: bytes
    segments: Mapping[str, bytes] = field(default_factory=dict)  # blobs of `parts`, by SHA-256
    enrolment_id: EnrolmentId | None = None
    lesson: str = ""
    good_until: datetime | None = None
    effect: str = ""
    outlives: Outlives = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the outbox, without its bytes."""

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
    """Put a message into the outbox; return False if its key was there before."""
    return put_all(conn, [message], now) == 1


def put_all(conn: sa.Connection, messages: Sequence[Message], now: datetime) -> int:
    """Put messages into the outbox, except those whose key was there; return how many."""
    for segments in {id(each.segments): each.segments for each in messages}.values():
        blobs.put_all(conn, segments)
    rows = [
        {
            "key": each.key,
            "token": each.token,
            "kind": each.kind,
            "outlives": each.outlives,
            "enrolment_id": each.enrolment_id,
            "lesson": each.lesson,
            "address": each.address,
            "mail_from": each.mail_from,
            "parts": each.parts,
            "not_before": stored(now),
            "good_until": None if each.good_until is None else stored(each.good_until),
            "effect": each.effect,
            "created_at": stored(now),
            **_INITIAL,
        }
        for each in messages
    ]
    return _insert(conn.dialect.name).many(conn, rows)


_INITIAL = {
    "state": "ready", "claimed_by": "", "attempts": 0, "unsure_count": 0, "last_code": 0,
    "last_text": "",
}  # fmt: skip


@cache
def _insert(dialect: str) -> RawStatement:
    columns = [column.name for column in outbox.columns if column.name not in {"id", "settled_at"}]
    return RawStatement(insert_or_skip(outbox, dialect), columns)


def assume_sent(conn: sa.Connection, message_id: MessageId, now: datetime) -> str:
    """Settle an unsure message as sent, since a reply names its token; return its effect."""
    row = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.state == "unsure")
        .values(sent_values(now) | {"last_text": "its receiver has named its token"})
        .returning(outbox.c.effect)
    ).one_or_none()
    return "" if row is None else str(row.effect)


def has_unsent(conn: sa.Connection, enrolment_id: EnrolmentId, kinds: Iterable[str]) -> bool:
    """Return whether a message of these kinds to an enrolment is still unsent."""
    query = sa.select(outbox.c.id).where(
        outbox.c.enrolment_id == enrolment_id,
        UNSENT,
        outbox.c.state.in_(("ready", "claimed", "held", "failed")),
        outbox.c.kind.in_(list(kinds)),
    )
    return conn.execute(query.limit(1)).first() is not None


def withdraw(
    conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime, why: Withdrawal
) -> list[str]:
    """Withdraw the unsent messages to an enrolment; return the effects of those assumed sent.

    One that was never on the wire is deleted, which frees its key. One that was unsure may have
    arrived, so it is assumed to be sent.
    """
    open_rows = sa.and_(
        outbox.c.enrolment_id == enrolment_id,
        UNSENT,
        outbox.c.state.in_(("ready", "claimed", "unsure")),
        _WITHDRAWN[why],
    )
    conn.execute(sa.delete(outbox).where(open_rows, outbox.c.unsure_count == 0))
    assumed = conn.execute(
        sa.update(outbox)
        .where(open_rows, outbox.c.unsure_count > 0)
        .values(sent_values(now) | {"last_text": "taken for sent: its enrolment was paused"})
        .returning(outbox.c.effect)
    )
    return [str(row.effect) for row in assumed if row.effect]


def overdue(conn: sa.Connection, now: datetime, limit: int) -> list[tuple[MessageId, EnrolmentId]]:
    """Return (message id, enrolment id) of messages that were not sent within their slot."""
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


def move_slot(
    conn: sa.Connection, message_id: MessageId, not_before: datetime, good_until: datetime
) -> None:
    """Give a message that is ready another slot."""
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, outbox.c.state == "ready")
        .values(not_before=not_before, good_until=good_until)
    )


def by_token(conn: sa.Connection, tokens: Iterable[str]) -> dict[str, Row]:
    """Return our messages with those tokens, by token."""
    rows = conn.execute(_ROWS.where(outbox.c.token.in_(list(tokens))))
    return {row.token: Row(*row) for row in rows}


def sent_values(now: datetime | sa.ColumnElement[datetime]) -> dict[str, object]:
    """Return the new values of a message that is sent and needs its bytes no longer."""
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
    """Return how many more messages may be planned, so that at most `most` are ready."""
    ready = sa.select(outbox.c.id).where(WAITING, outbox.c.state == "ready").limit(most).subquery()
    return most - conn.execute(sa.select(sa.func.count()).select_from(ready)).scalar_one()


def earliest(conn: sa.Connection) -> datetime | None:
    """Return when the next message may be sent or settled; None if none waits."""
    column = sa.func.min(outbox.c.not_before, type_=outbox.c.not_before.type)
    query = sa.select(column).where(WAITING, outbox.c.state.in_(("ready", "unsure")))
    return conn.execute(query).scalar()


def confirms_to(conn: sa.Connection, base_address: str) -> list[datetime]:
    """Return when confirm mails were made for unconfirmed enrolments of a base address."""
    rows = conn.execute(
        sa.select(outbox.c.created_at)
        .join(enrolment, outbox.c.enrolment_id == enrolment.c.id)
        .join(student, enrolment.c.student_id == student.c.id)
        .where(student.c.base_address == base_address, outbox.c.kind == CONFIRM.name)
        .where(enrolment.c.state.in_(("asked", "left")))
    )
    return list(rows.scalars())


def parts(conn: sa.Connection, message_id: MessageId) -> bytes:
    """Return the frozen bytes of a message; empty once it is sent."""
    found = conn.execute(sa.select(outbox.c.parts).where(outbox.c.id == message_id)).scalar()
    return bytes(found or b"")
