"""From issues to mails: shares an issue out, and writes what is due."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.cadence import is_late, next_hour
from maildriver.domain.course import Course, in_language
from maildriver.letters.writer import Letters
from maildriver.newsletter import issue as actions
from maildriver.store import courses, newsletter, outbox

_BATCH = 32
_READERS = 200  # told of one issue in one transaction


@dataclass(slots=True)
class Newsletter:
    """Sends the issues of a site's newsletters. One at a time per site."""

    db: DatabaseThread
    letters: Letters
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Do some of all that is due; return whether there may be more."""
        now = self.now()
        shared = await self.db.write(lambda conn: actions.share(conn, now, _READERS))
        if shared:
            failpoints.reached("newsletter.shared")
        due = await self.db.read(lambda conn: self._load_due(conn, now))
        if due:
            made = await asyncio.to_thread(lambda: [self._make(*each, now) for each in due])
            failpoints.reached("newsletter.made")
            await self.db.write(lambda conn: _put_all(conn, made, now))
            failpoints.reached("newsletter.committed")
        return shared or bool(due)

    def _load_due(self, conn: sa.Connection, now: datetime) -> list[tuple[newsletter.Due, Course]]:
        room = outbox.room(conn, outbox.AHEAD)
        found = newsletter.due(conn, now, min(room, _BATCH)) if room > 0 else []
        return [(each, courses.of(conn, each.enrolment.course)) for each in found]

    def _make(
        self, due: newsletter.Due, course: Course, now: datetime
    ) -> tuple[newsletter.Due, outbox.Message | None]:
        """Write an issue for one reader; None if it is late, withdrawn, or they are away."""
        in_force = any(each.slug == due.slug for each in course.news)
        if due.enrolment.state != "active" or is_late(due.due_at, now) or not in_force:
            return due, None
        issues = replace(course, lessons=course.news)
        issue = in_language(issues, due.slug, due.enrolment.student.language)
        return due, actions.write(self.letters, course, due, issue, now)


def _put_all(
    conn: sa.Connection,
    made: Sequence[tuple[newsletter.Due, outbox.Message | None]],
    now: datetime,
) -> None:
    for due, message in made:
        reader = due.enrolment
        if message is not None:
            if newsletter.take(conn, due):
                outbox.put(conn, message, now)
        elif reader.state == "active" and is_late(due.due_at, now):
            newsletter.move(conn, due, next_hour(reader.cadence.at, reader.zone, now))
        else:
            newsletter.take(conn, due)
    failpoints.reached("newsletter.before_commit")
