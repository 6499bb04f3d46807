"""Taking the last command back."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.actions import life
from maildriver.domain.command import CommandName
from maildriver.domain.enrolment import Enrolment, PauseWhy, State
from maildriver.store import enrolments


@dataclass(frozen=True, slots=True)
class Before:
    """How an enrolment was before a command changed it."""

    command: CommandName
    state: State
    pause_why: PauseWhy | None
    pause_until: datetime | None
    due_at: datetime | None

    @classmethod
    def of(cls, enrolment: Enrolment, command: CommandName) -> "Before":
        """Return how an enrolment is now."""
        why = enrolment.pause_why or None
        return cls(command, enrolment.state, why, enrolment.pause_until, enrolment.due_at)


_BEFORE = TypeAdapter(Before)


def remember(conn: sa.Connection, number: int, before: Before) -> None:
    """Keep how an enrolment was; only the last command can be taken back."""
    enrolments.change(conn, number, undo=_BEFORE.dump_json(before).decode())


def undo(conn: sa.Connection, number: int, now: datetime) -> bool:
    """Take the last command back; False if there is none, or it cannot be any more."""
    kept = enrolments.get_undo(conn, number)
    if not kept:
        return False
    before = _BEFORE.validate_json(kept)
    enrolments.change(conn, number, undo="")
    if before.command == "next":
        return life.call_back_next(conn, number, before.due_at, now)
    match before.state:
        case "paused":
            return life.pause(conn, number, before.pause_why or "student", before.pause_until, now)
        case "active" | "finished":
            return life.resume(conn, number, now)
        case "asked" | "left":
            return life.leave(conn, number, now)
