"""A person's decision about a held message or file: release it, or drop it."""

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
    """When a message that was released goes."""

    at: datetime


def release_message(conn: sa.Connection, message_id: MessageId, now: datetime) -> Released:
    """Send a held message again: a packet at the student's next own hour, all else now."""
    message = _message(conn, message_id)
    held.release_message(conn, message_id, now)
    if message.kind != PACKET.name or message.enrolment_id is None:
        return Released(now)
    enrolment = enrolments.get(conn, message.enrolment_id)
    hour = next_hour(enrolment.cadence.at, enrolment.zone, now)
    outbox.move_slot(conn, message_id, hour, hour + SLOT_LASTS)
    return Released(hour)


def drop_message(conn: sa.Connection, message_id: MessageId, now: datetime) -> None:
    """Give a held message up; an enrolment it stopped goes on with the lesson after it."""
    message = _message(conn, message_id)
    effects.apply(conn, [message.effect], now)
    held.drop_message(conn, message_id)


def _message(conn: sa.Connection, message_id: MessageId) -> held.HeldMessage:
    message = held.message(conn, message_id)
    if message is None:
        raise NotFoundError(
            f"no message out-{message_id} is held", hint="See what is: maildriver held"
        )
    return message


# -- files that came with a mail ------------------------------------------------------


def held_file(conn: sa.Connection, file_id: FileId) -> post_files.HeldFile:
    """Return a file that is held; raise NotFoundError if it is not."""
    file = post_files.held_one(conn, file_id)
    if file is None:
        raise NotFoundError(f"file-{file_id} is not held", hint="See what is: maildriver held")
    return file


def release_file(turn: Turn, file_id: FileId) -> bool:
    """Pass a held file on with its post; True if that has been shown, and the file follows it.

    What follows is a post of its own under the first one, without words: so whoever reads the
    talk gets the file once, with their next digest, whether or not they had read the post.
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
    """Give a held file up: it is named no more; its bytes stay as long as its mail does."""
    held_file(conn, file_id)
    post_files.settle(conn, file_id, "dropped")
