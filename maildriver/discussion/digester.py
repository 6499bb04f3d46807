"""Digest service: numbers posts, announces them and writes due digests.

At most one may run per site. It numbers posts in the order in which it finds them, so that one
number per lesson records how far a student was shown the discussion.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.discussion import digest
from maildriver.discussion.digest import WrittenDigest
from maildriver.domain.cadence import is_late, next_hour
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.post import Post
from maildriver.letters.batch import DueMail
from maildriver.letters.writer import MailWriter
from maildriver.store import courses, digests, outbox, own_posts, posts

_BATCH = 32
_READERS = 200  # to whom one transaction announces a post
_MOST_POSTS = 300  # considered for one digest; later ones come with the next


@dataclass(frozen=True, slots=True)
class _Due:
    """A digest that is due, and the posts for it."""

    reader: Enrolment
    course: Course
    unseen: Sequence[Post]

    @property
    def at(self) -> datetime:
        """The time at which the digest is due."""
        assert self.reader.digest_due_at is not None
        return self.reader.digest_due_at


_Made = tuple[_Due, WrittenDigest | None]


@dataclass(slots=True)
class Digester:
    """Writes the digests of a site."""

    db: DatabaseThread
    letters: MailWriter
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Do some of all that is due; return whether there may be more."""
        now = self.now()
        changed = await self.db.write(lambda conn: _number_and_announce(conn, now))
        if changed:
            failpoints.reached("digester.numbered")
        due: DueMail[_Due, _Made] = DueMail(
            service="digester",
            batch=_BATCH,
            load=lambda conn, most: _load(conn, most, now),
            make=lambda due: self._make(due, now),
            put=lambda conn, made: _put_all(conn, made, now),
            load_writes=True,  # the general discussion is opened for each reader
        )
        return await due.step(self.db) or changed

    def _make(self, due: _Due, now: datetime) -> _Made:
        """Return a due digest, written; None if there is no unseen post, or the slot is over."""
        if not due.unseen or is_late(due.at, now):
            return due, None
        return due, digest.write_digest(self.letters, due.course, due.reader, due.unseen, now)


def _load(conn: sa.Connection, most: int, now: datetime) -> list[_Due]:
    return [
        _Due(each, courses.existing(conn, each.course), digests.unseen(conn, each, _MOST_POSTS))
        for each in digests.due(conn, now, most)
    ]


def _number_and_announce(conn: sa.Connection, now: datetime) -> bool:
    numbered = posts.number_new(conn, _BATCH)
    return _announce(conn, now) or numbered > 0


def _announce(conn: sa.Connection, now: datetime) -> bool:
    """Make a digest due to some readers of a new post; return whether there was a new post."""
    new = digests.next_unannounced(conn)
    if new is None:
        return False
    found = digests.readers(conn, new, _READERS)
    digest.expect_all(conn, found, now)
    digests.record_announced(conn, new.id, found[-1].id if len(found) == _READERS else None)
    return True


def _put_all(conn: sa.Connection, made: Sequence[_Made], now: datetime) -> None:
    """Put digests into the outbox, except those that are no longer due at the same time.

    A digest is written again if one of its posts was changed or withdrawn meanwhile.
    """
    texts = {post: text for _, each in made if each for post, text in each.texts.items()}
    unchanged = own_posts.unchanged(conn, texts) if texts else set()
    for due, written in made:
        if written is None:
            after = next_hour(due.reader.cadence.at, due.reader.zone, now) if due.unseen else None
            digests.move_due(conn, due.reader.id, due.at, after)
        elif unchanged.issuperset(written.texts):
            _put(conn, due, written, now)
    failpoints.reached("digester.before_commit")


def _put(conn: sa.Connection, due: _Due, written: WrittenDigest, now: datetime) -> None:
    moved = digests.move_due(conn, due.reader.id, due.at, None)
    if moved and not outbox.put(conn, written.message, now):
        # Today's digest was sent already, before the cadence changed.
        digest.expect_all(conn, [due.reader], now)
