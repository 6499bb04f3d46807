"""Unsent messages that contain posts, and their deletion."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.partial_indexes import UNSENT
from maildriver.database.schema import enrolment, outbox
from maildriver.domain.ids import EnrolmentId, MessageId
from maildriver.domain.message_kind import DIGEST

#: States in which nothing is on the wire, unless the message was unsure before: dots are fenced.
_NOT_ON_WIRE = ("ready", "claimed", "failed", "held")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A message that no server is known to have accepted."""

    id: MessageId
    enrolment_id: EnrolmentId
    good_until: datetime | None
    effect: str
    may_be_out: bool  # it was on the wire, with unknown outcome


_MAY_BE_OUT = sa.or_(outbox.c.state.in_(("dotted", "unsure")), outbox.c.unsure_count > 0)
_UNSENT = sa.select(
    outbox.c.id,
    outbox.c.enrolment_id,
    outbox.c.good_until,
    outbox.c.effect,
    _MAY_BE_OUT.label("may_be_out"),
).where(UNSENT)


def digests(conn: sa.Connection, course: str) -> list[Unsent]:
    """Return the unsent digests of a course."""
    query = _UNSENT.join(enrolment, outbox.c.enrolment_id == enrolment.c.id).where(
        enrolment.c.course == course, outbox.c.kind == DIGEST.name
    )
    return [Unsent(*row) for row in conn.execute(query)]


def with_prefix(conn: sa.Connection, prefix: str) -> list[Unsent]:
    """Return the unsent messages whose key has a prefix, which ends in a colon."""
    end = prefix[:-1] + ";"
    query = _UNSENT.where(outbox.c.key >= prefix, outbox.c.key < end)
    return [Unsent(*row) for row in conn.execute(query)]


def delete(conn: sa.Connection, message_ids: Collection[MessageId]) -> set[MessageId]:
    """Delete those messages that are not on the wire, which frees their keys; return their ids."""
    result = conn.execute(
        sa.delete(outbox)
        .where(
            outbox.c.id.in_(message_ids),
            outbox.c.state.in_(_NOT_ON_WIRE),
            outbox.c.unsure_count == 0,
        )
        .returning(outbox.c.id)
    )
    return set(result.scalars())
