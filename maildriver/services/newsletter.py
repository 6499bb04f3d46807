"""From issues to mails: shares an issue out, and writes what is due."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from maildriver import crashpoint
from maildriver.actions import news as actions
from maildriver.actions.letters import Letters
from maildriver.domain.cadence import is_late, next_hour
from maildriver.domain.course import Course
from maildriver.domain.plan import in_language
from maildriver.services.scheduler import AHEAD
from maildriver.store import courses, news, outbox
from maildriver.store.thread import DatabaseThread

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
            crashpoint.reached("newsletter.shared")
        due = await self.db.read(lambda conn: self._load_due(conn, now))
        if due:
            made = await asyncio.to_thread(lambda: [self._make(*each, now) for each in due])
            crashpoint.reached("newsletter.made")
            await self.db.write(lambda conn: _put_all(conn, made, now))
            crashpoint.reached("newsletter.committed")
        return shared or bool(due)

    def _load_due(self, conn: sa.Connection, now: datetime) -> list[tuple[news.Due, Course]]:
        room = outbox.room(conn, AHEAD)
        found = news.due(conn, now, min(room, _BATCH)) if room > 0 else []
        return [(each, courses.of(conn, each.enrolment.course)) for each in found]

    def _make(
        self, due: news.Due, course: Course, now: datetime
    ) -> tuple[news.Due, outbox.Message | None]:
        """Write an issue for one reader; None if it is late, withdrawn, or they are away."""
        in_force = any(each.slug == due.slug for each in course.news)
        if due.enrolment.state != "active" or is_late(due.due_at, now) or not in_force:
            return due, None
        issues = replace(course, lessons=course.news)
        issue = in_language(issues, due.slug, due.enrolment.student.language)
        return due, actions.write(self.letters, course, due, issue, now)


def _put_all(
    conn: sa.Connection,
    made: Sequence[tuple[news.Due, outbox.Message | None]],
    now: datetime,
) -> None:
    for due, message in made:
        reader = due.enrolment
        if message is not None:
            if news.take(conn, due):
                outbox.put(conn, message, now)
        elif reader.state == "active" and is_late(due.due_at, now):
            news.move(conn, due, next_hour(reader.cadence.at, reader.zone, now))
        else:
            news.take(conn, due)
    crashpoint.reached("newsletter.before_commit")
