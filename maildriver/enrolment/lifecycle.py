"""Lifecycle of an enrolment: confirm, pause, resume, next, leave."""

from datetime import datetime

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.cadence import first_slot
from maildriver.domain.enrolment import Enrolment, PauseWhy
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.message_kind import PACKET
from maildriver.domain.safe_text import clean_name
from maildriver.store import enrolments, outbox, students


def confirm(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """Make an unconfirmed enrolment active; return False if it is in another state.

    The welcome mail is due now, the first packet at its slot.
    """
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state != "asked":
        return False
    enrolments.change(
        conn,
        enrolment_id,
        state="active",
        greet_at=now,
        due_at=_first(enrolment, now),
        confirmed_at=now,
    )
    effects.expect_digest(conn, enrolment_id, now)
    return True


def pause(
    conn: sa.Connection,
    enrolment_id: EnrolmentId,
    why: PauseWhy,
    until: datetime | None,
    now: datetime,
) -> bool:
    """Stop the course clock; return False if there is nothing to pause.

    Unsent packets, digests and issues are withdrawn. `until` is the end of the pause; None: until
    the student resumes.
    """
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state not in {"active", "paused", "finished"}:
        return False
    effects.withdraw(conn, enrolment_id, now, why="pause")
    enrolments.change(
        conn,
        enrolment_id,
        state="paused",
        pause_why=why,
        pause_until=until,
        due_at=None,
        digest_due_at=None,
    )
    return True


def resume(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """Start the course clock again; return False if the enrolment is not paused or left.

    One packet is due at the next slot, however many the pause has skipped. A student who has left
    can resume only if they once confirmed.
    """
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state not in {"paused", "left"} or enrolment.confirmed_at is None:
        return False
    enrolments.change(
        conn,
        enrolment_id,
        state="active",
        pause_why="",
        pause_until=None,
        due_at=_first(enrolment, now),
    )
    effects.expect_digest(conn, enrolment_id, now)
    return True


def send_next(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """Make the next packet due now; return False if there is none, or it is in the outbox."""
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state == "paused":
        resume(conn, enrolment_id, now)
        enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state != "active" or enrolment.due_at is None:
        return False
    enrolments.change(conn, enrolment_id, due_at=now)
    return True


def undo_next(
    conn: sa.Connection, enrolment_id: EnrolmentId, due_at: datetime | None, now: datetime
) -> bool:
    """Plan the next packet at `due_at` again; return False if it was sent."""
    enrolment = enrolments.get(conn, enrolment_id)
    waits = enrolment.due_at is not None or outbox.has_unsent(conn, enrolment_id, (PACKET.name,))
    if enrolment.state != "active" or not waits:
        return False
    effects.withdraw(conn, enrolment_id, now, why="later")
    later = due_at if due_at is not None and due_at > now else _first(enrolment, now)
    enrolments.change(conn, enrolment_id, due_at=later)
    return True


def leave(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> bool:
    """End an enrolment; return False if it has ended before.

    The enrolment keeps its position in the course, in case the student resumes.
    """
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state == "left":
        return False
    effects.withdraw(conn, enrolment_id, now, why="leave")
    enrolments.change(
        conn,
        enrolment_id,
        state="left",
        pause_why="",
        pause_until=None,
        due_at=None,
        greet_at=None,
        digest_due_at=None,
    )
    return True


def _first(enrolment: Enrolment, now: datetime) -> datetime | None:
    if enrolment.role == "instructor":
        return None
    return first_slot(enrolment.cadence, enrolment.zone, now, enrolment.starts)


def learn_name(conn: sa.Connection, enrolment: Enrolment, given: str) -> None:
    """Store the name from a student's mail, if the student has given none."""
    name = clean_name(given)
    if not enrolment.student.name and name:
        students.change(conn, enrolment.student.id, name=name)
