"""Doing what a student asks the course for, and telling the enrolled address what was done."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from maildriver.discussion import own_post, receipt
from maildriver.discussion.receipt import Answered
from maildriver.domain.cadence import coming_slots
from maildriver.domain.course import Course, places
from maildriver.domain.enrolment import Enrolment, State
from maildriver.domain.ids import MailId
from maildriver.enrolment import lifecycle, undo
from maildriver.enrolment.change import set_cadence
from maildriver.enrolment.welcome import next_three
from maildriver.letters import note
from maildriver.letters.fields import Field
from maildriver.letters.writer import Letters
from maildriver.mail.command.grammar import OWN_POST, Command, CommandName
from maildriver.mail.kind.classify import Trust, may
from maildriver.store import courses, enrolments, outbox

#: The letter that tells of each.
_LETTERS = {
    "leave": "left",
    "pause": "paused",
    "resume": "resumed",
    "next": "next",
    "undo": "undone",
    "help": "help",
    "status": "status",
    "cadence": "cadence",
}

#: The states that a command means to bring about.
_MEANT: Mapping[CommandName, set[State]] = {
    "leave": {"left"},
    "pause": {"paused"},
    "resume": {"active"},
}


def obey(
    conn: sa.Connection,
    letters: Letters,
    command: Command,
    enrolment: Enrolment,
    trusted: Trust,
    mail_id: MailId,
    message_id: str,
    now: datetime,
    *,
    answers: outbox.Row | None = None,
) -> str:
    """Do what mail number `mail` asks for; return what was done, or nothing if it may not be.

    `answers` is the message of ours that it answers: a receipt says which post is meant.
    """
    if may(command.name, trusted) not in {"do", "do-and-tell"}:
        return ""
    if enrolment.confirmed_at is None:
        # Nobody has shown that they want our mail, so they get none for it.
        left = command.name == "leave" and lifecycle.leave(conn, enrolment.id, now)
        return "left before confirming" if left else f"no {command.name} before confirming"
    if _is_about_a_post(conn, command, enrolment, answers):
        if trusted != "full":
            return ""
        post = own_post.change(conn, letters, command, enrolment, answers, now)
        told = receipt.tell(conn, letters, post, enrolment, Answered(mail_id, message_id), now)
        return f"{command.name}: {post.outcome or post.why_not}{', and said so' if told else ''}"
    before = undo.Before.of(enrolment, command.name, now)
    changed = _change(conn, command, enrolment, now)
    if changed and command.name != "undo":
        undo.remember(conn, enrolment.id, before)
    after = enrolments.get(conn, enrolment.id)
    course = courses.of(conn, after.course)
    fields = _fields(conn, after, course, now, changed=changed)
    if command.wanted and trusted == "full":  # else a stranger may have written it in their name
        fields["place"] = command.wanted.unknown
    letter = _letter(command, after.state)
    told = note.answer(
        conn,
        letters,
        letter,
        after,
        course,
        fields,
        mail_id=mail_id,
        message_id=message_id,
        now=now,
    )
    done = command.name if changed else f"{command.name}, as it was"
    return f"{done}{', and said so' if told else ''}"


def _is_about_a_post(
    conn: sa.Connection, command: Command, enrolment: Enrolment, answers: outbox.Row | None
) -> bool:
    if command.name == "undo":
        return own_post.is_meant(conn, enrolment, answers, undo.kept(conn, enrolment.id))
    return command.name in OWN_POST


def _letter(command: Command, state: State) -> str:
    """Return the letter that tells of a command; where it was in vain, how things are."""
    if command.wanted is not None and command.wanted.unknown:
        return "place"
    name = command.name
    return _LETTERS[name] if state in _MEANT.get(name, {state}) else "status"


def _change(conn: sa.Connection, command: Command, enrolment: Enrolment, now: datetime) -> bool:
    match command.name:
        case "leave":
            return lifecycle.leave(conn, enrolment.id, now)
        case "pause":
            until = None if command.length is None else now + command.length
            return lifecycle.pause(conn, enrolment.id, "student", until, now)
        case "resume":
            return lifecycle.resume(conn, enrolment.id, now)
        case "next":
            return lifecycle.send_next(conn, enrolment.id, now)
        case "cadence" if command.wanted is not None and not command.wanted.unknown:
            return set_cadence(conn, enrolment.id, command.wanted, now)
        case "undo":
            return undo.undo(conn, enrolment.id, now)
        case _:
            return False  # help, status and what is not known; the rest is about posts


def _fields(
    conn: sa.Connection, after: Enrolment, course: Course, now: datetime, *, changed: bool
) -> dict[str, Field]:
    """Return what a note tells: above all the next three dates, so that a mistake is seen."""
    slots: tuple[datetime, ...] = ()
    if after.state == "active" and after.role == "student":
        slots = next_three(after, now)
    elif after.state == "paused" and after.pause_until is not None:
        slots = coming_slots(after.cadence, after.zone, after.pause_until, 3)
    had = len(enrolments.places_had(conn, [after.id])[after.id])
    return {
        "slots": slots,
        "until": after.pause_until or "",
        "state": after.state,
        "had": had,
        "of": max(len(places(course)), had),
        "changed": int(changed),
        "zone": after.student.zone,
        "place": "",
    }
