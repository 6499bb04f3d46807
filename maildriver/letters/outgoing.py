"""Outgoing mail before it is written: key, kind, reader and effect."""

from dataclasses import dataclass
from datetime import datetime

from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.keys import Key
from maildriver.domain.message_kind import MessageKind
from maildriver.letters.frame import Reader


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """An outgoing mail without its text."""

    key: Key
    kind: MessageKind
    reader: Reader
    course: Course | None = None
    enrolment_id: EnrolmentId | None = None
    lesson: str = ""  # the slug of the lesson that a reply is about
    effect: str = ""  # from `effects.write`
    good_until: datetime | None = None  # the end of its slot
    in_reply_to: str = ""  # the Message-ID of the mail that is answered


def mail_to(
    enrolment: Enrolment,
    course: Course,
    kind: MessageKind,
    key: Key,
    *,
    lesson: str = "",
    effect: str = "",
    good_until: datetime | None = None,
    in_reply_to: str = "",
) -> OutgoingMail:
    """Return an outgoing mail to an enrolment."""
    return OutgoingMail(
        key=key,
        kind=kind,
        reader=reader_of(enrolment),
        course=course,
        enrolment_id=enrolment.id,
        lesson=lesson,
        effect=effect,
        good_until=good_until,
        in_reply_to=in_reply_to,
    )


def reader_of(enrolment: Enrolment) -> Reader:
    """Return the student of an enrolment as the reader of a mail."""
    student = enrolment.student
    return Reader(student.name, student.address, student.language, student.zone)
