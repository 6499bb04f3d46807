"""What follows from a mail that was understood: all of it, with the mail's last state, at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import bounce, life, settle
from maildriver.actions.command import obey
from maildriver.actions.letters import Letters
from maildriver.domain.bounce import Bounce
from maildriver.domain.classify import Known, Verdict, may, trust
from maildriver.domain.command import read_command
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.mail import Mail
from maildriver.domain.reply import Trimmed
from maildriver.store import inbox, outbox, posts

#: Below it a person decides what was quoted and what was written.
SURE_ENOUGH = 0.5
MOST_PER_DAY = 30  # mails of one sender; more are held, not lost

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
        _settle(conn, taken, "dropped", "the same mail came before", again=True)
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
    address = taken.answers.address
    permanent = any(each.permanent for each in taken.bounces)
    if not taken.bounces:
        return "noted: a report that names nobody"
    paused = bounce.bounced(conn, address, permanent=permanent, now=now)
    return f"bounce counted{', enrolment paused' if paused else ''}"


def _person(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    kind, mail = taken.verdict.kind, taken.mail
    if kind in {"challenge", "feedback-report", "forward", "empty"}:
        return _hold(conn, taken, taken.verdict.rule)
    enrolment = taken.enrolment
    if enrolment is None:
        return _hold(conn, taken, "it is not clear which course it is for")
    if inbox.count_from(conn, mail.sender or "", now - timedelta(days=1)) > MOST_PER_DAY:
        return _hold(conn, taken, f"more than {MOST_PER_DAY} mails in a day")
    trusted = trust(mail, taken.known)
    command = read_command(mail.subject, taken.trimmed.reply)
    if command is not None and kind != "confirmation":
        return obey(
            conn, letters, command, enrolment, trusted, taken.inbox, mail.message_id, now
        ) or (_hold(conn, taken, f"{command.name} from an address that is not enrolled"))
    if kind == "confirmation":
        if command is not None and command.name == "leave":
            life.leave(conn, enrolment.id, now)
            return "left before confirming"
        if may("confirm", trusted) != "do":
            return _hold(conn, taken, "a confirmation from an address that was not asked")
        return "confirmed" if life.confirm(conn, enrolment.id, now) else "confirmed before"
    if may("post", trusted) != "do":
        return _hold(conn, taken, "its sender is not proven to be the student")
    return _post(conn, taken, enrolment, now)


def _post(conn: sa.Connection, taken: Taken, enrolment: Enrolment, now: datetime) -> str:
    trimmed = taken.trimmed
    if not trimmed.reply.strip():
        return _hold(conn, taken, "nothing is left but what was quoted")
    if taken.too_large:
        return _hold(conn, taken, "it is larger than is fetched; here is its beginning")
    if trimmed.confidence < SURE_ENOUGH:
        return _hold(conn, taken, "what was quoted and what was written is not clear")
    put_post(conn, taken.inbox, enrolment, taken.answers, trimmed, now)
    return "posted"


def put_post(
    conn: sa.Connection,
    mail: int,
    enrolment: Enrolment,
    answers: outbox.Row | None,
    trimmed: Trimmed,
    now: datetime,
) -> None:
    """Accept a text into the discussion of the lesson that it answers."""
    lesson = answers.lesson if answers is not None else ""
    posts.put(
        conn,
        posts.Post(
            course=enrolment.course,
            cohort=enrolment.cohort,
            lesson=lesson,
            enrolment=enrolment.id,
            text=trimmed.reply,
            elided=trimmed.elided,
            inbox=mail,
            part=0,
            at=now,
            rule="the token of the mail it answers" if answers is not None else "",
        ),
    )
