"""A mail of ours before it is written: its reader, its reason, and what it changes."""

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
    """What is known of a mail of ours but for its words."""

    key: Key
    kind: MessageKind
    reader: Reader
    course: Course | None = None
    enrolment_id: EnrolmentId | None = None
    lesson: str = ""  # the slug of what a reply is about
    effect: str = ""  # as `effects.write` gives it
    good_until: datetime | None = None  # the end of its slot
    in_reply_to: str = ""  # the Message-ID of the mail it responds to


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
    """Return a mail to somebody who is enrolled."""
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
    """Return the student as a letter addresses them."""
    student = enrolment.student
    return Reader(student.name, student.address, student.language, student.zone)
