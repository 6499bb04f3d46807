"""A small room, as somebody new would add it: a command, a kind of mail, a key and a line.

A student writes `clap`; the instructors of the course get a mail at once, unless its course.toml
says `applause = "off"`. What such a room touches beside its own folder is its line in
`app.features`, and its templates; with tables or words of its own, their files as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

import sqlalchemy as sa

from maildriver.database.schema import outbox
from maildriver.discussion import posting
from maildriver.domain import keys
from maildriver.domain.course import CourseKey
from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.domain.message_kind import MessageKind
from maildriver.feature import Feature, Outcome, Request, StudentCommand
from maildriver.letters.outgoing import mail_to
from maildriver.letters.writer import Turn
from maildriver.store import courses

APPLAUSE = MessageKind("applause", outlives="pause")
TEMPLATES = {
    "applause.md": '+++\nsubject = "Applause"\n+++\n**{{ sender }}** claps for your course.\n',
    "clapped.md": '+++\nsubject = "Thank you"\n+++\nYour applause is on its way.\n',
}


@dataclass(frozen=True, slots=True)
class Applause(keys.Key):
    """Applause for one instructor."""

    word: ClassVar[str] = "applause"
    mail_id: MailId
    instructor_id: EnrolmentId


def _clap(turn: Turn, request: Request) -> Outcome:
    student = request.enrolment
    course = courses.existing(turn.conn, student.course)
    if course.for_rooms["applause"] == "off":
        return Outcome(letter="status")
    for instructor in posting.instructors(turn.conn, course.slug):
        key = Applause(request.answered.mail_id, instructor.id)
        mail = mail_to(instructor, course, APPLAUSE, key)
        turn.put_letter(mail, "applause", {"sender": student.student.address})
    return Outcome(changed=True)


def _status_lines(conn: sa.Connection, _now: datetime) -> Sequence[str]:
    query = sa.select(sa.func.count()).where(outbox.c.kind == APPLAUSE.name)
    return (f"applause: {conn.execute(query).scalar_one()}",)


CLAP = StudentCommand(
    "clap", _clap, needs="full", letter="clapped", words={"en": ("clap",), "de": ("klatschen",)}
)

FEATURE = Feature(
    kinds=(APPLAUSE,),
    course_keys=(CourseKey("applause", "on", ("on", "off")),),
    status_lines=_status_lines,
    commands=lambda: (CLAP,),
)
