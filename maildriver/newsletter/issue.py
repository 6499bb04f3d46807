"""Issues of the newsletter: one mail to each active reader."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain import keys
from maildriver.domain.cadence import DAILY, SLOT_LASTS, Cadence, first_slot
from maildriver.domain.course import Course, Lesson, issue_date
from maildriver.domain.message_kind import NEWS
from maildriver.letters.outgoing import mail_to
from maildriver.letters.packet import PositionedLesson
from maildriver.letters.writer import MailWriter
from maildriver.newsletter.issue_sent import IssueSent
from maildriver.store import newsletter, outbox

#: An issue that is older than this when it is published is sent to nobody.
OLD = timedelta(days=7)
#: The offset of the zone where a day begins first (UTC+14).
EARLIEST_ZONE = timedelta(hours=14)


def put_new_issues(conn: sa.Connection, course: Course, now: datetime) -> None:
    """Store the new issues of a course; only recent ones will be sent."""
    for each in course.news:
        day = issue_date(each.slug)
        newsletter.put_issue(conn, course.slug, each.slug, day, goes=now.date() - day <= OLD)


def announce_to_some(conn: sa.Connection, now: datetime, limit: int) -> bool:
    """Make an issue due to some of its readers; return whether there was one to announce."""
    new = newsletter.next_unannounced(conn, (now + EARLIEST_ZONE).date())
    if new is None:
        return False
    readers = newsletter.readers(conn, new, limit)
    for each in readers:
        hour = Cadence(DAILY, each.cadence.at)
        newsletter.put_due(conn, each.id, new.slug, first_slot(hour, each.zone, now, new.date))
    newsletter.record_announced(conn, new, readers[-1].id if len(readers) == limit else None)
    return True


def write_issue(
    letters: MailWriter, course: Course, due: newsletter.DueIssue, issue: Lesson, now: datetime
) -> outbox.Message:
    """Return the frozen message with an issue for one reader."""
    reader = due.enrolment
    mail = mail_to(
        reader,
        course,
        NEWS,
        keys.News(reader.id, due.slug),
        lesson=due.slug,
        effect=effects.write(IssueSent(reader.id, due.slug, issue.version)),
        good_until=due.due_at + SLOT_LASTS,
    )
    version = PositionedLesson(course, issue, position=0, last=False)
    token = letters.token(mail.key)
    packets = letters.composer.packets
    return letters.message(mail, packets.freeze(version, mail.reader, token=token, date=now))
