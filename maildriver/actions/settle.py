"""What changes once a message has gone. It is written with the message and applied with `sent`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.domain.cadence import next_slot
from maildriver.domain.course import NO_PLACE, Place, next_place
from maildriver.domain.discussion import next_digest
from maildriver.domain.enrolment import Enrolment
from maildriver.store import courses, digests, enrolments, outbox


@dataclass(frozen=True, slots=True)
class PacketSent:
    """A student has had a lesson, in the slot that began at `slot`."""

    enrolment: int
    place: Place
    version: str
    slot: datetime
    last: bool  # no lesson followed when it was planned


@dataclass(frozen=True, slots=True)
class DigestSent:
    """A student has been shown posts: up to a number in each lesson, and which these were."""

    enrolment: int
    seen: Mapping[str, int]
    posts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NewsSent:
    """A student has had an issue of the newsletter, and hears what is said about it."""

    enrolment: int
    issue: str  # its slug
    version: str


Effect = PacketSent | DigestSent | NewsSent
_EFFECT: TypeAdapter[Effect] = TypeAdapter(Effect)


def write(effect: Effect) -> str:
    """Return the effect as the outbox keeps it."""
    return _EFFECT.dump_json(effect).decode()


def apply(conn: sa.Connection, effect: str, now: datetime) -> None:
    """Change what a message that has gone was meant to change."""
    if not effect:
        return
    match sent := read(effect):
        case PacketSent():
            enrolments.put_had(conn, sent.enrolment, sent.place, sent.version, now)
            go_on(conn, sent.enrolment, max(now, sent.slot), ask_for_end=sent.last)
        case NewsSent():
            place = Place(NO_PLACE, sent.issue)
            enrolments.put_had(conn, sent.enrolment, place, sent.version, now)
        case DigestSent():
            digests.put_seen(conn, sent.enrolment, sent.seen)
    expect_digest(conn, sent.enrolment, now)


def read(effect: str) -> Effect:
    """Return the effect that the outbox keeps."""
    return _EFFECT.validate_json(effect)


def expect_digest(conn: sa.Connection, number: int, now: datetime) -> None:
    """Let an enrolment's next digest be due at its own hour, if there is anything to show."""
    enrolment = enrolments.get(conn, number)
    if enrolment.digest_due_at is not None or enrolment.state not in {"active", "finished"}:
        return
    if digests.unseen(conn, enrolment, 1):
        digests.expect(conn, number, digest_slot(enrolment, now))


def digest_slot(enrolment: Enrolment, now: datetime) -> datetime | None:
    """Return when an enrolment's next digest may go; None if it wants none."""
    return next_digest(enrolment.digest_every, enrolment.cadence, enrolment.zone, now)


def go_on(conn: sa.Connection, number: int, after: datetime, *, ask_for_end: bool = True) -> None:
    """Make the next packet of an active enrolment due at its next slot, or finish it."""
    enrolment = enrolments.get(conn, number)
    if enrolment.state != "active":
        return
    if ask_for_end and _has_ended(conn, number, enrolment.course):
        enrolments.change(conn, number, state="finished", due_at=None)
    else:
        due_at = next_slot(enrolment.cadence, enrolment.zone, after)
        enrolments.change(conn, number, due_at=due_at)


def withdraw(conn: sa.Connection, number: int, now: datetime, *, keep: Iterable[str]) -> None:
    """Take back what an enrolment would still get, but for the kinds to `keep`."""
    for effect in outbox.withdraw(conn, number, now, keep):
        apply(conn, effect, now)


def shown_to_have(conn: sa.Connection, rows: Iterable[outbox.Row], now: datetime) -> None:
    """Settle as sent what was unsure and somebody has answered, or reported as bounced."""
    for row in rows:
        if row.state == "unsure":
            apply(conn, outbox.assume_sent(conn, row.id, now), now)


def _has_ended(conn: sa.Connection, number: int, course: str) -> bool:
    had = enrolments.places_had(conn, [number])[number]
    return next_place(courses.places(conn, course), had) is None
