"""Messages and mail that wait for a person's decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from maildriver.database.partial_indexes import ASIDE, UNSENT
from maildriver.database.schema import enrolment as enrolments
from maildriver.database.schema import inbox, outbox
from maildriver.domain.ids import EnrolmentId, MailId, MessageId
from maildriver.domain.message_kind import GREETINGS, PACKET


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """A message of ours, held or failed."""

    id: MessageId
    kind: str
    address: str
    course: str
    lesson: str
    state: str
    enrolment_id: EnrolmentId | None
    unsure_count: int
    last_code: int
    last_text: str
    since: datetime
    effect: str


@dataclass(frozen=True, slots=True)
class HeldMail:
    """A fetched mail that is held."""

    id: MailId
    sender: str
    kind: str
    rule: str
    size: int
    received_at: datetime
    enrolment_id: EnrolmentId | None


_MESSAGES: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        outbox.c.id,
        outbox.c.kind,
        outbox.c.address,
        sa.func.coalesce(enrolments.c.course, "").label("course"),
        outbox.c.lesson,
        outbox.c.state,
        outbox.c.enrolment_id,
        outbox.c.unsure_count,
        outbox.c.last_code,
        outbox.c.last_text,
        outbox.c.settled_at.label("since"),
        outbox.c.effect,
    )
    .select_from(outbox.outerjoin(enrolments, outbox.c.enrolment_id == enrolments.c.id))
    .where(ASIDE)
)

_MAILS = sa.select(*(inbox.c[name] for name in HeldMail.__dataclass_fields__)).where(
    inbox.c.state == "held"
)


def messages(conn: sa.Connection, limit: int) -> list[HeldMessage]:
    """Return messages that are held or failed, oldest first."""
    oldest_first = _MESSAGES.order_by(outbox.c.settled_at, outbox.c.id)
    return [HeldMessage(*row) for row in conn.execute(oldest_first.limit(limit))]


def mails(conn: sa.Connection, limit: int) -> list[HeldMail]:
    """Return mails that are held, oldest first."""
    return [HeldMail(*row) for row in conn.execute(_MAILS.order_by(inbox.c.id).limit(limit))]


def message(conn: sa.Connection, message_id: MessageId) -> HeldMessage | None:
    """Return the held or failed message with that id, or None."""
    row = conn.execute(_MESSAGES.where(outbox.c.id == message_id)).one_or_none()
    return None if row is None else HeldMessage(*row)


def mail(conn: sa.Connection, mail_id: MailId) -> HeldMail | None:
    """Return the held mail with that id, or None."""
    row = conn.execute(_MAILS.where(inbox.c.id == mail_id)).one_or_none()
    return None if row is None else HeldMail(*row)


def release_message(conn: sa.Connection, message_id: MessageId, now: datetime) -> bool:
    """Make a held or failed message ready from now on; return whether it was one."""
    result = conn.execute(
        sa.update(outbox)
        .where(outbox.c.id == message_id, ASIDE)
        .values(
            state="ready",
            claimed_by="",
            not_before=now,
            attempts=0,
            unsure_count=0,
            settled_at=None,
        )
    )
    return result.rowcount == 1


def drop_message(conn: sa.Connection, message_id: MessageId) -> bool:
    """Delete a held or failed message, which frees its key; return whether it was one."""
    result = conn.execute(sa.delete(outbox).where(outbox.c.id == message_id, ASIDE))
    return result.rowcount == 1


def drop_failed(conn: sa.Connection, enrolment_id: EnrolmentId) -> int:
    """Delete failed packets, confirm and welcome mails, so that they can be made anew.

    Returns how many of them were packets.
    """
    dropped = conn.execute(
        sa.delete(outbox)
        .where(
            outbox.c.enrolment_id == enrolment_id,
            UNSENT,
            outbox.c.kind.in_((PACKET.name, *GREETINGS)),
            outbox.c.state == "failed",
        )
        .returning(outbox.c.kind)
    )
    return sum(row.kind == PACKET.name for row in dropped)


def count(conn: sa.Connection) -> tuple[int, int]:
    """Return how many messages and how many mails wait for a person."""
    ours = sa.select(sa.func.count()).select_from(outbox).where(ASIDE)
    theirs = sa.select(sa.func.count()).select_from(inbox).where(inbox.c.state == "held")
    return conn.execute(ours).scalar_one(), conn.execute(theirs).scalar_one()
