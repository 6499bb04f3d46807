"""From posts to digests: numbers what is new, lets readers expect it, writes what is due.

One at a time per site: posts get their numbers in the order in which it sees them, so that
one number per lesson says how far a student has read.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.discussion import digest
from maildriver.discussion.digest import Written
from maildriver.domain.cadence import is_late, next_hour
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.post import Post
from maildriver.letters.writer import Letters
from maildriver.store import courses, digests, outbox, own_posts, posts

log = logging.getLogger(__name__)

_BATCH = 32
_READERS = 200  # told of one post in one transaction
_MOST_POSTS = 300  # looked at for one digest; the rest comes with the next


@dataclass(slots=True)
class Digester:
    """Writes the digests of a site."""

    db: DatabaseThread
    letters: Letters
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Do some of all that is due; return whether there may be more."""
        now = self.now()
        changed = await self.db.write(lambda conn: _number_and_tell(conn, now))
        if changed:
            failpoints.reached("digester.numbered")
        written = await self._write_due(now)
        return changed or written

    async def _write_due(self, now: datetime) -> bool:
        due = await self.db.write(lambda conn: self._load_due(conn, now))
        if not due:
            return False
        failpoints.reached("digester.due_read")
        made = await asyncio.to_thread(
            lambda: [
                digest.write(self.letters, course, reader, unseen, now)
                for reader, course, unseen in due
                if unseen and not is_late(_due_at(reader), now)
            ]
        )
        failpoints.reached("digester.made")
        await self.db.write(lambda conn: _put_all(conn, due, made, now))
        failpoints.reached("digester.committed")
        return True

    def _load_due(
        self, conn: sa.Connection, now: datetime
    ) -> list[tuple[Enrolment, Course, list[Post]]]:
        room = outbox.room(conn, outbox.AHEAD)
        found = digests.due(conn, now, min(room, _BATCH)) if room > 0 else []
        return [
            (each, courses.of(conn, each.course), digests.unseen(conn, each, _MOST_POSTS))
            for each in found
        ]


def _number_and_tell(conn: sa.Connection, now: datetime) -> bool:
    numbered = posts.number_new(conn, _BATCH)
    return _tell_readers(conn, now) or numbered > 0


def _tell_readers(conn: sa.Connection, now: datetime) -> bool:
    """Let some of those who may see a new post expect a digest."""
    new = digests.next_unannounced(conn)
    if new is None:
        return False
    found = digests.readers(conn, new, _READERS)
    digest.expect_all(conn, found, now)
    digests.record_announced(conn, new.id, found[-1].id if len(found) == _READERS else None)
    return True


def _put_all(
    conn: sa.Connection,
    due: Sequence[tuple[Enrolment, Course, list[Post]]],
    made: Sequence[Written],
    now: datetime,
) -> None:
    """Write down what was decided for each, unless their digest was moved meanwhile.

    One with a post that was changed or withdrawn while it was written is written again.
    """
    texts = {number: text for each in made for number, text in each.texts.items()}
    stands = own_posts.still_says(conn, texts) if texts else set()
    written = {each.enrolment: each for each in made}
    for reader, _, unseen in due:
        before = _due_at(reader)
        if reader.id in written:
            if not stands.issuperset(written[reader.id].texts):
                continue
            if digests.move(conn, reader.id, before, None) and not outbox.put(
                conn, written[reader.id].message, now
            ):  # today's has gone: the cadence has changed since
                digest.expect_all(conn, [reader], now)
        elif unseen:
            digests.move(conn, reader.id, before, next_hour(reader.cadence.at, reader.zone, now))
        else:
            digests.move(conn, reader.id, before, None)
    failpoints.reached("digester.before_commit")


def _due_at(reader: Enrolment) -> datetime:
    assert reader.digest_due_at is not None
    return reader.digest_due_at
