"""What follows from a mail that was understood: all of it, with the mail's last state, at once."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import effects
from maildriver.commands.run import obey
from maildriver.domain.ids import MailId
from maildriver.enrolment import bounces, lifecycle
from maildriver.enrolment.join import ENROLLED, join
from maildriver.inbound import decide_post
from maildriver.inbound.files import keep_pictures
from maildriver.inbound.quota import over_quota
from maildriver.inbound.understood import Case, Taken, hold_mail, settle_mail
from maildriver.letters.writer import Letters
from maildriver.mail.command.grammar import Command, read_answer, read_command, read_decision
from maildriver.mail.kind.classify import may, trust
from maildriver.moderation import confirm_sender, hold
from maildriver.store import aliases, courses, enrolments, inbox

#: A report on a mail that went longer ago proves nothing about its address today.
BOUNCES_WITHIN = timedelta(days=14)
_MACHINES = {"auto-reply", "read-receipt", "calendar"}


def decide(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    """Do what a mail asks for, or hold it; return what was done, in a word or two.

    A mail that has its last state already changes nothing.
    """
    if not settle_mail(conn, taken, "done", taken.verdict.rule):
        return "was done before"
    if inbox.seen_before(conn, taken.inbox, taken.mail.content):
        settle_mail(conn, taken, "dropped", inbox.AGAIN, again=True)
        return "dropped: it came before"
    # Whoever names a token has the mail that it belongs to.
    effects.shown_to_have(conn, taken.named, now)
    kind = taken.verdict.kind
    if kind == "stranger":
        settle_mail(conn, taken, "dropped", taken.verdict.rule, again=True)
        inbox.forget_raw(conn, taken.inbox)
        return "dropped: nobody's we know"
    if kind == "loop":
        settle_mail(conn, taken, "dropped", taken.verdict.rule, again=True)
        return "dropped: a loop"
    if kind == "bounce":
        return _bounce(conn, taken, now)
    if kind == "join":
        return _join(conn, letters, taken, now)
    if kind in _MACHINES:
        return "noted: no person wrote it"
    return _person(conn, letters, taken, now)


def _bounce(conn: sa.Connection, taken: Taken, now: datetime) -> str:
    """Count a bounce against the address that our token names, and against no other.

    A report without a token of ours may be forged to silence somebody (trust: T22).
    """
    if taken.answers is None:
        return "noted: a report without a token of ours"
    if now - (taken.answers.settled_at or taken.answers.not_before) > BOUNCES_WITHIN:
        return "noted: a report on a mail of long ago"
    address = taken.answers.address
    permanent = any(each.permanent for each in taken.bounces)
    if not taken.bounces:
        return "noted: a report that names nobody"
    paused = bounces.bounced(conn, address, permanent=permanent, now=now)
    return f"bounce counted{', enrolment paused' if paused else ''}"


def _join(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    """Ask a stranger to confirm; tell one who is enrolled where they are."""
    course = courses.of(conn, taken.known.joins)
    sender = (taken.mail.sender or "").lower()
    sender = aliases.enrolled_address(conn, sender) or sender
    done = join(conn, course, sender, now)
    if done == ENROLLED:
        (enrolment,) = enrolments.of_course(conn, course.slug, [sender])
        trusted = trust(taken.mail, taken.known)
        told = _obey(conn, Case(letters, taken, enrolment, trusted, now), Command("status"))
        return f"join: {done}; {told}"
    return f"join: {done}"


def _obey(conn: sa.Connection, case: Case, command: Command) -> str:
    taken = case.taken
    return obey(
        conn, case.letters, command, case.enrolment, case.trusted, taken.inbox,
        taken.mail.message_id, case.now, answers=taken.answers,
    )  # fmt: skip


def _person(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    kind, mail, enrolment = taken.verdict.kind, taken.mail, taken.enrolment
    if kind in {"challenge", "feedback-report", "empty"}:
        return hold_mail(conn, taken, taken.verdict.rule)
    if enrolment is None:
        return hold_mail(conn, taken, "it is not clear which course it is for")
    case = Case(letters, taken, enrolment, trust(mail, taken.known), now)
    if too_much := over_quota(conn, mail.sender or "", enrolment.id, case.trusted, now):
        return hold_mail(conn, taken, too_much)
    if kind == "forward":
        said = decide_post.said_by(conn, case)
        return decide_post.hold_post(conn, case, said, taken.verdict.rule)
    if taken.answers is not None and taken.answers.kind == "hold":
        return _decision(conn, case)
    if told := _says_whose(conn, case):
        return told
    command = read_command(mail.subject, taken.trimmed.reply)
    if case.trusted == "full" and (command is not None or kind == "confirmation"):
        keep_pictures(conn, taken.files, taken.inbox, enrolment.id)
    if kind == "confirmation":
        return _confirmation(conn, case, command)
    if command is not None:
        why = f"{command.name} from an address that is not enrolled"
        return _obey(conn, case, command) or decide_post.hold_and_ask(conn, case, why)
    return decide_post.post(conn, case)


def _confirmation(conn: sa.Connection, case: Case, command: Command | None) -> str:
    """Let the course begin, or not; in doubt a person reads the answer."""
    taken, enrolment, now = case.taken, case.enrolment, case.now
    refused = read_decision(taken.trimmed.reply) is False
    if refused or (command is not None and command.name == "leave"):
        lifecycle.leave(conn, enrolment.id, now)
        return "left before confirming"
    if may("confirm", case.trusted) != "do":
        why = "a confirmation from an address that was not asked"
        return decide_post.hold_and_ask(conn, case, why)
    if _refuses(taken.trimmed.reply):
        return hold_mail(conn, taken, "an answer to the confirm mail that may be a no")
    lifecycle.learn_name(conn, enrolment, taken.mail.sender_name)
    return "confirmed" if lifecycle.confirm(conn, enrolment.id, now) else "confirmed before"


def _refuses(reply: str) -> bool:
    """Whether an answer begins as a no, and goes on so that a person must read it."""
    first = reply.strip().partition(",")[0].partition("\n")[0].split()
    return bool(first) and read_decision(first[0]) is False


def _decision(conn: sa.Connection, case: Case) -> str:
    """Do what an instructor says about a mail that was held."""
    taken = case.taken
    assert taken.answers is not None
    passed = read_decision(taken.trimmed.reply)
    may_decide = may("decide", case.trusted) == "do" and case.enrolment.role == "instructor"
    if passed is None or not may_decide:
        return hold_mail(conn, taken, "a decision that is not an instructor's ok or no")
    held = MailId(int(taken.answers.key.split(":")[1]))
    rule = f"{'passed on' if passed else 'dropped'} by an instructor"
    if not hold.decide(conn, case.letters, held, passed=passed, rule=rule, now=case.now):
        return "was decided before"
    return f"in-{held} {rule}"


def _says_whose(conn: sa.Connection, case: Case) -> str:
    """Do what a student says about a mail of which they were asked if it was theirs."""
    taken = case.taken
    asked = None if taken.answers is None else confirm_sender.asked_about(taken.answers.key)
    if asked is None:
        return ""
    yes = read_answer(taken.trimmed.reply)
    if yes is not None and may("decide", case.trusted) == "do":
        return confirm_sender.answered(
            conn, case.letters, asked, case.enrolment, yes=yes, now=case.now
        )
    if read_command(taken.mail.subject, taken.trimmed.reply) is not None:
        return ""
    return hold_mail(
        conn, taken, "an answer to 'was this you?' that is not the student's yes or no"
    )
