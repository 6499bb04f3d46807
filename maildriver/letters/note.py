"""Mail with a limit: notes, which respond to a mail, and alerts to the operator.

A note goes at most once per template, address and day, an alert once per problem and day.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from maildriver import failpoints
from maildriver.domain import keys
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.domain.message_kind import NOTE, NOTICE, MessageKind
from maildriver.letters.fields import Field
from maildriver.letters.frame import Reader
from maildriver.letters.outgoing import OutgoingMail, mail_to
from maildriver.letters.writer import Turn
from maildriver.store import courses, enrolments, outbox_keys

#: Notes to one address in a day, of all templates.
MOST_A_DAY = 10
#: Notes of a site in an hour; in a large site, one for every ten active enrolments.
MOST_AN_HOUR = 100


@dataclass(frozen=True, slots=True)
class AnsweredMail:
    """The mail that a note responds to."""

    mail_id: MailId
    message_id: str = ""  # empty: the note has no In-Reply-To


def put_note(
    turn: Turn,
    name: str,
    enrolment: Enrolment,
    fields: Mapping[str, Field],
    answered: AnsweredMail,
    kind: MessageKind = NOTE,
) -> bool:
    """Put a note to the *enrolled* address into the outbox; return False if a limit is reached.

    `name` is its template. Only the note is left out: the request in the mail is carried out all
    the same (RFC 3834 2).
    """
    address = enrolment.student.address
    recent = outbox_keys.recent_keys(turn.conn, address, turn.now - timedelta(days=1))
    today = [key for key in map(keys.parse, recent) if isinstance(key, keys.Note)]
    if len(today) >= MOST_A_DAY or any(key.letter == name for key in today):
        return False
    if _too_many_notes(turn):
        text = "More notes are left out until an hour has passed; what was asked for is done."
        alert_operator(turn, problem="too many notes", text=text)
        return False
    course = courses.existing(turn.conn, enrolment.course)
    key = keys.Note(answered.mail_id, name)
    mail = mail_to(enrolment, course, kind, key, in_reply_to=answered.message_id)
    return turn.put_letter(mail, name, fields)


def alert_operator(turn: Turn, *, problem: str, text: str) -> bool:
    """Put an alert into the outbox; return False if the problem was reported today already.

    Return False, too, if no operator is to be alerted.
    """
    digest = hashlib.sha256(problem.encode()).hexdigest()[:16]
    key = keys.Notice(digest, turn.now.date())
    operator = turn.letters.operator_address
    if not operator or outbox_keys.count_keys(turn.conn, str(key)):
        return False
    mail = OutgoingMail(key, NOTICE, Reader("", operator, "en", "UTC"))
    put = turn.put_letter(mail, "operator", {"problem": problem, "details": text.splitlines()})
    failpoints.reached("notice.before_commit")
    return put


def _too_many_notes(turn: Turn) -> bool:
    """Return whether the last hour had so many notes that there must be a mail loop."""
    last_hour = outbox_keys.count_notes(turn.conn, turn.now - timedelta(hours=1))
    if last_hour < MOST_AN_HOUR:
        return False
    return last_hour >= enrolments.count_state(turn.conn, "active") // 10
