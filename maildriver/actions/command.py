"""Doing what a student asks the course for, and telling the enrolled address what was done."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from maildriver.actions import life, note
from maildriver.actions.greet import next_three
from maildriver.actions.letters import Letters
from maildriver.content.composer import Field
from maildriver.domain.classify import Trust, may
from maildriver.domain.command import Command
from maildriver.domain.enrolment import Enrolment
from maildriver.store import courses, enrolments

#: The letter that tells of each.
_LETTERS = {
    "leave": "left",
    "pause": "paused",
    "resume": "resumed",
    "help": "help",
    "status": "help",
}


def obey(
    conn: sa.Connection,
    letters: Letters,
    command: Command,
    enrolment: Enrolment,
    trusted: Trust,
    mail: int,
    message_id: str,
    now: datetime,
) -> str:
    """Do what mail number `mail` asks for; return what was done, or nothing if it may not be."""
    if may(command.name, trusted) not in {"do", "do-and-tell"}:
        return ""
    changed = _change(conn, command, enrolment, now)
    after = enrolments.get(conn, enrolment.id)
    course = courses.get(conn, after.course)
    assert course is not None, after.course
    told = note.answer(
        conn,
        letters,
        _LETTERS[command.name],
        after,
        course,
        _fields(after, now),
        mail=mail,
        message_id=message_id,
        now=now,
    )
    done = command.name if changed else f"{command.name}, as it was"
    return f"{done}{', and said so' if told else ''}"


def _change(conn: sa.Connection, command: Command, enrolment: Enrolment, now: datetime) -> bool:
    match command.name:
        case "leave":
            return life.leave(conn, enrolment.id, now)
        case "pause":
            until = None if command.length is None else now + command.length
            return life.pause(conn, enrolment.id, "student", until, now)
        case "resume":
            return life.resume(conn, enrolment.id, now)
        case "help" | "status":
            return False


def _fields(after: Enrolment, now: datetime) -> Mapping[str, Field]:
    slots = next_three(after, now) if after.state == "active" else ()
    return {"slots": slots, "until": after.pause_until or ""}
