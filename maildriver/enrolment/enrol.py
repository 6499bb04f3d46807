"""Enrolment of many people at once: new ones are added, others changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.address import canonical
from maildriver.domain.cadence import Cadence, first_slot, format_days
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment, Role, Student
from maildriver.domain.ids import EnrolmentId
from maildriver.enrolment import lifecycle
from maildriver.store import digests, enrolments, students


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """One person to enrol; None means the course's default, or no change if already enrolled."""

    address: str
    name: str | None = None
    zone: str | None = None
    language: str | None = None
    days: frozenset[int] | None = None
    at: time | None = None
    starts: date | None = None
    cohort: str | None = None
    role: Role | None = None
    confirmed: bool = False  # the address is known to be right: no confirm mail


@dataclass(frozen=True, slots=True)
class EnrolResult:
    """The result of one request."""

    address: str
    outcome: Literal["enrolled", "changed", "unchanged"]
    changes: tuple[str, ...]  # each a phrase such as "hour 07:30"
    confirmed: bool
    first_at: datetime | None  # the time of the next packet, once confirmed


def enrol(
    conn: sa.Connection, course: Course, requests: Sequence[EnrolRequest], now: datetime
) -> list[EnrolResult]:
    """Carry out the requests for a course; return their results, in the same order.

    The addresses must be distinct. Pass some hundreds at a time: one call is one transaction.
    """
    known = {
        canonical(found.student.address): found
        for found in enrolments.of_course(
            conn, course.slug, [canonical(wish.address) for wish in requests]
        )
    }
    fresh = [wish for wish in requests if canonical(wish.address) not in known]
    added = {done.address: done for done in _add(conn, course, fresh, now)}
    return [
        added[wish.address]
        if wish.address in added
        else _change(conn, known[canonical(wish.address)], wish, now)
        for wish in requests
    ]


def _add(
    conn: sa.Connection, course: Course, wishes: Sequence[EnrolRequest], now: datetime
) -> list[EnrolResult]:
    """Enrol people who are not in the course yet, with few statements for however many."""
    ids = _students(conn, course, wishes)
    rows, done = [], []
    for wish in wishes:
        person = ids[canonical(wish.address)]
        cadence = Cadence(wish.days or course.cadence.days, wish.at or course.cadence.at)
        starts = wish.starts or course.starts
        due_at = None
        if wish.role != "instructor":
            due_at = first_slot(cadence, ZoneInfo(person.zone), now, starts)
        rows.append(
            enrolments.NewEnrolment(
                student_id=person.id,
                course=course.slug,
                cohort=wish.cohort or "",
                role=wish.role or "student",
                cadence=cadence,
                starts=starts,
                digest_every=course.digest,
                due_at=due_at if wish.confirmed else None,
                confirmed=wish.confirmed,
            )
        )
        done.append(EnrolResult(wish.address, "enrolled", (), wish.confirmed, due_at))
    enrolments.put_all(conn, rows, now)
    return done


def _students(
    conn: sa.Connection, course: Course, wishes: Sequence[EnrolRequest]
) -> dict[str, Student]:
    """Return the student of each request, by address; store new students first."""
    addresses = [canonical(wish.address) for wish in wishes]
    known = students.of_addresses(conn, addresses)
    students.put_all(
        conn,
        [
            students.NewStudent(
                address=wish.address,
                name=wish.name or "",
                language=wish.language or course.language,
                zone=wish.zone or course.zone,
            )
            for wish in wishes
            if canonical(wish.address) not in known
        ],
    )
    for wish in wishes:
        if (person := known.get(canonical(wish.address))) is not None:
            change_student(conn, person, wish)
    return students.of_addresses(conn, addresses)


def change_student(conn: sa.Connection, person: Student, wish: EnrolRequest) -> list[str]:
    """Change name, zone and language as requested; return the changes in words."""
    asked = {"name": wish.name, "zone": wish.zone, "language": wish.language}
    new = {
        column: value
        for column, value in asked.items()
        if value is not None and value != getattr(person, column)
    }
    if new:
        students.change(conn, person.id, **new)
    return [f"{column} {value}" for column, value in new.items()]


def _change(
    conn: sa.Connection, before: Enrolment, wish: EnrolRequest, now: datetime
) -> EnrolResult:
    changes = change_student(conn, before.student, wish)
    cadence = Cadence(wish.days or before.cadence.days, wish.at or before.cadence.at)
    new: dict[str, object] = {}
    if cadence.days != before.cadence.days:
        changes.append(f"days {format_days(cadence.days)}")
    if cadence.at != before.cadence.at:
        changes.append(f"hour {cadence.at:%H:%M}")
    if cadence != before.cadence:
        new["cadence"] = cadence
    if wish.cohort is not None and wish.cohort != before.cohort:
        changes.append(f"cohort {wish.cohort or 'none'}")
        new["cohort"] = wish.cohort
    if wish.starts is not None and wish.starts != before.starts:
        changes.append(f"start {wish.starts}")
        new["starts"] = wish.starts
    if wish.role is not None and wish.role != before.role:
        changes.append(wish.role)
        new |= {"role": wish.role, "due_at": None}
    if new:
        enrolments.change(conn, before.id, **new)
    if changes:
        move_slot(conn, before.id, now)
    changes += _come_back(conn, before, confirmed=wish.confirmed, now=now)
    after = enrolments.get(conn, before.id)
    return EnrolResult(
        address=wish.address,
        outcome="changed" if changes else "unchanged",
        changes=tuple(changes),
        confirmed=after.state != "asked",
        first_at=after.due_at,
    )


def move_slot(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> None:
    """Move the next packet and digest to a changed cadence or zone, unless in the outbox."""
    enrolment = enrolments.get(conn, enrolment_id)
    if enrolment.state == "active" and enrolment.due_at is not None:
        due_at = first_slot(enrolment.cadence, enrolment.zone, now, enrolment.starts)
        enrolments.change(conn, enrolment_id, due_at=due_at)
    if enrolment.digest_due_at is not None:
        digests.set_due(conn, enrolment_id, effects.digest_slot(enrolment, now))


def _come_back(
    conn: sa.Connection, before: Enrolment, *, confirmed: bool, now: datetime
) -> list[str]:
    """Enrol again a person who had left or never confirmed; return the changes in words."""
    if before.state == "left":
        enrolments.change(conn, before.id, state="asked", greet_at=now)
    if before.state in {"left", "asked"}:
        if confirmed:
            lifecycle.confirm(conn, before.id, now)
            return ["confirmed"]
        if before.state == "left":
            return ["asked to confirm again"]
    return []
