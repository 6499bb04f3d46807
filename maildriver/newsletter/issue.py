"""The newsletter: an issue goes once to all who are active, each at their own hour."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.cadence import DAILY, SLOT_LASTS, Cadence, first_slot
from maildriver.domain.course import Course, Lesson, issue_date
from maildriver.domain.token import mint
from maildriver.letters.packet import Version
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import newsletter, outbox

#: An issue that is older when it is first seen is history, and goes to nobody.
OLD = timedelta(days=7)
#: Where the day begins first (UTC+14).
EARLIEST_ZONE = timedelta(hours=14)


def announce(conn: sa.Connection, course: Course, now: datetime) -> None:
    """Let the issues of a course go that have not been seen before."""
    for each in course.news:
        day = issue_date(each.slug)
        newsletter.put_issue(conn, course.slug, each.slug, day, goes=now.date() - day <= OLD)


def share(conn: sa.Connection, now: datetime, limit: int) -> bool:
    """Let some of those who get an issue expect it; return whether there was one to share."""
    new = newsletter.to_share(conn, (now + EARLIEST_ZONE).date())
    if new is None:
        return False
    readers = newsletter.readers(conn, new, limit)
    for each in readers:
        hour = Cadence(DAILY, each.cadence.at)
        newsletter.expect(conn, each.id, new.slug, first_slot(hour, each.zone, now, new.date))
    newsletter.record_announced(conn, new, readers[-1].id if len(readers) == limit else None)
    return True


def write(
    letters: Letters, course: Course, due: newsletter.Due, issue: Lesson, now: datetime
) -> outbox.Message:
    """Return an issue, frozen for one reader."""
    reader = due.enrolment
    key = f"news:{reader.id}:{due.slug}"
    token = mint(letters.key, key)
    version = Version(course, issue, position=0, last=False)
    frozen = letters.composer.packets.freeze(version, reader_of(reader), token=token, date=now)
    effect = effects.NewsSent(reader.id, due.slug, issue.version)
    return outbox.Message(
        key=key,
        token=token,
        kind="news",
        address=reader.student.address,
        mail_from=frozen.mail_from,
        parts=frozen.parts,
        segments=frozen.segments,
        enrolment_id=reader.id,
        lesson=due.slug,
        good_until=due.due_at + SLOT_LASTS,
        effect=effects.write(effect),
    )
