"""Asking a student whether a mail was theirs that came from an address we do not know.

The enrolled address is asked: only whoever reads it knows where else they write from. What it
is told of the mail is the address it came from, and nothing that a stranger has written. The
instructors are asked about the same mail, as about every post that is held: a student who
writes from elsewhere may not read the enrolled mailbox any more. Who answers first decides;
but an instructor's word lets one post pass, and makes no address a student's.
"""

from datetime import datetime

import sqlalchemy as sa

from maildriver.discussion import own_post
from maildriver.domain.address import parse_address
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.errors import AddressError
from maildriver.letters import note
from maildriver.letters.writer import Letters
from maildriver.moderation import hold
from maildriver.store import aliases, courses, inbox, posts, students

_ASKED = "asked"
_READS = {"active", "paused", "finished"}


def ask(
    conn: sa.Connection,
    letters: Letters,
    mail_id: MailId,
    sender: str,
    owner: Enrolment,
    now: datetime,
) -> bool:
    """Ask the enrolled address whether mail number `mail` was theirs; False if that may not be.

    An address that has not confirmed is not written to, and one that is another student's is
    not asked about: it can be nobody's alias.
    """
    if owner.confirmed_at is None or owner.state not in _READS:
        return False
    try:
        address = parse_address(sender).lower()
    except AddressError:
        return False
    own = address == owner.student.address.lower()
    if not own and students.get(conn, address) is not None:
        return False
    course = courses.of(conn, owner.course)
    return note.answer(
        conn,
        letters,
        _ASKED,
        owner,
        course,
        {"sender": address, "own": int(own)},
        mail_id=mail_id,
        message_id="",
        now=now,
    )


def asked_about(natural: str) -> MailId | None:
    """Return about which mail a message of that key asks; None if it asks about none."""
    kind, _, rest = natural.partition(":")
    mail, _, letter = rest.partition(":")
    return MailId(int(mail)) if kind == "note" and letter == _ASKED else None


def answered(
    conn: sa.Connection,
    letters: Letters,
    mail_id: MailId,
    owner: Enrolment,
    *,
    yes: bool,
    now: datetime,
) -> str:
    """Do what the student says about mail number `mail`; return what that was.

    With `yes` the address is theirs from now on, and their mail from it is read once more: it
    goes on as if it had come from the enrolled address. With `no` the mail is dropped, and what
    an instructor has passed on of it is withdrawn.
    """
    row = inbox.get(conn, mail_id)
    if row is None:
        return "there is no such mail"
    if not yes:
        rule = "dropped: the student did not write it"
        if not hold.decide(conn, letters, mail_id, passed=False, rule=rule, now=now):
            if row.state != "held":
                return own_post.disown(conn, owner, mail_id, now)
            inbox.settle(conn, mail_id, state="dropped", rule=rule)
        return f"in-{mail_id} {rule}"
    known = aliases.put(conn, row.sender, owner.student.id, now)
    others = inbox.held_from(conn, row.sender, owner.id) if known else []
    for number in sorted({mail_id, *others}):
        if inbox.read_again(conn, number, sender_confirmed=number == mail_id):
            posts.drop_held(conn, number)
    return f"in-{mail_id} is theirs{', and the address' if known else ''}"
