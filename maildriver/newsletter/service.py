"""Newsletter service: announces issues to readers and writes the mails."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.cadence import is_late, next_hour
from maildriver.domain.course import Course, lesson_in_language
from maildriver.letters.batch import DueMail
from maildriver.letters.writer import MailWriter
from maildriver.newsletter import issue as actions
from maildriver.store import courses, newsletter, outbox

_BATCH = 32
_READERS = 200  # for whom one transaction makes an issue due

_Due = tuple[newsletter.DueIssue, Course]
_Made = tuple[newsletter.DueIssue, outbox.Message | None]


@dataclass(slots=True)
class Newsletter:
    """Writes the issues of a site's newsletters. At most one may run per site."""

    db: DatabaseThread
    letters: MailWriter
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Do some of all that is due; return whether there may be more."""
        now = self.now()
        shared = await self.db.write(lambda conn: actions.announce_to_some(conn, now, _READERS))
        if shared:
            failpoints.reached("newsletter.shared")
        due: DueMail[_Due, _Made] = DueMail(
            service="newsletter",
            batch=_BATCH,
            load=lambda conn, most: _load(conn, most, now),
            make=lambda due: self._make(due, now),
            put=lambda conn, made: _put_all(conn, made, now),
        )
        return await due.step(self.db) or shared

    def _make(self, found: _Due, now: datetime) -> _Made:
        """Return an issue for one reader, written.

        No message if the issue is late or withdrawn, or the reader is not active.
        """
        due, course = found
        in_force = any(each.slug == due.slug for each in course.news)
        if due.enrolment.state != "active" or is_late(due.due_at, now) or not in_force:
            return due, None
        issues = replace(course, lessons=course.news)
        issue = lesson_in_language(issues, due.slug, due.enrolment.student.language)
        return due, actions.write_issue(self.letters, course, due, issue, now)


def _load(conn: sa.Connection, most: int, now: datetime) -> list[_Due]:
    found = newsletter.due(conn, now, most)
    return [(each, courses.existing(conn, each.enrolment.course)) for each in found]


def _put_all(conn: sa.Connection, made: Sequence[_Made], now: datetime) -> None:
    for due, message in made:
        reader = due.enrolment
        if message is not None:
            if newsletter.delete_due(conn, due):
                outbox.put(conn, message, now)
        elif reader.state == "active" and is_late(due.due_at, now):
            newsletter.move_due(conn, due, next_hour(reader.cadence.at, reader.zone, now))
        else:
            newsletter.delete_due(conn, due)
    failpoints.reached("newsletter.before_commit")
