"""Taking the last command back."""

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
    """How an enrolment was before a command changed it."""

    command: str
    state: State
    pause_why: PauseWhy | None
    pause_until: datetime | None
    due_at: datetime | None
    at: datetime | None = None  # when it was asked
    cadence: CadenceRequest | None = None

    @classmethod
    def of(cls, enrolment: Enrolment, command: str, at: datetime) -> "StateBefore":
        """Return how an enrolment is now."""
        why = enrolment.pause_why or None
        cadence = CadenceRequest(
            enrolment.cadence.days, enrolment.cadence.at, enrolment.student.zone
        )
        return cls(
            command, enrolment.state, why, enrolment.pause_until, enrolment.due_at, at, cadence
        )


_BEFORE = TypeAdapter(StateBefore)


def remember(conn: sa.Connection, enrolment_id: EnrolmentId, before: StateBefore) -> None:
    """Keep how an enrolment was; only the last command can be taken back."""
    enrolments.change(conn, enrolment_id, undo=_BEFORE.dump_json(before).decode())


def last_command(conn: sa.Connection, enrolment_id: EnrolmentId) -> StateBefore | None:
    """Return how an enrolment was before its last command, which may have been `undo` itself."""
    found = enrolments.get_undo(conn, enrolment_id)
    return _BEFORE.validate_json(found) if found else None


def undo(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """Take the last command back; False if there is none, or it cannot be any more."""
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
