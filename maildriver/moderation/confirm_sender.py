"""The question to a student whether they wrote a certain mail.

The enrolled address is asked, because only its reader knows the student's other addresses. The
question names the unknown address and repeats no text of the mail from there. The instructors
are asked about the same mail, as about every held post: a student who writes from elsewhere may
have given up the enrolled mailbox. The first reply decides, but an instructor's `ok` only
releases the post: it does not make the address an alias of the student.
"""

from maildriver.discussion import own_post
from maildriver.domain import keys
from maildriver.domain.address import parse_address
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.domain.ids import MailId
from maildriver.domain.message_kind import ASKED
from maildriver.errors import AddressError
from maildriver.feature import Doubtful, ExpectedReply, Settled
from maildriver.letters import note
from maildriver.letters.fields import Field
from maildriver.letters.note import AnsweredMail
from maildriver.letters.writer import Turn
from maildriver.mail.kind.classify import may
from maildriver.moderation import hold
from maildriver.store import aliases, inbox, posts, students

_READS = {"active", "paused", "finished"}


def ask(turn: Turn, mail_id: MailId, sender: str, owner: Enrolment) -> bool:
    """Ask a student whether a mail is theirs; return False if they may not be asked.

    A student who has not confirmed is not asked. Nor is a student asked about the address of
    another, which cannot become an alias.
    """
    if owner.confirmed_at is None or owner.state not in _READS:
        return False
    try:
        address = parse_address(sender).lower()
    except AddressError:
        return False
    own = address == owner.student.address.lower()
    if not own and students.get(turn.conn, address) is not None:
        return False
    fields: dict[str, Field] = {"sender": address, "own": int(own)}
    return note.put_note(turn, "asked", owner, fields, AnsweredMail(mail_id), ASKED)


def yes_or_no(turn: Turn, reply: ExpectedReply) -> Settled | Doubtful | None:
    """Carry out a student's yes or no; None if the reply is a command instead."""
    key = keys.Note.parse(reply.message.key)
    yes = reply.grammar.yes_or_no(reply.text)
    if key is not None and yes is not None and may("full", reply.trust) == "do":
        return Settled(_answered(turn, key.mail_id, reply.enrolment, yes=yes))
    if reply.command is not None:
        return None
    return Doubtful(HoldReason(Why.NO_YES_OR_NO))


def _answered(turn: Turn, mail_id: MailId, owner: Enrolment, *, yes: bool) -> str:
    """Carry out a student's answer about a mail; return the result in words.

    `yes` makes the address an alias of the student, and held mail from it is processed again, as
    if sent from the enrolled address. `no` drops the mail, and withdraws any post of the mail that
    an instructor has released.
    """
    conn = turn.conn
    row = inbox.get(conn, mail_id)
    if row is None:
        return "there is no such mail"
    if not yes:
        rule = "dropped: the student did not write it"
        if not hold.decide(turn, mail_id, passed=False, rule=rule):
            if row.state != "held":
                return own_post.disown(turn, owner, mail_id)
            inbox.settle(conn, mail_id, state="dropped", rule=rule)
        return f"in-{mail_id} {rule}"
    known = aliases.put(conn, row.sender, owner.student.id, turn.now)
    others = inbox.held_from(conn, row.sender, owner.id) if known else []
    for each in sorted({mail_id, *others}):
        if inbox.read_again(conn, each, sender_confirmed=each == mail_id):
            posts.delete_held(conn, each)
    return f"in-{mail_id} is theirs{', and the address' if known else ''}"
