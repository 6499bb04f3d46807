"""What follows from a mail that was understood: all of it, with the mail's last state, at once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import bounce, discuss, hold, life, receipt, settle, vouch
from maildriver.actions.command import obey
from maildriver.actions.join import ENROLLED, join
from maildriver.actions.keep_files import keep, keep_pictures
from maildriver.actions.letters import Letters
from maildriver.actions.taken import Taken
from maildriver.domain.answers import Answer
from maildriver.domain.classify import Trust, may, may_be_answered, trust
from maildriver.domain.command import Command, read_answer, read_command, read_decision
from maildriver.domain.discussion import PostFile
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.filefate import may_be_logo
from maildriver.domain.posttext import clean_name
from maildriver.domain.whole import all_cut
from maildriver.store import aliases, courses, enrolments, inbox, posts, students

#: Below it a person decides what was quoted and what was written.
SURE_ENOUGH = 0.5
MOST_PER_DAY = 30  # mails of one sender; more are held, not lost

_MACHINES = {"auto-reply", "read-receipt", "calendar"}


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
        return _hold(conn, taken, taken.verdict.rule)
    enrolment = taken.enrolment
    if enrolment is None:
        return _hold(conn, taken, "it is not clear which course it is for")
    if inbox.count_from(conn, mail.sender or "", now - timedelta(days=1)) > MOST_PER_DAY:
        return _hold(conn, taken, f"more than {MOST_PER_DAY} mails in a day")
    trusted = trust(mail, taken.known)
    if kind == "forward":
        said = _said(conn, taken, enrolment)
        return _hold_post(conn, letters, taken, said, taken.verdict.rule, now)
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
        return done or _hold_and_ask(conn, letters, taken, enrolment, why, now)
    if kind == "confirmation":
        refused = read_decision(taken.trimmed.reply) is False
        if refused or (command is not None and command.name == "leave"):
            life.leave(conn, enrolment.id, now)
            return "left before confirming"
        if may("confirm", trusted) != "do":
            why = "a confirmation from an address that was not asked"
            return _hold_and_ask(conn, letters, taken, enrolment, why, now)
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
    return _hold(conn, taken, "an answer to 'was this you?' that is not the student's yes or no")


def _hold_and_ask(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    enrolment: Enrolment,
    why: str,
    now: datetime,
) -> str:
    """Hold a mail of which it is not sure who wrote it, and ask the student."""
    asked = may_be_answered(taken.mail, taken.known) and vouch.ask(
        conn, letters, taken.inbox, taken.mail.sender or "", enrolment, now
    )
    return _hold(conn, taken, why) + ("; the student was asked" if asked else "")


def _post(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    enrolment: Enrolment,
    trusted: Trust,
    now: datetime,
) -> str:
    said = _said(conn, taken, enrolment)
    doubt = _doubt(conn, taken, trusted, said)
    if doubt:
        held = _hold_post(conn, letters, taken, said, doubt, now)
        if trusted == "token":
            _hold_and_ask(conn, letters, taken, enrolment, doubt, now)
        return held
    _learn_name(conn, taken, enrolment)
    made = discuss.put(conn, said, now, state="accepted")
    if discuss.unread(conn, made):
        posts.change_state(conn, made, "held")
        return _hold(conn, taken, "the course has no instructor who could read it")
    discuss.pass_on(conn, letters, made, now)
    told = may_be_answered(taken.mail, taken.known) and receipt.give(
        conn, letters, said, made, taken.mail.message_id, now
    )
    what = "posted" if len(made) == 1 else f"posted as {len(made)} posts"
    return f"{what}{', and said so' if told else ''}"


def _doubt(conn: sa.Connection, taken: Taken, trusted: Trust, said: discuss.Said) -> str:
    """Return why a person must look at a post first; empty if it may go on."""
    if may("post", trusted) != "do":
        return "its sender is not proven to be the student"
    if not any(part.text.strip() for part in taken.parts):
        if not _speaking_files(taken, said.files):
            return "nothing is left but what was quoted"
        if not discuss.files_go_along(conn, said):
            return "it brings a file and no words, and the class would only read the file's name"
    if taken.is_cut:
        return "it is larger than is fetched; here is its beginning"
    if taken.trimmed.confidence < SURE_ENOUGH:
        return "what was quoted and what was written is not clear"
    return ""


def _hold_post(
    conn: sa.Connection,
    letters: Letters,
    taken: Taken,
    said: discuss.Said,
    why: str,
    now: datetime,
) -> str:
    """Hold a mail as the posts that it would become, and ask the instructors."""
    waiting = discuss.put(conn, said, now, state="held")
    asked = hold.ask_instructors(conn, letters, taken.inbox, waiting, said.author, why, now)
    return _hold(conn, taken, why) + (f"; {asked} instructors asked" if asked else "")


def _said(conn: sa.Connection, taken: Taken, author: Enrolment) -> discuss.Said:
    files = tuple(keep(conn, taken.files, taken.inbox, author.id))
    quoted = "" if _speaking_files(taken, files) else taken.mail.body.whole
    parts = [part for part in taken.parts if part.text.strip()]
    return discuss.Said(
        inbox=taken.inbox,
        author=author,
        answers=taken.answers,
        about=taken.about,
        parts=parts or [Answer(None, taken.trimmed.reply or quoted)],
        elided=all_cut(taken.trimmed.elided, taken.mail.body.cut),
        files=files,
        whole=taken.whole,
    )


def _speaking_files(taken: Taken, files: Sequence[PostFile]) -> list[PostFile]:
    """Return the files that say something without words: a photo does, a small logo may not."""
    logos = {each.file.sha256 for each in taken.files if may_be_logo(each.file)}
    return [each for each in files if each.state == "passed" and each.sha256 not in logos]
