"""What changes once a message has gone. It is written with the message and applied with `sent`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from pydantic import Field, TypeAdapter

from maildriver.domain.cadence import next_slot
from maildriver.domain.course import NO_PLACE, Place, next_place
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.post import next_digest
from maildriver.store import courses, digests, enrolment_clock, enrolments, outbox
from maildriver.store.enrolment_clock import Standing


@dataclass(frozen=True, slots=True)
class PacketSent:
    """A student has had a lesson, in the slot that began at `slot`."""

    enrolment: EnrolmentId
    place: Place
    version: str
    slot: datetime
    last: bool  # no lesson followed when it was planned


@dataclass(frozen=True, slots=True)
class DigestSent:
    """A student has been shown posts: up to a number in each lesson, and which these were."""

    enrolment: EnrolmentId
    seen: Mapping[str, int]
    posts: tuple[PostId, ...]


@dataclass(frozen=True, slots=True)
class NewsSent:
    """A student has had an issue of the newsletter, and hears what is said about it."""

    enrolment: EnrolmentId
    issue: str  # its slug
    version: str


Effect = PacketSent | DigestSent | NewsSent
#: The first that fits, packets before all: no two of them have the same fields.
_EFFECT: TypeAdapter[Effect] = TypeAdapter(Annotated[Effect, Field(union_mode="left_to_right")])


def write(effect: Effect) -> str:
    """Return the effect as the outbox keeps it."""
    return _EFFECT.dump_json(effect).decode()


def apply(conn: sa.Connection, effects: Iterable[str], now: datetime) -> None:
    """Change what messages that have gone were meant to change, for all of them at once."""
    sent = [read(effect) for effect in effects if effect]
    if not sent:
        return
    enrolment_clock.put_had(conn, (had for each in sent if (had := _lesson_of(each))), now)
    for each in sent:
        if isinstance(each, DigestSent):
            digests.put_seen(conn, each.enrolment, each.seen)
    numbers = {each.enrolment for each in sent}
    readers = {each.id: each for each in enrolment_clock.of(conn, numbers)}
    _go_on(conn, [each for each in sent if isinstance(each, PacketSent)], readers, now)
    _expect_digests(conn, list(readers.values()), now)


def read(effect: str) -> Effect:
    """Return the effect that the outbox keeps."""
    return _EFFECT.validate_json(effect)


def expect_digest(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> None:
    """Let an enrolment's next digest be due at its own hour, if there is anything to show."""
    _expect_digests(conn, enrolment_clock.of(conn, [enrolment_id]), now)


def digest_slot(enrolment: Enrolment, now: datetime) -> datetime | None:
    """Return when an enrolment's next digest may go; None if it wants none."""
    return next_digest(enrolment.digest_every, enrolment.cadence, enrolment.zone, now)


def withdraw(
    conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime, *, keep: Iterable[str]
) -> None:
    """Take back what an enrolment would still get, but for the kinds to `keep`."""
    apply(conn, outbox.withdraw(conn, enrolment_id, now, keep), now)


def shown_to_have(conn: sa.Connection, rows: Iterable[outbox.Row], now: datetime) -> None:
    """Settle as sent what was unsure and somebody has answered, or reported as bounced."""
    unsure = [row.id for row in rows if row.state == "unsure"]
    apply(conn, [outbox.assume_sent(conn, number, now) for number in unsure], now)


def _lesson_of(sent: Effect) -> tuple[EnrolmentId, Place, str] | None:
    match sent:
        case PacketSent():
            return sent.enrolment, sent.place, sent.version
        case NewsSent():
            return sent.enrolment, Place(NO_PLACE, sent.issue), sent.version
        case DigestSent():
            return None


def _go_on(
    conn: sa.Connection,
    packets: Iterable[PacketSent],
    readers: Mapping[EnrolmentId, Standing],
    now: datetime,
) -> None:
    """Make the next packet of each active enrolment due at its next slot, or finish it."""
    going = [each for each in packets if readers[each.enrolment].state == "active"]
    ended = _ended(conn, [readers[each.enrolment] for each in going if each.last])
    for number in ended:
        enrolments.change(conn, number, state="finished", due_at=None)
    slots: dict[EnrolmentId, datetime] = {}
    for packet in going:
        reader = readers[packet.enrolment]
        if reader.id not in ended:
            slots[reader.id] = next_slot(reader.cadence, reader.zone, max(now, packet.slot))
    enrolment_clock.put_due(conn, slots)


def _expect_digests(conn: sa.Connection, readers: Sequence[Standing], now: datetime) -> None:
    expecting = [
        each
        for each in readers
        if not each.expects_digest and each.state in {"active", "finished"}
    ]
    for reader in digests.having_unseen(conn, expecting):
        due_at = next_digest(reader.digest_every, reader.cadence, reader.zone, now)
        digests.expect(conn, reader.id, due_at)


def _ended(conn: sa.Connection, those: Sequence[Standing]) -> set[EnrolmentId]:
    """Return which of these enrolments have had all lessons of their course."""
    if not those:
        return set()
    order = {slug: courses.places(conn, slug) for slug in {each.course for each in those}}
    had = enrolments.places_had(conn, [each.id for each in those])
    return {each.id for each in those if next_place(order[each.course], had[each.id]) is None}
