"""The texts of sent mails, to recognise quotations in replies."""

import contextlib

import sqlalchemy as sa

from maildriver.discussion import digest
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.message_kind import DIGEST
from maildriver.letters.outgoing import reader_of
from maildriver.letters.packet import PositionedLesson
from maildriver.letters.writer import MailWriter
from maildriver.store import courses, outbox


def sent_texts(
    conn: sa.Connection, letters: MailWriter, message: outbox.Row, owner: Enrolment
) -> tuple[str, ...]:
    """Return the texts of a message that was sent to `owner`, and of the page frame.

    Stored texts lack lines for one reader, such as a greeting; so the lesson is rendered again.
    """
    course = courses.get(conn, owner.course)
    if course is None:
        return ()
    frame = letters.composer.frame_text(course, owner.student.language)
    around = f"{frame}\nRef {message.token}"
    if message.kind == DIGEST.name:
        return (*digest.shown_texts(conn, letters, course, owner, message), around)
    if not message.lesson:
        return (around,)
    stored = courses.texts(conn, owner.course, message.lesson)
    return (*stored, *_personal(letters, course, message, owner), around)


def _personal(
    letters: MailWriter, course: Course, message: outbox.Row, owner: Enrolment
) -> list[str]:
    """Return the present version of the lesson, rendered for its reader, in every language."""
    packets, found = letters.composer.packets, []
    reader, date = reader_of(owner), message.not_before
    for lesson in (*course.lessons, *course.news):
        if lesson.slug == message.lesson:
            # An author's expression may raise anything; the stored text is nearly enough.
            with contextlib.suppress(Exception):
                found.append(
                    packets.lesson_markdown(
                        PositionedLesson(course, lesson, 1, last=False), reader, date
                    )
                )
    return found
