"""Changes of a student's data and cadence."""

from dataclasses import dataclass
from datetime import datetime, time

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.address import canonical
from maildriver.domain.cadence import Cadence, first_slot
from maildriver.domain.enrolment import Enrolment, Student
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.message_kind import GREETINGS
from maildriver.enrolment.enrol import move_slot
from maildriver.errors import MaildriverError, NotFoundError
from maildriver.mail.command.cadence import CadenceRequest
from maildriver.store import enrolments, held, outbox, students


@dataclass(frozen=True, slots=True)
class StudentChange:
    """The new values of a student's data; None leaves a value unchanged."""

    name: str | None = None
    zone: str | None = None
    language: str | None = None
    address: str | None = None
    days: frozenset[int] | None = None
    at: time | None = None


def student_of(conn: sa.Connection, address: str) -> Student:
    """Return the student with that address; raise NotFoundError if there is none."""
    student = students.get(conn, address)
    if student is None:
        raise NotFoundError(
            f"no student has the address {address}",
            hint=f"Enrol them with: maildriver enrol COURSE {address}",
        )
    return student


def change_student_of(
    conn: sa.Connection, address: str, change: StudentChange, now: datetime
) -> list[str]:
    """Change a student and the cadence of all their enrolments; return the names of the changes.

    Raise NotFoundError for an unknown student, MaildriverError for the address of another.
    """
    student = student_of(conn, address)
    done = _change_student(conn, student, change)
    moved = False
    for enrolment in enrolments.of_address(conn, change.address or address):
        cadence = Cadence(change.days or enrolment.cadence.days, change.at or enrolment.cadence.at)
        if cadence != enrolment.cadence:
            enrolments.change(conn, enrolment.id, cadence=cadence)
            moved = True
        if change.address is not None:
            _plan_anew(conn, enrolment, now)
        if done or cadence != enrolment.cadence:
            move_slot(conn, enrolment.id, now)
    if moved:
        done.append("cadence")
    return done


def set_cadence(
    conn: sa.Connection, enrolment_id: EnrolmentId, wanted: CadenceRequest, now: datetime
) -> bool:
    """Change the cadence of an enrolment and its student's zone; False if both are the same."""
    enrolment = enrolments.get(conn, enrolment_id)
    before = enrolment.cadence
    cadence = Cadence(wanted.days or before.days, wanted.at or before.at)
    if cadence != before:
        enrolments.change(conn, enrolment_id, cadence=cadence)
    student, zone = enrolment.student, wanted.zone or enrolment.student.zone
    if zone == student.zone:
        if cadence == before:
            return False
        move_slot(conn, enrolment_id, now)
        return True
    students.change(conn, student.id, zone=zone)
    for each in enrolments.of_address(conn, student.address):
        move_slot(conn, each.id, now)
    return True


def _change_student(conn: sa.Connection, student: Student, change: StudentChange) -> list[str]:
    if change.address is not None and canonical(change.address) != canonical(student.address):
        other = students.get(conn, change.address)
        if other is not None:
            raise MaildriverError(
                f"{change.address} already belongs to another student",
                hint=f"Show them with: maildriver student {change.address}",
            )
    wanted = {
        "name": change.name,
        "zone": change.zone,
        "language": change.language,
        "address": change.address,
    }
    new = {
        column: value
        for column, value in wanted.items()
        if value is not None and value != getattr(student, column)
    }
    if new:
        students.change(conn, student.id, **new)
    return sorted(new)


def _plan_anew(conn: sa.Connection, enrolment: Enrolment, now: datetime) -> None:
    """Plan again, for the new address, messages that wait for the old one or failed there."""
    if outbox.has_unsent(conn, enrolment.id, GREETINGS):
        enrolments.change(conn, enrolment.id, greet_at=now)
    effects.withdraw(conn, enrolment.id, now, why="address")
    refused = held.drop_failed(conn, enrolment.id)
    after = enrolments.get(conn, enrolment.id)
    if after.state == "active" and (after.due_at is None or refused):
        due_at = first_slot(after.cadence, after.zone, now, after.starts)
        enrolments.change(conn, enrolment.id, due_at=due_at)
