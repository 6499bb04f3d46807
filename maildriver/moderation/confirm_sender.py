"""The question to a student whether a mail from an unknown address is theirs.

The enrolled address is asked: only whoever reads it knows where else they write from. The
question names the address that the mail came from, and nothing that a stranger has written. The
instructors are asked about the same mail, as about every held post: a student who writes from
elsewhere may not read the enrolled mailbox any more. Who answers first decides; but an
instructor's word lets one post pass, and makes no address a student's.
"""

from maildriver.discussion import own_post
from maildriver.domain import keys
from maildriver.domain.address import parse_address
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.domain.message_kind import ASKED
from maildriver.errors import AddressError
from maildriver.feature import Doubtful, ExpectedReply, Settled
from maildriver.letters import note
from maildriver.letters.fields import Field
from maildriver.letters.note import AnsweredMail
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import read_yes_or_no
from maildriver.mail.kind.classify import may
from maildriver.moderation import hold
from maildriver.store import aliases, inbox, posts, students

_READS = {"active", "paused", "finished"}


def ask(turn: Turn, mail_id: MailId, sender: str, owner: Enrolment) -> bool:
    """Ask the enrolled address whether a mail is theirs; False if that may not be asked.

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
    if not own and students.get(turn.conn, address) is not None:
        return False
    fields: dict[str, Field] = {"sender": address, "own": int(own)}
    return note.put_note(turn, "asked", owner, fields, AnsweredMail(mail_id), ASKED)


def yes_or_no(turn: Turn, reply: ExpectedReply) -> Settled | Doubtful | None:
    """Do what a student says about the mail that they were asked about."""
    key = keys.Note.parse(reply.message.key)
    yes = read_yes_or_no(reply.text)
    if key is not None and yes is not None and may("full", reply.trust) == "do":
        return Settled(_answered(turn, key.mail_id, reply.enrolment, yes=yes))
    if reply.command is not None:
        return None
    return Doubtful("an answer to 'was this you?' that is not the student's yes or no")


def _answered(turn: Turn, mail_id: MailId, owner: Enrolment, *, yes: bool) -> str:
    """Do what the student says about a mail; return what that was.

    With `yes` the address is theirs from now on, and their mail from it is read once more: it
    goes on as if it had come from the enrolled address. With `no` the mail is dropped, and what
    an instructor has passed on of it is withdrawn.
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
