"""The decision about a mail, with all its consequences, in one transaction."""

from datetime import timedelta

from maildriver import effects
from maildriver.commands.run import obey
from maildriver.enrolment import bounces
from maildriver.enrolment.join import ENROLLED, join
from maildriver.feature import DecisionTables, Doubtful, ExpectedReply, Request, Settled
from maildriver.inbound import decide_post
from maildriver.inbound.files import keep_pictures
from maildriver.inbound.quota import over_quota
from maildriver.inbound.understood import Understood, hold_mail, settle_again, settle_mail
from maildriver.letters.note import AnsweredMail
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Command
from maildriver.store import aliases, courses, enrolments, inbox

#: A delivery report on an older mail proves nothing about the address today.
BOUNCES_WITHIN = timedelta(days=14)
_MACHINES = {"auto-reply", "read-receipt", "calendar"}
_UNREADABLE = {"challenge", "feedback-report", "empty"}


def decide(turn: Turn, tables: DecisionTables, mail: Understood) -> str:
    """Carry out what a mail asks for, or hold it; return the result in a few words.

    A mail that was settled before changes nothing.
    """
    conn, verdict = turn.conn, mail.verdict
    if not settle_mail(conn, mail, "done", verdict.rule):
        return "was done before"
    if inbox.seen_before(conn, mail.mail_id, mail.mail.content_hash):
        settle_again(conn, mail, "dropped", inbox.COPY_RULE)
        return "dropped: it came before"
    # A mail that names a token proves that the message with that token has arrived.
    effects.settle_shown(conn, mail.named, turn.now)
    match verdict.kind:
        case "stranger":
            settle_again(conn, mail, "dropped", verdict.rule)
            inbox.delete_raw(conn, mail.mail_id)
            return "dropped: nobody's we know"
        case "loop":
            settle_again(conn, mail, "dropped", verdict.rule)
            return "dropped: a loop"
        case "bounce":
            return _bounce(turn, mail)
        case "join":
            return _join(turn, tables, mail)
        case kind if kind in _MACHINES:
            return "noted: no person wrote it"
    return _person(turn, tables, mail)


def _bounce(turn: Turn, mail: Understood) -> str:
    """Count a bounce against the address of the message whose token is named, and no other.

    A report without a token of ours may be forged to silence somebody (trust: T22).
    """
    message = mail.in_reply_to
    if message is None:
        return "noted: a report without a token of ours"
    if turn.now - (message.settled_at or message.not_before) > BOUNCES_WITHIN:
        return "noted: a report on a mail of long ago"
    if not mail.bounces:
        return "noted: a report that names nobody"
    permanent = any(each.permanent for each in mail.bounces)
    paused = bounces.count_bounce(turn.conn, message.address, permanent=permanent, now=turn.now)
    return f"bounce counted{', enrolment paused' if paused else ''}"


def _join(turn: Turn, tables: DecisionTables, mail: Understood) -> str:
    """Ask a stranger to confirm; send an enrolled student the `status` note."""
    course = courses.existing(turn.conn, mail.facts.requested_course)
    sender = (mail.mail.sender or "").lower()
    sender = aliases.enrolled_address(turn.conn, sender) or sender
    done = join(turn.conn, course, sender, turn.now)
    if done == ENROLLED:
        (enrolment,) = enrolments.of_course(turn.conn, course.slug, [sender])
        answered = AnsweredMail(mail.mail_id, mail.mail.message_id)
        request = Request(Command("status"), enrolment, mail.trust, answered, mail.in_reply_to)
        return f"join: {done}; {obey(turn, tables.commands, request)}"
    return f"join: {done}"


def _person(turn: Turn, tables: DecisionTables, mail: Understood) -> str:
    kind, conn = mail.verdict.kind, turn.conn
    if kind in _UNREADABLE:
        return hold_mail(conn, mail, mail.verdict.rule)
    if mail.enrolment is None:
        return hold_mail(conn, mail, "it is not clear which course it is for")
    if too_much := over_quota(conn, mail.mail.sender or "", mail.author.id, mail.trust, turn.now):
        return hold_mail(conn, mail, too_much)
    if kind == "forward":
        return decide_post.hold_post(turn, mail, mail.verdict.rule)
    command = tables.grammar.read(mail.mail.subject, mail.reply.reply)
    if done := _expected(turn, tables, mail, command):
        return done
    if command is None:
        return decide_post.post(turn, mail)
    _keep_pictures(turn, mail)
    answered = AnsweredMail(mail.mail_id, mail.mail.message_id)
    request = Request(command, mail.author, mail.trust, answered, mail.in_reply_to)
    why = f"{command.name} from an address that is not enrolled"
    return obey(turn, tables.commands, request) or decide_post.hold_and_ask(turn, mail, why)


def _expected(
    turn: Turn, tables: DecisionTables, mail: Understood, command: Command | None
) -> str:
    """Handle a reply that the answered message expects; return the result, empty if it is none."""
    message = mail.in_reply_to
    kind = None if message is None else tables.kinds.get(message.kind)
    handle = None if kind is None else tables.replies.get(kind.reply)
    if message is None or handle is None:
        return ""
    if mail.verdict.kind == "confirmation":
        _keep_pictures(turn, mail)
    reply = ExpectedReply(
        message=message,
        enrolment=mail.author,
        trust=mail.trust,
        text=mail.reply.reply,
        sender_name=mail.mail.sender_name,
        command=command,
    )
    match handle(turn, reply):
        case Settled(done=done):
            return done
        case Doubtful(why=why, ask_student=True):
            return decide_post.hold_and_ask(turn, mail, why)
        case Doubtful(why=why):
            return hold_mail(turn.conn, mail, why)
        case None:
            return ""


def _keep_pictures(turn: Turn, mail: Understood) -> None:
    """Remember the pictures of a mail that becomes no post: one may be the sender's logo."""
    if mail.trust == "full":
        keep_pictures(turn.conn, mail.files, mail.mail_id, mail.author.id)
