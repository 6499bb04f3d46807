"""Confirm mail and welcome mail: the first mails to a new student."""

from datetime import datetime, timedelta

from maildriver.domain import keys
from maildriver.domain.cadence import coming_slots
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.message_kind import CONFIRM, WELCOME, MessageKind
from maildriver.letters.outgoing import mail_to
from maildriver.letters.writer import Turn
from maildriver.store import enrolments, outbox_keys

#: An address that never replies is asked at most once a day and three times in all, so
#: that nobody can use the site to fill a stranger's mailbox.
MOST_CONFIRMS = 3


def greet(turn: Turn, course: Course, enrolment: Enrolment) -> bool:
    """Put a confirm or welcome mail into the outbox; return False if it may not be sent."""
    enrolments.change(turn.conn, enrolment.id, greet_at=None)
    kind, key = _kind_and_key(enrolment, turn.now)
    letter = "instructor" if enrolment.role == "instructor" else kind.name
    asked = keys.Confirm.beginning(enrolment.id)
    if kind is CONFIRM and outbox_keys.count_keys(turn.conn, asked) >= MOST_CONFIRMS:
        return False
    slots = next_three(enrolment, turn.now)
    return turn.put_letter(mail_to(enrolment, course, kind, key), letter, {"slots": slots})


def _kind_and_key(enrolment: Enrolment, now: datetime) -> tuple[MessageKind, keys.Key]:
    if enrolment.state == "asked":
        return CONFIRM, keys.Confirm(enrolment.id, now.date())
    return WELCOME, keys.Welcome(enrolment.id, now.date())


def next_three(enrolment: Enrolment, now: datetime) -> tuple[datetime, ...]:
    """Return the times of the next three packets of an enrolment."""
    after = now if enrolment.due_at is None else enrolment.due_at - timedelta(seconds=1)
    return coming_slots(enrolment.cadence, enrolment.zone, max(now, after), 3)
