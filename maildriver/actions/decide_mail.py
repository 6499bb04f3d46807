"""What follows from a mail that was understood: all of it, with the mail's last state, at once."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import bounce, decide_post, hold, life, settle, vouch
from maildriver.actions.command import obey
from maildriver.actions.join import ENROLLED, join
from maildriver.actions.keep_files import keep_pictures
from maildriver.actions.letters import Letters
from maildriver.actions.quota import over_quota
from maildriver.actions.taken import Taken, hold_mail, settle_mail
from maildriver.domain.classify import Trust, may, trust
from maildriver.domain.command import Command, read_answer, read_command, read_decision
from maildriver.domain.enrolment import Enrolment
from maildriver.store import aliases, courses, enrolments, inbox

#: Below it a person decides what was quoted and what was written.
SURE_ENOUGH = 0.5
#: A report on a mail that went longer ago proves nothing about its address today.
BOUNCES_WITHIN = timedelta(days=14)

#: Why a mail is dropped that was seen, whatever its number in the mailbox is now.
AGAIN = "the same mail came before"
_MACHINES = {"auto-reply", "read-receipt", "calendar"}


def decide(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    """Do what a mail asks for, or hold it; return what was done, in a word or two.

    A mail that has its last state already changes nothing.
    """
    if not settle_mail(conn, taken, "done", taken.verdict.rule):
        return "was done before"
    if inbox.seen_before(conn, taken.inbox, taken.mail.content):
        settle_mail(conn, taken, "dropped", AGAIN, again=True)
        return "dropped: it came before"
    # Whoever names a token has the mail that it belongs to.
    settle.shown_to_have(conn, taken.named, now)
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
    paused = bounce.bounced(conn, address, permanent=permanent, now=now)
    return f"bounce counted{', enrolment paused' if paused else ''}"


def _join(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    """Ask a stranger to confirm; tell one who is enrolled where they are."""
    course = courses.get(conn, taken.known.joins)
    assert course is not None, taken.known.joins
    sender = (taken.mail.sender or "").lower()
    sender = aliases.enrolled_address(conn, sender) or sender
    done = join(conn, course, sender, now)
    if done == ENROLLED:
        (enrolment,) = enrolments.of_course(conn, course.slug, [sender])
        trusted = trust(taken.mail, taken.known)
        told = _obey(conn, letters, taken, Command("status"), enrolment, trusted, now)
        return f"join: {done}; {told}"
    return f"join: {done}"


def _obey(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    command: Command,
    enrolment: Enrolment,
    trusted: Trust,
    now: datetime,
) -> str:
    mail = taken.mail.message_id
    return obey(
        conn, letters, command, enrolment, trusted, taken.inbox, mail, now, answers=taken.answers
    )


def _person(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    kind, mail = taken.verdict.kind, taken.mail
    if kind in {"challenge", "feedback-report", "empty"}:
        return hold_mail(conn, taken, taken.verdict.rule)
    enrolment = taken.enrolment
    if enrolment is None:
        return hold_mail(conn, taken, "it is not clear which course it is for")
    trusted = trust(mail, taken.known)
    if too_much := over_quota(conn, mail.sender or "", enrolment.id, trusted, now):
        return hold_mail(conn, taken, too_much)
    if kind == "forward":
        said = decide_post.said_by(conn, taken, enrolment)
        return decide_post.hold_post(conn, letters, taken, said, taken.verdict.rule, now)
    if taken.answers is not None and taken.answers.kind == "hold":
        return _decision(conn, letters, taken, enrolment, trusted, now)
    if told := _says_whose(conn, letters, taken, enrolment, trusted, now):
        return told
    command = read_command(mail.subject, taken.trimmed.reply)
    if trusted == "full" and (command is not None or kind == "confirmation"):
        keep_pictures(conn, taken.files, taken.inbox, enrolment.id)
    if command is not None and kind != "confirmation":
        why = f"{command.name} from an address that is not enrolled"
        done = _obey(conn, letters, taken, command, enrolment, trusted, now)
        return done or decide_post.hold_and_ask(conn, letters, taken, enrolment, why, now)
    if kind == "confirmation":
        refused = read_decision(taken.trimmed.reply) is False
        if refused or (command is not None and command.name == "leave"):
            life.leave(conn, enrolment.id, now)
            return "left before confirming"
        if may("confirm", trusted) != "do":
            why = "a confirmation from an address that was not asked"
            return decide_post.hold_and_ask(conn, letters, taken, enrolment, why, now)
        if _refuses(taken.trimmed.reply):
            return hold_mail(conn, taken, "an answer to the confirm mail that may be a no")
        return _confirmed(conn, taken, enrolment, now)
    return decide_post.post(conn, letters, taken, enrolment, trusted, now)


def _refuses(reply: str) -> bool:
    """Whether an answer begins as a no, and goes on so that a person must read it."""
    first = reply.strip().partition(",")[0].partition("\n")[0].split()
    return bool(first) and read_decision(first[0]) is False


def _confirmed(conn: sa.Connection, taken: Taken, enrolment: Enrolment, now: datetime) -> str:
    """Let the course begin."""
    life.learn_name(conn, enrolment, taken.mail.sender_name)
    return "confirmed" if life.confirm(conn, enrolment.id, now) else "confirmed before"


def _decision(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    enrolment: Enrolment,
    trusted: Trust,
    now: datetime,
) -> str:
    """Do what an instructor says about a mail that was held."""
    assert taken.answers is not None
    passed = read_decision(taken.trimmed.reply)
    if passed is None or may("decide", trusted) != "do" or enrolment.role != "instructor":
        return hold_mail(conn, taken, "a decision that is not an instructor's ok or no")
    held = int(taken.answers.key.split(":")[1])
    rule = f"{'passed on' if passed else 'dropped'} by an instructor"
    if not hold.decide(conn, letters, held, passed=passed, rule=rule, now=now):
        return "was decided before"
    return f"in-{held} {rule}"


def _says_whose(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    enrolment: Enrolment,
    trusted: Trust,
    now: datetime,
) -> str:
    """Do what a student says about a mail of which they were asked if it was theirs."""
    asked = None if taken.answers is None else vouch.asked_about(taken.answers.key)
    if asked is None:
        return ""
    yes = read_answer(taken.trimmed.reply)
    if yes is not None and may("decide", trusted) == "do":
        return vouch.answered(conn, letters, asked, enrolment, yes=yes, now=now)
    if read_command(taken.mail.subject, taken.trimmed.reply) is not None:
        return ""
    return hold_mail(
        conn, taken, "an answer to 'was this you?' that is not the student's yes or no"
    )
