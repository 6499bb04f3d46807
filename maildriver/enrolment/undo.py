"""Undo of the last command."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.domain.enrolment import Enrolment, PauseWhy, State
from maildriver.domain.ids import EnrolmentId
from maildriver.enrolment import lifecycle
from maildriver.enrolment.change import set_cadence
from maildriver.mail.command.cadence import CadenceRequest
from maildriver.store import enrolments


@dataclass(frozen=True, slots=True)
class StateBefore:
    """The state of an enrolment before a command changed it."""

    command: str
    state: State
    pause_why: PauseWhy | None
    pause_until: datetime | None
    due_at: datetime | None
    at: datetime | None = None  # when the command was carried out
    cadence: CadenceRequest | None = None

    @classmethod
    def of(cls, enrolment: Enrolment, command: str, at: datetime) -> "StateBefore":
        """Return the present state of an enrolment."""
        why = enrolment.pause_why or None
        cadence = CadenceRequest(
            enrolment.cadence.days, enrolment.cadence.at, enrolment.student.zone
        )
        return cls(
            command, enrolment.state, why, enrolment.pause_until, enrolment.due_at, at, cadence
        )


_BEFORE = TypeAdapter(StateBefore)


def remember(conn: sa.Connection, enrolment_id: EnrolmentId, before: StateBefore) -> None:
    """Store the state before a command, for `undo`; only the last command can be undone."""
    enrolments.change(conn, enrolment_id, undo=_BEFORE.dump_json(before).decode())


def last_command(conn: sa.Connection, enrolment_id: EnrolmentId) -> StateBefore | None:
    """Return the state before the last command, which may have been `undo`; None if none."""
    found = enrolments.get_undo(conn, enrolment_id)
    return _BEFORE.validate_json(found) if found else None


def undo(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """Undo the last command; return False if there is none, or it is too late."""
    before = last_command(conn, enrolment_id)
    if before is None or before.command == "undo":
        return False
    remember(conn, enrolment_id, StateBefore.of(enrolments.get(conn, enrolment_id), "undo", now))
    if before.command == "cadence":
        return before.cadence is not None and set_cadence(conn, enrolment_id, before.cadence, now)
    if before.command == "next":
        return lifecycle.undo_next(conn, enrolment_id, before.due_at, now)
    match before.state:
        case "paused":
            return lifecycle.pause(
                conn, enrolment_id, before.pause_why or "student", before.pause_until, now
            )
        case "active" | "finished":
            return lifecycle.resume(conn, enrolment_id, now)
        case "asked" | "left":
            return lifecycle.leave(conn, enrolment_id, now)
