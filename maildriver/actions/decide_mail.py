"""What follows from a mail that was understood: all of it, with the mail's last state, at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import bounce, discuss, hold, life, settle
from maildriver.actions.command import obey
from maildriver.actions.join import ENROLLED, join
from maildriver.actions.letters import Letters
from maildriver.actions.quota import over_quota
from maildriver.domain.answers import Answer
from maildriver.domain.bounce import Bounce
from maildriver.domain.classify import Known, Trust, Verdict, may, trust
from maildriver.domain.command import Command, read_command, read_decision
from maildriver.domain.discussion import PostFile
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.mail import Mail
from maildriver.domain.posttext import clean_name
from maildriver.domain.reply import Trimmed
from maildriver.store import courses, enrolments, inbox, outbox, posts, students

#: Below it a person decides what was quoted and what was written.
SURE_ENOUGH = 0.5
#: A report on a mail that went longer ago proves nothing about its address today.
BOUNCES_WITHIN = timedelta(days=14)

#: Why a mail is dropped that was seen, whatever its number in the mailbox is now.
AGAIN = "the same mail came before"
_MACHINES = {"auto-reply", "read-receipt", "calendar"}


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail, and everything that is known of it."""

    inbox: int
    mail: Mail
    verdict: Verdict
    trimmed: Trimmed
    bounces: tuple[Bounce, ...]
    answers: outbox.Row | None
    named: tuple[outbox.Row, ...]
    about: str  # which post is answered, if the address says so; or "private"
    parts: tuple[Answer, ...]  # what was written, by the post that each part answers
    files: tuple[PostFile, ...]
    enrolment: Enrolment | None
    known: Known
    too_large: bool = False


