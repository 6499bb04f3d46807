"""Execution of a student's command: permission, action and note."""

from collections.abc import Mapping
from datetime import datetime

from maildriver.domain.cadence import coming_slots
from maildriver.domain.course import lesson_positions
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import lifecycle, undo
from maildriver.enrolment.welcome import next_three
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters import note
from maildriver.letters.fields import Field
from maildriver.letters.writer import Turn
from maildriver.mail.kind.classify import may
from maildriver.store import courses, enrolments


def obey(turn: Turn, commands: Mapping[str, StudentCommand], request: Request) -> str:
    """Carry out a command; return the result in words, empty if the sender may not give it."""
    command, enrolment = commands[request.command.name], request.enrolment
    if may(command.needs, request.trust) not in {"do", "do-and-tell"}:
        return ""
    if enrolment.confirmed_at is None:
        # The address has not confirmed that it wants our mail, so it gets no note.
        left = command.name == "leave" and lifecycle.leave(turn.conn, enrolment.id, turn.now)
        return "left before confirming" if left else f"no {command.name} before confirming"
    before = undo.StateBefore.of(enrolment, command.name, turn.now)
    outcome = command.run(turn, request)
    if outcome is None:
        return ""
    if outcome.done:
        return outcome.done
    if outcome.changed and command.can_be_undone:
        undo.remember(turn.conn, enrolment.id, before)
    said = _note(turn, command, outcome, request)
    done = command.name if outcome.changed else f"{command.name}, as it was"
    return f"{done}{', and said so' if said else ''}"


def _note(turn: Turn, command: StudentCommand, outcome: Outcome, request: Request) -> bool:
    """Put the note of a command, or `status` where it was in vain; return whether it was put."""
    after = enrolments.get(turn.conn, request.enrolment.id)
    in_vain = bool(command.brings) and after.state not in command.brings
    letter = outcome.letter or ("status" if in_vain else command.letter)
    fields = {**_fields(turn, after), "changed": int(outcome.changed), **outcome.fields}
    return note.put_note(turn, letter, after, fields, request.answered)


def _fields(turn: Turn, after: Enrolment) -> dict[str, Field]:
    """Return the fields of every note; its next three dates let a student notice a mistake."""
    slots: tuple[datetime, ...] = ()
    if after.state == "active" and after.role == "student":
        slots = next_three(after, turn.now)
    elif after.state == "paused" and after.pause_until is not None:
        slots = coming_slots(after.cadence, after.zone, after.pause_until, 3)
    had = len(enrolments.positions_had(turn.conn, [after.id])[after.id])
    return {
        "slots": slots,
        "until": after.pause_until or "",
        "state": after.state,
        "had": had,
        "of": max(len(lesson_positions(courses.existing(turn.conn, after.course))), had),
        "zone": after.student.zone,
        "place": "",
    }
