"""What a person decides about a message of ours that was held or failed."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.cadence import SLOT_LASTS, next_hour
from maildriver.errors import NotFoundError
from maildriver.store import enrolments, held, outbox


@dataclass(frozen=True, slots=True)
class Released:
    """When a message that was released goes."""

    at: datetime


def release(conn: sa.Connection, number: int, now: datetime) -> Released:
    """Send a held message again: a packet at the student's next own hour, all else now."""
    message = _message(conn, number)
    held.release_message(conn, number, now)
    if message.kind != "packet" or message.enrolment is None:
        return Released(now)
    enrolment = enrolments.get(conn, message.enrolment)
    hour = next_hour(enrolment.cadence.at, enrolment.zone, now)
    outbox.move(conn, number, hour, hour + SLOT_LASTS)
    return Released(hour)


def drop(conn: sa.Connection, number: int, now: datetime) -> None:
    """Give a held message up; an enrolment it stopped goes on with the lesson after it."""
    message = _message(conn, number)
    effects.apply(conn, [message.effect], now)
    held.drop_message(conn, number)


def _message(conn: sa.Connection, number: int) -> held.HeldMessage:
    message = held.message(conn, number)
    if message is None:
        raise NotFoundError(
            f"no message out-{number} is held", hint="See what is: maildriver held"
        )
    return message