def decide(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    """Do what a mail asks for, or hold it; return what was done, in a word or two.

    A mail that has its last state already changes nothing.
    """
    if not _settle(conn, taken, "done", taken.verdict.rule):
        return "was done before"
    if inbox.seen_before(conn, taken.inbox, taken.mail.content):
        _settle(conn, taken, "dropped", AGAIN, again=True)
        return "dropped: it came before"
    # Whoever names a token has the mail that it belongs to.
    settle.shown_to_have(conn, taken.named, now)
    kind = taken.verdict.kind
    if kind == "stranger":
        _settle(conn, taken, "dropped", taken.verdict.rule, again=True)
        inbox.forget_raw(conn, taken.inbox)
        return "dropped: nobody's we know"
    if kind == "loop":
        _settle(conn, taken, "dropped", taken.verdict.rule, again=True)
        return "dropped: a loop"
    if kind == "bounce":
        return _bounce(conn, taken, now)
    if kind == "join":
        return _join(conn, letters, taken, now)
    if kind in _MACHINES:
        return "noted: no person wrote it"
    return _person(conn, letters, taken, now)


def _settle(
    conn: sa.Connection, taken: Taken, state: str, rule: str, *, again: bool = False
) -> bool:
    values = {
        "state": state,
        "kind": taken.verdict.kind,
        "rule": rule,
        "sender": (taken.mail.sender or "").lower(),
        "message_id": taken.mail.message_id,
        "content": taken.mail.content,
        "enrolment": None if taken.enrolment is None else taken.enrolment.id,
    }
    if again:
        inbox.settle_again(conn, taken.inbox, **values)
        return True
    return inbox.settle(conn, taken.inbox, **values)


def _hold(conn: sa.Connection, taken: Taken, rule: str) -> str:
    _settle(conn, taken, "held", rule, again=True)
    return f"held: {rule}"


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
    done = join(conn, course, taken.mail.sender or "", now)
    if done == ENROLLED:
        (enrolment,) = enrolments.of_course(conn, course.slug, [(taken.mail.sender or "").lower()])
        told = obey(
            conn, letters, Command("status"), enrolment, trust(taken.mail, taken.known),
            taken.inbox, taken.mail.message_id, now,
        )  # fmt: skip
        return f"join: {done}; {told}"
    return f"join: {done}"


def _person(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    kind, mail = taken.verdict.kind, taken.mail
    if kind in {"challenge", "feedback-report", "empty"}:
        return _hold(conn, taken, taken.verdict.rule)
    enrolment = taken.enrolment
    if enrolment is None:
        return _hold(conn, taken, "it is not clear which course it is for")
    trusted = trust(mail, taken.known)
    if too_much := over_quota(conn, mail.sender or "", enrolment.id, trusted, now):
        return _hold(conn, taken, too_much)
    if kind == "forward":
        return _hold_post(conn, letters, taken, enrolment, taken.verdict.rule, now)
    if taken.answers is not None and taken.answers.kind == "hold":
        return _decision(conn, letters, taken, enrolment, trusted, now)
    command = read_command(mail.subject, taken.trimmed.reply)
    if command is not None and kind != "confirmation":
        return obey(
            conn, letters, command, enrolment, trusted, taken.inbox, mail.message_id, now
        ) or (_hold(conn, taken, f"{command.name} from an address that is not enrolled"))
    if kind == "confirmation":
        refused = read_decision(taken.trimmed.reply) is False
        if refused or (command is not None and command.name == "leave"):
            life.leave(conn, enrolment.id, now)
            return "left before confirming"
        if may("confirm", trusted) != "do":
            return _hold(conn, taken, "a confirmation from an address that was not asked")
        if _refuses(taken.trimmed.reply):
            return _hold(conn, taken, "an answer to the confirm mail that may be a no")
        return _confirmed(conn, taken, enrolment, now)
    return _post(conn, letters, taken, enrolment, trusted, now)


def _refuses(reply: str) -> bool:
    """Whether an answer begins as a no, and goes on so that a person must read it."""
    first = reply.strip().partition(",")[0].partition("\n")[0].split()
    return bool(first) and read_decision(first[0]) is False


def _confirmed(conn: sa.Connection, taken: Taken, enrolment: Enrolment, now: datetime) -> str:
    """Let the course begin."""
    _learn_name(conn, taken, enrolment)
    return "confirmed" if life.confirm(conn, enrolment.id, now) else "confirmed before"


def _learn_name(conn: sa.Connection, taken: Taken, enrolment: Enrolment) -> None:
    """Call one who has given no name what their own mail calls them."""
    name = clean_name(taken.mail.sender_name)
    if not enrolment.student.name and name:
        students.change(conn, enrolment.student.id, name=name)


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
        return _hold(conn, taken, "a decision that is not an instructor's ok or no")
    held = int(taken.answers.key.split(":")[1])
    rule = f"{'passed on' if passed else 'dropped'} by an instructor"
    if not hold.decide(conn, letters, held, passed=passed, rule=rule, now=now):
        return "was decided before"
    return f"in-{held} {rule}"


def _post(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    enrolment: Enrolment,
    trusted: Trust,
    now: datetime,
) -> str:
    doubt = _doubt(taken, trusted)
    if doubt:
        return _hold_post(conn, letters, taken, enrolment, doubt, now)
    _learn_name(conn, taken, enrolment)
    made = discuss.put(conn, _said(taken, enrolment), now, state="accepted")
    if discuss.unread(conn, made):
        posts.change_state(conn, made, "held")
        return _hold(conn, taken, "the course has no instructor who could read it")
    discuss.pass_on(conn, letters, made, now)
    return "posted" if len(made) == 1 else f"posted as {len(made)} posts"


def _doubt(taken: Taken, trusted: Trust) -> str:
    """Return why a person must look at a post first; empty if it may go on."""
    if may("post", trusted) != "do":
        return "its sender is not proven to be the student"
    if not any(part.text.strip() for part in taken.parts):
        return "nothing is left but what was quoted"
    if taken.too_large:
        return "it is larger than is fetched; here is its beginning"
    if taken.trimmed.confidence < SURE_ENOUGH:
        return "what was quoted and what was written is not clear"
    return ""


def _hold_post(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    author: Enrolment,
    why: str,
    now: datetime,
) -> str:
    """Hold a mail as the posts that it would become, and ask the instructors."""
    waiting = discuss.put(conn, _said(taken, author), now, state="held")
    asked = hold.ask_instructors(conn, letters, taken.inbox, waiting, author, why, now)
    return _hold(conn, taken, why) + (f"; {asked} instructors asked" if asked else "")


def _said(taken: Taken, author: Enrolment) -> discuss.Said:
    whole = taken.trimmed.reply or taken.mail.body.text
    parts = [part for part in taken.parts if part.text.strip()]
    return discuss.Said(
        inbox=taken.inbox,
        author=author,
        answers=taken.answers,
        about=taken.about,
        parts=parts or [Answer(None, whole)],
        elided=taken.trimmed.elided,
        files=taken.files,
    )
