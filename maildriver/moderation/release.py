"""Release and drop of a held message or file."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver import effects
from maildriver.discussion import posting
from maildriver.domain.cadence import SLOT_LASTS, next_hour
from maildriver.domain.ids import FileId, MessageId
from maildriver.domain.message_kind import PACKET
from maildriver.errors import NotFoundError
from maildriver.letters.writer import Turn
from maildriver.store import enrolments, held, outbox, post_files, posts


@dataclass(frozen=True, slots=True)
class Released:
    """The time at which a released message may be sent."""

    at: datetime


def release_message(conn: sa.Connection, message_id: MessageId, now: datetime) -> Released:
    """Release a held message: a packet at the student's next sending hour, others now.

    Raise NotFoundError if it is not held.
    """
    message = held_message(conn, message_id)
    held.release_message(conn, message_id, now)
    if message.kind != PACKET.name or message.enrolment_id is None:
        return Released(now)
    enrolment = enrolments.get(conn, message.enrolment_id)
    hour = next_hour(enrolment.cadence.at, enrolment.zone, now)
    outbox.move_slot(conn, message_id, hour, hour + SLOT_LASTS)
    return Released(hour)


def drop_message(conn: sa.Connection, message_id: MessageId, now: datetime) -> None:
    """Drop a held message; an enrolment that waited for it continues with the next lesson.

    Raise NotFoundError if it is not held.
    """
    message = held_message(conn, message_id)
    effects.apply(conn, [message.effect], now)
    held.drop_message(conn, message_id)


def held_message(conn: sa.Connection, message_id: MessageId) -> held.HeldMessage:
    """Return a held message of ours; raise NotFoundError if no such message is held."""
    message = held.message(conn, message_id)
    if message is None:
        raise NotFoundError(
            f"out-{message_id} is not held", hint="List held items: maildriver held"
        )
    return message


# -- files that came with a mail ------------------------------------------------------


def held_file(conn: sa.Connection, file_id: FileId) -> post_files.HeldFile:
    """Return a held file; raise NotFoundError if it is not held."""
    file = post_files.held_one(conn, file_id)
    if file is None:
        raise NotFoundError(f"file-{file_id} is not held", hint="List held items: maildriver held")
    return file


def release_file(turn: Turn, file_id: FileId) -> bool:
    """Release a held file; return whether it follows in a new post, because its post was shown.

    The new post is without words, under the first one. So every reader of the discussion gets the
    file once, with the next digest, whether or not they have read the first post. Raise
    NotFoundError if the file is not held.
    """
    conn = turn.conn
    file = held_file(conn, file_id)
    if not posts.may_be_read(conn, file.post_id):
        post_files.settle(conn, file_id, "released")
        return False
    follows = posts.follow_up(conn, file.post_id, "a file of it was released", turn.now)
    post_files.settle(conn, file_id, "released", post_id=follows)
    posting.pass_on(turn, [follows])
    return True


def drop_file(conn: sa.Connection, file_id: FileId) -> None:
    """Drop a held file: its post no longer names it; its bytes stay as long as the raw mail.

    Raise NotFoundError if the file is not held.
    """
    held_file(conn, file_id)
    post_files.settle(conn, file_id, "dropped")
