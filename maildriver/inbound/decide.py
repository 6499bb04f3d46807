"""The decision about a mail, with all its consequences, in one transaction.

One reply, one decision, one note. Intake, and the operator who releases a held mail, ask the
same function, in this order: does the mail of ours that is answered expect something; is it a
command; what is left is a message to people.
"""

from datetime import timedelta

from maildriver import effects
from maildriver.commands.run import obey
from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.enrolment import bounces
from maildriver.enrolment.join import ENROLLED, join
from maildriver.errors import MaildriverError
from maildriver.feature import DecisionTables, Doubtful, ExpectedReply, Request, Settled
from maildriver.inbound import decide_post
from maildriver.inbound.decision import Decision, done, dropped, held
from maildriver.inbound.files import keep_pictures
from maildriver.inbound.quota import over_quota
from maildriver.inbound.understood import Understood
from maildriver.letters.note import AnsweredMail
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Command
from maildriver.store import aliases, courses, enrolments, inbox, posts

#: A report on a mail that was sent longer ago proves nothing about its address today.
BOUNCES_WITHIN = timedelta(days=14)
_MACHINES = {"auto-reply", "read-receipt", "calendar"}
_UNREADABLE = {"challenge", "feedback-report", "empty"}


def decide(turn: Turn, tables: DecisionTables, mail: Understood) -> str:
    """Do what a mail asks for, or hold it; return the result in words.

    A mail that was settled meanwhile changes nothing.
    """
    if not inbox.lock_claimed(turn.conn, mail.row):
        return "was done before"
    decision = _decision(turn, tables, mail)
    inbox.settle(
        turn.conn,
        mail.mail_id,
        state=decision.state,
        kind=mail.verdict.kind,
        rule=decision.rule,
        sender=(mail.mail.sender or "").lower(),
        message_id=mail.mail.message_id,
        content_hash=mail.mail.content_hash,
        enrolment_id=None if mail.context.enrolment is None else mail.context.enrolment.id,
    )
    return decision.result


def release(turn: Turn, tables: DecisionTables, mail: Understood, rule: str) -> str:
    """Do what a held mail asks for, as if its sender were certain; return the result in words.

    The caller has made sure that it is held. Raise MaildriverError if it can't be released.
    """
    mail_id = mail.mail_id
    if mail.mail.unreadable:
        raise MaildriverError(
            f"in-{mail_id} cannot go on: {mail.mail.unreadable}",
            hint=f"Ask its writer for it as plain text, then: maildriver held drop in-{mail_id}",
        )
    if mail.context.enrolment is None:
        raise MaildriverError(
            f"in-{mail_id} cannot go on: its sender is enrolled in no one course",
            hint=f"Answer it yourself, then: maildriver held drop in-{mail_id}",
        )
    posts.delete_held(turn.conn, mail_id)  # they are made anew
    decision = _reply(turn, tables, mail)
    if decision.state != "held":
        inbox.settle(turn.conn, mail_id, state=decision.state, rule=rule)
    return decision.result


def _decision(turn: Turn, tables: DecisionTables, mail: Understood) -> Decision:
    conn, verdict = turn.conn, mail.verdict
    if inbox.seen_before(conn, mail.mail_id, mail.mail.content_hash):
        return dropped(inbox.COPY_RULE, "it came before")
    # A mail that names a token proves that the message with that token has arrived.
    effects.settle_shown(conn, mail.context.named, turn.now)
    match verdict.kind:
        case "stranger":
            inbox.delete_raw(conn, mail.mail_id)
            return dropped(verdict.rule, "nobody's we know")
        case "loop":
            return dropped(verdict.rule, "a loop")
        case "bounce":
            return done(verdict.rule, _bounce(turn, mail))
        case "join":
            return done(verdict.rule, _join(turn, tables, mail))
        case kind if kind in _MACHINES:
            return done(verdict.rule, "noted: no person wrote it")
        case kind if kind in _UNREADABLE:
            return held(verdict.rule)
    if mail.context.enrolment is None:
        return held(HoldReason(Why.UNCLEAR_COURSE))
    if too_much := over_quota(turn, mail):
        return held(too_much)
    if verdict.kind == "forward":
        return decide_post.hold_forward(turn, tables.grammar, mail)
    return _reply(turn, tables, mail)


def _bounce(turn: Turn, mail: Understood) -> str:
    """Count a bounce against the address of the message whose token is named, and no other.

    A report without a token of ours may be forged to silence somebody (trust: T22).
    """
    message = mail.context.in_reply_to
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
    joined = join(turn.conn, course, sender, turn.now)
    if joined != ENROLLED:
        return f"join: {joined}"
    (enrolment,) = enrolments.of_course(turn.conn, course.slug, [sender])
    answered = AnsweredMail(mail.mail_id, mail.mail.message_id)
    request = Request(
        Command("status"),
        enrolment,
        mail.trust,
        answered,
        tables.grammar,
        mail.context.in_reply_to,
    )
    return f"join: {joined}; {obey(turn, tables.commands, request)}"


def _reply(turn: Turn, tables: DecisionTables, mail: Understood) -> Decision:
    """Decide about what a person wrote."""
    command = tables.grammar.read(mail.mail.subject, mail.text.trimmed.reply)
    return (
        _expected(turn, tables, mail, command)
        or (_obeyed(turn, tables, mail, command) if command is not None else None)
        or decide_post.post(turn, tables.grammar, mail)
    )


def _expected(
    turn: Turn, tables: DecisionTables, mail: Understood, command: Command | None
) -> Decision | None:
    """Do what the answered mail of ours expects; None if the reply is something else."""
    message = mail.context.in_reply_to
    kind = None if message is None else tables.kinds.get(message.kind)
    handle = None if kind is None else tables.replies.get(kind.reply)
    if message is None or handle is None:
        return None
    if mail.verdict.kind == "confirmation":
        _keep_pictures(turn, mail)
    reply = ExpectedReply(
        message=message,
        enrolment=mail.author,
        trust=mail.trust,
        text=mail.text.trimmed.reply,
        grammar=tables.grammar,
        sender_name=mail.mail.sender_name,
        command=command,
        released=mail.released,
    )
    match handle(turn, reply):
        case Settled(done=result):
            return done(mail.verdict.rule, result)
        case Doubtful(why=why, ask_student=ask) if not mail.released:
            return decide_post.hold_and_ask(turn, mail, why) if ask else held(why)
        case _:
            return None


def _obeyed(turn: Turn, tables: DecisionTables, mail: Understood, command: Command) -> Decision:
    """Do what a command asks for, or hold it and ask the student."""
    _keep_pictures(turn, mail)
    answered = AnsweredMail(mail.mail_id, mail.mail.message_id)
    request = Request(
        command, mail.author, mail.trust, answered, tables.grammar, mail.context.in_reply_to
    )
    if result := obey(turn, tables.commands, request):
        return done(mail.verdict.rule, result)
    why = HoldReason(Why.COMMAND_FROM_ELSEWHERE, {"command": command.name})
    return decide_post.hold_and_ask(turn, mail, why)


def _keep_pictures(turn: Turn, mail: Understood) -> None:
    """Record the pictures of a mail that becomes no post: one may be its writer's logo."""
    if mail.trust == "full":
        keep_pictures(turn.conn, mail.files, mail.mail_id, mail.author.id)
