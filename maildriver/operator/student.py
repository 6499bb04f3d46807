"""One student: display and changes by the operator."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from maildriver.app.site import Site
from maildriver.domain.cadence import format_days
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import lifecycle
from maildriver.enrolment.change import StudentChange, change_student_of, student_of
from maildriver.enrolment.welcome import next_three
from maildriver.errors import NotFoundError
from maildriver.operator.enrol import refuse_own_address
from maildriver.store import aliases, enrolments


@dataclass(frozen=True, slots=True)
class ShownEnrolment:
    """An enrolment in words."""

    course: str
    cohort: str
    state: str
    days: str
    at: str
    lessons_had: tuple[str, ...]
    next_packets: tuple[str, ...]  # in the student's time zone
    pause: str


@dataclass(frozen=True, slots=True)
class ShownStudent:
    """A student and all their enrolments."""

    address: str
    name: str
    language: str
    zone: str
    aliases: tuple[str, ...]  # other addresses that the student writes from
    enrolments: tuple[ShownEnrolment, ...]

    def as_text(self) -> str:
        """Return the student as text for the operator."""
        lines = [f"{self.address}  {self.name}".rstrip(), f"  zone {self.zone}"]
        if self.aliases:
            lines.append(f"  writes from {', '.join(self.aliases)} as well")
        for each in self.enrolments:
            cohort = f" (cohort {each.cohort})" if each.cohort else ""
            lines.append(f"  {each.course}{cohort}: {each.state}{each.pause}")
            had = len(each.lessons_had)
            lines.append(
                f"    {each.days} at {each.at}; had {had} lesson{'' if had == 1 else 's'}"
            )
            lines += [f"    next: {slot}" for slot in each.next_packets]
        return "\n".join(lines)


def show_student(site: Site, address: str, now: datetime) -> ShownStudent:
    """Return a student by address; raise NotFoundError if nobody has that address."""
    return site.database.read(lambda conn: _show(conn, address, now))


@dataclass(frozen=True, slots=True)
class StudentOrder:
    """Changes that the operator orders: all of them, or none if one is impossible."""

    change: StudentChange
    leave: str | None = None  # the slug of a course
    pause: tuple[datetime | None] | None = None  # the end; (None,): until the student resumes
    resume: bool = False
    forget_alias: str | None = None


def change_student(site: Site, address: str, order: StudentOrder, now: datetime) -> list[str]:
    """Carry out an order; return a sentence for each change.

    Raise NotFoundError for an unknown student, course or alias.
    """
    if order.change.address is not None:
        refuse_own_address(site, order.change.address)
    return site.database.write(lambda conn: _carry_out(conn, address, order, now))


def _carry_out(conn: sa.Connection, address: str, order: StudentOrder, now: datetime) -> list[str]:
    student_of(conn, address)
    changed = change_student_of(conn, address, order.change, now)
    done = [f"Changed: {', '.join(changed)}."] if changed else []
    current = order.change.address or address
    if order.forget_alias is not None:
        done.append(_forget(conn, current, order.forget_alias))
    if order.leave is not None:
        done += _leave(conn, current, order.leave, now)
    for enrolment in enrolments.of_address(conn, current):
        done += _pause_or_resume(conn, enrolment, order, now)
    return done


def _pause_or_resume(
    conn: sa.Connection, enrolment: Enrolment, order: StudentOrder, now: datetime
) -> list[str]:
    done = []
    if order.pause is not None:
        (until,) = order.pause
        if lifecycle.pause(conn, enrolment.id, "operator", until, now):
            shown = f" until {until:%Y-%m-%d}" if until else ""
            done.append(f"Paused in {enrolment.course}{shown}.")
    paused = order.resume and enrolment.state == "paused"
    if paused and lifecycle.resume(conn, enrolment.id, now):
        done.append(f"Resumed in {enrolment.course}.")
    return done


def _forget(conn: sa.Connection, address: str, alias: str) -> str:
    if not aliases.remove(conn, alias, student_of(conn, address).id):
        raise NotFoundError(
            f"{alias} is not an extra address of {address}",
            hint=f"List their addresses: maildriver student {address}",
        )
    return f"Removed the extra address {alias}."


def _leave(conn: sa.Connection, address: str, course: str, now: datetime) -> list[str]:
    for enrolment in enrolments.of_address(conn, address):
        if enrolment.course == course:
            lifecycle.leave(conn, enrolment.id, now)
            return [f"Left {course}."]
    raise NotFoundError(
        f"{address} is not enrolled in {course}",
        hint=f"List their courses: maildriver student {address}",
    )


def _show(conn: sa.Connection, address: str, now: datetime) -> ShownStudent:
    student = student_of(conn, address)
    found = enrolments.of_address(conn, address)
    had = enrolments.positions_had(conn, [each.id for each in found])
    return ShownStudent(
        address=student.address,
        name=student.name,
        language=student.language,
        zone=student.zone,
        aliases=tuple(aliases.of_student(conn, student.id)),
        enrolments=tuple(
            _shown(
                each,
                tuple(place.slug for place in sorted(had[each.id], key=lambda p: p.number)),
                now,
            )
            for each in found
        ),
    )


def _shown(enrolment: Enrolment, had: tuple[str, ...], now: datetime) -> ShownEnrolment:
    zone = ZoneInfo(enrolment.student.zone)
    slots = next_three(enrolment, now) if enrolment.state == "active" else ()
    until = f" until {enrolment.pause_until:%Y-%m-%d}" if enrolment.pause_until else ""
    return ShownEnrolment(
        course=enrolment.course,
        cohort=enrolment.cohort,
        state=enrolment.state,
        days=format_days(enrolment.cadence.days),
        at=f"{enrolment.cadence.at:%H:%M}",
        lessons_had=had,
        next_packets=tuple(f"{slot.astimezone(zone):%a %d %b %Y %H:%M}" for slot in slots),
        pause=f" ({enrolment.pause_why}){until}" if enrolment.pause_why else "",
    )
